/* SPDX-License-Identifier: MIT */
/* test_eventhook - the operator's programs, run for an event. */
#include "provision/eventhook.h"

#include "scratch_root.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "tests.h"

static struct eventhook_said said;
static char directory[400], warnings[4096];
static int saved_stderr;

static void
setup(void)
{
	char path[400];

	scratch_root_setup();
	said = (struct eventhook_said){.texts = NULL};
	snprintf(directory, sizeof directory, "%s/on-event", scratch_dir);
	ck_assert_int_eq(mkdir(directory, 0755), 0);
	log_open("test", LOG_NORMAL);
	snprintf(path, sizeof path, "%s/warnings", scratch_dir);
	saved_stderr = dup(2);
	ck_assert_int_ge(saved_stderr, 0);
	ck_assert_ptr_nonnull(freopen(path, "w+", stderr));
}

static void
teardown(void)
{
	dup2(saved_stderr, 2);
	eventhook_said_free(&said);
	scratch_root_teardown();
}

static void
add(const char *name, mode_t mode, const char *text)
{
	char path[500];

	snprintf(path, sizeof path, "on-event/%s", name);
	scratch_write(path, text);
	snprintf(path, sizeof path, "%s/%s", directory, name);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* Runs them; what they wrote to the file `out` beside the directory. */
static const char *
run(void)
{
	static char text[4096];
	const struct eventhook_event event = {.deployment = "shop",
					      .text = "server_lost web-2: \"no\" answer",
					      .number = 12,
					      .time = 1000};
	char path[400];
	FILE *file;
	ssize_t n;

	ck_assert(eventhook_run(directory, &event, &said));
	n = pread(2, warnings, sizeof warnings - 1, 0);
	warnings[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof path, "%s/out", scratch_dir);
	file = fopen(path, "r");
	text[0] = '\0';
	if (file) {
		text[fread(text, 1, sizeof text - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

START_TEST(each_gets_the_event_in_the_order_of_names)
{
	add("20-b", 0755,
	    "#!/bin/sh\necho \"$PROVISION_DEPLOYMENT $PROVISION_EVENT $PROVISION_WHAT "
	    "$PROVISION_TIME $PROVISION_NUMBER\" >>../out\n");
	add("10-a", 0755, "#!/bin/sh\ncat >>../out\n");
	add(".30-c", 0755, "#!/bin/sh\necho never >>../out\n");
	ck_assert_str_eq(run(), "{\"deployment\":\"shop\",\"number\":12,\"time\":1000,"
				"\"event\":\"server_lost web-2: \\\"no\\\" answer\"}\n"
				"shop server_lost web-2: \"no\" answer 1000 12\n");
	ck_assert_str_eq(warnings, "");
}
END_TEST

START_TEST(nothing_of_ours_reaches_one)
{
	setenv("PASSWORD", "a-secret", 1);
	proc_hold_signals();
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_ge(dup2(2, 77), 0);
	add("a", 0755,
	    "#!/bin/sh\nenv >>../out\nls /proc/self/fd | tr '\\n' ' ' >>../out\n"
	    "grep -E 'Sig(Blk|Ign)' /proc/self/status >>../out\n");
	ck_assert_ptr_null(strstr(run(), "a-secret"));
	/* And no other descriptor. */
	ck_assert_ptr_nonnull(strstr(run(), "\n0 1 2 3 SigBlk:\t0000000000000000\n"
					    "SigIgn:\t0000000000000000"));
}
END_TEST

/* It is told once, and those behind it are run. */
static const struct {
	const char *text, *told;
	mode_t mode;
} bad[] = {
	{"#!/bin/sh\n", "10-bad is not run: it is not executable", 0644},
	{"#!/bin/sh\n", "10-bad is not run: others may write it", 0775},
	{"#!/bin/sh\n", "10-bad is not run: others may write it", 0757},
	{"#!/bin/sh\necho one\necho why >&2\nexit 3\n", "10-bad: status 3: why", 0755},
	{"#!/no/such/interpreter\n", "10-bad cannot be run: No such file", 0755},
	{"#!/bin/sh\nkill -9 $$\n", "10-bad was ended by signal 9", 0755},
};

START_TEST(what_is_wrong_with_one_is_told)
{
	const char *found;

	add("10-bad", bad[_i].mode, bad[_i].text);
	add("20-good", 0755, "#!/bin/sh\necho good >>../out\n");
	ck_assert_str_eq(run(), "good\n");
	ck_assert_str_eq(run(), "good\ngood\n");
	found = strstr(warnings, bad[_i].told);
	ck_assert_msg(found != NULL, "%s", warnings);
	/* What is not run is told once, what fails each time. */
	ck_assert_int_eq(strstr(found + 1, bad[_i].told) == NULL, _i < 3);
}
END_TEST

START_TEST(a_directory_or_file_that_is_not_to_be_trusted)
{
	char path[500];

	if (geteuid() != 0)
		return;
	add("10-other", 0755, "#!/bin/sh\necho never >>../out\n");
	snprintf(path, sizeof path, "%s/10-other", directory);
	ck_assert_int_eq(chown(path, 12345, 0), 0);
	snprintf(path, sizeof path, "%s/20-directory", directory);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_str_eq(run(), "");
	ck_assert_ptr_nonnull(strstr(warnings, "10-other is not run: it belongs to another"));
	ck_assert_ptr_nonnull(strstr(warnings, "20-directory is not run: it is no regular file"));
	ck_assert_int_eq(chown(directory, 12345, 0), 0);
	ck_assert_str_eq(run(), "");
	ck_assert_ptr_nonnull(strstr(warnings, "on-event is not run: it belongs to another"));
}
END_TEST

START_TEST(no_directory_is_no_fault)
{
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_str_eq(run(), "");
	ck_assert_str_eq(warnings, "");
}
END_TEST

START_TEST(its_time_is_limited_and_so_is_that_of_its_children)
{
	pid_t pid;

	add("a", 0755, "#!/bin/sh\nsetsid sleep 1000 &\necho $! >../out\nsleep 1000\n");
	pid = atoi(run());
	ck_assert_ptr_nonnull(strstr(warnings, "took more than 10 s and was ended"));
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(kill(pid, 0), -1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_gets_the_event_in_the_order_of_names);
	tcase_add_test(tc, nothing_of_ours_reaches_one);
	tcase_add_loop_test(tc, what_is_wrong_with_one_is_told, 0, (int)(sizeof bad / sizeof *bad));
	tcase_add_test(tc, a_directory_or_file_that_is_not_to_be_trusted);
	tcase_add_test(tc, no_directory_is_no_fault);
	tcase_add_test(tc, its_time_is_limited_and_so_is_that_of_its_children);
}
