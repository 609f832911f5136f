/* SPDX-License-Identifier: MIT */
/* test_preview - each path of an update is told with what becomes of it, once. */
#include "command/preview.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

static struct service svc;
static struct source source;
static struct judge judge;
static struct arrival image;
static struct persist persist;
static struct obsolete obsolete;
static struct account user;
static struct install_counts counts;
static struct err err;
static int image_fd;

/* A service of the caller's, and an image. */
static void
begin(void)
{
	scratch_root_setup();
	umask(022);
	svc = SERVICE_INIT;
	source = SOURCE_INIT;
	judge = JUDGE_INIT;
	persist = PERSIST_INIT;
	obsolete = OBSOLETE_INIT;
	counts = (struct install_counts){.n_added = 0};
	err = ERR_INIT;
	ck_assert_int_eq(account_caller(&user, &err), 0);
	user.gid = getegid();
	scratch_write("services/a1/bin/hook", "same");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/bin/hook", 0750, 0), 0);
	scratch_write("services/a1/www/mode", "same");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/www/mode", 0600, 0), 0);
	scratch_write("services/a1/www/same", "same");
	scratch_write("services/a1/www/size", "longer");
	scratch_write("services/a1/www/text", "text");
	scratch_write("services/a1/www/own", "own");
	scratch_write("services/a1/data/db", "own");
	scratch_mkdir("services/a1/log/");
	ck_assert_int_eq(symlinkat("to", scratch_fd, "services/a1/link"), 0);
	ck_assert_int_eq(symlinkat("to", scratch_fd, "services/a1/other"), 0);
	scratch_zip(
		"x.zip",
		ITEMS({"bin/hook", "same", S_IFREG | 0644}, {"data/db", "x", S_IFREG | 0644},
		      {"link", "to", S_IFLNK | 0777}, {"log/", NULL, S_IFDIR | 0755},
		      {"new/", NULL, S_IFDIR | 0755}, {"new/file", "x", S_IFREG | 0644},
		      {"other", "elsewhere", S_IFLNK | 0777}, {"www/mode", "same", S_IFREG | 0644},
		      {"www/same", "same", S_IFREG | 0644}, {"www/size", "long", S_IFREG | 0644},
		      {"www/text", "TEXT", S_IFREG | 0644}));
	image_fd = openat(scratch_fd, "x.zip", O_RDONLY | O_CLOEXEC);
	ck_assert_msg(arrival_open_whole(&image, image_fd, &err) == 0 &&
			      source_open(&source, &image, &judge, &err) == 0 &&
			      source_confirm(&source, &err) == 0 &&
			      service_open(&svc, "a1", &err) == 0,
		      "%s", err.msg);
}

static void
finish(void)
{
	source_close(&source);
	judge_free(&judge);
	arrival_close(&image);
	close(image_fd);
	service_close(&svc);
	scratch_root_teardown();
}

/* What is said of the update, all of it. */
static const char *
preview(bool replace, bool has_account)
{
	struct preview p = {.svc = &svc,
			    .source = &source,
			    .judge = &judge,
			    .persist = &persist,
			    .obsolete = &obsolete,
			    .user = has_account ? &user : NULL,
			    .shared_gid = getegid(),
			    .replace = replace,
			    .counts = &counts};
	int result, said, old = dup(STDERR_FILENO);

	scratch_write("said", "");
	said = openat(scratch_fd, "said", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(dup2(said, STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_VERBOSE);
	result = preview_update(&p, &err);
	ck_assert_int_eq(dup2(old, STDERR_FILENO), STDERR_FILENO);
	close(said);
	close(old);
	ck_assert_msg(result == 0, "%s", err.msg);
	return scratch_read("said");
}

static void
check_said(const char *said, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(strstr(said, lines[i]) != NULL, "'%s' is not in %s", lines[i], said);
	for (const char *end = strchr(said, '\n'); end; end = strchr(end + 1, '\n'))
		n--;
	ck_assert_msg(n == 0, "%zd lines too few: %s", (ssize_t)n, said);
}
#define CHECK_SAID(said, ...)                                          \
	do {                                                           \
		static const char *const lines[] = {__VA_ARGS__};      \
		check_said(said, lines, sizeof lines / sizeof *lines); \
	} while (0)

START_TEST(an_overlay_adds_replaces_and_keeps)
{
	CHECK_SAID(preview(false, true), ": added 'new'\n", ": added 'new/file'\n",
		   ": replaced 'data/db'\n", ": replaced 'other'\n", ": replaced 'www/mode'\n",
		   ": replaced 'www/size'\n", ": replaced 'www/text'\n", ": kept 'www/own'\n");
	ck_assert_uint_eq(counts.n_added, 2);
	ck_assert_uint_eq(counts.n_replaced, 5);
	ck_assert_uint_eq(counts.n_unchanged, 3);
	ck_assert_uint_eq(counts.n_kept, 1);
	ck_assert_uint_eq(counts.n_removed, 0);
	ck_assert_uint_eq(counts.n_owners, 0);
}
END_TEST

START_TEST(a_replacement_removes_what_does_not_persist)
{
	persist.paths[persist.n++] = "data";
	CHECK_SAID(preview(true, true), ": added 'new'\n", ": added 'new/file'\n",
		   ": replaced 'other'\n", ": replaced 'www/mode'\n", ": replaced 'www/size'\n",
		   ": replaced 'www/text'\n", ": kept 'data/db'\n", ": removed 'www/own'\n");
	ck_assert_uint_eq(counts.n_kept, 1);
	ck_assert_uint_eq(counts.n_removed, 1);
}
END_TEST

/* An account that is still to be made owns nothing yet. */
START_TEST(owners_change_of_what_is_replaced_and_what_is_shared)
{
	const char *said;

	scratch_write("services/a1/bin/own", "own");
	scratch_write("services/a1/bin/deep/own", "own");
	scratch_mkdir("services/a1/cfg/");
	said = preview(false, false);
	for (size_t i = 0; i < judge.n_entries; i++) {
		char line[64];
		bool is_there = strncmp(judge.entries[i].name, "new", 3) != 0 &&
				judge.entries[i].kind != ENTRY_DIRECTORY;

		snprintf(line, sizeof line, ": owner changed '%s'\n", judge.entries[i].name);
		ck_assert_msg((strstr(said, line) != NULL) == is_there, "%s in %s", line, said);
	}
	ck_assert_ptr_nonnull(strstr(said, ": owner changed '.'\n"));
	ck_assert_ptr_nonnull(strstr(said, ": owner changed 'bin'\n"));
	ck_assert_ptr_nonnull(strstr(said, ": owner changed 'cfg'\n"));
	ck_assert_ptr_nonnull(strstr(said, ": owner changed 'bin/own'\n"));
	ck_assert_uint_eq(counts.n_owners, 12);
}
END_TEST

START_TEST(a_tree_that_cannot_be_looked_into_is_told)
{
	const char *said;

	if (geteuid() == 0) {
		fprintf(stderr, "skipped a_tree_that_cannot_be_looked_into: root may\n");
		return;
	}
	scratch_write("services/a1/closed/x", "own");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/closed", 0, 0), 0);
	said = preview(false, true);
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/closed", 0755, 0), 0);
	ck_assert_ptr_nonnull(strstr(said, "'closed' cannot be looked into"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, an_overlay_adds_replaces_and_keeps);
	tcase_add_test(tc, a_replacement_removes_what_does_not_persist);
	tcase_add_test(tc, owners_change_of_what_is_replaced_and_what_is_shared);
	tcase_add_test(tc, a_tree_that_cannot_be_looked_into_is_told);
}
