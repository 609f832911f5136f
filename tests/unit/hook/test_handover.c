/* SPDX-License-Identifier: MIT */
/* test_handover - what was delivered is there for the hook, masked, and wiped afterwards. */
#include "hook/handover.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/proc.h"
#include "scratch_root.h"
#include "tests.h"

#define KEYS "name=Site\ndataSource.d.servicePassword=hunter2\n"
#define CFG "services/a1/cfg/enstratus.cfg"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static struct service svc;
static struct settings settings;
static struct document doc;
static struct handover handover;
static struct handover_file file;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	scratch_mkdir("services/a1/cfg/");
	scratch_mkdir("services/a1/bin/");
	scratch_mkdir("tmp/");
	scratch_mkdir("elsewhere/");
	err = ERR_INIT;
	doc = DOCUMENT_INIT;
	settings = SETTINGS_INIT;
	svc = SERVICE_INIT;
	ck_assert_int_eq(service_open(&svc, "a1", &err), 0);
	ck_assert_int_eq(hook_lock(&svc, &lock, &err), 0);
	handover_init(&handover, &svc);
	rundir_name(&svc, 0, file.name);
	file.text = &doc.text;
	proc_hold_signals();
}

static void
finish(void)
{
	handover_close(&handover);
	document_free(&doc);
	service_close(&svc);
	scratch_root_teardown();
}

static int
read_config(const char *path)
{
	const struct inputs_config config = {.path = path};

	return inputs_read_config(&handover.inputs, &config, &settings, &doc, &err);
}

static void
deliver(void)
{
	ck_assert_msg(!handover_hide(&handover, &doc, &settings, &err) &&
			      !handover_place(&handover, &file, 1, &err) &&
			      !handover_fill(&handover, &file, 1, &err),
		      "%s", err.msg);
}

static void
wipe(void)
{
	ck_assert_msg(handover_wipe(&handover, 0, &err) == 0, "%s", err.msg);
	ck_assert(!scratch_exists(CFG));
	handover_close(&handover);
	handover_init(&handover, &svc);
	ck_assert_msg(rmdir(scratch_run_dir) == 0, "something is in the run directory");
	ck_assert_int_eq(mkdir(scratch_run_dir, 0700), 0);
}

START_TEST(delivered_it_is_there_and_afterwards_not)
{
	scratch_write(CFG, KEYS);
	ck_assert_msg(read_config(NULL) == 0, "%s", err.msg);
	ck_assert_int_eq(handover_find_accounts(&handover, "daemon", &err), 0);
	ck_assert_int_eq(inputs_accept(&handover.inputs, "deploy", &err), 0);
	deliver();
	ck_assert_str_eq(scratch_read(CFG), KEYS);
	ck_assert(handover.facts.is_delivered);
	ck_assert(handover.facts.is_in_memory);
	ck_assert_str_eq(handover.facts.file_system, "tmpfs");
	ck_assert_int_eq(handover.facts.swap, DELIVERY_SWAP_LOCKED);
	ck_assert_int_eq(handover.facts.mode, 0640);
	ck_assert_int_eq(handover_wipe(&handover, 0, &err), 0);
	ck_assert(handover.facts.is_guarded);
	ck_assert(handover.facts.is_wiped);
	wipe();
}
END_TEST

/* The guardian wipes what was delivered first, what that came from then. */
static bool
is_wiped_within_5_s(void)
{
	for (int i = 0; i < 500 && scratch_exists("tmp/given.cfg"); i++)
		usleep(10000);
	return !scratch_exists("tmp/given.cfg") && !scratch_exists(CFG) &&
	       rmdir(scratch_run_dir) == 0;
}

static const int ends[] = {SIGKILL, SIGSEGV, SIGPIPE};

START_TEST(the_guardian_wipes_for_a_process_that_died)
{
	pid_t pid;

	scratch_write("tmp/given.cfg", KEYS);
	pid = fork();
	if (pid == 0) {
		if (read_config(scratch_path("tmp/given.cfg")) ||
		    inputs_accept(&handover.inputs, "deploy", &err) ||
		    handover_hide(&handover, &doc, &settings, &err) ||
		    handover_place(&handover, &file, 1, &err) ||
		    handover_fill(&handover, &file, 1, &err))
			_exit(1);
		signal(ends[_i], SIG_DFL);
		raise(ends[_i]);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	ck_assert(is_wiped_within_5_s());
	ck_assert_int_eq(mkdir(scratch_run_dir, 0700), 0);
}
END_TEST

START_TEST(what_the_hook_prints_is_masked)
{
	const char *args[] = {"a1", scratch_path(CFG), NULL};
	const struct hook_options options = {.timeout_s = 20};
	struct hook_outcome outcome;

	scratch_script("services/a1/bin/enstratus-configure",
		       "#!/bin/sh\nsed -n 's/.*Password=/it is /p' \"$2\"\n");
	scratch_write(CFG, KEYS);
	ck_assert_int_eq(read_config(NULL), 0);
	ck_assert_int_eq(inputs_accept(&handover.inputs, "deploy", &err), 0);
	deliver();
	ck_assert_msg(handover_run(&handover, &HOOK_CONFIGURE, args, &options, &outcome, &err) == 0,
		      "%s", err.msg);
	ck_assert_str_eq(outcome.first, "it is ***");
	wipe();
}
END_TEST

START_TEST(a_failure_before_stays_the_error)
{
	scratch_write(CFG, KEYS);
	ck_assert_int_eq(read_config(NULL), 0);
	deliver();
	err_set(&err, ERR_TIMEOUT, "too long");
	ck_assert_int_eq(handover_wipe(&handover, -1, &err), -1);
	ck_assert_str_eq(err.msg, "too long");
	ck_assert(!scratch_exists(CFG));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, delivered_it_is_there_and_afterwards_not);
	tcase_add_loop_test(tc, the_guardian_wipes_for_a_process_that_died, 0,
			    sizeof ends / sizeof *ends);
	tcase_add_test(tc, what_the_hook_prints_is_masked);
	tcase_add_test(tc, a_failure_before_stays_the_error);
}
