/* SPDX-License-Identifier: MIT */
/* test_libzip - what is written is read again, and where libzip reads something else it is told. */
#include "image/libzip.h"

#include <string.h>
#include <sys/stat.h>

#include "scratch.h"
#include "tests.h"

#define TEXT "a page of the site, a page of the site, a page of the site\n"

static struct libzip_writer writer;
static struct libzip *libzip;
static struct central central;
static struct arrival image;
static int64_t n_entries;
static struct err err;
static int image_fd;

static const struct libzip_item items[] = {
	{.name = "bin", .mode = S_IFDIR | 0750, .mtime = 1265333346},
	{.name = "page", .mode = S_IFREG | 0640, .mtime = 1265333346, .size = sizeof TEXT - 1},
	{.name = "link", .mode = S_IFLNK | 0777, .mtime = 1265333346, .link = "page"},
};

static void
begin(void)
{
	scratch_setup();
	scratch_write("page", TEXT);
	writer = LIBZIP_WRITER_INIT;
	central = CENTRAL_INIT;
	err = ERR_INIT;
	libzip = NULL;
	image_fd = -1;
	arrival_open(&image, -1);
}

static void
end(void)
{
	libzip_close(&libzip);
	libzip_writer_close(&writer);
	central_free(&central);
	arrival_close(&image);
	if (image_fd >= 0)
		close(image_fd);
	scratch_teardown();
}

static void
write_items(void)
{
	ck_assert_int_eq(libzip_writer_open(&writer, scratch_path("image.zip"), &err), 0);
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		ck_assert_int_eq(libzip_writer_add(&writer, &items[i], scratch_fd, &err), 0);
	ck_assert(!scratch_exists("image.zip"));
}

static int
read_image(void)
{
	image_fd = openat(scratch_fd, "image.zip", O_RDONLY | O_CLOEXEC);
	arrival_close(&image);
	ck_assert_int_eq(arrival_open_whole(&image, image_fd, &err), 0);
	return libzip_open(&libzip, &image, &n_entries, &err);
}

static void
write_and_read(void)
{
	write_items();
	ck_assert_msg(libzip_writer_finish(&writer, NULL, &err) == 0, "%s", err.msg);
	ck_assert_msg(read_image() == 0, "%s", err.msg);
	ck_assert_int_eq(central_read(&central, &image, 100, &err), 0);
}

START_TEST(both_readers_read_what_is_written)
{
	static const char *const names[] = {"bin/", "page", "link"};

	write_and_read();
	ck_assert_uint_eq(writer.n_lost, 0);
	ck_assert_int_eq(n_entries, 3);
	ck_assert_uint_eq(central.n_entries, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct central_entry *entry = &central.entries[i];
		const char *name = central.names + entry->name;

		ck_assert_uint_eq(entry->name_len, strlen(names[i]));
		ck_assert_mem_eq(name, names[i], entry->name_len);
		ck_assert_uint_eq(entry->mode, items[i].mode);
		ck_assert_int_eq(entry->mtime, items[i].mtime);
		ck_assert_msg(libzip_compare(libzip, i, entry, name, &err) == 0, "%s", err.msg);
	}
}
END_TEST

START_TEST(an_entry_is_read_whole)
{
	const struct entry entry = {.name = "page", .index = 1};
	struct libzip_file file = {.file = NULL};
	char data[256];
	size_t len = 0, n;

	write_and_read();
	ck_assert_int_eq(libzip_start(&file, libzip, &entry, &err), 0);
	do {
		ck_assert_int_eq(libzip_next(&file, &entry, data + len, 7, &n, &err), 0);
		len += n;
	} while (n);
	ck_assert_uint_eq(len, sizeof TEXT - 1);
	ck_assert_mem_eq(data, TEXT, len);
	libzip_end(&file);
	ck_assert_ptr_null(file.file);
	libzip_end(&file);
}
END_TEST

START_TEST(an_entry_that_the_other_reader_describes_otherwise_is_refused)
{
	struct central_entry entry;
	const char *name = "page";

	write_and_read();
	entry = central.entries[1];
	switch (_i) {
	case 0:
		entry.size++;
		break;
	case 1:
		entry.compressed++;
		break;
	case 2:
		entry.crc++;
		break;
	case 3:
		entry.mode ^= 0111;
		break;
	case 4:
		entry.method = CENTRAL_STORED;
		break;
	case 5:
		entry.name_len--;
		break;
	default:
		name = "sage";
	}
	ck_assert_int_eq(libzip_compare(libzip, 1, &entry, name, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_str_eq(err.rule, "structure");
	ck_assert_ptr_nonnull(strstr(err.msg, "is described in two ways"));
}
END_TEST

START_TEST(what_is_no_archive_is_refused)
{
	scratch_write("image.zip", "#!/bin/sh\n");
	ck_assert_int_eq(read_image(), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_str_eq(err.rule, "structure");
	libzip_close(&libzip);
	ck_assert_ptr_null(libzip);
}
END_TEST

START_TEST(methods_are_known_by_their_numbers)
{
	ck_assert(libzip_supports(0));
	ck_assert(libzip_supports(8));
	ck_assert(!libzip_supports(1));
	ck_assert(!libzip_supports(0xffff));
}
END_TEST

START_TEST(a_file_that_is_gone_is_counted_and_empty)
{
	write_items();
	unlinkat(scratch_fd, "page", 0);
	ck_assert_msg(libzip_writer_finish(&writer, NULL, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(writer.n_lost, 1);
	ck_assert_int_eq(read_image(), 0);
	ck_assert_int_eq(central_read(&central, &image, 100, &err), 0);
	ck_assert_uint_eq(central.entries[1].size, 0);
}
END_TEST

static bool
yes(void)
{
	return true;
}

START_TEST(one_that_is_cancelled_or_closed_leaves_nothing)
{
	write_items();
	if (_i) {
		libzip_writer_close(&writer);
	} else {
		ck_assert_int_eq(libzip_writer_finish(&writer, yes, &err), -1);
		ck_assert_int_eq(err.kind, ERR_SYSTEM);
	}
	ck_assert_ptr_null(writer.archive);
	ck_assert(!scratch_exists("image.zip"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, both_readers_read_what_is_written);
	tcase_add_test(tc, an_entry_is_read_whole);
	tcase_add_loop_test(tc, an_entry_that_the_other_reader_describes_otherwise_is_refused, 0,
			    7);
	tcase_add_test(tc, what_is_no_archive_is_refused);
	tcase_add_test(tc, methods_are_known_by_their_numbers);
	tcase_add_test(tc, a_file_that_is_gone_is_counted_and_empty);
	tcase_add_loop_test(tc, one_that_is_cancelled_or_closed_leaves_nothing, 0, 2);
}
