/* SPDX-License-Identifier: MIT */
/* cli - the front desk: a clean start, options and arguments, and the last line of every main. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"

/* Of all programs; debian/changelog has it too, and nothing else. */
#define CLI_VERSION "0.1.0"

/* Options that a program has beside those that all have. */
enum cli_option {
	CLI_JSON = 1 << 0,
	CLI_DRY_RUN = 1 << 1,
	CLI_CONFIG = 1 << 2,
	CLI_GENERATION = 1 << 3,
	CLI_ON_HANGUP = 1 << 4,
	CLI_TAG = 1 << 5,
};

/* How many arguments a program takes: CLI_ARGS(3) | CLI_ARGS(6), or CLI_ARGS_ANY. */
#define CLI_ARGS(n) (1u << (n))
#define CLI_ARGS_ANY (~0u)

struct cli_spec {
	const char *name;
	const char *args;    /* as in the Syntax line, "" for none */
	const char *summary; /* one sentence for --help */
	unsigned counts;
	enum err_kind wrong_count; /* for a count above the least that is not in counts */
	unsigned options;	   /* of enum cli_option */
};

struct cli {
	const struct cli_spec *spec;
	char **args; /* ends with NULL */
	int n_args;
	int timeout_s; /* 0: not given */
	int wait_ms;
	long long generation; /* -1: not given */
	bool json, dry_run, abort_on_hangup;
	const char *config, *tag; /* NULL: not given */
	bool answered;		  /* the JSON document is out */
};

/* What the options say to service_lock and to hook_run; cli is a pointer. */
#define CLI_CLAIM(cli)                                        \
	((struct service_claim){.command = (cli)->spec->name, \
				.wait_ms = (cli)->wait_ms,    \
				.generation = (cli)->generation})
#define CLI_HOOK(cli)                                         \
	((struct hook_options){.timeout_s = (cli)->timeout_s, \
			       .abort_on_hangup = (cli)->abort_on_hangup})

/*
 * cli_start - the first call of every main.
 *
 * Descriptors 0-2 are open after it and no others, umask is 077, SIGPIPE and SIGHUP are ignored,
 * core dumps are off, the log is open.  Ends the process for --help, --version and wrong usage:
 * the front desk alone may do that.
 */
void cli_start(struct cli *cli, const struct cli_spec *spec, int argc, char **argv);

/* cli_json - begin the document of --json: schema, command and status. */
void cli_json(const struct cli *cli, struct json *json, int status);

/* cli_answer_json - end it and print it; json is released. */
int cli_answer_json(struct cli *cli, struct json *json, struct err *e)
	__attribute__((warn_unused_result));

/*
 * cli_finish - the last call of every main: flush, say the error in one line, return the status.
 *
 * With --json an error is a document on standard output as well.
 */
int cli_finish(struct cli *cli, struct err *e);

#endif
