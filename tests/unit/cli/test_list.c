/* SPDX-License-Identifier: MIT */
/* test_list - how services stand, as it is printed. */
#include "cli/list.h"

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
ask(const char *id, bool json, bool check)
{
	char *args[] = {(char *)id, NULL};
	struct cli cli = {.spec = &spec,
			  .args = args,
			  .n_args = id ? 1 : 0,
			  .generation = -1,
			  .json = json,
			  .check = check};
	int result;

	scratch_answer_begin();
	result = list_answer(&cli, &err);
	scratch_answer_end();
	return result;
}

static int
answer(const char *id, bool json)
{
	return ask(id, json, false);
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
	scratch_write(BOOKS "b2/brief", "1 1265333346 1265333400 3 change 1.2 " DIGEST " 2048 "
					"1265333346 1265333400 c100 www my site.zip\n");
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
	ck_assert_msg(answer(NULL, false) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"),
			 "b10\tinstalled\t2010-02-05T01:29:06Z\t-\t-\tinstall\t0\t"
			 "2010-02-05T01:29:06Z\t-\t-\t-\t-\t-\t-\n"
			 "b2\trunning\t2010-02-05T01:29:06Z\t1.2\t" DIGEST "\tchange\t3\t"
			 "2010-02-05T01:30:00Z\t2.0K\tc100\twww\t2010-02-05T01:29:06Z\t"
			 "2010-02-05T01:30:00Z\tmy site.zip\n"
			 "gone\tremoved-but-staged\t2010-02-05T01:29:06Z\t1.2\t" DIGEST
			 "\tremove\t0\t2010-02-05T01:31:40Z\t5B\t-\t-\t-\t-\t-\n"
			 "half\tstaged\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\n"
			 "new\tinstalled\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\n"
			 "spared\tremoved-but-staged\t2010-02-05T01:29:06Z\t-\t-\tremove\t0\t"
			 "2010-02-05T01:31:40Z\t-\t-\t-\t-\t-\t-\n");
}
END_TEST

START_TEST(a_list_as_json)
{
	make_services();
	ck_assert_int_eq(answer(NULL, true), 0);
	ck_assert_ptr_nonnull(strstr(
		scratch_read("answer"),
		"{\"service\":\"b2\",\"state\":\"running\",\"since\":\"2010-02-05T01:29:06Z\","
		"\"version\":\"1.2\",\"digest\":\"" DIGEST "\",\"lastEvent\":\"change\","
		"\"lastStatus\":3,\"lastRun\":\"2010-02-05T01:30:00Z\",\"bytes\":2048,"
		"\"customer\":\"c100\",\"user\":\"www\",\"installed\":\"2010-02-05T01:29:06Z\","
		"\"configured\":\"2010-02-05T01:30:00Z\",\"image\":\"my site.zip\"}"));
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"), "{\"service\":\"new\",\"state\":\"installed\"},"));
}
END_TEST

START_TEST(no_services_are_an_empty_list_and_no_directory_an_error)
{
	ck_assert_int_eq(answer(NULL, false), 0);
	ck_assert_str_eq(scratch_read("answer"), "");
	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("none"), 1);
	ck_assert_int_eq(answer(NULL, false), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
}
END_TEST

START_TEST(with_a_check_it_is_what_the_services_say)
{
	make_services();
	scratch_script("services/b2/bin/enstratus-check", "#!/bin/sh\necho 'DOWN hard'\n");
	scratch_script("services/b10/bin/enstratus-check", "#!/bin/sh\necho OK\n");
	scratch_script("services/spared/bin/enstratus-check", "#!/bin/sh\necho asked\n");
	ck_assert_msg(ask(NULL, false, true) == 0, "%s", err.msg);
	ck_assert_int_eq(strncmp(scratch_read("answer"), "b10\tOK\t2010-", 12), 0);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\nb2\tDOWN hard\t2010-"));
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"), "\nnew\tUNKNOWN: the service has no bin/\t-"));
	/* What is not installed is not asked. */
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\ngone\tremoved-but-staged\t"));
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\nhalf\tstaged\t"));
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\nspared\tremoved-but-staged\t"));
}
END_TEST

START_TEST(with_a_check_json_tells_what_is_remembered_too)
{
	make_services();
	scratch_script("services/b2/bin/enstratus-check", "#!/bin/sh\necho 'DOWN hard'\n");
	ck_assert_msg(ask("b2", true, true) == 0, "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"),
				     "[{\"service\":\"b2\",\"state\":\"DOWN hard\",\"running\":"
				     "false,\"remembered\":\"running\",\"since\":"));
	ck_assert_int_eq(ask("none", true, true), 0);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("answer"),
		       "\"services\":[{\"service\":\"none\",\"state\":\"not-installed\"}]"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, a_list_has_a_line_for_each);
	tcase_add_test(tc, a_list_as_json);
	tcase_add_test(tc, no_services_are_an_empty_list_and_no_directory_an_error);
	tcase_add_test(tc, with_a_check_it_is_what_the_services_say);
	tcase_add_test(tc, with_a_check_json_tells_what_is_remembered_too);
}
