/* SPDX-License-Identifier: MIT */
/* test_logger - the records of log(1), from words and from what is piped in. */
#include "base/logger.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DEADLINE_MS 300000

/* The records come to standard error: each test is inside a hook. */
static int records[2], input[2];
static char text[1 << 16];
static size_t len;

static void
begin(void)
{
	ck_assert_int_eq(setenv("ENSTRATUS_RUN_ID", "run", 1), 0);
	ck_assert_int_eq(pipe2(records, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
	len = 0;
	text[0] = '\0';
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
finish(void)
{
	for (int i = 0; i < 2; i++) {
		close_one(&records[i]);
		close_one(&input[i]);
	}
	unsetenv("ENSTRATUS_RUN_ID");
}

/* Runs log(1)'s work in a process of its own, whose input is this descriptor. */
static pid_t
start(int from, const char *tag, char *const *words)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	dup2(from, STDIN_FILENO);
	dup2(records[1], STDERR_FILENO);
	close_one(&records[1]);
	close_one(&records[0]);
	close_one(&input[1]);
	close_one(&input[0]);
	log_open("log", LOG_NORMAL);
	if (words)
		_exit(logger_words(tag, words) ? 0 : 1);
	logger_input(tag);
	_exit(0);
}

static int
wait_for(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Reads on until the text ends with this, or, for NULL, to the end of the records. */
static void
read_records(const char *until)
{
	long long deadline = clock_ms() + DEADLINE_MS;
	size_t tail = until ? strlen(until) : 0;

	for (;;) {
		struct pollfd fd = {.fd = records[0], .events = POLLIN};
		long long left = deadline - clock_ms();
		ssize_t n;

		if (until && len >= tail && strcmp(text + len - tail, until) == 0)
			return;
		ck_assert_msg(left > 0 && poll(&fd, 1, (int)left) == 1, "only '%s' came", text);
		n = read(records[0], text + len, sizeof text - 1 - len);
		ck_assert_int_ge(n, 0);
		len += (size_t)n;
		text[len] = '\0';
		if (n == 0) {
			ck_assert_ptr_null(until);
			return;
		}
	}
}

static const struct {
	const char *tag;
	const char *words[5];
	const char *record; /* NULL when there was no text */
} worded[] = {
	{NULL, {"hello"}, "enstratus: hello\n"},
	{NULL, {"hello", "big", "world"}, "enstratus: hello big world\n"},
	{"tag", {"hello", "world"}, "tag: hello world\n"},
	{"tag", {"two  blanks", "x"}, "tag: two  blanks x\n"},
	{"tag some text", {NULL}, "tag: some text\n"},
	{"tag some text", {"and", "words"}, "tag: some text and words\n"},
	{"tag\tsome text", {NULL}, "tag: some text\n"},
	{NULL, {NULL}, NULL},
	{"tag", {NULL}, NULL},
	{"tag", {""}, NULL},
	{"tag ", {NULL}, NULL},
	{NULL, {"100%s", "%n"}, "enstratus: 100%s %n\n"},
	{NULL, {"a\nb\x1b[2J"}, "enstratus: a?b?[2J\n"},
	{"t\x1bg", {"x"}, "t?g: x\n"},
	{NULL, {"caf\xc3\xa9"}, "enstratus: caf\xc3\xa9\n"},
	{NULL, {"caf\xe9"}, "enstratus: caf?\n"},
};

START_TEST(words_are_one_record)
{
	char *words[COUNT(worded[0].words) + 1] = {NULL};
	bool given;
	int status;

	for (size_t i = 0; i < COUNT(worded[0].words); i++)
		words[i] = (char *)worded[_i].words[i];
	status = wait_for(start(input[0], worded[_i].tag, words));
	close_one(&records[1]);
	read_records(NULL);
	/* An empty word, or a blank at the tag's end, is a text too. */
	given = words[0] || (worded[_i].tag && strpbrk(worded[_i].tag, " \t"));
	ck_assert_int_eq(status, given ? 0 : 1);
	ck_assert_str_eq(text, worded[_i].record ? worded[_i].record : "");
}
END_TEST

static const struct {
	const char *tag, *input;
	size_t len; /* 0 for that of the string */
	const char *records;
} piped[] = {
	{"tag", "", 0, ""},
	{NULL, "one\n", 0, "enstratus: one\n"},
	{"tag", "one\ntwo\n", 0, "tag: one\ntag: two\n"},
	{"tag", "one\ntwo", 0, "tag: one\ntag: two\n"},
	{"tag", "\n\nx\n", 0, "tag: \ntag: \ntag: x\n"},
	{"tag", "a\0b\n", 4, "tag: a?b\n"},
	{"tag", "a\tb\x1b[2J\xff\n", 0, "tag: a\tb?[2J?\n"},
	{"tag", "100%s%n\n", 0, "tag: 100%s%n\n"},
};

START_TEST(each_line_of_the_input_is_a_record)
{
	size_t n = piped[_i / 2].len ? piped[_i / 2].len : strlen(piped[_i / 2].input);
	int from = input[0], status, fd = -1;

	if (_i % 2) { /* from a file */
		scratch_write_bytes("input", piped[_i / 2].input, n);
		from = fd = openat(scratch_fd, "input", O_RDONLY | O_CLOEXEC);
	} else if (n) {
		ck_assert_int_eq(write(input[1], piped[_i / 2].input, n), (ssize_t)n);
	}
	close_one(&input[1]);
	status = wait_for(start(from, piped[_i / 2].tag, NULL));
	close_one(&fd);
	close_one(&records[1]);
	read_records(NULL);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(text, piped[_i / 2].records);
}
END_TEST

START_TEST(a_long_line_is_several_records_and_loses_nothing)
{
	static char line[3001];
	size_t found = 0;
	int fd;

	memset(line, 'x', 3000);
	scratch_write("input", line);
	fd = openat(scratch_fd, "input", O_RDONLY | O_CLOEXEC);
	wait_for(start(fd, "tag", NULL));
	close(fd);
	close_one(&records[1]);
	read_records(NULL);
	for (char *p = text; *p;) {
		size_t part = strcspn(p, "\n");

		ck_assert_int_eq(strncmp(p, "tag: ", 5), 0);
		ck_assert_uint_le(part - 5, LOG_OUTPUT_MAX);
		found += part - 5;
		p += part + 1;
	}
	ck_assert_uint_eq(found, 3000);
}
END_TEST

/* Its first records are there before its end is: nothing gathers. */
START_TEST(a_line_without_an_end_is_recorded_as_it_comes)
{
	char line[LOG_OUTPUT_MAX], last[LOG_OUTPUT_MAX + 8] = "tag: ";
	pid_t pid = start(input[0], "tag", NULL);

	memset(line, 'x', sizeof line);
	memset(last + 5, 'x', sizeof line);
	last[5 + sizeof line] = '\n';
	for (int i = 0; i < 10; i++) {
		len = 0;
		text[0] = '\0';
		ck_assert_int_eq(write(input[1], line, sizeof line), (ssize_t)sizeof line);
		read_records(last);
	}
	ck_assert_int_eq(write(input[1], "\nend\n", 5), 5);
	close_one(&input[1]);
	close_one(&records[1]);
	read_records(NULL);
	ck_assert_int_eq(wait_for(pid), 0);
	ck_assert_ptr_nonnull(strstr(text, "\ntag: end\n"));
	ck_assert_ptr_null(strstr(text, "tag: \n"));
}
END_TEST

START_TEST(a_character_at_a_records_end_is_not_broken)
{
	char line[LOG_OUTPUT_MAX + 32];
	int fd;

	memset(line, 'x', sizeof line);
	memcpy(line + LOG_OUTPUT_MAX - _i, "\xf0\x9f\x98\x80", 4);
	scratch_write_bytes("input", line, sizeof line);
	fd = openat(scratch_fd, "input", O_RDONLY | O_CLOEXEC);
	wait_for(start(fd, "tag", NULL));
	close(fd);
	close_one(&records[1]);
	read_records(NULL);
	ck_assert_ptr_null(strchr(text, '?'));
	ck_assert_ptr_nonnull(strstr(text, "\xf0\x9f\x98\x80"));
}
END_TEST

START_TEST(a_silent_pipe_is_read_on_in_the_background)
{
	long long began = clock_ms();
	pid_t pid = start(input[0], "tag", NULL);
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;

	close_one(&input[0]);
	close_one(&records[1]);
	ck_assert_int_eq(wait_for(pid), 0);
	ck_assert_int_ge(clock_ms() - began, LOGGER_IDLE_MS - 100);
	/* The writer does not meet a closed pipe, and what it writes late is not lost. */
	sigaction(SIGPIPE, &ignore, &old);
	ck_assert_int_eq(write(input[1], "late\n", 5), 5);
	read_records("tag: late\n");
	ck_assert_int_eq(write(input[1], "later", 5), 5);
	close_one(&input[1]);
	sigaction(SIGPIPE, &old, NULL);
	read_records(NULL); /* and then it ends */
	ck_assert_str_eq(text, "tag: late\ntag: later\n");
}
END_TEST

START_TEST(a_terminal_is_not_waited_for)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;

	if (master < 0 || grantpt(master) || unlockpt(master)) {
		fprintf(stderr, "skipped the terminal: none can be had\n");
		return;
	}
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(slave, 0);
	ck_assert_int_eq(wait_for(start(slave, "tag", NULL)), 0);
	/* Nor is it read on in the background, as a pipe is. */
	ck_assert_int_eq(write(master, "late\n", 5), 5);
	close(master);
	close_one(&records[1]);
	read_records(NULL);
	ck_assert_str_eq(text, "");
	close(slave);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, words_are_one_record, 0, (int)COUNT(worded));
	tcase_add_loop_test(tc, each_line_of_the_input_is_a_record, 0, 2 * (int)COUNT(piped));
	tcase_add_test(tc, a_long_line_is_several_records_and_loses_nothing);
	tcase_add_test(tc, a_line_without_an_end_is_recorded_as_it_comes);
	tcase_add_loop_test(tc, a_character_at_a_records_end_is_not_broken, 0, 5);
	tcase_add_test(tc, a_silent_pipe_is_read_on_in_the_background);
	tcase_add_test(tc, a_terminal_is_not_waited_for);
}
