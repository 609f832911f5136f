/* SPDX-License-Identifier: MIT */
/* ssh - call the agent on a host by OpenSSH's client. */
#include "provision/ssh.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/words.h"
#include "host/paths.h"
#include "provision/child.h"

#define ARGUMENTS_MAX 40
#define CAT "KnownHostsCommand=/bin/cat "
#define MEET_S 60
#define UNKNOWN_KEY "Host key verification failed"
#define SOCKET_MAX 108	/* bytes of a socket's path, with its end.  Source: unix(7) */
#define NAME_LEN 24	/* digits of a socket's name */
#define APPENDED_MAX 20 /* what ssh(1) appends while it makes the socket */

static int
use_directory(struct ssh *ssh, const char *directory)
{
	struct stat st;

	if (strlen(directory) + sizeof "/ssh-" + NAME_LEN + APPENDED_MAX > SOCKET_MAX)
		return -1;
	if (mkdir(directory, 0700) && errno != EEXIST)
		return -1;
	/* Whoever can write there could put a socket of his own in the way. */
	if (lstat(directory, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 022) || access(directory, W_OK))
		return -1;
	snprintf(ssh->sockets, sizeof ssh->sockets, "%s", directory);
	return 0;
}

int
ssh_open(struct ssh *ssh, const char *config, const char *agent, struct err *e)
{
	const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
	char directory[PATHS_MAX + 64];
	struct paths paths;

	*ssh = (struct ssh){.config = config, .agent = agent};
	if (paths_load(&paths, e))
		return -1;
	if (use_directory(ssh, paths.run) == 0)
		return 0;
	if (runtime && snprintf(directory, sizeof directory, "%s/enstratus", runtime) > 0 &&
	    use_directory(ssh, directory) == 0)
		return 0;
	snprintf(directory, sizeof directory, "/tmp/enstratus-%u", (unsigned)geteuid());
	return use_directory(ssh, directory) == 0
		       ? 0
		       : err_set(e, ERR_UNSAFE,
				 "there is no private directory for the sockets of ssh: not '%s', "
				 "not '%s'",
				 paths.run, directory);
}

/*
 * A connection is shared by calls that would make the same one: another configuration may lead to
 * another host of that address, and another key may have another's rights there.  ssh(1)'s own %C
 * knows of neither.
 */
static void
name_control(const struct ssh *ssh, const struct agents_place *place,
	     char control[static PATH_MAX + 64])
{
	char text[3 * PATH_MAX], hex[CRYPTO_SHA256_HEX];
	int len = snprintf(text, sizeof text, "%s\n%s\n%d\n%s\n%s", ssh->config ? ssh->config : "",
			   place->address, place->port, place->user ? place->user : "",
			   place->key ? place->key : "");

	crypto_sha256(text, len < (int)sizeof text ? (size_t)len : sizeof text - 1, hex);
	snprintf(control, PATH_MAX + 64, "ControlPath=%s/ssh-%.*s", ssh->sockets, NAME_LEN, hex);
}

/* What the words of ssh(1) are made of. */
struct spelling {
	char control[PATH_MAX + 64], known[sizeof CAT + 2 * PATH_MAX + 2], port[16];
};

/* Unlike a file of hosts, a command leaves those of ssh(1) in force.  Source: ssh_config(5). */
static const char *
name_known_hosts(const char *path, char known[static sizeof CAT + 2 * PATH_MAX + 2])
{
	char *p = known + sizeof CAT;

	memcpy(known, CAT "\"", sizeof CAT);
	for (; *path && p - known < (ptrdiff_t)sizeof CAT + 2 * PATH_MAX - 2; path++) {
		if (strchr("\"\\", *path))
			*p++ = '\\';
		else if (*path == '%')
			*p++ = '%';
		*p++ = *path;
	}
	p[0] = '"';
	p[1] = '\0';
	return known;
}

/* The words of ssh(1) up to the host. */
static size_t
add_options(const struct ssh *ssh, const struct agents_place *place, const char **argv,
	    struct spelling *spelling)
{
	size_t n = 0;

	name_control(ssh, place, spelling->control);
	argv[n++] = "ssh";
	if (ssh->config) {
		argv[n++] = "-F";
		argv[n++] = ssh->config;
	}
	argv[n++] = "-oBatchMode=yes";
	argv[n++] = "-oStrictHostKeyChecking=yes";
	argv[n++] = "-oControlMaster=auto";
	argv[n++] = "-oControlPersist=60";
	argv[n++] = "-o";
	argv[n++] = spelling->control;
	if (ssh->known_hosts && access(ssh->known_hosts, R_OK) == 0) {
		argv[n++] = "-o";
		argv[n++] = name_known_hosts(ssh->known_hosts, spelling->known);
	}
	argv[n++] = "-oConnectTimeout=10";
	argv[n++] = "-oServerAliveInterval=5";
	argv[n++] = "-oServerAliveCountMax=3";
	argv[n++] = "-oForwardAgent=no";
	if (place->port) {
		snprintf(spelling->port, sizeof spelling->port, "%d", place->port);
		argv[n++] = "-p";
		argv[n++] = spelling->port;
	}
	if (place->user) {
		argv[n++] = "-l";
		argv[n++] = place->user;
	}
	if (place->key) {
		argv[n++] = "-oIdentitiesOnly=yes";
		argv[n++] = "-i";
		argv[n++] = place->key;
	}
	argv[n++] = "--";
	argv[n++] = place->address;
	return n;
}

/* The line for the remote shell, or for agentShell. */
static int
make_line(const struct ssh *ssh, const struct agents_call *call, struct buf *line, struct err *e)
{
	char program[PATH_MAX];

	snprintf(program, sizeof program, "%s%s%s", ssh->agent, *ssh->agent ? "/" : "",
		 call->words[0]);
	if (words_add(line, program, e))
		return -1;
	for (const char *const *word = call->words + 1; *word; word++)
		if (words_add(line, *word, e))
			return -1;
	return 0;
}

static int
call_once(const struct ssh *ssh, struct agents_call *call, const char *line, struct err *e)
{
	const char *argv[ARGUMENTS_MAX + 1] = {NULL};
	struct spelling spelling;
	struct child_result result;
	struct child_spec spec = {.argv = (char *const *)argv,
				  .input = call->input,
				  .input_fd = call->input_fd,
				  .output_fd = call->output_fd,
				  .timeout_s = call->timeout_s};
	int outcome;

	argv[add_options(ssh, &call->place, argv, &spelling)] = line;
	outcome = child_run(&spec, &result, e);
	buf_free(&call->out);
	call->out = result.out;
	result.out = BUF_INIT;
	/* Whatever ssh(1) died of: it is not known how far the program came. */
	call->status = result.was_killed ? AGENTS_LOST : result.status;
	child_why(&result, call->why);
	if (result.timed_out)
		snprintf(call->why, sizeof call->why, "no answer in %d s", call->timeout_s);
	if (strncmp(call->why, UNKNOWN_KEY, sizeof UNKNOWN_KEY - 1) == 0)
		snprintf(call->why, sizeof call->why,
			 "its host key is not known (provision trust)");
	child_result_free(&result);
	return outcome;
}

int
ssh_call(void *arg, struct agents_call *call, struct err *e)
{
	const struct ssh *ssh = arg;
	struct buf line = BUF_INIT;
	int result = make_line(ssh, call, &line, e);

	if (!result)
		result = call_once(ssh, call, line.data, e);
	buf_free(&line);
	return result;
}

int
ssh_meet(const struct ssh *ssh, const struct agents_place *place, const char *file, struct err *e)
{
	/* Of two options of one name the first holds. */
	static const char *const first[] = {"-oStrictHostKeyChecking=accept-new",
					    "-oGlobalKnownHostsFile=/dev/null",
					    "-oKnownHostsCommand=none",
					    "-oHashKnownHosts=no",
					    "-oUpdateHostKeys=no",
					    "-oPreferredAuthentications=none",
					    "-oControlMaster=no",
					    "-oControlPath=none"};
	const char *argv[2 * ARGUMENTS_MAX] = {"ssh"};
	char known[PATH_MAX + 32], why[256];
	struct spelling spelling;
	struct child_result result;
	struct child_spec spec = {
		.argv = (char *const *)argv, .input_fd = -1, .output_fd = -1, .timeout_s = MEET_S};
	struct stat st;
	size_t n = sizeof first / sizeof *first;
	int outcome;

	snprintf(known, sizeof known, "-oUserKnownHostsFile=\"%s\"", file);
	/* Its own name is written over by the last one of ours. */
	argv[n + 1 + add_options(ssh, place, argv + n + 1, &spelling)] = "true";
	argv[n + 1] = known;
	memcpy(argv + 1, first, sizeof first);
	outcome = child_run(&spec, &result, e);
	if (!outcome && (stat(file, &st) || st.st_size == 0))
		outcome = err_set(e, ERR_UNAVAILABLE, "%s shows no host key: %s", place->address,
				  child_why(&result, why));
	child_result_free(&result);
	return outcome;
}

int
ssh_become(const struct ssh *ssh, const struct agents_place *place, char *const *words,
	   struct err *e)
{
	const char *argv[ARGUMENTS_MAX + 1] = {NULL};
	struct spelling spelling;
	struct buf line = BUF_INIT;
	sigset_t none;
	size_t n = add_options(ssh, place, argv, &spelling);

	for (; *words; words++)
		if (words_add(&line, *words, e))
			return -1;
	argv[n] = line.data;
	/* What we hold or ignore would be so for ssh(1) too: its keys would not end it. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	execvp("ssh", (char *const *)argv);
	err_sys(e, "cannot run ssh");
	buf_free(&line);
	return -1;
}
