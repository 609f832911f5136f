/* SPDX-License-Identifier: MIT */
/* test_wipe - the bytes are gone, wherever else they could be seen, and nothing else is. */
#include "base/wipe.h"

#include <check.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "scratch.h"
#include "tests.h"

#define SECRET "password=hunter2\n"
#define NOBODY 65534

static struct err err;

static void
begin(void)
{
	err = ERR_INIT;
}

static void
link_to(const char *target, const char *name)
{
	ck_assert_int_eq(symlinkat(target, scratch_fd, name), 0);
}

static void
hard_link(const char *old, const char *name)
{
	ck_assert_int_eq(linkat(scratch_fd, old, scratch_fd, name, 0), 0);
}

static off_t
size_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_size;
}

static void
assert_wiped(int result)
{
	ck_assert_msg(result == 0, "%s", err.msg);
	ck_assert_int_eq(err.kind, ERR_NONE);
}

static void
assert_refused(int result, enum err_kind kind, const char *name)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_ptr_nonnull(strstr(err.msg, name));
}

/* Makes a file that cannot shrink, so that what the overwriting left can be looked at. */
static int
sealed_file(const char *content, off_t at, off_t size)
{
	int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	ck_assert_int_eq(pwrite(fd, content, strlen(content), at), (ssize_t)strlen(content));
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	return fd;
}

static void
assert_zeros(int fd, off_t at, size_t len)
{
	char data[64];

	ck_assert_uint_le(len, sizeof data);
	ck_assert_int_eq(pread(fd, data, len, at), (ssize_t)len);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(data[i], 0);
}

/* --- wipe_fd --- */

START_TEST(the_bytes_are_overwritten_before_the_file_is_cut)
{
	static const off_t places[] = {0, 1, 4095, 65535, 65536, 1 << 20};
	off_t size = places[_i] + (off_t)strlen(SECRET);
	int fd = sealed_file(SECRET, places[_i], size);

	/* The cutting fails on the seal, and that is an error. */
	ck_assert_int_eq(wipe_fd(fd, &err), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	ck_assert_int_eq(size_of(fd), size);
	assert_zeros(fd, places[_i], strlen(SECRET));
	close(fd);
}
END_TEST

START_TEST(the_place_of_the_descriptor_does_not_matter)
{
	int fd = sealed_file(SECRET, 0, (off_t)strlen(SECRET));

	ck_assert_int_eq(lseek(fd, 0, SEEK_END), (off_t)strlen(SECRET));
	ck_assert_int_eq(wipe_fd(fd, &err), -1);
	assert_zeros(fd, 0, strlen(SECRET));
	close(fd);
}
END_TEST

START_TEST(an_appending_descriptor_overwrites_too)
{
	int fd = sealed_file(SECRET, 0, (off_t)strlen(SECRET)), appending;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	appending = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	ck_assert_int_ge(appending, 0);
	ck_assert_int_eq(wipe_fd(appending, &err), -1);
	assert_zeros(fd, 0, strlen(SECRET));
	close(appending);
	close(fd);
}
END_TEST

START_TEST(holes_stay_holes)
{
	off_t size = (off_t)1 << 40;
	int fd = sealed_file(SECRET, size / 2, size);
	struct stat before, after;

	ck_assert_int_eq(fstat(fd, &before), 0);
	ck_assert_int_eq(wipe_fd(fd, &err), -1);
	ck_assert_int_eq(fstat(fd, &after), 0);
	ck_assert_int_eq(after.st_blocks, before.st_blocks);
	assert_zeros(fd, size / 2, strlen(SECRET));
	close(fd);
}
END_TEST

START_TEST(a_wiped_file_is_empty_for_its_other_names_and_descriptors)
{
	int held, fd;

	scratch_write("secret", SECRET);
	hard_link("secret", "other");
	held = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	fd = openat(scratch_fd, "secret", O_WRONLY | O_CLOEXEC);
	assert_wiped(wipe_fd(fd, &err));
	ck_assert_int_eq(size_of(held), 0);
	ck_assert_str_eq(scratch_read("other"), "");
	ck_assert_str_eq(scratch_read("secret"), "");
	close(held);
	close(fd);
}
END_TEST

START_TEST(an_empty_file_is_wiped)
{
	int fd;

	scratch_write("empty", "");
	fd = openat(scratch_fd, "empty", O_WRONLY | O_CLOEXEC);
	assert_wiped(wipe_fd(fd, &err));
	close(fd);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_written_is_an_error_and_the_bytes_stay)
{
	int fd;

	scratch_write("secret", SECRET);
	fd = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(wipe_fd(fd, &err), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	ck_assert_str_eq(scratch_read("secret"), SECRET);
	close(fd);
}
END_TEST

/* --- wipe_at --- */

static bool
answer(void *arg, const char *name, int fd)
{
	char text[sizeof SECRET];

	ck_assert_str_eq(name, "secret");
	ck_assert_int_eq(pread(fd, text, sizeof text, 0), sizeof SECRET - 1);
	return *(const bool *)arg;
}

static bool no = false, yes = true;
static const struct wipe_filter filters[] = {{answer, &no}, {answer, &yes}};

START_TEST(a_file_is_wiped_and_unlinked)
{
	int held;

	scratch_write("secret", SECRET);
	held = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	assert_wiped(wipe_at(scratch_fd, "secret", _i ? &filters[1] : NULL, &err));
	ck_assert(!scratch_exists("secret"));
	ck_assert_int_eq(size_of(held), 0);
	close(held);
}
END_TEST

START_TEST(a_sparse_file_of_a_tebibyte_is_wiped_in_time)
{
	static const off_t sizes[] = {(off_t)1 << 40, ((off_t)1 << 40) + 1};
	int fd;

	scratch_write("sparse", SECRET);
	fd = openat(scratch_fd, "sparse", O_RDWR | O_CLOEXEC);
	if (ftruncate(fd, sizes[_i])) {
		fprintf(stderr, "skipped the sparse file: no file of 1 TiB here\n");
		close(fd);
		return;
	}
	ck_assert_int_eq(pwrite(fd, SECRET, 1, sizes[_i] - 1), 1);
	assert_wiped(wipe_at(scratch_fd, "sparse", NULL, &err));
	ck_assert_int_eq(size_of(fd), 0);
	ck_assert(!scratch_exists("sparse"));
	close(fd);
}
END_TEST

START_TEST(a_missing_name_is_fine)
{
	assert_wiped(wipe_at(scratch_fd, "missing", NULL, &err));
	assert_wiped(wipe_tree_at(scratch_fd, "missing", NULL, &err));
}
END_TEST

START_TEST(a_symbolic_link_is_unlinked_and_never_followed)
{
	scratch_write("kept", SECRET);
	scratch_write("folder/kept", SECRET);
	link_to(_i == 0 ? "kept" : _i == 1 ? "folder" : _i == 2 ? "nowhere" : "link", "link");
	if (_i % 2)
		assert_wiped(wipe_tree_at(scratch_fd, "link", NULL, &err));
	else
		assert_wiped(wipe_at(scratch_fd, "link", NULL, &err));
	ck_assert(!scratch_exists("link"));
	ck_assert_str_eq(scratch_read("kept"), SECRET);
	ck_assert_str_eq(scratch_read("folder/kept"), SECRET);
}
END_TEST

START_TEST(a_fifo_is_unlinked_without_waiting_for_its_reader)
{
	ck_assert_int_eq(mkfifoat(scratch_fd, "fifo", 0600), 0);
	if (_i)
		assert_wiped(wipe_tree_at(scratch_fd, "fifo", NULL, &err));
	else
		assert_wiped(wipe_at(scratch_fd, "fifo", NULL, &err));
	ck_assert(!scratch_exists("fifo"));
}
END_TEST

START_TEST(a_socket_is_unlinked)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%.100s", scratch_path("socket"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_wiped(wipe_at(scratch_fd, "socket", NULL, &err));
	ck_assert(!scratch_exists("socket"));
	close(fd);
}
END_TEST

START_TEST(a_directory_is_refused_and_left_alone)
{
	scratch_write("folder/file", SECRET);
	assert_refused(wipe_at(scratch_fd, "folder", NULL, &err), ERR_UNSAFE, "folder");
	ck_assert_str_eq(scratch_read("folder/file"), SECRET);
}
END_TEST

START_TEST(a_device_is_refused_and_left_alone)
{
	mode_t kind = _i % 2 ? S_IFBLK : S_IFCHR;

	/* Numbers that no driver has: a faulty wipe does no harm. */
	if (mknodat(scratch_fd, "device", kind | 0600, makedev(240, 77))) {
		fprintf(stderr, "skipped wiping a device: %s\n", strerror(errno));
		return;
	}
	if (_i / 2)
		assert_refused(wipe_tree_at(scratch_fd, "device", NULL, &err), ERR_UNSAFE,
			       "device");
	else
		assert_refused(wipe_at(scratch_fd, "device", NULL, &err), ERR_UNSAFE, "device");
	ck_assert(scratch_exists("device"));
}
END_TEST

START_TEST(a_file_of_two_names_is_wiped_only_when_it_is_ours)
{
	scratch_write("secret", SECRET);
	hard_link("secret", "other");
	assert_wiped(wipe_at(scratch_fd, "secret", _i < 2 ? &filters[_i] : NULL, &err));
	ck_assert(!scratch_exists("secret"));
	ck_assert_str_eq(scratch_read("other"), _i == 0 ? SECRET : "");
}
END_TEST

START_TEST(nobody_is_asked_of_a_file_of_one_name)
{
	int held;

	scratch_write("secret", SECRET);
	held = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	assert_wiped(wipe_at(scratch_fd, "secret", &filters[0], &err));
	ck_assert_int_eq(size_of(held), 0);
	close(held);
}
END_TEST

/* Root ignores modes, so it is somebody else for a moment. */
static bool
become_nobody(void)
{
	if (geteuid() != 0)
		return false;
	ck_assert_int_eq(fchown(scratch_fd, NOBODY, NOBODY), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
	return true;
}

static void
become_root(bool again)
{
	if (again)
		ck_assert_int_eq(seteuid(0), 0);
}

START_TEST(our_own_read_only_file_is_wiped)
{
	bool was_root = become_nobody();
	int held, result;

	scratch_write("secret", SECRET);
	held = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fchmodat(scratch_fd, "secret", _i ? 0 : 0400, 0), 0);
	result = wipe_at(scratch_fd, "secret", NULL, &err);
	become_root(was_root);
	assert_wiped(result);
	ck_assert_int_eq(size_of(held), 0);
	ck_assert(!scratch_exists("secret"));
	close(held);
}
END_TEST

/* --- wipe_held --- */

START_TEST(a_held_file_is_wiped_and_its_name_removed)
{
	int held;

	scratch_write("secret", SECRET);
	held = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	assert_wiped(wipe_held(held, &err));
	ck_assert_int_eq(size_of(held), 0);
	ck_assert(!scratch_exists("secret"));
	close(held);
}
END_TEST

/* The kernel names a file that has lost its name so; here somebody has a file of that very name. */
START_TEST(a_file_where_the_held_one_has_its_name_no_more_is_left)
{
	int held;

	scratch_write("secret", SECRET);
	scratch_write("secret (deleted)", "precious");
	held = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(unlinkat(scratch_fd, "secret", 0), 0);
	assert_wiped(wipe_held(held, &err));
	ck_assert_int_eq(size_of(held), 0);
	ck_assert_str_eq(scratch_read("secret (deleted)"), "precious");
	close(held);
}
END_TEST

/* --- wipe_tree_at --- */

START_TEST(a_tree_is_wiped_to_its_last_file)
{
	static const char *const files[] = {"tree/a", "tree/b/c", "tree/b/d/e", "tree/.hidden"};
	int held[4];

	for (size_t i = 0; i < 4; i++) {
		scratch_write(files[i], SECRET);
		held[i] = openat(scratch_fd, files[i], O_RDONLY | O_CLOEXEC);
	}
	scratch_mkdir("tree/empty/");
	scratch_write("kept/file", SECRET);
	link_to("../kept", "tree/to-directory");
	link_to("../kept/file", "tree/b/to-file");
	ck_assert_int_eq(mkfifoat(scratch_fd, "tree/fifo", 0600), 0);
	assert_wiped(wipe_tree_at(scratch_fd, "tree", NULL, &err));
	ck_assert(!scratch_exists("tree"));
	ck_assert_str_eq(scratch_read("kept/file"), SECRET);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(size_of(held[i]), 0);
		close(held[i]);
	}
}
END_TEST

START_TEST(a_name_that_is_no_directory_is_wiped_as_a_file)
{
	int held;

	scratch_write("secret", SECRET);
	held = openat(scratch_fd, "secret", O_RDONLY | O_CLOEXEC);
	assert_wiped(wipe_tree_at(scratch_fd, "secret", NULL, &err));
	ck_assert_int_eq(size_of(held), 0);
	ck_assert(!scratch_exists("secret"));
	close(held);
}
END_TEST

START_TEST(a_tree_respects_another_owner_of_a_file)
{
	scratch_write("tree/secret", SECRET);
	hard_link("tree/secret", "other");
	assert_wiped(wipe_tree_at(scratch_fd, "tree", &filters[0], &err));
	ck_assert(!scratch_exists("tree"));
	ck_assert_str_eq(scratch_read("other"), SECRET);
}
END_TEST

START_TEST(a_tree_is_wiped_past_what_cannot_be_and_tells_the_first)
{
	static const char *const files[] = {"tree/a", "tree/z", "tree/m/a", "tree/m/z"};

	for (size_t i = 0; i < 4; i++)
		scratch_write(files[i], SECRET);
	if (mknodat(scratch_fd, "tree/m/device", S_IFCHR | 0600, makedev(240, 77))) {
		fprintf(stderr, "skipped wiping past a device: %s\n", strerror(errno));
		return;
	}
	assert_refused(wipe_tree_at(scratch_fd, "tree", NULL, &err), ERR_UNSAFE, "'device'");
	ck_assert(scratch_exists("tree/m/device"));
	for (size_t i = 0; i < 4; i++)
		ck_assert(!scratch_exists(files[i]));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, the_bytes_are_overwritten_before_the_file_is_cut, 0, 6);
	tcase_add_test(tc, the_place_of_the_descriptor_does_not_matter);
	tcase_add_test(tc, an_appending_descriptor_overwrites_too);
	tcase_add_test(tc, holes_stay_holes);
	tcase_add_test(tc, a_wiped_file_is_empty_for_its_other_names_and_descriptors);
	tcase_add_test(tc, an_empty_file_is_wiped);
	tcase_add_test(tc, a_descriptor_that_cannot_be_written_is_an_error_and_the_bytes_stay);
	tcase_add_loop_test(tc, a_file_is_wiped_and_unlinked, 0, 2);
	tcase_add_loop_test(tc, a_sparse_file_of_a_tebibyte_is_wiped_in_time, 0, 2);
	tcase_add_test(tc, a_missing_name_is_fine);
	tcase_add_loop_test(tc, a_symbolic_link_is_unlinked_and_never_followed, 0, 4);
	tcase_add_loop_test(tc, a_fifo_is_unlinked_without_waiting_for_its_reader, 0, 2);
	tcase_add_test(tc, a_socket_is_unlinked);
	tcase_add_test(tc, a_directory_is_refused_and_left_alone);
	tcase_add_loop_test(tc, a_device_is_refused_and_left_alone, 0, 4);
	tcase_add_loop_test(tc, a_file_of_two_names_is_wiped_only_when_it_is_ours, 0, 3);
	tcase_add_test(tc, nobody_is_asked_of_a_file_of_one_name);
	tcase_add_loop_test(tc, our_own_read_only_file_is_wiped, 0, 2);
	tcase_add_test(tc, a_held_file_is_wiped_and_its_name_removed);
	tcase_add_test(tc, a_file_where_the_held_one_has_its_name_no_more_is_left);
	tcase_add_test(tc, a_tree_is_wiped_to_its_last_file);
	tcase_add_test(tc, a_name_that_is_no_directory_is_wiped_as_a_file);
	tcase_add_test(tc, a_tree_respects_another_owner_of_a_file);
	tcase_add_test(tc, a_tree_is_wiped_past_what_cannot_be_and_tells_the_first);
}
