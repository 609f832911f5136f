/* SPDX-License-Identifier: MIT */
/* test_rundir - memory-backed directories of runs, and the sweeping of what dead runs left. */
#include "service/rundir.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/fd.h"
#include "base/secret.h"
#include "scratch_root.h"
#include "service/delivery.h"
#include "tests.h"

#define TEXT "servicePassword=hunter2\n"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

/* An installed service, open and locked. */
static struct service
open_service(const char *id)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;
	char name[128];

	snprintf(name, sizeof name, "services/%s/cfg/", id);
	scratch_mkdir(name);
	ck_assert_msg(service_open(&svc, id, &e) == 0, "%s", e.msg);
	ck_assert_msg(service_lock(&svc, &lock, &e) == 0, "%s", e.msg);
	return svc;
}

static int
open_run_dir(bool make, char *path, size_t size)
{
	struct paths paths;
	struct err e = ERR_INIT;

	ck_assert_int_eq(paths_load(&paths, &e), 0);
	return rundir_open(&paths, make, path, size);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	ck_assert_msg(lstat(path, &st) == 0, "no '%s'", path);
	return st.st_mode & 07777;
}

START_TEST(the_run_directory_is_the_configured_one_and_others_may_only_pass_through)
{
	char path[PATHS_MAX];
	int fd = open_run_dir(true, path, sizeof path);

	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(path, scratch_run_dir);
	ck_assert_uint_eq(mode_of(scratch_run_dir), 0711);
	ck_assert(fd_in_memory(fd));
	close(fd);
}
END_TEST

START_TEST(a_missing_run_directory_is_made_only_when_asked)
{
	char path[PATHS_MAX], own[PATHS_MAX];
	int fd;

	snprintf(own, sizeof own, "%s/own", scratch_run_dir);
	setenv("ENSTRATUS_RUN_DIR", own, 1);
	fd = open_run_dir(false, path, sizeof path);
	/* Perhaps this user's in /dev/shm is there; the configured one is not made. */
	if (fd >= 0)
		close(fd);
	ck_assert_int_ne(access(own, F_OK), 0);
	fd = open_run_dir(true, path, sizeof path);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(path, own);
	ck_assert_uint_eq(mode_of(own), 0711);
	close(fd);
}
END_TEST

/* An entry of /dev/shm that this test may have made, and so removes. */
static void
check_fallback(void)
{
	char path[PATHS_MAX], expected[64];
	bool was_there;
	int fd;

	snprintf(expected, sizeof expected, "/dev/shm/enstratus-%u", (unsigned)geteuid());
	was_there = access(expected, F_OK) == 0;
	fd = open_run_dir(true, path, sizeof path);
	ck_assert_int_ge(fd, 0);
	/* Or one with a suffix: a run that found that name taken has left it. */
	ck_assert_msg(strncmp(path, expected, strlen(expected)) == 0, "%s", path);
	ck_assert_uint_eq(mode_of(path), 0711);
	close(fd);
	if (!was_there && strcmp(path, expected) == 0)
		rmdir(expected);
}

START_TEST(one_that_everybody_may_write_is_not_used)
{
	ck_assert_int_eq(chmod(scratch_run_dir, 0777), 0);
	check_fallback();
}
END_TEST

START_TEST(one_that_is_on_a_disk_is_not_used)
{
	if (fd_in_memory(scratch_fd)) {
		fprintf(stderr, "skipped one_that_is_on_a_disk: the scratch is in memory\n");
		return;
	}
	setenv("ENSTRATUS_RUN_DIR", scratch_path("run"), 1);
	check_fallback();
}
END_TEST

START_TEST(one_that_is_a_link_is_not_used)
{
	char link[PATHS_MAX];

	snprintf(link, sizeof link, "%s/link", scratch_run_dir);
	ck_assert_int_eq(symlink(scratch_run_dir, link), 0);
	setenv("ENSTRATUS_RUN_DIR", link, 1);
	check_fallback();
}
END_TEST

static const struct {
	const char *id, *name;
	bool is;
} names[] = {
	{"a1", "a1.0123abcd", true},
	{"a1", "a1.b.0123abcd", false},
	{"a1.b", "a1.b.0123abcd", true},
	{"a1.b", "a1.0123abcd", false},
	{"a1", "a1", false},
	{"a1", "a1.", false},
	{"a1", "a1.0123abc", false},
	{"a1", "a1.0123abcde", false},
	{"a1", "a12.0123abcd", false},
	{"a1", "a1./../else", false},
	{"a1", "a1.0123abcg", false},
	{"a1", "a1.0123ABCD", false},
	{"a1", "a1x0123abcd", false},
	{"a1", "b1.0123abcd", false},
	{"a1.0123abcd", "a1.0123abcd", false},
};

START_TEST(a_run_s_name_tells_its_service)
{
	struct service svc = SERVICE_INIT;

	snprintf(svc.id, sizeof svc.id, "%s", names[_i].id);
	ck_assert_int_eq(rundir_is_of(&svc, names[_i].name), names[_i].is);
}
END_TEST

/* A run of the service that delivers and dies at once; its run's directory is written to path. */
static void
die_after_delivery(const char *id, char *path, size_t size)
{
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct service svc = open_service(id);
		struct secret s = SECRET_INIT;
		struct err e = ERR_INIT;
		struct delivery d;
		char name[80];

		snprintf(name, sizeof name, "%s.key", id);
		if (secret_append(&s, TEXT, strlen(TEXT), &e) ||
		    delivery_open(&d, &svc, NULL, NULL, &e) ||
		    delivery_make(&d, "enstratus.cfg", &e) || delivery_make(&d, name, &e) ||
		    delivery_fill(&d, "enstratus.cfg", &s, &e) || delivery_fill(&d, name, &s, &e) ||
		    write(fds[1], d.run_path, strlen(d.run_path)) < 0)
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	n = read(fds[0], path, size - 1);
	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(what_a_dead_run_left_is_swept_and_other_services_are_not)
{
	char a[PATHS_MAX], b[PATHS_MAX], file[PATHS_MAX + 32], text[64];
	struct service svc;
	struct err e = ERR_INIT;
	int fd;

	die_after_delivery("a1", a, sizeof a);
	die_after_delivery("a1.b", b, sizeof b);
	snprintf(file, sizeof file, "%s/enstratus.cfg", a);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, text, sizeof text), (ssize_t)strlen(TEXT));
	svc = open_service("a1");
	ck_assert_msg(rundir_sweep(&svc, &e) == 0, "%s", e.msg);
	ck_assert_int_ne(access(a, F_OK), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	ck_assert(!scratch_exists("services/a1/cfg/enstratus.cfg"));
	ck_assert(!scratch_exists("services/a1/cfg/a1.key"));
	ck_assert_int_eq(access(b, F_OK), 0);
	ck_assert_str_eq(scratch_read("services/a1.b/cfg/enstratus.cfg"), TEXT);
	ck_assert_str_eq(scratch_read("services/a1.b/cfg/a1.b.key"), TEXT);
	close(fd);
	service_close(&svc);
	svc = open_service("a1.b");
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert_int_ne(access(b, F_OK), 0);
	ck_assert(!scratch_exists("services/a1.b/cfg/enstratus.cfg"));
	service_close(&svc);
}
END_TEST

START_TEST(several_dead_runs_are_swept_at_once)
{
	char paths[3][PATHS_MAX];
	struct service svc;
	struct err e = ERR_INIT;

	for (int i = 0; i < 3; i++)
		die_after_delivery("a1", paths[i], sizeof paths[i]);
	svc = open_service("a1");
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_ne(access(paths[i], F_OK), 0);
	service_close(&svc);
}
END_TEST

/* An agent root of another place has a service of the same id, and may have the same storage. */
START_TEST(a_run_of_another_root_that_is_alive_is_not_swept)
{
	char dead[PATHS_MAX];
	struct service svc = open_service("a1"), own;
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	struct delivery alive;

	ck_assert_int_eq(secret_append(&s, TEXT, strlen(TEXT), &e), 0);
	ck_assert_msg(delivery_open(&alive, &svc, NULL, NULL, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(delivery_make(&alive, "enstratus.cfg", &e), 0);
	ck_assert_int_eq(delivery_fill(&alive, "enstratus.cfg", &s, &e), 0);
	ck_assert_int_eq(renameat(scratch_fd, "services", scratch_fd, "others"), 0);
	scratch_mkdir("services/");
	die_after_delivery("a1", dead, sizeof dead);
	own = open_service("a1");
	ck_assert_msg(rundir_sweep(&own, &e) == 0, "%s", e.msg);
	ck_assert_int_ne(access(dead, F_OK), 0);
	ck_assert_int_eq(access(alive.run_path, F_OK), 0);
	service_close(&own);
	ck_assert_int_eq(delivery_close(&alive, &e), 0);
	ck_assert_int_ne(access(alive.run_path, F_OK), 0);
	secret_free(&s);
	service_close(&svc);
}
END_TEST

START_TEST(a_link_whose_run_is_gone_is_swept)
{
	char path[PATHS_MAX];
	struct service svc;
	struct err e = ERR_INIT;

	/* As after a reboot: memory is empty, the disk is not. */
	die_after_delivery("a1", path, sizeof path);
	nftw(path, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	svc = open_service("a1");
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert(!scratch_exists("services/a1/cfg/enstratus.cfg"));
	service_close(&svc);
}
END_TEST

START_TEST(a_configuration_placed_for_the_next_run_is_left)
{
	struct service svc = open_service("a1");
	struct err e = ERR_INIT;

	scratch_write("services/a1/cfg/enstratus.cfg", TEXT);
	scratch_write("services/a1/cfg/a1.key", "PEM");
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert_str_eq(scratch_read("services/a1/cfg/enstratus.cfg"), TEXT);
	ck_assert_str_eq(scratch_read("services/a1/cfg/a1.key"), "PEM");
	service_close(&svc);
}
END_TEST

static const char *const targets[] = {
	"/etc/ssl/key.pem", "key.pem", "../a1.0123abcd", "/x/a1.b.0123abcd/enstratus.cfg",
	"/a1.0123abcd",
};

START_TEST(a_link_of_somebody_else_s_is_left)
{
	struct service svc = open_service("a1");
	struct err e = ERR_INIT;

	ck_assert_int_eq(symlinkat(targets[_i], scratch_fd, "services/a1/cfg/a1.key"), 0);
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert(scratch_exists("services/a1/cfg/a1.key"));
	service_close(&svc);
}
END_TEST

START_TEST(a_service_without_cfg_or_run_directory_has_nothing_to_sweep)
{
	struct service svc = open_service("a1");
	struct err e = ERR_INIT;

	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/cfg", AT_REMOVEDIR), 0);
	setenv("ENSTRATUS_RUN_DIR", scratch_path("nowhere"), 1);
	ck_assert_int_eq(paths_load(&svc.paths, &e), 0);
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	service_close(&svc);
}
END_TEST

/* A run that died an hour ago, as its mark has it. */
static struct service
open_an_hour_later(char *run, size_t size)
{
	const struct timespec times[2] = {{.tv_sec = time(NULL) - 3600},
					  {.tv_sec = time(NULL) - 3600}};
	struct service svc;

	die_after_delivery("a1", run, size);
	svc = open_service("a1");
	ck_assert_int_eq(utimensat(svc.meta_fd, RUNDIR_MARK, times, 0), 0);
	return svc;
}

#define CFG "services/a1/cfg/enstratus.cfg"
#define NEW_TEXT "name=new\n"

START_TEST(a_delivery_behind_a_dead_run_is_left_whatever_its_date)
{
	const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	char run[PATHS_MAX];
	struct service svc = open_an_hour_later(run, sizeof run);
	struct err e = ERR_INIT;

	ck_assert_int_eq(unlinkat(scratch_fd, CFG, 0), 0);
	scratch_write(CFG, NEW_TEXT);
	ck_assert_int_eq(utimensat(scratch_fd, CFG, times, 0), 0);
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert_str_eq(scratch_read(CFG), NEW_TEXT);
	ck_assert_int_ne(access(run, F_OK), 0);
	service_close(&svc);
}
END_TEST

START_TEST(a_delivery_through_a_dead_run_s_link_comes_into_its_place)
{
	char run[PATHS_MAX];
	struct service svc = open_an_hour_later(run, sizeof run);
	struct err e = ERR_INIT;
	struct stat st;
	int fd = open(scratch_path(CFG), O_WRONLY | O_TRUNC | O_CLOEXEC);

	ck_assert_int_eq(write(fd, NEW_TEXT, strlen(NEW_TEXT)), (ssize_t)strlen(NEW_TEXT));
	close(fd);
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert_str_eq(scratch_read(CFG), NEW_TEXT);
	ck_assert_int_eq(fstatat(scratch_fd, CFG, &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_ne(access(run, F_OK), 0);
	service_close(&svc);
}
END_TEST

START_TEST(what_a_dead_run_delivered_is_no_delivery_however_late_its_mode_changed)
{
	char run[PATHS_MAX];
	struct service svc = open_an_hour_later(run, sizeof run);
	struct err e = ERR_INIT;

	ck_assert_int_eq(chmod(scratch_path(CFG), 0600), 0);
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert(!scratch_exists(CFG));
	ck_assert_int_ne(access(run, F_OK), 0);
	service_close(&svc);
}
END_TEST

START_TEST(a_file_with_other_names_in_a_dead_run_s_place_keeps_its_bytes)
{
	char run[PATHS_MAX];
	struct service svc;
	struct err e = ERR_INIT;

	die_after_delivery("a1", run, sizeof run);
	svc = open_service("a1");
	scratch_write("services/a1/settings", "precious");
	ck_assert_int_eq(unlinkat(scratch_fd, CFG, 0), 0);
	ck_assert_int_eq(linkat(scratch_fd, "services/a1/settings", scratch_fd, CFG, 0), 0);
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert(!scratch_exists(CFG));
	ck_assert_str_eq(scratch_read("services/a1/settings"), "precious");
	service_close(&svc);
}
END_TEST

START_TEST(a_name_that_somebody_else_has_taken_is_not_used)
{
	static const mode_t modes[] = {0700, 0777};
	char path[PATHS_MAX], taken[64];
	struct paths paths;
	struct err e = ERR_INIT;
	struct stat first, second;
	int fd, again;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777")) {
		fprintf(stderr, "skipped a_name_that_somebody_else_has_taken: not root\n");
		return;
	}
	snprintf(taken, sizeof taken, "/dev/shm/enstratus-%u", (unsigned)geteuid());
	ck_assert_int_eq(mkdir(taken, 0700), 0);
	ck_assert_int_eq(chmod(taken, modes[_i]), 0);
	ck_assert_int_eq(chown(taken, 65534, 65534), 0);
	setenv("ENSTRATUS_RUN_DIR", scratch_path("nowhere/at/all"), 1);
	ck_assert_int_eq(paths_load(&paths, &e), 0);
	fd = rundir_open(&paths, true, path, sizeof path);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_ne(path, taken);
	ck_assert_uint_eq(mode_of(path), 0711);
	/* The next run finds the same one. */
	again = rundir_open(&paths, true, path, sizeof path);
	ck_assert_int_eq(fstat(fd, &first) | fstat(again, &second), 0);
	ck_assert_uint_eq(first.st_ino, second.st_ino);
	close(again);
	close(fd);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc,
		       the_run_directory_is_the_configured_one_and_others_may_only_pass_through);
	tcase_add_test(tc, a_missing_run_directory_is_made_only_when_asked);
	tcase_add_test(tc, one_that_everybody_may_write_is_not_used);
	tcase_add_test(tc, one_that_is_on_a_disk_is_not_used);
	tcase_add_test(tc, one_that_is_a_link_is_not_used);
	tcase_add_loop_test(tc, a_run_s_name_tells_its_service, 0, sizeof names / sizeof *names);
	tcase_add_test(tc, what_a_dead_run_left_is_swept_and_other_services_are_not);
	tcase_add_test(tc, several_dead_runs_are_swept_at_once);
	tcase_add_test(tc, a_run_of_another_root_that_is_alive_is_not_swept);
	tcase_add_test(tc, a_link_whose_run_is_gone_is_swept);
	tcase_add_test(tc, a_configuration_placed_for_the_next_run_is_left);
	tcase_add_loop_test(tc, a_link_of_somebody_else_s_is_left, 0,
			    sizeof targets / sizeof *targets);
	tcase_add_test(tc, a_delivery_behind_a_dead_run_is_left_whatever_its_date);
	tcase_add_test(tc, a_delivery_through_a_dead_run_s_link_comes_into_its_place);
	tcase_add_test(tc, what_a_dead_run_delivered_is_no_delivery_however_late_its_mode_changed);
	tcase_add_test(tc, a_file_with_other_names_in_a_dead_run_s_place_keeps_its_bytes);
	tcase_add_loop_test(tc, a_name_that_somebody_else_has_taken_is_not_used, 0, 2);
	tcase_add_test(tc, a_service_without_cfg_or_run_directory_has_nothing_to_sweep);
}
