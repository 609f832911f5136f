/* SPDX-License-Identifier: MIT */
/* test_log - records are whole lines, in their order, and never a stall. */
#include "base/log.h"

#include <check.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Standard error is a socket that keeps each write apart. */
static int ends[2], real_stderr;

static void
begin(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	fflush(stderr);
	real_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
}

static void
finish(void)
{
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(ends[0]);
	close(ends[1]);
}

/* The next record, "" when there is none; good until the next call. */
static const char *
next_write(void)
{
	static char text[4096];
	ssize_t n = recv(ends[0], text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
assert_written(const char *label, const char *text)
{
	char expected[2048];

	snprintf(expected, sizeof expected, "program[%d]: %s%s\n", getpid(), label, text);
	ck_assert_str_eq(next_write(), expected);
}

START_TEST(before_it_is_opened_nothing_is_written)
{
	if (_i == 0)
		log_error("error");
	else if (_i == 1)
		log_warning("warning");
	else if (_i == 2)
		log_note("note");
	else if (_i == 3)
		log_detail("detail");
	else if (_i == 4)
		log_output("hook", "line");
	else
		log_user("tag", "text", true);
	ck_assert_str_eq(next_write(), "");
}
END_TEST

static const struct {
	enum log_verbosity verbosity;
	bool error, warning, note, detail, output;
} shown[] = {
	{LOG_QUIET, true, true, false, false, false},
	{LOG_NORMAL, true, true, true, false, true},
	{LOG_VERBOSE, true, true, true, true, true},
};

START_TEST(the_verbosity_says_what_is_shown)
{
	log_open("program", shown[_i].verbosity);
	log_error("%s %d", "text", 1);
	if (shown[_i].error)
		assert_written("error: ", "text 1");
	log_warning("%s %d", "text", 2);
	if (shown[_i].warning)
		assert_written("warning: ", "text 2");
	log_note("%s %d", "text", 3);
	if (shown[_i].note)
		assert_written("", "text 3");
	log_detail("%s %d", "text", 4);
	if (shown[_i].detail)
		assert_written("", "text 4");
	log_output("enstratus-start", "a line");
	log_flush();
	if (shown[_i].output)
		assert_written("enstratus-start: ", "a line");
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(a_subject_is_named_until_it_is_taken_away)
{
	log_open("program", LOG_NORMAL);
	log_subject("a1");
	log_warning("text");
	assert_written("a1: warning: ", "text");
	log_output("hook", "line");
	log_flush();
	assert_written("a1: hook: ", "line");
	log_subject(NULL);
	log_note("text");
	assert_written("", "text");
}
END_TEST

START_TEST(an_answer_is_not_written)
{
	log_open("program", LOG_VERBOSE);
	log_answer("hook", "line");
	log_flush();
	ck_assert_str_eq(next_write(), "");
}
END_TEST

/* Whole records, in their order, in as few writes as a pipe that is ready takes. */
START_TEST(a_hook_s_lines_are_written_together)
{
	const char *written;
	size_t n = 0, n_writes = 0;

	log_open("program", LOG_NORMAL);
	for (int i = 0; i < 300; i++)
		log_output("hook", "a line");
	log_note("a note");
	log_output("hook", "the last");
	while (written = next_write(), written[0]) {
		n_writes++;
		ck_assert_uint_le(strlen(written), 4096);
		ck_assert_int_eq(written[strlen(written) - 1], '\n');
		for (const char *at = written; (at = strstr(at, "hook: a line\n")); at++)
			n++;
	}
	ck_assert_uint_eq(n, 300);
	ck_assert_uint_lt(n_writes, 10);
	log_flush();
	assert_written("hook: ", "the last");
	log_flush();
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(a_record_comes_after_the_lines_before_it)
{
	const char *written;

	log_open("program", LOG_NORMAL);
	log_output("hook", "first");
	log_error("second");
	written = next_write();
	ck_assert_ptr_nonnull(strstr(written, "hook: first\n"));
	ck_assert_ptr_nonnull(strstr(strstr(written, "first"), "error: second\n"));
}
END_TEST

static const size_t lengths[] = {0, 1, 900, 1000, 1023, 1024, 1025, 5000};

START_TEST(a_record_is_one_write_of_at_most_its_limit)
{
	static char text[5001];
	char head[64];
	size_t whole, len;
	const char *written;

	memset(text, 'x', lengths[_i]);
	text[lengths[_i]] = '\0';
	log_open("program", LOG_NORMAL);
	whole = (size_t)snprintf(head, sizeof head, "program[%d]: ", getpid()) + lengths[_i] + 1;
	log_note("%s", text);
	written = next_write();
	len = strlen(written);
	ck_assert_uint_eq(len, whole < LOG_RECORD_MAX ? whole : LOG_RECORD_MAX);
	ck_assert_ptr_eq(strchr(written, '\n'), written + len - 1);
	log_output("program", text);
	log_flush();
	written = next_write();
	ck_assert_uint_le(strlen(written), LOG_RECORD_MAX);
	ck_assert_ptr_eq(strchr(written, '\n'), written + strlen(written) - 1);
	log_user("program", text, true);
	written = next_write();
	ck_assert_uint_le(strlen(written), LOG_RECORD_MAX);
	ck_assert_ptr_eq(strchr(written, '\n'), written + strlen(written) - 1);
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(a_line_of_a_hook_fits_into_its_record)
{
	static char text[LOG_OUTPUT_MAX + 1];

	memset(text, 'x', LOG_OUTPUT_MAX);
	log_open("configureService", LOG_NORMAL);
	log_output("enstratus-backupDataSource", text);
	log_flush();
	ck_assert_ptr_nonnull(strstr(next_write(), text));
}
END_TEST

START_TEST(a_record_is_one_line)
{
	const char *written;

	log_open("program", LOG_NORMAL);
	log_note("first\nprogram[1]: error: forged");
	written = next_write();
	ck_assert_ptr_eq(strchr(written, '\n'), written + strlen(written) - 1);
}
END_TEST

START_TEST(a_users_record_has_its_tag)
{
	log_open("program", LOG_QUIET);
	log_user("tag", "some text", true);
	ck_assert_str_eq(next_write(), "tag: some text\n");
}
END_TEST

START_TEST(a_reader_that_is_gone_is_no_fault)
{
	int out[2];
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;

	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	close(out[0]);
	dup2(out[1], STDERR_FILENO);
	close(out[1]);
	sigaction(SIGPIPE, &ignore, &old);
	log_open("program", LOG_NORMAL);
	for (int i = 0; i < 1000; i++)
		log_error("nobody reads");
	sigaction(SIGPIPE, &old, NULL);
}
END_TEST

START_TEST(a_reader_that_does_not_read_is_given_up_after_5_seconds_in_all)
{
	static char block[65536];
	int out[2];
	long long start;

	ck_assert_int_eq(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(out[1], block, sizeof block) > 0)
		;
	while (write(out[1], block, 1) > 0)
		;
	ck_assert_int_eq(fcntl(out[1], F_SETFL, 0), 0);
	dup2(out[1], STDERR_FILENO);
	close(out[1]);
	log_open("program", LOG_NORMAL);
	start = clock_ms();
	log_error("nobody reads");
	ck_assert_int_ge(clock_ms() - start, 4500);
	/* Hours, were each of them waited for. */
	for (int i = 0; i < 1000; i++)
		log_error("still nobody");
	close(out[0]);
}
END_TEST

/* --- syslog: a process whose /dev is its own, with a socket for it there --- */

static int
listen_to_syslog(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/dev", "tmpfs", 0, "") ||
	    bind(fd, (struct sockaddr *)&address, sizeof address))
		return -1;
	return fd;
}

static void
log_everything(void)
{
	log_open("program", LOG_QUIET);
	log_context("a1234", "run7");
	log_error("one");
	log_warning("two");
	log_note("three");
	log_detail("never");
	log_output("enstratus-start", "four");
	log_flush();
}

static void
log_as_a_user(void)
{
	log_open("program", LOG_NORMAL);
	log_user("tag", "100%s", false);
}

static void
log_as_a_user_and_then_not(void)
{
	log_as_a_user();
	log_error("ours again");
}

static void
log_without_context(void)
{
	log_open("program", LOG_NORMAL);
	log_note("text");
}

/* What syslog got, in the order of its records and without their times. */
static const struct {
	void (*act)(void);
	const char *records[5];
} kept[] = {
	{log_everything,
	 {"<27> program[]: error: one [a1234 run7]", "<28> program[]: warning: two [a1234 run7]",
	  "<29> program[]: three [a1234 run7]",
	  "<30> program[]: enstratus-start: four [a1234 run7]"}},
	{log_as_a_user, {"<13> tag[]: 100%s"}},
	{log_as_a_user_and_then_not, {"<13> tag[]: 100%s", "<27> program[]: error: ours again"}},
	{log_without_context, {"<29> program[]: text"}},
};

/* "<29>Nov 21 10:00:00 program[42]: text" without time and number. */
static void
keep_record(FILE *file, char *record)
{
	char *time = strchr(record, '>'), *number = strchr(record, '[');

	if (!time || !number || strlen(time) < 17) {
		fprintf(file, "odd record: %s\n", record);
		return;
	}
	fprintf(file, "%.*s %.*s[%s\n", (int)(time - record) + 1, record, (int)(number - time - 17),
		time + 17, strchr(number, ']'));
}

static void
be_logger(void (*act)(void))
{
	FILE *file =
		fdopen(openat(scratch_fd, "records", O_WRONLY | O_CREAT | O_CLOEXEC, 0600), "w");
	int fd = listen_to_syslog();
	char record[4096];
	ssize_t n;

	if (fd < 0)
		_exit(77);
	act();
	while ((n = recv(fd, record, sizeof record - 1, MSG_DONTWAIT)) > 0) {
		record[n] = '\0';
		keep_record(file, record);
	}
	fclose(file);
	_exit(0);
}

START_TEST(syslog_gets_the_records_with_their_context)
{
	char expected[2048] = "";
	size_t len = 0;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_logger(kept[_i].act);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		dprintf(real_stderr, "skipped syslog: no mount namespace of our own, not root?\n");
		return;
	}
	ck_assert_int_eq(status, 0);
	for (size_t i = 0; i < COUNT(kept[0].records) && kept[_i].records[i]; i++)
		len += (size_t)snprintf(expected + len, sizeof expected - len, "%s\n",
					kept[_i].records[i]);
	ck_assert_str_eq(scratch_read("records"), expected);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, before_it_is_opened_nothing_is_written, 0, 6);
	tcase_add_test(tc, a_hook_s_lines_are_written_together);
	tcase_add_test(tc, a_subject_is_named_until_it_is_taken_away);
	tcase_add_test(tc, an_answer_is_not_written);
	tcase_add_test(tc, a_record_comes_after_the_lines_before_it);
	tcase_add_loop_test(tc, the_verbosity_says_what_is_shown, 0, (int)COUNT(shown));
	tcase_add_loop_test(tc, a_record_is_one_write_of_at_most_its_limit, 0, (int)COUNT(lengths));
	tcase_add_test(tc, a_line_of_a_hook_fits_into_its_record);
	tcase_add_test(tc, a_record_is_one_line);
	tcase_add_test(tc, a_users_record_has_its_tag);
	tcase_add_test(tc, a_reader_that_is_gone_is_no_fault);
	tcase_add_test(tc, a_reader_that_does_not_read_is_given_up_after_5_seconds_in_all);
	tcase_add_loop_test(tc, syslog_gets_the_records_with_their_context, 0, (int)COUNT(kept));
}
