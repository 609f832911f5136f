/* SPDX-License-Identifier: MIT */
/* spawn - the first moments of a program's own process, up to its execve(2). */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

#define KERNEL_SIGNALS 64

/* What the child needs after vfork, opened before it. */
struct child {
	int in_fd;
	pid_t parent;
	/* Written by the child, on its way to a function that does not return: hence volatile. */
	volatile int error;
};

static int
take_identity(const struct proc_identity *id)
{
	uid_t r, f, s;

	/* Raw calls: libc's would try to tell other threads, and this memory is the parent's. */
	if (syscall(SYS_setgroups, id->n_groups, id->groups) ||
	    syscall(SYS_setresgid, id->gid, id->gid, id->gid) ||
	    syscall(SYS_setresuid, id->uid, id->uid, id->uid) || getresuid(&r, &f, &s))
		return -1;
	if (r != id->uid || f != id->uid || s != id->uid || getegid() != id->gid) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* Hands descriptors over as 3, 4, ...: first out of each other's way, where one is in another's. */
static int
hand_over(const int *fds, int n)
{
	int above[SPAWN_HANDED_MAX];

	for (int i = 0; i < n; i++)
		if ((above[i] = fcntl(fds[i], F_DUPFD, 3 + n)) < 0)
			return -1;
	for (int i = 0; i < n; i++)
		if (dup2(above[i], 3 + i) < 0)
			return -1;
	return 0;
}

/* After vfork: system calls only, on memory that is the parent's. */
static _Noreturn void __attribute__((noinline))
run_child(const struct spawn_program *p, struct child *child)
{
	/* The kernel's own struct, all zero: the default.  libc's call leaves two signals out. */
	static const unsigned long default_action[4];
	sigset_t empty;

	for (int signal = 1; signal <= KERNEL_SIGNALS; signal++)
		syscall(SYS_rt_sigaction, signal, default_action, NULL, KERNEL_SIGNALS / 8);
	setsid();
	umask(022);
	if (dup2(child->in_fd, 0) < 0 || dup2(p->out_fd, 1) < 0 || dup2(p->err_fd, 2) < 0 ||
	    (p->dir_fd >= 0 && fchdir(p->dir_fd)) || hand_over(p->handed, p->n_handed) ||
	    fd_close_range(3 + (unsigned)p->n_handed, ~0U) ||
	    (p->identity && take_identity(p->identity))) {
		child->error = errno;
		_exit(ERR_SYSTEM);
	}
	/* Nobody holds the time limit for a program whose keeper is gone. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != child->parent)
		_exit(ERR_SYSTEM);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	execve(p->path, p->argv, p->envp);
	child->error = -errno; /* negative: it is the program's fault, not ours */
	_exit(127);
}

static pid_t __attribute__((noinline)) spawn(const struct spawn_program *p, struct child *child)
{
	pid_t pid = vfork();

	if (pid == 0)
		run_child(p, child);
	return pid;
}

void
spawn_start(const struct spawn_program *p, struct spawn_result *start)
{
	struct child child = {.parent = getpid()};

	child.in_fd = p->stdin_fd ? fcntl(p->stdin_fd, F_DUPFD_CLOEXEC, 3)
				  : open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (child.in_fd < 0) {
		start->error = errno;
		return;
	}
	start->program = spawn(p, &child);
	if (start->program < 0)
		start->error = errno;
	else if (child.error > 0)
		start->error = child.error;
	else
		start->exec_errno = -child.error;
	close(child.in_fd);
}
