/* SPDX-License-Identifier: MIT */
/* test_ownership - the owners and modes of a service's tree. */
#include "scratch.h"

#include "service/ownership.h"

#include <sched.h>
#include <sys/mount.h>

#include "tests.h"

static struct err err;
static struct account agent;

static void
setup(void)
{
	scratch_setup();
	err = ERR_INIT;
	ck_assert_int_eq(account_agent(&agent, &err), 0);
	ck_assert_int_eq(mkdir(scratch_path("bin"), 0700), 0);
	scratch_write("bin/hook", "#!/bin/sh\n");
	ck_assert_int_eq(chmod(scratch_path("bin/hook"), 0644), 0);
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	ck_assert_msg(lstat(scratch_path(name), &st) == 0, "%s is missing", name);
	return st.st_mode & 07777;
}

START_TEST(hooks_become_executable_and_bin_setgid)
{
	ck_assert_int_eq(ownership_apply(scratch_fd, NULL, &agent, &err), 0);
	ck_assert_uint_eq(mode_of("bin"), 02750);
	ck_assert_uint_eq(mode_of("bin/hook"), 0750);
	ck_assert_uint_eq(mode_of("."), 0775);
}
END_TEST

START_TEST(cfg_is_made_where_the_image_has_none)
{
	ck_assert_int_eq(ownership_apply(scratch_fd, NULL, &agent, &err), 0);
	ck_assert_uint_eq(mode_of("cfg"), 0770);
}
END_TEST

START_TEST(files_of_cfg_are_the_groups_too)
{
	mkdir(scratch_path("cfg"), 0755);
	scratch_write("cfg/app.conf", "x");
	ck_assert_int_eq(ownership_apply(scratch_fd, NULL, &agent, &err), 0);
	ck_assert_uint_eq(mode_of("cfg/app.conf"), 0770);
}
END_TEST

START_TEST(what_a_link_in_bin_points_at_is_left_alone)
{
	scratch_write("outside", "x");
	ck_assert_int_eq(chmod(scratch_path("outside"), 0600), 0);
	ck_assert_int_eq(symlink("../outside", scratch_path("bin/link")), 0);
	ck_assert_int_eq(ownership_apply(scratch_fd, NULL, &agent, &err), 0);
	ck_assert_uint_eq(mode_of("outside"), 0600);
}
END_TEST

START_TEST(bin_that_is_a_link_is_refused)
{
	ck_assert_int_eq(rename(scratch_path("bin"), scratch_path("elsewhere")), 0);
	ck_assert_int_eq(symlink("elsewhere", scratch_path("bin")), 0);
	ck_assert_int_eq(ownership_apply(scratch_fd, NULL, &agent, &err), -1);
}
END_TEST

static struct account
nobody(void)
{
	struct account user;
	bool found;

	ck_assert_int_eq(account_find("nobody", &user, &found, &err), 0);
	ck_assert(found);
	return user;
}

START_TEST(everything_is_given_but_a_file_that_has_a_name_outside)
{
	struct account user;
	struct stat st;

	if (!account_is_root()) {
		fprintf(stderr, "skipped: giving files away needs root\n");
		return;
	}
	user = nobody();
	mkdir(scratch_path("data"), 0755);
	scratch_write("data/own", "x");
	scratch_write("data/two", "x");
	ck_assert_int_eq(link(scratch_path("data/two"), scratch_path("data/names")), 0);
	ck_assert_int_eq(ownership_change(scratch_fd, &user, &err), 0);
	stat(scratch_path("data/own"), &st);
	ck_assert_uint_eq(st.st_uid, user.uid);
	stat(scratch_path("bin/hook"), &st);
	ck_assert_uint_eq(st.st_uid, user.uid);
	stat(scratch_path("data/names"), &st);
	ck_assert_uint_eq(st.st_uid, 0);
}
END_TEST

static uid_t
owner_of(const char *name)
{
	struct stat st;

	ck_assert_msg(lstat(scratch_path(name), &st) == 0, "%s is missing", name);
	return st.st_uid;
}

/* A memory file system, and in it a directory of the service's own file system. */
START_TEST(what_is_mounted_within_keeps_its_owners)
{
	struct account user;
	int fd;

	scratch_write("outside/file", "x");
	scratch_mkdir("service/mounted/");
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", scratch_path("service/mounted"), "tmpfs", 0, "mode=755") ||
	    mkdir(scratch_path("service/mounted/back"), 0755) ||
	    mount(scratch_path("outside"), scratch_path("service/mounted/back"), NULL, MS_BIND,
		  NULL)) {
		fprintf(stderr, "skipped what_is_mounted_within: not root\n");
		return;
	}
	user = nobody();
	/* Opened here, for scratch_fd has the mounts that others have. */
	fd = open(scratch_path("service"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(openat(fd, "own", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	ck_assert_int_eq(ownership_change(fd, &user, &err), 0);
	close(fd);
	ck_assert_uint_eq(owner_of("service/own"), user.uid);
	ck_assert_uint_eq(owner_of("service/mounted"), 0);
	ck_assert_uint_eq(owner_of("service/mounted/back"), 0);
	ck_assert_uint_eq(owner_of("outside/file"), 0);
}
END_TEST

START_TEST(the_setgid_bit_survives_a_change_of_owner)
{
	struct account user;
	struct stat st;

	if (!account_is_root()) {
		fprintf(stderr, "skipped: giving files away needs root\n");
		return;
	}
	user = nobody();
	ck_assert_int_eq(ownership_apply(scratch_fd, &user, &agent, &err), 0);
	ck_assert_uint_eq(mode_of("bin"), 02750);
	stat(scratch_path("bin/hook"), &st);
	ck_assert_uint_eq(st.st_uid, user.uid);
	ck_assert_uint_eq(st.st_gid, agent.gid);
	ck_assert_uint_eq(st.st_mode & 07777, 0750);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, scratch_teardown);
	tcase_add_test(tc, hooks_become_executable_and_bin_setgid);
	tcase_add_test(tc, cfg_is_made_where_the_image_has_none);
	tcase_add_test(tc, files_of_cfg_are_the_groups_too);
	tcase_add_test(tc, what_a_link_in_bin_points_at_is_left_alone);
	tcase_add_test(tc, bin_that_is_a_link_is_refused);
	tcase_add_test(tc, everything_is_given_but_a_file_that_has_a_name_outside);
	tcase_add_test(tc, what_is_mounted_within_keeps_its_owners);
	tcase_add_test(tc, the_setgid_bit_survives_a_change_of_owner);
}
