/* SPDX-License-Identifier: MIT */
/* test_paths - where the agent finds things, and the temp directory that it makes. */
#include "host/paths.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "tests.h"

static const char *const variables[] = {"ENSTRATUS_HOME", "ENSTRATUS_SERVICES_DIR",
					"ENSTRATUS_TMP_DIR", "ENSTRATUS_RUN_DIR"};
static const char *const defaults[] = {"/enstratus", "/mnt/services", "/mnt/tmp", "/run/enstratus"};

static void
setup(void)
{
	scratch_setup();
	for (int i = 0; i < 4; i++)
		unsetenv(variables[i]);
}

static const char *
member(const struct paths *p, int i)
{
	const char *const members[] = {p->home, p->services, p->tmp, p->run};

	return members[i];
}

START_TEST(without_variables_they_are_the_contract_s)
{
	struct paths p;
	struct err e = ERR_INIT;

	if (_i == 0)
		setenv(variables[0], "", 1);
	ck_assert_int_eq(paths_load(&p, &e), 0);
	ck_assert_str_eq(member(&p, _i), defaults[_i]);
}
END_TEST

START_TEST(each_has_its_variable)
{
	struct paths p;
	struct err e = ERR_INIT;

	setenv(variables[_i], "/somewhere/else//", 1);
	ck_assert_int_eq(paths_load(&p, &e), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_str_eq(member(&p, i), i == _i ? "/somewhere/else" : defaults[i]);
}
END_TEST

START_TEST(the_root_stays_the_root)
{
	struct paths p;
	struct err e = ERR_INIT;

	setenv("ENSTRATUS_HOME", "///", 1);
	ck_assert_int_eq(paths_load(&p, &e), 0);
	ck_assert_str_eq(p.home, "/");
}
END_TEST

START_TEST(a_relative_one_is_refused)
{
	struct paths p;
	struct err e = ERR_INIT;

	setenv(variables[_i], "relative/path", 1);
	ck_assert_int_eq(paths_load(&p, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(e.msg, variables[_i]));
}
END_TEST

START_TEST(one_that_is_too_long_is_refused)
{
	struct paths p;
	struct err e = ERR_INIT;
	char path[PATHS_MAX + 1];

	memset(path, 'x', sizeof path);
	path[0] = '/';
	path[PATHS_MAX - 1] = '\0';
	setenv("ENSTRATUS_HOME", path, 1);
	ck_assert_int_eq(paths_load(&p, &e), 0);
	path[PATHS_MAX - 1] = 'x';
	path[PATHS_MAX] = '\0';
	setenv("ENSTRATUS_HOME", path, 1);
	ck_assert_int_eq(paths_load(&p, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
}
END_TEST

static int
make_tmp(int *fd, struct err *e)
{
	struct paths p;

	*e = ERR_INIT;
	setenv("ENSTRATUS_TMP_DIR", scratch_path("tmp"), 1);
	ck_assert_int_eq(paths_load(&p, e), 0);
	return paths_make_tmp(&p, fd, e);
}

START_TEST(the_temp_directory_is_made_with_its_mode)
{
	struct err e;
	struct stat st;
	int fd = -1;

	umask(077);
	ck_assert_msg(make_tmp(&fd, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(scratch_mode("tmp"), 0770);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	ck_assert_int_eq(make_tmp(NULL, &e), 0);
}
END_TEST

START_TEST(one_of_the_agent_s_own_that_is_there_is_left_as_it_is)
{
	struct err e;

	scratch_write("tmp/file", "kept");
	ck_assert_int_eq(fchmodat(scratch_fd, "tmp", 0750, 0), 0);
	ck_assert_int_eq(make_tmp(NULL, &e), 0);
	ck_assert_uint_eq(scratch_mode("tmp"), 0750);
	ck_assert_str_eq(scratch_read("tmp/file"), "kept");
}
END_TEST

START_TEST(one_that_others_use_is_refused_and_left_as_it_is)
{
	struct err e;
	struct stat st;
	uid_t owner = _i ? 65534 : geteuid();

	if (_i && geteuid())
		return; /* only root can give it away */
	scratch_mkdir("tmp/");
	ck_assert_int_eq(fchownat(scratch_fd, "tmp", owner, (gid_t)-1, 0), 0);
	ck_assert_int_eq(fchmodat(scratch_fd, "tmp", _i ? 0755 : 01777, 0), 0);
	ck_assert_int_eq(make_tmp(NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_REFUSED);
	ck_assert_uint_eq(scratch_mode("tmp"), _i ? 0755 : 01777);
	ck_assert_int_eq(fstatat(scratch_fd, "tmp", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, owner);
}
END_TEST

START_TEST(the_root_directory_is_refused)
{
	struct paths p;
	struct err e = ERR_INIT;

	setenv("ENSTRATUS_TMP_DIR", "/", 1);
	ck_assert_int_eq(paths_load(&p, &e), 0);
	ck_assert_int_eq(paths_make_tmp(&p, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_REFUSED);
}
END_TEST

START_TEST(something_else_there_is_refused)
{
	struct err e;
	int fd = -1;

	if (_i == 0) {
		scratch_write("tmp", "a file");
	} else {
		scratch_mkdir("elsewhere/");
		ck_assert_int_eq(symlinkat("elsewhere", scratch_fd, "tmp"), 0);
	}
	ck_assert_int_eq(make_tmp(&fd, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_int_eq(fd, -1);
	if (_i)
		ck_assert_uint_eq(scratch_mode("elsewhere"), 0755);
}
END_TEST

START_TEST(a_missing_parent_is_a_failure)
{
	struct paths p;
	struct err e = ERR_INIT;

	setenv("ENSTRATUS_TMP_DIR", scratch_path("none/tmp"), 1);
	ck_assert_int_eq(paths_load(&p, &e), 0);
	ck_assert_int_eq(paths_make_tmp(&p, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_SYSTEM);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, scratch_teardown);
	tcase_add_loop_test(tc, without_variables_they_are_the_contract_s, 0, 4);
	tcase_add_loop_test(tc, each_has_its_variable, 0, 4);
	tcase_add_test(tc, the_root_stays_the_root);
	tcase_add_loop_test(tc, a_relative_one_is_refused, 0, 4);
	tcase_add_test(tc, one_that_is_too_long_is_refused);
	tcase_add_test(tc, the_temp_directory_is_made_with_its_mode);
	tcase_add_test(tc, one_of_the_agent_s_own_that_is_there_is_left_as_it_is);
	tcase_add_loop_test(tc, one_that_others_use_is_refused_and_left_as_it_is, 0, 2);
	tcase_add_test(tc, the_root_directory_is_refused);
	tcase_add_loop_test(tc, something_else_there_is_refused, 0, 2);
	tcase_add_test(tc, a_missing_parent_is_a_failure);
}
