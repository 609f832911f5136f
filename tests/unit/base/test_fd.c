/* SPDX-License-Identifier: MIT */
/* test_fd - reading and writing whole, and opening that can neither leave nor follow. */
#include "base/fd.h"

#include <check.h>
#include <dirent.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sys/vfs.h>

#include "scratch.h"
#include "tests.h"

static struct err err;

static void
begin(void)
{
	err = ERR_INIT;
}

static void
assert_fails(int result, enum err_kind kind, const char *shown)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_msg(strstr(err.msg, shown), "'%s' does not say '%s'", err.msg, shown);
}

static const struct {
	const char *path;
	int fd;
} named[] = {
	{"/dev/fd/63", 63},	{"/proc/self/fd/0", 0},	     {"/dev/fd/", -1}, {"/dev/fd/-1", -1},
	{"/dev/fd/1/../2", -1}, {"/dev/fd/99999999999", -1}, {"dev/fd/1", -1}, {"", -1},
};

START_TEST(a_path_that_names_a_descriptor_is_known)
{
	ck_assert_int_eq(fd_named(named[_i].path), named[_i].fd);
}
END_TEST

static size_t
count_names(const char *directory)
{
	DIR *dir = opendir(scratch_path(directory));
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

START_TEST(a_path_is_told_from_the_root)
{
	char path[PATH_MAX], here[PATH_MAX], expected[PATH_MAX + 8], *longest;
	struct err e = ERR_INIT;

	ck_assert_int_eq(fd_absolute_path("/a/../b", path, &e), 0);
	ck_assert_str_eq(path, "/a/../b");
	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	snprintf(expected, sizeof expected, "%s/c/d", here);
	ck_assert_int_eq(fd_absolute_path("c/d", path, &e), 0);
	ck_assert_str_eq(path, expected);
	longest = malloc(PATH_MAX + 1);
	memset(longest, '/', PATH_MAX);
	longest[PATH_MAX] = '\0';
	ck_assert_int_eq(fd_absolute_path(longest, path, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	free(longest);
}
END_TEST

START_TEST(closing_leaves_the_empty_value_and_accepts_it)
{
	int fd = dup(scratch_fd), old = fd;

	fd_close(&fd);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(fcntl(old, F_GETFD), -1);
	fd_close(&fd);
	ck_assert_int_eq(fd, -1);
}
END_TEST

/* --- whole reads and writes --- */

static void *
write_slowly(void *arg)
{
	char byte = 'x';
	int fd = *(int *)arg;

	for (int i = 0; i < 10000; i++)
		if (write(fd, &byte, 1) != 1)
			break;
	close(fd);
	return NULL;
}

START_TEST(a_pipe_is_read_to_its_end)
{
	struct buf text = BUF_INIT;
	pthread_t thread;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_slowly, &ends[1]), 0);
	ck_assert_int_eq(fd_read_all(ends[0], &text, 10000, "the pipe", &err), 0);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(text.len, 10000);
	ck_assert_uint_eq(strspn(text.data, "x"), 10000);
	buf_free(&text);
	close(ends[0]);
}
END_TEST

static const struct {
	size_t size, limit;
	int result;
} limits[] = {{0, 0, 0},       {1, 0, -1},	 {10, 10, 0},	   {11, 10, -1},
	      {4096, 4096, 0}, {4097, 4096, -1}, {8192, 8191, -1}, {8192, 8192, 0}};

START_TEST(a_file_over_the_limit_is_refused_and_one_at_it_is_not)
{
	struct buf text = BUF_INIT;
	char data[8192];
	int fd;

	memset(data, 'd', sizeof data);
	scratch_write_bytes("file", data, limits[_i].size);
	fd = openat(scratch_fd, "file", O_RDONLY | O_CLOEXEC);
	if (limits[_i].result) {
		assert_fails(fd_read_all(fd, &text, limits[_i].limit, "the file", &err), ERR_UNSAFE,
			     "the file");
	} else {
		ck_assert_int_eq(fd_read_all(fd, &text, limits[_i].limit, "the file", &err), 0);
		ck_assert_uint_eq(text.len, limits[_i].size);
	}
	buf_free(&text);
	close(fd);
}
END_TEST

START_TEST(what_cannot_be_read_or_written_is_named)
{
	struct buf text = BUF_INIT;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_fails(fd_read_all(scratch_fd, &text, 10, "the directory", &err), ERR_SYSTEM,
		     "the directory");
	buf_free(&text);
	assert_fails(fd_write_all(fd, "x", 1, "the full one", &err), ERR_IO, "the full one");
	ck_assert_int_eq(fd_write_all(fd, "", 0, "nothing", &err), 0);
	close(fd);
}
END_TEST

static void *
read_slowly(void *arg)
{
	char part[777];
	size_t *total = arg;
	ssize_t n;
	int fd = (int)*total;

	*total = 0;
	while ((n = read(fd, part, sizeof part)) > 0)
		*total += (size_t)n;
	return NULL;
}

START_TEST(more_than_a_pipe_holds_is_written_whole)
{
	static char data[1 << 20];
	pthread_t thread;
	size_t total;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	total = (size_t)ends[0];
	ck_assert_int_eq(pthread_create(&thread, NULL, read_slowly, &total), 0);
	ck_assert_int_eq(fd_write_all(ends[1], data, sizeof data, "the pipe", &err), 0);
	close(ends[1]);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(total, sizeof data);
	close(ends[0]);
}
END_TEST

/* --- fd_open_beneath --- */

static void
make_tree(void)
{
	scratch_write("file", "file");
	scratch_write("top/file", "file in top");
	scratch_write("top/sub/file", "file in sub");
	ck_assert_int_eq(symlinkat("sub", scratch_fd, "top/middle"), 0);
	ck_assert_int_eq(symlinkat("file", scratch_fd, "top/end"), 0);
	ck_assert_int_eq(symlinkat("../file", scratch_fd, "top/out"), 0);
	ck_assert_int_eq(symlinkat("..", scratch_fd, "top/up"), 0);
	ck_assert_int_eq(symlinkat("/etc", scratch_fd, "top/etc"), 0);
	ck_assert_int_eq(symlinkat("nowhere", scratch_fd, "top/dangling"), 0);
}

static const struct {
	const char *path;
	int flags, code; /* 0 for one that opens */
} opens[] = {
	{"file", O_RDONLY, 0},
	{"sub/file", O_RDONLY, 0},
	{"./sub/./file", O_RDONLY, 0},
	{"sub//file", O_RDONLY, 0},
	{"sub/../file", O_RDONLY, 0},
	{".", O_RDONLY | O_DIRECTORY, 0},
	{"sub", O_RDONLY | O_DIRECTORY, 0},
	{"new", O_WRONLY | O_CREAT | O_EXCL, 0},
	{"..", O_RDONLY | O_DIRECTORY, EXDEV},
	{"../file", O_RDONLY, EXDEV},
	{"sub/../../file", O_RDONLY, EXDEV},
	{"../top/file", O_RDONLY, EXDEV},
	{"/etc/passwd", O_RDONLY, EXDEV},
	{"/", O_RDONLY | O_DIRECTORY, EXDEV},
	{"middle/file", O_RDONLY, ELOOP},
	{"middle", O_RDONLY | O_DIRECTORY, ELOOP},
	{"end", O_RDONLY, ELOOP},
	{"end", O_WRONLY | O_CREAT, ELOOP},
	{"out", O_RDONLY, ELOOP},
	{"out", O_WRONLY | O_TRUNC, ELOOP},
	{"up/file", O_RDONLY, ELOOP},
	{"up", O_RDONLY | O_DIRECTORY, ELOOP},
	{"etc/passwd", O_RDONLY, ELOOP},
	{"dangling", O_WRONLY | O_CREAT, ELOOP},
	{"missing", O_RDONLY, ENOENT},
	{"", O_RDONLY, ENOENT},
	{"file/x", O_RDONLY, ENOTDIR},
	{"file", O_RDONLY | O_DIRECTORY, ENOTDIR},
	{"file", O_WRONLY | O_CREAT | O_EXCL, EEXIST},
	{"sub", O_WRONLY, EISDIR},
};

START_TEST(opening_neither_leaves_the_directory_nor_follows_a_link)
{
	int top, fd;

	make_tree();
	top = openat(scratch_fd, "top", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = fd_open_beneath(top, opens[_i].path, opens[_i].flags,
			     opens[_i].flags & O_CREAT ? 0600 : 0);
	if (opens[_i].code) {
		ck_assert_int_eq(fd, -1);
		ck_assert_int_eq(errno, opens[_i].code);
		ck_assert(!scratch_exists("top/nowhere"));
		ck_assert_str_eq(scratch_read("file"), "file");
	} else {
		ck_assert_msg(fd >= 0, "cannot open '%s': %s", opens[_i].path, strerror(errno));
		ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
	}
	close(top);
}
END_TEST

START_TEST(opening_ignores_the_mode_where_nothing_is_made_as_open_does)
{
	static const int flags[] = {O_RDONLY, O_WRONLY, O_RDONLY | O_DIRECTORY, O_PATH};
	const char *path = flags[_i] & O_DIRECTORY ? "top" : "file";
	int fd;

	make_tree();
	fd = fd_open_beneath(scratch_fd, path, flags[_i], 0644);
	ck_assert_msg(fd >= 0, "cannot open '%s': %s", path, strerror(errno));
	close(fd);
}
END_TEST

START_TEST(opening_makes_a_file_with_its_mode)
{
	mode_t old = umask(0);
	int fd = fd_open_beneath(scratch_fd, "new", O_WRONLY | O_CREAT | O_EXCL, 0640);

	umask(old);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_uint_eq(scratch_mode("new"), 0640);
}
END_TEST

/* --- fd_replace_at --- */

static const mode_t modes[] = {0600, 0644, 0664, 0666, 0777, 0400, 0, 02755, 04755};

START_TEST(a_replaced_file_has_the_exact_mode_whatever_the_umask)
{
	static const mode_t masks[] = {0, 022, 077, 0777};

	for (size_t i = 0; i < 4; i++) {
		mode_t old = umask(masks[i]);
		int result = fd_replace_at(scratch_fd, "file", "new", 3, modes[_i], &err);

		umask(old);
		ck_assert_int_eq(result, 0);
		ck_assert_uint_eq(scratch_mode("file"), modes[_i]);
	}
	ck_assert_uint_eq(count_names("."), 1);
}
END_TEST

START_TEST(a_file_is_made_or_replaced_whole_and_no_temporary_stays)
{
	int held;

	ck_assert_int_eq(fd_replace_at(scratch_fd, "file", "first", 5, 0600, &err), 0);
	ck_assert_str_eq(scratch_read("file"), "first");
	held = openat(scratch_fd, "file", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fd_replace_at(scratch_fd, "file", "2nd", 3, 0600, &err), 0);
	ck_assert_str_eq(scratch_read("file"), "2nd");
	ck_assert_int_eq(fd_replace_at(scratch_fd, "file", "", 0, 0600, &err), 0);
	ck_assert_str_eq(scratch_read("file"), "");
	ck_assert_uint_eq(count_names("."), 1);
	/* Who read the first still does. */
	{
		char text[8] = "";

		ck_assert_int_eq(read(held, text, sizeof text - 1), 5);
		ck_assert_str_eq(text, "first");
	}
	close(held);
}
END_TEST

static bool reader_stops;

static void *
read_over_and_over(void *arg)
{
	char text[8200];
	size_t *torn = arg;

	while (!__atomic_load_n(&reader_stops, __ATOMIC_ACQUIRE)) {
		int fd = openat(scratch_fd, "file", O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);

		if (n != 8192 || (text[0] != 'a' && text[0] != 'b') || text[0] != text[8191])
			++*torn;
		close(fd);
	}
	return NULL;
}

START_TEST(a_reader_sees_the_old_or_the_new_content)
{
	char content[2][8192];
	pthread_t thread;
	size_t torn = 0;

	memset(content[0], 'a', sizeof content[0]);
	memset(content[1], 'b', sizeof content[1]);
	scratch_write_bytes("file", content[0], sizeof content[0]);
	reader_stops = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, read_over_and_over, &torn), 0);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(
			fd_replace_at(scratch_fd, "file", content[i % 2], 8192, 0600, &err), 0);
	__atomic_store_n(&reader_stops, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(torn, 0);
}
END_TEST

START_TEST(replacing_a_link_replaces_it_and_not_what_it_leads_to)
{
	scratch_write("kept", "kept");
	ck_assert_int_eq(symlinkat("kept", scratch_fd, "file"), 0);
	ck_assert_int_eq(fd_replace_at(scratch_fd, "file", "new", 3, 0600, &err), 0);
	ck_assert_str_eq(scratch_read("kept"), "kept");
	ck_assert_str_eq(scratch_read("file"), "new");
	ck_assert_uint_eq(scratch_mode("kept"), 0644);
}
END_TEST

START_TEST(a_temporary_of_a_dead_process_is_no_hindrance)
{
	static const char name[] = ".file.new";

	scratch_write("kept", "kept");
	if (_i)
		scratch_write(name, "left over");
	else
		ck_assert_int_eq(symlinkat("kept", scratch_fd, name), 0);
	ck_assert_int_eq(fd_replace_at(scratch_fd, "file", "new", 3, 0600, &err), 0);
	ck_assert_str_eq(scratch_read("file"), "new");
	ck_assert_str_eq(scratch_read("kept"), "kept");
	ck_assert_uint_eq(count_names("."), 2);
}
END_TEST

START_TEST(a_failed_replacement_leaves_the_old_and_no_temporary)
{
	scratch_write("folder/file", "old");
	assert_fails(fd_replace_at(scratch_fd, "folder", "new", 3, 0600, &err), ERR_SYSTEM,
		     "folder");
	ck_assert_uint_eq(count_names("."), 1);
	ck_assert_str_eq(scratch_read("folder/file"), "old");
}
END_TEST

START_TEST(too_long_a_name_is_refused)
{
	static const size_t lengths[] = {256, 298, 299, 399};
	char name[400];

	memset(name, 'n', sizeof name - 1);
	name[lengths[_i]] = '\0';
	ck_assert_int_eq(fd_replace_at(scratch_fd, name, "new", 3, 0600, &err), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	ck_assert_uint_eq(count_names("."), 0);
}
END_TEST

/* --- fd_open_parent --- */

static const struct {
	const char *path; /* from the scratch directory */
	const char *name; /* NULL: it fails */
	int error;
} parents[] = {
	{"file", "file", 0},	       {"./file", "file", 0},
	{"a/b/file", "file", 0},       {"a//file", "file", 0},
	{"a/b/..", "..", 0},	       {"missing/file", NULL, ENOENT},
	{"a/", NULL, EISDIR},	       {"", NULL, EISDIR},
	{"/", NULL, EISDIR},	       {"/file", "file", 0},
	{"plain/file", NULL, ENOTDIR},
};

START_TEST(the_directory_that_a_path_lies_in)
{
	const char *name = "";
	int fd;

	scratch_mkdir("a/b/");
	scratch_write("plain", "");
	ck_assert_int_eq(fchdir(scratch_fd), 0);
	fd = fd_open_parent(parents[_i].path, &name);
	if (!parents[_i].name) {
		ck_assert_int_eq(fd, -1);
		ck_assert_int_eq(errno, parents[_i].error);
		return;
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(name, parents[_i].name);
	close(fd);
}
END_TEST

/* --- fd_open_parent_within --- */

static const struct {
	const char *path, *name; /* NULL: it fails */
	int error;
} inner[] = {
	{"file", "file", 0},	  {"a/file", "file", 0},	{"a/b/c", "c", 0},
	{"none/x", NULL, ENOENT}, {"plain/x", NULL, ENOTDIR},	{"link/x", NULL, ELOOP},
	{"../x", NULL, EXDEV},	  {"/etc/passwd", NULL, EXDEV},
};

START_TEST(the_directory_within_that_a_path_lies_in)
{
	const char *name = "";
	int fd;

	scratch_mkdir("a/b/");
	scratch_write("plain", "");
	ck_assert_int_eq(symlinkat("a", scratch_fd, "link"), 0);
	fd = fd_open_parent_within(scratch_fd, inner[_i].path, &name);
	if (!inner[_i].name) {
		ck_assert_int_eq(fd, -1);
		ck_assert_int_eq(errno, inner[_i].error);
		return;
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(name, inner[_i].name);
	close(fd);
}
END_TEST

/* --- fd_in_memory --- */

START_TEST(a_tmpfs_is_in_memory)
{
	int fd = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) || fs.f_type != TMPFS_MAGIC) {
		fprintf(stderr, "skipped the tmpfs in memory: /dev/shm is none\n");
	} else {
		ck_assert(fd_in_memory(fd));
		ck_assert_str_eq(fd_file_system(fd), "tmpfs");
	}
	if (fd >= 0)
		close(fd);
}
END_TEST

START_TEST(what_is_no_tmpfs_is_not_in_memory)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert(!fd_in_memory(fd));
	ck_assert(!fd_in_memory(-1));
	ck_assert_str_eq(fd_file_system(fd), "another");
	close(fd);
}
END_TEST

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* In a process of its own, which has descriptors of its own. */
START_TEST(all_but_some_are_closed)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (int fd = 200; fd < 210; fd++)
		ck_assert_int_eq(dup2(null, fd), fd);
	ck_assert_int_eq(fd_close_others(200, (const int[]){207, -1, 202, 3, 203, 202}, 6), 0);
	for (int fd = 200; fd < 210; fd++)
		ck_assert_int_eq(is_open(fd), fd == 202 || fd == 203 || fd == 207);
	ck_assert(is_open(null));
	ck_assert_int_eq(fd_close_others(200, NULL, 0), 0);
	ck_assert(!is_open(202) && !is_open(207));
	close(null);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, all_but_some_are_closed);
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, a_path_that_names_a_descriptor_is_known, 0,
			    sizeof named / sizeof *named);
	tcase_add_test(tc, a_path_is_told_from_the_root);
	tcase_add_test(tc, closing_leaves_the_empty_value_and_accepts_it);
	tcase_add_test(tc, a_pipe_is_read_to_its_end);
	tcase_add_loop_test(tc, a_file_over_the_limit_is_refused_and_one_at_it_is_not, 0,
			    (int)(sizeof limits / sizeof *limits));
	tcase_add_test(tc, what_cannot_be_read_or_written_is_named);
	tcase_add_test(tc, more_than_a_pipe_holds_is_written_whole);
	tcase_add_loop_test(tc, opening_neither_leaves_the_directory_nor_follows_a_link, 0,
			    (int)(sizeof opens / sizeof *opens));
	tcase_add_loop_test(tc, opening_ignores_the_mode_where_nothing_is_made_as_open_does, 0, 4);
	tcase_add_test(tc, opening_makes_a_file_with_its_mode);
	tcase_add_loop_test(tc, a_replaced_file_has_the_exact_mode_whatever_the_umask, 0,
			    (int)(sizeof modes / sizeof *modes));
	tcase_add_test(tc, a_file_is_made_or_replaced_whole_and_no_temporary_stays);
	tcase_add_test(tc, a_reader_sees_the_old_or_the_new_content);
	tcase_add_test(tc, replacing_a_link_replaces_it_and_not_what_it_leads_to);
	tcase_add_loop_test(tc, a_temporary_of_a_dead_process_is_no_hindrance, 0, 2);
	tcase_add_test(tc, a_failed_replacement_leaves_the_old_and_no_temporary);
	tcase_add_loop_test(tc, too_long_a_name_is_refused, 0, 4);
	tcase_add_loop_test(tc, the_directory_that_a_path_lies_in, 0,
			    sizeof parents / sizeof *parents);
	tcase_add_loop_test(tc, the_directory_within_that_a_path_lies_in, 0,
			    sizeof inner / sizeof *inner);
	tcase_add_test(tc, a_tmpfs_is_in_memory);
	tcase_add_test(tc, what_is_no_tmpfs_is_not_in_memory);
}
