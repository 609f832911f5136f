/* SPDX-License-Identifier: MIT */
/* test_progress - how far a download is, shown on standard error. */
#include "cli/progress.h"

#include <check.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "scratch.h"
#include "tests.h"

#define MIB (1LL << 20)

static const struct {
	long long done, total, rate;
	const char *line, *json;
} states[] = {
	{0, -1, 0, "fetch 0.0 MiB", "{\"progress\":\"fetch\",\"done\":0}\n"},
	{3 * MIB / 2, -1, MIB, "fetch 1.5 MiB  1.0 MiB/s",
	 "{\"progress\":\"fetch\",\"done\":1572864}\n"},
	{0, 10 * MIB, 0, "fetch   0%  0.0 of 10.0 MiB",
	 "{\"progress\":\"fetch\",\"done\":0,\"total\":10485760}\n"},
	{10 * MIB - 1, 10 * MIB, 5 * MIB, "fetch  99%  10.0 of 10.0 MiB  5.0 MiB/s",
	 "{\"progress\":\"fetch\",\"done\":10485759,\"total\":10485760}\n"},
	{10 * MIB, 10 * MIB, -1, "fetch 100%  10.0 of 10.0 MiB",
	 "{\"progress\":\"fetch\",\"done\":10485760,\"total\":10485760}\n"},
	{0, 0, 0, "fetch 100%  0.0 of 0.0 MiB",
	 "{\"progress\":\"fetch\",\"done\":0,\"total\":0}\n"},
	{__LONG_LONG_MAX__, __LONG_LONG_MAX__, __LONG_LONG_MAX__,
	 "fetch 100%  8796093022208.0 of 8796093022208.0 MiB  8796093022208.0 MiB/s",
	 "{\"progress\":\"fetch\",\"done\":9223372036854775807,\"total\":9223372036854775807}\n"},
};

START_TEST(a_state_is_a_line_or_an_object)
{
	char text[PROGRESS_TEXT_MAX];

	progress_line(text, "fetch", states[_i].done, states[_i].total, states[_i].rate);
	ck_assert_str_eq(text, states[_i].line);
	progress_json(text, "fetch", states[_i].done, states[_i].total);
	ck_assert_str_eq(text, states[_i].json);
}
END_TEST

/* What `use` writes to a standard error that is a file. */
static const char *
written(void (*use)(void))
{
	int saved = dup(STDERR_FILENO);
	int fd = openat(scratch_fd, "seen", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	use();
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	close(fd);
	return scratch_read("seen");
}

static enum cli_progress kind;

static void
a_thousand_updates(void)
{
	struct progress p;

	progress_start(&p, kind, false);
	for (int i = 0; i <= 1000; i++)
		progress_update(&p, "fetch", i, i < 500 ? -1 : 1000);
	progress_end(&p);
}

static void
two_updates_with_a_pause(void)
{
	struct timespec pause = {.tv_nsec = 250000000};
	struct progress p;

	progress_start(&p, CLI_PROGRESS_JSON, true);
	progress_update(&p, "fetch", 1, 2);
	nanosleep(&pause, NULL);
	progress_update(&p, "fetch", 2, 2);
	progress_end(&p);
	progress_update(&p, "fetch", 2, 2);
	progress_end(&p);
}

static void
no_update(void)
{
	struct progress p;

	progress_start(&p, CLI_PROGRESS_JSON, false);
	progress_end(&p);
}

START_TEST(json_is_the_first_and_the_last_state_of_many_at_once)
{
	kind = CLI_PROGRESS_JSON;
	ck_assert_str_eq(written(a_thousand_updates),
			 "{\"progress\":\"fetch\",\"done\":0}\n"
			 "{\"progress\":\"fetch\",\"done\":1000,\"total\":1000}\n");
}
END_TEST

START_TEST(what_was_shown_is_not_shown_again_and_quiet_leaves_json_alone)
{
	ck_assert_str_eq(written(two_updates_with_a_pause),
			 "{\"progress\":\"fetch\",\"done\":1,\"total\":2}\n"
			 "{\"progress\":\"fetch\",\"done\":2,\"total\":2}\n");
	ck_assert_str_eq(written(no_update), "");
}
END_TEST

START_TEST(nothing_is_drawn_where_there_is_no_terminal)
{
	kind = CLI_PROGRESS_AUTO;
	ck_assert_str_eq(written(a_thousand_updates), "");
	kind = CLI_PROGRESS_NONE;
	ck_assert_str_eq(written(a_thousand_updates), "");
}
END_TEST

/* A terminal of our own in the place of standard error; NULL where the system has none. */
static const char *
drawn(bool quiet)
{
	static char seen[4096];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, saved = dup(STDERR_FILENO);
	struct pollfd polled;
	struct progress p;
	size_t len = 0;
	ssize_t n;

	if (master < 0 || grantpt(master) || unlockpt(master))
		return NULL;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return NULL;
	ck_assert_int_ge(dup2(slave, STDERR_FILENO), 0);
	progress_start(&p, CLI_PROGRESS_AUTO, quiet);
	progress_update(&p, "fetch", MIB, 4 * MIB);
	progress_update(&p, "fetch", 2 * MIB, 4 * MIB);
	progress_end(&p);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(slave);
	/* All that was written comes, and then the end: nobody has the other side any more. */
	polled = (struct pollfd){.fd = master, .events = POLLIN};
	while (len < sizeof seen - 1 && poll(&polled, 1, 60000) == 1 &&
	       (n = read(master, seen + len, sizeof seen - 1 - len)) > 0)
		len += (size_t)n;
	seen[len] = '\0';
	close(master);
	close(saved);
	return seen;
}

START_TEST(a_terminal_gets_one_line_that_is_cleared_in_the_end)
{
	const char *seen = drawn(false);
	size_t len;

	if (!seen)
		return;
	len = strlen(seen);
	ck_assert_int_eq(strncmp(seen, "fetch  25%  1.0 of 4.0 MiB ", 27), 0);
	ck_assert_ptr_null(strchr(seen, '\n'));
	ck_assert_ptr_null(strstr(seen, "50%"));
	ck_assert_uint_eq(len, 2 * 61);
	for (size_t i = len - 61; i < len - 1; i++)
		ck_assert_int_eq(seen[i], ' ');
	ck_assert_int_eq(seen[len - 1], '\r');
	ck_assert_str_eq(drawn(true), "");
}
END_TEST

static void
use_a_full_pipe(void)
{
	char junk[65536] = "";
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	while (write(fds[1], junk, sizeof junk) > 0)
		;
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, 0), 0);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	kind = CLI_PROGRESS_JSON;
	a_thousand_updates();
}

START_TEST(a_standard_error_that_nobody_reads_is_not_waited_for)
{
	written(use_a_full_pipe);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_loop_test(tc, a_state_is_a_line_or_an_object, 0,
			    (int)(sizeof states / sizeof *states));
	tcase_add_test(tc, json_is_the_first_and_the_last_state_of_many_at_once);
	tcase_add_test(tc, what_was_shown_is_not_shown_again_and_quiet_leaves_json_alone);
	tcase_add_test(tc, nothing_is_drawn_where_there_is_no_terminal);
	tcase_add_test(tc, a_terminal_gets_one_line_that_is_cleared_in_the_end);
	tcase_add_test(tc, a_standard_error_that_nobody_reads_is_not_waited_for);
}
