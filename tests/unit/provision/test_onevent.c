/* SPDX-License-Identifier: MIT */
/* test_onevent - events, told beside what goes on. */
#include "provision/onevent.h"

#include "scratch_root.h"

#include <signal.h>
#include <sys/stat.h>

#include "tests.h"

static struct onevent onevent;
static struct err err;
static char directory[400];

static void
setup(void)
{
	scratch_root_setup();
	snprintf(directory, sizeof directory, "%s/on-event", scratch_dir);
	ck_assert_int_eq(mkdir(directory, 0755), 0);
	err = ERR_INIT;
	signal(SIGPIPE, SIG_IGN); /* as cli_start does */
	ck_assert_msg(onevent_open(&onevent, &err) == 0, "%s", err.msg);
}

static void
add(const char *text)
{
	char path[500];

	scratch_write("on-event/a", text);
	snprintf(path, sizeof path, "%s/a", directory);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

static void
tell(const char *text)
{
	const struct eventhook_event event = {.deployment = "shop", .text = text};

	onevent_tell(&onevent, directory, &event);
}

START_TEST(all_is_told_by_the_end)
{
	char path[400], text[4096] = "";
	FILE *file;

	add("#!/bin/sh\necho \"$PROVISION_EVENT\" >>../out\n");
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof text, "event%d what", i);
		tell(text);
	}
	onevent_close(&onevent);
	ck_assert_int_eq(onevent.fd, -1);
	snprintf(path, sizeof path, "%s/out", scratch_dir);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	for (int i = 0, n; i < 20; i++) {
		ck_assert_int_eq(fscanf(file, "event%d\n", &n), 1);
		ck_assert_int_eq(n, i);
	}
	fclose(file);
}
END_TEST

START_TEST(nobody_waits_for_one_that_is_slow)
{
	/* More than there is room for, while the first one is told. */
	add("#!/bin/sh\nwhile [ ! -e ../go ]; do sleep 0.1; done\n");
	for (int i = 0; i < 20000; i++)
		tell("event what, which is of some length so that there is no room for all");
	ck_assert(onevent.is_behind);
	kill(onevent.pid, SIGTERM);
	onevent_close(&onevent);
}
END_TEST

START_TEST(a_process_that_is_gone_and_one_that_never_was)
{
	kill(onevent.pid, SIGKILL);
	while (!onevent.is_behind)
		tell("event what");
	onevent_close(&onevent);
	tell("event what");
	onevent_close(&onevent);
}
END_TEST

/* A signal that it does not notice is not waited for. */
START_TEST(the_end_comes_whatever_the_process_does)
{
	pid_t pid = onevent.pid;

	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	onevent.last_ms = onevent.end_ms = 50;
	onevent_close(&onevent);
	ck_assert_int_eq(onevent.pid, 0);
	ck_assert_int_eq(kill(pid, 0), -1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, scratch_root_teardown);
	tcase_add_test(tc, all_is_told_by_the_end);
	tcase_add_test(tc, the_end_comes_whatever_the_process_does);
	tcase_add_test(tc, nobody_waits_for_one_that_is_slow);
	tcase_add_test(tc, a_process_that_is_gone_and_one_that_never_was);
}
