/* SPDX-License-Identifier: MIT */
/* proc - run one program to its end, with its output, a time limit and all its descendants. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define PROC_HANDED_MAX 4

/* The account a program runs as. */
struct proc_identity {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
};

/*
 * proc_output_fn - gets the bytes of standard output (stream 1) and standard error (2) as they
 * come; len 0 is the end of that stream, which it sees exactly once.
 */
typedef void proc_output_fn(void *arg, int stream, const char *data, size_t len);

struct proc_spec {
	const char *path; /* run as it is, never through a shell */
	char *const *argv;
	char *const *envp;
	int dir_fd;			      /* working directory; -1 keeps the caller's */
	int stdin_fd;			      /* its standard input; 0 for /dev/null */
	const int *handed;		      /* become descriptors 3, 4, ... of the program */
	int n_handed;			      /* at most PROC_HANDED_MAX */
	const struct proc_identity *identity; /* NULL keeps the caller's */
	int timeout_ms;			      /* the whole tree is ended after it; 0 for no limit */
	int grace_ms;			      /* between SIGTERM and SIGKILL */
	int stop_fd; /* when nobody has its other end any more the tree is ended; 0 for none */
	bool abort_on_hangup; /* SIGHUP, or nobody left to read standard error, ends the tree too */
	void (*started)(void *arg,
			pid_t pid); /* told the child's pid, its process group too; or NULL */
	void *started_arg;
	proc_output_fn *output; /* NULL: the output is read and thrown away */
	void *output_arg;
};

struct proc_result {
	int status;	  /* exit status, or 128 + n for a death by signal n */
	bool died;	  /* of that signal */
	bool exec_failed; /* status is then 127 (no such interpreter) or 126, exec_errno says why */
	int exec_errno;
	bool timed_out;
	int signal;	  /* the signal sent to us that ended it; 0 for none */
	bool unkillable;  /* something was still there 5 s after SIGKILL */
	bool held_output; /* a process it left behind still holds its output */
};

/*
 * proc_run - run a program and wait for it.
 *
 * The child is killed when this process dies, and is a session of its own with umask 022, no
 * descriptor but 0-2 and those handed over, default signal dispositions and an empty signal mask.
 * Its output is read to the end; when it has exited and something it left behind keeps the output
 * open, reading stops at the first 200 ms of silence, after 2 s at the latest.
 *
 * At the time limit, or when we get SIGTERM, SIGINT or SIGQUIT, every descendant gets SIGTERM and,
 * grace_ms later, SIGKILL.  This process becomes a child subreaper, so that a descendant that left
 * the session or lost its parent is found too; a caller with children of its own must not use it.
 *
 * Fails:   ERR_SYSTEM when no process could be started, ERR_REFUSED when the identity was denied. A
 *          program that ran, however it ended, is a success here and *result tells.
 * Source:  prctl(2) PR_SET_CHILD_SUBREAPER; vfork(2), because a fork of a large process is slow.
 */
int proc_run(const struct proc_spec *spec, struct proc_result *result, struct err *e)
	__attribute__((warn_unused_result));

/*
 * proc_hold_signals - block the signals that end a run, for good.
 *
 * A run that must undo something on its way out calls this before there is something to undo;
 * proc_run then notices those signals, those that are already pending included.
 */
void proc_hold_signals(void);

/* proc_signal_pending - a held SIGTERM, SIGINT or SIGQUIT that has arrived; 0 for none. */
int proc_signal_pending(void);

/* proc_interrupted - the same as an error: 128 and its number, "interrupted by signal N". */
int proc_interrupted(struct err *e) __attribute__((warn_unused_result));

#endif
