/* SPDX-License-Identifier: MIT */
/* test_states - what checkService answers: one service or all, in words or as JSON. */
#include "cli/states.h"

#include <fcntl.h>
#include <string.h>

#include "hook/run.h"
#include "scratch_answer.h"
#include "scratch_root.h"
#include "tests.h"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

static const struct cli_spec spec = {.name = "checkService",
				     .args = "[SERVICE_ID]",
				     .counts = CLI_ARGS(0) | CLI_ARGS(1),
				     .options = CLI_JSON};

static int
answer(const char *id, bool json, struct err *e)
{
	char *args[] = {(char *)id, NULL};
	struct cli cli = {
		.spec = &spec, .args = args, .n_args = id ? 1 : 0, .generation = -1, .json = json};
	int result;

	*e = ERR_INIT;
	scratch_answer_begin();
	result = states_answer(&cli, e);
	scratch_answer_end();
	return result;
}

static void
make_services(void)
{
	scratch_script("services/a1/bin/enstratus-check", "#!/bin/sh\necho OK\n");
	scratch_script("services/a2/bin/enstratus-check",
		       "#!/bin/sh\necho 'DOWN: \"port\" 80'\nexit 1\n");
	scratch_mkdir("services/a10/bin/");
	scratch_script("services/b1/bin/enstratus-check", "#!/bin/sh\nexit 3\n");
}

START_TEST(one_service_is_its_state_word)
{
	struct err e;

	make_services();
	ck_assert_int_eq(answer("a1", false, &e), 0);
	ck_assert_str_eq(scratch_read("answer"), "OK\n");
	ck_assert_int_eq(answer("a2", false, &e), 0);
	ck_assert_str_eq(scratch_read("answer"), "DOWN: \"port\" 80\n");
	ck_assert_int_eq(answer("a10", false, &e), 0);
	ck_assert_str_eq(scratch_read("answer"), "OK\n");
}
END_TEST

START_TEST(one_service_as_json)
{
	struct err e;

	make_services();
	ck_assert_int_eq(answer("a2", true, &e), 0);
	ck_assert_str_eq(scratch_read("answer"),
			 "{\"schema\":1,\"command\":\"checkService\",\"status\":0,\"services\":["
			 "{\"service\":\"a2\",\"state\":\"DOWN: \\\"port\\\" 80\","
			 "\"running\":false}]}\n");
}
END_TEST

START_TEST(all_services_are_a_line_each_in_name_order)
{
	struct err e;

	make_services();
	ck_assert_int_eq(answer(NULL, false, &e), 0);
	ck_assert_str_eq(scratch_read("answer"),
			 "a1\tOK\na10\tOK\na2\tDOWN: \"port\" 80\n"
			 "b1\tUNKNOWN: hook 'enstratus-check' exited with status 3\n");
}
END_TEST

START_TEST(all_services_as_json)
{
	struct err e;

	make_services();
	ck_assert_int_eq(answer(NULL, true, &e), 0);
	ck_assert_int_eq(
		strncmp(scratch_read("answer"),
			"{\"schema\":1,\"command\":\"checkService\",\"status\":0,\"services\":["
			"{\"service\":\"a1\",\"state\":\"OK\",\"running\":true},"
			"{\"service\":\"a10\",\"state\":\"OK\",\"running\":true},",
			150),
		0);
}
END_TEST

START_TEST(no_services_are_an_empty_answer)
{
	struct err e;

	ck_assert_int_eq(answer(NULL, false, &e), 0);
	ck_assert_str_eq(scratch_read("answer"), "");
	ck_assert_int_eq(answer(NULL, true, &e), 0);
	ck_assert_str_eq(scratch_read("answer"),
			 "{\"schema\":1,\"command\":\"checkService\",\"status\":0,"
			 "\"services\":[]}\n");
}
END_TEST

START_TEST(a_service_that_is_not_there_is_a_failure)
{
	struct err e;

	ck_assert_int_eq(answer("a1", false, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NO_SERVICE);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

START_TEST(a_busy_service_is_a_state_and_a_failure_and_does_not_stop_the_others)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	make_services();
	ck_assert_int_eq(hook_open(&svc, "a1", &lock, &e), 0);
	ck_assert_int_eq(answer("a1", false, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	ck_assert_int_eq(strncmp(scratch_read("answer"), "UNKNOWN: service 'a1' is busy", 29), 0);
	ck_assert_int_eq(answer(NULL, false, &e), 0);
	ck_assert_int_eq(strncmp(scratch_read("answer"), "a1\tUNKNOWN: ", 12), 0);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\na10\tOK\n"));
	service_close(&svc);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, one_service_is_its_state_word);
	tcase_add_test(tc, one_service_as_json);
	tcase_add_test(tc, all_services_are_a_line_each_in_name_order);
	tcase_add_test(tc, all_services_as_json);
	tcase_add_test(tc, no_services_are_an_empty_answer);
	tcase_add_test(tc, a_service_that_is_not_there_is_a_failure);
	tcase_add_test(tc, a_busy_service_is_a_state_and_a_failure_and_does_not_stop_the_others);
}
