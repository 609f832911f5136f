/* SPDX-License-Identifier: MIT */
/* cli - how every program starts, and how it ends: its error line and its exit status. */
#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "hook/override.h"

static _Noreturn void
stop(struct cli *cli, struct err *e)
{
	exit(cli_finish(cli, e));
}

static _Noreturn void
refuse_usage(struct cli *cli, struct err *e)
{
	options_print_syntax(stderr, "Syntax: ", cli->spec);
	stop(cli, e);
}

/* The descriptor that an argument names; -1 for none. */
static int
named_descriptor(const char *arg)
{
	const char *value = strncmp(arg, "--", 2) == 0 ? strchr(arg, '=') : NULL;

	return fd_named(value ? value + 1 : arg);
}

/* Closes what was inherited from `first` on, but for what an argument names. */
static int
close_inherited(unsigned first, int argc, char **argv)
{
	int *named = calloc((size_t)argc + 1, sizeof *named), result;

	if (!named)
		return -1;
	for (int i = 0; i < argc; i++) {
		named[i] = named_descriptor(argv[i]);
		if (named[i] >= (int)first)
			(void)fcntl(named[i], F_SETFD, FD_CLOEXEC);
	}
	result = fd_close_others(first, named, (size_t)argc);
	free(named);
	return result;
}

static void
open_standard_descriptors(int n_handed, int argc, char **argv, struct err *e)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd) {
			err_sys(e, "cannot open /dev/null");
			return;
		}
	if (close_inherited(3 + (unsigned)n_handed, argc, argv))
		err_sys(e, "cannot close inherited descriptors");
	for (int fd = 3; fd < 3 + n_handed; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* one that is not there stays so */
}

void
cli_start(struct cli *cli, const struct cli_spec *spec, int argc, char **argv)
{
	struct err e = ERR_INIT;

	*cli = (struct cli){.spec = spec,
			    .generation = -1,
			    .max_bytes = -1,
			    .retries = -1,
			    .stall_timeout_s = -1,
			    .tail_bytes = -1,
			    .sequence = -1,
			    .expires_s = -1,
			    .rounds = -1,
			    .seed = -1,
			    .parallel = 8};
	log_open(spec->name, LOG_NORMAL);
	open_standard_descriptors(spec->n_handed, argc, argv, &e);
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	/* Where a caller ignores it, the kernel keeps the end of our children to itself. */
	signal(SIGCHLD, SIG_DFL);
	/* Without it each mktime(3) looks at the zone's file anew: twice an entry of an image. */
	setenv("TZ", ":/etc/localtime", 0);
	/* A lost connection does not end a run; base/proc watches for it where that is asked. */
	signal(SIGHUP, SIG_IGN);
	/* No core dump and no debugger.  Sanitizers trace their own process and so need it. */
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	if (e.kind)
		stop(cli, &e);
	if (arguments_read(cli, argc, argv, &e))
		refuse_usage(cli, &e);
	if (cli->answered)
		stop(cli, &e);
	override_tell_ignored(spec->name);
}

void
cli_json(const struct cli *cli, struct json *json, int status)
{
	*json = JSON_INIT;
	json_open(json, NULL, '{');
	json_number(json, "schema", 1);
	json_text(json, "command", cli->spec->name);
	json_number(json, "status", status);
}

int
cli_answer_json(struct cli *cli, struct json *json, struct err *e)
{
	int result;

	json_close(json, '}');
	result = json_finish(json, e);
	if (!result) {
		fputs(json->text.data, stdout);
		cli->answered = true;
	}
	json_free(json);
	return result;
}

int
cli_finish(struct cli *cli, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct json json;

	if (e->kind && cli->json && !cli->answered) {
		cli_json(cli, &json, err_status(e));
		json_text(&json, "error", e->msg);
		if (e->rule)
			json_text(&json, "rule", e->rule);
		if (e->rule && e->entry[0])
			json_text(&json, "entry", e->entry);
		if (e->rule && e->limit)
			json_number(&json, "limit", (long long)e->limit);
		if (cli_answer_json(cli, &json, &ignored))
			log_error("%s", ignored.msg);
	}
	if ((fflush(stdout) || ferror(stdout)) && !e->kind)
		err_set(e, ERR_IO, "cannot write the answer to standard output");
	if (e->kind)
		log_error("%s", e->msg);
	return err_status(e);
}
