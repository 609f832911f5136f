/* SPDX-License-Identifier: MIT */
/* test_settings - agent.cfg: numbers that an operator sets. */
#include "host/settings.h"

#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "tests.h"

static int
load(struct settings *s, struct err *e)
{
	struct paths paths;

	*s = SETTINGS_INIT;
	*e = ERR_INIT;
	setenv("ENSTRATUS_HOME", scratch_dir, 1);
	ck_assert_int_eq(paths_load(&paths, e), 0);
	return settings_load(s, &paths, e);
}

static const struct settings_number number = {"hooks", "enstratus-stop.timeout", 1, 100};

static const struct {
	const char *text;
	long long value; /* 42 is what it was before */
} good[] = {
	{"[hooks]\nenstratus-stop.timeout=7\n", 7},
	{"[hooks]\nenstratus-stop.timeout = 7\n", 7},
	{"[hooks]\n\nenstratus-stop.timeout =\t7  \n", 7},
	{"[hooks]\r\nenstratus-stop.timeout = 7\r\n", 7},
	{"# c\n; c\n[hooks]\nenstratus-start.timeout=1\n[HOOKS]\nenstratus-stop.timeout=7\n", 7},
	{"[hooks]\nenstratus-stop.timeout=6\nenstratus-stop.timeout=7\n", 7},
	{"[hooks]\nenstratus-stop.timeout=1\n", 1},
	{"[hooks]\nenstratus-stop.timeout=100\n", 100},
	{"[hooks]\nenstratus-start.timeout=7\n", 42},
	{"", 42},
};

START_TEST(a_number_is_read_where_it_is_set)
{
	struct settings s;
	struct err e;
	long long value = 42;

	scratch_write("cfg/agent.cfg", good[_i].text);
	ck_assert_msg(load(&s, &e) == 0, "%s", e.msg);
	ck_assert_msg(settings_number(&s, &number, &value, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(value, good[_i].value);
	settings_free(&s);
	settings_free(&s);
}
END_TEST

static const char *const bad[] = {"0",	 "101", "-1", "seven", "",    "7s",
				  "1.5", "0x7", "+7", "7 8",   "7;8", "7 ; seconds"};

START_TEST(what_is_no_number_within_the_limits_is_refused)
{
	struct settings s;
	struct err e;
	long long value = 42;
	char text[128];

	snprintf(text, sizeof text, "[hooks]\nenstratus-stop.timeout=%s\n", bad[_i]);
	scratch_write("cfg/agent.cfg", text);
	ck_assert_int_eq(load(&s, &e), 0);
	ck_assert_int_eq(settings_number(&s, &number, &value, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_int_eq(value, 42);
	settings_free(&s);
}
END_TEST

START_TEST(no_file_is_no_setting)
{
	struct settings s;
	struct err e;
	long long value = 42;

	ck_assert_int_eq(load(&s, &e), 0);
	ck_assert_int_eq(settings_number(&s, &number, &value, &e), 0);
	ck_assert_int_eq(value, 42);
	settings_free(&s);
}
END_TEST

START_TEST(a_file_that_is_no_ini_is_refused_with_its_name_and_line)
{
	struct settings s;
	struct err e;

	scratch_write("cfg/agent.cfg", "[hooks]\nno equals sign\n");
	ck_assert_int_eq(load(&s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(e.msg, "/cfg/agent.cfg': line 2"));
	settings_free(&s);
}
END_TEST

static const struct {
	const char *text, *said;
} misspelt[] = {
	{"[hooks]\nenstratus-strat.timeout=5\n",
	 "/cfg/agent.cfg': line 2: there is no setting 'enstratus-strat.timeout' in [hooks]; the "
	 "nearest is 'enstratus-start.timeout'"},
	{"\n[hook]\nenstratus-start.timeout=5\n",
	 "/cfg/agent.cfg': line 3: there is no section [hook]; the nearest is [hooks]"},
	{"[images]\nkeep=1\nmax-byte = 100\n",
	 "/cfg/agent.cfg': line 3: there is no setting 'max-byte' in [images]; the nearest is "
	 "'max-bytes'"},
	{"keep=1\n", "/cfg/agent.cfg': line 1: 'keep' stands in no section"},
};

START_TEST(a_setting_that_there_is_not_is_refused_with_its_line_and_the_nearest)
{
	struct settings s;
	struct err e;

	scratch_write("cfg/agent.cfg", misspelt[_i].text);
	ck_assert_int_eq(load(&s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_msg(strstr(e.msg, misspelt[_i].said) != NULL, "%s", e.msg);
	settings_free(&s);
}
END_TEST

/* As no writer ever comes, it would be waited for. */
START_TEST(a_pipe_is_refused)
{
	struct settings s;
	struct err e;

	scratch_mkdir("cfg/");
	ck_assert_int_eq(mkfifoat(scratch_fd, "cfg/agent.cfg", 0600), 0);
	ck_assert_int_eq(load(&s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(e.msg, "is not a regular file"));
	settings_free(&s);
}
END_TEST

START_TEST(a_file_that_is_too_large_is_refused)
{
	char *text = malloc(70000);
	struct settings s;
	struct err e;

	ck_assert_ptr_nonnull(text);
	memset(text, '#', 70000);
	scratch_write_bytes("cfg/agent.cfg", text, 70000);
	free(text);
	ck_assert_int_eq(load(&s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	settings_free(&s);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_a_failure)
{
	struct settings s;
	struct err e;

	if (_i == 0) {
		scratch_mkdir("cfg/agent.cfg/");
	} else {
		if (geteuid() == 0) {
			fprintf(stderr, "skipped a_file_that_cannot_be_read: root reads any\n");
			return;
		}
		scratch_write("cfg/agent.cfg", "");
		ck_assert_int_eq(fchmodat(scratch_fd, "cfg/agent.cfg", 0, 0), 0);
	}
	ck_assert_int_eq(load(&s, &e), -1);
	settings_free(&s);
}
END_TEST

START_TEST(a_number_of_more_than_a_thousand_digits_is_refused)
{
	struct settings s;
	struct err e;
	long long value = 42;
	char text[1200];

	snprintf(text, sizeof text, "[hooks]\nenstratus-stop.timeout=%01024d\n", 7);
	scratch_write("cfg/agent.cfg", text);
	ck_assert_int_eq(load(&s, &e), 0);
	ck_assert_int_eq(settings_number(&s, &number, &value, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_int_eq(value, 42);
	settings_free(&s);
}
END_TEST

static const struct {
	const char *text, *words;
	const char *value; /* NULL when it is refused */
} words[] = {
	{"", "required|if-present", "unset"},
	{"[images]\nsignatures=if-present\n", "required|if-present", "if-present"},
	{"signatures=required\n", "required|if-present", "required"},
	/* A setting that protects counts wherever it stands, and the last one of two. */
	{"[hooks]\nsignatures=required\n", "required|if-present", "required"},
	{"signatures=if-present\n[hooks]\nsignatures = required \n", "required|if-present",
	 "required"},
	{"signatures=\n", "required|if-present", NULL},
	{"signatures=require\n", "required|if-present", NULL},
	{"signatures=required|if-present\n", "required|if-present", NULL},
	{"signatures=Required\n", "required|if-present", NULL},
	{"signatures=whatever\n", NULL, "whatever"},
	{"signatures=fifteen letters\n", NULL, "fifteen letters"},
	{"signatures=sixteen letters.\n", NULL, NULL},
	{"mask=any\n", "required|if-present", "unset"},
};

START_TEST(a_word_is_one_of_those_there_are)
{
	struct settings s;
	struct err e;
	char value[16] = "unset";
	int result;

	scratch_write("cfg/agent.cfg", words[_i].text);
	ck_assert_int_eq(load(&s, &e), 0);
	result = settings_word(&s, "signatures", words[_i].words, value, sizeof value, &e);
	if (words[_i].value) {
		ck_assert_msg(result == 0, "%s", e.msg);
		ck_assert_str_eq(value, words[_i].value);
	} else {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(e.kind, ERR_UNSAFE);
		ck_assert_str_eq(value, "unset");
	}
	settings_free(&s);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_loop_test(tc, a_number_is_read_where_it_is_set, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(tc, what_is_no_number_within_the_limits_is_refused, 0,
			    sizeof bad / sizeof *bad);
	tcase_add_test(tc, a_number_of_more_than_a_thousand_digits_is_refused);
	tcase_add_loop_test(tc, a_word_is_one_of_those_there_are, 0, sizeof words / sizeof *words);
	tcase_add_test(tc, no_file_is_no_setting);
	tcase_add_test(tc, a_file_that_is_no_ini_is_refused_with_its_name_and_line);
	tcase_add_loop_test(tc,
			    a_setting_that_there_is_not_is_refused_with_its_line_and_the_nearest, 0,
			    sizeof misspelt / sizeof *misspelt);
	tcase_add_test(tc, a_pipe_is_refused);
	tcase_add_test(tc, a_file_that_is_too_large_is_refused);
	tcase_add_loop_test(tc, a_file_that_cannot_be_read_is_a_failure, 0, 2);
}
