/* SPDX-License-Identifier: MIT */
/* cli - the front desk: a clean start, options and arguments, and the last line of every main. */
#include "cli/cli.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "hook/override.h"

#define SECONDS_MAX 86400
#define SEAL_SECONDS_MAX (366LL * 86400)

/* How the value of an option is kept. */
enum keep {
	KEEP_CALL,    /* it is an act of its own: see act */
	KEEP_NOTHING, /* accepted and ignored */
	KEEP_TRUE,
	KEEP_TEXT,
	KEEP_NUMBER,
	KEEP_SECONDS, /* an int */
};

#define AT(field) offsetof(struct cli, field)
#define NO_LIMIT __LONG_LONG_MAX__

/*
 * Every option there is; `needs` 0 is one that all programs have.  In the order of the Syntax
 * line.
 */
static const struct option_row {
	char letter; /* 0: none */
	const char *name, *value;
	unsigned needs;
	enum keep keep;
	size_t at;	    /* of the field */
	long long min, max; /* of a number */
	const char *help;
} rows[] = {
	{'h', "help", NULL, 0, KEEP_CALL, 0, 0, 0, "print this and exit"},
	{'q', "quiet", NULL, 0, KEEP_CALL, 0, 0, 0, "print errors and warnings only"},
	{'V', "version", NULL, 0, KEEP_CALL, 0, 0, 0, "print the version and exit"},
	{'v', "verbose", NULL, 0, KEEP_CALL, 0, 0, 0, "print what is done"},
	{'i', NULL, NULL, CLI_TAG, KEEP_NOTHING, 0, 0, 0, "accepted and ignored"},
	{'t', NULL, "TAG", CLI_TAG, KEEP_TEXT, AT(tag), 0, 0, "what the record begins with"},
	{0, "all", NULL, CLI_DEPLOY, KEEP_TRUE, AT(all), 0, 0,
	 "change: send every configuration again"},
	{0, "audit", NULL, CLI_AUDIT, KEEP_TRUE, AT(audit), 0, 0,
	 "print which protections were in force"},
	{0, "ca-file", "FILE", CLI_DOWNLOAD | CLI_DEPLOY, KEEP_TEXT, AT(ca_file), 0, 0,
	 "certificates to trust in the place of the system's"},
	{0, "cert", "FILE", CLI_DEPLOY, KEEP_TEXT, AT(cert), 0, 0,
	 "the certificate to show to etcd"},
	{0, "config", "FILE", CLI_CONFIG, KEEP_TEXT, AT(config), 0, 0,
	 "the configuration; - for standard input"},
	{0, "csv", "FILE", CLI_DEPLOY, KEEP_TEXT, AT(csv), 0, 0,
	 "vote, watch, simulate: write down each round"},
	{0, "default", "VALUE", CLI_FALLBACK, KEEP_TEXT, AT(fallback), 0, 0,
	 "what to print for a key that is absent or empty"},
	{0, "drop", NULL, CLI_PART, KEEP_TRUE, AT(drop), 0, 0,
	 "remove it, and what is there of it"},
	{0, "dry-run", NULL, CLI_DRY_RUN, KEEP_TRUE, AT(dry_run), 0, 0,
	 "judge everything, write nothing"},
	{0, "event", "NAME", CLI_SEAL, KEEP_TEXT, AT(event), 0, 0,
	 "what it may be used for: deploy, change, ... (any)"},
	{0, "expires", "SECONDS", CLI_SEAL, KEEP_NUMBER, AT(expires_s), 1, SEAL_SECONDS_MAX,
	 "how long it may be used (3600)"},
	{0, "follow", NULL, CLI_DEPLOY, KEEP_TRUE, AT(follow), 0, 0,
	 "events: go on with those that come"},
	{0, "force", NULL, CLI_REMOVE, KEEP_TRUE, AT(force), 0, 0, "go on when a hook fails"},
	{0, "generation", "N", CLI_GENERATION, KEEP_NUMBER, AT(generation), 0, NO_LIMIT,
	 "refuse when the service has seen a higher N"},
	{0, "have", NULL, CLI_PART, KEEP_TRUE, AT(have), 0, 0, "only tell how much of it is there"},
	{0, "html", "FILE", CLI_DEPLOY, KEEP_TEXT, AT(html), 0, 0,
	 "status, watch: write a page of how it stands"},
	{0, "if-changed", NULL, CLI_IF_CHANGED, KEEP_TRUE, AT(if_changed), 0, 0,
	 "run no hook when nothing differs from the last time"},
	{0, "json", NULL, CLI_JSON, KEEP_TRUE, AT(json), 0, 0, "answer with one JSON document"},
	{0, "keep-data", NULL, CLI_REMOVE, KEEP_TRUE, AT(keep_data), 0, 0,
	 "keep what image.ini lists to persist"},
	{0, "key", "FILE", CLI_DEPLOY, KEEP_TEXT, AT(key), 0, 0, "the key of --cert"},
	{0, "load", "FILE", CLI_DEPLOY, KEEP_TEXT, AT(load), 0, 0,
	 "simulate: the load, lines TIME TIER SERVERS"},
	{0, "login", "FILE", CLI_DEPLOY, KEEP_TEXT, AT(login), 0, 0,
	 "the line NAME:PASSWORD, as etcd has it"},
	{0, "max-bytes", "N", CLI_RETRY, KEEP_NUMBER, AT(max_bytes), 1, NO_LIMIT,
	 "refuse a download that is larger (no limit)"},
	{0, "on-hangup", "continue|abort", CLI_ON_HANGUP, KEEP_CALL, 0, 0, 0,
	 "what to do when the connection is lost (continue)"},
	{0, "parallel", "N", CLI_DEPLOY, KEEP_NUMBER, AT(parallel), 1, 256,
	 "how many hosts are worked on at once (8)"},
	{0, "pinned-key", "KEY", CLI_DOWNLOAD, KEEP_TEXT, AT(pinned_key), 0, 0,
	 "the server's public key: sha256//BASE64 or a file"},
	{0, "progress", "auto|json|none", CLI_DOWNLOAD, KEEP_CALL, 0, 0, 0,
	 "how a download is shown (auto: on a terminal)"},
	{0, "purge", NULL, CLI_REMOVE, KEEP_TRUE, AT(purge), 0, 0,
	 "forget it too, and the images that were kept for it"},
	{0, "replace", NULL, CLI_REPLACE, KEEP_TRUE, AT(replace), 0, 0,
	 "what the image lacks goes, but for what it lists to persist"},
	{0, "required", NULL, CLI_FALLBACK, KEEP_TRUE, AT(required), 0, 0,
	 "fail when the key is absent or empty"},
	{0, "retries", "N", CLI_RETRY, KEEP_NUMBER, AT(retries), 0, 100,
	 "how often to try again without any progress (5)"},
	{0, "rounds", "N", CLI_DEPLOY, KEEP_NUMBER, AT(rounds), 1, NO_LIMIT,
	 "end watch (never) or simulate (a day) after so many"},
	{0, "sealed", NULL, CLI_SEALED, KEEP_TRUE, AT(sealed), 0, 0,
	 "the configuration is sealed for this host"},
	{0, "seed", "N", CLI_DEPLOY, KEEP_NUMBER, AT(seed), 0, NO_LIMIT,
	 "choose the same servers again when there are too many"},
	{0, "sequence", "N", CLI_SEAL, KEEP_NUMBER, AT(sequence), 1, NO_LIMIT,
	 "higher than that of the one before (the time)"},
	{0, "services", "LIST", CLI_DOOR, KEEP_TEXT, AT(services), 0, 0,
	 "the services that may be named (all)"},
	{0, "sha256", "HEX", CLI_TRUST, KEEP_TEXT, AT(sha256), 0, 0,
	 "refuse an image of another digest"},
	{0, "sign", "FILE", CLI_SEAL, KEEP_TEXT, AT(sign), 0, 0, "the secret key to sign with"},
	{0, "signature", "FILE", CLI_TRUST, KEEP_TEXT, AT(signature), 0, 0,
	 "the image's signature (IMAGE.minisig)"},
	{0, "signer", "FILE", CLI_SIGNER, KEEP_TEXT, AT(signer), 0, 0,
	 "make a signer's pair: FILE and FILE.pub"},
	{0, "stall-timeout", "SECONDS", CLI_RETRY, KEEP_NUMBER, AT(stall_timeout_s), 1, SECONDS_MAX,
	 "give a silent connection up after it (30)"},
	{0, "state", "STORE", CLI_DEPLOY, KEEP_TEXT, AT(state), 0, 0,
	 "a file, or etcd://HOST:PORT,... (provision.state)"},
	{0, "tail", "BYTES", CLI_RETRY, KEEP_NUMBER, AT(tail_bytes), 0, 1 << 30,
	 "get so much of the end first (0)"},
	{0, "timeout", "SECONDS", 0, KEEP_SECONDS, AT(timeout_s), 1, SECONDS_MAX,
	 "time limit of the hook"},
	{0, "to", "FILE", CLI_SEAL, KEEP_TEXT, AT(to), 0, 0, "the public key of the host"},
	{0, "verbs", "LIST", CLI_DOOR, KEEP_TEXT, AT(verbs), 0, 0,
	 "the programs that may be run (all that fit)"},
	{0, "wait", "SECONDS", 0, KEEP_SECONDS, AT(wait_s), 0, SECONDS_MAX,
	 "how long to wait for the service's lock (0)"},
	{0, "where", NULL, CLI_PLACE, KEEP_TRUE, AT(where), 0, 0,
	 "only make room for it, and print its path"},
	{0, "yes", NULL, CLI_REMOVE, KEEP_TRUE, AT(yes), 0, 0, "do not ask for the id once more"},
};

#define N_ROWS (sizeof rows / sizeof *rows)
#define LONG_ONLY 256 /* getopt's code of a row without a letter: this and its number */

static bool
has(const struct cli_spec *spec, const struct option_row *row)
{
	return row->needs == 0 || (row->needs & spec->options);
}

static void
print_syntax(FILE *out, const char *label, const struct cli_spec *spec)
{
	fprintf(out, "%s%s [-", label, spec->name);
	for (size_t i = 0; i < N_ROWS; i++)
		if (has(spec, &rows[i]) && rows[i].letter && !rows[i].value)
			putc(rows[i].letter, out);
	putc(']', out);
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!has(spec, &rows[i]) || (rows[i].letter && !rows[i].value))
			continue;
		if (rows[i].name)
			fprintf(out, " [--%s", rows[i].name);
		else
			fprintf(out, " [-%c", rows[i].letter);
		fprintf(out, rows[i].value ? " %s]" : "]", rows[i].value);
	}
	fprintf(out, "%s%s\n", spec->args[0] ? " " : "", spec->args);
}

static const char *
help_of(const struct cli_spec *spec, const struct option_row *row)
{
	if (row->at == AT(timeout_s) && spec->timeout_help)
		return spec->timeout_help;
	if (row->at == AT(wait_s) && spec->wait_help)
		return spec->wait_help;
	return row->help;
}

static void
print_help(const struct cli_spec *spec)
{
	print_syntax(stdout, "", spec);
	printf("\n%s\n\n", spec->summary);
	for (size_t i = 0; i < N_ROWS; i++) {
		char left[64], letter[4] = "  ";

		if (!has(spec, &rows[i]))
			continue;
		if (rows[i].letter)
			snprintf(letter, sizeof letter, "-%c", rows[i].letter);
		snprintf(left, sizeof left, "%s%s%s%s%s%s", letter,
			 !rows[i].name	  ? ""
			 : rows[i].letter ? ", "
					  : "  ",
			 rows[i].name ? "--" : "", rows[i].name ? rows[i].name : "",
			 rows[i].value ? " " : "", rows[i].value ? rows[i].value : "");
		printf("  %-32s %s\n", left, help_of(spec, &rows[i]));
	}
	printf("\nSee %s(1) and enstratus-agent(7).\n", spec->name);
}

static _Noreturn void
stop(struct cli *cli, struct err *e)
{
	exit(cli_finish(cli, e));
}

static _Noreturn void
refuse_usage(struct cli *cli, struct err *e)
{
	print_syntax(stderr, "Syntax: ", cli->spec);
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
close_inherited(unsigned first, char **argv)
{
	for (;;) {
		unsigned kept = ~0U;

		for (char **arg = argv; *arg; arg++) {
			int fd = named_descriptor(*arg);

			if (fd >= 0 && (unsigned)fd >= first && (unsigned)fd < kept)
				kept = (unsigned)fd;
		}
		if (kept > first && fd_close_range(first, kept == ~0U ? kept : kept - 1))
			return -1;
		if (kept == ~0U)
			return 0;
		(void)fcntl((int)kept, F_SETFD, FD_CLOEXEC);
		first = kept + 1;
	}
}

static void
open_standard_descriptors(int n_handed, char **argv, struct err *e)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd) {
			err_sys(e, "cannot open /dev/null");
			return;
		}
	if (close_inherited(3 + (unsigned)n_handed, argv))
		err_sys(e, "cannot close inherited descriptors");
	for (int fd = 3; fd < 3 + n_handed; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* one that is not there stays so */
}

/* An option that is more than a value to keep. */
static int
act(struct cli *cli, const struct option_row *row, const char *value, enum log_verbosity *verbosity,
    struct err *e)
{
	int chosen;

	switch (row->letter) {
	case 'h':
		print_help(cli->spec);
		stop(cli, e);
	case 'V':
		printf("%s (enstratus-agent) %s\n", cli->spec->name, CLI_VERSION);
		stop(cli, e);
	case 'q':
		*verbosity = LOG_QUIET;
		return 0;
	case 'v':
		*verbosity = LOG_VERBOSE;
		return 0;
	default:
		break;
	}
	chosen = text_choose(row->value, value);
	if (chosen < 0)
		return err_set(e, ERR_USAGE, "--%s is one of %s, not '%.80s'", row->name,
			       row->value, value);
	if (row->needs == CLI_ON_HANGUP)
		cli->abort_on_hangup = chosen == 1;
	else
		cli->progress = (enum cli_progress)chosen;
	return 0;
}

static int
take_option(struct cli *cli, const struct option_row *row, const char *value,
	    enum log_verbosity *verbosity, struct err *e)
{
	char *field = (char *)cli + row->at, name[32];
	long long number;

	switch (row->keep) {
	case KEEP_CALL:
		return act(cli, row, value, verbosity, e);
	case KEEP_NOTHING:
		return 0;
	case KEEP_TRUE:
		*(bool *)field = true;
		return 0;
	case KEEP_TEXT:
		*(const char **)(void *)field = value;
		return 0;
	default:
		break;
	}
	snprintf(name, sizeof name, "--%s", row->name);
	if (text_number(name, value, row->min, row->max, &number, e))
		return -1;
	if (row->keep == KEEP_SECONDS)
		*(int *)(void *)field = (int)number;
	else
		*(long long *)(void *)field = number;
	return 0;
}

static const struct option_row *
find_row(int code)
{
	if (code >= LONG_ONLY)
		return &rows[code - LONG_ONLY];
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].letter == code)
			return &rows[i];
	return NULL; /* ':' and '?' */
}

/* What getopt_long(3) wants to be told; a place for each row. */
struct grammar {
	struct option longs[N_ROWS + 1];
	char shorts[2 * N_ROWS + 3];
};

static void
make_grammar(struct grammar *g, const struct cli_spec *spec)
{
	size_t n_longs = 0, n_shorts = 0;

	*g = (struct grammar){.shorts = ""};
	if (!spec->permute)
		g->shorts[n_shorts++] = '+';
	g->shorts[n_shorts++] = ':';
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!has(spec, &rows[i]))
			continue;
		if (rows[i].name)
			g->longs[n_longs++] = (struct option){
				rows[i].name, rows[i].value ? required_argument : no_argument, NULL,
				rows[i].letter ? rows[i].letter : LONG_ONLY + (int)i};
		if (rows[i].letter) {
			g->shorts[n_shorts++] = rows[i].letter;
			if (rows[i].value)
				g->shorts[n_shorts++] = ':';
		}
	}
}

int
cli_skip_options(int argc, char **argv)
{
	const struct cli_spec any = {.options = ~0U};
	struct grammar g;
	int code;

	make_grammar(&g, &any);
	opterr = 0;
	optind = 0; /* begin anew */
	while ((code = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1)
		if (code == ':' || code == '?')
			return -1;
	return optind;
}

/* Why getopt_long(3) has refused an option. */
static int
refuse_option(const struct cli_spec *spec, int code, const char *given, struct err *e)
{
	const struct option_row *row = optopt ? find_row(optopt) : NULL;
	size_t len = strcspn(given, "=");
	int n_begun = 0;

	if (code == ':')
		return err_set(e, ERR_USAGE, "option '%.80s' lacks its value", given);
	if (optopt && !(row && has(spec, row)))
		return err_set(e, ERR_USAGE, "unknown option '-%c'", optopt);
	if (row)
		return err_set(e, ERR_USAGE, "option '%.*s' takes no value",
			       (int)(len < 80 ? len : 80), given);
	for (size_t i = 0; i < N_ROWS && len > 2; i++)
		n_begun += has(spec, &rows[i]) && rows[i].name &&
			   strncmp(rows[i].name, given + 2, len - 2) == 0;
	return err_set(e, ERR_USAGE, "%s option '%.80s'", n_begun > 1 ? "ambiguous" : "unknown",
		       given);
}

/* Of two values only one could be heeded.  -t is a program's own, and its last one counts. */
static int
check_once(const struct option_row *row, bool *is_given, struct err *e)
{
	if (*is_given && row->value && row->name)
		return err_set(e, ERR_USAGE, "option '--%s' is given twice", row->name);
	*is_given = true;
	return 0;
}

static const struct option *
find_long(const struct grammar *g, const char *name)
{
	const struct option *found = g->longs;

	while (found->name && (strncmp(found->name, name, strcspn(name, "=")) != 0 ||
			       found->name[strcspn(name, "=")]))
		found++;
	return found->name && (found->has_arg || !strchr(name, '=')) ? found : NULL;
}

/* How many arguments the option at argv[0] takes up with its value; 0 when it is none. */
static int
option_length(const struct grammar *g, const char *arg)
{
	const struct option *found;
	const char *letter;

	if (arg[0] != '-' || !arg[1])
		return 0;
	if (arg[1] == '-') {
		found = find_long(g, arg + 2);
		return !found ? 0 : found->has_arg && !strchr(arg, '=') ? 2 : 1;
	}
	while (*++arg) {
		letter = *arg == '+' || *arg == ':' ? NULL : strchr(g->shorts, *arg);
		if (!letter)
			return 0;
		if (letter[1] == ':')
			return arg[1] ? 1 : 2;
	}
	return 1;
}

/* Where the options end for a program whose arguments may begin with dashes as well. */
static int
count_options(const struct grammar *g, int argc, char **argv)
{
	int n = 1, length;

	while (n < argc && strcmp(argv[n], "--") != 0) {
		length = option_length(g, argv[n]);
		if (!length)
			return n;
		n += length;
	}
	return n < argc ? n + 1 : argc;
}

static int
read_options(struct cli *cli, int argc, char **argv, struct err *e)
{
	enum log_verbosity verbosity = LOG_NORMAL;
	bool is_given[N_ROWS] = {false};
	struct grammar g;
	int code, result = 0, n_options = argc;

	make_grammar(&g, cli->spec);
	opterr = 0;
	if (cli->spec->words)
		n_options = count_options(&g, argc, argv);
	while (!result && (code = getopt_long(n_options, argv, g.shorts, g.longs, NULL)) != -1) {
		const struct option_row *row = find_row(code);

		if (!row)
			result = refuse_option(cli->spec, code, argv[optind - 1], e);
		else if (!(result = check_once(row, &is_given[row - rows], e)))
			result = take_option(cli, row, optarg, &verbosity, e);
	}
	log_open(cli->spec->name, verbosity);
	cli->quiet = verbosity == LOG_QUIET;
	cli->args = argv + optind;
	cli->n_args = argc - optind;
	return result;
}

static int
check_count(const struct cli *cli, struct err *e)
{
	unsigned counts = cli->spec->counts;
	const char *hint = "";
	int least = 0;

	if (counts == CLI_ARGS_ANY || (cli->n_args < 32 && (counts & CLI_ARGS(cli->n_args))))
		return 0;
	while (!(counts & CLI_ARGS(least)))
		least++;
	if (cli->n_args < least)
		return err_set(e, ERR_USAGE, "too few arguments: %d given, %d needed", cli->n_args,
			       least);
	for (int i = 0; i < cli->n_args; i++)
		if (cli->args[i][0] == '-' && cli->args[i][1])
			hint = " (options stand before them)";
	return err_set(e, cli->spec->wrong_count ? cli->spec->wrong_count : ERR_USAGE,
		       "wrong number of arguments: %d%s", cli->n_args, hint);
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
	open_standard_descriptors(spec->n_handed, argv, &e);
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
	if (read_options(cli, argc, argv, &e) || check_count(cli, &e))
		refuse_usage(cli, &e);
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
