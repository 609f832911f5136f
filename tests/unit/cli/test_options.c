/* SPDX-License-Identifier: MIT */
/* test_options - the Syntax line and the help of a program, by the table of options. */
#include "cli/options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"

static const struct cli_spec three = {
	.name = "configureService",
	.args = "USER CUSTOMER SERVICE [A B C]",
	.summary = "A program for this test.",
	.options = CLI_JSON | CLI_CONFIG | CLI_GENERATION | CLI_ON_HANGUP | CLI_DRY_RUN,
};
static const struct cli_spec one = {
	.name = "startService", .args = "SERVICE_ID", .summary = "Start."};
static const struct cli_spec tagged = {
	.name = "log", .args = "[WORD...]", .summary = "Log.", .options = CLI_TAG};
static const struct cli_spec loader = {.name = "fetchImage",
				       .args = "URL",
				       .summary = "Fetch.",
				       .options = CLI_DOWNLOAD | CLI_RETRY,
				       .timeout_help = "limit of all",
				       .wait_help = "wait for others"};

START_TEST(the_syntax_line_has_the_options_of_the_program)
{
	char *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);

	ck_assert_ptr_nonnull(out);
	options_print_syntax(out, "Syntax: ", &one);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(line, "Syntax: startService [-hqVv] [--timeout SECONDS] [--wait SECONDS] "
			       "SERVICE_ID\n");
	free(line);
}
END_TEST

static const struct {
	const struct cli_spec *spec;
	const char *found;
} helps[] = {
	{&one, "startService [-hqVv] [--timeout SECONDS] [--wait SECONDS] SERVICE_ID\n"},
	{&one, "\nStart.\n"},
	{&one, "      --timeout SECONDS            time limit of the hook\n"},
	{&one, "how long to wait for the service's lock (0)\n"},
	{&three, "--config FILE"},
	{&three, "See configureService(1) and enstratus-agent(7).\n"},
	{&tagged, "[-t TAG]"},
	{&loader, "      --timeout SECONDS            limit of all\n"},
	{&loader, "      --wait SECONDS               wait for others\n"},
};

START_TEST(help_tells_of_the_program_and_its_options)
{
	FILE *file = tmpfile();
	char text[8192];
	size_t n;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(dup2(fileno(file), STDOUT_FILENO), STDOUT_FILENO);
	options_print_help(helps[_i].spec);
	ck_assert_int_eq(fflush(stdout), 0);
	rewind(file);
	n = fread(text, 1, sizeof text - 1, file);
	text[n] = '\0';
	ck_assert_msg(strstr(text, helps[_i].found) != NULL, "'%s'", text);
	fclose(file);
}
END_TEST

START_TEST(a_program_has_its_own_options_and_those_of_all)
{
	for (size_t i = 0; i < OPTIONS_N; i++)
		ck_assert_int_eq(options_has(&one, &options_rows[i]), !options_rows[i].needs);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, the_syntax_line_has_the_options_of_the_program);
	tcase_add_loop_test(tc, help_tells_of_the_program_and_its_options, 0,
			    sizeof helps / sizeof *helps);
	tcase_add_test(tc, a_program_has_its_own_options_and_those_of_all);
}
