/* SPDX-License-Identifier: MIT */
/* test_history - what was done with a service. */
#include "service/history.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "scratch.h"
#include "service/brief.h"
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
	svc.meta_fd = open(scratch_path("a1"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
		snprintf(seen + len, sizeof seen - len, "%s%lld %lld %d [%s] [%s] [%s] [%s] [%s]\n",
			 run->state == HISTORY_RUNNING	     ? "running "
			 : run->state == HISTORY_INTERRUPTED ? "interrupted "
							     : "",
			 run->started, run->duration_ms, run->status, run->event, run->hook,
			 run->run_id, run->ended, run->changed);
	return run->status == 99 ? err_set(e, ERR_SYSTEM, "enough") : 0;
}

static int
read_all(void)
{
	seen[0] = '\0';
	n_seen = 0;
	return history_read(svc.meta_fd, see, NULL, &err);
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
	struct history_run run;
	struct stat st;

	for (int i = 0; i < 3000; i++) {
		history_name(&svc, "start", NULL, NULL, &run);
		memset(run.changed, 'k', sizeof run.changed - 1);
		history_begin(&svc, &run, history_clock());
		history_ended(&run, history_clock());
		history_note(&svc, &run);
	}
	ck_assert_int_eq(fstatat(svc.meta_fd, "history", &st, 0), 0);
	ck_assert_int_le(st.st_size, HISTORY_BYTES_MAX);
	ck_assert_int_eq(fstatat(svc.meta_fd, "history.1", &st, 0), 0);
	ck_assert_int_le(st.st_size, HISTORY_BYTES_MAX + 1024);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_uint_gt(n_seen, 200);
	ck_assert_uint_lt(n_seen, 1500);
}
END_TEST

/* What begins here, at half past the second 1265333346. */
#define BEGUN "1265333346\t-501\t0\tdeploy\tenstratus-configure\t0123abcd\t-\tname,user\n"
#define INTERRUPTED \
	"interrupted 1265333346 0 0 [deploy] [enstratus-configure] [0123abcd] [] [name,user]\n"

/* Takes the lock as the run of that id; as long as the descriptor is open. */
static int
hold(const char *run_id)
{
	int fd = openat(svc.meta_fd, SERVICE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	ck_assert(holder_note(fd, "testCommand", run_id));
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

START_TEST(a_run_is_there_from_its_beginning)
{
	struct history_run run;

	snprintf(svc.run_id, sizeof svc.run_id, "0123abcd");
	history_name(&svc, "deploy", "enstratus-configure", "name,user", &run);
	history_begin(&svc, &run, history_clock());
	ck_assert_int_eq(read_all(), 0);
	ck_assert_uint_eq(n_seen, 1);
	ck_assert_ptr_nonnull(
		strstr(seen, " 0 0 [deploy] [enstratus-configure] [0123abcd] [] [name,user]\n"));
	ck_assert_int_eq(strncmp(seen, "interrupted ", 12), 0);
}
END_TEST

START_TEST(it_is_running_while_it_holds_the_lock)
{
	int fd = hold("0123abcd");

	scratch_write("a1/history", "7\t8\t0\tstop\t-\t00000001\t-\t-\n" BEGUN);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_int_eq(strncmp(seen, "7 8 0 [stop] ", 13), 0);
	ck_assert_ptr_nonnull(strstr(seen, "\nrunning 1265333346 "));
	ck_assert_ptr_null(strstr(seen, "running 1265333346 0 ")); /* for so long */
	fd_close(&fd);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "7 8 0 [stop] [] [00000001] [] []\n" INTERRUPTED);
	/* Another one holds it: the lock is no sign of this one. */
	fd = hold("00000002");
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "7 8 0 [stop] [] [00000001] [] []\n" INTERRUPTED);
	fd_close(&fd);
}
END_TEST

START_TEST(a_beginning_and_its_end_are_one_run)
{
	int fd = hold("0123abcd"); /* which is not let go yet */

	scratch_write("a1/history.1", BEGUN);
	scratch_write("a1/history", "1265333346\t1500\t3\tdeploy\tenstratus-configure\t0123abcd\t"
				    "-\tname,user\n");
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "1265333346 1500 3 [deploy] [enstratus-configure] [0123abcd] [] "
			       "[name,user]\n");
	fd_close(&fd);
}
END_TEST

START_TEST(a_beginning_is_of_the_run_behind_it_alone)
{
	/* Another run's, the same run's of another hook, and another beginning. */
	scratch_write("a1/history",
		      BEGUN "8\t9\t0\tdeploy\tenstratus-configure\t00000002\t-\t-\n" BEGUN
			    "8\t9\t0\tdeploy\t-\t0123abcd\t-\t-\n" BEGUN BEGUN);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, INTERRUPTED
			 "8 9 0 [deploy] [enstratus-configure] [00000002] [] []\n" INTERRUPTED
			 "8 9 0 [deploy] [] [0123abcd] [] []\n" INTERRUPTED INTERRUPTED);
}
END_TEST

START_TEST(what_becomes_the_older_file_is_not_read_twice)
{
	scratch_write("a1/history", "7\t8\t0\tstart\t-\t-\t-\t-\n");
	ck_assert_int_eq(linkat(svc.meta_fd, "history", svc.meta_fd, "history.1", 0), 0);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_uint_eq(n_seen, 1);
	ck_assert_int_eq(unlinkat(svc.meta_fd, "history", 0), 0);
	ck_assert_int_eq(read_all(), 0);
	ck_assert_uint_eq(n_seen, 1);
}
END_TEST

START_TEST(the_brief_is_written_with_it)
{
	struct brief b;

	note("start", 0, 30);
	brief_read(scratch_fd, "a1", &b);
	ck_assert(b.is_known && b.is_running);
	ck_assert_int_eq(b.last, 30);
}
END_TEST

START_TEST(what_is_read_is_fit_to_be_printed)
{
	scratch_write("a1/history", "7\t8\t0\tst\033art\t-\t-\t-\t-\n");
	ck_assert_int_eq(read_all(), 0);
	ck_assert_str_eq(seen, "7 8 0 [st?art] [] [] [] []\n");
}
END_TEST

START_TEST(what_cannot_be_written_is_no_failure)
{
	struct history_run run;

	fd_close(&svc.meta_fd);
	history_name(&svc, "start", NULL, NULL, &run);
	history_begin(&svc, &run, history_clock());
	note("start", 0, 30);
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
	tcase_add_test(tc, a_run_is_there_from_its_beginning);
	tcase_add_test(tc, it_is_running_while_it_holds_the_lock);
	tcase_add_test(tc, a_beginning_and_its_end_are_one_run);
	tcase_add_test(tc, a_beginning_is_of_the_run_behind_it_alone);
	tcase_add_test(tc, what_becomes_the_older_file_is_not_read_twice);
	tcase_add_test(tc, the_brief_is_written_with_it);
	tcase_add_test(tc, what_is_read_is_fit_to_be_printed);
	tcase_add_test(tc, what_cannot_be_written_is_no_failure);
	tcase_add_test(tc, names_are_cut_between_two);
}
