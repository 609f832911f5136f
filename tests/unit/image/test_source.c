/* SPDX-License-Identifier: MIT */
/* test_source - every kind of archive gives the same entries and bytes, or is refused. */
#include "image/source.h"

#include "scratch_tar.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LONG "hello hello hello hello hello hello hello hello\n"

static const struct item tree[] = {
	{"bin/", "", S_IFDIR | 0755},
	{"bin/enstratus-start", "#!/bin/sh\nexit 0\n", S_IFREG | 0755},
	{"www/", "", S_IFDIR | 0750},
	{"www/empty", "", S_IFREG | 0600},
	{"www/link", "page", S_IFLNK | 0777},
	{"www/page", LONG, S_IFREG | 0644},
	{NULL, NULL, 0},
};

static const char *const images[] = {"image.zip", "image.tar.gz", "image.tar.bz2"};

static struct judge judge;
static struct source source;
static struct arrival image;
static struct err err;
static int image_fd;

static void
begin(void)
{
	scratch_setup();
	judge = JUDGE_INIT;
	source = SOURCE_INIT;
	err = ERR_INIT;
	image_fd = -1;
	arrival_open(&image, -1);
	scratch_zip("image.zip", tree);
	scratch_tar("image.tar.gz", archive_write_set_format_ustar, tree);
	scratch_tar("image.tar.bz2", archive_write_set_format_ustar, tree);
}

static void
finish(void)
{
	source_close(&source);
	judge_free(&judge);
	arrival_close(&image);
	if (image_fd >= 0)
		close(image_fd);
	scratch_teardown();
}

static int
open_image(const char *name)
{
	arrival_close(&image);
	image_fd = openat(scratch_fd, name, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(arrival_open_whole(&image, image_fd, &err), 0);
	return source_open(&source, &image, &judge, &err);
}

static void
open_well(const char *name)
{
	ck_assert_msg(open_image(name) == 0, "%s", err.msg);
	ck_assert_msg(source_confirm(&source, &err) == 0, "%s", err.msg);
}

static const struct entry *
entry_of(const char *name)
{
	const struct entry *entry = judge_find(&judge, name);

	ck_assert_msg(entry != NULL, "no '%s'", name);
	return entry;
}

/* An entry's bytes are the text's, in pieces of at most `piece`. */
static void
reads(struct source *from, const char *name, const char *text, size_t piece)
{
	const struct entry *entry = entry_of(name);
	char got[256];
	size_t n = 0, len;

	ck_assert_int_eq(source_start(from, entry, &err), 0);
	do {
		ck_assert_msg(source_next(from, entry, got + n, piece, &len, &err) == 0, "%s",
			      err.msg);
		n += len;
	} while (len);
	source_end(from);
	got[n] = '\0';
	ck_assert_str_eq(got, text);
}

/* --- kinds --- */

static const struct {
	const char *head, *name, *suffix; /* suffix NULL: refused */
} told[] = {
	{"PK\3\4", "a.zip", "zip"},
	{"PK\3\4", "a.b.ZIP", "zip"},
	{"PK\5\6", "/tmp/a.zip", "zip"},
	{"\x1f\x8b\x08\x01", "a.tar.gz", "tar.gz"},
	{"\x1f\x8b\x08\x01", "a.TGZ", "tgz"},
	{"BZh9", "a.tar.bz2", "tar.bz2"},
	{"PK\3\4", "a.tar.gz", NULL},
	{"PK\3\4", "a.zip.bak", NULL},
	{"PK\3\4", "a.jar", NULL},
	{"PK\3\4", "azip", NULL},
	{"PK\3\4", "zip", NULL},
	{"PK\3\4", ".zip", NULL},
	{"PK\3\4", "", NULL},
	{"PK\7\10", "a.zip", NULL},
	{"\x1f\x8b\x08\x01", "a.gz", NULL},
	{"\x1f\x8b\x08\x01", "a.zip", NULL},
	{"\x1f\x8b\x08\x01", "a.tar.bz2", NULL},
	{"BZh9", "a.tar.gz", NULL},
	{"BZh9", "a.tbz2", NULL},
	{"\xfd\x37zX", "a.tar.xz", NULL}, /* cut */
	{"\x28\xb5\x2f\xfd", "a.tar.zst", NULL},
	{"text", "a.zip", NULL},
};

START_TEST(a_kind_is_told_by_content_and_name_agrees)
{
	char suffix[SOURCE_SUFFIX_MAX] = "unset";
	int result = source_tell_kind(told[_i].head, 4, told[_i].name, suffix, &err);

	if (told[_i].suffix) {
		ck_assert_int_eq(result, 0);
		ck_assert_str_eq(suffix, told[_i].suffix);
		return;
	}
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "kind");
	ck_assert_ptr_nonnull(strstr(err.msg, told[_i].name));
}
END_TEST

START_TEST(a_file_that_is_shorter_than_any_head)
{
	char suffix[SOURCE_SUFFIX_MAX];

	/* Without a name it is the first suffix of its kind. */
	ck_assert_int_eq(source_tell_kind("PK\3\4", 4, NULL, suffix, &err), 0);
	ck_assert_str_eq(suffix, "zip");
	ck_assert_int_eq(source_tell_kind("\x1f\x8b..", 4, NULL, suffix, &err), 0);
	ck_assert_str_eq(suffix, "tar.gz");
	ck_assert_int_eq(source_tell_kind("\xfd\x37zXZ\0\0", 8, "a.tar.xz", suffix, &err), 0);
	ck_assert_str_eq(suffix, "tar.xz");
	ck_assert_int_eq(source_tell_kind("text", 4, NULL, suffix, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "image '-' is no archive"));
	ck_assert_int_eq(source_tell_kind("PK\3", 3, "a.zip", suffix, &err), -1);
	ck_assert_int_eq(source_tell_kind("", 0, "a.zip", suffix, &err), -1);
	ck_assert_str_eq(err.rule, "kind");
	scratch_write("short.zip", "PK");
	ck_assert_int_eq(open_image("short.zip"), -1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

/* --- entries --- */

START_TEST(every_kind_gives_the_same_entries)
{
	open_well(images[_i]);
	ck_assert_uint_eq(judge.n_entries, COUNT(tree) - 1);
	ck_assert_int_eq(entry_of("bin")->kind, ENTRY_DIRECTORY);
	ck_assert_int_eq(entry_of("www")->mode, 0750);
	ck_assert_int_eq(entry_of("bin/enstratus-start")->mode, 0755);
	ck_assert_uint_eq(entry_of("www/page")->size, strlen(LONG));
	ck_assert_int_eq(entry_of("www/link")->kind, ENTRY_LINK);
	ck_assert_str_eq(entry_of("www/link")->target, "page");
	for (size_t piece = 1; piece < 128; piece = piece * 3 + 1) {
		reads(&source, "bin/enstratus-start", tree[1].content, piece);
		reads(&source, "www/empty", "", piece);
		reads(&source, "www/page", LONG, piece);
		reads(&source, "www/page", LONG, piece);
	}
}
END_TEST

START_TEST(what_was_confirmed_once_may_be_asked_again)
{
	open_well(images[_i]);
	ck_assert_int_eq(source_confirm(&source, &err), 0);
	ck_assert_int_eq(source_confirm(&source, &err), 0);
}
END_TEST

START_TEST(what_was_refused_is_refused_again)
{
	const struct item bad[] = {tree[0], {"www/../up", "x", S_IFREG | 0644}, {NULL, NULL, 0}};
	int result;

	scratch_zip("image.zip", bad);
	scratch_tar("image.tar.gz", archive_write_set_format_ustar, bad);
	scratch_tar("image.tar.bz2", archive_write_set_format_ustar, bad);
	result = open_image(images[_i]);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "name");
	ck_assert_str_eq(err.entry, "www/../up");
	ck_assert_int_eq(source_confirm(&source, &err), -1);
}
END_TEST

/* A zip tells where a link leads only in its data: that is judged in the thread. */
START_TEST(what_the_thread_refuses_is_told_by_whoever_confirms)
{
	const struct item bad[] = {tree[0], {"up", "../../x", S_IFLNK | 0777}, {NULL, NULL, 0}};

	scratch_zip("image.zip", bad);
	ck_assert_int_eq(open_image("image.zip"), 0);
	for (int i = 0; i < 2; i++) {
		err = ERR_INIT;
		ck_assert_int_eq(source_confirm(&source, &err), -1);
		ck_assert_int_eq(err_status(&err), 65);
		ck_assert_str_eq(err.rule, "link");
		ck_assert_str_eq(err.entry, "up");
	}
}
END_TEST

START_TEST(a_zip_can_be_shared_and_a_tar_cannot)
{
	bool is_tar = _i > 0;
	struct source copy;

	open_well(images[_i]);
	for (size_t i = 0; i < judge.n_entries; i++)
		if (judge.entries[i].kind == ENTRY_FILE)
			ck_assert(source_is_shareable(&source, &judge.entries[i]) == !is_tar);
	if (is_tar)
		return;
	source_share(&copy, &source);
	reads(&copy, "www/page", LONG, 200);
	reads(&source, "bin/enstratus-start", tree[1].content, 200);
	reads(&copy, "bin/enstratus-start", tree[1].content, 200);
	source_close(&copy);
	reads(&source, "www/page", LONG, 200);
}
END_TEST

/* An entry by another method than deflate is libzip's, which is no two threads'. */
START_TEST(a_method_of_the_second_reader_is_not_shared)
{
	zip_t *zip = zip_open(scratch_path("image.zip"), 0, NULL);

	ck_assert_int_eq(zip_set_file_compression(zip, 5, ZIP_CM_BZIP2, 0), 0);
	ck_assert_int_eq(zip_close(zip), 0);
	open_well("image.zip");
	ck_assert(!source_is_shareable(&source, entry_of("www/page")));
	ck_assert(source_is_shareable(&source, entry_of("www/empty")));
	reads(&source, "www/page", LONG, 200);
}
END_TEST

START_TEST(what_is_expected_last_does_not_bound_what_is_read)
{
	open_well(images[_i]);
	source_expect(&source, entry_of("bin/enstratus-start"));
	reads(&source, "bin/enstratus-start", tree[1].content, 200);
	source_expect(&source, entry_of("www/page"));
	reads(&source, "www/page", LONG, 200);
}
END_TEST

START_TEST(places_are_within_the_image)
{
	uint64_t offset, len, before = 0;
	struct stat st;

	open_well("image.zip");
	ck_assert_int_eq(fstat(image_fd, &st), 0);
	for (size_t i = 1; i < COUNT(tree) - 1; i++) {
		if (!S_ISREG(tree[i].mode))
			continue;
		source_place(&source, entry_of(tree[i].name), &offset, &len);
		ck_assert_uint_ge(offset, before);
		ck_assert_uint_le(offset + len, (uint64_t)st.st_size);
		before = offset;
	}
}
END_TEST

/* --- whole entries --- */

START_TEST(a_whole_entry_up_to_a_limit)
{
	struct buf text = BUF_INIT;

	open_well(images[_i]);
	ck_assert_int_eq(source_read(&source, entry_of("www/page"), strlen(LONG), &text, &err), 0);
	ck_assert_uint_eq(text.len, strlen(LONG));
	ck_assert_mem_eq(text.data, LONG, text.len);
	ck_assert_int_eq(source_read(&source, entry_of("www/page"), strlen(LONG) - 1, &text, &err),
			 -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_ptr_nonnull(strstr(err.msg, "'www/page' is larger than 47 bytes"));
	buf_free(&text);
}
END_TEST

/* Stored in a zip, the text can be found; of a tar the checksum of the whole tells. */
START_TEST(a_damaged_entry_is_refused)
{
	zip_t *zip = zip_open(scratch_path("image.zip"), 0, NULL);
	struct buf text = BUF_INIT;
	char *at;
	struct stat st;
	char *data;

	ck_assert_int_eq(zip_set_file_compression(zip, 5, ZIP_CM_STORE, 0), 0);
	ck_assert_int_eq(zip_close(zip), 0);
	ck_assert_int_eq(stat(scratch_path("image.zip"), &st), 0);
	data = malloc((size_t)st.st_size);
	memcpy(data, scratch_read("image.zip"), (size_t)st.st_size);
	at = memmem(data, (size_t)st.st_size, LONG, strlen(LONG));
	ck_assert_ptr_nonnull(at);
	at[3] = 'L';
	scratch_write_bytes("image.zip", data, (size_t)st.st_size);
	free(data);
	open_well("image.zip");
	ck_assert_int_eq(source_read(&source, entry_of("www/page"), 100, &text, &err), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.rule, "data");
	buf_free(&text);
	reads(&source, "bin/enstratus-start", tree[1].content, 200);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_kind_is_told_by_content_and_name_agrees, 0, COUNT(told));
	tcase_add_test(tc, a_file_that_is_shorter_than_any_head);
	tcase_add_loop_test(tc, every_kind_gives_the_same_entries, 0, COUNT(images));
	tcase_add_loop_test(tc, what_was_confirmed_once_may_be_asked_again, 0, COUNT(images));
	tcase_add_loop_test(tc, what_was_refused_is_refused_again, 0, COUNT(images));
	tcase_add_test(tc, what_the_thread_refuses_is_told_by_whoever_confirms);
	tcase_add_loop_test(tc, a_zip_can_be_shared_and_a_tar_cannot, 0, COUNT(images));
	tcase_add_test(tc, a_method_of_the_second_reader_is_not_shared);
	tcase_add_loop_test(tc, what_is_expected_last_does_not_bound_what_is_read, 0,
			    COUNT(images));
	tcase_add_test(tc, places_are_within_the_image);
	tcase_add_loop_test(tc, a_whole_entry_up_to_a_limit, 0, COUNT(images));
	tcase_add_test(tc, a_damaged_entry_is_refused);
}
