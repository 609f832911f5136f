/* SPDX-License-Identifier: MIT */
/* test_tree - directories, files and links, each as its entry says, and none in another's place. */
#include "image/tree.h"

#include <string.h>
#include <sys/stat.h>

#include "scratch_image.h"
#include "tests.h"

static struct judge judge;
static struct source source;
static struct arrival image;
static struct err err;
static int image_fd, target;

static void
begin(void)
{
	scratch_setup();
	judge = JUDGE_INIT;
	source = SOURCE_INIT;
	err = ERR_INIT;
	scratch_mkdir("target/");
	target = openat(scratch_fd, "target", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch_zip("image.zip", ITEMS({"bin/", "", S_IFDIR | 0750},
				       {"www/site/page", "a page of the site\n", S_IFREG | 0640},
				       {"www/current", "site", S_IFLNK | 0777}));
	image_fd = openat(scratch_fd, "image.zip", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(arrival_open_whole(&image, image_fd, &err), 0);
	ck_assert_int_eq(source_open(&source, &image, &judge, &err), 0);
	ck_assert_int_eq(source_confirm(&source, &err), 0);
	umask(0);
}

static void
end(void)
{
	umask(022);
	source_close(&source);
	judge_free(&judge);
	arrival_close(&image);
	close(image_fd);
	close(target);
	scratch_teardown();
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

static int
write_page(void)
{
	static char buffer[TREE_BUFFER_BYTES];
	int parent = tree_open_parent(target, "www/site/page", &err), result;

	ck_assert_int_ge(parent, 0);
	result = tree_write_file(&source, parent, find("www/site/page"), buffer, &err);
	close(parent);
	return result;
}

START_TEST(directories_are_made_with_those_that_lead_to_entries)
{
	ck_assert_msg(tree_make_directories(target, &judge, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(scratch_mode("target/bin"), 0750);
	ck_assert_uint_eq(scratch_mode("target/www"), 0755);
	ck_assert_uint_eq(scratch_mode("target/www/site"), 0755);
	ck_assert(!scratch_exists("target/www/site/page"));
	ck_assert(!scratch_exists("target/www/current"));
}
END_TEST

START_TEST(a_file_gets_its_content_mode_and_time)
{
	struct stat st;

	ck_assert_int_eq(tree_make_directories(target, &judge, &err), 0);
	ck_assert_msg(write_page() == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("target/www/site/page"), "a page of the site\n");
	ck_assert_int_eq(fstatat(scratch_fd, "target/www/site/page", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, find("www/site/page")->mode);
	ck_assert_int_eq(st.st_mtime, find("www/site/page")->mtime);
	/* A second one does not take the place of the first. */
	ck_assert_int_eq(write_page(), -1);
	ck_assert_str_eq(scratch_read("target/www/site/page"), "a page of the site\n");
}
END_TEST

START_TEST(links_lead_where_they_were_judged_to)
{
	char link[16] = "";

	ck_assert_int_eq(tree_make_directories(target, &judge, &err), 0);
	ck_assert_int_eq(tree_write_links(target, &judge, &err), 0);
	ck_assert_int_eq(readlinkat(scratch_fd, "target/www/current", link, sizeof link - 1), 4);
	ck_assert_str_eq(link, "site");
	ck_assert_int_eq(tree_write_links(target, &judge, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_str_eq(err.rule, "duplicate");
}
END_TEST

START_TEST(what_is_there_already_is_refused)
{
	scratch_mkdir("target/www/");
	ck_assert_int_eq(tree_make_directories(target, &judge, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_str_eq(err.rule, "duplicate");
	ck_assert_str_eq(err.entry, "www");
}
END_TEST

START_TEST(a_parent_is_opened_through_no_link)
{
	int fd;

	fd = tree_open_parent(target, "file", &err);
	ck_assert_int_ge(fd, 0);
	close(fd);
	scratch_mkdir("outside/");
	ck_assert_int_eq(symlinkat("../outside", scratch_fd, "target/www"), 0);
	ck_assert_int_eq(tree_open_parent(target, "www/page", &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
}
END_TEST

START_TEST(the_parent_is_what_stands_before_the_last_slash)
{
	ck_assert_uint_eq(tree_parent_length("page"), 0);
	ck_assert_uint_eq(tree_parent_length("www/page"), 3);
	ck_assert_uint_eq(tree_parent_length("www/site/page"), 8);
}
END_TEST

START_TEST(a_thread_becomes_the_owner_and_itself_again)
{
	const struct tree_owner keep = {.change = false, .uid = 12345},
				other = {.change = true, .uid = 12345, .gid = 12346};
	struct stat st;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped the owner of a tree: not root\n");
		return;
	}
	fchmod(target, 0777);
	fchmod(scratch_fd, 0777);
	ck_assert_int_eq(tree_become_owner(&keep, &err), 0);
	ck_assert_int_eq(mkdirat(target, "own", 0755), 0);
	ck_assert_int_eq(tree_become_owner(&other, &err), 0);
	ck_assert_int_eq(mkdirat(target, "others", 0755), 0);
	ck_assert_int_eq(tree_become_self(&other, &err), 0);
	ck_assert_int_eq(mkdirat(target, "again", 0755), 0);
	ck_assert_int_eq(fstatat(target, "own", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_int_eq(fstatat(target, "others", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 12346);
	ck_assert_int_eq(fstatat(target, "again", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, directories_are_made_with_those_that_lead_to_entries);
	tcase_add_test(tc, a_file_gets_its_content_mode_and_time);
	tcase_add_test(tc, links_lead_where_they_were_judged_to);
	tcase_add_test(tc, what_is_there_already_is_refused);
	tcase_add_test(tc, a_parent_is_opened_through_no_link);
	tcase_add_test(tc, the_parent_is_what_stands_before_the_last_slash);
	tcase_add_test(tc, a_thread_becomes_the_owner_and_itself_again);
}
