/* SPDX-License-Identifier: MIT */
/* test_records - how services stand, and what was done with them, as it is printed. */
#include "cli/records.h"

#include <stdlib.h>
#include <string.h>

#include "scratch_answer.h"
#include "scratch_root.h"
#include "tests.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BOOKS "services/.enstratus/"

static const struct cli_spec spec = {.name = "test"};
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
}

static int
answer(int (*ask)(struct cli *, struct err *), const char *id, bool json)
{
	char *args[] = {(char *)id, NULL};
	struct cli cli = {.spec = &spec, .args = args, .n_args = id ? 1 : 0, .json = json};
	int result;

	scratch_answer_begin();
	result = ask(&cli, &err);
	scratch_answer_end();
	return result;
}

static void
make_services(void)
{
	scratch_mkdir("services/b2/");
	scratch_mkdir("services/b10/");
	scratch_mkdir("services/new/");
	scratch_mkdir("services/spared/");
	scratch_mkdir(BOOKS "images/");
	scratch_mkdir(BOOKS ".stage/");
	scratch_write(BOOKS "b2/brief", "1 1265333346 1265333400 3 change 1.2 " DIGEST " 2048 \n");
	scratch_write(BOOKS "b10/brief", "0 1265333346 1265333346 0 install - - 0 \n");
	scratch_write(BOOKS "spared/brief", "0 1265333346 1265333500 0 remove - - 0 \n");
	scratch_write(BOOKS "gone/state", "[service]\nkept=" DIGEST "\n");
	scratch_write(BOOKS "gone/brief", "0 1265333346 1265333500 0 remove 1.2 " DIGEST " 5 \n");
	scratch_write(BOOKS "half/state", "[service]\ncommitting=half.0123abcd\n");
	scratch_write(BOOKS "forgotten/lock", "");
}

START_TEST(a_list_has_a_line_for_each)
{
	make_services();
	ck_assert_msg(answer(records_list, NULL, false) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"),
			 "b10\tinstalled\t2010-02-05T01:29:06Z\t-\t-\tinstall\t0\t"
			 "2010-02-05T01:29:06Z\t-\n"
			 "b2\trunning\t2010-02-05T01:29:06Z\t1.2\t" DIGEST "\tchange\t3\t"
			 "2010-02-05T01:30:00Z\t2.0K\n"
			 "gone\tremoved-but-staged\t2010-02-05T01:29:06Z\t1.2\t" DIGEST
			 "\tremove\t0\t2010-02-05T01:31:40Z\t5B\n"
			 "half\tstaged\t-\t-\t-\t-\t-\t-\t-\n"
			 "new\tinstalled\t-\t-\t-\t-\t-\t-\t-\n"
			 "spared\tremoved-but-staged\t2010-02-05T01:29:06Z\t-\t-\tremove\t0\t"
			 "2010-02-05T01:31:40Z\t-\n");
}
END_TEST

START_TEST(a_list_as_json)
{
	make_services();
	ck_assert_int_eq(answer(records_list, NULL, true), 0);
	ck_assert_ptr_nonnull(strstr(
		scratch_read("answer"),
		"{\"service\":\"b2\",\"state\":\"running\",\"since\":\"2010-02-05T01:29:06Z\","
		"\"version\":\"1.2\",\"digest\":\"" DIGEST "\",\"lastEvent\":\"change\","
		"\"lastStatus\":3,\"lastRun\":\"2010-02-05T01:30:00Z\",\"bytes\":2048}"));
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"), "{\"service\":\"new\",\"state\":\"installed\"},"));
}
END_TEST

START_TEST(no_services_are_an_empty_list_and_no_directory_an_error)
{
	ck_assert_int_eq(answer(records_list, NULL, false), 0);
	ck_assert_str_eq(scratch_read("answer"), "");
	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("none"), 1);
	ck_assert_int_eq(answer(records_list, NULL, false), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
}
END_TEST

START_TEST(a_history_has_a_line_for_each_run)
{
	scratch_write(BOOKS "a1/history", "1265333346\t1500\t124\tdeploy\tenstratus-configure\t"
					  "0123abcd\ttimeout\tname,user\n"
					  "1265333400\t7\t0\tinstall\t-\t00000000\t-\t-\n");
	ck_assert_msg(answer(records_history, "a1", false) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"),
			 "2010-02-05T01:29:06Z\tdeploy\tenstratus-configure\t1.500\t124\ttimeout\t"
			 "name,user\n"
			 "2010-02-05T01:30:00Z\tinstall\t-\t0.007\t0\t-\t-\n");
	ck_assert_int_eq(answer(records_history, "a1", true), 0);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"),
		       "{\"started\":\"2010-02-05T01:29:06Z\",\"event\":\"deploy\",\"hook\":"
		       "\"enstratus-configure\",\"run\":\"0123abcd\",\"durationMs\":1500,"
		       "\"status\":124,\"ended\":\"timeout\",\"changed\":\"name,user\"}"));
}
END_TEST

START_TEST(a_history_of_nothing)
{
	ck_assert_int_eq(answer(records_history, "a1", false), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
	err = ERR_INIT;
	ck_assert_int_eq(answer(records_history, "../a1", false), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	err = ERR_INIT;
	scratch_mkdir(BOOKS "a1/");
	ck_assert_int_eq(answer(records_history, "a1", false), 0);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, a_list_has_a_line_for_each);
	tcase_add_test(tc, a_list_as_json);
	tcase_add_test(tc, no_services_are_an_empty_list_and_no_directory_an_error);
	tcase_add_test(tc, a_history_has_a_line_for_each_run);
	tcase_add_test(tc, a_history_of_nothing);
}
