/* SPDX-License-Identifier: MIT */
/* test_proc - one program to its end: output, time limit, signals, and all its descendants. */
#include "base/proc.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FLOOD_BYTES (5 << 20)
/* For a shell: this process, the parent of the keeper that is its parent. */
#define US "$(cut -d ' ' -f 4 /proc/$PPID/stat)"

/* --- the programs that are run: this very file, as `test_proc --as NAME` --- */

static void
say_pid(void)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%d\n", getpid());

	if (write(STDOUT_FILENO, text, (size_t)n) != n)
		_exit(99);
}

/* Until killed; the alarm is for a test that failed to do so. */
static void
wait_forever(void)
{
	for (;;)
		pause();
}

static void
say_goodbye(int signal)
{
	(void)signal;
	if (write(STDOUT_FILENO, "goodbye", 7) != 7)
		_exit(98);
	_exit(7);
}

static void
as_descriptors(void)
{
	char target[PATH_MAX];
	ssize_t n = readlink("/proc/self/fd/0", target, sizeof target);

	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	printf("%.*s\n", (int)n, target);
}

static void
as_session(void)
{
	mode_t mask = umask(0);

	printf("%d %d %04o\n", getsid(0) == getpid(), getpgrp() == getpid(), mask);
}

/* A grandchild that left the session, lost its parent and ignores SIGTERM. */
static void
as_escape(void)
{
	signal(SIGTERM, SIG_IGN);
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			alarm(60);
			say_pid();
			wait_forever();
		}
		_exit(0);
	}
	wait(NULL);
	signal(SIGTERM, SIG_DFL);
	wait_forever();
}

/* A daemon that keeps the output open, silent or not, while the program itself ends at once. */
static void
as_daemon(bool chatty)
{
	fflush(stdout);
	if (fork() == 0) {
		setsid();
		alarm(60);
		say_pid();
		while (chatty) {
			if (write(STDOUT_FILENO, ".", 1) != 1)
				wait_forever();
			poll(NULL, 0, 20);
		}
		wait_forever();
	}
	_exit(0);
}

static void
as_flood(void)
{
	char block[4096];

	for (size_t done = 0; done < FLOOD_BYTES; done += sizeof block)
		for (int fd = 1; fd <= 2; fd++) {
			memset(block, fd == 1 ? 'o' : 'e', sizeof block);
			for (size_t n = 0; n < sizeof block;) {
				ssize_t k = write(fd, block + n, sizeof block - n);

				if (k <= 0)
					_exit(97);
				n += (size_t)k;
			}
		}
}

static int
be(const char *name)
{
	alarm(600);
	if (strcmp(name, "descriptors") == 0)
		as_descriptors();
	else if (strcmp(name, "session") == 0)
		as_session();
	else if (strcmp(name, "escape") == 0)
		as_escape();
	else if (strcmp(name, "silent daemon") == 0)
		as_daemon(false);
	else if (strcmp(name, "chatty daemon") == 0)
		as_daemon(true);
	else if (strcmp(name, "flood") == 0)
		as_flood();
	else if (strcmp(name, "stubborn") == 0) {
		signal(SIGTERM, SIG_IGN);
		say_pid();
		wait_forever();
	} else if (strcmp(name, "polite") == 0) {
		signal(SIGTERM, say_goodbye);
		wait_forever();
	} else {
		return 96;
	}
	return 0;
}

/* --- running them --- */

static struct {
	struct buf text[3]; /* by stream */
	int ends[3];
	bool after_end;
} got;

static struct err err;
static char self[PATH_MAX];
static char *const plain_env[] = {"PATH=/usr/bin:/bin", NULL};

static void
collect(void *arg, int stream, const char *data, size_t len)
{
	ck_assert_ptr_eq(arg, &got);
	ck_assert(stream == 1 || stream == 2);
	if (got.ends[stream])
		got.after_end = true;
	if (len == 0)
		got.ends[stream]++;
	else
		ck_assert_int_eq(buf_add(&got.text[stream], data, len, &err), 0);
}

static void
begin(void)
{
	memset(&got, 0, sizeof got);
	err = ERR_INIT;
}

static void
finish(void)
{
	buf_free(&got.text[1]);
	buf_free(&got.text[2]);
}

static const char *
text_of(int stream)
{
	return got.text[stream].data ? got.text[stream].data : "";
}

static struct proc_spec
spec_of(char *const *argv)
{
	return (struct proc_spec){
		.program = {.path = argv[0], .argv = argv, .envp = plain_env, .dir_fd = -1},
		.keeper = {.timeout_ms = 300000, .grace_ms = 100},
		.output = collect,
		.output_arg = &got};
}

static struct proc_result
run(const struct proc_spec *spec)
{
	struct proc_result result;

	ck_assert_msg(proc_run(spec, &result, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(got.ends[1], 1);
	ck_assert_int_eq(got.ends[2], 1);
	ck_assert(!got.after_end);
	return result;
}

/* The last argument of these two is const only for the caller: exec never writes to it. */
static struct proc_result
run_shell(const char *script)
{
	char *argv[] = {"/bin/sh", "-c", (char *)script, NULL};
	struct proc_spec spec = spec_of(argv);

	return run(&spec);
}

static struct proc_result
run_self(const char *name, int timeout_ms)
{
	char *argv[] = {self, "--as", (char *)name, NULL};
	struct proc_spec spec = spec_of(argv);

	spec.keeper.timeout_ms = timeout_ms;
	return run(&spec);
}

static pid_t
said_pid(void)
{
	pid_t pid = (pid_t)strtol(text_of(1), NULL, 10);

	ck_assert_int_gt(pid, 1);
	return pid;
}

static void
assert_gone(pid_t pid)
{
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}

/* --- how it ended --- */

static const struct {
	const char *script;
	int status;
	bool died;
} endings[] = {
	{"exit 0", 0, false},	      {"exit 1", 1, false},
	{"exit 125", 125, false},     {"exit 126", 126, false},
	{"exit 127", 127, false},     {"exit 255", 255, false},
	{"exit 137", 137, false},     {"kill -KILL $$", 128 + SIGKILL, true},
	{"kill -TERM $$", 143, true}, {"kill -HUP $$", 129, true},
	{"kill -SEGV $$", 139, true}, {"kill -PIPE $$", 141, true},
	{"kill -USR1 $$", 138, true},
};

START_TEST(a_program_ends_with_its_status_or_128_plus_its_signal)
{
	struct proc_result result = run_shell(endings[_i].script);

	ck_assert_int_eq(result.status, endings[_i].status);
	ck_assert_int_eq(result.died, endings[_i].died);
	ck_assert(!result.exec_failed);
	ck_assert(!result.timed_out);
	ck_assert(!result.held_output);
	ck_assert(!result.unkillable);
	ck_assert_int_eq(result.signal, 0);
}
END_TEST

static const struct {
	const char *name, *content; /* NULL for no such file */
	mode_t mode;
	int code, status;
} unrunnable[] = {
	{"missing", NULL, 0, ENOENT, 127},
	{"directory/", NULL, 0755, EACCES, 126},
	{"not-executable", "#!/bin/sh\n", 0644, EACCES, 126},
	{"no-interpreter-line", "echo hello\n", 0755, ENOEXEC, 126},
	{"empty", "", 0755, ENOEXEC, 126},
	{"interpreter-missing", "#!/nowhere/sh\n", 0755, ENOENT, 127},
	{"interpreter-is-directory", "#!/tmp\n", 0755, EACCES, 126},
	{"file/beneath", NULL, 0, ENOTDIR, 126},
};

START_TEST(a_program_that_cannot_be_run_is_told_from_one_that_failed)
{
	const char *name = unrunnable[_i].name;
	char *argv[] = {(char *)scratch_path(name), NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;

	scratch_write("file", "");
	if (unrunnable[_i].content) {
		scratch_write(name, unrunnable[_i].content);
		ck_assert_int_eq(fchmodat(scratch_fd, name, unrunnable[_i].mode, 0), 0);
	} else if (unrunnable[_i].mode) {
		scratch_mkdir(name);
	}
	result = run(&spec);
	ck_assert(result.exec_failed);
	ck_assert_int_eq(result.exec_errno, unrunnable[_i].code);
	ck_assert_int_eq(result.status, unrunnable[_i].status);
	ck_assert(!result.died);
	ck_assert_uint_eq(got.text[1].len + got.text[2].len, 0);
}
END_TEST

START_TEST(a_program_never_runs_through_a_shell)
{
	char *argv[] = {"/bin/echo", "a;b", "$HOME", "*", "", "c  d", NULL};
	struct proc_spec spec = spec_of(argv);

	ck_assert_int_eq(run(&spec).status, 0);
	ck_assert_str_eq(text_of(1), "a;b $HOME *  c  d\n");
}
END_TEST

START_TEST(a_working_directory_that_is_none_is_an_error_and_no_output_ends)
{
	char *argv[] = {"/bin/true", NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;

	scratch_write("file", "");
	spec.program.dir_fd = openat(scratch_fd, "file", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(proc_run(&spec, &result, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	close(spec.program.dir_fd);
}
END_TEST

/* --- what it starts with --- */

START_TEST(a_program_has_descriptors_0_to_2_only_and_no_input)
{
	int more[20];

	for (size_t i = 0; i < COUNT(more); i++)
		more[i] = open("/dev/zero", O_RDONLY); /* not O_CLOEXEC */
	ck_assert_int_eq(run_self("descriptors", 300000).status, 0);
	ck_assert_str_eq(text_of(1), "0 1 2 /dev/null\n");
	for (size_t i = 0; i < COUNT(more); i++)
		close(more[i]);
}
END_TEST

/* The second is where the first has to go, and the other way round. */
START_TEST(descriptors_are_handed_over_from_3_on)
{
	char *argv[] = {"/bin/sh", "-c", "cat <&3; cat <&4; [ ! -e /proc/self/fd/5 ]", NULL};
	struct proc_spec spec = spec_of(argv);
	int handed[2];

	scratch_write("a", "first ");
	scratch_write("b", "second");
	ck_assert_int_eq(dup2(openat(scratch_fd, "a", O_RDONLY | O_CLOEXEC), 64), 64);
	ck_assert_int_eq(dup2(openat(scratch_fd, "b", O_RDONLY | O_CLOEXEC), 65), 65);
	handed[0] = dup2(64, 4);
	handed[1] = dup2(65, 3);
	spec.program.handed = handed;
	spec.program.n_handed = 2;
	ck_assert_int_eq(run(&spec).status, 0);
	ck_assert_str_eq(text_of(1), "first second");
}
END_TEST

START_TEST(a_program_starts_with_default_signals_whatever_the_caller_ignores_and_blocks)
{
	char *argv[] = {"/bin/cat", "/proc/self/status", NULL};
	struct proc_spec spec = spec_of(argv);
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before[NSIG] = {0};
	sigset_t mask, old;
	int status;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &ignore, &before[i]);
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, &old);
	status = run(&spec).status;
	sigprocmask(SIG_SETMASK, &old, NULL);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &before[i], NULL);
	ck_assert_int_eq(status, 0);
	ck_assert_ptr_nonnull(strstr(text_of(1), "\nSigBlk:\t0000000000000000\n"));
	ck_assert_ptr_nonnull(strstr(text_of(1), "\nSigIgn:\t0000000000000000\n"));
}
END_TEST

START_TEST(a_program_has_a_session_of_its_own_and_umask_022)
{
	static const mode_t masks[] = {0, 022, 077, 0777};
	mode_t old = umask(masks[_i]);

	ck_assert_int_eq(run_self("session", 300000).status, 0);
	ck_assert_uint_eq(umask(old), masks[_i]);
	ck_assert_str_eq(text_of(1), "1 1 0022\n");
}
END_TEST

START_TEST(a_program_gets_the_given_environment_and_directory_only)
{
	char *argv[] = {"/bin/sh", "-c", "pwd -P; /usr/bin/env", NULL};
	char *envp[] = {"ONE=1", "TWO=two words", NULL};
	struct proc_spec spec = spec_of(argv);
	char *real = realpath(scratch_dir, NULL), expected[PATH_MAX + 64];

	ck_assert_int_eq(setenv("OURS", "never", 1), 0);
	spec.program.envp = envp;
	spec.program.dir_fd = scratch_fd;
	ck_assert_int_eq(run(&spec).status, 0);
	snprintf(expected, sizeof expected, "%s\n", real);
	free(real);
	ck_assert_ptr_eq(strstr(text_of(1), expected), text_of(1));
	ck_assert_ptr_nonnull(strstr(text_of(1), "\nONE=1\n"));
	ck_assert_ptr_nonnull(strstr(text_of(1), "\nTWO=two words\n"));
	ck_assert_ptr_null(strstr(text_of(1), "OURS"));
	ck_assert_int_eq(unsetenv("OURS"), 0);
}
END_TEST

START_TEST(a_relative_path_starts_at_the_given_directory)
{
	char *argv[] = {"bin/hook", NULL};
	struct proc_spec spec = spec_of(argv);

	scratch_script("bin/hook", "#!/bin/sh\necho \"$0\"\n");
	spec.program.dir_fd = scratch_fd;
	ck_assert_int_eq(run(&spec).status, 0);
	ck_assert_str_eq(text_of(1), "bin/hook\n");
}
END_TEST

START_TEST(a_program_takes_the_given_identity_with_its_groups_alone)
{
	static const gid_t groups[] = {12347, 12348};
	static const struct proc_identity identity = {12345, 12346, groups, COUNT(groups)};
	char *argv[] = {"/bin/sh", "-c", "id -u; id -ru; id -g; id -rg; id -G", NULL};
	struct proc_spec spec = spec_of(argv);

	if (geteuid() != 0) {
		fprintf(stderr, "skipped the switch of identity: not root\n");
		return;
	}
	spec.program.identity = &identity;
	ck_assert_int_eq(run(&spec).status, 0);
	ck_assert_str_eq(text_of(1), "12345\n12345\n12346\n12346\n12346 12347 12348\n");
	ck_assert_uint_eq(geteuid(), 0);
}
END_TEST

START_TEST(an_identity_that_cannot_be_had_is_an_error_and_nothing_runs)
{
	static const struct proc_identity identity = {12345, 12346, NULL, 0};
	char *argv[] = {"/usr/bin/touch", (char *)scratch_path("ran"), NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;
	uid_t before = geteuid();

	/* As somebody else than root, who may not do it. */
	if (before == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	spec.program.identity = &identity;
	ck_assert_int_eq(proc_run(&spec, &result, &err), -1);
	if (before == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert(err.kind == ERR_SYSTEM || err.kind == ERR_REFUSED);
	ck_assert(!scratch_exists("ran"));
}
END_TEST

/* --- its output --- */

START_TEST(standard_output_and_error_arrive_apart)
{
	ck_assert_int_eq(run_shell("echo to out; echo to err >&2").status, 0);
	ck_assert_str_eq(text_of(1), "to out\n");
	ck_assert_str_eq(text_of(2), "to err\n");
}
END_TEST

START_TEST(five_megabytes_on_both_streams_arrive_whole)
{
	ck_assert_int_eq(run_self("flood", 300000).status, 0);
	for (int stream = 1; stream <= 2; stream++) {
		ck_assert_uint_eq(got.text[stream].len, FLOOD_BYTES);
		ck_assert_uint_eq(strspn(text_of(stream), stream == 1 ? "o" : "e"), FLOOD_BYTES);
	}
}
END_TEST

START_TEST(binary_output_arrives_byte_for_byte)
{
	char all[256];
	char *argv[] = {"/bin/cat", (char *)scratch_path("all"), NULL};
	struct proc_spec spec = spec_of(argv);

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	scratch_write_bytes("all", all, sizeof all);
	ck_assert_int_eq(run(&spec).status, 0);
	ck_assert_uint_eq(got.text[1].len, sizeof all);
	ck_assert_mem_eq(got.text[1].data, all, sizeof all);
}
END_TEST

START_TEST(output_that_nobody_wants_is_read_and_thrown_away)
{
	char *argv[] = {self, "--as", "flood", NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;

	spec.output = NULL;
	ck_assert_int_eq(proc_run(&spec, &result, &err), 0);
	ck_assert_int_eq(result.status, 0);
}
END_TEST

START_TEST(a_program_that_closes_its_output_is_waited_for)
{
	struct proc_result result = run_shell("exec >&- 2>&-; sleep 0.3; exit 5");

	ck_assert_int_eq(result.status, 5);
	ck_assert(!result.held_output);
}
END_TEST

static const struct {
	const char *name;
	long at_least_ms;
} daemons[] = {{"silent daemon", 150}, {"chatty daemon", 1800}};

START_TEST(a_daemon_that_holds_the_output_does_not_hold_us)
{
	long long start = clock_ms(), took;
	struct proc_result result = run_self(daemons[_i].name, 300000);
	pid_t daemon_pid;

	took = clock_ms() - start;
	daemon_pid = said_pid();
	ck_assert_int_eq(kill(daemon_pid, 0), 0); /* and it lives on */
	ck_assert_int_eq(kill(daemon_pid, SIGKILL), 0);
	ck_assert_int_eq(result.status, 0);
	ck_assert(result.held_output);
	ck_assert(!result.timed_out);
	ck_assert_int_ge(took, daemons[_i].at_least_ms);
}
END_TEST

START_TEST(a_daemon_with_output_of_its_own_is_left_alone_and_not_waited_for)
{
	struct proc_result result = run_shell("sleep 60 >/dev/null 2>&1 </dev/null & echo $!");
	pid_t daemon_pid = said_pid();

	ck_assert_int_eq(kill(daemon_pid, SIGKILL), 0);
	ck_assert_int_eq(result.status, 0);
	ck_assert(!result.held_output);
}
END_TEST

/* --- its end --- */

START_TEST(a_program_that_ignores_sigterm_is_killed_after_the_grace)
{
	long long start = clock_ms();
	struct proc_result result = run_self("stubborn", 200);

	ck_assert(result.timed_out);
	ck_assert(result.died);
	ck_assert_int_eq(result.status, 128 + SIGKILL);
	ck_assert(!result.unkillable);
	ck_assert_int_eq(result.signal, 0);
	ck_assert_int_ge(clock_ms() - start, 200 + 100);
	assert_gone(said_pid());
}
END_TEST

START_TEST(a_program_that_obeys_sigterm_is_not_made_to_wait_for_the_grace)
{
	char *argv[] = {"/bin/sleep", "60", NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;

	spec.keeper.timeout_ms = 100;
	spec.keeper.grace_ms = 15000;
	result = run(&spec);
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 128 + SIGTERM);
}
END_TEST

START_TEST(a_stopped_program_is_ended_too)
{
	struct proc_result result;
	char *argv[] = {"/bin/sh", "-c", "kill -STOP $$", NULL};
	struct proc_spec spec = spec_of(argv);

	spec.keeper.timeout_ms = 200;
	spec.keeper.grace_ms = 15000;
	result = run(&spec);
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 128 + SIGTERM);
}
END_TEST

START_TEST(a_grandchild_that_left_session_and_parent_is_killed_too)
{
	struct proc_result result = run_self("escape", 300);

	ck_assert(result.timed_out);
	ck_assert(!result.unkillable);
	assert_gone(said_pid());
}
END_TEST

START_TEST(what_is_written_at_the_very_end_is_still_delivered)
{
	char *argv[] = {self, "--as", "polite", NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;

	spec.keeper.timeout_ms = 300;
	spec.keeper.grace_ms = 15000;
	result = run(&spec);
	ck_assert_str_eq(text_of(1), "goodbye");
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 7);
	ck_assert(!result.died);
}
END_TEST

START_TEST(no_time_limit_is_no_limit)
{
	char *argv[] = {"/bin/sleep", "0.3", NULL};
	struct proc_spec spec = spec_of(argv);

	spec.keeper.timeout_ms = 0;
	ck_assert_int_eq(run(&spec).status, 0);
}
END_TEST

static const int ending[] = {SIGTERM, SIGINT, SIGQUIT};

START_TEST(a_signal_to_us_ends_the_tree_and_is_told)
{
	char script[128];
	struct proc_result result;

	snprintf(script, sizeof script, "kill -%d " US "; sleep 60 & echo $!; wait", ending[_i]);
	result = run_shell(script);
	ck_assert_int_eq(result.signal, ending[_i]);
	ck_assert_int_eq(result.status, 128 + SIGTERM);
	ck_assert(!result.timed_out);
	if (*text_of(1))
		assert_gone(said_pid());
	ck_assert_int_eq(proc_signal_pending(), 0);
}
END_TEST

START_TEST(a_hangup_is_ignored)
{
	struct proc_result result = run_shell("kill -HUP " US "; echo went on; exit 3");

	ck_assert_int_eq(result.signal, 0);
	ck_assert_int_eq(result.status, 3);
	ck_assert_str_eq(text_of(1), "went on\n");
}
END_TEST

START_TEST(a_hangup_ends_the_tree_where_that_is_wanted)
{
	char *argv[] = {"/bin/sh", "-c", "kill -HUP " US "; exec sleep 60", NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;

	spec.abort_on_hangup = true;
	result = run(&spec);
	ck_assert_int_eq(result.signal, SIGHUP);
	ck_assert_int_eq(result.status, 128 + SIGTERM);
}
END_TEST

START_TEST(a_reader_of_standard_error_that_is_gone_is_a_hangup)
{
	char *argv[] = {"/bin/sleep", _i ? "60" : "0.3", NULL};
	struct proc_spec spec = spec_of(argv);
	int ends[2], old = dup(STDERR_FILENO);
	struct proc_result result;

	spec.abort_on_hangup = _i;
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	result = run(&spec);
	dup2(old, STDERR_FILENO);
	close(old);
	ck_assert_int_eq(result.signal, _i ? SIGHUP : 0);
	ck_assert_int_eq(result.status, _i ? 128 + SIGTERM : 0);
}
END_TEST

START_TEST(a_held_signal_that_came_before_the_run_ends_it)
{
	sigset_t old;
	struct proc_result result;

	sigprocmask(SIG_SETMASK, NULL, &old);
	proc_hold_signals();
	ck_assert_int_eq(proc_signal_pending(), 0);
	ck_assert_int_eq(raise(SIGHUP), 0);
	ck_assert_int_eq(proc_signal_pending(), 0);
	ck_assert_int_eq(raise(ending[_i]), 0);
	ck_assert_int_eq(proc_signal_pending(), ending[_i]);
	result = run_shell("exec sleep 60");
	ck_assert_int_eq(result.signal, ending[_i]);
	ck_assert_int_eq(result.status, 128 + SIGTERM);
	ck_assert_int_eq(proc_signal_pending(), 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
}
END_TEST

START_TEST(a_run_leaves_the_signal_mask_and_the_descriptors_as_they_were)
{
	sigset_t before, after;
	int first = dup(0), last;

	sigprocmask(SIG_SETMASK, NULL, &before);
	close(first);
	run_shell("exit 0");
	sigprocmask(SIG_SETMASK, NULL, &after);
	last = dup(0);
	close(last);
	ck_assert_int_eq(last, first);
	for (int i = 1; i < NSIG; i++)
		ck_assert_int_eq(sigismember(&before, i), sigismember(&after, i));
}
END_TEST

START_TEST(a_signal_behind_the_end_changes_nothing)
{
	/* The rest of the output is still read, for something holds it, when the signal comes. */
	struct proc_result result =
		run_shell("us=" US "; (while kill -0 $$; do :; done; kill -TERM $us; "
			  "exec sleep 600) 2>/dev/null & exit 0");

	ck_assert_int_eq(result.status, 0);
	ck_assert_int_eq(result.signal, 0);
	ck_assert(result.held_output);
}
END_TEST

START_TEST(the_tree_of_one_program_is_not_that_of_another)
{
	struct proc_result result =
		run_shell("setsid sleep 600 >/dev/null 2>&1 </dev/null & echo $!");
	pid_t daemon_pid = said_pid();
	char *argv[] = {"/bin/sleep", "600", NULL};
	struct proc_spec spec = spec_of(argv);

	ck_assert_int_eq(result.status, 0);
	finish();
	begin();
	spec.keeper.timeout_ms = 100;
	ck_assert(run(&spec).timed_out);
	ck_assert_int_eq(kill(daemon_pid, 0), 0);
	kill(daemon_pid, SIGKILL);
}
END_TEST

static bool
is_gone(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (file)
		fclose(file);
	return state == 'Z' || state == 'X';
}

/* The first line of a file that appears. */
static pid_t
await_pid(const char *name)
{
	long long ends = clock_ms() + 300000;
	pid_t pid = 0;

	while (pid <= 0 && clock_ms() < ends) {
		poll(NULL, 0, 5);
		if (scratch_exists(name))
			pid = (pid_t)strtol(scratch_read(name), NULL, 10);
	}
	ck_assert_int_gt(pid, 1);
	return pid;
}

START_TEST(all_ends_when_this_process_is_killed)
{
	char *argv[] = {"/bin/sh", "-c",
			"setsid sh -c 'echo $$ >deep; exec sleep 600' & echo $$ >top; wait", NULL};
	struct proc_spec spec = spec_of(argv);
	struct proc_result result;
	int status, lock_fd;
	pid_t pid, top, deep;

	spec.program.dir_fd = scratch_fd;
	spec.keeper.timeout_ms = 0;
	scratch_write("lock", "");
	lock_fd = openat(scratch_fd, "lock", O_RDONLY | O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		spec.keeper.hold_fds[0] = openat(scratch_fd, "lock", O_RDONLY | O_CLOEXEC);
		if (flock(spec.keeper.hold_fds[0], LOCK_EX))
			_exit(98);
		_exit(proc_run(&spec, &result, &err) ? 99 : 0);
	}
	top = await_pid("top");
	deep = await_pid("deep");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* Free no sooner than when nothing of the run works on. */
	ck_assert_int_eq(flock(lock_fd, LOCK_EX), 0);
	ck_assert(is_gone(top));
	ck_assert(is_gone(deep));
	close(lock_fd);
}
END_TEST

START_TEST(what_is_printed_later_is_read)
{
	char script[600];
	char *read_it[] = {"/bin/sh", "-c", script, NULL};
	const struct keeper_reader readers[] = {{.path = NULL}, {read_it[0], read_it, plain_env}};
	char *argv[] = {"/bin/sh", "-c",
			"(until [ -e go ]; do sleep 0.02; done; echo listening; "
			"echo $$ >lives) 2>/dev/null & :",
			NULL};
	struct proc_spec spec = spec_of(argv);

	snprintf(script, sizeof script, "cat >%s/read; echo $$ >%s/done", scratch_dir, scratch_dir);
	spec.program.dir_fd = scratch_fd;
	spec.keeper.reader = &readers[_i];
	ck_assert(run(&spec).held_output);
	scratch_write("go", "");
	await_pid("lives");
	if (_i == 0)
		return;
	await_pid("done");
	ck_assert_str_eq(scratch_read("read"), "listening\n");
}
END_TEST

int
test_child(int argc, char **argv)
{
	return argc == 3 && strcmp(argv[1], "--as") == 0 ? be(argv[2]) : -1;
}

void
add_tests(TCase *tc)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		abort();
	self[n] = '\0';
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_program_ends_with_its_status_or_128_plus_its_signal, 0,
			    (int)COUNT(endings));
	tcase_add_loop_test(tc, a_program_that_cannot_be_run_is_told_from_one_that_failed, 0,
			    (int)COUNT(unrunnable));
	tcase_add_test(tc, a_program_never_runs_through_a_shell);
	tcase_add_test(tc, a_working_directory_that_is_none_is_an_error_and_no_output_ends);
	tcase_add_test(tc, a_program_has_descriptors_0_to_2_only_and_no_input);
	tcase_add_test(tc, descriptors_are_handed_over_from_3_on);
	tcase_add_test(
		tc, a_program_starts_with_default_signals_whatever_the_caller_ignores_and_blocks);
	tcase_add_loop_test(tc, a_program_has_a_session_of_its_own_and_umask_022, 0, 4);
	tcase_add_test(tc, a_program_gets_the_given_environment_and_directory_only);
	tcase_add_test(tc, a_relative_path_starts_at_the_given_directory);
	tcase_add_test(tc, a_program_takes_the_given_identity_with_its_groups_alone);
	tcase_add_test(tc, an_identity_that_cannot_be_had_is_an_error_and_nothing_runs);
	tcase_add_test(tc, standard_output_and_error_arrive_apart);
	tcase_add_test(tc, five_megabytes_on_both_streams_arrive_whole);
	tcase_add_test(tc, binary_output_arrives_byte_for_byte);
	tcase_add_test(tc, output_that_nobody_wants_is_read_and_thrown_away);
	tcase_add_test(tc, a_program_that_closes_its_output_is_waited_for);
	tcase_add_loop_test(tc, a_daemon_that_holds_the_output_does_not_hold_us, 0,
			    (int)COUNT(daemons));
	tcase_add_test(tc, a_daemon_with_output_of_its_own_is_left_alone_and_not_waited_for);
	tcase_add_test(tc, a_program_that_ignores_sigterm_is_killed_after_the_grace);
	tcase_add_test(tc, a_program_that_obeys_sigterm_is_not_made_to_wait_for_the_grace);
	tcase_add_test(tc, a_stopped_program_is_ended_too);
	tcase_add_test(tc, a_grandchild_that_left_session_and_parent_is_killed_too);
	tcase_add_test(tc, what_is_written_at_the_very_end_is_still_delivered);
	tcase_add_test(tc, no_time_limit_is_no_limit);
	tcase_add_loop_test(tc, a_signal_to_us_ends_the_tree_and_is_told, 0, (int)COUNT(ending));
	tcase_add_test(tc, a_hangup_is_ignored);
	tcase_add_test(tc, a_hangup_ends_the_tree_where_that_is_wanted);
	tcase_add_loop_test(tc, a_reader_of_standard_error_that_is_gone_is_a_hangup, 0, 2);
	tcase_add_loop_test(tc, a_held_signal_that_came_before_the_run_ends_it, 0,
			    (int)COUNT(ending));
	tcase_add_test(tc, a_run_leaves_the_signal_mask_and_the_descriptors_as_they_were);
	tcase_add_test(tc, a_signal_behind_the_end_changes_nothing);
	tcase_add_test(tc, the_tree_of_one_program_is_not_that_of_another);
	tcase_add_test(tc, all_ends_when_this_process_is_killed);
	tcase_add_loop_test(tc, what_is_printed_later_is_read, 0, 2);
}
