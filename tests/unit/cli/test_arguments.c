/* SPDX-License-Identifier: MIT */
/* test_arguments - what options and arguments are understood as, and which are refused. */
#include "cli/arguments.h"

#include <check.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tests.h"

static const struct cli_spec three = {
	.name = "configureService",
	.args = "USER CUSTOMER SERVICE [A B C]",
	.summary = "A program for this test.",
	.counts = CLI_ARGS(3) | CLI_ARGS(6),
	.wrong_count = ERR_COUNT,
	.options = CLI_JSON | CLI_CONFIG | CLI_GENERATION | CLI_ON_HANGUP | CLI_DRY_RUN,
};
static const struct cli_spec one = {
	.name = "startService", .args = "SERVICE_ID", .summary = "Start.", .counts = CLI_ARGS(1)};
static const struct cli_spec tagged = {.name = "log",
				       .args = "[WORD...]",
				       .summary = "Log.",
				       .counts = CLI_ARGS_ANY,
				       .options = CLI_TAG,
				       .words = true};

/* argv of words that blanks separate, behind the program's name; it points into copy. */
static int
split(char *copy, size_t size, const char *words, const char *name, char *argv[static 32])
{
	char *rest = NULL;
	int argc = 1;

	argv[0] = (char *)name;
	snprintf(copy, size, "%s", words);
	for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		argv[argc++] = w;
	argv[argc] = NULL;
	return argc;
}

static const struct {
	const struct cli_spec *spec;
	const char *words;
	enum err_kind kind;
	const char *found; /* within what was understood, or within the error */
} table[] = {
	{&one, "--nonsense a1", ERR_USAGE, "unknown option '--nonsense'"},
	{&one, "--help=1 a1", ERR_USAGE, "option '--help' takes no value"},
	{&one, "--ver a1", ERR_USAGE, "ambiguous option '--ver'"},
	{&three, "--config a --config b a b c", ERR_USAGE, "option '--config' is given twice"},
	{&one, "--wait 1 --wait=1 a1", ERR_USAGE, "option '--wait' is given twice"},
	{&one, "-v -v -qq a1", ERR_NONE, "1 [a1]"},
	{&one, "-x a1", ERR_USAGE, "unknown option"},
	{&one, "--json a1", ERR_USAGE, "unknown option"},
	{&one, "--timeout", ERR_USAGE, "option '--timeout' lacks its value"},
	{&one, "-xq a1", ERR_USAGE, "unknown option '-x'"},
	{&one, "a1 --json", ERR_USAGE, "options stand before them"},
	{&one, "--timeout 0 a1", ERR_USAGE, "--timeout"},
	{&one, "--timeout 86401 a1", ERR_USAGE, "--timeout"},
	{&one, "--timeout 5x a1", ERR_USAGE, "--timeout '5x' is not a whole number"},
	{&one, "--wait -1 a1", ERR_USAGE, "--wait"},
	{&one, "", ERR_USAGE, "too few arguments: 0 given, 1 needed"},
	{&one, "a1 a2", ERR_USAGE, "wrong number of arguments: 2"},
	{&three, "a b", ERR_USAGE, "too few arguments: 2 given, 3 needed"},
	{&three, "a b c d", ERR_COUNT, "wrong number of arguments: 4"},
	{&three, "--generation -1 a b c", ERR_USAGE, "--generation"},
	{&three, "--on-hangup=maybe a b c", ERR_USAGE, "--on-hangup"},
	{&one, "a1", ERR_NONE, "1 [a1] t0 w0 g-1 00 - -"},
	{&one, "--timeout 5 --wait 7 a1", ERR_NONE, "1 [a1] t5 w7000 g-1 00 - -"},
	{&one, "--timeout=5 a1", ERR_NONE, "1 [a1] t5 "},
	{&one, "-q a1", ERR_NONE, "quiet 1 [a1] "},
	{&one, "-q -v a1", ERR_NONE, "1 [a1] "},
	{&three, "--config - --generation 12 --dry-run --on-hangup=abort a b c", ERR_NONE,
	 "3 [a] t0 w0 g12 11 - -"},
	{&three, "--on-hangup=continue a b c", ERR_NONE, "3 [a] t0 w0 g-1 00 - -"},
	{&three, "a b --json", ERR_NONE, "3 [a] "},
	{&tagged, "-t tag -i -v some words", ERR_NONE, "2 [some] t0 w0 g-1 00 - tag"},
	{&tagged, "", ERR_NONE, "0 [] "},
	{&tagged, "---", ERR_NONE, "1 [---] "},
	{&tagged, "- x", ERR_NONE, "2 [-] "},
	{&tagged, "-- -- up", ERR_NONE, "2 [--] "},
	{&tagged, "--nonsense -t x", ERR_NONE, "3 [--nonsense] "},
	{&tagged, "--verbosely --help", ERR_NONE, "2 [--verbosely] "},
	{&tagged, "--verb", ERR_NONE, "1 [--verb] "},
	{&tagged, "--quiet=x", ERR_NONE, "1 [--quiet=x] "},
	{&tagged, "-:", ERR_NONE, "1 [-:] "},
	{&tagged, "-v1.0 -h", ERR_NONE, "2 [-v1.0] "},
	{&tagged, "-help-", ERR_NONE, "1 [-help-] "},
	{&tagged, "-t tag ---up", ERR_NONE, "1 [---up] t0 w0 g-1 00 - tag"},
	{&tagged, "-ttag -vi --timeout=5 --wait 7 -x", ERR_NONE, "1 [-x] t5 w7000 g-1 00 - tag"},
	{&tagged, "-it tag -- -t", ERR_NONE, "1 [-t] t0 w0 g-1 00 - tag"},
	{&tagged, "-t", ERR_USAGE, "option '-t' lacks its value"},
	{&tagged, "--timeout", ERR_USAGE, "option '--timeout' lacks its value"},
};

START_TEST(words_are_understood_or_refused)
{
	struct cli cli = {.spec = table[_i].spec, .generation = -1};
	char copy[256], *argv[32], seen[512];
	int argc = split(copy, sizeof copy, table[_i].words, cli.spec->name, argv);
	struct err e = ERR_INIT;
	int result = arguments_read(&cli, argc, argv, &e);

	snprintf(seen, sizeof seen, "%s%d [%s] t%d w%d g%lld %d%d %s %s", cli.quiet ? "quiet " : "",
		 cli.n_args, cli.n_args ? cli.args[0] : "", cli.timeout_s, cli.wait_s * 1000,
		 cli.generation, cli.dry_run, cli.abort_on_hangup, cli.config ? cli.config : "-",
		 cli.tag ? cli.tag : "-");
	ck_assert_int_eq(e.kind, table[_i].kind);
	ck_assert_int_eq(result, e.kind ? -1 : 0);
	ck_assert_msg(strstr(e.kind ? e.msg : seen, table[_i].found) != NULL, "'%s', '%s'", seen,
		      e.msg);
	ck_assert(!cli.answered);
}
END_TEST

/* Neither a mistake behind it nor the number of arguments counts. */
START_TEST(the_version_is_an_answer_and_ends_the_reading)
{
	struct cli cli = {.spec = &one};
	char copy[64], *argv[32];
	int argc = split(copy, sizeof copy, "--version --nonsense", one.name, argv);
	struct err e = ERR_INIT;

	if (!freopen("/dev/null", "w", stdout))
		ck_abort();
	ck_assert_int_eq(arguments_read(&cli, argc, argv, &e), 0);
	ck_assert(cli.answered);
}
END_TEST

START_TEST(the_options_of_any_program_are_skipped)
{
	char copy[64], *argv[32];
	int argc = split(copy, sizeof copy, "--config x -q --timeout=5 a1", "any", argv);

	ck_assert_int_eq(arguments_skip_options(argc, argv), 5);
	argc = split(copy, sizeof copy, "--nonsense a1", "any", argv);
	ck_assert_int_eq(arguments_skip_options(argc, argv), -1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, words_are_understood_or_refused, 0, sizeof table / sizeof *table);
	tcase_add_test(tc, the_version_is_an_answer_and_ends_the_reading);
	tcase_add_test(tc, the_options_of_any_program_are_skipped);
}
