/* SPDX-License-Identifier: MIT */
/* arguments - reading the options and arguments of a program. */
#include "cli/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

#define LONG_ONLY 256 /* getopt's code of a row without a letter: this and its number */

/* An option that is more than a value to keep. */
static int
act(struct cli *cli, const struct options_row *row, const char *value,
    enum log_verbosity *verbosity, struct err *e)
{
	int chosen;

	switch (row->letter) {
	case 'h':
		options_print_help(cli->spec);
		cli->answered = true;
		return 0;
	case 'V':
		printf("%s (enstratus-agent) %s\n", cli->spec->name, CLI_VERSION);
		cli->answered = true;
		return 0;
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
take_option(struct cli *cli, const struct options_row *row, const char *value,
	    enum log_verbosity *verbosity, struct err *e)
{
	char *field = (char *)cli + row->at, name[32];
	long long number;

	switch (row->keep) {
	case OPTIONS_KEEP_CALL:
		return act(cli, row, value, verbosity, e);
	case OPTIONS_KEEP_NOTHING:
		return 0;
	case OPTIONS_KEEP_TRUE:
		*(bool *)field = true;
		return 0;
	case OPTIONS_KEEP_TEXT:
		*(const char **)(void *)field = value;
		return 0;
	default:
		break;
	}
	snprintf(name, sizeof name, "--%s", row->name);
	if (text_number(name, value, row->min, row->max, &number, e))
		return -1;
	if (row->keep == OPTIONS_KEEP_SECONDS)
		*(int *)(void *)field = (int)number;
	else
		*(long long *)(void *)field = number;
	return 0;
}

static const struct options_row *
find_row(int code)
{
	if (code >= LONG_ONLY)
		return &options_rows[code - LONG_ONLY];
	for (size_t i = 0; i < OPTIONS_N; i++)
		if (options_rows[i].letter == code)
			return &options_rows[i];
	return NULL; /* ':' and '?' */
}

/* What getopt_long(3) wants to be told; a place for each row. */
struct grammar {
	struct option longs[OPTIONS_N + 1];
	char shorts[2 * OPTIONS_N + 3];
};

static void
make_grammar(struct grammar *g, const struct cli_spec *spec)
{
	size_t n_longs = 0, n_shorts = 0;

	*g = (struct grammar){.shorts = ""};
	if (!spec->permute)
		g->shorts[n_shorts++] = '+';
	g->shorts[n_shorts++] = ':';
	for (size_t i = 0; i < OPTIONS_N; i++) {
		if (!options_has(spec, &options_rows[i]))
			continue;
		if (options_rows[i].name)
			g->longs[n_longs++] = (struct option){
				options_rows[i].name,
				options_rows[i].value ? required_argument : no_argument, NULL,
				options_rows[i].letter ? options_rows[i].letter
						       : LONG_ONLY + (int)i};
		if (options_rows[i].letter) {
			g->shorts[n_shorts++] = options_rows[i].letter;
			if (options_rows[i].value)
				g->shorts[n_shorts++] = ':';
		}
	}
}

int
arguments_skip_options(int argc, char **argv)
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
	const struct options_row *row = optopt ? find_row(optopt) : NULL;
	size_t len = strcspn(given, "=");
	int n_begun = 0;

	if (code == ':')
		return err_set(e, ERR_USAGE, "option '%.80s' lacks its value", given);
	if (optopt && !(row && options_has(spec, row)))
		return err_set(e, ERR_USAGE, "unknown option '-%c'", optopt);
	if (row)
		return err_set(e, ERR_USAGE, "option '%.*s' takes no value",
			       (int)(len < 80 ? len : 80), given);
	for (size_t i = 0; i < OPTIONS_N && len > 2; i++)
		n_begun += options_has(spec, &options_rows[i]) && options_rows[i].name &&
			   strncmp(options_rows[i].name, given + 2, len - 2) == 0;
	return err_set(e, ERR_USAGE, "%s option '%.80s'", n_begun > 1 ? "ambiguous" : "unknown",
		       given);
}

/* Of two values only one could be heeded.  -t is a program's own, and its last one counts. */
static int
check_once(const struct options_row *row, bool *is_given, struct err *e)
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
	bool is_given[OPTIONS_N] = {false};
	struct grammar g;
	int code, result = 0, n_options = argc;

	make_grammar(&g, cli->spec);
	opterr = 0;
	if (cli->spec->words)
		n_options = count_options(&g, argc, argv);
	while (!result && !cli->answered &&
	       (code = getopt_long(n_options, argv, g.shorts, g.longs, NULL)) != -1) {
		const struct options_row *row = find_row(code);

		if (!row)
			result = refuse_option(cli->spec, code, argv[optind - 1], e);
		else if (!(result = check_once(row, &is_given[row - options_rows], e)))
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

int
arguments_read(struct cli *cli, int argc, char **argv, struct err *e)
{
	if (read_options(cli, argc, argv, e))
		return -1;
	return cli->answered ? 0 : check_count(cli, e);
}
