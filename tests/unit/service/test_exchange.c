/* SPDX-License-Identifier: MIT */
/* test_exchange - a tree takes another's place at once, and brings along what persists. */
#include "service/exchange.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/directory.h"
#include "base/fd.h"
#include "cut_off.h"
#include "scratch_root.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STAGE "services/.enstratus/.stage/"
#define NAME "a1.0123abcd"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static const char *const persist[] = {"data", "www/uploads", "app/deep/er/state", "link", "none/x"};

static struct service svc;
static struct err err;
static int parent_fd, stage_fd;

static void
begin(void)
{
	scratch_root_setup();
	umask(022);
	svc = SERVICE_INIT;
	err = ERR_INIT;
	parent_fd = stage_fd = -1;
}

static void
finish(void)
{
	service_close(&svc);
	fd_close(&parent_fd);
	fd_close(&stage_fd);
	scratch_root_teardown();
}

static void
open_service(void)
{
	service_close(&svc);
	fd_close(&parent_fd);
	fd_close(&stage_fd);
	ck_assert_msg(service_open(&svc, "a1", &err) == 0 && service_lock(&svc, &lock, &err) == 0,
		      "%s", err.msg);
	parent_fd = openat(scratch_fd, STAGE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stage_fd = openat(parent_fd, NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(stage_fd, 0);
}

/* The installed tree, and the one that is to take its place.  Returns the latter's inode. */
static long long
make_trees(void)
{
	struct stat st;

	ck_assert_int_eq(directory_remove_tree(scratch_fd, "services/a1", &err), 0);
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "services/.enstratus/.stage", &err), 0);
	scratch_write("services/a1/bin/hook", "old");
	scratch_write("services/a1/gone", "old");
	scratch_write("services/a1/data/db", "kept");
	scratch_write("services/a1/www/uploads/me.jpg", "kept");
	scratch_write("services/a1/www/index", "old");
	scratch_write("services/a1/app/deep/er/state", "kept");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/data", 0700, 0), 0);
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/app/deep", 0751, 0), 0);
	ck_assert_int_eq(symlinkat("/nowhere", scratch_fd, "services/a1/link"), 0);
	scratch_write(STAGE NAME "/bin/hook", "new");
	scratch_write(STAGE NAME "/data/seed", "the image's");
	scratch_write(STAGE NAME "/www/index", "new");
	scratch_write(STAGE NAME "/link", "the image's");
	ck_assert_int_eq(fstatat(scratch_fd, STAGE NAME, &st, 0), 0);
	return (long long)st.st_ino;
}

/* The end of every exchange of these trees, however often it was cut off. */
static void
check_exchanged(long long inode)
{
	char target[16] = "";
	struct stat st;

	ck_assert_int_eq(fstatat(scratch_fd, "services/a1", &st, 0), 0);
	ck_assert_int_eq((long long)st.st_ino, inode);
	ck_assert_int_eq(fstat(svc.dir_fd, &st), 0);
	ck_assert_int_eq((long long)st.st_ino, inode);
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "new");
	ck_assert_str_eq(scratch_read("services/a1/www/index"), "new");
	ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
	ck_assert_str_eq(scratch_read("services/a1/www/uploads/me.jpg"), "kept");
	ck_assert_str_eq(scratch_read("services/a1/app/deep/er/state"), "kept");
	ck_assert_int_eq(readlinkat(scratch_fd, "services/a1/link", target, 15), 8);
	ck_assert(!scratch_exists("services/a1/data/seed"));
	ck_assert(!scratch_exists("services/a1/gone"));
	ck_assert(!scratch_exists("services/a1/none"));
	ck_assert_uint_eq(scratch_mode("services/a1/data"), 0700);
	ck_assert_uint_eq(scratch_mode("services/a1/app/deep"), 0751);
	ck_assert_uint_eq(scratch_mode("services/a1/app/deep/er"), 0755);
	/* What is left of the old one is for the caller to remove. */
	ck_assert_str_eq(scratch_read(STAGE NAME "/bin/hook"), "old");
	ck_assert_str_eq(scratch_read(STAGE NAME "/gone"), "old");
	ck_assert(!scratch_exists(STAGE NAME "/data"));
}

static void
prepare(const char *const *paths, size_t n)
{
	ck_assert_msg(exchange_prepare(&svc, stage_fd, paths, n, &err) == 0, "%s", err.msg);
}

static void
exchange(long long inode)
{
	ck_assert_msg(exchange_trees(&svc, parent_fd, NAME, inode, &err) == 0, "%s", err.msg);
}

START_TEST(the_new_tree_has_what_persists_and_nothing_else_of_the_old)
{
	long long inode = make_trees();

	open_service();
	prepare(persist, COUNT(persist));
	ck_assert_str_eq(scratch_read("services/.enstratus/a1/persist"),
			 "data\nwww/uploads\napp/deep/er/state\nlink\nnone/x\n");
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "old");
	exchange(inode);
	check_exchanged(inode);
}
END_TEST

START_TEST(a_second_call_changes_nothing)
{
	long long inode = make_trees();

	open_service();
	prepare(persist, COUNT(persist));
	for (int i = 0; i < 3; i++) {
		exchange(inode);
		check_exchanged(inode);
		open_service();
	}
}
END_TEST

START_TEST(nothing_need_persist)
{
	long long inode = make_trees();

	open_service();
	/* What another exchange noted is of no account. */
	scratch_write("services/.enstratus/a1/persist", "gone\n");
	prepare(NULL, 0);
	exchange(inode);
	ck_assert(!scratch_exists("services/a1/gone"));
	ck_assert_str_eq(scratch_read("services/a1/data/seed"), "the image's");
	ck_assert_str_eq(scratch_read(STAGE NAME "/data/db"), "kept");
}
END_TEST

static void
run_exchange(void *inode)
{
	struct err e = ERR_INIT;

	if (exchange_trees(&svc, parent_fd, NAME, *(long long *)inode, &e))
		_exit(1);
}

START_TEST(cut_off_anywhere_and_called_again_it_ends_the_same)
{
	long long inode = 0;
	int n = 0;

	if (!cut_off_is_possible("cut_off_anywhere_and_called_again_it_ends_the_same"))
		return;
	do {
		inode = make_trees();
		open_service();
		prepare(persist, COUNT(persist));
		n++;
		if (!cut_off_at(n, run_exchange, &inode))
			break;
		open_service();
		exchange(inode);
		check_exchanged(inode);
	} while (n < 5000);
	/* The exchange, what is made and what is moved. */
	ck_assert_int_gt(n, 12);
	ck_assert_int_lt(n, 5000);
}
END_TEST

START_TEST(a_file_system_mounted_within_is_refused_before_anything)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		fprintf(stderr, "skipped a_file_system_mounted_within: %s\n",
			geteuid() ? "needs root" : strerror(errno));
		return;
	}
	make_trees();
	if (_i == 0) {
		scratch_mkdir("services/a1/data/volume/");
		ck_assert_int_eq(
			mount("none", scratch_path("services/a1/data/volume"), "tmpfs", 0, NULL),
			0);
	} else {
		ck_assert_int_eq(mount(scratch_path("services/a1"), scratch_path("services/a1"),
				       NULL, MS_BIND, NULL),
				 0);
	}
	open_service();
	ck_assert_int_eq(exchange_prepare(&svc, stage_fd, persist, COUNT(persist), &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.msg, _i ? "of its own" : "'volume'"));
	ck_assert(!scratch_exists("services/.enstratus/a1/persist"));
	service_close(&svc);
	ck_assert_int_eq(umount(scratch_path(_i ? "services/a1" : "services/a1/data/volume")), 0);
}
END_TEST

START_TEST(what_lies_behind_a_link_of_the_service_is_refused)
{
	static const char *const through[] = {"out/canary"};

	make_trees();
	scratch_write("outside/canary", "canary");
	ck_assert_int_eq(symlinkat("../../outside", scratch_fd, "services/a1/out"), 0);
	open_service();
	ck_assert_int_eq(exchange_prepare(&svc, stage_fd, through, 1, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(err.msg, "'out/canary'"));
}
END_TEST

/* The service's account may put a link there after that was looked at. */
START_TEST(no_link_is_followed_out_of_either_tree)
{
	long long inode = make_trees();

	scratch_mkdir("outside/");
	open_service();
	prepare(persist, COUNT(persist));
	if (_i == 0) {
		scratch_write("outside/uploads/canary", "canary");
		ck_assert_int_eq(directory_remove_tree(scratch_fd, "services/a1/www", &err), 0);
		ck_assert_int_eq(symlinkat("../../outside", scratch_fd, "services/a1/www"), 0);
		exchange(inode);
		ck_assert_str_eq(scratch_read("outside/uploads/canary"), "canary");
		ck_assert(!scratch_exists("services/a1/www/uploads"));
		return;
	}
	ck_assert_int_eq(symlinkat("../../outside", stage_fd, "app"), 0);
	ck_assert_int_eq(exchange_trees(&svc, parent_fd, NAME, inode, &err), -1);
	ck_assert_int_eq(unlinkat(scratch_fd, "outside", AT_REMOVEDIR), 0);
	/* Nothing is lost, and once the link is gone it can go on. */
	ck_assert_str_eq(scratch_read(STAGE NAME "/app/deep/er/state"), "kept");
	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/app", 0), 0);
	err = ERR_INIT;
	exchange(inode);
	check_exchanged(inode);
}
END_TEST

START_TEST(an_image_that_has_no_place_for_what_persists_is_refused)
{
	make_trees();
	if (_i == 0)
		scratch_write(STAGE NAME "/app", "a file");
	else
		ck_assert_int_eq(symlinkat("www", scratch_fd, STAGE NAME "/app"), 0);
	open_service();
	ck_assert_int_eq(exchange_prepare(&svc, stage_fd, persist, COUNT(persist), &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(err.msg, "'app/deep/er/state' is to persist"));
	/* Where there is nothing that persists, any image will do. */
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "services/a1/app", &err), 0);
	err = ERR_INIT;
	prepare(persist, COUNT(persist));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, the_new_tree_has_what_persists_and_nothing_else_of_the_old);
	tcase_add_test(tc, a_second_call_changes_nothing);
	tcase_add_test(tc, nothing_need_persist);
	tcase_add_test(tc, cut_off_anywhere_and_called_again_it_ends_the_same);
	tcase_add_loop_test(tc, a_file_system_mounted_within_is_refused_before_anything, 0, 2);
	tcase_add_test(tc, what_lies_behind_a_link_of_the_service_is_refused);
	tcase_add_loop_test(tc, no_link_is_followed_out_of_either_tree, 0, 2);
	tcase_add_loop_test(tc, an_image_that_has_no_place_for_what_persists_is_refused, 0, 2);
}
