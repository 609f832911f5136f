/* SPDX-License-Identifier: MIT */
/* test_records - what was done with a service, as it is printed. */
#include "cli/records.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch_answer.h"
#include "scratch_root.h"
#include "service/holder.h"
#include "tests.h"

#define BOOK "services/.enstratus/a1/"
#define BEGUN "1265333346\t-1\t0\tdeploy\tenstratus-configure\t0123abcd\t-\tname,user\n"
#define ENDED "1265333346\t1500\t124\tdeploy\tenstratus-configure\t0123abcd\ttimeout\tname,user\n"
#define OTHER "1265333400\t7\t0\tinstall\t-\t00000000\t-\t-\n"

static const struct cli_spec spec = {.name = "test"};
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
}

static int
ask(const char *id, bool json, const char *run, int wait_s)
{
	char *args[] = {(char *)id, NULL};
	struct cli cli = {.spec = &spec,
			  .args = args,
			  .n_args = 1,
			  .json = json,
			  .run = run,
			  .wait_s = wait_s};
	int result;

	scratch_answer_begin();
	result = records_answer(&cli, &err);
	scratch_answer_end();
	return result;
}

static int
answer(const char *id, bool json)
{
	return ask(id, json, NULL, 0);
}

START_TEST(a_history_has_a_line_for_each_run)
{
	scratch_write(BOOK "history", ENDED OTHER);
	ck_assert_msg(answer("a1", false) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"),
			 "2010-02-05T01:29:06Z\tdeploy\tenstratus-configure\t1.500\t124\ttimeout\t"
			 "0123abcd\tname,user\n"
			 "2010-02-05T01:30:00Z\tinstall\t-\t0.007\t0\t-\t00000000\t-\n");
	ck_assert_int_eq(answer("a1", true), 0);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"),
		       "{\"started\":\"2010-02-05T01:29:06Z\",\"event\":\"deploy\",\"hook\":"
		       "\"enstratus-configure\",\"run\":\"0123abcd\",\"state\":\"ended\","
		       "\"durationMs\":1500,\"status\":124,\"ended\":\"timeout\","
		       "\"changed\":\"name,user\"}"));
}
END_TEST

START_TEST(one_run_is_told_alone)
{
	scratch_write(BOOK "history", OTHER ENDED OTHER);
	ck_assert_msg(ask("a1", false, "0123abcd", 0) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"),
			 "2010-02-05T01:29:06Z\tdeploy\tenstratus-configure\t1.500\t124\ttimeout\t"
			 "0123abcd\tname,user\n");
	ck_assert_int_eq(ask("a1", true, "0123abcd", 0), 0);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"), "\"runs\":[{\"started\":\"2010-02-05T01:29:06Z\""));
	ck_assert_ptr_null(strstr(scratch_read("answer"), "install"));
}
END_TEST

START_TEST(a_run_that_there_is_not)
{
	scratch_write(BOOK "history", ENDED);
	ck_assert_int_eq(ask("a1", false, "0123abc", 0), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
	ck_assert_str_eq(err.msg,
			 "service 'a1' has no run '0123abc' (serviceHistory a1 lists all)");
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

START_TEST(an_interrupted_run_has_no_status)
{
	scratch_write(BOOK "history", BEGUN);
	ck_assert_int_eq(ask("a1", false, "0123abcd", 60), 0);
	ck_assert_str_eq(scratch_read("answer"),
			 "2010-02-05T01:29:06Z\tdeploy\tenstratus-configure\t-\tinterrupted\t-\t"
			 "0123abcd\tname,user\n");
	ck_assert_int_eq(ask("a1", true, "0123abcd", 0), 0);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"),
		       "\"run\":\"0123abcd\",\"state\":\"interrupted\",\"ended\":\"\","));
}
END_TEST

/* Takes the lock as that run does. */
static int
hold(void)
{
	int fd = openat(scratch_fd, BOOK SERVICE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	ck_assert(holder_note(fd, "testCommand", "0123abcd"));
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

START_TEST(a_running_run_has_no_status)
{
	int fd;

	scratch_write(BOOK "history", BEGUN);
	fd = hold();
	ck_assert_int_eq(ask("a1", false, "0123abcd", 0), 0);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"), "\trunning\t-\t0123abcd\tname,user\n"));
	ck_assert_int_eq(ask("a1", true, NULL, 0), 0);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"), "\"state\":\"running\",\"durationMs\":"));
	ck_assert_ptr_null(strstr(strstr(scratch_read("answer"), "\"runs\""), "\"status\""));
	close(fd);
}
END_TEST

START_TEST(its_end_is_waited_for)
{
	int ready[2], fd;
	pid_t pid;
	char byte;

	scratch_write(BOOK "history", BEGUN);
	fd = hold();
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		int history = openat(scratch_fd, BOOK "history", O_WRONLY | O_APPEND | O_CLOEXEC);

		/* Until the other one has looked at it, most likely. */
		(void)!read(ready[0], &byte, 1);
		usleep(300000);
		_exit(write(history, ENDED, sizeof ENDED - 1) != (ssize_t)sizeof ENDED - 1);
	}
	close(fd);
	ck_assert_int_eq(write(ready[1], "", 1), 1);
	ck_assert_int_eq(ask("a1", false, "0123abcd", 600), 0);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\t124\ttimeout\t"));
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}
END_TEST

START_TEST(a_history_of_nothing)
{
	ck_assert_int_eq(answer("a1", false), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
	err = ERR_INIT;
	ck_assert_int_eq(answer("../a1", false), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	err = ERR_INIT;
	scratch_mkdir(BOOK);
	ck_assert_int_eq(answer("a1", false), 0);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, a_history_has_a_line_for_each_run);
	tcase_add_test(tc, one_run_is_told_alone);
	tcase_add_test(tc, a_run_that_there_is_not);
	tcase_add_test(tc, an_interrupted_run_has_no_status);
	tcase_add_test(tc, a_running_run_has_no_status);
	tcase_add_test(tc, its_end_is_waited_for);
	tcase_add_test(tc, a_history_of_nothing);
}
