/* SPDX-License-Identifier: MIT */
/* test_manifest - image.ini: its words, the paths that persist, and what is refused. */
#include "service/manifest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define D16 "0123456789abcdef"
#define D64 D16 D16 D16 D16

static struct manifest m;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	m = MANIFEST_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	manifest_free(&m);
	scratch_teardown();
}

/* A text without a NUL behind it: a reader that goes on is seen by the sanitizer. */
static int
parse_bytes(const char *text, size_t len)
{
	char *exact = malloc(len + !len);
	int result;

	memcpy(exact, text, len);
	result = manifest_parse(&m, exact, len, &err);
	free(exact);
	return result;
}

static int
parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

START_TEST(name_version_and_all_paths_are_read)
{
	static const char *const paths[] = {"data", "www/uploads", "www/cache", "cfg/own.conf",
					    "b n",  "bins/x",	   "image.ini2"};

	ck_assert_msg(parse("# ours\n[image]\nname = Word press \nversion=5.8.1-2\nrequires=x\n"
			    "[hooks]\nenstratus-start.timeout=90\nname=other\n"
			    "[persist]\ndata=data/\nfiles= www/uploads , www/cache/\n"
			    "data=cfg/own.conf,b n\nx=bins/x,image.ini2\n") == 0,
		      "%s", err.msg);
	ck_assert_str_eq(m.name, "Word press");
	ck_assert_str_eq(m.version, "5.8.1-2");
	ck_assert_uint_eq(m.n_persist, COUNT(paths));
	for (size_t i = 0; i < COUNT(paths); i++)
		ck_assert_str_eq(m.persist[i], paths[i]);
}
END_TEST

START_TEST(sections_compare_without_case)
{
	ck_assert_int_eq(parse("[IMAGE]\nname=x\n[Persist]\na=data\n"), 0);
	ck_assert_str_eq(m.name, "x");
	ck_assert_uint_eq(m.n_persist, 1);
}
END_TEST

static const struct {
	const char *text, *unknown;
} nothing[] = {
	{"", ""},
	{"\n# nothing\n", ""},
	{"[other]\nname=x\nversion=1\ndata=/etc\n", "line 2: there is no section [other]"},
	{"name=x\nversion=1\n", "line 1: 'name' stands in no section"},
	{"[image]\n[persist]\n", ""},
	{"[image]\nName=x\nconflicts=y\n",
	 "line 2: there is no setting 'Name' in [image]; the nearest is 'name'"},
	{"[configure]\nresidu=fail\n",
	 "line 2: there is no setting 'residu' in [configure]; the nearest is 'residue'"},
};

START_TEST(what_is_of_other_purposes_is_left_aside_and_told)
{
	ck_assert_msg(parse(nothing[_i].text) == 0, "%s", err.msg);
	ck_assert_str_eq(m.unknown, nothing[_i].unknown);
	ck_assert_str_eq(m.name, "");
	ck_assert_str_eq(m.version, "");
	ck_assert_uint_eq(m.n_persist, 0);
}
END_TEST

static const struct {
	const char *text, *says;
} refused[] = {
	{"[image]\nno equals\n", "line 2"},
	{"[image\n", "line 1"},
	{"[image]\nname=a\nname=a\n", "line 3: there is a second name"},
	{"[image]\nversion=1\n[other]\n[IMAGE]\nversion=2\n", "line 5: there is a second version"},
	{"[image]\nname=a\x01"
	 "b\n",
	 "line 2: the name has a control"},
	{"[image]\nversion=\xc3\n", "line 2: the version has"},
	{"[image]\nversion=1\xc2\x9b"
	 "2\n",
	 "line 2: the version has"},
	{"[image]\nname=" D64 "x\n", "line 2: the name is longer"},
	{"[persist]\nx=\n", "line 2: path ''"},
	{"[persist]\nx=a,\n", "line 2: path ''"},
	{"[persist]\nx=,a\n", "line 2: path ''"},
	{"[persist]\nx=/\n", "path '/'"},
	{"[persist]\nx=/etc\n", "path '/etc'"},
	{"[persist]\n\nx=a\ny=../a1\n", "line 4: path '../a1'"},
	{"[persist]\nx=a/../../b\n", "path 'a/../../b'"},
	{"[persist]\nx=.\n", "path '.'"},
	{"[persist]\nx=./a\n", "path './a'"},
	{"[persist]\nx=a//b\n", "path 'a//b'"},
	{"[persist]\nx=a//\n", "path 'a/'"},
	{"[persist]\nx=a\\b\n", "path"},
	{"[persist]\nx=c:\\b\n", "path"},
	{"[persist]\nx=a\x01\n", "path 'a?'"},
	{"[persist]\nx=a\xff\n", "path 'a"},
	{"[persist]\nx=" D64 D64 D64 D64 "\n", "path"},
	{"[persist]\nx=bin\n", "path 'bin' is in bin/"},
	{"[persist]\nx=bin/\n", "path 'bin' is in bin/"},
	{"[persist]\nx=bin/data\n", "path 'bin/data' is in bin/"},
	{"[persist]\nx=image.ini\n", "path 'image.ini' is the image's own"},
	{"[persist]\nx=a,a\n", "path 'a' is there twice"},
	{"[persist]\nx=a\n[other]\n[persist]\ny=a/\n", "line 5: path 'a' is there twice"},
	{"[persist]\nx=a,a/b\n", "path 'a/b' is beneath"},
	{"[persist]\nx=a/b/c\ny=ab,a\n", "line 3: path 'a' is above"},
};

START_TEST(what_is_refused_says_where_and_why)
{
	ck_assert_int_eq(parse(refused[_i].text), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_eq(strstr(err.msg, "image.ini"), err.msg);
	ck_assert_msg(strstr(err.msg, refused[_i].says), "'%s' not in '%s'", refused[_i].says,
		      err.msg);
	ck_assert_ptr_null(m.persist);
	ck_assert_uint_eq(m.n_persist, 0);
	ck_assert_str_eq(m.name, "");
}
END_TEST

START_TEST(a_nul_within_is_no_way_around_the_rules)
{
	static const char text[] = "[persist]\nx=data\0/../..\n";

	ck_assert_int_eq(parse_bytes(text, sizeof text - 1), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
}
END_TEST

/* Each limit, and one more. */
START_TEST(a_text_of_all_the_bytes_there_may_be)
{
	char *text = malloc(MANIFEST_BYTES_MAX + 1);
	size_t len = MANIFEST_BYTES_MAX + (size_t)_i;

	memset(text, '\n', len);
	memcpy(text, "[image]\nname=x", 14);
	ck_assert_int_eq(parse_bytes(text, len), _i ? -1 : 0);
	ck_assert_str_eq(m.name, _i ? "" : "x");
	free(text);
}
END_TEST

START_TEST(a_word_of_all_the_bytes_there_may_be)
{
	ck_assert_msg(parse("[image]\nname=" D64 "\nversion= " D64 " \n") == 0, "%s", err.msg);
	ck_assert_str_eq(m.name, D64);
	ck_assert_str_eq(m.version, D64);
}
END_TEST

START_TEST(a_path_of_all_the_bytes_there_may_be)
{
	char text[MANIFEST_PATH_MAX + 32] = "[persist]\nx=";
	size_t start = strlen(text), len = MANIFEST_PATH_MAX + (size_t)_i;

	memset(text + start, 'a', len);
	for (size_t i = 100; i < len - 1; i += 100)
		text[start + i] = '/';
	ck_assert_int_eq(parse_bytes(text, start + len), _i ? -1 : 0);
	if (_i)
		ck_assert_ptr_nonnull(strstr(err.msg, "longer than 1024 bytes"));
	else
		ck_assert_uint_eq(strlen(m.persist[0]), MANIFEST_PATH_MAX);
}
END_TEST

START_TEST(all_the_paths_there_may_be)
{
	char text[4096] = "[persist]\n";
	size_t len = strlen(text), n = MANIFEST_PERSIST_MAX + (size_t)_i;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "x=d%zu\n", i);
	ck_assert_int_eq(parse(text), _i ? -1 : 0);
	if (_i)
		ck_assert_ptr_nonnull(strstr(err.msg, "line 258: there are more than 256"));
	else
		ck_assert_str_eq(m.persist[n - 1], "d255");
}
END_TEST

static const struct {
	const char *path;
	bool persists;
} persisting[] = {
	{"data", true},	     {"data/db", true},	   {"data/a/b", true}, {"dat", false},
	{"database", false}, {"data2/x", false},   {"a/b/c", true},    {"a/b", false},
	{"a", false},	     {"a/b/c/d", true},	   {"a/b/cd", false},  {"x/data", false},
	{"", false},	     {"image.ini", false},
};

START_TEST(what_lies_in_a_path_persists_and_no_neighbour)
{
	ck_assert_int_eq(parse("[persist]\nx=data,a/b/c\n"), 0);
	ck_assert(manifest_persists(&m, persisting[_i].path) == persisting[_i].persists);
	manifest_free(&m);
	ck_assert(!manifest_persists(&m, persisting[_i].path));
	manifest_free(&m);
}
END_TEST

START_TEST(required_keys_are_read)
{
	static const char *const keys[] = {"name", "dependency.D.password", "licence key", "x"};

	ck_assert_msg(parse("[configure]\nrequired = name,dependency.D.password , licence key\n"
			    "other=y\nresidue=warn\nrequired=x\n") == 0,
		      "%s", err.msg);
	ck_assert_uint_eq(m.n_required, COUNT(keys));
	for (size_t i = 0; i < COUNT(keys); i++)
		ck_assert_str_eq(m.required[i], keys[i]);
	ck_assert_uint_eq(m.n_persist, 0);
}
END_TEST

START_TEST(what_may_be_left_is_read)
{
	ck_assert_int_eq(parse("[configure]\nallow = cfg/*.conf, data/x\nallow=log/*\n"), 0);
	ck_assert_int_eq(m.residue, RESIDUE_WARN);
	ck_assert_uint_eq(m.n_allowed, 3);
	ck_assert_str_eq(m.allowed[0], "cfg/*.conf");
	ck_assert_str_eq(m.allowed[2], "log/*");
	manifest_free(&m);
	ck_assert_int_eq(parse("[configure]\nresidue = fail \n"), 0);
	ck_assert_int_eq(m.residue, RESIDUE_FAIL);
	ck_assert_int_eq(parse("[configure]\nresidue=off\n"), 0);
	ck_assert_int_eq(m.residue, RESIDUE_OFF);
	err = ERR_INIT;
	ck_assert_int_eq(parse("[configure]\nresidue=Warn\n"), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "line 2: residue is one of warn|fail|off"));
	err = ERR_INIT;
	ck_assert_int_eq(parse("[configure]\nallow=/etc/*\n"), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "line 2: what is allowed is no pattern"));
}
END_TEST

static const char *const bad_keys[] = {"", "a,,b", "a,", "a=b", "a\tb", "a\xff"};

START_TEST(what_is_no_key_is_refused)
{
	char text[64];

	snprintf(text, sizeof text, "[configure]\nrequired = %s\n", bad_keys[_i]);
	ck_assert_int_eq(parse(text), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_str_eq(err.msg, "image.ini: line 2: a required key is no name of a key");
	ck_assert_uint_eq(m.n_required, 0);
}
END_TEST

START_TEST(there_are_not_more_than_256_of_them)
{
	char text[4096] = "[configure]\n";

	for (int i = 0; i < 256; i++)
		strcat(text, "required=a\n");
	ck_assert_int_eq(parse(text), 0);
	manifest_free(&m);
	strcat(text, "required=a\n");
	ck_assert_int_eq(parse(text), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "line 258: there are more than 256 required keys"));
}
END_TEST

static int
read_installed(void)
{
	manifest_free(&m);
	err = ERR_INIT;
	return manifest_read_installed(&m, scratch_fd, &err);
}

START_TEST(an_installed_one_is_read_if_it_is_a_file)
{
	ck_assert_int_eq(read_installed(), 0);
	scratch_write("image.ini", "[image]\nname=shop\n");
	ck_assert_int_eq(read_installed(), 0);
	ck_assert_str_eq(m.name, "shop");
	scratch_write("image.ini", "x\n");
	ck_assert_int_eq(read_installed(), -1);
	ck_assert_int_eq(err_status(&err), 65);
	ck_assert_ptr_nonnull(strstr(err.msg, "the installed image.ini: image.ini: line 1"));
	ck_assert_int_eq(unlinkat(scratch_fd, "image.ini", 0), 0);
	scratch_write("other", "x\n");
	ck_assert_int_eq(symlinkat("other", scratch_fd, "image.ini"), 0);
	ck_assert_int_eq(read_installed(), 0);
	ck_assert_int_eq(unlinkat(scratch_fd, "image.ini", 0), 0);
	ck_assert_int_eq(mkfifoat(scratch_fd, "image.ini", 0600), 0);
	ck_assert_int_eq(read_installed(), 0);
	ck_assert_str_eq(m.name, "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, name_version_and_all_paths_are_read);
	tcase_add_test(tc, sections_compare_without_case);
	tcase_add_loop_test(tc, what_is_of_other_purposes_is_left_aside_and_told, 0,
			    (int)COUNT(nothing));
	tcase_add_loop_test(tc, what_is_refused_says_where_and_why, 0, (int)COUNT(refused));
	tcase_add_test(tc, a_nul_within_is_no_way_around_the_rules);
	tcase_add_loop_test(tc, a_text_of_all_the_bytes_there_may_be, 0, 2);
	tcase_add_test(tc, a_word_of_all_the_bytes_there_may_be);
	tcase_add_loop_test(tc, a_path_of_all_the_bytes_there_may_be, 0, 2);
	tcase_add_loop_test(tc, all_the_paths_there_may_be, 0, 2);
	tcase_add_loop_test(tc, what_lies_in_a_path_persists_and_no_neighbour, 0,
			    (int)COUNT(persisting));
	tcase_add_test(tc, an_installed_one_is_read_if_it_is_a_file);
	tcase_add_test(tc, required_keys_are_read);
	tcase_add_test(tc, what_may_be_left_is_read);
	tcase_add_loop_test(tc, what_is_no_key_is_refused, 0, (int)COUNT(bad_keys));
	tcase_add_test(tc, there_are_not_more_than_256_of_them);
}
