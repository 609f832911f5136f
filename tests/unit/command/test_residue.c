/* SPDX-License-Identifier: MIT */
/* test_residue - files that were changed and hold a secret are found, and no others. */
#include "command/residue.h"

#include "base/directory.h"
#include "cfg/hidden.h"

#include <sys/mman.h>

#include "scratch_root.h"
#include "tests.h"

static struct service svc;
static struct manifest manifest;
static struct mask mask;
static struct timespec since;
static struct err err;

static void
begin(void)
{
	static const char cfg[] = "a.password=hunter2\nb.password=sesame1\n";
	struct document doc = DOCUMENT_INIT;
	int fd = memfd_create("cfg", MFD_CLOEXEC);

	scratch_root_setup();
	svc = SERVICE_INIT;
	manifest = MANIFEST_INIT;
	mask = MASK_INIT;
	err = ERR_INIT;
	scratch_mkdir("services/a1/cfg/");
	scratch_mkdir("tmp/");
	ck_assert_msg(service_open(&svc, "a1", &err) == 0, "%s", err.msg);
	ck_assert_int_eq(write(fd, cfg, sizeof cfg - 1), (ssize_t)(sizeof cfg - 1));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(document_read(&doc, fd, "test", &err), 0);
	close(fd);
	ck_assert_int_eq(hidden_add_document(&mask, &doc, NULL, &err), 0);
	mask_finish(&mask);
	document_free(&doc);
	scratch_write("services/a1/before", "hunter2");
	usleep(20000); /* longer than files' times are apart */
	since = residue_now();
}

static void
finish(void)
{
	mask_free(&mask);
	manifest_free(&manifest);
	service_close(&svc);
	scratch_root_teardown();
}

static size_t
search(void)
{
	size_t n = 99;

	ck_assert_msg(residue_search(&mask, &svc, &manifest, since, &n, &err) == 0, "%s", err.msg);
	return n;
}

START_TEST(only_what_was_changed_is_searched)
{
	ck_assert_uint_eq(search(), 0);
	scratch_write("services/a1/new", "nothing");
	ck_assert_uint_eq(search(), 0);
	scratch_write("services/a1/new", "is hunter2");
	scratch_write("services/a1/deep/er/new", "sesame1 hunter2");
	scratch_write("tmp/new", "aHVudGVyMg==");
	ck_assert_uint_eq(search(), 3);
	/* A change of its owner or mode, or another name, is one too. */
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/before", 0600, 0), 0);
	ck_assert_uint_eq(search(), 4);
}
END_TEST

START_TEST(a_value_may_be_anywhere_in_a_file)
{
	size_t len = 200000;
	char *text = calloc(1, len + 8);

	for (size_t at = 65530; at <= 65540; at++) {
		memset(text, 0, len);
		memcpy(text + at, "hunter2", 7);
		scratch_write_bytes("services/a1/large", text, len);
		ck_assert_uint_eq(search(), 1);
	}
	memset(text, 0, len);
	memcpy(text + len, "hunter2", 7);
	scratch_write_bytes("services/a1/large", text, len + 7);
	ck_assert_uint_eq(search(), 1);
	scratch_write_bytes("services/a1/large", text, len + 6);
	ck_assert_uint_eq(search(), 0);
	free(text);
}
END_TEST

START_TEST(what_is_no_file_is_left_alone)
{
	scratch_write("outside", "hunter2");
	ck_assert_int_eq(symlinkat("../../outside", scratch_fd, "services/a1/link"), 0);
	ck_assert_int_eq(mkfifoat(scratch_fd, "services/a1/fifo", 0600), 0);
	scratch_mkdir("outer/");
	scratch_write("outer/file", "hunter2");
	ck_assert_int_eq(symlinkat("../../outer", scratch_fd, "services/a1/dir"), 0);
	ck_assert_uint_eq(search(), 0);
}
END_TEST

START_TEST(what_is_allowed_is_passed_over)
{
	static const char text[] = "[configure]\nallow=cfg/*.conf,x\n";

	ck_assert_int_eq(manifest_parse(&manifest, text, strlen(text), &err), 0);
	scratch_write("services/a1/cfg/app.conf", "hunter2");
	scratch_write("services/a1/x", "hunter2");
	ck_assert_uint_eq(search(), 0);
	scratch_write("services/a1/cfg/app.cnf", "hunter2");
	scratch_write("services/a1/sub/x", "hunter2");
	scratch_write("tmp/x", "hunter2");
	ck_assert_uint_eq(search(), 3);
}
END_TEST

START_TEST(what_lies_too_deep_is_passed_over)
{
	int top = openat(scratch_fd, "services/a1", O_RDONLY | O_DIRECTORY), fd = dup(top);
	char name[201] = "";

	memset(name, 'x', sizeof name - 1);
	for (size_t len = 0; len < 2 * PATH_MAX; len += sizeof name) {
		int next;

		ck_assert_int_eq(mkdirat(fd, name, 0700), 0);
		ck_assert_int_ge(next = openat(fd, name, O_RDONLY | O_DIRECTORY), 0);
		close(fd);
		fd = next;
	}
	close(fd);
	scratch_write("services/a1/after", "hunter2");
	ck_assert_uint_eq(search(), 1);
	ck_assert_msg(directory_remove_tree(top, name, &err) == 0, "%s", err.msg);
	close(top);
}
END_TEST

START_TEST(without_secrets_there_is_nothing_to_find)
{
	scratch_write("services/a1/new", "hunter2");
	mask_free(&mask);
	ck_assert_uint_eq(search(), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, only_what_was_changed_is_searched);
	tcase_add_test(tc, a_value_may_be_anywhere_in_a_file);
	tcase_add_test(tc, what_is_no_file_is_left_alone);
	tcase_add_test(tc, what_is_allowed_is_passed_over);
	tcase_add_test(tc, what_lies_too_deep_is_passed_over);
	tcase_add_test(tc, without_secrets_there_is_nothing_to_find);
}
