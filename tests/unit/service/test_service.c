/* SPDX-License-Identifier: MIT */
/* test_service - finding services, their one lock, their generations, their bookkeeping. */
#include "service/service.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "scratch_root.h"
#include "tests.h"

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

static void
refuse_open(const char *id, enum err_kind kind)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(service_open(&svc, id, &e), -1);
	ck_assert_msg(e.kind == kind, "kind %d: %s", (int)e.kind, e.msg);
	service_close(&svc);
}

static const char *const bad_ids[] = {
	"",
	".",
	"..",
	".enstratus",
	"a/b",
	"../a1",
	"-a",
	"_a",
	"a b",
	"a\n",
	"a\xc3\xa9",
	"a:",
	"a2345678901234567890123456789012345678901234567890123456789012345",
};

START_TEST(an_id_that_is_none_is_refused)
{
	refuse_open(bad_ids[_i], ERR_USAGE);
}
END_TEST

START_TEST(an_installed_service_is_found_and_nothing_is_touched)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_str_eq(svc.id, "a1");
	ck_assert_str_eq(svc.path, scratch_path("services/a1"));
	ck_assert_uint_eq(strlen(svc.run_id), SERVICE_RUN_ID_LEN);
	ck_assert_uint_eq(strspn(svc.run_id, "0123456789abcdef"), SERVICE_RUN_ID_LEN);
	ck_assert_int_ge(svc.dir_fd, 0);
	ck_assert_int_eq(svc.lock_fd, -1);
	ck_assert(!scratch_exists("services/.enstratus"));
	service_close(&svc);
	ck_assert_int_eq(svc.dir_fd, -1);
	service_close(&svc);
}
END_TEST

START_TEST(what_is_not_there_is_no_service)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	refuse_open("a1", ERR_NO_SERVICE);
	ck_assert_int_eq(service_open_new(&svc, "a1", &e), 0);
	ck_assert_int_eq(svc.dir_fd, -1);
	service_close(&svc);
	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("none"), 1);
	refuse_open("a1", ERR_NO_SERVICE);
}
END_TEST

START_TEST(a_link_or_a_file_is_no_service)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_mkdir("elsewhere/");
	ck_assert_int_eq(symlinkat("../elsewhere", scratch_fd, "services/a1"), 0);
	scratch_write("services/a2", "");
	ck_assert_int_eq(service_open(&svc, "a1", &e), -1);
	service_close(&svc);
	ck_assert_int_eq(service_open(&svc, "a2", &e), -1);
	service_close(&svc);
}
END_TEST

START_TEST(the_bookkeeping_is_made_with_the_lock)
{
	struct service svc;

	umask(077);
	svc = open_service("a1");
	ck_assert_uint_eq(scratch_mode("services/.enstratus") & 0777, 0770);
	ck_assert_uint_eq(scratch_mode("services/.enstratus/a1") & 0777, 0770);
	ck_assert_uint_eq(scratch_mode("services/.enstratus/a1/lock"), 0660);
	ck_assert(svc.is_unused);
	service_close(&svc);
}
END_TEST

/* A process that holds the lock of "a1" until its pipe is closed, or it is killed. */
static pid_t
hold_lock(int *release_fd)
{
	int ready[2], release[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(release), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct service svc;

		/* check(3)'s own handler would end the whole group. */
		signal(SIGTERM, SIG_DFL);
		close(release[1]);
		svc = open_service("a1");
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		while (read(release[0], &byte, 1) > 0)
			;
		service_close(&svc);
		_exit(0);
	}
	close(ready[1]);
	close(release[0]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*release_fd = release[1];
	return pid;
}

static int
try_lock(int wait_ms, struct err *e)
{
	struct service_lock_request other = {
		.command = "other", .wait_ms = wait_ms, .generation = -1};
	struct service svc = SERVICE_INIT;
	int result;

	ck_assert_int_eq(service_open(&svc, "a1", e), 0);
	result = service_lock(&svc, &other, e);
	service_close(&svc);
	return result;
}

START_TEST(a_held_lock_refuses_and_names_the_holder)
{
	struct err e = ERR_INIT;
	char words[64];
	int release_fd;
	pid_t pid;

	scratch_mkdir("services/a1/");
	pid = hold_lock(&release_fd);
	ck_assert_int_eq(try_lock(0, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	ck_assert_int_eq(err_status(&e), 75);
	snprintf(words, sizeof words, "testCommand (pid %d)", (int)pid);
	ck_assert_msg(strstr(e.msg, words) != NULL, "%s", e.msg);
	ck_assert_ptr_nonnull(strstr(e.msg, " for "));
	close(release_fd);
	waitpid(pid, NULL, 0);
	e = ERR_INIT;
	ck_assert_int_eq(try_lock(0, &e), 0);
}
END_TEST

START_TEST(a_short_wait_ends_as_busy)
{
	struct err e = ERR_INIT;
	long long from;
	int release_fd;
	pid_t pid;

	scratch_mkdir("services/a1/");
	pid = hold_lock(&release_fd);
	from = clock_ms();
	ck_assert_int_eq(try_lock(200, &e), -1);
	ck_assert_int_ge(clock_ms() - from, 200);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	close(release_fd);
	waitpid(pid, NULL, 0);
}
END_TEST

/* The descriptor is closed by a process of its own while this one waits. */
START_TEST(waiting_gets_the_lock_when_the_holder_ends)
{
	struct err e = ERR_INIT;
	int release_fd;
	pid_t holder, helper;

	scratch_mkdir("services/a1/");
	holder = hold_lock(&release_fd);
	helper = fork();
	ck_assert_int_ge(helper, 0);
	if (helper == 0) {
		struct timespec pause = {.tv_nsec = 100000000};

		nanosleep(&pause, NULL);
		kill(holder, _i ? SIGKILL : SIGTERM);
		_exit(0);
	}
	ck_assert_msg(try_lock(10000, &e) == 0, "%s", e.msg);
	waitpid(helper, NULL, 0);
	waitpid(holder, NULL, 0);
	close(release_fd);
}
END_TEST

START_TEST(a_lock_ends_with_a_killed_holder)
{
	struct err e = ERR_INIT;
	int release_fd;
	pid_t pid;

	scratch_mkdir("services/a1/");
	pid = hold_lock(&release_fd);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_msg(try_lock(0, &e) == 0, "%s", e.msg);
	close(release_fd);
}
END_TEST

START_TEST(locks_of_two_services_do_not_meet)
{
	struct service one = open_service("a1"), two = open_service("a2");

	service_close(&one);
	service_close(&two);
}
END_TEST

static int
ask(int wait_ms, long long generation, struct err *e)
{
	struct service_lock_request other = {
		.command = "other", .wait_ms = wait_ms, .generation = generation};
	struct service svc = SERVICE_INIT;
	int result;

	*e = ERR_INIT;
	ck_assert_int_eq(service_open(&svc, "a1", e) || service_open_metadata(&svc, e), 0);
	result = service_ask(&svc, &other, e);
	ck_assert_int_eq(svc.lock_fd, -1);
	service_close(&svc);
	return result;
}

START_TEST(whoever_asks_is_told_what_a_lock_would_be)
{
	struct service_lock_request fifth = {.command = "fifth", .generation = 5};
	struct service svc = SERVICE_INIT;
	int release_fd;
	struct err e;
	pid_t pid;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(ask(0, 3, &e), 0);
	ck_assert(!scratch_exists("services/.enstratus/a1"));
	pid = hold_lock(&release_fd);
	ck_assert_int_eq(ask(0, -1, &e), -1);
	ck_assert_int_eq(err_status(&e), 75);
	ck_assert_ptr_nonnull(strstr(e.msg, "testCommand (pid "));
	ck_assert_int_eq(ask(1000, -1, &e), 0); /* one that would wait for it */
	close(release_fd);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(service_open(&svc, "a1", &e) || service_lock(&svc, &fifth, &e), 0);
	service_close(&svc);
	ck_assert_int_eq(ask(0, 4, &e), -1);
	ck_assert_int_eq(err_status(&e), 76);
	ck_assert_int_eq(ask(0, 6, &e), 0);
	ck_assert_int_eq(ask(0, 5, &e), 0); /* the sixth was but asked for */
}
END_TEST

/* A question holds the lock for an instant: nobody is refused for it. */
START_TEST(questions_refuse_nobody)
{
	pid_t asker;
	struct err e;

	scratch_mkdir("services/a1/");
	e = ERR_INIT;
	ck_assert_int_eq(try_lock(0, &e), 0);
	asker = fork();
	ck_assert_int_ge(asker, 0);
	if (asker == 0)
		for (;;)
			(void)!ask(0, -1, &e);
	for (int i = 0; i < 300; i++)
		ck_assert_msg(try_lock(0, &e) == 0, "%d: %s", i, e.msg);
	kill(asker, SIGKILL);
	waitpid(asker, NULL, 0);
}
END_TEST

static int
claim_generation(long long generation, struct err *e)
{
	struct service_lock_request other = {.command = "other", .generation = generation};
	struct service svc = SERVICE_INIT;
	int result;

	*e = ERR_INIT;
	ck_assert_int_eq(service_open(&svc, "a1", e), 0);
	result = service_lock(&svc, &other, e);
	service_close(&svc);
	return result;
}

START_TEST(a_generation_below_the_highest_seen_is_stale)
{
	struct err e;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(claim_generation(5, &e), 0);
	ck_assert_int_eq(claim_generation(4, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CUT);
	ck_assert_int_eq(err_status(&e), 76);
	ck_assert_msg(strstr(e.msg, "generation 4 is stale") != NULL, "%s", e.msg);
	ck_assert_int_eq(claim_generation(5, &e), 0);
	ck_assert_int_eq(claim_generation(-1, &e), 0);
	ck_assert_int_eq(claim_generation(4, &e), -1);
	ck_assert_int_eq(claim_generation(__LONG_LONG_MAX__, &e), 0);
	ck_assert_int_eq(claim_generation(6, &e), -1);
	ck_assert_int_eq(claim_generation(0, &e), -1);
}
END_TEST

START_TEST(generation_zero_is_accepted_first)
{
	struct err e;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(claim_generation(0, &e), 0);
	ck_assert_int_eq(claim_generation(1, &e), 0);
	ck_assert_int_eq(claim_generation(0, &e), -1);
}
END_TEST

START_TEST(a_damaged_state_is_refused)
{
	struct err e;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(claim_generation(5, &e), 0);
	scratch_write("services/.enstratus/a1/state", "[service]\ngeneration=many\n");
	ck_assert_int_eq(claim_generation(6, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
}
END_TEST

START_TEST(what_was_never_installed_is_forgotten)
{
	struct service svc = SERVICE_INIT;
	struct service_lock_request other = {.command = "other", .generation = 3};
	struct err e = ERR_INIT;

	ck_assert_int_eq(service_open_new(&svc, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&svc, &other, &e), 0);
	ck_assert(scratch_exists("services/.enstratus/a1/state"));
	service_forget(&svc);
	service_close(&svc);
	ck_assert(!scratch_exists("services/.enstratus/a1"));
}
END_TEST

START_TEST(bookkeeping_that_was_there_before_is_never_forgotten)
{
	struct service svc = open_service("a1");

	service_close(&svc);
	svc = open_service("a1");
	service_forget(&svc);
	service_close(&svc);
	ck_assert(scratch_exists("services/.enstratus/a1/lock"));
	service_forget(&svc);
}
END_TEST

START_TEST(a_waiter_survives_that_the_holder_forgets_the_service)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;
	int status;
	pid_t pid;

	ck_assert_int_eq(service_open_new(&svc, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&svc, &lock, &e), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct service_lock_request other = {
			.command = "other", .wait_ms = 60000, .generation = -1};
		struct service own = SERVICE_INIT;

		service_close(&svc); /* an inherited descriptor holds the lock as well */
		if (service_open_new(&own, "a1", &e) || service_lock(&own, &other, &e) ||
		    !scratch_exists("services/.enstratus/a1/lock") || !own.is_unused)
			_exit(1);
		/* What the one before could not forget, being waited for, goes with this one. */
		service_forget(&own);
		_exit(scratch_exists("services/.enstratus/a1"));
	}
	/* It waits or will find nothing: both must end with a lock of its own. */
	service_forget(&svc);
	service_close(&svc);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Processes that make and forget one services directory, all at once. */
START_TEST(many_who_make_and_forget_one_service_never_fail)
{
	enum { PROCESSES = 4, ROUNDS = 200 };
	int status;

	ck_assert_int_eq(unlinkat(scratch_fd, "services", AT_REMOVEDIR), 0);
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		for (int round = 0; pid == 0 && round < ROUNDS; round++) {
			struct service_lock_request waiting = {
				.command = "other", .wait_ms = 60000, .generation = 3};
			struct service svc = SERVICE_INIT;
			struct err e = ERR_INIT;
			bool made;

			if (service_make(&svc, "a1", &made, &e) ||
			    service_lock(&svc, &waiting, &e)) {
				fprintf(stderr, "%s\n", e.msg);
				_exit(1);
			}
			service_forget(&svc);
			if (made)
				service_forget_all(&svc);
			service_close(&svc);
		}
		if (pid == 0)
			_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(!scratch_exists("services/.enstratus/a1"));
}
END_TEST

/* As an update exchanges the tree while its lock is waited for. */
START_TEST(the_directory_is_the_one_that_is_there_once_the_lock_is_held)
{
	struct service svc = SERVICE_INIT;
	struct stat st, now;
	struct err e = ERR_INIT;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_int_eq(renameat(scratch_fd, "services/a1", scratch_fd, "services/old"), 0);
	if (_i == 0)
		scratch_mkdir("services/a1/");
	ck_assert_int_eq(service_lock(&svc, &lock, &e), _i ? -1 : 0);
	if (_i) {
		ck_assert_int_eq(e.kind, ERR_NO_SERVICE);
	} else {
		ck_assert_int_eq(fstatat(scratch_fd, "services/a1", &st, 0), 0);
		ck_assert_int_eq(fstat(svc.dir_fd, &now), 0);
		ck_assert_uint_eq(st.st_ino, now.st_ino);
	}
	service_close(&svc);
}
END_TEST

/* With a lock's file there or without: nobody can make one meanwhile. */
START_TEST(a_service_that_cannot_be_written_to_is_locked_all_the_same)
{
	const char *services = scratch_path("services");
	struct service svc = SERVICE_INIT, other = SERVICE_INIT;
	struct err e = ERR_INIT;

	if (geteuid() || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", services, "tmpfs", 0, NULL)) {
		fprintf(stderr, "skipped a_service_that_cannot_be_written_to: needs root\n");
		return;
	}
	/* By their paths: scratch_fd is beneath the mount. */
	mkdir(scratch_path("services/a1"), 0755);
	for (int i = 0; i < _i && i < 2; i++)
		mkdir(scratch_path(i ? "services/.enstratus/a1" : "services/.enstratus"), 0770);
	if (_i == 3)
		mknod(scratch_path("services/.enstratus/a1/lock"), S_IFREG | 0660, 0);
	ck_assert_int_eq(mount(NULL, services, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_msg(service_lock(&svc, &lock, &e) == 0, "%s", e.msg);
	ck_assert(svc.is_read_only);
	ck_assert_int_eq(service_open(&other, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&other, &lock, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	service_close(&other);
	service_close(&svc);
}
END_TEST

START_TEST(a_damaged_state_is_told_with_its_file_and_the_way_out)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_mkdir("services/a1/");
	scratch_write("services/.enstratus/a1/state", "[service]\ngeneration=many\n");
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&svc, &lock, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(e.msg, scratch_path("services/.enstratus/a1/state")));
	ck_assert_ptr_nonnull(strstr(e.msg, "install the service again"));
	service_close(&svc);
}
END_TEST

START_TEST(a_caller_can_give_the_run_its_id)
{
	struct service_lock_request own = {
		.command = "testCommand", .generation = -1, .run_id = "0badcafe"};
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&svc, &own, &e), 0);
	ck_assert_str_eq(svc.run_id, "0badcafe");
	ck_assert(holder_is(svc.meta_fd, "0badcafe"));
	service_close(&svc);
}
END_TEST

static const char *const no_run_ids[] = {"",	     "0badcaf",	 "0badcafe1",
					 "0BADCAFE", "../../..", "0badcaf\n"};

START_TEST(an_id_that_is_none_is_refused_before_anything_is_made)
{
	struct service_lock_request own = {
		.command = "testCommand", .generation = -1, .run_id = no_run_ids[_i]};
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_mkdir("services/a1/");
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&svc, &own, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert(!scratch_exists("services/.enstratus"));
	e = ERR_INIT;
	ck_assert_int_eq(service_ask(&svc, &own, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	service_close(&svc);
}
END_TEST

START_TEST(what_was_never_installed_leaves_no_history)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(service_open_new(&svc, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&svc, &lock, &e), 0);
	scratch_write("services/.enstratus/a1/history", "");
	scratch_write("services/.enstratus/a1/brief", "");
	service_forget(&svc);
	ck_assert(!scratch_exists("services/.enstratus/a1"));
	service_close(&svc);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_loop_test(tc, an_id_that_is_none_is_refused, 0, sizeof bad_ids / sizeof *bad_ids);
	tcase_add_test(tc, an_installed_service_is_found_and_nothing_is_touched);
	tcase_add_test(tc, what_is_not_there_is_no_service);
	tcase_add_test(tc, a_link_or_a_file_is_no_service);
	tcase_add_test(tc, the_bookkeeping_is_made_with_the_lock);
	tcase_add_test(tc, a_held_lock_refuses_and_names_the_holder);
	tcase_add_test(tc, a_short_wait_ends_as_busy);
	tcase_add_test(tc, whoever_asks_is_told_what_a_lock_would_be);
	tcase_add_test(tc, questions_refuse_nobody);
	tcase_add_loop_test(tc, waiting_gets_the_lock_when_the_holder_ends, 0, 2);
	tcase_add_test(tc, a_lock_ends_with_a_killed_holder);
	tcase_add_test(tc, locks_of_two_services_do_not_meet);
	tcase_add_test(tc, a_generation_below_the_highest_seen_is_stale);
	tcase_add_test(tc, generation_zero_is_accepted_first);
	tcase_add_test(tc, a_damaged_state_is_refused);
	tcase_add_test(tc, what_was_never_installed_is_forgotten);
	tcase_add_test(tc, bookkeeping_that_was_there_before_is_never_forgotten);
	tcase_add_test(tc, a_waiter_survives_that_the_holder_forgets_the_service);
	tcase_add_test(tc, many_who_make_and_forget_one_service_never_fail);
	tcase_add_loop_test(tc, the_directory_is_the_one_that_is_there_once_the_lock_is_held, 0, 2);
	tcase_add_loop_test(tc, a_service_that_cannot_be_written_to_is_locked_all_the_same, 0, 4);
	tcase_add_test(tc, a_damaged_state_is_told_with_its_file_and_the_way_out);
	tcase_add_test(tc, a_caller_can_give_the_run_its_id);
	tcase_add_loop_test(tc, an_id_that_is_none_is_refused_before_anything_is_made, 0,
			    sizeof no_run_ids / sizeof *no_run_ids);
	tcase_add_test(tc, what_was_never_installed_leaves_no_history);
}
