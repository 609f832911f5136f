/* SPDX-License-Identifier: MIT */
/* test_board - what is being done, as it is shown. */
#include "cli/board.h"

#include "scratch_fleet.h"
#include "tests.h"

#include <pty.h>
#include <sys/wait.h>

static char shown[65536];

/* What comes of it on standard output. */
static void
capture_begin(void)
{
	char path[400];

	snprintf(path, sizeof path, "%s/out", scratch_dir);
	fflush(stdout);
	ck_assert_ptr_nonnull(freopen(path, "w", stdout));
}

static void
capture_end(void)
{
	int fd = openat(scratch_fd, "out", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	fflush(stdout);
	n = read(fd, shown, sizeof shown - 1);
	ck_assert_int_ge(n, 0);
	shown[n] = '\0';
	close(fd);
}

static const struct cli_spec spec = {.name = "provision"};
static struct ledger_server servers[40];

static void
tell(struct board *b, unsigned server, int done)
{
	struct planner_step step = {.kind = STEP_START, .server = &servers[server], .id = "db"};

	snprintf(servers[server].id, sizeof servers->id, "db-%u", server);
	servers[server].address = "10.0.0.1";
	board_tell(b, &step, done, "it is broken");
}

static const struct {
	bool json, quiet;
	const char *begin, *done, *failed;
} forms[] = {
	{false, false, "", "db-0 (10.0.0.1): startService db\n",
	 "db-0 (10.0.0.1): startService db: it is broken\n"},
	{true, false,
	 "\"event\":\"begin\",\"server\":\"db-0\",\"step\":\"startService\",\"service\":\"db\"}\n",
	 "\"event\":\"done\"", "\"error\":\"it is broken\""},
	{false, true, "", "", ""},
};

START_TEST(lines_are_plain_where_there_is_no_terminal)
{
	const struct cli cli = {.spec = &spec, .json = forms[_i].json, .quiet = forms[_i].quiet};
	const char *const wanted[] = {forms[_i].begin, forms[_i].done, forms[_i].failed};
	struct board b;

	for (int done = -1; done <= 1; done++) {
		capture_begin();
		board_open(&b, &cli, &fleet_l);
		tell(&b, 0, done);
		board_close(&b);
		capture_end();
		ck_assert_ptr_nonnull(strstr(shown, wanted[done + 1]));
		if (!*wanted[done + 1])
			ck_assert_str_eq(shown, "");
	}
}
END_TEST

START_TEST(that_there_was_nothing_to_do_is_said)
{
	const struct cli cli = {.spec = &spec, .json = _i == 1, .quiet = _i == 2};
	struct board b;

	capture_begin();
	board_open(&b, &cli, &fleet_l);
	if (_i == 3)
		tell(&b, 0, 0);
	board_say_if_idle(&b);
	board_close(&b);
	capture_end();
	ck_assert_int_eq(strstr(shown, "nothing is to be done\n") != NULL, _i == 0);
}
END_TEST

/* The lines that a terminal of 10 lines and 40 columns has after what was written to it. */
static char screen[10][64];

static void
play(const char *text)
{
	int row = 0, column = 0, n;

	memset(screen, 0, sizeof screen);
	for (const char *p = text; *p; p++) {
		char letter = '\0';

		if (sscanf(p, "\033[%d%c", &n, &letter) == 2 && (letter == 'A' || letter == 'B')) {
			row += letter == 'A' ? -n : n;
			row = row < 0 ? 0 : row > 9 ? 9 : row;
			p = strchr(p, letter);
		} else if (strncmp(p, "\033[K", 3) == 0) {
			memset(screen[row] + column, 0, sizeof *screen - (size_t)column);
			p += 2;
		} else if (strncmp(p, "\033[J", 3) == 0) {
			memset(screen[row], 0, sizeof screen - (size_t)row * sizeof *screen);
			p += 2;
		} else if (*p == '\r') {
			column = 0;
		} else if (*p == '\n') {
			if (row == 9) {
				memmove(screen[0], screen[1], 9 * sizeof *screen);
				memset(screen[9], 0, sizeof *screen);
			} else {
				row++;
			}
		} else {
			if (column == 40) {
				row++;
				column = 0;
			}
			screen[row][column++] = *p;
		}
	}
}

static void
on_terminal(void (*work)(struct board *b))
{
	const struct cli cli = {.spec = &spec};
	struct winsize size = {.ws_row = 10, .ws_col = 40};
	size_t len = 0;
	ssize_t n;
	int fd, status;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);

	if (pid == 0) {
		struct board b;

		board_open(&b, &cli, &fleet_l);
		work(&b);
		board_close(&b);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	while (len < sizeof shown - 1 && (n = read(fd, shown + len, sizeof shown - 1 - len)) > 0)
		len += (size_t)n;
	shown[len] = '\0';
	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	play(shown);
}

static void
two_and_a_failure(struct board *b)
{
	tell(b, 1, -1);
	tell(b, 2, -1);
	tell(b, 1, 0);
	tell(b, 2, 1);
	tell(b, 1, -1);
}

START_TEST(a_server_has_one_line_and_a_failure_stays)
{
	on_terminal(two_and_a_failure);
	ck_assert_str_eq(screen[0], "db-2 (10.0.0.1): startService db: it is ");
	ck_assert_str_eq(screen[1], "broken");
	ck_assert_str_eq(screen[2], "db-1 (10.0.0.1): startService db ...");
	ck_assert_ptr_nonnull(strstr(screen[3], "db-2 (10.0.0.1): startService db"));
	ck_assert_str_eq(screen[4], "");
}
END_TEST

static void
many(struct board *b)
{
	for (unsigned i = 0; i < 30; i++) {
		tell(b, i, -1);
		tell(b, i, 0);
	}
	tell(b, 0, -1);
}

START_TEST(more_servers_than_lines_begin_anew)
{
	on_terminal(many);
	for (int i = 0; i < 8; i++)
		ck_assert_ptr_nonnull(strstr(screen[i], "startService db"));
	ck_assert_str_eq(screen[8], "db-0 (10.0.0.1): startService db ...");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_loop_test(tc, lines_are_plain_where_there_is_no_terminal, 0,
			    (int)(sizeof forms / sizeof *forms));
	tcase_add_loop_test(tc, that_there_was_nothing_to_do_is_said, 0, 4);
	tcase_add_test(tc, a_server_has_one_line_and_a_failure_stays);
	tcase_add_test(tc, more_servers_than_lines_begin_anew);
}
