/* SPDX-License-Identifier: MIT */
/* test_prune - what is listed goes, if it is still what the list says; and nothing else does. */
#include "service/prune.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "scratch_root.h"
#include "tests.h"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

static struct service svc;
static struct buf list;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	svc = SERVICE_INIT;
	list = BUF_INIT;
	err = ERR_INIT;
	scratch_mkdir("services/a1/");
	ck_assert_msg(service_open(&svc, "a1", &err) == 0 && service_lock(&svc, &lock, &err) == 0,
		      "%s", err.msg);
}

static void
finish(void)
{
	buf_free(&list);
	service_close(&svc);
	scratch_root_teardown();
}

/* A line for what had this content, or led there. */
static void
note(const char *kind, const char *content, const char *path)
{
	char digest[PRUNE_DIGEST_HEX];

	prune_digest_text(content, digest);
	ck_assert_int_eq(buf_addf(&list, &err, "%s %s %s\n", kind, digest, path), 0);
}

static size_t
prune(void)
{
	size_t n_kept = 99;

	ck_assert_msg(prune_prepare(&svc, list.data, list.len, &err) == 0, "%s", err.msg);
	ck_assert_msg(prune_run(&svc, &n_kept, &err) == 0, "%s", err.msg);
	return n_kept;
}

START_TEST(a_file_s_digest_is_that_of_its_content)
{
	char of_file[PRUNE_DIGEST_HEX], of_text[PRUNE_DIGEST_HEX];
	static char large[200001];
	int fd;

	memset(large, 'x', sizeof large - 1);
	scratch_write("file", _i ? large : "");
	fd = openat(scratch_fd, "file", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(prune_digest(fd, of_file, &err), 0);
	close(fd);
	prune_digest_text(_i ? large : "", of_text);
	ck_assert_str_eq(of_file, of_text);
	ck_assert_uint_eq(strlen(of_file), PRUNE_DIGEST_HEX - 1);
}
END_TEST

START_TEST(what_is_as_it_was_goes_with_its_directories)
{
	scratch_write("services/a1/a/b/file with blank", "x");
	scratch_write("services/a1/a/b/mine", "mine");
	scratch_write("services/a1/gone/deep/file", "y");
	ck_assert_int_eq(symlinkat("to", scratch_fd, "services/a1/link"), 0);
	note(PRUNE_DIRECTORY, "", "a");
	note(PRUNE_DIRECTORY, "", "a/b");
	note(PRUNE_FILE, "x", "a/b/file with blank");
	note(PRUNE_DIRECTORY, "", "gone");
	note(PRUNE_DIRECTORY, "", "gone/deep");
	note(PRUNE_FILE, "y", "gone/deep/file");
	note(PRUNE_FILE, "z", "gone/never/was");
	note(PRUNE_LINK, "to", "link");
	ck_assert_uint_eq(prune(), 0);
	ck_assert(!scratch_exists("services/a1/a/b/file with blank"));
	ck_assert(scratch_exists("services/a1/a/b/mine"));
	ck_assert(!scratch_exists("services/a1/gone"));
	ck_assert(!scratch_exists("services/a1/link"));
	/* And once more, as a run does that goes on with one which was cut off. */
	ck_assert_uint_eq(prune(), 0);
}
END_TEST

enum { FILE_, LINK_, DIR_, FIFO_ };

static const struct {
	const char *kind, *content;
	int is;
	const char *what;
} others[] = {
	{PRUNE_FILE, "x", FILE_, "X"},	     {PRUNE_FILE, "x", FILE_, ""},
	{PRUNE_FILE, "x", LINK_, "file"},    {PRUNE_FILE, "x", DIR_, NULL},
	{PRUNE_FILE, "x", FIFO_, NULL},	     {PRUNE_LINK, "x", LINK_, "y"},
	{PRUNE_LINK, "x", FILE_, "x"},	     {PRUNE_DIRECTORY, "", FILE_, "x"},
	{PRUNE_DIRECTORY, "", LINK_, "dir"},
};

START_TEST(what_is_another_thing_by_now_stays)
{
	const char *path = "services/a1/path";

	scratch_write("services/a1/file", "x");
	scratch_mkdir("services/a1/dir/");
	if (others[_i].is == FILE_)
		scratch_write(path, others[_i].what);
	else if (others[_i].is == LINK_)
		ck_assert_int_eq(symlinkat(others[_i].what, scratch_fd, path), 0);
	else if (others[_i].is == DIR_)
		ck_assert_int_eq(mkdirat(scratch_fd, path, 0755), 0);
	else
		ck_assert_int_eq(mkfifoat(scratch_fd, path, 0644), 0);
	note(others[_i].kind, others[_i].content, "path");
	ck_assert_uint_eq(prune(), 1);
	ck_assert(scratch_exists(path));
	ck_assert(scratch_exists("services/a1/file"));
	ck_assert(scratch_exists("services/a1/dir"));
}
END_TEST

/* The list is the agent's own, and what leads out of the service is not followed all the same. */
START_TEST(nothing_outside_of_the_service_is_removed)
{
	static const char *const paths[] = {"../a2/file", "link/file", "deep/link/file", "../a2"};

	scratch_write("services/a2/file", "x");
	scratch_mkdir("services/a1/deep/");
	ck_assert_int_eq(symlinkat("../a2", scratch_fd, "services/a1/link"), 0);
	ck_assert_int_eq(symlinkat("../../a2", scratch_fd, "services/a1/deep/link"), 0);
	note(_i == 3 ? PRUNE_DIRECTORY : PRUNE_FILE, "x", paths[_i]);
	ck_assert_int_eq(prune_prepare(&svc, list.data, list.len, &err), 0);
	{
		size_t n_kept;

		(void)!prune_run(&svc, &n_kept, &err);
	}
	ck_assert_str_eq(scratch_read("services/a2/file"), "x");
}
END_TEST

/* It is removed a moment before the mark is. */
START_TEST(without_a_list_all_is_done)
{
	size_t n_kept = 99;

	scratch_write("services/a1/file", "x");
	note(PRUNE_FILE, "x", "file");
	ck_assert_int_eq(prune_prepare(&svc, list.data, list.len, &err), 0);
	ck_assert(scratch_exists("services/.enstratus/a1/prune"));
	prune_forget(&svc);
	ck_assert(!scratch_exists("services/.enstratus/a1/prune"));
	ck_assert_msg(prune_run(&svc, &n_kept, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(n_kept, 0);
	ck_assert(scratch_exists("services/a1/file"));
}
END_TEST

START_TEST(a_line_that_is_none_is_passed_over)
{
	static const char *const lines[] = {"\n", "file\n", "file \n", "file x\n", "file x \n"};

	scratch_write("services/a1/file", "x");
	ck_assert_int_eq(buf_addf(&list, &err, "%s", lines[_i]), 0);
	note(PRUNE_FILE, "x", "file");
	ck_assert_int_eq(buf_addf(&list, &err, "%s", lines[_i]), 0);
	ck_assert_uint_eq(prune(), 0);
	ck_assert(!scratch_exists("services/a1/file"));
}
END_TEST

START_TEST(a_directory_that_may_not_be_written_to_is_opened_up)
{
	mode_t mode;

	scratch_write("services/a1/lib/code", "x");
	scratch_write("services/a1/lib/own", "x");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/lib", 0555, 0), 0);
	note(PRUNE_FILE, "x", "lib/code");
	ck_assert_uint_eq(prune(), 0);
	mode = scratch_mode("services/a1/lib");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/lib", 0755, 0), 0);
	ck_assert_uint_eq(mode, 0555);
	ck_assert(!scratch_exists("services/a1/lib/code"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_file_s_digest_is_that_of_its_content, 0, 2);
	tcase_add_test(tc, what_is_as_it_was_goes_with_its_directories);
	tcase_add_loop_test(tc, what_is_another_thing_by_now_stays, 0,
			    sizeof others / sizeof *others);
	tcase_add_loop_test(tc, nothing_outside_of_the_service_is_removed, 0, 4);
	tcase_add_test(tc, without_a_list_all_is_done);
	tcase_add_loop_test(tc, a_line_that_is_none_is_passed_over, 0, 5);
	tcase_add_test(tc, a_directory_that_may_not_be_written_to_is_opened_up);
}
