/* SPDX-License-Identifier: MIT */
/* test_spawn - what a program starts with, and what is told when it does not start. */
#include "base/spawn.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

static char *const env[] = {NULL};
static bool dies_first;

/* Instead of libc's: whoever started the program dies just before it could ask to die with it. */
int
prctl(int option, ...)
{
	va_list ap;
	long value;

	va_start(ap, option);
	value = va_arg(ap, long);
	va_end(ap);
	if (dies_first && option == PR_SET_PDEATHSIG) {
		pid_t parent = getppid();

		kill(parent, SIGKILL);
		while (getppid() == parent)
			sched_yield();
	}
	return (int)syscall(SYS_prctl, option, value, 0, 0, 0);
}

/* What the script wrote; its status is in *status. */
static const char *
run(const char *script, const int *handed, int n_handed, int *status)
{
	static char text[512];
	char *argv[] = {"/bin/sh", "-c", (char *)script, NULL};
	struct spawn_program program = {.path = argv[0],
					.argv = argv,
					.envp = env,
					.dir_fd = -1,
					.handed = handed,
					.n_handed = n_handed};
	struct spawn_result result = {.program = -1};
	size_t len = 0;
	ssize_t n;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	program.out_fd = program.err_fd = fds[1];
	spawn_start(&program, &result);
	close(fds[1]);
	ck_assert_int_gt(result.program, 1);
	ck_assert_int_eq(result.error, 0);
	ck_assert_int_eq(result.exec_errno, 0);
	while ((n = read(fds[0], text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(result.program, status, 0), result.program);
	return text;
}

START_TEST(it_is_a_session_of_its_own_with_the_usual_umask)
{
	int status;

	umask(077);
	ck_assert_str_eq(
		run("umask; read pid name state parent group session rest </proc/self/stat;"
		    "[ $$ = $session ] && echo own; exit 7",
		    NULL, 0, &status),
		"0022\nown\n");
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

/* Each of the two lies where the other is to be. */
START_TEST(descriptors_are_handed_over_in_their_order_and_no_others)
{
	int fds[2], other[2], status;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(pipe(other), 0);
	ck_assert_int_eq(write(fds[1], "first\n", 6), 6);
	ck_assert_int_eq(write(other[1], "second\n", 7), 7);
	ck_assert_int_ge(dup2(fds[0], 24), 0);
	ck_assert_int_ge(dup2(other[0], 3), 0);
	ck_assert_int_ge(dup2(24, 4), 0);
	ck_assert_str_eq(
		run("read a <&3; read b <&4; echo $a $b; [ -e /proc/$$/fd/24 ] || echo closed",
		    (const int[]){4, 3}, 2, &status),
		"first second\nclosed\n");
}
END_TEST

/* It would go on for ever: its input is held open by this process. */
START_TEST(it_dies_with_the_process_that_started_it)
{
	char *argv[] = {"/bin/cat", NULL};
	int in[2], out[2], status;
	struct spawn_program program = {.path = argv[0], .argv = argv, .envp = env, .dir_fd = -1};
	pid_t starter, pid;
	struct pollfd ended;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	ck_assert_int_eq(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	starter = fork();
	ck_assert_int_ge(starter, 0);
	if (starter == 0) {
		struct spawn_result result = {.program = -1};

		program.stdin_fd = in[0];
		program.out_fd = program.err_fd = out[1];
		spawn_start(&program, &result);
		_exit(write(out[1], &result.program, sizeof result.program) < 0);
	}
	close(out[1]);
	ck_assert_int_eq(read(out[0], &pid, sizeof pid), sizeof pid);
	ended = (struct pollfd){.fd = out[0]};
	/* The end of its output: nobody has it open any more. */
	ck_assert_int_eq(poll(&ended, 1, 60000), 1);
	close(in[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

START_TEST(it_does_not_begin_when_the_process_that_started_it_is_gone)
{
	char *argv[] = {"/bin/echo", "begun", NULL}, text[8];
	struct spawn_program program = {.path = argv[0], .argv = argv, .envp = env, .dir_fd = -1};
	int fds[2], status;
	pid_t starter;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	starter = fork();
	ck_assert_int_ge(starter, 0);
	if (starter == 0) {
		struct spawn_result result = {.program = -1};

		dies_first = true;
		program.out_fd = program.err_fd = fds[1];
		spawn_start(&program, &result);
		_exit(1);
	}
	close(fds[1]);
	ck_assert_int_eq(waitpid(starter, &status, 0), starter);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_int_eq(read(fds[0], text, sizeof text), 0);
}
END_TEST

START_TEST(one_that_cannot_be_run_is_told_by_its_errno)
{
	char *argv[] = {"/no/such/program", NULL};
	const struct spawn_program program = {
		.path = argv[0], .argv = argv, .envp = env, .dir_fd = -1, .out_fd = 1, .err_fd = 2};
	struct spawn_result result = {.program = -1};
	int status;

	spawn_start(&program, &result);
	ck_assert_int_eq(result.error, 0);
	ck_assert_int_eq(result.exec_errno, ENOENT);
	ck_assert_int_eq(waitpid(result.program, &status, 0), result.program);
	ck_assert_int_eq(WEXITSTATUS(status), 127);
}
END_TEST

START_TEST(what_fails_before_it_is_another_error)
{
	char *argv[] = {"/bin/true", NULL};
	const struct spawn_program program = {.path = argv[0],
					      .argv = argv,
					      .envp = env,
					      .dir_fd = -1,
					      .out_fd = 99,
					      .err_fd = 2};
	struct spawn_result result = {.program = -1};
	int status;

	close(99);
	spawn_start(&program, &result);
	ck_assert_int_eq(result.error, EBADF);
	ck_assert_int_eq(waitpid(result.program, &status, 0), result.program);
	ck_assert_int_eq(WEXITSTATUS(status), 71);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, it_is_a_session_of_its_own_with_the_usual_umask);
	tcase_add_test(tc, descriptors_are_handed_over_in_their_order_and_no_others);
	tcase_add_test(tc, it_dies_with_the_process_that_started_it);
	tcase_add_test(tc, it_does_not_begin_when_the_process_that_started_it_is_gone);
	tcase_add_test(tc, one_that_cannot_be_run_is_told_by_its_errno);
	tcase_add_test(tc, what_fails_before_it_is_another_error);
}
