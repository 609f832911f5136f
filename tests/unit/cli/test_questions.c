/* SPDX-License-Identifier: MIT */
/* test_questions - what a hook that asks for its configuration is answered. */
#include "cli/questions.h"

#include <string.h>

#include "scratch_answer.h"
#include "tests.h"

#define CONFIG                                                                       \
	"name=Shop\nempty=\naddresses=10.0.0.1,10.0.0.2\nserviceKey.a-b.user=it's\n" \
	"[custom]\n# note=no\ntitle=old\nlisten=::1\ntitle=new\n"

static const struct cli_spec spec = {.name = "test"};
static struct err err;

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
	scratch_write("c", CONFIG);
	scratch_write("t", "{{name}} of {{nope|none}}\n");
	scratch_write("bad", "{{nope}}\n");
}

/* asks: the arguments, with what the options said. */
static int
ask(const char *verb, const char *argument, const char *fallback, bool required)
{
	char *args[] = {(char *)verb, (char *)argument, NULL};
	struct cli cli = {.spec = &spec,
			  .args = args,
			  .n_args = argument ? 2 : 1,
			  .config = scratch_path("c"),
			  .fallback = fallback,
			  .required = required};
	int result;

	scratch_answer_begin();
	result = questions_answer(&cli, &err);
	scratch_answer_end();
	return result;
}

static const struct {
	const char *verb, *argument, *fallback;
	bool required;
	const char *answer;
} good[] = {
	{"get", "name", NULL, false, "Shop\n"},
	{"get", "name", "x", true, "Shop\n"},
	{"get", "nope", NULL, false, ""},
	{"get", "empty", NULL, false, ""},
	{"get", "empty", "a b", false, "a b\n"},
	{"get", "custom.title", NULL, true, "new\n"},
	{"get", "custom.# note", NULL, false, ""},
	{"keys", NULL, NULL, false,
	 "name\nempty\naddresses\nserviceKey.a-b.user\ncustom.listen\ncustom.title\n"},
	{"keys", "serviceKey.", NULL, false, "serviceKey.a-b.user\n"},
	{"keys", "c", NULL, false, "custom.listen\ncustom.title\n"},
	{"keys", "custom.t", NULL, false, "custom.title\n"},
	{"keys", "custom.x", NULL, false, ""},
	{"list", "addresses", NULL, false, "10.0.0.1\n10.0.0.2\n"},
	{"list", "name", NULL, false, "Shop\n"},
	{"list", "nope", "a,b", false, "a\nb\n"},
	{"list", "nope", NULL, false, ""},
	{"shell", "serviceKey", NULL, false, "cfg_serviceKey_a_b_user='it'\\''s'\n"},
	{"shell", "custom.", NULL, false, "cfg_custom_listen='::1'\ncfg_custom_title='new'\n"},
	{"json", NULL, NULL, false,
	 "{\"enstratus\":{\"name\":\"Shop\",\"empty\":\"\",\"addresses\":\"10.0.0.1,10.0.0.2\","
	 "\"serviceKey.a-b.user\":\"it's\"},\"custom\":{\"listen\":\"::1\",\"title\":\"new\"}}\n"},
};

START_TEST(a_question_is_answered)
{
	ck_assert_msg(ask(good[_i].verb, good[_i].argument, good[_i].fallback, good[_i].required) ==
			      0,
		      "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), good[_i].answer);
}
END_TEST

START_TEST(a_template_is_rendered)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s", scratch_path("t"));
	ck_assert_msg(ask("render", path, NULL, false) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "Shop of none\n");
}
END_TEST

static const struct {
	const char *verb, *argument;
	bool required;
	int status;
	const char *says;
} bad[] = {
	{"get", NULL, false, 1, "'get' takes one argument"},
	{"json", "x", false, 1, "'json' takes nothing more"},
	{"put", "x", false, 1, "'put' is none of get, keys"},
	{"get", "nope", true, 78, "lacks 'nope'"},
	{"list", "empty", true, 78, "lacks 'empty'"},
	{"render", "/nonexistent", false, 71, "cannot open the template '/nonexistent'"},
};

START_TEST(what_cannot_be_answered_is_refused)
{
	ck_assert_int_eq(ask(bad[_i].verb, bad[_i].argument, NULL, bad[_i].required), -1);
	ck_assert_int_eq(err_status(&err), bad[_i].status);
	ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

START_TEST(of_a_template_that_fails_nothing_is_printed)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s", scratch_path("bad"));
	ck_assert_int_eq(ask("render", path, NULL, false), -1);
	ck_assert_int_eq(err_status(&err), 78);
	ck_assert_ptr_nonnull(strstr(err.msg, "line 1: the configuration lacks 'nope'"));
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_loop_test(tc, a_question_is_answered, 0, sizeof good / sizeof *good);
	tcase_add_test(tc, a_template_is_rendered);
	tcase_add_loop_test(tc, what_cannot_be_answered_is_refused, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tc, of_a_template_that_fails_nothing_is_printed);
}
