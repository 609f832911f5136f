/* SPDX-License-Identifier: MIT */
/* sshcommand - the forced command of an ssh key: its requests, and the program of each. */
#include "cli/sshcommand.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "host/paths.h"

#define AUDIT_FILE "agentShell.log"
#define AUDIT_MAX 1024
#define NO_SERVICE (-1)

/* The programs that a provisioning server calls, and which argument of theirs is a service's id. */
static const struct verb {
	const char *name;
	int service;
} verbs[] = {
	{"agentKeys", NO_SERVICE},  {"backupDataSource", 0},
	{"backupService", 0},	    {"calculateAgentData", NO_SERVICE},
	{"checkService", 0},	    {"configureService", 2},
	{"esboot", NO_SERVICE},	    {"grantDatabaseAccess", 0},
	{"installDataSource", 0},   {"installService", 0},
	{"listServices", 0},	    {"lockServices", NO_SERVICE},
	{"makeTemp", NO_SERVICE},   {"receiveFile", NO_SERVICE},
	{"removeService", 0},	    {"revokeDatabaseAccess", 0},
	{"rollbackService", 0},	    {"scaleCheck", NO_SERVICE},
	{"sendFile", NO_SERVICE},   {"serviceHistory", 0},
	{"startProxy", NO_SERVICE}, {"startService", 0},
	{"stopProxy", NO_SERVICE},  {"stopService", 0},
	{"terminate", NO_SERVICE},  {"verifyService", 0},
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Is word one of those that commas separate? */
static bool
is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static int
judge_service(struct sshcommand_request *request, const struct verb *verb,
	      const struct sshcommand_rules *rules, struct err *e)
{
	char **argv = request->words.argv;
	int argc = (int)request->words.n, first = arguments_skip_options(argc, argv);

	if (first < 0)
		return err_set(e, ERR_USAGE, "%s has an option that there is not", verb->name);
	if (first + verb->service < argc)
		request->service = argv[first + verb->service];
	if (!rules->services)
		return 0;
	if (!request->service)
		return err_set(e, ERR_REFUSED, "%s without a service, and this key is for some",
			       verb->name);
	if (!is_listed(rules->services, request->service))
		return err_set(e, ERR_REFUSED, "the service '%.64s' is not for this key",
			       request->service);
	return 0;
}

int
sshcommand_check(struct sshcommand_request *request, const char *line,
		 const struct sshcommand_rules *rules, struct err *e)
{
	const struct verb *verb;
	const char *slash;

	request->service = NULL;
	if (words_split(&request->words, line, e))
		return err_wrap(e, "cannot read the request");
	if (request->words.n == 0)
		return err_set(e, ERR_USAGE, "no program is asked for");
	/* It may be asked for by its path; it is the one beside this program in any case. */
	slash = strrchr(request->words.argv[0], '/');
	if (slash)
		request->words.argv[0] += slash + 1 - request->words.argv[0];
	verb = find_verb(request->words.argv[0]);
	if (!verb)
		return err_set(e, ERR_REFUSED, "'%.64s' is no program that comes in here",
			       request->words.argv[0]);
	if (rules->verbs && !is_listed(rules->verbs, verb->name))
		return err_set(e, ERR_REFUSED, "%s is not for this key", verb->name);
	if (verb->service != NO_SERVICE)
		return judge_service(request, verb, rules, e);
	if (rules->services && !rules->verbs)
		return err_set(e, ERR_REFUSED, "%s may touch any service, and this key is for some",
			       verb->name);
	return 0;
}

/* One line, in one write: who, what, and whether.  No argument but the service's id is kept. */
static void
audit(const struct sshcommand_request *request, const char *key, const struct err *refusal)
{
	const char *client = secure_getenv("SSH_CONNECTION");
	char text[AUDIT_MAX], line[AUDIT_MAX + 64], when[32];
	time_t now = time(NULL);
	struct err ignored = ERR_INIT;
	struct paths paths;
	int dir_fd = -1, fd = -1, len;
	struct tm tm;

	snprintf(text, sizeof text, "from=%.*s key=%.64s verb=%.64s service=%.64s %s%s",
		 client ? (int)strcspn(client, " ") : 1, client ? client : "-", key ? key : "-",
		 request->words.n ? request->words.argv[0] : "-",
		 request->service ? request->service : "-", refusal->kind ? "refused: " : "allowed",
		 refusal->kind ? refusal->msg : "");
	text_printable(text, text, strlen(text));
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	len = snprintf(line, sizeof line, "%s %s\n", when, text);
	if (paths_load(&paths, &ignored) == 0 && paths_make_tmp(&paths, &dir_fd, &ignored) == 0) {
		fd = openat(dir_fd, AUDIT_FILE,
			    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			    0660);
		if (fd < 0 || fd_write_all(fd, line, (size_t)len, AUDIT_FILE, &ignored))
			log_warning("cannot write the audit '%s/%s'", paths.tmp, AUDIT_FILE);
	}
	fd_close(&fd);
	fd_close(&dir_fd);
	log_detail("%s", text);
}

/* The program beside this one. */
static int
become(char **argv, struct err *e)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 64);
	char *name;

	if (len < 0)
		return err_sys(e, "cannot find the agent's programs");
	path[len] = '\0';
	name = strrchr(path, '/');
	/* A row's name: there is room for it. */
	snprintf(name ? name + 1 : path, 64, "%s", argv[0]);
	unsetenv("SSH_ORIGINAL_COMMAND");
	execv(path, argv);
	return err_sys(e, "cannot run '%s'", path);
}

int
sshcommand_run(const struct sshcommand_rules *rules, const char *key, struct err *e)
{
	struct sshcommand_request request = {.words = WORDS_INIT};
	const char *line = secure_getenv("SSH_ORIGINAL_COMMAND");
	int result = sshcommand_check(&request, line ? line : "", rules, e);

	audit(&request, key, e);
	if (!result)
		result = become(request.words.argv, e);
	words_free(&request.words);
	return result;
}
