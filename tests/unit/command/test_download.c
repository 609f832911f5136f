/* SPDX-License-Identifier: MIT */
/*
 * test_download - how fetchImage is run, and what becomes of its failures.
 *
 * The program is looked for beside the one that runs, so each test puts a copy of this one and a
 * script that fails into a directory of its own.  That bytes do arrive is shown by tests/e2e.
 */
#include "command/download.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "base/log.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define URL "https://example.invalid/x.zip?a=b&c=$(id)"

/* --- within the copy --- */

static void
show_progress(void *arg, uint64_t done, uint64_t total)
{
	(void)arg;
	printf("progress %llu %llu\n", (unsigned long long)done, (unsigned long long)total);
}

static void
show_read(struct arrival *image, uint64_t offset, size_t len)
{
	struct err e = ERR_INIT;
	char data[16] = "";
	size_t got = 0;

	if (arrival_read(image, (struct arrival_range){offset, len, len}, data, &got, &e))
		printf("read %d: %s\n", err_status(&e), e.msg);
	else
		printf("read '%.*s'\n", (int)got, data);
}

/* Arguments: a CA file, a pinned key, and "stopped" when it is not wanted any more. */
static int
probe(char **args)
{
	struct download_options options = {.max_bytes = 1000, .progress = show_progress};
	int fd = memfd_create("image", MFD_CLOEXEC), state_fd = memfd_create("state", MFD_CLOEXEC);
	struct err e = ERR_INIT;
	struct arrival image;
	int stop[2], result;

	log_open("probe", LOG_NORMAL);
	if (args[0] && strcmp(args[0], "stopped") == 0) {
		if (pipe2(stop, O_CLOEXEC) || close(stop[1]))
			return 1;
		options.stop_fd = stop[0];
	} else if (args[0]) {
		options.ca_file = args[0];
		options.pinned_key = args[1];
	}
	arrival_open(&image, fd);
	result = download_run(URL, &image, state_fd, &options, &e);
	printf("result %d %d: %s\n", result, err_status(&e), e.msg);
	show_read(&image, 0, 5);
	show_read(&image, 5, 5);
	arrival_close(&image);
	return 0;
}

/* --- the tests --- */

static const char *
own_directory(void)
{
	static char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

	ck_assert_int_gt(len, 0);
	path[len] = '\0';
	return dirname(path);
}

static void
copy_program(const char *from, const char *name)
{
	char part[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = openat(scratch_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t n;

	ck_assert(in >= 0 && out >= 0);
	while ((n = read(in, part, sizeof part)) > 0)
		ck_assert_int_eq(write(out, part, (size_t)n), n);
	ck_assert_int_eq(n, 0);
	close(in);
	ck_assert_int_eq(close(out), 0);
}

static void
begin(void)
{
	scratch_setup();
	umask(022);
	/* As root it is another account that runs the program. */
	ck_assert_int_eq(chmod(scratch_dir, 0755), 0);
	copy_program("/proc/self/exe", "program");
}

/* What the copy printed on its standard output; its standard error is in the file "messages". */
static const char *
run(const char *first, const char *second)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		dup2(openat(scratch_fd, "answer", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
		dup2(openat(scratch_fd, "messages", O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
		setenv("DOWNLOAD_PROBE", "yes", 1);
		execl(scratch_path("program"), "program", first, second, (char *)NULL);
		_exit(126);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "status %#x", status);
	return scratch_read("answer");
}

static void
script(const char *text)
{
	char whole[8192];

	ck_assert_int_lt(snprintf(whole, sizeof whole, "#!/bin/sh\n%s\n", text), 8192);
	scratch_script("fetchImage", whole);
}

static void
check_says(const char *answer, const char *words)
{
	ck_assert_msg(strstr(answer, words) != NULL, "'%s' not in '%s'", words, answer);
}

#define SAY "say() { echo \"fetchImage[1]: error: $*\" >&2; exit 69; }\n"
#define LOST "read 69: the image did not arrive whole\n"

START_TEST(a_program_that_cannot_be_run_is_unavailable)
{
	if (_i == 0) {
		check_says(run(NULL, NULL), "result -1 69: cannot run fetchImage: No such file");
	} else {
		scratch_write("fetchImage", "#!/bin/sh\nexit 0\n");
		check_says(run(NULL, NULL), "result -1 69: cannot run fetchImage: Permission");
	}
	/* Whoever waits for bytes is told. */
	check_says(scratch_read("answer"), LOST LOST);
}
END_TEST

/* One argument each, whatever is in them. */
START_TEST(it_gets_what_the_operator_says)
{
	script(SAY "for a; do all=\"$all<$a>\"; done; say \"$all\"");
	check_says(run(NULL, NULL), "<--max-bytes><1000><--tail><4194304><" URL ">");
	check_says(run("/etc/a b.pem", "sha256//AAAA"),
		   "<--max-bytes><1000><--tail><4194304><--ca-file></etc/a b.pem>"
		   "<--pinned-key><sha256//AAAA><" URL ">");
}
END_TEST

START_TEST(nothing_of_the_environment_but_proxies_is_handed_on)
{
	const char *answer;

	setenv("https_proxy", "http://proxy.invalid:1", 1);
	setenv("NO_PROXY", "a,b", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hunter2", 1);
	setenv("CURL_CA_BUNDLE", "/tmp/evil", 1);
	script(SAY "say $(tr '\\0' '|' </proc/$$/environ)");
	answer = run(NULL, NULL);
	check_says(answer, "https_proxy=http://proxy.invalid:1");
	check_says(answer, "NO_PROXY=a,b");
	ck_assert_ptr_null(strstr(answer, "hunter2"));
	ck_assert_ptr_null(strstr(answer, "evil"));
	ck_assert_ptr_null(strstr(answer, "DOWNLOAD_PROBE"));
}
END_TEST

START_TEST(it_has_two_descriptors_beside_the_standard_ones)
{
	/* A shell has the script itself open, at 10 or above. */
	script(SAY "l=; for n in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$n ] || l=\"$l $n\"; "
		   "done; say fds$l: $(readlink /proc/$$/fd/3) $(readlink /proc/$$/fd/4)");
	check_says(run(NULL, NULL), "fds 0 1 2 3 4: /memfd:image (deleted) /memfd:state");
}
END_TEST

START_TEST(root_lets_another_account_do_it)
{
	char own[32];

	script(SAY "say uid $(id -u).");
	snprintf(own, sizeof own, "uid %u.", geteuid());
	if (geteuid() == 0)
		ck_assert_ptr_null(strstr(run(NULL, NULL), own));
	else
		check_says(run(NULL, NULL), own);
	check_says(scratch_read("answer"), "uid ");
}
END_TEST

static const struct {
	const char *text, *answer, *messages;
} failures[] = {
	{"echo 'fetchImage[1]: error: it is 404' >&2; exit 69", "result -1 69: it is 404\n", ""},
	{"echo 'error: too large' >&2; exit 65", "result -1 65: too large\n", ""},
	{"echo 'x[1]: error: one' >&2; echo 'x[1]: error: two' >&2; exit 77", "result -1 77: two\n",
	 ""},
	{"exit 74", "result -1 74: fetchImage failed without a word\n", ""},
	{"kill -KILL $$", "result -1 137: fetchImage failed without a word\n", ""},
	{"echo 'x[1]: warning: slow' >&2; echo 'x[1]: trying again' >&2; exit 69",
	 "fetchImage failed without a word", "warning: slow"},
	{"echo 'x[1]: trying again' >&2; exit 69", "fetchImage failed", "trying again"},
	/* A line that was cut off is none. */
	{"printf 'x[1]: error: cut' >&2; exit 69", "fetchImage failed without a word", ""},
	/* Not a line of what it says is longer than a record. */
	{"printf 'x[1]: error: %01500d\\n' 7 >&2; exit 69", "result -1 69: 0000000", ""},
};

START_TEST(its_status_and_last_words_are_the_failure_s)
{
	script(failures[_i].text);
	check_says(run(NULL, NULL), failures[_i].answer);
	check_says(scratch_read("messages"), failures[_i].messages);
	check_says(scratch_read("answer"), LOST LOST);
}
END_TEST

/* What has arrived before it failed was there to be read. */
START_TEST(what_arrived_before_is_told_and_the_rest_is_lost)
{
	script("printf hello >&3; echo size 10; echo have 5; exit 69");
	check_says(run(NULL, NULL), "progress 0 10\nprogress 5 10\nresult -1 69");
	check_says(scratch_read("answer"), "read 'hello'\n" LOST);
}
END_TEST

START_TEST(its_end_may_come_first)
{
	script("printf '\\0\\0\\0\\0\\0world' >&3; echo size 10; echo tail 5; exit 69");
	check_says(run(NULL, NULL), "progress 0 10\nprogress 5 10\nresult -1 69");
	check_says(scratch_read("answer"), LOST "read 'world'\n");
}
END_TEST

/* It reads what anybody sends, so what it says is not believed blindly. */
static const char *const events[] = {
	"echo; echo size; echo size x; echo have 5; echo bogus 7; printf 'size 10'",
	"echo size 18446744073709551615; echo have 18446744073709551615",
	"echo size -1; echo have 99999999999999999999999",
	"echo size 10; echo size 5; echo tail 3; echo have 100; echo tail 1000",
	"printf '%03000d\\n' 7; printf 'size \\0 7\\n'; printf '\\377\\n'",
	"echo size 10; echo have 10; echo tail 0",
	"echo done 10",
	"echo done 0; echo size 0",
	"yes size 10 | head -n 20000",
};

START_TEST(no_event_makes_bytes_of_nothing)
{
	char text[512];

	snprintf(text, sizeof text, "%s; exit 69", events[_i]);
	script(text);
	check_says(run(NULL, NULL), "result -1 69");
	ck_assert_ptr_null(strstr(scratch_read("answer"), "read '"));
}
END_TEST

START_TEST(it_is_ended_when_it_is_not_wanted_any_more)
{
	script("exec sleep 6000");
	/* As when a connection is lost: base/proc.h, stop_fd. */
	check_says(run("stopped", NULL), "result -1 129");
}
END_TEST

/* The program itself, where it is built, at a port where nobody listens. */
START_TEST(the_real_one_fails_with_its_own_words)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/../../../bin/fetchImage", own_directory());
	if (access(path, X_OK)) {
		fprintf(stderr, "skipped the_real_one_fails: fetchImage is not built\n");
		return;
	}
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	copy_program(path, "fetchImage");
	check_says(run(NULL, NULL), "result -1 69: ");
	ck_assert_ptr_null(strstr(scratch_read("answer"), "without a word"));
	check_says(scratch_read("answer"), LOST LOST);
}
END_TEST

/* As the program that the tests below let download. */
int
test_child(int argc, char **argv)
{
	return argc > 0 && getenv("DOWNLOAD_PROBE") ? probe(argv + 1) : -1;
}

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_loop_test(tc, a_program_that_cannot_be_run_is_unavailable, 0, 2);
	tcase_add_test(tc, it_gets_what_the_operator_says);
	tcase_add_test(tc, nothing_of_the_environment_but_proxies_is_handed_on);
	tcase_add_test(tc, it_has_two_descriptors_beside_the_standard_ones);
	tcase_add_test(tc, root_lets_another_account_do_it);
	tcase_add_loop_test(tc, its_status_and_last_words_are_the_failure_s, 0,
			    (int)COUNT(failures));
	tcase_add_test(tc, what_arrived_before_is_told_and_the_rest_is_lost);
	tcase_add_test(tc, its_end_may_come_first);
	tcase_add_loop_test(tc, no_event_makes_bytes_of_nothing, 0, (int)COUNT(events));
	tcase_add_test(tc, it_is_ended_when_it_is_not_wanted_any_more);
	tcase_add_test(tc, the_real_one_fails_with_its_own_words);
}
