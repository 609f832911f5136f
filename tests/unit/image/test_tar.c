/* SPDX-License-Identifier: MIT */
/* test_tar - tar archives of every form are judged and read right, or refused. */
#include "image/tar.h"

#include "scratch_tar.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* A name that no plain header holds, and one beyond ASCII. */
#define LONG_NAME "www/" HUNDRED "/" HUNDRED
#define WIDE_NAME "www/\xc3\xbc"

static const struct item tree[] = {
	{"bin/", "", S_IFDIR | 0755},
	{"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755},
	{"www/one", "1", S_IFREG | 0644},
	{"www/two", "22", S_IFREG | 0600},
	{"www/none", "", S_IFREG | 0644},
	{"www/link", "one", S_IFLNK | 0777},
	{NULL, NULL, 0},
};
static scratch_tar_format *const formats[] = {
	archive_write_set_format_ustar, archive_write_set_format_gnutar,
	archive_write_set_format_pax, archive_write_set_format_pax_restricted};

static struct judge judge;
static struct tar_reader tar;
static struct arrival image;
static struct err err;
static int image_fd;

static void
begin(void)
{
	scratch_setup();
	judge = JUDGE_INIT;
	tar = TAR_READER_INIT;
	err = ERR_INIT;
	image_fd = -1;
	arrival_open(&image, -1);
}

static void
finish(void)
{
	tar_reader_close(&tar);
	judge_free(&judge);
	arrival_close(&image);
	if (image_fd >= 0)
		close(image_fd);
	scratch_teardown();
}

static void
open_file(void)
{
	if (image_fd >= 0)
		close(image_fd);
	arrival_close(&image);
	image_fd = openat(scratch_fd, "a.tgz", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(arrival_open_whole(&image, image_fd, &err), 0);
}

static int
open_tar(void)
{
	open_file();
	return tar_reader_open(&tar, &image, UNPACK_GZIP, &judge, &err);
}

static void
open_well(scratch_tar_format *format, const struct item *items)
{
	scratch_tar("a.tgz", format, items);
	ck_assert_msg(open_tar() == 0, "%s", err.msg);
}

static void
refused(const char *rule, const char *words)
{
	ck_assert_int_eq(open_tar(), -1);
	ck_assert_msg(err_status(&err) == 65, "%s", err.msg);
	ck_assert_str_eq(err.rule, rule);
	ck_assert_msg(strstr(err.msg, words) != NULL, "'%s' not in '%s'", words, err.msg);
}

static void
reads(const char *name, const char *text)
{
	const struct entry *entry = judge_find(&judge, name);
	char got[256] = "";
	size_t n = 0, len;

	ck_assert_msg(entry != NULL, "no '%s'", name);
	ck_assert_msg(tar_reader_start(&tar, entry, &err) == 0, "%s", err.msg);
	do {
		ck_assert_msg(tar_reader_next(&tar, entry, got + n, 3, &len, &err) == 0, "%s",
			      err.msg);
		n += len;
	} while (len);
	ck_assert_str_eq(got, text);
}

START_TEST(every_form_of_tar)
{
	open_well(formats[_i], tree);
	ck_assert_uint_eq(judge.n_entries, COUNT(tree) - 1);
	ck_assert_int_eq(judge_find(&judge, "bin/enstratus-start")->mode, 0755);
	ck_assert_int_eq(judge_find(&judge, "www/two")->mode, 0600);
	ck_assert_int_eq(judge_find(&judge, "www/two")->mtime, 1265333346);
	ck_assert_str_eq(judge_find(&judge, "www/link")->target, "one");
	for (const struct item *i = tree; i->name; i++)
		if (S_ISREG(i->mode))
			reads(i->name, i->content);
}
END_TEST

/* Longer than a plain header's, hence in one of its own: ustar cannot, by any split. */
START_TEST(long_names_and_such_beyond_ascii)
{
	const struct item items[] = {tree[0],
				     {LONG_NAME, "long", S_IFREG | 0644},
				     {WIDE_NAME, "wide", S_IFREG | 0644},
				     {"www/far", HUNDRED TEN, S_IFLNK | 0777},
				     {NULL, NULL, 0}};

	open_well(formats[_i], items);
	reads(LONG_NAME, "long");
	reads(WIDE_NAME, "wide");
	ck_assert_str_eq(judge_find(&judge, "www/far")->target, HUNDRED TEN);
}
END_TEST

START_TEST(entries_in_any_order)
{
	open_well(formats[_i], tree);
	reads("www/two", "22");
	reads("www/one", "1"); /* behind us: begun anew */
	reads("www/one", "1");
	reads("www/none", "");
	reads("bin/enstratus-start", "#!/bin/sh\n");
	reads("www/two", "22");
}
END_TEST

/* One that is left in the middle. */
START_TEST(an_entry_need_not_be_read_to_its_end)
{
	const struct entry *entry;
	char got[4];
	size_t len;

	open_well(formats[_i], tree);
	entry = judge_find(&judge, "bin/enstratus-start");
	ck_assert_int_eq(tar_reader_start(&tar, entry, &err), 0);
	ck_assert_int_eq(tar_reader_next(&tar, entry, got, 2, &len, &err), 0);
	reads("www/one", "1");
	reads("bin/enstratus-start", "#!/bin/sh\n");
}
END_TEST

/* --- what is refused --- */

static const struct {
	struct item item;
	const char *rule, *words;
} bad[] = {
	{{"www/same", "bin/enstratus-start", 0}, "type", "'www/same' is a hard link"},
	{{"www/fifo", "", S_IFIFO | 0644}, "type", "'www/fifo'"},
	{{"www/device", "", S_IFCHR | 0644}, "type", "'www/device'"},
	{{"www/disk", "", S_IFBLK | 0644}, "type", "'www/disk'"},
	{{"../up", "x", S_IFREG | 0644}, "name", "'../up'"},
	{{"/etc/x", "x", S_IFREG | 0644}, "name", "'/etc/x'"},
	{{"up", "../x", S_IFLNK | 0777}, "link", "'up'"},
	{{"abs", "/x", S_IFLNK | 0777}, "link", "'abs'"},
	{{"bin/enstratus-start", "x", S_IFREG | 0644}, "duplicate", "'bin/enstratus-start'"},
	{{"bin/enstratus-start/x", "x", S_IFREG | 0644}, "duplicate", "'bin/enstratus-start"},
};

START_TEST(what_is_no_file_directory_or_link_within)
{
	const struct item items[] = {tree[0], tree[1], bad[_i].item, {NULL, NULL, 0}};

	scratch_tar("a.tgz", archive_write_set_format_pax, items);
	refused(bad[_i].rule, bad[_i].words);
}
END_TEST

START_TEST(limits_are_those_of_the_judge)
{
	scratch_tar("a.tgz", archive_write_set_format_ustar, tree);
	judge.limits.entries = 3;
	refused("max-entries", "3");
}
END_TEST

static void
write_packed(const char *data, size_t len)
{
	char *packed = malloc(SCRATCH_TAR_MAX);

	scratch_write_bytes("a.tgz", packed, scratch_gzip(data, len, packed, SCRATCH_TAR_MAX));
	free(packed);
}

/* A tar is filled up with zeros, but not for ever. */
START_TEST(zeros_without_an_end)
{
	char *data = calloc(1, SCRATCH_TAR_MAX);
	size_t n = scratch_tar_bytes(formats[0], tree, data);

	memset(data + n, 0, SCRATCH_TAR_MAX - n);
	write_packed(data, SCRATCH_TAR_MAX);
	ck_assert_int_eq(open_tar(), 0);
	tar_reader_close(&tar);
	judge_free(&judge);
	judge = JUDGE_INIT;
	judge.limits.total_bytes = 1000;
	judge.limits.entries = 10;
	refused("structure", "the tar archive goes on after its end");
	free(data);
}
END_TEST

START_TEST(what_follows_the_end_is_refused)
{
	char *data = calloc(1, SCRATCH_TAR_MAX);
	size_t n = scratch_tar_bytes(formats[0], tree, data);

	data[n - 1] = 1;
	write_packed(data, n);
	refused("structure", "the tar archive goes on after its end");
	free(data);
}
END_TEST

/* --- sparse files --- */

/* The header's checksum, after what a test has put into it. */
static void
seal_header(char *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
}

/* GNU's old sparse header: one stretch of data in a file of `size` bytes, all numbers octal. */
static void
write_sparse(const char *offset, const char *len, const char *size)
{
	const struct item items[] = {{"bin/x", TEN, S_IFREG | 0644}, {NULL, NULL, 0}};
	char *data = calloc(1, SCRATCH_TAR_MAX);
	size_t n = scratch_tar_bytes(archive_write_set_format_gnutar, items, data);

	data[156] = 'S';
	strcpy(data + 386, offset);
	strcpy(data + 398, len);
	strcpy(data + 483, size);
	seal_header(data);
	write_packed(data, n);
	free(data);
}

static const struct {
	const char *offset, *len, *size;
	size_t n_before, n_data, n_after; /* zeros, digits, zeros */
} sparse[] = {
	{"0", "12", "12", 0, 10, 0},	 {"24", "12", "36", 20, 10, 0},
	{"24", "12", "144", 20, 10, 70}, {"0", "12", "144", 0, 10, 90},
	{"144", "0", "144", 0, 0, 100}, /* as GNU tar packs a file that is one hole */
};

START_TEST(a_sparse_file_has_its_holes)
{
	char got[128];
	const struct entry *x;
	size_t n = 0, len;

	write_sparse(sparse[_i].offset, sparse[_i].len, sparse[_i].size);
	ck_assert_msg(open_tar() == 0, "%s", err.msg);
	x = judge_find(&judge, "bin/x");
	ck_assert_int_eq(tar_reader_start(&tar, x, &err), 0);
	for (; tar_reader_next(&tar, x, got + n, 7, &len, &err) == 0 && len; n += len)
		ck_assert_uint_lt(n, 120);
	ck_assert_msg(!err.kind, "%s", err.msg);
	ck_assert_uint_eq(n, sparse[_i].n_before + sparse[_i].n_data + sparse[_i].n_after);
	for (size_t i = 0; i < n; i++) {
		size_t digit = i - sparse[_i].n_before; /* no digit before: wraps around */

		ck_assert_int_eq(got[i], digit < sparse[_i].n_data ? TEN[digit] : 0);
	}
}
END_TEST

START_TEST(a_sparse_file_larger_than_it_says)
{
	const struct entry *x;
	char got[64];
	size_t len;

	write_sparse("0", "12", "3");
	ck_assert_msg(open_tar() == 0, "%s", err.msg);
	x = judge_find(&judge, "bin/x");
	ck_assert_int_eq(tar_reader_start(&tar, x, &err), 0);
	ck_assert_int_eq(tar_reader_next(&tar, x, got, sizeof got, &len, &err), -1);
	ck_assert_str_eq(err.msg, "entry 'bin/x' unpacks to more than it says");
	ck_assert_str_eq(err.rule, "structure");
}
END_TEST

/* A header of headers (typeflag "g") that is as long as it likes to be. */
START_TEST(more_bytes_than_all_entries_may_have)
{
	const struct item items[] = {{"x", "", S_IFREG | 0644}, {NULL, NULL, 0}};
	char *data = calloc(1, SCRATCH_TAR_MAX);

	scratch_tar_bytes(formats[0], items, data);
	data[156] = 'g';
	memcpy(data + 124, "00003000000", 11); /* 786432 bytes */
	seal_header(data);
	memset(data + 512, 'x', SCRATCH_TAR_MAX - 512);
	write_packed(data, SCRATCH_TAR_MAX);
	judge.limits.total_bytes = 1000;
	judge.limits.entries = 10;
	refused("max-bytes", "the archive unpacks to more than");
	ck_assert_uint_eq(err.limit, 1000 + 10 * 8192);
	free(data);
}
END_TEST

/* The tar, not the gzip, ends too early. */
START_TEST(cut_off_anywhere_it_is_refused)
{
	char *whole = malloc(SCRATCH_TAR_MAX), *packed = malloc(SCRATCH_TAR_MAX);
	const struct item items[] = {tree[0], {"bin/x", HUNDRED, S_IFREG | 0644}, {NULL, NULL, 0}};

	scratch_tar_bytes(archive_write_set_format_ustar, items, whole);
	/* Two headers and a block; a whole block of zeros behind those ends it. */
	for (size_t len = 1; len<3 * 512; len += len % 512> 1 && len % 512 < 510 ? 101 : 1) {
		size_t n = scratch_gzip(whole, len, packed, SCRATCH_TAR_MAX);

		if (len % 512 == 0 && len != 1024)
			continue; /* between two entries: an end that many tars have */
		scratch_write_bytes("a.tgz", packed, n);
		refused("structure", "not a whole tar archive");
		tar_reader_close(&tar);
		judge_free(&judge);
		judge = JUDGE_INIT;
		err = ERR_INIT;
	}
	free(whole);
	free(packed);
}
END_TEST

START_TEST(what_is_no_tar_is_refused)
{
	static const char *const texts[] = {"", "text\n",
					    HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED};
	char packed[4096];

	scratch_write_bytes("a.tgz", packed,
			    scratch_gzip(texts[_i], strlen(texts[_i]), packed, sizeof packed));
	ck_assert_int_eq(open_tar(), -1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

/* The file becomes another one between the two passes. */
START_TEST(an_entry_that_is_not_what_was_judged)
{
	struct item other[COUNT(tree)];

	memcpy(other, tree, sizeof tree);
	other[_i] = _i == 2 ? (struct item){"www/one", "1", S_IFLNK | 0777}
			    : (struct item){"www/two", "333", S_IFREG | 0600};
	open_well(archive_write_set_format_ustar, tree);
	scratch_tar("a.tgz", archive_write_set_format_ustar, other);
	open_file();
	ck_assert_int_eq(tar_reader_start(&tar, judge_find(&judge, tree[_i].name), &err), -1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, every_form_of_tar, 0, COUNT(formats));
	tcase_add_loop_test(tc, long_names_and_such_beyond_ascii, 1, 3);
	tcase_add_loop_test(tc, entries_in_any_order, 0, COUNT(formats));
	tcase_add_loop_test(tc, an_entry_need_not_be_read_to_its_end, 0, COUNT(formats));
	tcase_add_loop_test(tc, what_is_no_file_directory_or_link_within, 0, COUNT(bad));
	tcase_add_test(tc, limits_are_those_of_the_judge);
	tcase_add_test(tc, zeros_without_an_end);
	tcase_add_test(tc, what_follows_the_end_is_refused);
	tcase_add_loop_test(tc, a_sparse_file_has_its_holes, 0, COUNT(sparse));
	tcase_add_test(tc, a_sparse_file_larger_than_it_says);
	tcase_add_test(tc, more_bytes_than_all_entries_may_have);
	tcase_add_test(tc, cut_off_anywhere_it_is_refused);
	tcase_add_loop_test(tc, what_is_no_tar_is_refused, 0, 3);
	tcase_add_loop_test(tc, an_entry_that_is_not_what_was_judged, 2, 4);
}
