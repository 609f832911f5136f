/* SPDX-License-Identifier: MIT */
/* test_zip - archives whole, cut, damaged and hostile: read right, or refused. */
#include "image/zip.h"

#include <check.h>
#include <dirent.h>
#include <zip.h>

#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ARCHIVE_MAX (1 << 18)

struct item {
	const char *name, *content; /* content NULL for a directory */
	mode_t mode;		    /* 0 for none stored */
	zip_int32_t method;
	zip_uint16_t encryption;
};

static const struct item good[] = {
	{"bin/", NULL, S_IFDIR | 0755, 0, 0},
	{"bin/enstratus-start", "#!/bin/sh\nexit 0\n", S_IFREG | 0755, ZIP_CM_STORE, 0},
	{"cfg/", NULL, S_IFDIR | 0770, 0, 0},
	{"www/index.html", "hello hello hello hello hello hello hello\n", S_IFREG | 0644,
	 ZIP_CM_DEFLATE, 0},
	{"www/empty", "", S_IFREG | 0600, ZIP_CM_STORE, 0},
	{"www/link", "index.html", S_IFLNK | 0777, ZIP_CM_STORE, 0},
};

static unsigned char bytes[ARCHIVE_MAX];
static size_t n_bytes;
static struct judge judge;
static struct zip_reader reader;
static struct err err;
static struct arrival image;
static int image_fd = -1;

/* Writes an archive of these items; its bytes are then at hand to be spoiled. */
static void
build(const struct item *items, size_t n)
{
	int code, fd;
	zip_t *archive;
	ssize_t got;

	unlinkat(scratch_fd, "image.zip", 0);
	archive = zip_open(scratch_path("image.zip"), ZIP_CREATE | ZIP_EXCL, &code);
	ck_assert_ptr_nonnull(archive);
	for (size_t i = 0; i < n; i++) {
		const char *text = items[i].content ? items[i].content : "";
		zip_source_t *source = zip_source_buffer(archive, text, strlen(text), 0);
		/* libzip adds a slash of its own to zip_dir_add: all are added as files. */
		zip_int64_t index = zip_file_add(archive, items[i].name, source, ZIP_FL_ENC_UTF_8);

		ck_assert_msg(index >= 0, "%s: %s", items[i].name, zip_strerror(archive));
		ck_assert_int_eq(zip_set_file_compression(
					 archive, (zip_uint64_t)index,
					 items[i].content ? items[i].method : ZIP_CM_STORE, 0),
				 0);
		if (items[i].encryption)
			ck_assert_int_eq(zip_file_set_encryption(archive, (zip_uint64_t)index,
								 items[i].encryption, "word"),
					 0);
		ck_assert_int_eq(zip_file_set_external_attributes(
					 archive, (zip_uint64_t)index, 0,
					 items[i].mode ? ZIP_OPSYS_UNIX : ZIP_OPSYS_DOS,
					 (zip_uint32_t)items[i].mode << 16),
				 0);
		ck_assert_int_eq(zip_file_set_mtime(archive, (zip_uint64_t)index, 1265333346, 0),
				 0);
	}
	ck_assert_msg(zip_close(archive) == 0, "%s", zip_strerror(archive));
	fd = openat(scratch_fd, "image.zip", O_RDONLY | O_CLOEXEC);
	got = read(fd, bytes, sizeof bytes);
	ck_assert_int_gt(got, 0);
	ck_assert_int_lt(got, ARCHIVE_MAX);
	n_bytes = (size_t)got;
	close(fd);
}

/* The nth place, counted from 0, where these bytes stand in the archive. */
static size_t
place_of(const char *what, size_t len, int nth)
{
	unsigned char *p = bytes;

	for (;; p++) {
		p = memmem(p, n_bytes - (size_t)(p - bytes), what, len);
		ck_assert_ptr_nonnull(p);
		if (nth-- == 0)
			return (size_t)(p - bytes);
	}
}

static void
replace(const char *from, const char *to, size_t len, int nth)
{
	memcpy(bytes + place_of(from, len, nth), to, len);
}

static void
put(size_t at, unsigned value, int width)
{
	for (int i = 0; i < width; i++)
		bytes[at + (size_t)i] = (unsigned char)(value >> 8 * i);
}

/* The whole file behind fd as an image: its directory, then all the rest that is judged. */
static int
open_image(int fd)
{
	arrival_close(&image);
	return arrival_open_whole(&image, fd, &err) ||
			       zip_reader_open(&reader, &image, &judge, &err) ||
			       zip_reader_confirm(&reader, &judge, &err)
		       ? -1
		       : 0;
}

/* Opens what is in bytes now. */
static int
open_bytes(void)
{
	scratch_write_bytes("image.zip", bytes, n_bytes);
	if (image_fd >= 0)
		close(image_fd);
	image_fd = openat(scratch_fd, "image.zip", O_RDONLY | O_CLOEXEC);
	return open_image(image_fd);
}

static void
close_all(void)
{
	zip_reader_close(&reader);
	judge_free(&judge);
	err = ERR_INIT;
}

static void
begin(void)
{
	judge = JUDGE_INIT;
	reader = ZIP_READER_INIT;
	err = ERR_INIT;
	arrival_open(&image, -1);
}

static void
finish(void)
{
	close_all();
	arrival_close(&image);
	if (image_fd >= 0)
		close(image_fd);
	image_fd = -1;
}

static void
assert_opened(int result)
{
	ck_assert_msg(result == 0, "%s", err.msg);
}

static void
assert_unsafe(int result, const char *shown)
{
	ck_assert_msg(result == -1, "accepted, but it should say '%s'", shown);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_msg(strstr(err.msg, shown), "'%s' does not say '%s'", err.msg, shown);
}

static const struct entry *
find(const char *name)
{
	for (size_t i = 0; i < judge.n_entries; i++)
		if (strcmp(judge.entries[i].name, name) == 0)
			return &judge.entries[i];
	ck_abort_msg("no entry '%s'", name);
	return NULL;
}

/* Reads an entry in pieces of this size; the text is good until the next call. */
static int
read_entry(const struct entry *entry, size_t piece, const char **out)
{
	static char text[ARCHIVE_MAX];
	size_t len = 0, n;
	int result;

	result = zip_reader_start(&reader, entry, &err);
	if (result == 0) {
		do {
			ck_assert_uint_lt(len + piece, sizeof text);
			result = zip_reader_next(&reader, entry, text + len, piece, &n, &err);
			if (result == 0)
				len += n;
		} while (result == 0 && n);
	}
	zip_reader_end(&reader);
	text[len] = '\0';
	*out = text;
	return result;
}

/* A reading that succeeds gives these items, to the last byte. */
static bool
reads_right(const struct item *items, size_t n)
{
	const char *text;

	for (size_t i = 0; i < judge.n_entries; i++) {
		const struct entry *entry = &judge.entries[i];
		bool known = false;

		if (entry->kind == ENTRY_DIRECTORY)
			continue;
		if (read_entry(entry, 4096, &text))
			return false;
		for (size_t k = 0; k < n; k++)
			known |= items[k].content && strcmp(items[k].name, entry->name) == 0 &&
				 strcmp(items[k].content, text) == 0;
		ck_assert_msg(known, "'%s' reads '%s'", entry->name, text);
	}
	return judge.n_entries == n;
}

static int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* --- whole archives --- */

START_TEST(a_whole_archive_is_read_right)
{
	static const size_t pieces[] = {1, 2, 7, 64, 4096};
	const char *text;

	build(good, COUNT(good));
	assert_opened(open_bytes());
	ck_assert_uint_eq(judge.n_entries, COUNT(good));
	for (size_t i = 0; i < COUNT(good); i++) {
		char name[64];
		const struct entry *entry;

		snprintf(name, sizeof name, "%s", good[i].name);
		if (!good[i].content)
			name[strlen(name) - 1] = '\0';
		entry = find(name);
		ck_assert_uint_eq(entry->index, i);
		ck_assert_int_eq(entry->mtime, 1265333346);
		ck_assert_int_eq(entry->kind, S_ISDIR(good[i].mode)   ? ENTRY_DIRECTORY
					      : S_ISLNK(good[i].mode) ? ENTRY_LINK
								      : ENTRY_FILE);
		if (entry->kind == ENTRY_FILE)
			ck_assert_uint_eq(entry->mode, good[i].mode & 0777);
		if (entry->kind == ENTRY_DIRECTORY)
			continue;
		ck_assert_uint_eq(entry->size,
				  entry->kind == ENTRY_FILE ? strlen(good[i].content) : 0);
		if (entry->kind == ENTRY_LINK)
			ck_assert_str_eq(entry->target, good[i].content);
		ck_assert_int_eq(read_entry(entry, pieces[_i], &text), 0);
		ck_assert_str_eq(text, good[i].content);
	}
}
END_TEST

START_TEST(an_archive_is_read_from_its_start_and_stays_the_callers)
{
	build(good, COUNT(good));
	image_fd = openat(scratch_fd, "image.zip", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(lseek(image_fd, 0, SEEK_END), 0);
	assert_opened(open_image(image_fd));
	/* Nothing else is ever opened: the name may go. */
	ck_assert_int_eq(unlinkat(scratch_fd, "image.zip", 0), 0);
	ck_assert(reads_right(good, COUNT(good)));
	zip_reader_close(&reader);
	ck_assert_int_ge(fcntl(image_fd, F_GETFD), 0);
}
END_TEST

START_TEST(closing_leaves_the_empty_value_and_accepts_it)
{
	build(good, COUNT(good));
	assert_opened(open_bytes());
	ck_assert_int_eq(zip_reader_start(&reader, find("www/index.html"), &err), 0);
	zip_reader_close(&reader); /* with an entry open */
	ck_assert_ptr_null(reader.image);
	ck_assert_ptr_null(reader.libzip);
	ck_assert_ptr_null(reader.stream);
	ck_assert_ptr_null(reader.central.entries);
	zip_reader_close(&reader);
	zip_reader_end(&reader);
}
END_TEST

START_TEST(an_archive_of_another_system_gets_harmless_modes)
{
	static const struct item items[] = {{"bin/", NULL, 0, 0, 0},
					    {"bin/x", "text", 0, ZIP_CM_DEFLATE, 0}};

	build(items, COUNT(items));
	assert_opened(open_bytes());
	ck_assert_uint_eq(find("bin")->mode, 0755);
	ck_assert_uint_eq(find("bin/x")->mode, 0644);
	ck_assert_int_eq(find("bin/x")->kind, ENTRY_FILE);
}
END_TEST

START_TEST(a_comment_is_no_fault)
{
	static const char comment[] = "packed by a tool";

	build(good, COUNT(good));
	put(n_bytes - 2, sizeof comment - 1, 2);
	memcpy(bytes + n_bytes, comment, sizeof comment - 1);
	n_bytes += sizeof comment - 1;
	assert_opened(open_bytes());
	ck_assert(reads_right(good, COUNT(good)));
}
END_TEST

/* --- what is no archive --- */

static const struct {
	const char *content;
	size_t len;
} no_archives[] = {{"", 0},
		   {"P", 1},
		   {"PK\3\4", 4},
		   {"PK\5\6", 4},
		   {"#!/bin/sh\n", 10},
		   {"\x1f\x8b\x08\0\0\0\0\0", 8},
		   /* an archive of nothing is whole, and lacks bin/ */
		   {"PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22}};

START_TEST(what_is_no_archive_is_refused)
{
	int before;

	memcpy(bytes, no_archives[_i].content, no_archives[_i].len);
	n_bytes = no_archives[_i].len;
	before = count_descriptors();
	assert_unsafe(open_bytes(), "");
	zip_reader_close(&reader);
	ck_assert_int_eq(count_descriptors(), before + 1); /* image_fd */
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_read_is_an_error_that_leaves_nothing_open)
{
	int ends[2] = {-1, -1}, before, fd = -1;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	scratch_write("file", "");
	if (_i == 0)
		fd = ends[0];
	else if (_i == 1)
		fd = fcntl(scratch_fd, F_DUPFD_CLOEXEC, 3);
	else if (_i == 2)
		fd = openat(scratch_fd, "file", O_WRONLY | O_CLOEXEC);
	before = count_descriptors();
	ck_assert_int_eq(open_image(fd), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	zip_reader_close(&reader);
	ck_assert_int_eq(count_descriptors(), before);
	if (_i == 1 || _i == 2)
		close(fd);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(an_archive_cut_anywhere_is_refused_or_read_right)
{
	size_t whole;
	int before;

	build(good, COUNT(good));
	whole = n_bytes;
	ck_assert_int_eq(open_bytes(), 0);
	close_all();
	before = count_descriptors();
	for (size_t n = 0; n < whole; n += 7) {
		n_bytes = n;
		if (open_bytes() == 0)
			ck_assert_msg(reads_right(good, COUNT(good)), "cut at %zu", n);
		else
			ck_assert_int_eq(err.kind, ERR_UNSAFE);
		close_all();
		ck_assert_int_eq(count_descriptors(), before);
	}
}
END_TEST

START_TEST(bytes_before_or_after_an_archive_are_refused)
{
	build(good, COUNT(good));
	if (_i == 0) {
		memmove(bytes + 10, bytes, n_bytes);
		memcpy(bytes, "#!/bin/sh\n", 10);
	} else {
		memcpy(bytes + n_bytes, "#!/bin/sh\n", 10);
	}
	n_bytes += 10;
	assert_unsafe(open_bytes(), "archive");
}
END_TEST

START_TEST(an_archive_that_begins_in_the_middle_is_refused_or_read_right)
{
	size_t whole;

	build(good, COUNT(good));
	whole = n_bytes;
	for (size_t n = 7; n < whole; n += 7) {
		build(good, COUNT(good));
		memmove(bytes, bytes + n, whole - n);
		n_bytes = whole - n;
		if (open_bytes() == 0)
			ck_assert(reads_right(good, COUNT(good)));
		close_all();
	}
}
END_TEST

/* --- damage --- */

START_TEST(a_damaged_byte_of_content_is_told_at_reading)
{
	static const struct item items[] = {
		{"bin/x", "stored content, each byte of it", S_IFREG | 0755, ZIP_CM_STORE, 0},
		{"bin/y", "deflated content content content content", S_IFREG | 0755,
		 ZIP_CM_DEFLATE, 0},
	};
	size_t at, len, n_told = 0;
	const char *text;

	build(&items[_i], 1);
	at = 30 + strlen(items[_i].name) + bytes[28] + 256u * bytes[29];
	len = bytes[18] + 256u * bytes[19];
	ck_assert_uint_gt(len, 10);
	for (size_t i = 0; i < len; i++) {
		bytes[at + i] ^= 0x20;
		assert_opened(open_bytes());
		/* A deflated text has a few bits that mean nothing, or the same. */
		if (read_entry(find(items[_i].name), 8, &text) == 0) {
			ck_assert_int_eq(_i, 1);
			ck_assert_str_eq(text, items[_i].content);
		} else {
			n_told++;
			ck_assert_int_eq(err.kind, ERR_UNSAFE);
			ck_assert_ptr_nonnull(strstr(err.msg, items[_i].name));
		}
		close_all();
		bytes[at + i] ^= 0x20;
	}
	ck_assert_uint_ge(n_told, len - 2);
}
END_TEST

/* Whatever byte is exchanged: refused, told at reading, or without effect on any content. */
START_TEST(a_damaged_byte_anywhere_never_gives_other_content)
{
	static const struct item items[] = {
		{"bin/x", "stored", S_IFREG | 0755, ZIP_CM_STORE, 0},
		{"bin/y", "deflated deflated deflated", S_IFREG | 0755, ZIP_CM_DEFLATE, 0},
	};

	build(items, COUNT(items));
	for (size_t i = 0; i < n_bytes; i++) {
		bytes[i] ^= (unsigned char)_i;
		if (open_bytes() == 0)
			reads_right(items, COUNT(items));
		close_all();
		bytes[i] ^= (unsigned char)_i;
	}
}
END_TEST

START_TEST(a_size_that_lies_is_refused_or_told_at_reading)
{
	static const unsigned sizes[] = {0, 1, 39, 41, 1000, 0x7fffffff};
	struct item item = {"bin/x", "0123456789012345678901234567890123456789", S_IFREG | 0755,
			    _i % 2 ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0};
	const char *text;
	size_t central;

	build(&item, 1);
	central = place_of("PK\1\2", 4, 0);
	put(22, sizes[_i / 2], 4);
	put(central + 24, sizes[_i / 2], 4);
	if (open_bytes() == 0)
		ck_assert_int_eq(read_entry(find("bin/x"), 4096, &text), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
}
END_TEST

/* --- hostile archives --- */

START_TEST(local_and_central_header_must_agree)
{
	static const struct item item = {"bin/good", "text", S_IFREG | 0755, ZIP_CM_STORE, 0};

	build(&item, 1);
	replace("bin/good", "bin/evil", 8, _i);
	assert_unsafe(open_bytes(), "archive");
}
END_TEST

/*
 * Puts another directory behind the first one and the entries' bytes: the same, of its first n
 * entries.  It is the first one's comment, so that a reader may take either.
 */
static void
add_directory(int n)
{
	size_t first = place_of("PK\1\2", 4, 0), end = place_of("PK\5\6", 4, 0);
	size_t len = place_of("PK", 2, (int)COUNT(good) + n) - first;

	put(end + 20, (unsigned)(len + 22), 2);
	memcpy(bytes + end + 22, bytes + first, len);
	memcpy(bytes + end + 22 + len, bytes + end, 22);
	first = end + 22;
	end = first + len;
	put(end + 8, (unsigned)n, 2);
	put(end + 10, (unsigned)n, 2);
	put(end + 12, (unsigned)len, 4);
	put(end + 16, (unsigned)first, 4);
	put(end + 20, 0, 2);
	n_bytes = end + 22;
}

START_TEST(two_directories_of_different_lengths_are_refused)
{
	build(good, COUNT(good));
	add_directory((int)COUNT(good) - _i);
	if (_i)
		assert_unsafe(open_bytes(), "the archive's directory is described in two ways");
	else
		assert_opened(open_bytes());
}
END_TEST

START_TEST(two_directories_that_disagree_on_an_entry_are_refused)
{
	build(good, COUNT(good));
	add_directory(COUNT(good));
	/* The mode, which no header beside the data has. */
	bytes[place_of("PK\1\2", 4, 1) + 40] ^= 0111;
	assert_unsafe(open_bytes(), "'bin/enstratus-start' is described in two ways");
}
END_TEST

#define A21 "aaaaaaaaaaaaaaaaaaaaa"
#define A84 A21 A21 A21 A21
#define B7 "\xb0\xb0\xb0\xb0\xb0\xb0\xb0"
#define B84 B7 B7 B7 B7 B7 B7 B7 B7 B7 B7 B7 B7

/* A name of the same length is put in the place of one that libzip accepts. */
static const struct {
	const char *stored, *name, *says;
} hostile[] = {
	{"../x", NULL, "'..'"},
	{"bin/../../x", NULL, "'..'"},
	{"/etc/passwd", NULL, "absolute"},
	{"bin\\x", NULL, "backslash"},
	{"C:/x", NULL, "drive"},
	{"a/./x", NULL, "'.'"},
	{"a//b", NULL, "empty component"},
	{"bin/aab", "bin/a\nb", "control"},
	{"bin/aab",
	 "bin/a\x1b"
	 "b",
	 "control"},
	/* Said to be UTF-8, and none. */
	{"bin/\xc3\xbc", "bin/a\xff", "UTF-8"},
	{"bin/\xc3\xbc", "bin/\xc0\xaf", "UTF-8"},
	/* Not said to be, and UTF-8 to one reader only. */
	{"bin/ab", "bin/\xc0\xaf", "in two ways"},
	/* A component of 88 bytes, that becomes one of 256. */
	{"bin/" A84 "aaaa", "bin/" B84 "aaaa", "too long a component"},
	{"bin/other", "bin/first", "bin/first"},
	{"bin/first1x", "bin/first/x", "bin/first"},
	{"bin/aab", "bin/a\0b", ""},
};

START_TEST(a_hostile_name_is_refused)
{
	struct item items[] = {{"bin/first", "text", S_IFREG | 0755, ZIP_CM_STORE, 0},
			       {hostile[_i].stored, "text", S_IFREG | 0644, ZIP_CM_STORE, 0}};
	int before = count_descriptors();

	build(items, COUNT(items));
	if (hostile[_i].name)
		for (int header = 0; header < 2; header++)
			replace(hostile[_i].stored, hostile[_i].name, strlen(hostile[_i].stored),
				0);
	assert_unsafe(open_bytes(), hostile[_i].says);
	zip_reader_close(&reader);
	ck_assert_int_eq(count_descriptors(), before + 1);
}
END_TEST

START_TEST(a_name_in_code_page_437_becomes_utf8)
{
	struct item items[] = {{"bin/first", "text", S_IFREG | 0755, ZIP_CM_STORE, 0},
			       {"www/+ber/", NULL, S_IFDIR | 0755, 0, 0},
			       {"www/+ber/a[b", "text", S_IFREG | 0644, ZIP_CM_STORE, 0}};
	const struct entry *entry;

	build(items, COUNT(items));
	for (int header = 0; header < 4; header++)
		replace("+ber",
			"\x9a"
			"ber",
			4, 0);
	for (int header = 0; header < 2; header++)
		replace("a[b",
			"a\xe1"
			"b",
			3, 0);
	ck_assert_msg(open_bytes() == 0, "%s", err.msg);
	ck_assert_uint_eq(judge.n_converted, 2);
	ck_assert_ptr_nonnull(judge_find(&judge, "bin/first"));
	entry = judge_find(&judge, "www/\xc3\x9c"
				   "ber");
	ck_assert_ptr_nonnull(entry);
	ck_assert_int_eq(entry->kind, ENTRY_DIRECTORY);
	entry = judge_find(&judge, "www/\xc3\x9c"
				   "ber/a\xc3\x9f"
				   "b");
	ck_assert_ptr_nonnull(entry);
	ck_assert_int_eq(entry->kind, ENTRY_FILE);
}
END_TEST

START_TEST(names_that_become_one_are_refused)
{
	struct item items[] = {
		{"bin/first", "text", S_IFREG | 0755, ZIP_CM_STORE, 0},
		{"www/\xc3\xbc", "said to be UTF-8", S_IFREG | 0644, ZIP_CM_STORE, 0},
		{"www/x", "not said to be", S_IFREG | 0644, ZIP_CM_STORE, 0}};

	build(items, COUNT(items));
	for (int header = 0; header < 2; header++)
		replace("www/x", "www/\x81", 5, 0);
	assert_unsafe(open_bytes(), "'www/\xc3\xbc' is there twice");
}
END_TEST

static const mode_t kinds[] = {S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK};

START_TEST(what_is_neither_file_nor_directory_nor_link_is_refused)
{
	struct item items[] = {{"bin/a", "", S_IFREG | 0755, ZIP_CM_STORE, 0},
			       {"bin/odd", "", kinds[_i] | 0644, ZIP_CM_STORE, 0}};

	build(items, COUNT(items));
	assert_unsafe(open_bytes(), "bin/odd");
}
END_TEST

static const zip_uint16_t encryptions[] = {ZIP_EM_TRAD_PKWARE, ZIP_EM_AES_128, ZIP_EM_AES_256};

START_TEST(an_encrypted_entry_is_refused)
{
	struct item item = {"bin/locked", "text", S_IFREG | 0755, ZIP_CM_DEFLATE, encryptions[_i]};

	build(&item, 1);
	assert_unsafe(open_bytes(), "encrypted");
	ck_assert_ptr_nonnull(strstr(err.msg, "bin/locked"));
}
END_TEST

START_TEST(an_unknown_method_is_refused)
{
	static const unsigned methods[] = {1, 6, 9, 18, 97, 98, 0xffff};
	static const struct item item = {"bin/odd", "text", S_IFREG | 0755, ZIP_CM_STORE, 0};

	build(&item, 1);
	put(8, methods[_i], 2);
	put(place_of("PK\1\2", 4, 0) + 10, methods[_i], 2);
	assert_unsafe(open_bytes(), "bin/odd");
}
END_TEST

static const struct {
	const char *name, *target, *says; /* says NULL for a link that is kept */
} links[] = {
	{"www/link", "index.html", NULL},
	{"www/link", "../cfg/x", NULL},
	{"www/link", "..", NULL},
	{"link", "nowhere/at/all", NULL},
	{"www/link", "../../x", "leave"},
	{"link", "..", "leave"},
	{"link", "../../../../etc/passwd", "leave"},
	{"link", "/etc/passwd", "link"},
	{"link", "", "link"},
	{"link", "a\nb", "link"},
};

START_TEST(a_link_is_judged_by_its_target)
{
	struct item items[] = {
		{"bin/a", "", S_IFREG | 0755, ZIP_CM_STORE, 0},
		{links[_i].name, links[_i].target, S_IFLNK | 0777, ZIP_CM_DEFLATE, 0}};

	build(items, COUNT(items));
	if (links[_i].says) {
		assert_unsafe(open_bytes(), links[_i].says);
	} else {
		assert_opened(open_bytes());
		ck_assert_int_eq(find(links[_i].name)->kind, ENTRY_LINK);
	}
}
END_TEST

START_TEST(links_that_leave_only_together_are_refused)
{
	/* up is the service directory itself; what stands above up/.. is not ours. */
	static const struct item items[] = {
		{"bin/a", "", S_IFREG | 0755, ZIP_CM_STORE, 0},
		{"x/y/up", "../..", S_IFLNK | 0777, ZIP_CM_STORE, 0},
		{"evil", "x/y/up/../../etc/passwd", S_IFLNK | 0777, ZIP_CM_STORE, 0},
	};

	build(items, COUNT(items));
	assert_unsafe(open_bytes(), "evil");
}
END_TEST

START_TEST(a_link_with_no_usable_target_is_refused)
{
	static char longest[5000];
	struct item items[] = {{"bin/a", "", S_IFREG | 0755, ZIP_CM_STORE, 0},
			       {"link", longest, S_IFLNK | 0777, ZIP_CM_STORE, 0}};

	memset(longest, 'x', sizeof longest - 1);
	longest[_i == 0 ? 4096 : sizeof longest - 1] = '\0';
	if (_i == 2)
		items[1].content = "targetxname";
	build(items, COUNT(items));
	if (_i == 2)
		replace("targetxname", "target\0name", 11, 0);
	assert_unsafe(open_bytes(), "link");
}
END_TEST

START_TEST(the_limits_are_the_judges)
{
	struct item items[] = {{"bin/a", "0123456789", S_IFREG | 0755, ZIP_CM_STORE, 0},
			       {"bin/b", "0123456789", S_IFREG | 0755, ZIP_CM_DEFLATE, 0}};

	build(items, COUNT(items));
	if (_i == 0)
		judge.limits.entry_bytes = 9;
	else if (_i == 1)
		judge.limits.total_bytes = 19;
	else
		judge.limits.entries = 1;
	assert_unsafe(open_bytes(), "");
}
END_TEST

START_TEST(an_image_without_bin_is_refused)
{
	static const struct item item = {"folder/bin/x", "", S_IFREG | 0755, ZIP_CM_STORE, 0};

	build(&item, 1);
	assert_unsafe(open_bytes(), "folder/");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_whole_archive_is_read_right, 0, 5);
	tcase_add_test(tc, an_archive_is_read_from_its_start_and_stays_the_callers);
	tcase_add_test(tc, closing_leaves_the_empty_value_and_accepts_it);
	tcase_add_test(tc, an_archive_of_another_system_gets_harmless_modes);
	tcase_add_test(tc, a_comment_is_no_fault);
	tcase_add_loop_test(tc, what_is_no_archive_is_refused, 0, (int)COUNT(no_archives));
	tcase_add_loop_test(
		tc, a_descriptor_that_cannot_be_read_is_an_error_that_leaves_nothing_open, 0, 4);
	tcase_add_test(tc, an_archive_cut_anywhere_is_refused_or_read_right);
	tcase_add_loop_test(tc, bytes_before_or_after_an_archive_are_refused, 0, 2);
	tcase_add_test(tc, an_archive_that_begins_in_the_middle_is_refused_or_read_right);
	tcase_add_loop_test(tc, a_damaged_byte_of_content_is_told_at_reading, 0, 2);
	tcase_add_loop_test(tc, a_damaged_byte_anywhere_never_gives_other_content, 1, 2);
	tcase_add_loop_test(tc, a_damaged_byte_anywhere_never_gives_other_content, 0x80, 0x81);
	tcase_add_loop_test(tc, a_damaged_byte_anywhere_never_gives_other_content, 0xff, 0x100);
	tcase_add_loop_test(tc, a_size_that_lies_is_refused_or_told_at_reading, 0, 12);
	tcase_add_loop_test(tc, local_and_central_header_must_agree, 0, 2);
	tcase_add_loop_test(tc, two_directories_of_different_lengths_are_refused, 0, 3);
	tcase_add_test(tc, two_directories_that_disagree_on_an_entry_are_refused);
	tcase_add_loop_test(tc, a_hostile_name_is_refused, 0, (int)COUNT(hostile));
	tcase_add_loop_test(tc, what_is_neither_file_nor_directory_nor_link_is_refused, 0,
			    (int)COUNT(kinds));
	tcase_add_loop_test(tc, an_encrypted_entry_is_refused, 0, (int)COUNT(encryptions));
	tcase_add_test(tc, a_name_in_code_page_437_becomes_utf8);
	tcase_add_test(tc, names_that_become_one_are_refused);
	tcase_add_loop_test(tc, an_unknown_method_is_refused, 0, 7);
	tcase_add_loop_test(tc, a_link_is_judged_by_its_target, 0, (int)COUNT(links));
	tcase_add_test(tc, links_that_leave_only_together_are_refused);
	tcase_add_loop_test(tc, a_link_with_no_usable_target_is_refused, 0, 3);
	tcase_add_loop_test(tc, the_limits_are_the_judges, 0, 3);
	tcase_add_test(tc, an_image_without_bin_is_refused);
}
