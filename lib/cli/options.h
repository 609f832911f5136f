/* SPDX-License-Identifier: MIT */
/* options - the table of all options of all programs, and what --help says of them. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Of all programs; debian/changelog has it too, and nothing else. */
#define CLI_VERSION "0.1.0"

/* Options that a program has beside those that all have. */
enum cli_option {
	CLI_JSON = 1 << 0,
	CLI_DRY_RUN = 1 << 1,
	CLI_CONFIG = 1 << 2,
	CLI_GENERATION = 1 << 3, /* --generation, --run */
	CLI_ON_HANGUP = 1 << 4,
	CLI_TAG = 1 << 5,
	CLI_TRUST = 1 << 6,    /* --sha256, --signature */
	CLI_DOWNLOAD = 1 << 7, /* --ca-file, --pinned-key, --progress */
	CLI_RETRY = 1 << 8,    /* --max-bytes, --retries, --stall-timeout, --tail */
	CLI_REPLACE = 1 << 9,  /* --prune, --replace */
	CLI_IF_CHANGED = 1 << 10,
	CLI_SEALED = 1 << 11,
	CLI_SEAL = 1 << 12, /* --to, --sign, --event, --sequence, --expires */
	CLI_SIGNER = 1 << 13,
	CLI_AUDIT = 1 << 14,
	CLI_FALLBACK = 1 << 15, /* --default, --required */
	CLI_REMOVE = 1 << 16,	/* --force, --keep-data, --purge, --yes */
	CLI_DOOR = 1 << 17,	/* --services, --verbs */
	CLI_PART = 1 << 18,	/* --drop, --have */
	CLI_DEPLOY = 1 << 19,	/* --state and what goes with it */
	CLI_PLACE = 1 << 20,	/* --where */
	CLI_CHECK = 1 << 21,	/* --require-ok, --wait-ok */
	CLI_LIST = 1 << 22,	/* --check */
	CLI_HISTORY = 1 << 23,	/* --run */
	CLI_STRICT = 1 << 24,	/* --strict */
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
	int wait_ok_s; /* 0: not given */
	/* Numbers: -1 where they are not given. */
	long long generation, max_bytes, retries, stall_timeout_s, tail_bytes, sequence, expires_s;
	bool json, dry_run, abort_on_hangup, replace, prune, if_changed, sealed, audit, required,
		quiet;
	bool force, keep_data, purge, yes, have, drop, where, all, follow, observe, require_ok,
		check, strict;
	/* NULL where they are not given. */
	const char *config, *tag, *sha256, *signature, *ca_file, *pinned_key;
	const char *to, *sign, *event, *signer, *fallback, *services, *verbs;
	const char *state, *csv, *html, *load, *sweep, *cert, *key, *login, *run;
	long long rounds, seed, parallel;
	enum cli_progress progress;
	bool answered; /* the JSON document, the help or the version is out */
};

/* How the value of an option is kept. */
enum options_keep {
	OPTIONS_KEEP_CALL,    /* it is an act of its own: the reader of arguments knows it */
	OPTIONS_KEEP_NOTHING, /* accepted and ignored */
	OPTIONS_KEEP_TRUE,
	OPTIONS_KEEP_TEXT,
	OPTIONS_KEEP_NUMBER,
	OPTIONS_KEEP_SECONDS, /* an int */
};

/* One option. */
struct options_row {
	char letter; /* 0: none */
	const char *name, *value;
	unsigned needs; /* of enum cli_option; 0 is one that all programs have */
	enum options_keep keep;
	size_t at;	    /* of the field in struct cli */
	long long min, max; /* of a number */
	const char *help;
};

/* Every option there is, in the order of the Syntax line. */
#define OPTIONS_N 63
extern const struct options_row options_rows[];

/* options_has - true when a program has the option. */
bool options_has(const struct cli_spec *spec, const struct options_row *row);

/*
 * options_print_syntax - the Syntax line of a program, behind `label`.
 * options_print_help   - that and all that --help says, on standard output.
 */
void options_print_syntax(FILE *out, const char *label, const struct cli_spec *spec);
void options_print_help(const struct cli_spec *spec);

#endif
