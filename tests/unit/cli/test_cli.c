/* SPDX-License-Identifier: MIT */
/* test_cli - the front desk: what a program prints and exits with, in a process of its own. */
#include "cli/cli.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

/* What a process printed and how it ended. */
struct seen {
	char out[8192], err[8192];
	int status;
};

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

/* A program: prints what it understood, and ends as the last argument says. */
static _Noreturn void
program(const struct cli_spec *spec, int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct stat st;
	struct cli cli;
	mode_t mask;

	cli_start(&cli, spec, argc, argv);
	mask = umask(0);
	if (cli.n_args && strcmp(cli.args[cli.n_args - 1], "fail") == 0)
		err_set(&e, ERR_BUSY, "cannot do it");
	else if (cli.n_args && strcmp(cli.args[cli.n_args - 1], "start") == 0)
		printf("%o %d%d%d %d\n", mask, fstat(0, &st), fstat(1, &st), fstat(2, &st),
		       fcntl(3, F_GETFD));
	else if (!cli.json)
		printf("%s%d [%s] t%d w%d g%lld %d%d %s %s\n", cli.quiet ? "quiet " : "",
		       cli.n_args, cli.n_args ? cli.args[0] : "", cli.timeout_s, cli.wait_s * 1000,
		       cli.generation, cli.dry_run, cli.abort_on_hangup,
		       cli.config ? cli.config : "-", cli.tag ? cli.tag : "-");
	if (cli.json && !e.kind) {
		struct json json;

		cli_json(&cli, &json, 0);
		json_text(&json, "word", "yes");
		if (cli_answer_json(&cli, &json, &e))
			abort();
	}
	exit(cli_finish(&cli, &e));
}

static void
drain(int out_fd, int err_fd, struct seen *seen)
{
	struct pollfd polls[2] = {{out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}};
	char *texts[2] = {seen->out, seen->err};
	size_t lens[2] = {0, 0};

	while (polls[0].fd >= 0 || polls[1].fd >= 0) {
		ck_assert_int_gt(poll(polls, 2, 20000), 0);
		for (int i = 0; i < 2; i++) {
			ssize_t n;

			if (polls[i].fd < 0 || !polls[i].revents)
				continue;
			n = read(polls[i].fd, texts[i] + lens[i], sizeof seen->out - 1 - lens[i]);
			if (n > 0) {
				lens[i] += (size_t)n;
				continue;
			}
			close(polls[i].fd);
			polls[i].fd = -1;
		}
	}
}

/* words: the arguments, separated by blanks. */
static void
run(const struct cli_spec *spec, const char *words, struct seen *seen)
{
	char copy[256], *argv[32] = {(char *)spec->name}, *rest = NULL;
	int out[2], err[2], argc = 1;
	pid_t pid;

	*seen = (struct seen){.status = -1};
	snprintf(copy, sizeof copy, "%s", words);
	for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		argv[argc++] = w;
	ck_assert_int_eq(pipe(out), 0);
	ck_assert_int_eq(pipe(err), 0);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (dup2(out[1], 1) < 0 || dup2(err[1], 2) < 0)
			_exit(99);
		program(spec, argc, argv);
	}
	close(out[1]);
	close(err[1]);
	drain(out[0], err[0], seen);
	ck_assert_int_eq(waitpid(pid, &seen->status, 0), pid);
	ck_assert_msg(WIFEXITED(seen->status), "it died of signal %d", WTERMSIG(seen->status));
	seen->status = WEXITSTATUS(seen->status);
}

static const struct {
	const struct cli_spec *spec;
	const char *words;
	int status;
	const char *out, *err; /* within; "" for nothing at all */
} table[] = {
	{&one, "--help", 0, "startService [-hqVv] [--timeout SECONDS] [--wait SECONDS] SERVICE_ID",
	 ""},
	{&one, "--version", 0, "startService (enstratus-agent) " CLI_VERSION "\n", ""},
	{&one, "-V", 0, CLI_VERSION, ""},
	{&one, "--help --nonsense", 0, "Start.", ""},
	{&one, "--nonsense a1", 1, "", "Syntax: startService"},
	{&one, "", 1, "", "Syntax: startService"},
	{&three, "a b c d e f g", 3, "", "Syntax: configureService"},
	{&one, "-- --help", 0, "1 [--help] ", ""},
	{&one, "--timeout 5 --wait 7 a1", 0, "1 [a1] t5 w7000 g-1 00 - -\n", ""},
	{&one, "fail", 75, "", "]: error: cannot do it\n"},
	{&one, "-q fail", 75, "", "]: error: cannot do it\n"},
	{&three, "--json a b fail", 75,
	 "{\"schema\":1,\"command\":\"configureService\",\"status\":75,"
	 "\"error\":\"cannot do it\"}\n",
	 "error: cannot do it"},
	{&three, "--json a b c", 0,
	 "{\"schema\":1,\"command\":\"configureService\",\"status\":0,\"word\":\"yes\"}\n", ""},
	{&three, "--json a b c d", 3, "\"status\":3,\"error\":\"wrong number of arguments: 4\"}\n",
	 "Syntax: "},
	{&one, "start", 0, "77 000 -1\n", ""},
};

START_TEST(arguments_lead_to_the_contract_s_output_and_status)
{
	struct seen seen;

	run(table[_i].spec, table[_i].words, &seen);
	ck_assert_msg(seen.status == table[_i].status, "status %d, stderr '%s'", seen.status,
		      seen.err);
	ck_assert_msg(table[_i].out[0] ? strstr(seen.out, table[_i].out) != NULL : !seen.out[0],
		      "stdout '%s'", seen.out);
	ck_assert_msg(table[_i].err[0] ? strstr(seen.err, table[_i].err) != NULL : !seen.err[0],
		      "stderr '%s'", seen.err);
}
END_TEST

START_TEST(an_error_is_one_line_on_standard_error)
{
	struct seen seen;
	char expected[64];

	run(&one, "fail", &seen);
	ck_assert_ptr_eq(strchr(seen.err, '\n'), seen.err + strlen(seen.err) - 1);
	snprintf(expected, sizeof expected, "startService[");
	ck_assert_int_eq(strncmp(seen.err, expected, strlen(expected)), 0);
}
END_TEST

/* The status of a program whose descriptors 0 to 2 are what `prepare` made of them. */
static int
run_with(void (*prepare)(void), const char *word)
{
	char *argv[] = {(char *)"startService", (char *)word, NULL};
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(null, 2);
		prepare();
		program(&one, 2, argv);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
close_all(void)
{
	close(0);
	close(1);
	close(2);
}

static void
fill_output(void)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0 || dup2(fd, 1) < 0)
		_exit(99);
}

static void
break_output(void)
{
	int fds[2];

	if (pipe(fds) || dup2(fds[1], 1) < 0)
		_exit(99);
	close(fds[0]);
	close(fds[1]);
}

START_TEST(closed_descriptors_are_opened)
{
	ck_assert_int_eq(run_with(close_all, "a1"), 0);
	ck_assert_int_eq(run_with(close_all, "fail"), 75);
}
END_TEST

START_TEST(an_answer_that_cannot_be_written_is_status_74)
{
	ck_assert_int_eq(run_with(fill_output, "a1"), 74);
	ck_assert_int_eq(run_with(fill_output, "--help"), 74);
	ck_assert_int_eq(run_with(break_output, "a1"), 74);
	ck_assert_int_eq(run_with(fill_output, "fail"), 75);
}
END_TEST

/* A core dump or a debugger would show its secrets.  Sanitizers need what is forbidden here. */
START_TEST(its_memory_is_closed_to_others)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char *argv[] = {(char *)"startService", (char *)"a1", NULL};
		struct cli cli;

		cli_start(&cli, &one, 2, argv);
		_exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_eq(status, 0);
#endif
}
END_TEST

/* Opened by whoever calls, as the shell's <(...) is; 50 is not named. */
static void
hand_descriptors(void)
{
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, 50) < 0 || dup2(null, 63) < 0 || dup2(null, 64) < 0)
		_exit(99);
}

START_TEST(only_descriptors_that_an_argument_names_stay_open)
{
	char *argv[] = {(char *)"configureService",
			(char *)"--config=/dev/fd/63",
			(char *)"a",
			(char *)"b",
			(char *)"/proc/self/fd/64",
			NULL};
	struct cli cli;
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		hand_descriptors();
		cli_start(&cli, &three, 5, argv);
		_exit(fcntl(50, F_GETFD) < 0 && fcntl(63, F_GETFD) == FD_CLOEXEC &&
				      fcntl(64, F_GETFD) == FD_CLOEXEC
			      ? 0
			      : 98);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* A caller that ignores the end of its children hands that on through execve. */
START_TEST(the_end_of_a_child_is_waited_for_whatever_the_caller_ignores)
{
	char *argv[] = {(char *)"startService", (char *)"a1", NULL};
	struct cli cli;
	int status;
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	cli_start(&cli, &one, 2, argv);
	pid = fork();
	if (pid == 0)
		_exit(7);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, arguments_lead_to_the_contract_s_output_and_status, 0,
			    sizeof table / sizeof *table);
	tcase_add_test(tc, an_error_is_one_line_on_standard_error);
	tcase_add_test(tc, closed_descriptors_are_opened);
	tcase_add_test(tc, its_memory_is_closed_to_others);
	tcase_add_test(tc, only_descriptors_that_an_argument_names_stay_open);
	tcase_add_test(tc, an_answer_that_cannot_be_written_is_status_74);
	tcase_add_test(tc, the_end_of_a_child_is_waited_for_whatever_the_caller_ignores);
}
