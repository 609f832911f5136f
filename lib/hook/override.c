/* SPDX-License-Identifier: MIT */
/* override - a customer's own programs in place of, before and after the agent's. */
#include "hook/override.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "hook/environment.h"
#include "hook/output.h"
#include "hook/run.h"
#include "host/paths.h"

#define TIMEOUT_S 1800 /* unless --timeout says otherwise */
#define GRACE_MS 5000
#define ARGS_MAX 64

enum { PRE = 1, POST = 2, REPLACE = 4 };

/* Which programs allow what.  Source: enstratus-agent(7), OVERRIDES; the others allow nothing. */
static const struct rule {
	const char *name;
	unsigned allowed;
} rules[] = {
	{"backupService", PRE | POST | REPLACE},
	{"startProxy", PRE | POST | REPLACE},
	{"stopProxy", PRE | POST | REPLACE},
	{"secureDelete", PRE | POST | REPLACE},
	{"scaleCheck", PRE | POST | REPLACE},
	{"calculateAgentData", REPLACE},
	{"checkService", REPLACE},
	{"terminate", PRE},
};

static bool
is_allowed(const char *name, const char *suffix)
{
	unsigned kind = !suffix[0] ? REPLACE : strcmp(suffix, "-pre") == 0 ? PRE : POST;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strcmp(rules[i].name, name) == 0)
			return rules[i].allowed & kind;
	return false;
}

static void
pass_on(void *arg, int stream, const char *data, size_t len)
{
	struct err ignored = ERR_INIT;

	(void)arg;
	if (fd_write_all(stream, data, len, "output", &ignored))
		log_detail("%s", ignored.msg);
}

static int
run(const char *path, const char *base, bool replaces, char *const *args, int timeout_s,
    struct err *e)
{
	struct environment environment = ENVIRONMENT_INIT;
	char *argv[ARGS_MAX + 2] = {(char *)path};
	struct account account;
	struct output output;
	struct proc_result result;
	struct proc_spec spec = {.program = {.path = path, .argv = argv, .dir_fd = -1},
				 .keeper = {.timeout_ms = timeout_s * 1000, .grace_ms = GRACE_MS},
				 .output = replaces ? pass_on : output_take,
				 .output_arg = &output};
	char what[256];
	size_t n = 0;
	int failed = -1;

	for (; args[n]; n++) {
		if (n == ARGS_MAX)
			return err_set(e, ERR_USAGE, "more than %d arguments for '%.200s'",
				       ARGS_MAX, path);
		argv[n + 1] = args[n];
	}
	output_open(&output, base, NULL, -1);
	if (account_caller(&account, e) ||
	    environment_make(&environment, &account, NULL, NULL, NULL, e))
		goto out;
	spec.program.envp = environment.entries;
	if (proc_run(&spec, &result, e))
		goto out;
	snprintf(what, sizeof what, "'%.200s'", path);
	failed = hook_judge(what, path, timeout_s, &result, e);
out:
	environment_free(&environment);
	return failed;
}

int
override_look(const char *path, bool *is_there, struct err *e)
{
	struct stat st;

	*is_there = false;
	if (stat(path, &st))
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_sys(e, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode) || !fd_may(AT_FDCWD, path, X_OK))
		log_note("ignoring '%s': it is not an executable file", path);
	else
		*is_there = true;
	return 0;
}

/* 1 when there was nothing to run. */
static int
run_if_there(const char *name, const char *suffix, char *const *argv, int timeout_s, struct err *e)
{
	char path[PATH_MAX], base[80];
	struct paths paths;
	bool is_there;

	if (!is_allowed(name, suffix))
		return 1; /* override_tell_ignored has said so */
	if (paths_load(&paths, e))
		return -1;
	snprintf(base, sizeof base, "%s%s", name, suffix);
	snprintf(path, sizeof path, "%.*s/custom/bin/%s", (int)PATHS_MAX, paths.home, base);
	if (override_look(path, &is_there, e))
		return -1;
	return is_there ? run(path, base, !suffix[0], argv, timeout_s ? timeout_s : TIMEOUT_S, e)
			: 1;
}

void
override_tell_ignored(const char *name)
{
	static const char *const suffixes[] = {"", "-pre", "-post"};
	struct err ignored = ERR_INIT;
	char path[PATH_MAX];
	struct paths paths;

	if (paths_load(&paths, &ignored))
		return;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(path, sizeof path, "%.*s/custom/bin/%s%s", (int)PATHS_MAX, paths.home,
			 name, suffixes[i]);
		if (!is_allowed(name, suffixes[i]) && access(path, X_OK) == 0)
			log_note("ignoring '%s': %s allows no such override", path, name);
	}
}

int
override_program(const char *path, const char *base, char *const *argv, int timeout_s,
		 struct err *e)
{
	return run(path, base, true, argv, timeout_s ? timeout_s : TIMEOUT_S, e);
}

int
override_pre(const char *name, char *const *argv, int timeout_s, struct err *e)
{
	return run_if_there(name, "-pre", argv, timeout_s, e) < 0 ? -1 : 0;
}

int
override_before(const char *name, char *const *argv, int timeout_s, bool *done, struct err *e)
{
	int result;

	*done = false;
	if (override_pre(name, argv, timeout_s, e))
		return -1;
	result = run_if_there(name, "", argv, timeout_s, e);
	*done = result <= 0;
	return result < 0 ? -1 : 0;
}

int
override_after(const char *name, char *const *argv, int timeout_s, struct err *e)
{
	return run_if_there(name, "-post", argv, timeout_s, e) < 0 ? -1 : 0;
}
