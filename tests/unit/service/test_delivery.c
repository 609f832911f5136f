/* SPDX-License-Identifier: MIT */
/* test_delivery - secret files in cfg/ while a hook runs, and nothing of them after it. */
#include "service/delivery.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <utime.h>

#include "base/fd.h"
#include "scratch_root.h"
#include "tests.h"

#define NAME "enstratus.cfg"
#define LINK "services/a1/cfg/" NAME
#define SECRET_TEXT "servicePassword=hunter2\n"

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

static struct secret
secret_of(const char *text)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(secret_append(&s, text, strlen(text), &e), 0);
	return s;
}

static void
put(struct delivery *d, const char *name, const char *text)
{
	struct secret s = secret_of(text);
	struct err e = ERR_INIT;

	ck_assert_msg(delivery_make(d, name, &e) == 0, "%s", e.msg);
	ck_assert_msg(delivery_fill(d, name, &s, &e) == 0, "%s", e.msg);
	secret_free(&s);
}

/* Delivers one file into a service "a1". */
static void
deliver(struct delivery *d, struct service *svc)
{
	struct err e = ERR_INIT;

	*svc = open_service("a1");
	ck_assert_msg(delivery_open(d, svc, NULL, NULL, &e) == 0, "%s", e.msg);
	put(d, NAME, SECRET_TEXT);
}

static void
check_run_dir_is_empty(void)
{
	/* 2 links: itself and its name in the directory above, no subdirectory. */
	struct stat st;

	ck_assert_int_eq(stat(scratch_run_dir, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 2);
	ck_assert_int_eq(rmdir(scratch_run_dir), 0);
	ck_assert_int_eq(mkdir(scratch_run_dir, 0700), 0);
}

static void
close_all(struct delivery *d, struct service *svc)
{
	struct err e = ERR_INIT;

	ck_assert_msg(delivery_close(d, &e) == 0, "%s", e.msg);
	ck_assert(!scratch_exists(LINK));
	check_run_dir_is_empty();
	service_close(svc);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode;
}

START_TEST(the_file_is_a_link_from_cfg_into_memory_with_the_contract_s_modes)
{
	struct delivery d;
	struct service svc;
	char target[4096], directory[4096];
	ssize_t len;

	deliver(&d, &svc);
	len = readlink(scratch_path(LINK), target, sizeof target - 1);
	ck_assert_int_gt(len, 0);
	target[len] = '\0';
	snprintf(directory, sizeof directory, "%s/a1.%s", scratch_run_dir, svc.run_id);
	ck_assert_int_eq(strncmp(target, directory, strlen(directory)), 0);
	ck_assert_str_eq(target + strlen(directory), "/" NAME);
	ck_assert_uint_eq(mode_of(target), S_IFREG | 0640);
	ck_assert_uint_eq(mode_of(directory), S_IFDIR | 0750);
	ck_assert_uint_eq(mode_of(scratch_run_dir), S_IFDIR | 0711);
	ck_assert_str_eq(scratch_read(LINK), SECRET_TEXT);
	close_all(&d, &svc);
}
END_TEST

START_TEST(owner_and_group_are_the_account_s_and_the_agent_s)
{
	struct account user = {.name = "u", .uid = 12345, .gid = 12346};
	struct account agent = {.name = "g", .uid = 0, .gid = 12347};
	struct service svc = open_service("a1");
	struct delivery d;
	struct err e = ERR_INIT;
	struct stat st;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped owner_and_group: only root can give files away\n");
		service_close(&svc);
		return;
	}
	ck_assert_msg(delivery_open(&d, &svc, &user, &agent, &e) == 0, "%s", e.msg);
	put(&d, NAME, SECRET_TEXT);
	ck_assert_int_eq(stat(scratch_path(LINK), &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 12347);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(fstat(d.run_fd, &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 12347);
	close_all(&d, &svc);
}
END_TEST

START_TEST(several_files_come_and_go_together)
{
	static const char *const names[] = {NAME, "a1.cert", "a1.key", "a1.chained"};
	struct service svc = open_service("a1");
	struct secret s = secret_of("x");
	struct delivery d;
	struct err e = ERR_INIT;
	char path[64];

	ck_assert_int_eq(delivery_open(&d, &svc, NULL, NULL, &e), 0);
	for (size_t i = 0; i < 4; i++)
		put(&d, names[i], names[i]);
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "services/a1/cfg/%s", names[i]);
		ck_assert_str_eq(scratch_read(path), names[i]);
	}
	ck_assert_int_eq(delivery_make(&d, "a1.fifth", &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	ck_assert_int_eq(delivery_fill(&d, "a1.fifth", &s, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	secret_free(&s);
	close_all(&d, &svc);
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "services/a1/cfg/%s", names[i]);
		ck_assert(!scratch_exists(path));
	}
}
END_TEST

START_TEST(what_stood_at_the_name_makes_room)
{
	struct service svc = open_service("a1");
	struct delivery d;
	struct err e = ERR_INIT;
	int old;

	scratch_write(LINK, "an older secret");
	old = open(scratch_path(LINK), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(delivery_open(&d, &svc, NULL, NULL, &e), 0);
	put(&d, NAME, SECRET_TEXT);
	ck_assert_str_eq(scratch_read(LINK), SECRET_TEXT);
	ck_assert_int_eq(lseek(old, 0, SEEK_END), 0);
	close(old);
	close_all(&d, &svc);
}
END_TEST

START_TEST(a_link_that_stood_at_the_name_is_not_followed)
{
	struct service svc = open_service("a1");
	struct delivery d;
	struct err e = ERR_INIT;

	scratch_write("canary", "sings");
	ck_assert_int_eq(symlinkat(scratch_path("canary"), scratch_fd, LINK), 0);
	ck_assert_int_eq(delivery_open(&d, &svc, NULL, NULL, &e), 0);
	put(&d, NAME, SECRET_TEXT);
	ck_assert_str_eq(scratch_read("canary"), "sings");
	close_all(&d, &svc);
	ck_assert_str_eq(scratch_read("canary"), "sings");
}
END_TEST

/* What the hook may do between put and close. */

START_TEST(the_text_is_gone_through_a_descriptor_that_was_kept)
{
	struct delivery d;
	struct service svc;
	char text[100];
	int fd;

	deliver(&d, &svc);
	fd = open(scratch_path(LINK), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	close_all(&d, &svc);
	ck_assert_int_eq(pread(fd, text, sizeof text, 0), 0);
	close(fd);
}
END_TEST

START_TEST(a_copy_in_the_link_s_place_is_wiped)
{
	struct delivery d;
	struct service svc;
	int fd;

	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	scratch_write(LINK, SECRET_TEXT "edited=yes\n");
	fd = open(scratch_path(LINK), O_RDONLY | O_CLOEXEC);
	close_all(&d, &svc);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}
END_TEST

START_TEST(a_read_only_copy_is_wiped_too)
{
	struct delivery d;
	struct service svc;

	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	scratch_write(LINK, SECRET_TEXT);
	ck_assert_int_eq(fchmodat(scratch_fd, LINK, 0400, 0), 0);
	close_all(&d, &svc);
}
END_TEST

START_TEST(a_link_to_a_canary_is_removed_and_never_followed)
{
	struct delivery d;
	struct service svc;

	scratch_write("canary", "sings");
	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	ck_assert_int_eq(symlinkat(scratch_path("canary"), scratch_fd, LINK), 0);
	close_all(&d, &svc);
	ck_assert_str_eq(scratch_read("canary"), "sings");
}
END_TEST

START_TEST(a_directory_with_copies_in_the_link_s_place_is_wiped_whole)
{
	struct delivery d;
	struct service svc;
	int fd;

	scratch_mkdir("elsewhere/");
	scratch_write("elsewhere/canary", "sings");
	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	scratch_write(LINK "/copy", SECRET_TEXT);
	scratch_write(LINK "/deep/er/copy", SECRET_TEXT);
	ck_assert_int_eq(symlinkat(scratch_path("elsewhere"), scratch_fd, LINK "/link"), 0);
	fd = open(scratch_path(LINK "/deep/er/copy"), O_RDONLY | O_CLOEXEC);
	close_all(&d, &svc);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	close(fd);
	ck_assert_str_eq(scratch_read("elsewhere/canary"), "sings");
}
END_TEST

static bool
is_copy(void *arg, int fd)
{
	char text[sizeof SECRET_TEXT] = "";

	(void)arg;
	return pread(fd, text, sizeof text - 1, 0) > 0 && strcmp(text, SECRET_TEXT) == 0;
}

START_TEST(a_file_with_other_names_is_overwritten_only_when_it_is_a_copy)
{
	struct delivery d;
	struct service svc;

	deliver(&d, &svc);
	d.is_copy = _i < 2 ? is_copy : NULL;
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	scratch_write(LINK, _i == 1 ? "precious" : SECRET_TEXT);
	scratch_mkdir("services/a1/data/");
	ck_assert_int_eq(linkat(scratch_fd, LINK, scratch_fd, "services/a1/data/kept", 0), 0);
	close_all(&d, &svc);
	ck_assert(!scratch_exists(LINK));
	ck_assert_str_eq(scratch_read("services/a1/data/kept"), _i == 0	  ? ""
								: _i == 1 ? "precious"
									  : SECRET_TEXT);
}
END_TEST

START_TEST(a_second_name_beside_the_delivered_file_holds_nothing)
{
	struct delivery d;
	struct service svc;
	char text[100];
	int fd;

	deliver(&d, &svc);
	/* The hook's own directory is as far as a hard link can go. */
	ck_assert_int_eq(linkat(d.run_fd, NAME, d.run_fd, "kept", 0), 0);
	fd = openat(d.run_fd, "kept", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	close_all(&d, &svc);
	ck_assert_int_eq(pread(fd, text, sizeof text, 0), 0);
	close(fd);
}
END_TEST

/* A hard link to what was there before is somebody else's file: the name goes, the bytes stay. */
START_TEST(an_older_file_linked_in_the_place_keeps_its_bytes)
{
	struct delivery d;
	struct service svc;
	struct utimbuf times = {.actime = 1000000000, .modtime = 1000000000};

	scratch_write("services/canary", "sings");
	ck_assert_int_eq(utime(scratch_path("services/canary"), &times), 0);
	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	ck_assert_int_eq(linkat(scratch_fd, "services/canary", scratch_fd, LINK, 0), 0);
	close_all(&d, &svc);
	ck_assert_str_eq(scratch_read("services/canary"), "sings");
}
END_TEST

START_TEST(a_deleted_link_is_fine)
{
	struct delivery d;
	struct service svc;

	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	close_all(&d, &svc);
}
END_TEST

START_TEST(a_deleted_run_directory_is_fine)
{
	struct delivery d;
	struct service svc;

	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(d.run_fd, NAME, 0), 0);
	ck_assert_int_eq(unlinkat(d.root_fd, d.run_name, AT_REMOVEDIR), 0);
	close_all(&d, &svc);
}
END_TEST

START_TEST(files_that_the_hook_left_in_the_run_directory_are_wiped)
{
	struct delivery d;
	struct service svc;
	int fd;

	deliver(&d, &svc);
	fd = openat(d.run_fd, "copy", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, SECRET_TEXT, 5), 5);
	ck_assert_int_eq(mkdirat(d.run_fd, "more", 0700), 0);
	close_all(&d, &svc);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}
END_TEST

START_TEST(a_fifo_in_the_place_is_removed_without_waiting)
{
	struct delivery d;
	struct service svc;

	deliver(&d, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	ck_assert_int_eq(mkfifoat(scratch_fd, LINK, 0600), 0);
	close_all(&d, &svc);
}
END_TEST

START_TEST(a_replaced_cfg_directory_does_not_mislead_the_wipe)
{
	struct delivery d;
	struct service svc;
	struct err e = ERR_INIT;

	scratch_write("canary/" NAME, "sings");
	deliver(&d, &svc);
	ck_assert_int_eq(renameat(scratch_fd, "services/a1/cfg", scratch_fd, "services/a1/old"), 0);
	ck_assert_int_eq(symlinkat(scratch_path("canary"), scratch_fd, "services/a1/cfg"), 0);
	ck_assert_msg(delivery_close(&d, &e) == 0, "%s", e.msg);
	ck_assert(!scratch_exists("services/a1/old/" NAME));
	ck_assert_str_eq(scratch_read("canary/" NAME), "sings");
	check_run_dir_is_empty();
	service_close(&svc);
}
END_TEST

START_TEST(a_failed_wipe_is_told_and_the_rest_is_wiped)
{
	struct delivery d;
	struct service svc;
	struct err e = ERR_INIT;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped a_failed_wipe: only root can make a device\n");
		return;
	}
	deliver(&d, &svc);
	put(&d, "a1.key", "PEM");
	ck_assert_int_eq(unlinkat(scratch_fd, LINK, 0), 0);
	if (mknodat(scratch_fd, LINK, S_IFCHR | 0600, makedev(1, 3))) {
		fprintf(stderr, "skipped a_failed_wipe: no devices can be made here\n");
		ck_assert_int_eq(delivery_close(&d, &e), 0);
		service_close(&svc);
		return;
	}
	ck_assert_int_eq(delivery_close(&d, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(e.msg, "cannot wipe the configuration of service 'a1'"));
	ck_assert(scratch_exists(LINK));
	ck_assert(!scratch_exists("services/a1/cfg/a1.key"));
	check_run_dir_is_empty();
	service_close(&svc);
}
END_TEST

START_TEST(a_cfg_that_is_no_directory_is_refused)
{
	struct service svc = open_service("a1");
	struct delivery d;
	struct err e = ERR_INIT;

	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/cfg", AT_REMOVEDIR), 0);
	if (_i == 0)
		scratch_write("services/a1/cfg", "a file");
	else
		ck_assert_int_eq(symlinkat("/tmp", scratch_fd, "services/a1/cfg"), 0);
	ck_assert_int_eq(delivery_open(&d, &svc, NULL, NULL, &e), -1);
	/* As delivery.h says. */
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_int_eq(delivery_close(&d, &e), 0);
	check_run_dir_is_empty();
	service_close(&svc);
}
END_TEST

START_TEST(an_empty_text_is_delivered_as_well)
{
	struct service svc = open_service("a1");
	struct delivery d;
	struct err e = ERR_INIT;

	ck_assert_int_eq(delivery_open(&d, &svc, NULL, NULL, &e), 0);
	put(&d, NAME, "");
	ck_assert_str_eq(scratch_read(LINK), "");
	close_all(&d, &svc);
}
END_TEST

/*
 * This process alone sees a /dev/shm that is on a disk; false, and why on stderr, when it
 * cannot.
 */
static bool
hide_memory(void)
{
	const char *why = NULL;

	scratch_mkdir("disk/");
	if (geteuid() != 0)
		why = "only root can mount";
	else if (fd_in_memory(scratch_fd))
		why = "the scratch directory is in memory itself";
	else if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		 mount(scratch_path("disk"), "/dev/shm", NULL, MS_BIND, NULL))
		why = strerror(errno);
	if (why)
		fprintf(stderr, "skipped delivery without memory-backed storage: %s\n", why);
	else
		setenv("ENSTRATUS_RUN_DIR", scratch_path("disk/run"), 1);
	return !why;
}

START_TEST(without_memory_backed_storage_it_is_a_regular_file_with_the_same_end)
{
	struct delivery d;
	struct service svc;
	struct err e = ERR_INIT;
	int fd;

	if (!hide_memory())
		return;
	deliver(&d, &svc);
	ck_assert_int_eq(d.root_fd, -1);
	ck_assert_uint_eq(mode_of(scratch_path(LINK)), S_IFREG | 0640);
	ck_assert_str_eq(scratch_read(LINK), SECRET_TEXT);
	ck_assert(scratch_exists("services/.enstratus/a1/" RUNDIR_MARK));
	fd = open(scratch_path(LINK), O_RDONLY | O_CLOEXEC);
	/* A second name anywhere on the file system, made by the hook. */
	ck_assert_int_eq(linkat(scratch_fd, LINK, scratch_fd, "services/kept", 0), 0);
	ck_assert_int_eq(renameat(scratch_fd, LINK, scratch_fd, "services/moved"), 0);
	ck_assert_msg(delivery_close(&d, &e) == 0, "%s", e.msg);
	ck_assert(!scratch_exists(LINK));
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	ck_assert_str_eq(scratch_read("services/kept"), "");
	ck_assert_str_eq(scratch_read("services/moved"), "");
	ck_assert(!scratch_exists("services/.enstratus/a1/" RUNDIR_MARK));
	close(fd);
	service_close(&svc);
}
END_TEST

START_TEST(a_regular_file_of_a_dead_run_is_swept_and_a_placed_one_is_not)
{
	struct delivery d;
	struct service svc;
	struct err e = ERR_INIT;

	if (!hide_memory())
		return;
	deliver(&d, &svc);
	/* The run dies here: its descriptors close, and nothing else happens. */
	close(d.cfg_fd);
	close(d.files[0].fd);
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert(!scratch_exists(LINK));
	ck_assert(!scratch_exists("services/.enstratus/a1/" RUNDIR_MARK));
	scratch_write(LINK, "placed for the next run");
	ck_assert_int_eq(rundir_sweep(&svc, &e), 0);
	ck_assert_str_eq(scratch_read(LINK), "placed for the next run");
	service_close(&svc);
}
END_TEST

START_TEST(closing_twice_or_what_was_never_opened_is_fine)
{
	struct delivery d = DELIVERY_INIT;
	struct service svc;
	struct err e = ERR_INIT;

	ck_assert_int_eq(delivery_close(&d, &e), 0);
	deliver(&d, &svc);
	close_all(&d, &svc);
	ck_assert_int_eq(delivery_close(&d, &e), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, the_file_is_a_link_from_cfg_into_memory_with_the_contract_s_modes);
	tcase_add_test(tc, owner_and_group_are_the_account_s_and_the_agent_s);
	tcase_add_test(tc, several_files_come_and_go_together);
	tcase_add_test(tc, what_stood_at_the_name_makes_room);
	tcase_add_test(tc, a_link_that_stood_at_the_name_is_not_followed);
	tcase_add_test(tc, the_text_is_gone_through_a_descriptor_that_was_kept);
	tcase_add_test(tc, a_copy_in_the_link_s_place_is_wiped);
	tcase_add_test(tc, a_read_only_copy_is_wiped_too);
	tcase_add_test(tc, a_link_to_a_canary_is_removed_and_never_followed);
	tcase_add_test(tc, a_directory_with_copies_in_the_link_s_place_is_wiped_whole);
	tcase_add_loop_test(tc, a_file_with_other_names_is_overwritten_only_when_it_is_a_copy, 0,
			    3);
	tcase_add_test(tc, a_second_name_beside_the_delivered_file_holds_nothing);
	tcase_add_test(tc, an_older_file_linked_in_the_place_keeps_its_bytes);
	tcase_add_test(tc, a_deleted_link_is_fine);
	tcase_add_test(tc, a_deleted_run_directory_is_fine);
	tcase_add_test(tc, files_that_the_hook_left_in_the_run_directory_are_wiped);
	tcase_add_test(tc, a_fifo_in_the_place_is_removed_without_waiting);
	tcase_add_test(tc, a_replaced_cfg_directory_does_not_mislead_the_wipe);
	tcase_add_test(tc, a_failed_wipe_is_told_and_the_rest_is_wiped);
	tcase_add_loop_test(tc, a_cfg_that_is_no_directory_is_refused, 0, 2);
	tcase_add_test(tc, an_empty_text_is_delivered_as_well);
	tcase_add_test(tc, without_memory_backed_storage_it_is_a_regular_file_with_the_same_end);
	tcase_add_test(tc, a_regular_file_of_a_dead_run_is_swept_and_a_placed_one_is_not);
	tcase_add_test(tc, closing_twice_or_what_was_never_opened_is_fine);
}
