/* SPDX-License-Identifier: MIT */
/* test_changes - what differs is told by name, and no value can be read from what is kept. */
#include "service/changes.h"

#include <sys/mman.h>

#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct changes changes;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	changes = CHANGES_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	changes_free(&changes);
	scratch_teardown();
}

/* The names that differ from what was kept, for a configuration and one part more. */
static const char *
find(const char *cfg, const char *part)
{
	const struct changes_part parts[] = {{"[part]", part, strlen(part)}};
	struct document doc = DOCUMENT_INIT;
	int fd = memfd_create("cfg", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, cfg, strlen(cfg)), (ssize_t)strlen(cfg));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(document_read(&doc, fd, "test", &err) == 0, "%s", err.msg);
	close(fd);
	changes_free(&changes);
	ck_assert_msg(changes_find(&changes, &doc, parts, 1, scratch_fd, &err) == 0, "%s", err.msg);
	document_free(&doc);
	return changes.names.data ? changes.names.data : "";
}

static void
keep(const char *cfg, const char *part)
{
	find(cfg, part);
	ck_assert_msg(changes_keep(&changes, scratch_fd, &err) == 0, "%s", err.msg);
}

#define BASE "[enstratus]\nname=x\nb.password=hunter2\nempty=\n[custom]\nown=1\n"

static const struct {
	const char *cfg, *part, *names;
} found[] = {
	{BASE, "p", ""},
	{"# another comment\n" BASE, "p", ""},
	{"b.password=hunter2\nempty=\nname=x\n[custom]\nown=1\n", "p", ""}, /* another order */
	{"name=y\nb.password=hunter2\nempty=\n[custom]\nown=1\n", "p", "name"},
	{"name=x\nb.password=hunter3\nempty=\n[custom]\nown=1\n", "p", "b.password"},
	{"name=x\nb.password=hunter2\n[custom]\nown=1\n", "p", "empty"},
	{"name=x\nb.password=hunter2\nempty=0\n[custom]\nown=1\n", "p", "empty"},
	{"a=\nname=x\nb.password=hunter2\nempty=\nz=\n[custom]\nown=1\n", "p", "a,z"},
	{"name=x\nb.password=hunter2\nempty=\n[custom]\nown=2\n", "p", "[custom]"},
	{"name=x\nb.password=hunter2\nempty=\n", "p", "[custom]"},
	{BASE, "q", "[part]"},
	{BASE, "", "[part]"},
	{"new=1\n", "q", "[custom],[part],b.password,empty,name,new"},
};

START_TEST(what_differs_is_told_by_its_name)
{
	keep(BASE, "p");
	ck_assert_str_eq(find(found[_i].cfg, found[_i].part), found[_i].names);
}
END_TEST

START_TEST(what_was_never_told_is_all_of_it)
{
	ck_assert_str_eq(find(BASE, "p"), "*");
	keep(BASE, "p");
	ck_assert_str_eq(find(BASE, "p"), "");
	ck_assert_int_eq(changes_forget(scratch_fd, &err), 0);
	ck_assert_int_eq(changes_forget(scratch_fd, &err), 0);
	ck_assert_str_eq(find(BASE, "p"), "*");
}
END_TEST

START_TEST(what_is_kept_tells_no_value)
{
	char *first;

	keep(BASE, "sesame");
	ck_assert_int_eq(scratch_mode("told"), 0600);
	first = strdup(scratch_read("told"));
	ck_assert_ptr_nonnull(strstr(first, " b.password\n"));
	ck_assert_ptr_null(strstr(first, "hunter2"));
	ck_assert_ptr_null(strstr(first, "sesame"));
	/* With another key the same values have other hashes. */
	ck_assert_int_eq(changes_forget(scratch_fd, &err), 0);
	keep(BASE, "sesame");
	for (const char *line = strchr(first, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
		char hash[33] = "";

		memcpy(hash, line, 32);
		ck_assert_ptr_null(strstr(scratch_read("told"), hash));
	}
	free(first);
}
END_TEST

/* One byte of it, or its end: it says nothing, or something else than what is. */
START_TEST(a_damaged_file_says_nothing)
{
	char whole[4096];
	size_t len;

	keep(BASE, "p");
	len = strlen(strcpy(whole, scratch_read("told")));
	for (size_t i = 0; i < len; i++) {
		char was = whole[i];

		whole[i] = (char)(was ^ 1);
		scratch_write_bytes("told", whole, len);
		ck_assert_msg(find(BASE, "p")[0], "byte %zu does not count", i);
		whole[i] = was;
		scratch_write_bytes("told", whole, i);
		ck_assert_msg(find(BASE, "p")[0], "cut at %zu", i);
	}
	scratch_write_bytes("told", "enstratus-told 1 \0\n", 19);
	ck_assert_str_eq(find(BASE, "p"), "*");
}
END_TEST

START_TEST(a_link_is_not_followed_and_a_fifo_not_waited_for)
{
	keep(BASE, "p");
	ck_assert_int_eq(renameat(scratch_fd, "told", scratch_fd, "elsewhere"), 0);
	if (_i)
		ck_assert_int_eq(mkfifoat(scratch_fd, "told", 0600), 0);
	else
		ck_assert_int_eq(symlinkat("elsewhere", scratch_fd, "told"), 0);
	ck_assert_str_eq(find(BASE, "p"), "*");
	ck_assert_int_eq(changes_keep(&changes, scratch_fd, &err), 0);
	ck_assert_str_eq(find(BASE, "p"), "");
}
END_TEST

START_TEST(more_names_than_fit_are_all)
{
	char cfg[65536], *at = cfg;

	keep(BASE, "p");
	for (int i = 0; i < 400; i++)
		at += sprintf(at, "key.%d=1\n", i);
	ck_assert_uint_le(strlen(find(cfg, "p")), CHANGES_NAMES_MAX);
	ck_assert_str_ne(changes.names.data, "*");
	for (int i = 400; i < 600; i++)
		at += sprintf(at, "key.%d=1\n", i);
	ck_assert_str_eq(find(cfg, "p"), "*");
	ck_assert_str_eq(find(BASE "x=1\n", "p"), "[custom]");
	ck_assert_str_eq(find("a,b=1\n" BASE, "p"), "*"); /* a name that is no name in a list */
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, what_differs_is_told_by_its_name, 0, COUNT(found));
	tcase_add_test(tc, what_was_never_told_is_all_of_it);
	tcase_add_test(tc, what_is_kept_tells_no_value);
	tcase_add_test(tc, a_damaged_file_says_nothing);
	tcase_add_loop_test(tc, a_link_is_not_followed_and_a_fifo_not_waited_for, 0, 2);
	tcase_add_test(tc, more_names_than_fit_are_all);
}
