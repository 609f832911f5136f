/* SPDX-License-Identifier: MIT */
/* cut_off - run something in a process of its own, and kill that before any change to a file. */
#ifndef TESTS_UNIT_CUT_OFF_H
#define TESTS_UNIT_CUT_OFF_H

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The process stands before a system call by which a file, a name or a lock changes. */
static inline bool
cut_off_is_change(pid_t pid)
{
	static const unsigned calls[] = {
		SYS_mkdirat,  SYS_renameat, SYS_renameat2, SYS_unlinkat,  SYS_symlinkat,
		SYS_linkat,   SYS_write,    SYS_pwrite64,  SYS_ftruncate, SYS_fchmod,
		SYS_fchmodat, SYS_fchown,   SYS_fchownat,  SYS_flock,
	};
	struct __ptrace_syscall_info info;

	ck_assert_int_gt(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), 0);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	if (info.entry.nr == SYS_openat)
		return info.entry.args[2] & O_CREAT;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (info.entry.nr == calls[i])
			return true;
	return false;
}

/* False where no process may be traced; the test that asks is then skipped, and says so. */
static inline bool
cut_off_is_possible(const char *test)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? 1 : 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (status)
		fprintf(stderr, "skipped %s: no process may be traced here\n", test);
	return status == 0;
}

/*
 * run(arg) as far as its n-th change, from 1, which is not made any more.
 *
 * Returns false when it came to its end before that.
 */
static inline bool
cut_off_at(int n, void (*run)(void *arg), void *arg)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		run(arg);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* Without it a stop does not tell of which kind it is. */
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD), 0);
	while (WIFSTOPPED(status) && n > 0) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		n -= WIFSTOPPED(status) && cut_off_is_change(pid);
	}
	if (!WIFSTOPPED(status)) {
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
		return false;
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return true;
}

#endif
