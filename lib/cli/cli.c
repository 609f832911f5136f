/* SPDX-License-Identifier: MIT */
/* cli - the front desk: a clean start, options and arguments, and the last line of every main. */
#include "cli/cli.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define SECONDS_MAX 86400

/*
 * Every option there is; `needs` 0 is one that all programs have.  In the order of the Syntax
 * line.
 */
static const struct option_row {
	char letter; /* or a number over 255 would do; each has one, shown only when printable */
	bool short_form;
	const char *name, *value;
	unsigned needs;
	const char *help;
} rows[] = {
	{'h', true, "help", NULL, 0, "print this and exit"},
	{'q', true, "quiet", NULL, 0, "print errors and warnings only"},
	{'V', true, "version", NULL, 0, "print the version and exit"},
	{'v', true, "verbose", NULL, 0, "print what is done"},
	{'i', true, NULL, NULL, CLI_TAG, "accepted and ignored"},
	{'t', true, NULL, "TAG", CLI_TAG, "what the record begins with"},
	{'C', false, "config", "FILE", CLI_CONFIG, "the configuration; - for standard input"},
	{'D', false, "dry-run", NULL, CLI_DRY_RUN, "judge everything, write nothing"},
	{'G', false, "generation", "N", CLI_GENERATION,
	 "refuse when the service has seen a higher N"},
	{'J', false, "json", NULL, CLI_JSON, "answer with one JSON document"},
	{'H', false, "on-hangup", "continue|abort", CLI_ON_HANGUP,
	 "what to do when the connection is lost (continue)"},
	{'T', false, "timeout", "SECONDS", 0, "time limit of the hook"},
	{'W', false, "wait", "SECONDS", 0, "how long to wait for the service's lock (0)"},
};

#define N_ROWS (sizeof rows / sizeof *rows)

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
		if (has(spec, &rows[i]) && rows[i].short_form && !rows[i].value)
			putc(rows[i].letter, out);
	putc(']', out);
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!has(spec, &rows[i]) || (rows[i].short_form && !rows[i].value))
			continue;
		if (rows[i].name)
			fprintf(out, " [--%s", rows[i].name);
		else
			fprintf(out, " [-%c", rows[i].letter);
		fprintf(out, rows[i].value ? " %s]" : "]", rows[i].value);
	}
	fprintf(out, "%s%s\n", spec->args[0] ? " " : "", spec->args);
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
		if (rows[i].short_form)
			snprintf(letter, sizeof letter, "-%c", rows[i].letter);
		snprintf(left, sizeof left, "%s%s%s%s%s%s", letter,
			 !rows[i].name	      ? ""
			 : rows[i].short_form ? ", "
					      : "  ",
			 rows[i].name ? "--" : "", rows[i].name ? rows[i].name : "",
			 rows[i].value ? " " : "", rows[i].value ? rows[i].value : "");
		printf("  %-32s %s\n", left, rows[i].help);
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

static void
open_standard_descriptors(struct err *e)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd) {
			err_sys(e, "cannot open /dev/null");
			return;
		}
	if (close_range(3, ~0U, 0))
		err_sys(e, "cannot close inherited descriptors");
}

static int
take_seconds(const char *name, const char *value, long long min, int *out, struct err *e)
{
	long long seconds;

	if (text_number(name, value, min, SECONDS_MAX, &seconds, e))
		return -1;
	*out = (int)seconds;
	return 0;
}

static int
take_option(struct cli *cli, int letter, const char *value, enum log_verbosity *verbosity,
	    struct err *e)
{
	int seconds = 0;

	switch (letter) {
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
	case 'i':
		return 0;
	case 't':
		cli->tag = value;
		return 0;
	case 'C':
		cli->config = value;
		return 0;
	case 'D':
		cli->dry_run = true;
		return 0;
	case 'G':
		return text_number("--generation", value, 0, __LONG_LONG_MAX__, &cli->generation,
				   e);
	case 'J':
		cli->json = true;
		return 0;
	case 'H':
		cli->abort_on_hangup = strcmp(value, "abort") == 0;
		if (!cli->abort_on_hangup && strcmp(value, "continue") != 0)
			return err_set(e, ERR_USAGE,
				       "--on-hangup is 'continue' or 'abort', not '%s'", value);
		return 0;
	case 'T':
		return take_seconds("--timeout", value, 1, &cli->timeout_s, e);
	case 'W':
		if (take_seconds("--wait", value, 0, &seconds, e))
			return -1;
		cli->wait_ms = seconds * 1000;
		return 0;
	default:
		return -1;
	}
}

static int
read_options(struct cli *cli, int argc, char **argv, struct err *e)
{
	enum log_verbosity verbosity = LOG_NORMAL;
	struct option longs[N_ROWS + 1] = {0};
	char shorts[2 * N_ROWS + 3] = "+:";
	size_t n_longs = 0, n_shorts = 2;
	int letter, result = 0;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (!has(cli->spec, &rows[i]))
			continue;
		if (rows[i].name)
			longs[n_longs++] = (struct option){
				rows[i].name, rows[i].value ? required_argument : no_argument, NULL,
				rows[i].letter};
		if (rows[i].short_form) {
			shorts[n_shorts++] = rows[i].letter;
			if (rows[i].value)
				shorts[n_shorts++] = ':';
		}
	}
	opterr = 0;
	while (!result && (letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		result = take_option(cli, letter, optarg, &verbosity, e);
		if (letter == ':')
			err_set(e, ERR_USAGE, "option '%.80s' lacks its value", argv[optind - 1]);
		else if (letter == '?' && optopt > 0 && optopt < 128 && !strchr("CDGJHTW", optopt))
			err_set(e, ERR_USAGE, "unknown option '-%c'", optopt);
		else if (letter == '?')
			err_set(e, ERR_USAGE, "unknown option '%.80s', or one that takes no value",
				argv[optind - 1]);
	}
	log_open(cli->spec->name, verbosity);
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

	*cli = (struct cli){.spec = spec, .generation = -1};
	log_open(spec->name, LOG_NORMAL);
	open_standard_descriptors(&e);
	umask(077);
	signal(SIGPIPE, SIG_IGN);
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
}

void
cli_json(const struct cli *cli, struct json *json, int status)
{
	*json = JSON_INIT;
	json_open(json, NULL, '{');
	json_number(json, "schema", 1);
	json_string(json, "command", cli->spec->name);
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
		json_string(&json, "error", e->msg);
		if (cli_answer_json(cli, &json, &ignored))
			log_error("%s", ignored.msg);
	}
	if ((fflush(stdout) || ferror(stdout)) && !e->kind)
		err_set(e, ERR_IO, "cannot write the answer to standard output");
	if (e->kind)
		log_error("%s", e->msg);
	return err_status(e);
}
