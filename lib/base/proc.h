/* SPDX-License-Identifier: MIT */
/* proc - run one program to its end, with its output, a time limit and all its descendants. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/keeper.h"

#define PROC_HANDED_MAX SPAWN_HANDED_MAX

/*
 * proc_output_fn - gets the bytes of standard output (stream 1) and standard error (2) as they
 * come; len 0 is the end of that stream, which it sees exactly once.
 */
typedef void proc_output_fn(void *arg, int stream, const char *data, size_t len);

struct proc_spec {
	struct spawn_program program; /* its output is ours */
	struct keeper_options keeper; /* its output is ours */
	int stop_fd; /* when nobody has its other end any more the tree is ended; 0 for none */
	bool abort_on_hangup; /* SIGHUP, or nobody left to read standard error, ends the tree too */
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
 * The program is in the care of a keeper (base/keeper.h says what it starts with), so that its
 * whole tree ends at the time limit, when we get SIGTERM, SIGINT or SIGQUIT, and when this process
 * dies.  Its output is read to the end; when it has exited and something it left behind keeps the
 * output open, reading stops at the first 200 ms of silence, after 2 s at the latest.  A signal
 * that comes once it has exited ends the reading only: what it said stands.
 *
 * Fails:   ERR_SYSTEM when no process could be started, ERR_REFUSED when the identity was denied. A
 *          program that ran, however it ended, is a success here and *result tells.
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
