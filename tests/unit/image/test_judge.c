/* SPDX-License-Identifier: MIT */
/* test_judge - what an image may hold, name by name, limit by limit. */
#include "image/judge.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FILE_ S_IFREG | 0644
#define DIR_ S_IFDIR | 0755
#define LINK_ S_IFLNK | 0777
#define C255                                                               \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"012345678901234567890123456789012345678901234567890123456789012"
#define D32 "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/"

static struct judge judge;
static struct err err;

static void
begin(void)
{
	judge = JUDGE_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	judge_free(&judge);
}

static int
add_sized(const char *name, size_t len, mode_t mode, uint64_t size)
{
	struct judge_claim lock = {.name = name,
				   .name_len = len,
				   .mode = mode,
				   .size = size,
				   .mtime = 1265333346,
				   .index = judge.n_entries};

	return judge_add(&judge, &lock, &err);
}

static int
add(const char *name, mode_t mode)
{
	return add_sized(name, strlen(name), mode, 0);
}

static void
assert_says(const char *shown)
{
	ck_assert_msg(strstr(err.msg, shown), "'%s' does not say '%s'", err.msg, shown);
}

static void
assert_refused(int result, const char *shown)
{
	ck_assert_msg(result == -1, "accepted, but it should say '%s'", shown);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	assert_says(shown);
}

static const struct {
	const char *name;
	size_t len; /* 0 for that of the string */
	mode_t mode;
	const char *says; /* NULL for an entry that is kept */
} names[] = {
	/* what is fine */
	{"bin/enstratus-start", 0, FILE_, NULL},
	{"bin/", 0, DIR_, NULL},
	{"bin/", 0, 0, NULL},
	{"bin", 0, DIR_, NULL},
	{"bin/x", 0, 0, NULL},
	{"www/link", 0, LINK_, NULL},
	{"data/deep/er/and/deeper", 0, FILE_, NULL},
	{"...", 0, FILE_, NULL},
	{"a/...", 0, FILE_, NULL},
	{"..a", 0, FILE_, NULL},
	{"a..", 0, FILE_, NULL},
	{".hidden", 0, FILE_, NULL},
	{".a/.b", 0, FILE_, NULL},
	{"with blank and \xc3\xa9", 0, FILE_, NULL},
	{"\xe2\x82\xac/\xf0\x9f\x98\x80", 0, FILE_, NULL},
	{"-rf", 0, FILE_, NULL},
	{"$(reboot);`reboot`|&*?'\"", 0, FILE_, NULL},
	{"aa:b", 0, FILE_, NULL},
	{"1:b", 0, FILE_, NULL},
	{"a/c:b", 0, FILE_, NULL},
	{":", 0, FILE_, NULL},
	{C255, 0, FILE_, NULL},
	{D32 C255, 0, FILE_, NULL},
	{D32 D32, 0, DIR_, NULL}, /* 64 components */
	/* absolute, upwards, empty */
	{"", 0, FILE_, "name"},
	{"", 0, DIR_, "name"},
	{"/", 0, DIR_, "entry '/'"},
	{"//", 0, DIR_, "entry '//'"},
	{"/etc/passwd", 0, FILE_, "absolute"},
	{"//etc/passwd", 0, FILE_, "absolute"},
	{"/bin/", 0, DIR_, "absolute"},
	{"..", 0, DIR_, "'..'"},
	{"../", 0, DIR_, "'..'"},
	{"../x", 0, FILE_, "'..'"},
	{"bin/../x", 0, FILE_, "'..'"},
	{"bin/../../x", 0, FILE_, "'..'"},
	{"bin/..", 0, FILE_, "'..'"},
	{"bin/../", 0, DIR_, "'..'"},
	{"../../../../../../etc/cron.d/x", 0, FILE_, "'..'"},
	{".", 0, DIR_, "'.'"},
	{"././", 0, DIR_, "'.'"},
	{"././x", 0, FILE_, "'.'"},
	{"./.", 0, DIR_, "'.'"},
	{"./..", 0, DIR_, "'..'"},
	{"./../x", 0, FILE_, "'..'"},
	{".//", 0, DIR_, "entry '/'"},
	{".//etc/passwd", 0, FILE_, "absolute"},
	{"./C:/x", 0, FILE_, "drive"},
	{"bin/./x", 0, FILE_, "'.'"},
	{"bin/.", 0, FILE_, "'.'"},
	{"bin//x", 0, FILE_, "empty component"},
	{"bin//", 0, DIR_, "empty component"},
	{"bin///", 0, DIR_, "empty component"},
	/* another system's */
	{"bin\\x", 0, FILE_, "backslash"},
	{"..\\..\\x", 0, FILE_, "backslash"},
	{"\\", 0, FILE_, "backslash"},
	{"C:x", 0, FILE_, "drive"},
	{"C:/x", 0, FILE_, "drive"},
	{"c:", 0, FILE_, "drive"},
	{"z:/", 0, DIR_, "drive"},
	{"C:\\x", 0, FILE_, "entry 'C:\\x'"},
	/* bytes */
	{"bin/x\0.sh", 9, FILE_, "control"},
	{"\0", 1, FILE_, "control"},
	{"bin/x\n", 0, FILE_, "control"},
	{"bin/\r", 0, FILE_, "control"},
	{"bin/\t", 0, FILE_, "control"},
	{"bin/\x1b[2J", 0, FILE_, "entry 'bin/?[2J'"},
	{"bin/\x7f", 0, FILE_, "control"},
	{"bin/\xc2\x85", 0, FILE_, "control"},	  /* NEL */
	{"bin/\xc2\x9b[2J", 0, FILE_, "control"}, /* CSI */
	{"bin/\xe9", 0, FILE_, "UTF-8"},
	{"bin/\xc0\xaf", 0, FILE_, "UTF-8"},
	{"\xc0\xae\xc0\xae/x", 0, FILE_, "UTF-8"},
	{"bin/\xed\xa0\x80", 0, FILE_, "UTF-8"},
	{"bin/\xf4\x90\x80\x80", 0, FILE_, "UTF-8"},
	{"bin/\xe2\x82", 0, FILE_, "UTF-8"},
	/* lengths */
	{C255 "6", 0, FILE_, "too long"},
	{"a/" C255 "6/b", 0, FILE_, "too long"},
	{C255 "/" C255 "/" C255 "/" C255 "/", 0, DIR_, NULL},	      /* 1023 */
	{C255 "/" C255 "/" C255 "/" C255 "/x", 0, FILE_, "max-name"}, /* 1025 */
	{D32 D32 "x", 0, FILE_, "max-depth"},
	{D32 D32 "x/", 0, DIR_, "max-depth"},
	/* kinds */
	{"bin/fifo", 0, S_IFIFO | 0644, "neither"},
	{"bin/socket", 0, S_IFSOCK | 0644, "neither"},
	{"bin/character", 0, S_IFCHR | 0644, "neither"},
	{"bin/block", 0, S_IFBLK | 0644, "neither"},
	{"bin/unknown", 0, 0050644, "neither"},
	{"bin/unknown", 0, 0170644, "neither"},
	{"bin/x/", 0, FILE_, NULL}, /* the slash says what it is */
	{"bin/x/", 0, 0177777, NULL},
	{"bin/x/", 0, LINK_, "named like a directory"},
};

START_TEST(a_name_is_kept_as_it_is_or_refused_with_its_rule)
{
	size_t len = names[_i].len ? names[_i].len : strlen(names[_i].name), kept;
	int result = add_sized(names[_i].name, len, names[_i].mode, 0);

	if (names[_i].says) {
		assert_refused(result, names[_i].says);
		ck_assert_uint_eq(judge.n_entries, 0);
		ck_assert_uint_eq(judge.total_bytes, 0);
		for (const char *p = err.msg; *p; p++)
			ck_assert((unsigned char)*p >= 0x20 && *p != 0x7f);
		return;
	}
	ck_assert_msg(result == 0, "%s", err.msg);
	ck_assert_uint_eq(judge.n_entries, 1);
	kept = len - (names[_i].name[len - 1] == '/');
	ck_assert_uint_eq(strlen(judge.entries[0].name), kept);
	ck_assert_mem_eq(judge.entries[0].name, names[_i].name, kept);
	ck_assert_int_eq(judge.entries[0].mtime, 1265333346);
}
END_TEST

START_TEST(the_configuration_is_left_out)
{
	ck_assert_int_eq(add("bin/", DIR_), 0);
	ck_assert_int_eq(add("cfg/enstratus.cfg", FILE_), 0);
	ck_assert_int_eq(add("cfg/enstratus.cfg.sample", FILE_), 0);
	ck_assert_int_eq(judge_finish(&judge, &err), 0);
	ck_assert(judge.has_configuration);
	ck_assert_uint_eq(judge.n_entries, 2);
	ck_assert_ptr_null(judge_find(&judge, JUDGE_CONFIGURATION));
}
END_TEST

/* As tar(1) names what it packs from ".". */
START_TEST(a_dot_before_a_name_is_left_out)
{
	ck_assert_int_eq(add("./", DIR_), 0);
	ck_assert_uint_eq(judge.n_entries, 0);
	ck_assert_int_eq(add("./bin/", DIR_), 0);
	ck_assert_int_eq(add("./bin/x", FILE_), 0);
	ck_assert_uint_eq(judge.n_entries, 2);
	ck_assert_str_eq(judge.entries[0].name, "bin");
	ck_assert_str_eq(judge.entries[1].name, "bin/x");
	ck_assert_int_eq(add("bin/x", FILE_), 0);
	assert_refused(judge_finish(&judge, &err), "twice");
}
END_TEST

START_TEST(a_name_need_not_be_terminated)
{
	char name[4] = {'a', 'b', 'c', 'd'};

	ck_assert_int_eq(add_sized(name, sizeof name, FILE_, 0), 0);
	ck_assert_str_eq(judge.entries[0].name, "abcd");
}
END_TEST

static const struct {
	const char *name;
	mode_t claimed;
	enum entry_kind kind;
	mode_t mode;
	bool dropped;
} modes[] = {
	{"f", S_IFREG | 0644, ENTRY_FILE, 0644, false},
	{"f", S_IFREG | 0750, ENTRY_FILE, 0750, false},
	{"f", S_IFREG | 0775, ENTRY_FILE, 0775, false},
	{"f", S_IFREG | 0777, ENTRY_FILE, 0775, true},
	{"f", S_IFREG | 0666, ENTRY_FILE, 0664, true},
	{"f", S_IFREG | 0602, ENTRY_FILE, 0600, true},
	{"f", S_IFREG | 04755, ENTRY_FILE, 0755, true},
	{"f", S_IFREG | 02755, ENTRY_FILE, 0755, true},
	{"f", S_IFREG | 01755, ENTRY_FILE, 0755, true},
	{"f", S_IFREG | 07777, ENTRY_FILE, 0775, true},
	{"f", S_IFREG | 0444, ENTRY_FILE, 0644, false},
	{"f", S_IFREG, ENTRY_FILE, 0600, false},
	{"f", 0, ENTRY_FILE, 0644, false},
	{"f", 0755, ENTRY_FILE, 0755, false},
	{"f", 04755, ENTRY_FILE, 0755, true},
	{"d/", 0, ENTRY_DIRECTORY, 0755, false},
	{"d/", S_IFDIR | 0700, ENTRY_DIRECTORY, 0700, false},
	{"d/", S_IFDIR | 0555, ENTRY_DIRECTORY, 0755, false},
	{"d/", S_IFDIR, ENTRY_DIRECTORY, 0700, false},
	{"d/", S_IFDIR | 01777, ENTRY_DIRECTORY, 0775, true},
	{"d/", S_IFDIR | 02770, ENTRY_DIRECTORY, 0770, true},
	{"d", S_IFDIR | 0755, ENTRY_DIRECTORY, 0755, false},
	{"d/", 0770, ENTRY_DIRECTORY, 0770, false},
	{"l", S_IFLNK | 0777, ENTRY_LINK, 0775, false}, /* a link's mode means nothing */
};

START_TEST(a_mode_keeps_its_harmless_bits)
{
	ck_assert_int_eq(add(modes[_i].name, modes[_i].claimed), 0);
	ck_assert_int_eq(judge.entries[0].kind, modes[_i].kind);
	if (modes[_i].kind != ENTRY_LINK)
		ck_assert_uint_eq(judge.entries[0].mode, modes[_i].mode);
	ck_assert_uint_eq(judge.entries[0].mode & 07002, 0);
	ck_assert_uint_eq(judge.n_dropped_bits, modes[_i].dropped);
}
END_TEST

START_TEST(a_directory_with_content_of_its_own_is_refused)
{
	assert_refused(add_sized("bin/", 4, 0, 1), "'bin/'");
	assert_refused(add_sized("bin", 3, DIR_, 1), "'bin'");
}
END_TEST

/* --- limits --- */

START_TEST(an_entry_may_reach_the_limit_of_its_size)
{
	judge.limits.entry_bytes = 1000;
	ck_assert_int_eq(add_sized("a", 1, FILE_, 1000), 0);
	assert_refused(add_sized("b", 1, FILE_, 1001), "'b'");
	assert_refused(add_sized("c", 1, FILE_, UINT64_MAX), "'c'");
	ck_assert_uint_eq(judge.total_bytes, 1000);
}
END_TEST

START_TEST(all_entries_may_reach_the_limit_of_their_size)
{
	judge.limits.total_bytes = 1000;
	ck_assert_int_eq(add_sized("a", 1, FILE_, 600), 0);
	assert_refused(add_sized("b", 1, FILE_, 401), "more than 1000 bytes unpacked (max-bytes)");
	ck_assert_str_eq(err.rule, "max-bytes");
	ck_assert_uint_eq(err.limit, 1000);
	ck_assert_int_eq(add_sized("c", 1, FILE_, 400), 0);
	ck_assert_int_eq(add_sized("d", 1, FILE_, 0), 0);
	assert_refused(add_sized("e", 1, FILE_, 1), "more than 1000 bytes unpacked (max-bytes)");
	ck_assert_uint_eq(judge.total_bytes, 1000);
}
END_TEST

START_TEST(sizes_never_wrap_around)
{
	judge.limits.total_bytes = judge.limits.entry_bytes = UINT64_MAX;
	ck_assert_int_eq(add_sized("a", 1, FILE_, UINT64_MAX), 0);
	assert_refused(add_sized("b", 1, FILE_, 1), "bytes");
	assert_refused(add_sized("c", 1, FILE_, UINT64_MAX), "bytes");
}
END_TEST

START_TEST(there_may_be_as_many_entries_as_the_limit)
{
	char name[16];

	judge.limits.entries = 1000; /* more than the list starts with */
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "bin/%d", i);
		ck_assert_int_eq(add(name, FILE_), 0);
	}
	assert_refused(add("bin/more", FILE_), "more than 1000 entries (max-entries)");
	ck_assert_str_eq(err.rule, "max-entries");
	ck_assert_uint_eq(judge.n_entries, 1000);
	ck_assert_int_eq(judge_finish(&judge, &err), 0);
}
END_TEST

START_TEST(names_may_be_as_long_and_deep_as_the_limit)
{
	judge.limits.name_bytes = 5;
	judge.limits.depth = 2;
	ck_assert_int_eq(add("12345", FILE_), 0);
	ck_assert_int_eq(add("1234/", DIR_), 0);
	ck_assert_int_eq(add("a/b", FILE_), 0);
	assert_refused(add("123456", FILE_), "max-name");
	assert_refused(add("a/b/c", FILE_), "max-depth");
}
END_TEST

START_TEST(the_default_limits_are_those_of_the_manual)
{
	ck_assert(judge.limits.total_bytes == 16ULL << 30);
	ck_assert(judge.limits.entry_bytes == 8ULL << 30);
	ck_assert_uint_eq(judge.limits.entries, 500000);
	ck_assert_int_eq(add_sized("a", 1, FILE_, 8ULL << 30), 0);
	assert_refused(add_sized("b", 1, FILE_, (8ULL << 30) + 1), "'b'");
	ck_assert_int_eq(add_sized("c", 1, FILE_, 8ULL << 30), 0);
	assert_refused(add_sized("d", 1, FILE_, 1), "bytes");
}
END_TEST

/* --- judged together --- */

static const struct {
	struct {
		const char *name;
		mode_t mode;
	} entries[5];
	const char *says; /* NULL for a good image */
} images[] = {
	{{{"bin/", 0}}, NULL},
	{{{"bin", DIR_}}, NULL},
	{{{"bin/enstratus-start", 0}}, NULL},
	{{{"bin/a/b", 0}, {"cfg/", 0}, {"x", 0}}, NULL},
	{{{"bin/x", 0}, {"bin/", 0}}, NULL},
	{{{"bin/x", 0}, {"bin/x.y", 0}, {"bin/x-y/z", 0}, {"bin/x0", 0}}, NULL},
	{{{"bin/x", 0}, {"www/l", LINK_}, {"www/l2", LINK_}}, NULL},
	{{{"bin/x", 0}, {"BIN/x", 0}, {"bin/X", 0}}, NULL},
	/* twice */
	{{{"bin/x", 0}, {"bin/x", 0}}, "twice"},
	{{{"bin/", 0}, {"bin/", 0}}, "twice"},
	{{{"bin/x", 0}, {"bin/x/", 0}}, "bin/x"},
	{{{"bin/x", 0}, {"bin/y", 0}, {"bin/x", LINK_}}, "bin/x"},
	/* a file where a directory is needed */
	{{{"bin/x", 0}, {"bin/x/y", 0}}, "bin/x"},
	{{{"bin/x/y", 0}, {"bin/x", 0}}, "bin/x"},
	{{{"bin/x/y/z", 0}, {"bin/x", 0}}, "bin/x"},
	{{{"bin/x", 0}, {"bin/x-y", 0}, {"bin/x.y", 0}, {"bin/x/y", 0}}, "bin/x"},
	{{{"bin/x", 0}, {"w", LINK_}, {"w/y", 0}}, "'w'"},
	{{{"bin/x", 0}, {"w", LINK_}, {"w-", 0}, {"w/y/z", 0}}, "'w'"},
	/* the two that must be directories */
	{{{"bin", FILE_}}, "bin"},
	{{{"bin", LINK_}}, "bin"},
	{{{"bin/x", 0}, {"cfg", FILE_}}, "cfg"},
	{{{"bin/x", 0}, {"cfg", LINK_}}, "cfg"},
	/* no bin/ */
	{{{NULL, 0}}, "no bin/"},
	{{{"cfg/", 0}}, "no bin/"},
	{{{"x", 0}, {"y", 0}}, "no bin/"},
	{{{"bin2/x", 0}}, "no bin/"},
	{{{"Bin/x", 0}}, "no bin/"},
	/* a folder around it */
	{{{"wordpress/bin/x", 0}}, "only 'wordpress/'"},
	{{{"wordpress/", 0}, {"wordpress/bin/x", 0}, {"wordpress/cfg/", 0}}, "only 'wordpress/'"},
};

START_TEST(the_entries_are_judged_together)
{
	int result;

	for (size_t i = 0; i < COUNT(images[0].entries) && images[_i].entries[i].name; i++)
		ck_assert_int_eq(add(images[_i].entries[i].name, images[_i].entries[i].mode), 0);
	result = judge_finish(&judge, &err);
	if (images[_i].says)
		assert_refused(result, images[_i].says);
	else
		ck_assert_msg(result == 0, "%s", err.msg);
}
END_TEST

static const char *const loose[][2] = {{"index.html", NULL},
				       {"wordpress/x", "wordpress2/x"},
				       {"wordpress/x", "word/x"},
				       {"a", "b/c"}};

START_TEST(what_is_no_folder_around_it_is_not_called_one)
{
	for (size_t i = 0; i < 2 && loose[_i][i]; i++)
		ck_assert_int_eq(add(loose[_i][i], 0), 0);
	assert_refused(judge_finish(&judge, &err), "no bin/");
	ck_assert_msg(!strstr(err.msg, "folder"), "%s", err.msg);
}
END_TEST

START_TEST(a_directory_precedes_its_content)
{
	static const char *const given[] = {"w/b/c", "bin/x", "w-x",  "w/b/", "w.y/a",
					    "w/",    "w/b-",  "bin/", "w.y/"};
	static const char *const sorted[] = {"bin",  "bin/x", "w",   "w/b",  "w/b/c",
					     "w/b-", "w-x",   "w.y", "w.y/a"};

	for (size_t i = 0; i < COUNT(given); i++)
		ck_assert_int_eq(add(given[i], 0), 0);
	ck_assert_int_eq(judge_finish(&judge, &err), 0);
	for (size_t i = 0; i < COUNT(sorted); i++)
		ck_assert_str_eq(judge.entries[i].name, sorted[i]);
	ck_assert_uint_eq(judge.entries[1].index, 1);
	ck_assert_uint_eq(judge.entries[0].index, 7);
}
END_TEST

START_TEST(entries_are_found_by_their_whole_names)
{
	static const char *const given[] = {"w/b/c", "bin/x", "w-x", "w/b-", "w/b/", "w.y/a"};
	static const char *const missing[] = {"",      "w/",   "w/b/c/", "bin", "bin/", "bin/xy",
					      "bin/w", "w-x/", "w.y",	 "w/a", "z"};

	ck_assert_ptr_null(judge_find(&judge, "bin/x"));
	for (size_t i = 0; i < COUNT(given); i++)
		ck_assert_int_eq(add(given[i], 0), 0);
	ck_assert_int_eq(judge_finish(&judge, &err), 0);
	for (size_t i = 0; i < COUNT(given); i++) {
		const struct entry *entry =
			judge_find(&judge, i == 4 ? "w/b" : given[i]); /* without the slash */

		ck_assert_msg(entry, "no '%s'", given[i]);
		ck_assert_uint_eq(entry->index, i);
	}
	for (size_t i = 0; i < COUNT(missing); i++)
		ck_assert_msg(!judge_find(&judge, missing[i]), "'%s'", missing[i]);
}
END_TEST

START_TEST(entries_and_the_directories_they_lie_in_are_held)
{
	static const char *const held[] = {"bin", "bin/x", "a", "a/b", "a/b/c", "d"};
	static const char *const others[] = {"b", "bin/", "bin/y", "a/b/c/d", "a/bc", "di", "/a"};

	ck_assert(!judge_holds(&judge, "bin"));
	ck_assert_int_eq(add("bin/x", FILE_) || add("a/b/c", FILE_) || add("d/", DIR_), 0);
	ck_assert_int_eq(judge_finish(&judge, &err), 0);
	for (size_t i = 0; i < COUNT(held); i++)
		ck_assert_msg(judge_holds(&judge, held[i]), "'%s'", held[i]);
	for (size_t i = 0; i < COUNT(others); i++)
		ck_assert_msg(!judge_holds(&judge, others[i]), "'%s'", others[i]);
}
END_TEST

START_TEST(freeing_leaves_the_empty_value_and_accepts_it)
{
	ck_assert_int_eq(add("bin/x", 0), 0);
	judge_free(&judge);
	ck_assert_ptr_null(judge.entries);
	ck_assert_uint_eq(judge.n_entries, 0);
	ck_assert_uint_eq(judge.total_bytes, 0);
	judge_free(&judge);
	ck_assert_int_eq(add("bin/x", 0), 0);
}
END_TEST

/* --- links --- */

static const struct {
	const char *name, *target;
	bool kept;
} links[] = {
	{"link", "file", true},
	{"link", "folder/file", true},
	{"link", "./file", true},
	{"link", ".", true},
	{"link", "folder/", true},
	{"link", "folder//file", true},
	{"link", "...", true},
	{"link", "..file", true},
	{"link", "file..", true},
	{"link", "\xc3\xa9", true},
	{"a/link", "../file", true},
	{"a/link", "..", true},
	{"a/link", "../", true},
	{"a/b/link", "../../file", true},
	{"a/b/link", "../c/file", true},
	{"a/b/link", "..//.././file", true},
	{"link", "", false},
	{"link", "/", false},
	{"link", "/etc/passwd", false},
	{"link", "//etc/passwd", false},
	{"link", "..", false},
	{"link", "../", false},
	{"link", "../file", false},
	{"link", "./../file", false},
	{"link", "folder/../../file", false},
	{"link", "folder//../..", false},
	{"a/link", "../../file", false},
	{"a/link", "../..", false},
	{"a/b/link", "../../../file", false},
	{"a/b/link", "../../..", false},
	{"a/b/link", "../../../a/b/file", false}, /* out and in again */
	{"a/b/link", "/a/b/file", false},
	{"link", "a\nb", false},
	{"link", "a\x1b[2J", false},
	{"link", "a\x7f", false},
};

START_TEST(a_link_may_not_leave_the_service_directory)
{
	char target[64];
	struct entry *link;
	int result;

	ck_assert_int_eq(add(links[_i].name, LINK_), 0);
	link = &judge.entries[0];
	ck_assert_ptr_null(link->target);
	snprintf(target, sizeof target, "%s", links[_i].target);
	result = judge_link(&judge, link, target, &err);
	memset(target, 'x', sizeof target); /* what is kept is the judge's own */
	if (links[_i].kept) {
		ck_assert_msg(result == 0, "%s", err.msg);
		ck_assert_str_eq(link->target, links[_i].target);
		return;
	}
	assert_refused(result, links[_i].name);
	ck_assert_str_eq(err.rule, "link");
	ck_assert_str_eq(err.entry, links[_i].name);
	ck_assert_ptr_null(link->target);
}
END_TEST

/* As a reader has it that knows the target at once. */
START_TEST(a_target_that_comes_with_its_link_is_judged_with_it)
{
	struct judge_claim lock = {.name = links[_i].name,
				   .name_len = strlen(links[_i].name),
				   .target = links[_i].target,
				   .mode = LINK_};
	int result = judge_add(&judge, &lock, &err);

	if (!links[_i].kept) {
		assert_refused(result, links[_i].name);
		return;
	}
	ck_assert_msg(result == 0, "%s", err.msg);
	ck_assert_ptr_ne(judge.entries[0].target, links[_i].target);
	ck_assert_str_eq(judge.entries[0].target, links[_i].target);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_name_is_kept_as_it_is_or_refused_with_its_rule, 0,
			    (int)COUNT(names));
	tcase_add_test(tc, a_dot_before_a_name_is_left_out);
	tcase_add_test(tc, the_configuration_is_left_out);
	tcase_add_test(tc, a_name_need_not_be_terminated);
	tcase_add_loop_test(tc, a_mode_keeps_its_harmless_bits, 0, (int)COUNT(modes));
	tcase_add_test(tc, a_directory_with_content_of_its_own_is_refused);
	tcase_add_test(tc, an_entry_may_reach_the_limit_of_its_size);
	tcase_add_test(tc, all_entries_may_reach_the_limit_of_their_size);
	tcase_add_test(tc, sizes_never_wrap_around);
	tcase_add_test(tc, there_may_be_as_many_entries_as_the_limit);
	tcase_add_test(tc, names_may_be_as_long_and_deep_as_the_limit);
	tcase_add_test(tc, the_default_limits_are_those_of_the_manual);
	tcase_add_loop_test(tc, the_entries_are_judged_together, 0, (int)COUNT(images));
	tcase_add_loop_test(tc, what_is_no_folder_around_it_is_not_called_one, 0,
			    (int)COUNT(loose));
	tcase_add_test(tc, a_directory_precedes_its_content);
	tcase_add_test(tc, entries_are_found_by_their_whole_names);
	tcase_add_test(tc, entries_and_the_directories_they_lie_in_are_held);
	tcase_add_test(tc, freeing_leaves_the_empty_value_and_accepts_it);
	tcase_add_loop_test(tc, a_link_may_not_leave_the_service_directory, 0, (int)COUNT(links));
	tcase_add_loop_test(tc, a_target_that_comes_with_its_link_is_judged_with_it, 0,
			    (int)COUNT(links));
}
