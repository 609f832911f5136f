/* SPDX-License-Identifier: MIT */
/* test_history - what was done with a service, and how it stands. */
#include "service/history.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "scratch.h"
#include "tests.h"

static struct service svc;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	scratch_mkdir("a1/");
	svc = SERVICE_INIT;
	err = ERR_INIT;
	svc.book_fd = open(scratch_path("a1"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(svc.id, sizeof svc.id, "a1");
	snprintf(svc.state.version, sizeof svc.state.version, "1 beta");
	memset(svc.state.kept[0], 'd', STATE_DIGEST_HEX - 1);
	svc.state.bytes = 1234;
}

static void
end(void)
{
	service_close(&svc);
	scratch_teardown();
}

static void
note(const char *event, int status, long long started)
{
	struct history_run run = {.started = started, .duration_ms = 12, .status = status};

	snprintf(run.event, sizeof run.event, "%s", event);
	history_note(&svc, &run);
}

static struct history_brief
brief(void)
{
	struct history_brief b;

	history_brief(scratch_fd, "a1", &b);
	return b;
}

/* The runs, one a line, as the test wants to see them. */
static char seen[4096];
static size_t n_seen;

static int
see(void *arg, const struct history_run *run, struct err *e)
{
	size_t len = strlen(seen);

	(void)arg;
	n_seen++;
	if (len < sizeof seen - 200)
		snprintf(seen + len, sizeof seen - len, "%lld %lld %d [%s] [%s] [%s] [%s] [%s]\n",
			 run->started, run->duration_ms, run->status, run->event, run->hook,
			 run->run_id, run->ended, run->changed);
	return run->status == 99 ? err_set(e, ERR_SYSTEM, "enough") : 0;
}

static int
read_all(void)
{
	seen[0] = '\0';
	n_seen = 0;
	return history_read(svc.book_fd, see, NULL, &err);
}

START_TEST(what_is_noted_is_read)
{
	struct history_run run = {.started = 1265333346,
				  .duration_ms = 1500,
				  .status = 124,
				  .event = "deploy",
				  .hook = "enstratus-configure",
				  .run_id = "0123abcd",
				  .ended = "timeout",
				  .changed = "name,addresses"};

	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "");
	umask(077);
	history_note(&svc, &run);
	note("stop", 0, 1265333347);
	ck_assert_uint_eq(scratch_mode("a1/history"), 0660);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "1265333346 1500 124 [deploy] [enstratus-configure] [0123abcd] "
			       "[timeout] [name,addresses]\n"
			       "1265333347 12 0 [stop] [] [] [] []\n");
}
END_TEST

START_TEST(what_is_no_run_is_left_out)
{
	scratch_write("a1/history", "garbage\n\n1\t2\t3\n7\t8\t0\tstart\t-\t-\t-\t-\n9\t8\t0\tst");
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "7 8 0 [start] [] [] [] []\n");
}
END_TEST

START_TEST(whoever_reads_may_stop)
{
	note("start", 99, 1);
	note("start", 0, 2);
	ck_assert_int_eq(read_all(), -1);
	ck_assert_uint_eq(n_seen, 1);
}
END_TEST

START_TEST(it_does_not_grow_without_end)
{
	struct history_run run = {.event = "start"};
	struct stat st;

	memset(run.changed, 'k', sizeof run.changed - 1);
	for (int i = 0; i < 3000; i++) {
		run.started = i;
		history_note(&svc, &run);
	}
	ck_assert_int_eq(fstatat(svc.book_fd, "history", &st, 0), 0);
	ck_assert_int_le(st.st_size, HISTORY_BYTES_MAX);
	ck_assert_int_eq(fstatat(svc.book_fd, "history.1", &st, 0), 0);
	ck_assert_int_le(st.st_size, HISTORY_BYTES_MAX + 1024);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_uint_gt(n_seen, 400);
	ck_assert_uint_lt(n_seen, 1500);
}
END_TEST

START_TEST(a_start_and_a_stop_that_succeed_say_how_it_stands)
{
	ck_assert(!brief().is_known);
	note("install", 0, 10);
	ck_assert(brief().is_known && !brief().is_running);
	ck_assert_int_eq(brief().since, 10);
	ck_assert_str_eq(brief().version, "1_beta");
	ck_assert_str_eq(brief().digest, svc.state.kept[0]);
	ck_assert_int_eq(brief().bytes, 1234);
	note("start", 1, 20);
	ck_assert(!brief().is_running);
	ck_assert_int_eq(brief().status, 1);
	note("start", 0, 30);
	ck_assert(brief().is_running);
	ck_assert_int_eq(brief().since, 30);
	note("start", 0, 40);
	note("change", 78, 50);
	ck_assert_int_eq(brief().since, 30);
	ck_assert_int_eq(brief().last, 50);
	ck_assert_int_eq(brief().status, 78);
	ck_assert_str_eq(brief().event, "change");
	note("stop", 1, 60);
	ck_assert(brief().is_running);
	note("stop", 0, 70);
	ck_assert(!brief().is_running);
	ck_assert_int_eq(brief().since, 70);
}
END_TEST

START_TEST(a_brief_that_is_damaged_tells_nothing)
{
	static const char *const damaged[] = {"", "1", "1 2 3 4 start 1 ", "x 2 3 4 start 1 d 5"};

	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		scratch_write("a1/brief", damaged[i]);
		ck_assert(!brief().is_known);
		ck_assert(!brief().is_running);
	}
	note("start", 0, 30);
	ck_assert(brief().is_running);
}
END_TEST

START_TEST(what_is_read_is_fit_to_be_printed)
{
	scratch_write("a1/brief", "1 2 3 4 st\033[31mart v\x07 d 5 \n");
	ck_assert_str_eq(brief().event, "st?[31mart");
	ck_assert_str_eq(brief().version, "v?");
	scratch_write("a1/history", "7\t8\t0\tst\033art\t-\t-\t-\t-\n");
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "7 8 0 [st?art] [] [] [] []\n");
}
END_TEST

START_TEST(what_cannot_be_written_is_no_failure)
{
	fd_close(&svc.book_fd);
	note("start", 0, 30);
	ck_assert(!brief().is_known);
}
END_TEST

START_TEST(names_are_cut_between_two)
{
	char to[10];

	history_cut_names(to, sizeof to, "abc,defgh");
	ck_assert_str_eq(to, "abc,defgh");
	history_cut_names(to, sizeof to, "abc,defghi");
	ck_assert_str_eq(to, "abc");
	history_cut_names(to, sizeof to, "abcdefghijk");
	ck_assert_str_eq(to, "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_is_noted_is_read);
	tcase_add_test(tc, what_is_no_run_is_left_out);
	tcase_add_test(tc, whoever_reads_may_stop);
	tcase_add_test(tc, it_does_not_grow_without_end);
	tcase_add_test(tc, a_start_and_a_stop_that_succeed_say_how_it_stands);
	tcase_add_test(tc, a_brief_that_is_damaged_tells_nothing);
	tcase_add_test(tc, what_is_read_is_fit_to_be_printed);
	tcase_add_test(tc, what_cannot_be_written_is_no_failure);
	tcase_add_test(tc, names_are_cut_between_two);
}
