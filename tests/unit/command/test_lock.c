/* SPDX-License-Identifier: MIT */
/* test_lock - all services held still at once. */
#include "command/lock.h"

#include <signal.h>
#include <string.h>

#include "base/fd.h"
#include "base/proc.h"
#include "scratch_answer.h"
#include "scratch_root.h"
#include "tests.h"

#define HOLDS "touch \"$2\"; read word; echo \"$4 $word\" >>"

static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	signal(SIGPIPE, SIG_IGN); /* as all programs do */
	err = ERR_INIT;
}

static void
hook(const char *id, const char *body)
{
	char path[64], script[4500];

	snprintf(path, sizeof path, "services/%s/bin/enstratus-lock", id);
	snprintf(script, sizeof script, "#!/bin/sh\n%s\n", body);
	scratch_script(path, script);
}

/* Runs it with this on its standard input. */
static int
lock(const char *lock_file, int timeout_ms, const char *input)
{
	char services[PATH_MAX];
	struct lock_request request = {.services_dir = services,
				       .lock_file = lock_file,
				       .timeout_ms = timeout_ms,
				       .lock = {.command = "test", .generation = -1}};
	int fd, result;

	snprintf(services, sizeof services, "%s", scratch_path("services"));
	scratch_write("input", input);
	fd = open(scratch_path("input"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(dup2(fd, STDIN_FILENO), 0);
	close(fd);
	scratch_answer_begin();
	result = lock_services(&request, &err);
	scratch_answer_end();
	return result;
}

static const char *const endings[] = {"UNLOCK\n", "", "what?\nUNLOCK\n"};

START_TEST(all_are_locked_and_then_let_go)
{
	char body[4200];

	snprintf(body, sizeof body, HOLDS "'%s'", scratch_path("out"));
	hook("a1", body);
	hook("b1", body);
	scratch_mkdir("services/none/bin/");
	ck_assert_msg(lock("lock", 10000, endings[_i]) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "LOCKED\n");
	ck_assert_ptr_nonnull(strstr(scratch_read("out"), "a1 UNLOCK\n"));
	ck_assert_ptr_nonnull(strstr(scratch_read("out"), "b1 UNLOCK\n"));
	ck_assert(scratch_exists("services/a1/lock"));
}
END_TEST

START_TEST(a_lock_file_from_the_root_is_one_for_each)
{
	char body[4200], file[PATH_MAX];

	snprintf(body, sizeof body, "echo \"$1 $2 $3 $4\" >>'%s'; touch \"$2\"; read word",
		 scratch_path("out"));
	hook("a1", body);
	scratch_write("file.old", "");
	snprintf(file, sizeof file, "%s", scratch_path("file"));
	ck_assert_msg(lock(file, 12345, "") == 0, "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(scratch_read("out"), "/file.a1 12345 a1\n"));
	ck_assert(!scratch_exists("file.a1"));
	/* One that was there must grow older, and stays. */
	scratch_write("file.a1", "");
	ck_assert_int_eq(lock(file, 10000, ""), 0);
	ck_assert(scratch_exists("file.a1"));
}
END_TEST

START_TEST(no_hooks_are_locked_at_once)
{
	scratch_mkdir("services/a1/bin/");
	ck_assert_int_eq(lock("lock", 10000, "UNLOCK\n"), 0);
	ck_assert_str_eq(scratch_read("answer"), "LOCKED\n");
}
END_TEST

static const struct {
	const char *body;
	int status;
	const char *says;
} bad[] = {
	{"exit 7", 7, "service 'b1' is not locked"},
	{"exit 0", 69, "ended before it was told to"},
	{"kill -9 $$", 137, "is not locked"},
	{"exec sleep 60", 124, "did not lock within 300 ms"},
};

START_TEST(when_one_fails_the_others_are_let_go)
{
	char body[4200];

	snprintf(body, sizeof body, HOLDS "'%s'", scratch_path("out"));
	hook("a1", body);
	hook("b1", bad[_i].body);
	hook("c1", body);
	if (bad[_i].status == 124)
		hook("b1", "read word; exit 1");
	ck_assert_int_eq(lock("lock", 300, ""), -1);
	ck_assert_int_eq(err_status(&err), bad[_i].status);
	ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "");
	ck_assert_ptr_nonnull(strstr(scratch_read("out"), "a1 UNLOCK\n"));
	ck_assert_ptr_nonnull(strstr(scratch_read("out"), "c1 UNLOCK\n"));
}
END_TEST

START_TEST(a_busy_service_is_not_locked)
{
	const struct service_lock_request wanted = {.command = "holder", .generation = -1};
	struct service holder = SERVICE_INIT;

	hook("a1", "touch \"$2\"; read word");
	ck_assert_int_eq(hook_open(&holder, "a1", &wanted, &err), 0);
	ck_assert_int_eq(lock("lock", 5000, ""), -1);
	service_close(&holder);
	ck_assert_int_eq(err_status(&err), 75);
}
END_TEST

START_TEST(a_directory_that_is_none_is_refused)
{
	struct lock_request request = {.services_dir = "relative", .lock_file = "lock"};

	ck_assert_int_eq(lock_services(&request, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
}
END_TEST

/* A signal beside the hook ends no run that has something to undo. */
START_TEST(the_signals_that_end_a_run_are_held)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};

	hook("a1", "touch \"$2\"; read word");
	ck_assert_int_eq(lock("lock", 10000, "UNLOCK\n"), 0);
	for (size_t i = 0; i < 3; i++) {
		raise(signals[i]);
		ck_assert_int_ne(proc_signal_pending(), 0);
	}
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, the_signals_that_end_a_run_are_held);
	tcase_add_loop_test(tc, all_are_locked_and_then_let_go, 0,
			    sizeof endings / sizeof *endings);
	tcase_add_test(tc, a_lock_file_from_the_root_is_one_for_each);
	tcase_add_test(tc, no_hooks_are_locked_at_once);
	tcase_add_loop_test(tc, when_one_fails_the_others_are_let_go, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tc, a_busy_service_is_not_locked);
	tcase_add_test(tc, a_directory_that_is_none_is_refused);
}
