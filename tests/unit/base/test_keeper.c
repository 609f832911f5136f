/* SPDX-License-Identifier: MIT */
/* test_keeper - what a keeper tells; how it ends what must end is in test_proc. */
#include "base/keeper.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/kernel.h"
#include "tests.h"

static char *const env[] = {NULL};
static struct err e;

static int
start(struct keeper *k, const char *script, int hold_fd)
{
	char *argv[] = {"/bin/sh", "-c", (char *)script, NULL};
	struct keeper_options options = {.grace_ms = 100, .hold_fds = {0, hold_fd}};
	struct spawn_program program = {.path = argv[0], .argv = argv, .envp = env, .dir_fd = -1};
	int fds[2];

	e = ERR_INIT;
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	options.output_fds[0] = options.output_fds[1] = fds[0];
	program.out_fd = program.err_fd = fds[1];
	if (keeper_start(k, &program, &options, &e))
		return -1;
	close(fds[1]);
	return 0;
}

START_TEST(it_tells_how_the_program_ended)
{
	struct keeper k;
	struct keeper_end end;

	ck_assert_int_eq(start(&k, "exit 7", 0), 0);
	ck_assert_int_gt(k.program, 1);
	ck_assert_int_eq(k.exec_errno, 0);
	ck_assert_int_eq(keeper_take(&k, &end, &e), 0);
	ck_assert_int_eq(end.status, 7);
	ck_assert(!end.died && !end.timed_out && !end.unkillable);
	keeper_close(&k);
	ck_assert_int_eq(k.fd, -1);
	keeper_close(&k); /* the empty value */
}
END_TEST

START_TEST(it_ends_the_program_when_told_to)
{
	struct keeper k;
	struct keeper_end end;

	ck_assert_int_eq(start(&k, "exec sleep 600", 0), 0);
	keeper_terminate(&k);
	ck_assert_int_eq(keeper_take(&k, &end, &e), 0);
	ck_assert_int_eq(end.status, 128 + SIGTERM);
	ck_assert(end.died && !end.timed_out);
	keeper_close(&k);
}
END_TEST

START_TEST(one_that_was_killed_is_an_error)
{
	struct keeper k;
	struct keeper_end end;

	ck_assert_int_eq(start(&k, "exec sleep 600", 0), 0);
	ck_assert_int_eq(kill(k.pid, SIGKILL), 0);
	ck_assert_int_eq(keeper_take(&k, &end, &e), -1);
	ck_assert_int_eq(e.kind, ERR_SYSTEM);
	keeper_close(&k);
}
END_TEST

/* Whoever waits for the end of what this process has open is not kept waiting by the keeper. */
START_TEST(it_keeps_no_descriptor_but_the_one_to_hold)
{
	struct keeper k;
	struct keeper_end end;
	int fds[2], held[2];
	char byte;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(held, O_CLOEXEC | O_NONBLOCK), 0);
	ck_assert_int_eq(start(&k, "exec sleep 600", held[1]), 0);
	close(fds[1]);
	close(held[1]);
	ck_assert_int_eq(read(fds[0], &byte, 1), 0);
	ck_assert_int_eq(read(held[0], &byte, 1), -1);
	ck_assert_int_eq(errno, EAGAIN);
	keeper_terminate(&k);
	ck_assert_int_eq(keeper_take(&k, &end, &e), 0);
	keeper_close(&k);
	ck_assert_int_eq(read(held[0], &byte, 1), 0);
}
END_TEST

/* The two run at once in one memory: what fails in the keeper must not be told to this process. */
START_TEST(it_leaves_errno_alone)
{
	struct keeper k;
	struct keeper_end end;
	struct pollfd ended = {.events = POLLIN};

	ck_assert_int_eq(start(&k, "sleep 600 & sleep 600", 0), 0);
	ended.fd = k.fd;
	errno = 4242;
	keeper_terminate(&k);
	while (poll(&ended, 1, 0) == 0)
		ck_assert_int_eq(errno, 4242);
	ck_assert_int_eq(errno, 4242);
	ck_assert_int_eq(keeper_take(&k, &end, &e), 0);
	keeper_close(&k);
}
END_TEST

/* A copy of the memory, were there one, would have taken the value of before. */
START_TEST(it_shares_the_memory_where_it_can)
{
	struct keeper k;
	struct keeper_end end;
	long same;

	ck_assert_int_eq(start(&k, "exec sleep 600", 0), 0);
	same = syscall(SYS_kcmp, getpid(), k.pid, KCMP_VM, 0, 0);
	if (same >= 0)
		ck_assert_int_eq(same == 0, KERNEL_CAN_SHARE);
	keeper_terminate(&k);
	ck_assert_int_eq(keeper_take(&k, &end, &e), 0);
	keeper_close(&k);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, it_leaves_errno_alone);
	tcase_add_test(tc, it_shares_the_memory_where_it_can);
	tcase_add_test(tc, it_tells_how_the_program_ended);
	tcase_add_test(tc, it_ends_the_program_when_told_to);
	tcase_add_test(tc, one_that_was_killed_is_an_error);
	tcase_add_test(tc, it_keeps_no_descriptor_but_the_one_to_hold);
}
