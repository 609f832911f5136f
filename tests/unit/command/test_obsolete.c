/* SPDX-License-Identifier: MIT */
/* test_obsolete - of what the last image brought and the new one lacks: what goes, what stays. */
#include "command/obsolete.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "command/install.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

static struct service svc;
static struct judge image;
static struct manifest manifest;
static struct persist persist;
static struct obsolete obsolete;
static struct buf list;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	umask(022);
	svc = SERVICE_INIT;
	image = JUDGE_INIT;
	manifest = MANIFEST_INIT;
	persist = PERSIST_INIT;
	obsolete = OBSOLETE_INIT;
	list = BUF_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	buf_free(&list);
	obsolete_free(&obsolete);
	persist_free(&persist);
	judge_free(&image);
	service_close(&svc);
	scratch_root_teardown();
}

/* Directories as entries, and directories that only lie in names. */
static void
install(void)
{
	const struct install_request request = {.service_id = "a1",
						.customer_id = "c001",
						.user_id = "daemon",
						.image = scratch_path("x.zip"),
						.lock = lock};
	struct install_report report;

	scratch_zip(
		"x.zip",
		ITEMS({"bin/", NULL, S_IFDIR | 0755}, {"bin/old", "#!/bin/sh\n", S_IFREG | 0755},
		      {"cfg/old.conf", "x", S_IFREG | 0644}, {"data/seed", "seed", S_IFREG | 0644},
		      {"deep/er/file", "x", S_IFREG | 0644}, {"empty/", NULL, S_IFDIR | 0755},
		      {"image.ini", "[persist]\nx=data\n", S_IFREG | 0644},
		      {"link", "www/index", S_IFLNK | 0777}, {"log/", NULL, S_IFDIR | 0755},
		      {"log/x", "x", S_IFREG | 0644}, {"www/both", "both", S_IFREG | 0644},
		      {"www/index", "hello", S_IFREG | 0644}, {"www/sub/a", "x", S_IFREG | 0644}));
	ck_assert_msg(install_service(&request, &report, &err) == 0, "%s", err.msg);
}

static void
bring(const char *name)
{
	const struct judge_claim entry = {
		.name = name, .name_len = strlen(name), .mode = S_IFREG | 0644};

	ck_assert_msg(judge_add(&image, &entry, &err) == 0, "%s", err.msg);
}

/* The paths that go when an image of bin/new, www/both and this comes, or why it is not known. */
static const char *
find(const char *more)
{
	static char pruned[1024];

	bring("bin/new");
	bring("www/both");
	if (more)
		bring(more);
	ck_assert_msg(judge_finish(&image, &err) == 0, "%s", err.msg);
	ck_assert_msg(service_open(&svc, "a1", &err) == 0 &&
			      service_find_metadata(&svc, &err) == 0 &&
			      service_ask(&svc, &lock, &err) == 0 &&
			      persist_join(&persist, &manifest, &svc, &err) == 0,
		      "%s", err.msg);
	if (obsolete_find(&obsolete, &svc, &image, &persist, &err))
		return err.msg;
	ck_assert_int_eq(obsolete_list(&obsolete, &list, &err), 0);
	pruned[0] = '\0';
	for (char *line = strtok(list.data, "\n"); line; line = strtok(NULL, "\n")) {
		const char *path = strchr(strchr(line, ' ') + 1, ' ') + 1;

		ck_assert(obsolete_prunes(&obsolete, path));
		strcat(pruned, pruned[0] ? " " : "");
		strcat(pruned, path);
	}
	return pruned;
}

#define ALL                                                                                        \
	"bin/old cfg/old.conf deep deep/er deep/er/file empty image.ini link log log/x www/index " \
	"www/sub www/sub/a"

START_TEST(what_is_unchanged_goes)
{
	install();
	ck_assert_str_eq(find(NULL), ALL);
	ck_assert_uint_eq(obsolete.n_pruned, 13);
	ck_assert_uint_eq(obsolete.n_changed, 0);
	ck_assert(!obsolete_prunes(&obsolete, "www/both"));
	ck_assert(!obsolete_prunes(&obsolete, "data/seed"));
	ck_assert(!obsolete_prunes(&obsolete, "bin"));
	ck_assert(!obsolete_prunes(&obsolete, "cfg"));
}
END_TEST

enum { WRITE, MODE, REMOVE, LINK, DIRECTORY };

static const struct {
	int how;
	const char *path, *what, *stays;
	size_t n_changed;
} changes[] = {
	{WRITE, "www/index", "hellO", "www/index", 1},
	{WRITE, "www/index", "", "www/index", 1},
	{WRITE, "deep/er/file", "y", "deep deep/er deep/er/file", 1},
	{WRITE, "deep/er/own", "y", "deep deep/er", 0},
	{WRITE, "empty/own", "y", "empty", 0},
	{WRITE, "log/own", "y", "log", 0},
	{MODE, "www/index", "", "", 0},
	{REMOVE, "www/index", "", "www/index", 0},
	{LINK, "www/index", "hello", "www/index", 1},
	{LINK, "link", "elsewhere", "link", 1},
	{DIRECTORY, "www/index", "", "www/index", 1},
	{DIRECTORY, "link", "", "link", 1},
};

START_TEST(what_was_changed_stays_and_is_counted)
{
	char path[64], expected[] = ALL, wanted[1024] = "";

	install();
	snprintf(path, sizeof path, "services/a1/%s", changes[_i].path);
	if (changes[_i].how >= REMOVE)
		ck_assert_int_eq(unlinkat(scratch_fd, path, 0), 0);
	if (changes[_i].how == WRITE)
		scratch_write(path, changes[_i].what);
	if (changes[_i].how == MODE)
		ck_assert_int_eq(fchmodat(scratch_fd, path, 0600, 0), 0);
	if (changes[_i].how == LINK)
		ck_assert_int_eq(symlinkat(changes[_i].what, scratch_fd, path), 0);
	if (changes[_i].how == DIRECTORY)
		ck_assert_int_eq(mkdirat(scratch_fd, path, 0755), 0);
	for (char *word = strtok(expected, " "); word; word = strtok(NULL, " ")) {
		char stays[128], padded[130];

		snprintf(stays, sizeof stays, " %s ", changes[_i].stays);
		snprintf(padded, sizeof padded, " %s ", word);
		if (strstr(stays, padded))
			continue;
		strcat(wanted, wanted[0] ? " " : "");
		strcat(wanted, word);
	}
	ck_assert_str_eq(find(NULL), wanted);
	ck_assert_uint_eq(obsolete.n_changed, changes[_i].n_changed);
}
END_TEST

START_TEST(a_directory_that_the_new_image_fills_stays)
{
	install();
	ck_assert_ptr_null(strstr(find("deep/er/other"), "deep/er "));
	ck_assert(obsolete_prunes(&obsolete, "deep/er/file"));
	ck_assert(!obsolete_prunes(&obsolete, "deep"));
}
END_TEST

/* What the image.ini that is installed lets persist, also where the last image said otherwise. */
START_TEST(what_persists_is_never_pruned)
{
	install();
	scratch_write("services/a1/image.ini", "[persist]\nx=log,www/sub\n");
	ck_assert_str_eq(find(NULL),
			 "bin/old cfg/old.conf deep deep/er deep/er/file empty link www/index");
	ck_assert_uint_eq(obsolete.n_changed, 1); /* image.ini */
}
END_TEST

START_TEST(without_a_record_nothing_is_pruned)
{
	install();
	if (_i == 0)
		scratch_write("services/.enstratus/a1/state", "user=daemon\n");
	else
		ck_assert_int_eq(
			renameat(scratch_fd, "services/.enstratus/images", scratch_fd, "moved"), 0);
	bring("bin/new");
	ck_assert_int_eq(judge_finish(&image, &err), 0);
	ck_assert_msg(service_open(&svc, "a1", &err) == 0 &&
			      service_find_metadata(&svc, &err) == 0 &&
			      service_ask(&svc, &lock, &err) == 0,
		      "%s", err.msg);
	ck_assert_msg(obsolete_find(&obsolete, &svc, &image, &persist, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(obsolete.n_pruned, 0);
	ck_assert_int_eq(obsolete_list(&obsolete, &list, &err), 0);
	ck_assert_uint_eq(list.len, 0);
}
END_TEST

START_TEST(a_damaged_record_is_an_error_with_a_way_out)
{
	char path[DIGEST_HEX + 64];

	install();
	ck_assert_msg(service_open(&svc, "a1", &err) == 0 &&
			      service_find_metadata(&svc, &err) == 0 &&
			      service_ask(&svc, &lock, &err) == 0,
		      "%s", err.msg);
	snprintf(path, sizeof path, "services/.enstratus/images/%s.zip", svc.state.kept[0]);
	scratch_write(path, "damaged");
	bring("bin/new");
	ck_assert_int_eq(judge_finish(&image, &err), 0);
	ck_assert_int_eq(obsolete_find(&obsolete, &svc, &image, &persist, &err), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, "install without --prune"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, what_is_unchanged_goes);
	tcase_add_loop_test(tc, what_was_changed_stays_and_is_counted, 0,
			    sizeof changes / sizeof *changes);
	tcase_add_test(tc, a_directory_that_the_new_image_fills_stays);
	tcase_add_test(tc, what_persists_is_never_pruned);
	tcase_add_loop_test(tc, without_a_record_nothing_is_pruned, 0, 2);
	tcase_add_test(tc, a_damaged_record_is_an_error_with_a_way_out);
}
