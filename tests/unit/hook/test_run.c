/* SPDX-License-Identifier: MIT */
/* test_run - the one way in which a hook is run. */
#include "hook/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "scratch_root.h"
#include "tests.h"

#define HOOK "services/a1/bin/enstratus-start"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

static struct service
open_hook(void)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_mkdir("services/a1/bin/");
	ck_assert_msg(hook_open(&svc, "a1", &lock, &e) == 0, "%s", e.msg);
	return svc;
}

static int
run(const struct hook *hook, const struct hook_options *options, struct hook_outcome *outcome,
    struct err *e)
{
	struct service svc = open_hook();
	const char *const args[] = {"a1", "two words", NULL};
	int result;

	*e = ERR_INIT;
	result = hook_run(&svc, hook, args, options, outcome, e);
	service_close(&svc);
	return result;
}

static const struct hook_options no_options;

static void
run_well(const struct hook *hook, struct hook_outcome *outcome)
{
	struct err e;

	ck_assert_msg(run(hook, &no_options, outcome, &e) == 0, "%s", e.msg);
}

static void
refuse(const struct hook *hook, int status, const char *words)
{
	struct hook_outcome outcome;
	struct err e;

	ck_assert_int_eq(run(hook, &no_options, &outcome, &e), -1);
	ck_assert_msg(err_status(&e) == status, "%d: %s", err_status(&e), e.msg);
	ck_assert_msg(strstr(e.msg, words) != NULL, "'%s' not in '%s'", words, e.msg);
}

START_TEST(a_hook_runs_in_its_service_with_its_arguments)
{
	struct hook_outcome outcome;

	scratch_script(HOOK, "#!/bin/sh\n"
			     "echo \"state word\"\n"
			     "{ pwd; echo \"$0\"; printf '%s|' \"$@\"; umask; } >out\n"
			     "cat >>out\n");
	umask(077);
	run_well(&HOOK_START, &outcome);
	ck_assert_str_eq(outcome.first, "state word");
	ck_assert(!outcome.absent);
	{
		char expected[1024];

		snprintf(expected, sizeof expected, "%s\n%s\na1|two words|0022\n",
			 scratch_path("services/a1"), scratch_path(HOOK));
		ck_assert_str_eq(scratch_read("services/a1/out"), expected);
	}
}
END_TEST

START_TEST(a_hook_has_the_standard_descriptors_only)
{
	struct hook_outcome outcome;

	scratch_script(HOOK, "#!/bin/sh\nexec ls /proc/self/fd\n");
	scratch_script("services/a1/bin/enstratus-stop",
		       "#!/bin/sh\nn=0; for f in /proc/$$/fd/*; do n=$((n+1)); done\n"
		       "[ -e /proc/$$/fd/3 ] && [ ! -e /proc/$$/fd/10 ] && echo open\nexit 0\n");
	ck_assert_int_ge(open("/dev/null", O_RDONLY), 3);
	run_well(&HOOK_STOP, &outcome);
	ck_assert_str_eq(outcome.first, "");
}
END_TEST

START_TEST(the_hook_s_own_status_is_passed_through)
{
	char script[64];
	static const int statuses[] = {1, 2, 10, 75, 124, 126, 127, 200, 255};

	snprintf(script, sizeof script, "#!/bin/sh\nexit %d\n", statuses[_i]);
	scratch_script(HOOK, script);
	refuse(&HOOK_START, statuses[_i], "enstratus-start");
}
END_TEST

START_TEST(a_hook_that_dies_of_a_signal_is_128_and_the_signal)
{
	scratch_script(HOOK, "#!/bin/sh\nkill -KILL $$\n");
	refuse(&HOOK_START, 137, "signal 9");
}
END_TEST

START_TEST(a_missing_hook_is_judged_by_the_table)
{
	struct hook_outcome outcome;

	refuse(&HOOK_START, 10, "bin/enstratus-start' is not there");
	refuse(&HOOK_STOP, 10, "is not there");
	run_well(&HOOK_CONFIGURE, &outcome);
	ck_assert(outcome.absent);
	run_well(&HOOK_CHECK, &outcome);
	ck_assert(outcome.absent);
	ck_assert_str_eq(outcome.first, "");
}
END_TEST

START_TEST(a_hook_that_is_not_executable_is_judged_by_the_table)
{
	struct hook_outcome outcome;

	scratch_write(HOOK, "#!/bin/sh\n");
	scratch_write("services/a1/bin/enstratus-configure", "#!/bin/sh\n");
	scratch_write("services/a1/bin/enstratus-check", "#!/bin/sh\n");
	refuse(&HOOK_START, 10, "is not an executable file");
	refuse(&HOOK_CONFIGURE, 10, "is not an executable file");
	run_well(&HOOK_CHECK, &outcome);
	ck_assert(outcome.absent);
}
END_TEST

START_TEST(an_old_spelling_is_found)
{
	struct hook_outcome outcome;

	scratch_script("services/a1/bin/enStratus-stop", "#!/bin/sh\necho old\n");
	run_well(&HOOK_STOP, &outcome);
	ck_assert_str_eq(outcome.first, "old");
	scratch_script("services/a1/bin/enstratus-stop", "#!/bin/sh\necho new\n");
	run_well(&HOOK_STOP, &outcome);
	ck_assert_str_eq(outcome.first, "new");
}
END_TEST

START_TEST(a_directory_of_a_hook_s_name_is_a_hook_that_cannot_run)
{
	scratch_mkdir(HOOK "/");
	refuse(&HOOK_START, 10, "is not an executable file");
}
END_TEST

START_TEST(interpreters_that_fail_have_their_statuses)
{
	scratch_script(HOOK, "#!/nowhere/interpreter\n");
	refuse(&HOOK_START, 127, "interpreter that is not there: '/nowhere/interpreter'");
	scratch_script(HOOK, "#!/bin/sh\r\n");
	refuse(&HOOK_START, 127, "CRLF");
	scratch_script(HOOK, "\xef\xbb\xbf#!/bin/sh\n");
	refuse(&HOOK_START, 126, "byte order mark");
	scratch_script(HOOK, "\177ELF\002\001\001");
	refuse(&HOOK_START, 126, "another kind of machine");
	scratch_script(HOOK, "echo no line with an interpreter\n");
	refuse(&HOOK_START, 126, "is no program");
	scratch_script(HOOK, "#!/etc\n");
	refuse(&HOOK_START, 126, "cannot be run");
}
END_TEST

START_TEST(a_hook_past_its_time_is_killed)
{
	struct hook_options options = {.timeout_s = 1};
	struct hook_outcome outcome;
	struct err e;

	scratch_script(HOOK, "#!/bin/sh\necho begun\nexec sleep 60\n");
	ck_assert_int_eq(run(&HOOK_START, &options, &outcome, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TIMEOUT);
	ck_assert_int_eq(err_status(&e), 124);
	ck_assert_ptr_nonnull(strstr(e.msg, "past its 1 s"));
	ck_assert_str_eq(outcome.first, "begun");
}
END_TEST

START_TEST(the_limit_of_agent_cfg_counts_without_the_option)
{
	scratch_write("home/cfg/agent.cfg", "[hooks]\nenstratus-start.timeout = 1\n");
	scratch_script(HOOK, "#!/bin/sh\nexec sleep 60\n");
	refuse(&HOOK_START, 124, "past its 1 s");
}
END_TEST

START_TEST(a_bad_limit_in_agent_cfg_is_refused_before_the_hook)
{
	scratch_write("home/cfg/agent.cfg", "[hooks]\nenstratus-start.timeout = 0\n");
	scratch_script(HOOK, "#!/bin/sh\n: >ran\n");
	refuse(&HOOK_START, 65, "enstratus-start.timeout");
	ck_assert(!scratch_exists("services/a1/ran"));
}
END_TEST

START_TEST(stop_s_output_goes_to_its_log_too)
{
	struct hook_outcome outcome;

	umask(077);
	scratch_script("services/a1/bin/enstratus-stop", "#!/bin/sh\necho out\necho err >&2\n");
	run_well(&HOOK_STOP, &outcome);
	run_well(&HOOK_STOP, &outcome);
	ck_assert_uint_eq(scratch_mode("tmp/stopService.log"), 0660);
	ck_assert_uint_eq(scratch_mode("tmp"), 0770);
	ck_assert_uint_eq(strlen(scratch_read("tmp/stopService.log")), 16);
	ck_assert_ptr_nonnull(strstr(scratch_read("tmp/stopService.log"), "err\n"));
}
END_TEST

START_TEST(a_log_that_cannot_be_written_does_not_keep_the_hook)
{
	struct hook_outcome outcome;

	scratch_script("services/a1/bin/enstratus-stop", "#!/bin/sh\necho out\n");
	scratch_mkdir("tmp/");
	scratch_write("canary", "sings");
	if (_i == 0)
		ck_assert_int_eq(symlinkat("../canary", scratch_fd, "tmp/stopService.log"), 0);
	else if (_i == 1)
		ck_assert_int_eq(mkfifoat(scratch_fd, "tmp/stopService.log", 0600), 0);
	else
		scratch_mkdir("tmp/stopService.log/");
	run_well(&HOOK_STOP, &outcome);
	ck_assert_str_eq(outcome.first, "out");
	ck_assert_str_eq(scratch_read("canary"), "sings");
}
END_TEST

START_TEST(the_event_is_the_hook_s_own_unless_one_is_given)
{
	struct hook_options options = {.event = "change"};
	struct hook_outcome outcome;
	struct err e;

	scratch_script(HOOK, "#!/bin/sh\necho \"$ENSTRATUS_EVENT $ENSTRATUS_SERVICE_ID\"\n");
	run_well(&HOOK_START, &outcome);
	ck_assert_str_eq(outcome.first, "start a1");
	ck_assert_int_eq(run(&HOOK_START, &options, &outcome, &e), 0);
	ck_assert_str_eq(outcome.first, "change a1");
}
END_TEST

START_TEST(a_daemon_that_holds_the_output_does_not_hold_the_agent)
{
	struct hook_outcome outcome;

	scratch_script(HOOK, "#!/bin/sh\nsleep 30 &\necho $! >pid\necho started\n");
	run_well(&HOOK_START, &outcome);
	ck_assert_str_eq(outcome.first, "started");
	/* It was left running, as it should be. */
	{
		pid_t pid = (pid_t)strtol(scratch_read("services/a1/pid"), NULL, 10);

		ck_assert_int_gt(pid, 1);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
	}
}
END_TEST

START_TEST(a_hook_cannot_be_opened_without_service_or_lock)
{
	struct service one, two = SERVICE_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(hook_open(&two, "a1", &lock, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NO_SERVICE);
	service_close(&two);
	one = open_hook();
	ck_assert_int_eq(hook_open(&two, "a1", &lock, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	service_close(&two);
	service_close(&one);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, a_hook_runs_in_its_service_with_its_arguments);
	tcase_add_test(tc, a_hook_has_the_standard_descriptors_only);
	tcase_add_loop_test(tc, the_hook_s_own_status_is_passed_through, 0, 9);
	tcase_add_test(tc, a_hook_that_dies_of_a_signal_is_128_and_the_signal);
	tcase_add_test(tc, a_missing_hook_is_judged_by_the_table);
	tcase_add_test(tc, a_hook_that_is_not_executable_is_judged_by_the_table);
	tcase_add_test(tc, an_old_spelling_is_found);
	tcase_add_test(tc, a_directory_of_a_hook_s_name_is_a_hook_that_cannot_run);
	tcase_add_test(tc, interpreters_that_fail_have_their_statuses);
	tcase_add_test(tc, a_hook_past_its_time_is_killed);
	tcase_add_test(tc, the_limit_of_agent_cfg_counts_without_the_option);
	tcase_add_test(tc, a_bad_limit_in_agent_cfg_is_refused_before_the_hook);
	tcase_add_test(tc, stop_s_output_goes_to_its_log_too);
	tcase_add_loop_test(tc, a_log_that_cannot_be_written_does_not_keep_the_hook, 0, 3);
	tcase_add_test(tc, the_event_is_the_hook_s_own_unless_one_is_given);
	tcase_add_test(tc, a_daemon_that_holds_the_output_does_not_hold_the_agent);
	tcase_add_test(tc, a_hook_cannot_be_opened_without_service_or_lock);
}
