/* SPDX-License-Identifier: MIT */
/* test_access - where an installation may not write it is refused before, and nowhere else. */
#include "command/access.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch_root.h"
#include "tests.h"

#define PLAIN 65534

static struct service svc;
static struct judge judge;
static struct persist persist;
static struct err err;

static void
add(const char *name, mode_t mode)
{
	const struct judge_claim claim = {.name = name, .name_len = strlen(name), .mode = mode};

	ck_assert_msg(judge_add(&judge, &claim, &err) == 0, "%s", err.msg);
}

/* A service of the caller's, or of a plain user whom root becomes, and an image for it. */
static void
begin(void)
{
	scratch_root_setup();
	umask(022);
	svc = SERVICE_INIT;
	judge = JUDGE_INIT;
	err = ERR_INIT;
	persist = (struct persist){.paths = {"data/db", "data/none"}, .n = 2};
	add("bin/hook", S_IFREG | 0755);
	add("www/", S_IFDIR | 0755);
	add("www/index", S_IFREG | 0644);
	add("new/deep/er/file", S_IFREG | 0644);
	ck_assert_msg(judge_finish(&judge, &err) == 0, "%s", err.msg);
	scratch_write("services/a1/bin/hook", "old");
	scratch_write("services/a1/bin/other", "old");
	scratch_write("services/a1/cfg/conf", "old");
	scratch_write("services/a1/www/index", "old");
	scratch_write("services/a1/data/db", "old");
	scratch_mkdir("services/.enstratus/a1/");
	scratch_write("services/.enstratus/a1/lock", "");
	scratch_mkdir("services/.enstratus/images/");
	scratch_mkdir("services/.enstratus/.stage/");
}

static void
finish(void)
{
	service_close(&svc);
	judge_free(&judge);
	if (geteuid() != getuid())
		ck_assert_int_eq(seteuid(getuid()), 0);
	scratch_root_teardown();
}

static int
give(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st, (void)kind, (void)walk;
	return lchown(path, PLAIN, PLAIN);
}

/* Root may write anywhere: it becomes somebody else for a while. */
static int
check(const char *id, bool replace)
{
	int result;

	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(PLAIN), 0);
	ck_assert_msg(service_open_new(&svc, id, &err) == 0 &&
			      service_find_metadata(&svc, &err) == 0,
		      "%s", err.msg);
	result = access_check(&svc, &judge, replace ? &persist : NULL, &err);
	if (geteuid() != getuid())
		ck_assert_int_eq(seteuid(getuid()), 0);
	return result;
}

static void
give_all(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(nftw(scratch_path("services"), give, 16, FTW_PHYS), 0);
}

START_TEST(what_is_one_s_own_can_be_written)
{
	give_all();
	ck_assert_msg(check(_i == 2 ? "new" : "a1", _i == 1) == 0, "%s", err.msg);
}
END_TEST

/* As the update itself does, which opens them up for a while. */
START_TEST(one_s_own_directory_is_opened_up)
{
	int result;

	give_all();
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/www", 0555, 0), 0);
	result = check("a1", false);
	/* Whatever came of it, the teardown has to get at it. */
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/www", 0755, 0), 0);
	ck_assert_msg(result == 0, "%s", err.msg);
}
END_TEST

static const struct {
	const char *path, *id;
	bool replace;
	const char *says;
} closed[] = {
	{"services", "new", false, "cannot put the service in its place"},
	{"services", "a1", true, "cannot put the service in its place"},
	{"services", "a1", false, NULL},
	{"services/.enstratus/images", "a1", false, "'.enstratus/images'"},
	{"services/.enstratus/.stage", "new", false, "'.enstratus/.stage'"},
	{"services/.enstratus/a1", "a1", false, "'.enstratus/a1'"},
	{"services/.enstratus/a1/lock", "a1", false, "'.enstratus/a1/lock'"},
	{"services/.enstratus", "new", false, "cannot write to '.enstratus'"},
	{"services/.enstratus", "a1", false, NULL},
};

START_TEST(where_it_may_not_write_it_is_refused)
{
	int result;

	give_all();
	ck_assert_int_eq(fchmodat(scratch_fd, closed[_i].path, 0555, 0), 0);
	result = check(closed[_i].id, closed[_i].replace);
	ck_assert_int_eq(fchmodat(scratch_fd, closed[_i].path, 0755, 0), 0);
	if (!closed[_i].says) {
		ck_assert_msg(result == 0, "%s", err.msg);
		return;
	}
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	ck_assert_msg(strstr(err.msg, closed[_i].says) != NULL, "%s", err.msg);
}
END_TEST

static const struct {
	const char *path;
	bool is_refused;
} others[] = {
	{"", true},	     {"/bin", true},	   {"/cfg", true}, {"/bin/other", true},
	{"/cfg/conf", true}, {"/bin/hook", false}, {"/www", true}, {"/www/index", false},
};

START_TEST(what_is_another_s_is_refused_where_that_matters)
{
	char path[64];

	if (geteuid() != 0) {
		fprintf(stderr, "skipped what_is_another_s_is_refused: needs root\n");
		return;
	}
	give_all();
	snprintf(path, sizeof path, "services/a1%s", others[_i].path);
	ck_assert_int_eq(fchownat(scratch_fd, path, 0, 0, 0), 0);
	ck_assert_int_eq(check("a1", false), others[_i].is_refused ? -1 : 0);
	if (others[_i].is_refused)
		ck_assert_int_eq(err.kind, ERR_REFUSED);
}
END_TEST

/* The attributes of chattr(1); false where the file system has none. */
static bool
set_attributes(const char *path, int attributes)
{
	int fd = openat(scratch_fd, path, O_RDONLY | O_CLOEXEC), flags = 0;
	bool done = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;

	flags = (flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL)) | attributes;
	done = done && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
	close(fd);
	return done;
}

static const struct {
	const char *path;
	int attributes;
	bool replace, is_refused;
} fixed[] = {
	{"", FS_IMMUTABLE_FL, false, true},
	{"", FS_APPEND_FL, false, true},
	{"", FS_IMMUTABLE_FL, true, true},
	{"", FS_APPEND_FL, true, true},
	{"/bin", FS_APPEND_FL, false, true},
	{"/bin/hook", FS_IMMUTABLE_FL, false, true},
	{"/bin/other", FS_IMMUTABLE_FL, false, true},
	{"/bin/other", FS_IMMUTABLE_FL, true, false},
	{"/cfg/conf", FS_APPEND_FL, false, true},
	{"/www", FS_IMMUTABLE_FL, false, true},
	{"/www", FS_APPEND_FL, false, true},
	{"/www/index", FS_IMMUTABLE_FL, false, true},
	{"/www/index", FS_APPEND_FL, false, true},
	{"/data/db", FS_IMMUTABLE_FL, false, false},
	{"/data/db", FS_IMMUTABLE_FL, true, true},
	{"/data", FS_APPEND_FL, true, true},
};

START_TEST(what_chattr_made_fixed_is_refused_where_that_matters)
{
	char path[64];
	int result;

	give_all();
	snprintf(path, sizeof path, "services/a1%s", fixed[_i].path);
	if (!set_attributes(path, fixed[_i].attributes)) {
		fprintf(stderr, "skipped what_chattr_made_fixed: needs root and attributes\n");
		return;
	}
	result = check("a1", fixed[_i].replace);
	ck_assert(set_attributes(path, 0));
	ck_assert_msg(result == (fixed[_i].is_refused ? -1 : 0), "%s", err.msg);
	if (fixed[_i].is_refused)
		ck_assert_int_eq(err.kind, ERR_REFUSED);
}
END_TEST

static const struct {
	uid_t directory, file;
	bool is_refused;
} sticky[] = {{0, 0, true}, {0, PLAIN, false}, {PLAIN, 0, false}};

START_TEST(in_a_sticky_directory_of_another_only_one_s_own_is_replaced)
{
	if (geteuid() != 0) {
		fprintf(stderr, "skipped in_a_sticky_directory: needs root\n");
		return;
	}
	give_all();
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/www", 01777, 0), 0);
	ck_assert_int_eq(fchownat(scratch_fd, "services/a1/www", sticky[_i].directory, 0, 0), 0);
	ck_assert_int_eq(fchownat(scratch_fd, "services/a1/www/index", sticky[_i].file, 0, 0), 0);
	ck_assert_int_eq(check("a1", false), sticky[_i].is_refused ? -1 : 0);
	if (sticky[_i].is_refused)
		ck_assert_ptr_nonnull(strstr(err.msg, "'www/index'"));
}
END_TEST

START_TEST(the_directory_of_all_services_can_be_made_beside_others_only)
{
	setenv("ENSTRATUS_SERVICES_DIR",
	       scratch_path(_i ? "services/none/services" : "services/none"), 1);
	ck_assert_int_eq(paths_load(&svc.paths, &err), 0);
	ck_assert_int_eq(access_check(&svc, &judge, NULL, &err), _i ? -1 : 0);
	ck_assert(!scratch_exists("services/none"));
}
END_TEST

/* Of root too. */
START_TEST(a_read_only_file_system_is_refused)
{
	const char *path = scratch_path(_i ? "services/a1/www" : "services");

	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(path, path, NULL, MS_BIND, NULL)) {
		fprintf(stderr, "skipped a_read_only_file_system: needs root and mounts\n");
		return;
	}
	ck_assert_int_eq(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	ck_assert_msg(service_open_new(&svc, "a1", &err) == 0 &&
			      service_find_metadata(&svc, &err) == 0,
		      "%s", err.msg);
	/* One that is mounted within is conflict_find's. */
	ck_assert_int_eq(access_check(&svc, &judge, NULL, &err), _i ? 0 : -1);
	if (!_i)
		ck_assert_int_eq(err.kind, ERR_IO);
	service_close(&svc);
	ck_assert_int_eq(umount(path), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, what_is_one_s_own_can_be_written, 0, 3);
	tcase_add_test(tc, one_s_own_directory_is_opened_up);
	tcase_add_loop_test(tc, where_it_may_not_write_it_is_refused, 0,
			    sizeof closed / sizeof *closed);
	tcase_add_loop_test(tc, what_is_another_s_is_refused_where_that_matters, 0,
			    sizeof others / sizeof *others);
	tcase_add_loop_test(tc, what_chattr_made_fixed_is_refused_where_that_matters, 0,
			    sizeof fixed / sizeof *fixed);
	tcase_add_loop_test(tc, in_a_sticky_directory_of_another_only_one_s_own_is_replaced, 0,
			    sizeof sticky / sizeof *sticky);
	tcase_add_loop_test(tc, the_directory_of_all_services_can_be_made_beside_others_only, 0, 2);
	tcase_add_loop_test(tc, a_read_only_file_system_is_refused, 0, 2);
}
