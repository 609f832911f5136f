/* SPDX-License-Identifier: MIT */
/* test_conflict - whether an image's entries can be put where a service is. */
#include "command/conflict.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "scratch_root.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct service svc;
static struct judge judge;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	svc = SERVICE_INIT;
	judge = JUDGE_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	service_close(&svc);
	judge_free(&judge);
	scratch_root_teardown();
}

static void
open_service(void)
{
	ck_assert_msg(service_open_new(&svc, "a1", &err) == 0, "%s", err.msg);
}

static void
add(const char *name, mode_t mode, uint64_t size)
{
	struct judge_claim claim = {.name = name,
				    .name_len = strlen(name),
				    .target = S_ISLNK(mode) ? "x" : NULL,
				    .mode = mode,
				    .size = size};

	ck_assert_msg(judge_add(&judge, &claim, &err) == 0, "%s", err.msg);
}

/* An image of a file, a directory with content, one without and a link. */
static void
judge_image(void)
{
	add("bin/hook", S_IFREG | 0755, 1);
	add("www/", S_IFDIR | 0755, 0);
	add("www/index", S_IFREG | 0644, 1);
	add("data/", S_IFDIR | 0755, 0);
	/* A neighbour in the order, but not what lies in data/. */
	add("data2/x", S_IFREG | 0644, 1);
	add("link", S_IFLNK | 0777, 0);
	ck_assert_msg(judge_finish(&judge, &err) == 0, "%s", err.msg);
}

enum { DIR_, FILE_, LINK_ };

static void
put(const char *name, int kind)
{
	char path[64];

	snprintf(path, sizeof path, "services/a1/%s%s", name, kind == DIR_ ? "/" : "");
	scratch_mkdir(path);
	if (kind == FILE_)
		scratch_write(path, "");
	if (kind == LINK_)
		ck_assert_int_eq(symlinkat("/nowhere", scratch_fd, path), 0);
}

static const struct {
	const char *name;
	int kind;
	const char *entry; /* NULL where there is no conflict */
} places[] = {
	{"bin", DIR_, NULL},
	{"bin/hook", FILE_, NULL},
	{"bin/hook", LINK_, NULL},
	{"bin/hook", DIR_, "bin/hook"},
	{"bin", FILE_, "bin"},
	{"bin", LINK_, "bin"},
	{"cfg", FILE_, "cfg"},
	{"cfg", LINK_, "cfg"},
	{"www/index", DIR_, "www/index"},
	{"www", FILE_, "www"},
	{"www", LINK_, "www"},
	{"data", DIR_, NULL},
	{"data", FILE_, "data"},
	{"data", LINK_, NULL},
	{"data2", LINK_, "data2/x"},
	{"data2", FILE_, "data2/x"},
	{"link", FILE_, NULL},
	{"link", LINK_, NULL},
	{"link", DIR_, "link"},
	{"other", FILE_, NULL},
};

START_TEST(a_file_and_a_directory_do_not_go_together)
{
	char quoted[32];
	int result;

	put("log", DIR_);
	put(places[_i].name, places[_i].kind);
	judge_image();
	open_service();
	result = conflict_find(&svc, &judge, &err);
	if (!places[_i].entry) {
		ck_assert_msg(result == 0, "%s", err.msg);
		return;
	}
	snprintf(quoted, sizeof quoted, "'%s'", places[_i].entry);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_msg(strstr(err.msg, quoted) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(a_conflict_has_its_rule_and_entry)
{
	put("www/index", DIR_);
	judge_image();
	open_service();
	ck_assert_int_eq(conflict_find(&svc, &judge, &err), -1);
	ck_assert_str_eq(err.rule, "conflict");
	ck_assert_str_eq(err.entry, "www/index");
}
END_TEST

START_TEST(nothing_conflicts_with_what_is_not_there)
{
	judge_image();
	open_service();
	ck_assert_int_eq(svc.dir_fd, -1);
	ck_assert_int_eq(conflict_find(&svc, &judge, &err), 0);
}
END_TEST

START_TEST(only_an_empty_directory_may_be_a_mounted_file_system)
{
	const char *name = _i ? "services/a1/www" : "services/a1/data";

	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		fprintf(stderr, "skipped only_an_empty_directory_may_be_mounted: %s\n",
			geteuid() ? "needs root" : strerror(errno));
		return;
	}
	put("data", DIR_);
	put("www", DIR_);
	ck_assert_int_eq(mount("none", scratch_path(name), "tmpfs", 0, NULL), 0);
	judge_image();
	open_service();
	ck_assert_int_eq(conflict_find(&svc, &judge, &err), _i ? -1 : 0);
	if (_i) {
		ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
		ck_assert_ptr_nonnull(strstr(err.msg, "'www"));
	}
	service_close(&svc);
	ck_assert_int_eq(umount(scratch_path(name)), 0);
}
END_TEST

/* A gigabyte more or less: others write to that file system meanwhile. */
START_TEST(what_does_not_fit_is_refused)
{
	struct statvfs fs;
	uint64_t room, margin = 1ULL << 30;

	add("bin/hook", S_IFREG | 0755, 1);
	ck_assert_int_eq(judge_finish(&judge, &err), 0);
	if (_i)
		scratch_mkdir("services/a1/");
	open_service();
	ck_assert_int_eq(statvfs(scratch_path("services"), &fs), 0);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	ck_assert_int_eq(conflict_room(&svc, &judge, 0, &err), 0);
	ck_assert_int_eq(conflict_room(&svc, &judge, room > margin ? room - margin : 0, &err), 0);
	ck_assert_int_eq(conflict_room(&svc, &judge, room + margin, &err), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, "bytes and '"));
	judge.total_bytes = room + margin;
	err = ERR_INIT;
	ck_assert_int_eq(conflict_room(&svc, &judge, 0, &err), -1);
	judge.total_bytes = 0;
	/* Empty entries take a block each. */
	judge.n_entries = (size_t)((room + margin) / fs.f_frsize);
	err = ERR_INIT;
	ck_assert_int_eq(conflict_room(&svc, &judge, 0, &err), -1);
	judge.n_entries = 1;
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_file_and_a_directory_do_not_go_together, 0, (int)COUNT(places));
	tcase_add_test(tc, a_conflict_has_its_rule_and_entry);
	tcase_add_test(tc, nothing_conflicts_with_what_is_not_there);
	tcase_add_loop_test(tc, only_an_empty_directory_may_be_a_mounted_file_system, 0, 2);
	tcase_add_loop_test(tc, what_does_not_fit_is_refused, 0, 2);
}
