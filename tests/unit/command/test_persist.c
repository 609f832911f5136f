/* SPDX-License-Identifier: MIT */
/* test_persist - what either image.ini lists is carried over, each path once. */
#include "command/persist.h"

#include "scratch.h"
#include "tests.h"

static struct service svc;
static struct manifest image;
static struct persist persist;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	svc = SERVICE_INIT;
	image = MANIFEST_INIT;
	persist = PERSIST_INIT;
	err = ERR_INIT;
	scratch_mkdir("a1/");
	svc.dir_fd = openat(scratch_fd, "a1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
finish(void)
{
	persist_free(&persist);
	manifest_free(&image);
	close(svc.dir_fd);
	scratch_teardown();
}

/* The image lists these, and the service's own image.ini is this text, NULL for none. */
static int
join(const char *listed, const char *installed)
{
	char text[256];
	int len = snprintf(text, sizeof text, "[persist]\nx = %s\n", listed);

	if (installed)
		scratch_write("a1/image.ini", installed);
	ck_assert_int_eq(
		manifest_parse(&image, listed[0] ? text : "", listed[0] ? (size_t)len : 0, &err),
		0);
	return persist_join(&persist, &image, &svc, &err);
}

static const struct {
	const char *image, *installed, *joined;
} lists[] = {
	{"", NULL, ""},
	{"data", NULL, "data"},
	{"data, log/x", "", "data log/x"},
	{"", "[persist]\nx=data\n", "data"},
	{"data", "[persist]\nx=data\n", "data"},
	{"data", "[persist]\nx=data/db\n", "data"},
	{"data/db", "[persist]\nx=data\n", "data"},
	{"data/db, log, data/x", "[persist]\nx=data\n", "log data"},
	{"data", "[persist]\nx=database,dat\n", "data database dat"},
	{"data", "[image]\nname=old\n[persist]\nx=cfg/own\ny=log\n", "data cfg/own log"},
};

START_TEST(both_lists_are_joined)
{
	char got[256] = "";

	ck_assert_msg(join(lists[_i].image, lists[_i].installed) == 0, "%s", err.msg);
	for (size_t i = 0; i < persist.n; i++) {
		strcat(got, i ? " " : "");
		strcat(got, persist.paths[i]);
	}
	ck_assert_str_eq(got, lists[_i].joined);
}
END_TEST

static const struct {
	const char *path;
	bool persists;
} paths[] = {
	{"data", true}, {"data/db/x", true}, {"log/x", true},	{"log/x/y", true}, {"data2", false},
	{"dat", false}, {"log", false},	     {"log/xy", false}, {"other", false},
};

START_TEST(what_lies_in_one_of_them_persists_too)
{
	ck_assert_msg(join("data", "[persist]\nx=log/x\n") == 0, "%s", err.msg);
	ck_assert(persist_holds(&persist, paths[_i].path) == paths[_i].persists);
}
END_TEST

START_TEST(an_installed_image_ini_that_is_broken_is_refused)
{
	ck_assert_int_eq(join("data", "[persist]\nx=../..\n"), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_ptr_nonnull(strstr(err.msg, "the installed image.ini: "));
	ck_assert_ptr_null(err.rule); /* it is no image that is refused */
}
END_TEST

/* As an image's is none then: a directory, a link that leads out. */
START_TEST(what_is_no_file_says_nothing)
{
	if (_i)
		ck_assert_int_eq(symlinkat("../secret", svc.dir_fd, "image.ini"), 0);
	else
		scratch_mkdir("a1/image.ini/");
	scratch_write("secret", "[persist]\nx=bad\n");
	ck_assert_msg(join("data", NULL) == 0, "%s", err.msg);
	ck_assert_uint_eq(persist.n, 1);
	ck_assert_str_eq(persist.paths[0], "data");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, both_lists_are_joined, 0, sizeof lists / sizeof *lists);
	tcase_add_loop_test(tc, what_lies_in_one_of_them_persists_too, 0,
			    sizeof paths / sizeof *paths);
	tcase_add_test(tc, an_installed_image_ini_that_is_broken_is_refused);
	tcase_add_loop_test(tc, what_is_no_file_says_nothing, 0, 2);
}
