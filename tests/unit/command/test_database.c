/* SPDX-License-Identifier: MIT */
/* test_database - a database's hooks get their configuration and files, and leave no secret. */
#include "command/database.h"

#include <fcntl.h>
#include <signal.h>

#include "base/proc.h"
#include "scratch_root.h"
#include "tests.h"

#define KEYS "name=Site\ndataSource.d.servicePassword=hunter2\n"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static const struct hook_options options = {.timeout_s = 20};
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	scratch_mkdir("services/a1/cfg/");
	scratch_mkdir("services/a1/bin/");
	scratch_mkdir("tmp/");
	scratch_write("tmp/given.cfg", KEYS);
	scratch_write("dump.sql", "create table t;\n");
	ck_assert_int_eq(chdir(scratch_dir), 0);
}

static int
run(struct database_request request)
{
	struct service svc = SERVICE_INIT;
	int result;

	request.config.path = scratch_path("tmp/given.cfg");
	ck_assert_int_eq(service_open(&svc, "a1", &err), 0);
	result = database_run(&svc, &request, &lock, &options, &err);
	service_close(&svc);
	ck_assert_ptr_null(strstr(err.msg, "hunter2"));
	ck_assert(!scratch_exists("services/a1/cfg/enstratus-database.cfg"));
	ck_assert_msg(rmdir(scratch_run_dir) == 0, "something is in the run directory");
	ck_assert_int_eq(mkdir(scratch_run_dir, 0700), 0);
	return result;
}

/* It keeps its arguments in "args" and what it was told in "seen", and goes on with more. */
static void
make_hook(const struct hook *hook, const char *more)
{
	char name[128], script[9000];

	snprintf(name, sizeof name, "services/a1/bin/%s", hook->name);
	snprintf(script, sizeof script,
		 "#!/bin/sh\nfor a; do case $a in *.cfg) cat \"$a\" >'%s';; esac; done\n"
		 "printf '%%s|' \"$@\" >'%s'\n%s\n",
		 scratch_path("seen"), scratch_path("args"), more);
	scratch_script(name, script);
}

#define CONFIG "services/a1/cfg/enstratus-database.cfg"

static const struct {
	struct database_request request;
	const char *args; /* % stands for the scratch directory */
} runs[] = {
	{{.hook = &HOOK_GRANT}, "a1|%/" CONFIG "|"},
	{{.hook = &HOOK_REVOKE}, "a1|%/" CONFIG "|"},
	{{.hook = &HOOK_INSTALL_DATA, .image = "dump.sql"}, "a1|%/" CONFIG "|%/dump.sql|"},
	{{.hook = &HOOK_BACKUP_DATA, .data_source = "wp", .backup = "tmp/out"},
	 "a1|wp|%/" CONFIG "|%/tmp/out|"},
};

START_TEST(arguments_and_configuration)
{
	char wanted[4096] = "";

	for (const char *p = runs[_i].args; *p; p++)
		snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%.*s",
			 *p == '%' ? 256 : 1, *p == '%' ? scratch_dir : p);
	make_hook(runs[_i].request.hook, runs[_i].request.backup ? "echo dump >\"$4\"" : "");
	ck_assert_msg(run(runs[_i].request) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("args"), wanted);
	ck_assert_str_eq(scratch_read("seen"), KEYS);
	ck_assert(!scratch_exists("tmp/given.cfg"));
}
END_TEST

START_TEST(an_absent_hook)
{
	static const int statuses[] = {0, 0, 0, 10};

	ck_assert_int_eq(run(runs[_i].request), statuses[_i] ? -1 : 0);
	ck_assert_int_eq(err_status(&err), statuses[_i]);
	ck_assert(!scratch_exists("tmp/given.cfg"));
}
END_TEST

START_TEST(a_hook_that_fails)
{
	make_hook(&HOOK_GRANT, "exit 9");
	ck_assert_int_eq(run(runs[0].request), -1);
	ck_assert_int_eq(err_status(&err), 9);
}
END_TEST

START_TEST(an_image_that_is_no_file)
{
	static const char *const names[] = {"missing", "tmp"};
	struct database_request request = {.hook = &HOOK_INSTALL_DATA, .image = names[_i]};

	make_hook(&HOOK_INSTALL_DATA, "");
	ck_assert_int_eq(run(request), -1);
	ck_assert_int_eq(err_status(&err), 69);
	ck_assert(!scratch_exists("args"));
	ck_assert(scratch_exists("tmp/given.cfg"));
}
END_TEST

static const struct {
	const char *more;
	int status;
} backups[] = {
	{"echo dump >\"$4\"", 0},
	{"", 74},
	{": >\"$4\"", 74},
	{"mkdir \"$4\"", 74},
	{"ln -s /etc/passwd \"$4\"", 74},
	{"echo dump >\"$4\"; exit 4", 4},
};

START_TEST(a_backup_is_there_and_private_or_it_failed)
{
	make_hook(&HOOK_BACKUP_DATA, backups[_i].more);
	ck_assert_int_eq(run(runs[3].request), backups[_i].status ? -1 : 0);
	ck_assert_msg(err_status(&err) == backups[_i].status, "%s", err.msg);
	if (!backups[_i].status)
		ck_assert_int_eq(scratch_mode("tmp/out"), 0600);
}
END_TEST

START_TEST(a_backup_without_a_directory)
{
	struct database_request request = runs[3].request;

	request.backup = "nowhere/out";
	make_hook(&HOOK_BACKUP_DATA, "");
	ck_assert_int_eq(run(request), -1);
	ck_assert_int_eq(err_status(&err), 69);
	ck_assert(!scratch_exists("args"));
}
END_TEST

/* A signal beside the hook ends no run that has something to undo. */
START_TEST(the_signals_that_end_a_run_are_held)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};

	make_hook(&HOOK_GRANT, "");
	ck_assert_int_eq(run((struct database_request){.hook = &HOOK_GRANT}), 0);
	for (size_t i = 0; i < 3; i++) {
		raise(signals[i]);
		ck_assert_int_ne(proc_signal_pending(), 0);
	}
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, the_signals_that_end_a_run_are_held);
	tcase_add_loop_test(tc, arguments_and_configuration, 0, COUNT(runs));
	tcase_add_loop_test(tc, an_absent_hook, 0, COUNT(runs));
	tcase_add_test(tc, a_hook_that_fails);
	tcase_add_loop_test(tc, an_image_that_is_no_file, 0, 2);
	tcase_add_loop_test(tc, a_backup_is_there_and_private_or_it_failed, 0, COUNT(backups));
	tcase_add_test(tc, a_backup_without_a_directory);
}
