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
	CLI_TRUST = 1 << 6,    /* --sha256, --signature */
	CLI_DOWNLOAD = 1 << 7, /* --ca-file, --pinned-key, --progress */
	CLI_RETRY = 1 << 8,    /* --max-bytes, --retries, --stall-timeout, --tail */
	CLI_REPLACE = 1 << 9,
	CLI_IF_CHANGED = 1 << 10,
	CLI_SEALED = 1 << 11,
	CLI_SEAL = 1 << 12, /* --to, --sign, --event, --sequence, --expires */
	CLI_SIGNER = 1 << 13,
	CLI_AUDIT = 1 << 14,
	CLI_FALLBACK = 1 << 15, /* --default, --required */
	CLI_REMOVE = 1 << 16,	/* --force, --keep-data, --purge, --yes */
	CLI_DOOR = 1 << 17,	/* --services, --verbs */
	CLI_PART = 1 << 18,	/* --drop, --have */
	CLI_PLACE = 1 << 20,	/* --where */
	CLI_DEPLOY = 1 << 19,	/* --state and what goes with it */
};

enum cli_progress { CLI_PROGRESS_AUTO, CLI_PROGRESS_JSON, CLI_PROGRESS_NONE };

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
	bool permute;		   /* options may stand behind arguments too */
	bool words;   /* what begins with a dash and is no option is the first argument */
	int n_handed; /* descriptors from 3 on that a caller may hand over and that stay open */
	/* Of --timeout and --wait, where they are not of a hook and of a service's lock. */
	const char *timeout_help, *wait_help;
};

struct cli {
	const struct cli_spec *spec;
	char **args; /* ends with NULL */
	int n_args;
	int timeout_s; /* 0: not given */
	int wait_s;
	/* Numbers: -1 where they are not given. */
	long long generation, max_bytes, retries, stall_timeout_s, tail_bytes, sequence, expires_s;
	bool json, dry_run, abort_on_hangup, replace, if_changed, sealed, audit, required, quiet;
	bool force, keep_data, purge, yes, have, drop, where, all, follow;
	/* NULL where they are not given. */
	const char *config, *tag, *sha256, *signature, *ca_file, *pinned_key;
	const char *to, *sign, *event, *signer, *fallback, *services, *verbs;
	const char *state, *csv, *html, *load, *cert, *key, *login;
	long long rounds, seed, parallel;
	enum cli_progress progress;
	bool answered; /* the JSON document is out */
};

/* What the options say to service_lock, hook_run and fetch; cli is a pointer. */
#define CLI_CLAIM(cli)                                           \
	((struct service_claim){.command = (cli)->spec->name,    \
				.wait_ms = (cli)->wait_s * 1000, \
				.generation = (cli)->generation})
#define CLI_HOOK(cli)                                         \
	((struct hook_options){.timeout_s = (cli)->timeout_s, \
			       .abort_on_hangup = (cli)->abort_on_hangup})
#define CLI_FETCH(cli)                                                        \
	((struct fetch_request){.url = (cli)->args[0],                        \
				.user_agent = "enstratus-agent/" CLI_VERSION, \
				.ca_file = (cli)->ca_file,                    \
				.pinned_key = (cli)->pinned_key,              \
				.max_bytes = (cli)->max_bytes,                \
				.tail_bytes = (cli)->tail_bytes,              \
				.retries = (cli)->retries,                    \
				.stall_s = (cli)->stall_timeout_s,            \
				.timeout_s = (cli)->timeout_s})

/*
 * cli_start - the first call of every main.
 *
 * Descriptors 0-2 are open after it and no others but handed ones, umask is 077, SIGPIPE and SIGHUP
 * are ignored, core dumps are off, the log is open.  Ends the process for --help, --version and
 * wrong usage: the front desk alone may do that.
 */
void cli_start(struct cli *cli, const struct cli_spec *spec, int argc, char **argv);

/*
 * cli_skip_options - the place in argv of the first argument that is no option, whatever program of
 *                    ours it is for; -1 when there is an option that none has.
 */
int cli_skip_options(int argc, char **argv);

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
