/* SPDX-License-Identifier: MIT */
/* test_kernel - system calls that tell of a failure by what they return, and by that alone. */
#include "base/kernel.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

#define OWN 4242 /* no error's number */

/* Where the calls are libc's nobody shares its errno. */
static void
expect_own_errno(void)
{
	if (KERNEL_CAN_SHARE)
		ck_assert_int_eq(errno, OWN);
}

START_TEST(a_failure_is_returned_and_errno_left)
{
	char byte;

	errno = OWN;
	ck_assert_int_eq(kernel_read(-1, &byte, 1), -EBADF);
	ck_assert_int_eq(kernel_open_at(AT_FDCWD, "/no/such/file", O_RDONLY), -ENOENT);
	ck_assert_int_eq(kernel_call(SYS_wait4, -1, 0, 0, 0, 0, 0), -ECHILD);
	kernel_close(-1);
	kernel_kill(getpid(), 1000);
	expect_own_errno();
}
END_TEST

START_TEST(all_six_arguments_arrive)
{
	int fds[2];
	char byte = 0;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(kernel_call(SYS_sendto, fds[0], (long)"x", 1, MSG_NOSIGNAL, 0, 0), 1);
	/* The last but one asks for an address and has to be a place in memory. */
	ck_assert_int_eq(kernel_call(SYS_recvfrom, fds[1], (long)&byte, 1, MSG_DONTWAIT, 1, 1),
			 -EFAULT);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(it_reads_and_polls)
{
	struct pollfd p = {.events = POLLIN};
	int fds[2];
	char byte;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	p.fd = fds[0];
	ck_assert_int_eq(kernel_poll(&p, 1, 0), 0);
	ck_assert_int_eq(kernel_poll(&p, 1, 20), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert_int_eq(kernel_poll(&p, 1, -1), 1);
	ck_assert_int_eq(p.revents, POLLIN);
	ck_assert_int_eq(kernel_read(fds[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	kernel_close(fds[1]);
	ck_assert_int_eq(kernel_read(fds[0], &byte, 1), 0);
	close(fds[0]);
}
END_TEST

START_TEST(memory_is_empty_or_not_to_be_had)
{
	char *map = kernel_map(1u << 20);

	ck_assert_ptr_nonnull(map);
	ck_assert_int_eq(map[0] + map[(1u << 20) - 1], 0);
	map[0] = 1;
	kernel_unmap(map, 1u << 20);
	ck_assert_ptr_null(kernel_map((size_t)1 << 62));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, a_failure_is_returned_and_errno_left);
	tcase_add_test(tc, all_six_arguments_arrive);
	tcase_add_test(tc, it_reads_and_polls);
	tcase_add_test(tc, memory_is_empty_or_not_to_be_had);
}
