/* SPDX-License-Identifier: MIT */
/* test_extract - the tree of an archive, exactly, and nothing beside it. */
#include "image/extract.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <zip.h>

#include "base/proc.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TIME 1265333346

struct item {
	const char *name, *content; /* content NULL for a directory */
	mode_t mode;		    /* 0 for none stored */
};

static const struct item tree[] = {
	{"bin/", NULL, S_IFDIR | 0750},
	{"bin/enstratus-start", "#!/bin/sh\nexit 0\n", S_IFREG | 0755},
	{"cfg/", NULL, S_IFDIR | 0770},
	{"data/", NULL, S_IFDIR | 0700},
	{"log/old/", NULL, S_IFDIR | 0755},
	{"www/site/index.html", "hello hello hello hello hello hello\n", S_IFREG | 0644},
	{"www/site/empty", "", S_IFREG | 0600},
	{"www/site/group", "group", S_IFREG | 0664},
	{"www/site/all", "all", S_IFREG | 07777},
	{"www/current", "site", S_IFLNK | 0777},
	{"www/site/start", "../../bin/enstratus-start", S_IFLNK | 0777},
	{"www/site.txt", "beside the folder", S_IFREG | 0444},
};

static const struct tree_owner keep = {.change = false};
static struct judge judge;
static struct source source;
static struct arrival image;
static struct err err;
static int image_fd, target;
static mode_t old_mask;
static zip_int32_t method = -1; /* of all entries; -1 for stored and deflated in turn */

static void
begin(void)
{
	judge = JUDGE_INIT;
	source = SOURCE_INIT;
	err = ERR_INIT;
	image_fd = -1;
	arrival_open(&image, -1);
	old_mask = umask(022);
	scratch_mkdir("target/");
	target = openat(scratch_fd, "target", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
finish(void)
{
	source_close(&source);
	judge_free(&judge);
	arrival_close(&image);
	if (image_fd >= 0)
		close(image_fd);
	close(target);
	umask(old_mask);
}

static void
build(const struct item *items, size_t n)
{
	int code;
	zip_t *archive;

	archive = zip_open(scratch_path("image.zip"), ZIP_CREATE | ZIP_TRUNCATE, &code);
	ck_assert_ptr_nonnull(archive);
	for (size_t i = 0; i < n; i++) {
		const char *text = items[i].content ? items[i].content : "";
		zip_source_t *data = zip_source_buffer(archive, text, strlen(text), 0);
		zip_int64_t index = zip_file_add(archive, items[i].name, data, ZIP_FL_ENC_UTF_8);

		ck_assert_msg(index >= 0, "%s: %s", items[i].name, zip_strerror(archive));
		ck_assert_int_eq(zip_set_file_compression(archive, (zip_uint64_t)index,
							  method >= 0 ? method
							  : i % 2     ? ZIP_CM_DEFLATE
								      : ZIP_CM_STORE,
							  0),
				 0);
		ck_assert_int_eq(zip_file_set_external_attributes(
					 archive, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
					 (zip_uint32_t)items[i].mode << 16),
				 0);
		ck_assert_int_eq(zip_file_set_mtime(archive, (zip_uint64_t)index, TIME, 0), 0);
	}
	ck_assert_msg(zip_close(archive) == 0, "%s", zip_strerror(archive));
}

static int
try_image(void)
{
	image_fd = openat(scratch_fd, "image.zip", O_RDWR | O_CLOEXEC);
	arrival_close(&image);
	ck_assert_int_eq(arrival_open_whole(&image, image_fd, &err), 0);
	return source_open(&source, &image, &judge, &err);
}

static void
open_image(void)
{
	ck_assert_msg(try_image() == 0, "%s", err.msg);
}

/* Judges all, so that what is done to the file afterwards comes too late for the judge. */
static void
judge_image(void)
{
	open_image();
	ck_assert_msg(source_confirm(&source, &err) == 0, "%s", err.msg);
}

/* Exchanges bytes of the archive. */
static void
spoil(const void *from, const void *to, size_t len)
{
	static char bytes[1 << 16];
	int fd = openat(scratch_fd, "image.zip", O_RDWR | O_CLOEXEC);
	ssize_t n = pread(fd, bytes, sizeof bytes, 0);
	int found = 0;

	for (char *p = bytes; (p = memmem(p, (size_t)(bytes + n - p), from, len)); p += len) {
		ck_assert_int_eq(pwrite(fd, to, len, p - bytes), (ssize_t)len);
		found++;
	}
	ck_assert_int_gt(found, 0);
	close(fd);
}

static int
extract(const struct tree_owner *owner)
{
	return extract_tree(&source, &judge, target, owner, &err);
}

static void
assert_unsafe(int result, const char *shown)
{
	ck_assert_msg(result == -1, "extracted, but it should say '%s'", shown);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_msg(strstr(err.msg, shown), "'%s' does not say '%s'", err.msg, shown);
}

static const char *
within(const char *name)
{
	static char path[4096];
	size_t len = (size_t)snprintf(path, sizeof path, "target/%s", name);

	if (path[len - 1] == '/')
		path[len - 1] = '\0';
	return path;
}

static int n_found;

static int
count_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)path, (void)st, (void)kind, (void)walk;
	n_found++;
	return 0;
}

static int
count_beneath(const char *path)
{
	n_found = 0;
	nftw(path, count_one, 16, FTW_PHYS);
	return n_found - 1;
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

START_TEST(the_tree_is_as_the_archive_says_whatever_the_umask)
{
	static const mode_t masks[] = {0, 022, 077, 0777};
	char link[4096];
	int before;

	build(tree, COUNT(tree));
	judge_image(); /* whose thread has a descriptor of its own */
	before = count_descriptors();
	umask(masks[_i]);
	ck_assert_msg(extract(&keep) == 0, "%s", err.msg);
	ck_assert_uint_eq(umask(022), masks[_i]);
	ck_assert_int_eq(count_descriptors(), before);
	for (size_t i = 0; i < COUNT(tree); i++) {
		const char *name = within(tree[i].name);
		struct stat st;
		ssize_t n;

		ck_assert_int_eq(fstatat(scratch_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
		ck_assert_uint_eq(st.st_mode & S_IFMT, tree[i].mode & S_IFMT);
		if (S_ISLNK(st.st_mode)) {
			n = readlinkat(scratch_fd, name, link, sizeof link - 1);
			ck_assert_int_gt(n, 0);
			link[n] = '\0';
			ck_assert_str_eq(link, tree[i].content);
			continue;
		}
		ck_assert_uint_eq(st.st_mode & 07777,
				  (tree[i].mode & 0775) | (S_ISDIR(st.st_mode) ? 0700 : 0600));
		if (!tree[i].content)
			continue;
		ck_assert_int_eq(st.st_mtime, TIME);
		ck_assert_uint_eq(st.st_nlink, 1);
		ck_assert_str_eq(scratch_read(name), tree[i].content);
	}
	/* Made for what lies within them. */
	ck_assert_uint_eq(scratch_mode("target/www"), 0755);
	ck_assert_uint_eq(scratch_mode("target/www/site"), 0755);
	ck_assert_uint_eq(scratch_mode("target/log"), 0755);
	ck_assert_int_eq(count_beneath(scratch_path("target")), (int)COUNT(tree) + 3);
}
END_TEST

START_TEST(empty_directories_are_kept)
{
	build(tree, COUNT(tree));
	open_image();
	ck_assert_int_eq(extract(&keep), 0);
	ck_assert_int_eq(count_beneath(scratch_path("target/data")), 0);
	ck_assert_int_eq(count_beneath(scratch_path("target/log/old")), 0);
}
END_TEST

START_TEST(nothing_is_written_outside)
{
	scratch_write("canary", "alive");
	scratch_write("target.txt", "alive");
	build(tree, COUNT(tree));
	open_image();
	ck_assert_int_eq(extract(&keep), 0);
	ck_assert_str_eq(scratch_read("canary"), "alive");
	ck_assert_str_eq(scratch_read("target.txt"), "alive");
	/* The image, the canaries and the target with what it holds. */
	ck_assert_int_eq(count_beneath(scratch_dir), 4 + (int)COUNT(tree) + 3);
}
END_TEST

START_TEST(many_files_in_many_directories_are_written_whole)
{
	enum { N = 700 };
	static char names[N][64], contents[N][64];
	static struct item items[N];

	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof names[i], "%s/%d/%d", i % 3 ? "bin" : "www/deep/er",
			 i % 7, i);
		snprintf(contents[i], sizeof contents[i], "the content of file %d\n", i);
		items[i] = (struct item){names[i], contents[i], S_IFREG | 0640};
	}
	build(items, N);
	open_image();
	ck_assert_msg(extract(&keep) == 0, "%s", err.msg);
	for (int i = 0; i < N; i++) {
		ck_assert_str_eq(scratch_read(within(names[i])), contents[i]);
		ck_assert_uint_eq(scratch_mode(within(names[i])), 0640);
	}
}
END_TEST

START_TEST(large_entries_are_written_whole)
{
	enum { SIZE = 3 << 18 };
	char *content = malloc(SIZE + 1);
	struct item items[] = {{"bin/stored", content, S_IFREG | 0755},
			       {"bin/deflated", content, S_IFREG | 0755}};

	for (int i = 0; i < SIZE; i++)
		content[i] = (char)('a' + i % 23 + (i >> 12) % 3);
	content[SIZE] = '\0';
	build(items, COUNT(items));
	open_image();
	ck_assert_msg(extract(&keep) == 0, "%s", err.msg);
	ck_assert(strcmp(scratch_read("target/bin/stored"), content) == 0);
	ck_assert(strcmp(scratch_read("target/bin/deflated"), content) == 0);
	free(content);
}
END_TEST

START_TEST(everything_gets_the_given_owner)
{
	static const struct tree_owner other = {.change = true, .uid = 12345, .gid = 12346};
	struct stat st;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped the owner of a tree: not root\n");
		return;
	}
	build(tree, COUNT(tree));
	open_image();
	ck_assert_msg(extract(&other) == 0, "%s", err.msg);
	for (size_t i = 0; i < COUNT(tree); i++) {
		ck_assert_int_eq(
			fstatat(scratch_fd, within(tree[i].name), &st, AT_SYMLINK_NOFOLLOW), 0);
		ck_assert_uint_eq(st.st_uid, 12345);
		ck_assert_uint_eq(st.st_gid, 12346);
		if (S_ISREG(st.st_mode)) /* a change of owner may not change the mode */
			ck_assert_uint_eq(st.st_mode & 07777, (tree[i].mode & 0775) | 0600);
	}
	ck_assert_int_eq(fstatat(scratch_fd, "target/www/site", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_int_eq(fstat(target, &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 12346);
	/* This thread is itself again. */
	scratch_write("own", "");
	ck_assert_int_eq(fstatat(scratch_fd, "own", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_uint_eq(st.st_gid, getegid());
}
END_TEST

START_TEST(a_pending_signal_stops_the_extraction)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
	sigset_t mask, old;
	int before, result, got;

	build(tree, COUNT(tree));
	judge_image(); /* whose thread has a descriptor of its own */
	before = count_descriptors();
	sigprocmask(SIG_SETMASK, NULL, &old);
	proc_hold_signals();
	ck_assert_int_eq(kill(getpid(), signals[_i]), 0); /* pending for every thread */
	result = extract(&keep);
	sigemptyset(&mask);
	sigaddset(&mask, signals[_i]);
	ck_assert_int_eq(sigwait(&mask, &got), 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, ERR_STATUS);
	ck_assert_int_eq(err_status(&err), 128 + signals[_i]);
	ck_assert(!scratch_exists("target/www/site.txt"));
	ck_assert_int_eq(count_descriptors(), before);
	ck_assert_uint_eq(umask(022), 022);
}
END_TEST

START_TEST(damaged_content_is_an_error_that_leaves_nothing_open)
{
	static const struct item items[] = {
		{"bin/a", "first", S_IFREG | 0755},
		{"bin/b", "b", S_IFREG | 0755},
		{"bin/damaged", "what is stored", S_IFREG | 0755},
		{"www/c", "c", S_IFREG | 0755},
	};
	int before;

	build(items, COUNT(items));
	spoil("what is stored", "what is sTored", 14);
	judge_image(); /* whose thread has a descriptor of its own */
	before = count_descriptors();
	assert_unsafe(extract(&keep), "bin/damaged");
	ck_assert_int_eq(count_descriptors(), before);
	ck_assert_uint_eq(umask(022), 022);
}
END_TEST

START_TEST(a_directory_that_is_not_empty_is_an_error_and_keeps_its_files)
{
	build(tree, COUNT(tree));
	open_image();
	scratch_write(_i ? "target/www/site/index.html" : "target/bin/enstratus-start", "mine");
	ck_assert_int_eq(extract(&keep), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	ck_assert_str_eq(
		scratch_read(_i ? "target/www/site/index.html" : "target/bin/enstratus-start"),
		"mine");
}
END_TEST

START_TEST(a_link_in_the_directory_is_not_followed)
{
	build(tree, COUNT(tree));
	open_image();
	scratch_mkdir("outside/");
	ck_assert_int_eq(symlinkat("../outside", scratch_fd, "target/www"), 0);
	ck_assert_int_eq(extract(&keep), -1);
	ck_assert_int_eq(count_beneath(scratch_path("outside")), 0);
}
END_TEST

START_TEST(links_that_leave_only_together_never_stand)
{
	static const struct item items[] = {
		{"bin/a", "", S_IFREG | 0755},
		{"x/y/up", "../..", S_IFLNK | 0777},
		{"evil", "x/y/up/../canary", S_IFLNK | 0777},
	};

	scratch_write("canary", "outside");
	build(items, COUNT(items));
	assert_unsafe(try_image() ? -1 : extract(&keep), "evil");
	ck_assert(!scratch_exists("target/evil"));
}
END_TEST

START_TEST(a_link_leads_where_it_was_judged_to_whatever_the_image_holds_by_then)
{
	static const struct item items[] = {{"bin/a", "", S_IFREG | 0755},
					    {"b", "", S_IFREG | 0755},
					    {"link", "aa/aa/etc", S_IFLNK | 0777}};
	char link[64];

	build(items, COUNT(items));
	judge_image();
	spoil("aa/aa/etc", "../../etc", 9);
	ck_assert_msg(extract(&keep) == 0, "%s", err.msg);
	ck_assert_int_eq(readlinkat(scratch_fd, "target/link", link, sizeof link), 9);
	ck_assert_mem_eq(link, "aa/aa/etc", 9);
}
END_TEST

START_TEST(a_link_whose_data_is_spoilt_is_refused)
{
	static const char content[] = "target/target/target/target/target/target/target/target";
	static const struct item items[] = {{"bin/", NULL, S_IFDIR | 0755},
					    {"link", content, S_IFLNK | 0777}};
	char junk[64];
	const struct central_entry *entry;
	uint64_t data;

	build(items, COUNT(items));
	open_image();
	ck_assert_int_eq(source_confirm(&source, &err), 0);
	entry = &source.zip.central.entries[1];
	ck_assert_uint_eq(entry->method, CENTRAL_DEFLATED);
	ck_assert_uint_lt(entry->compressed, sizeof junk);
	data = entry->offset + 30 + 4;
	memset(junk, 0xff, sizeof junk);
	ck_assert_int_eq(pwrite(image_fd, junk, (size_t)entry->compressed, (off_t)data),
			 (ssize_t)entry->compressed);
	source_close(&source);
	judge_free(&judge);
	open_image();
	assert_unsafe(extract(&keep), "link");
	ck_assert(!scratch_exists("target/link"));
}
END_TEST

START_TEST(a_link_longer_than_it_says_is_refused)
{
	static const size_t lengths[] = {11, 100, 4094, 4095, 4096, 5000};
	static char content[5001];
	struct item items[] = {{"bin/a", "", S_IFREG | 0755}, {"link", content, S_IFLNK | 0777}};
	unsigned char from[4], to[4] = {10, 0, 0, 0};

	memset(content, 'x', lengths[_i]);
	content[lengths[_i]] = '\0';
	for (int i = 0; i < 4; i++)
		from[i] = (unsigned char)(lengths[_i] >> 8 * i);
	build(items, COUNT(items));
	{
		/* The size is at 22 of the local header and at 24 of the central one. */
		static unsigned char bytes[1 << 16];
		int fd = openat(scratch_fd, "image.zip", O_RDWR | O_CLOEXEC), found = 0;
		ssize_t n = pread(fd, bytes, sizeof bytes, 0);

		for (ssize_t i = 0; i + 50 < n; i++) {
			int at = memcmp(bytes + i, "PK\3\4", 4) == 0   ? 22
				 : memcmp(bytes + i, "PK\1\2", 4) == 0 ? 24
								       : 0;

			if (at && memcmp(bytes + i + at, from, 4) == 0) {
				ck_assert_int_eq(pwrite(fd, to, 4, i + at), 4);
				found++;
			}
		}
		ck_assert_int_eq(found, 2);
		close(fd);
	}
	ck_assert_int_eq(try_image() ? -1 : extract(&keep), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert(!scratch_exists("target/link"));
}
END_TEST

/*
 * Stored, deflated, and one that is left to libzip; the target is read whole, then fails its
 * CRC.
 */
START_TEST(a_link_whose_crc_is_wrong_is_refused)
{
	static const zip_int32_t methods[] = {ZIP_CM_STORE, ZIP_CM_DEFLATE, ZIP_CM_BZIP2};
	static const size_t lengths[] = {10, 2047, 3000, 4095};
	static char content[4096], junk[4] = {1, 2, 3, 4};
	static unsigned char bytes[1 << 16];
	struct item items[] = {{"bin/", NULL, S_IFDIR | 0755}, {"link", content, S_IFLNK | 0777}};
	ssize_t n;
	int fd;

	memset(content, 'x', lengths[_i % 4]);
	content[lengths[_i % 4]] = '\0';
	method = methods[_i / 4];
	build(items, COUNT(items));
	method = -1;
	/* The CRC is at 14 of a local header and at 16 of a central one. */
	fd = openat(scratch_fd, "image.zip", O_RDWR | O_CLOEXEC);
	n = pread(fd, bytes, sizeof bytes, 0);
	for (ssize_t i = 0; i + 50 < n; i++)
		if (memcmp(bytes + i, "PK\3\4", 4) == 0 && memcmp(bytes + i + 30, "link", 4) == 0)
			ck_assert_int_eq(pwrite(fd, junk, 4, i + 14), 4);
		else if (memcmp(bytes + i, "PK\1\2", 4) == 0 &&
			 memcmp(bytes + i + 46, "link", 4) == 0)
			ck_assert_int_eq(pwrite(fd, junk, 4, i + 16), 4);
	close(fd);
	ck_assert_int_eq(try_image() ? -1 : extract(&keep), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert(!scratch_exists("target/link"));
}
END_TEST

START_TEST(an_image_cut_since_it_was_judged_is_refused)
{
	build(tree, COUNT(tree));
	judge_image();
	ck_assert_int_eq(ftruncate(image_fd, 100), 0);
	ck_assert_int_eq(extract(&keep), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
}
END_TEST

START_TEST(a_full_disk_is_an_io_error)
{
	sigset_t old, mask;
	struct item items[] = {{"bin/a", "longer than the limit of a file", S_IFREG | 0755}};
	struct rlimit limit, small;
	int result;

	build(items, COUNT(items));
	open_image();
	sigemptyset(&mask);
	sigaddset(&mask, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &mask, &old);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 10;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	result = extract(&keep);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	/* The signal stays pending and blocked, where a test has no process of its own. */
	(void)old;
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, "bin/a"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, the_tree_is_as_the_archive_says_whatever_the_umask, 0, 4);
	tcase_add_test(tc, empty_directories_are_kept);
	tcase_add_test(tc, nothing_is_written_outside);
	tcase_add_test(tc, many_files_in_many_directories_are_written_whole);
	tcase_add_test(tc, large_entries_are_written_whole);
	tcase_add_test(tc, everything_gets_the_given_owner);
	tcase_add_loop_test(tc, a_pending_signal_stops_the_extraction, 0, 3);
	tcase_add_test(tc, damaged_content_is_an_error_that_leaves_nothing_open);
	tcase_add_loop_test(tc, a_directory_that_is_not_empty_is_an_error_and_keeps_its_files, 0,
			    2);
	tcase_add_test(tc, a_link_in_the_directory_is_not_followed);
	tcase_add_test(tc, links_that_leave_only_together_never_stand);
	tcase_add_test(tc, a_link_leads_where_it_was_judged_to_whatever_the_image_holds_by_then);
	tcase_add_test(tc, a_link_whose_data_is_spoilt_is_refused);
	tcase_add_loop_test(tc, a_link_longer_than_it_says_is_refused, 0, 6);
	tcase_add_loop_test(tc, a_link_whose_crc_is_wrong_is_refused, 0, 12);
	tcase_add_test(tc, an_image_cut_since_it_was_judged_is_refused);
	tcase_add_test(tc, a_full_disk_is_an_io_error);
}
