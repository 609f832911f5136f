/* SPDX-License-Identifier: MIT */
/* test_findings - what verifyService answers: a line for each difference, or one document. */
#include "cli/findings.h"

#include <fcntl.h>
#include <string.h>

#include "command/install.h"
#include "scratch_answer.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

static const struct cli_spec spec = {.name = "verifyService", .counts = CLI_ARGS(1)};
static struct install_report report;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	umask(022);
	err = ERR_INIT;
}

static void
install(void)
{
	const struct install_request request = {.service_id = "a1",
						.customer_id = "c001",
						.user_id = "daemon",
						.image = scratch_path("x.zip"),
						.lock = {.command = "test", .generation = -1}};

	scratch_zip("x.zip", ITEMS({"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755},
				   {"www/index", "hello", S_IFREG | 0644}));
	ck_assert_msg(install_service(&request, &report, &err) == 0, "%s", err.msg);
}

static int
answer_with(bool json, bool strict, bool quiet)
{
	char id[] = "a1", *args[] = {id, NULL};
	struct cli cli = {.spec = &spec,
			  .args = args,
			  .n_args = 1,
			  .generation = -1,
			  .json = json,
			  .strict = strict,
			  .quiet = quiet};
	int result;

	err = ERR_INIT;
	scratch_answer_begin();
	result = findings_answer(&cli, &err);
	scratch_answer_end();
	return result;
}

static int
answer(bool json)
{
	return answer_with(json, false, false);
}

static void
check_document(const char *status, const char *n, const char *list)
{
	char expected[1024];

	snprintf(expected, sizeof expected,
		 "{\"schema\":1,\"command\":\"verifyService\",\"status\":%s,\"service\":\"a1\","
		 "\"digest\":\"%s\",\"checked\":%s,\"findings\":[%s]}\n",
		 status, report.digest, n, list);
	ck_assert_str_eq(scratch_read("answer"), expected);
}

START_TEST(a_service_that_is_its_image_says_nothing)
{
	install();
	ck_assert_msg(answer(false) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "");
	ck_assert_int_eq(answer(true), 0);
	check_document("0", "2", "");
}
END_TEST

START_TEST(each_difference_is_a_line)
{
	install();
	scratch_write("services/a1/www/index", "other");
	ck_assert_int_eq(answer(false), -1);
	ck_assert_int_eq(err_status(&err), 1);
	ck_assert_str_eq(err.msg, "1 difference from the image");
	ck_assert_str_eq(scratch_read("answer"), "differs\twww/index\n");
	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/bin/enstratus-start", 0), 0);
	scratch_write("services/a1/bin/a\tb\nc\x1b\xff", "x");
	ck_assert_int_eq(answer(false), -1);
	ck_assert_str_eq(err.msg, "3 differences from the image");
	ck_assert_str_eq(scratch_read("answer"), "missing\tbin/enstratus-start\n"
						 "differs\twww/index\nextra\tbin/a\tb?c??\n");
}
END_TEST

START_TEST(all_differences_are_one_document)
{
	install();
	scratch_write("services/a1/www/index", "other");
	scratch_write("services/a1/bin/a\tb", "x");
	ck_assert_int_eq(answer(true), -1);
	ck_assert_int_eq(err_status(&err), 1);
	check_document("1", "2",
		       "{\"finding\":\"differs\",\"path\":\"www/index\"},"
		       "{\"finding\":\"extra\",\"path\":\"bin/a\\u0009b\"}");
}
END_TEST

START_TEST(what_was_added_is_a_difference_to_the_strict)
{
	install();
	scratch_write("services/a1/www/own", "x");
	ck_assert_msg(answer_with(false, false, false) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "added\twww/own\n");
	ck_assert_int_eq(answer_with(false, false, true), 0);
	ck_assert_str_eq(scratch_read("answer"), "");
	ck_assert_int_eq(answer_with(true, false, true), 0);
	check_document("0", "2", "{\"finding\":\"added\",\"path\":\"www/own\"}");
	ck_assert_int_eq(answer_with(false, true, true), -1);
	ck_assert_str_eq(scratch_read("answer"), "added\twww/own\n");
	ck_assert_str_eq(err.msg, "1 difference from the image");
	ck_assert_int_eq(answer_with(true, true, false), -1);
	check_document("1", "2", "{\"finding\":\"added\",\"path\":\"www/own\"}");
}
END_TEST

/* A failure's document is cli_finish's. */
START_TEST(what_cannot_be_compared_is_no_answer)
{
	ck_assert_int_eq(answer(_i), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
	ck_assert_str_eq(scratch_read("answer"), "");
	scratch_mkdir("services/a1/bin/");
	ck_assert_int_eq(answer(_i), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

START_TEST(a_service_that_is_locked_is_busy)
{
	const struct service_lock_request other = {.command = "other", .generation = -1};
	struct service svc = SERVICE_INIT;

	install();
	ck_assert_int_eq(service_open(&svc, "a1", &err) || service_lock(&svc, &other, &err), 0);
	ck_assert_int_eq(answer(false), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	service_close(&svc);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, a_service_that_is_its_image_says_nothing);
	tcase_add_test(tc, each_difference_is_a_line);
	tcase_add_test(tc, all_differences_are_one_document);
	tcase_add_test(tc, what_was_added_is_a_difference_to_the_strict);
	tcase_add_loop_test(tc, what_cannot_be_compared_is_no_answer, 0, 2);
	tcase_add_test(tc, a_service_that_is_locked_is_busy);
}
