/* SPDX-License-Identifier: MIT */
/* spawn - the first moments of a program's own process, up to its execve(2). */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

#define SPAWN_HANDED_MAX 4

/* The account a program runs as. */
struct proc_identity {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
};

/* A program, and what it starts with. */
struct spawn_program {
	const char *path; /* run as it is, never through a shell */
	char *const *argv;
	char *const *envp;
	int dir_fd;			      /* working directory; -1 keeps the caller's */
	int stdin_fd;			      /* its standard input; 0 for /dev/null */
	int out_fd, err_fd;		      /* its standard output and error */
	const int *handed;		      /* become descriptors 3, 4, ... of the program */
	int n_handed;			      /* at most SPAWN_HANDED_MAX */
	const struct proc_identity *identity; /* NULL keeps the caller's */
};

/* The program runs, or why not. */
struct spawn_result {
	pid_t program;	/* -1: there is no process of it */
	int error;	/* errno of what comes before execve(2) */
	int exec_errno; /* of execve(2) */
};

/*
 * spawn_start - run a program as a child, in a session of its own, with umask 022, no descriptor
 *               but 0-2 and those handed over, default signal dispositions and an empty mask.
 *
 * result  program is -1 and both errors 0 before it; a child that failed is still to be reaped
 *
 * The caller has one thread.  When it dies, the program gets SIGKILL.
 *
 * Source:  vfork(2); prctl(2) PR_SET_PDEATHSIG.
 */
void spawn_start(const struct spawn_program *p, struct spawn_result *result);

#endif
