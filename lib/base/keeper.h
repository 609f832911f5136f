/* SPDX-License-Identifier: MIT */
/* keeper - the process between this one and a program that it runs: it ends what must end. */
#ifndef BASE_KEEPER_H
#define BASE_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/spawn.h"

/*
 * What is run for what a program left behind: it reads on its standard input what that goes on to
 * print, so that the writer never gets SIGPIPE.
 */
struct keeper_reader {
	const char *path; /* NULL: cat(1), to nowhere */
	char *const *argv;
	char *const *envp;
};

#define KEEPER_HELD_MAX 2

struct keeper_options {
	int timeout_ms;		       /* the whole tree is ended after it; 0 for no limit */
	int grace_ms;		       /* between SIGTERM and SIGKILL */
	int hold_fds[KEEPER_HELD_MAX]; /* held until all is over, e.g. a lock; none below 3 */
	int output_fds[2]; /* the other ends of the program's output; the keeper only holds them */
	const struct keeper_reader *reader; /* NULL: the output ends with this process */
};

/* What became of a program. */
struct keeper_end {
	int status; /* exit status, or 128 + n for a death by signal n */
	bool died;  /* of that signal */
	bool timed_out;
	bool unkillable; /* something was still there 5 s after SIGKILL */
};

struct keeper {
	pid_t pid;
	int fd;		/* readable when it has something to tell; -1 for none */
	pid_t program;	/* its session and process group too */
	int exec_errno; /* not 0: it could not be run, and nothing is to be waited for */
	void *stack;	/* the keeper's */
};

#define KEEPER_INIT ((struct keeper){.fd = -1})

/*
 * keeper_start - run a program in the care of a process of its own.
 *
 * The program is a session of its own with umask 022, no descriptor but 0-2 and those handed over,
 * default signal dispositions and an empty signal mask.  The keeper is its child subreaper, so that
 * it finds a descendant that left the session or lost its parent; of this process's descriptors it
 * keeps hold_fds only.  At the time limit, or when told to, each descendant gets SIGTERM and,
 * grace_ms later, SIGKILL.  When this process dies, SIGKILL at once.  When the program has ended by
 * itself, what it left behind lives on.
 *
 * The keeper shares this process's memory, for a copy costs more than all else; once the program
 * runs it writes to its own stack alone.  What the reader points to MUST stay until keeper_close.
 * When the kernel lacks memory and ends one of the two it ends both; the program dies with them.
 *
 * Fails:   ERR_SYSTEM when no process could be started, ERR_REFUSED when the identity was denied.
 * Source:  clone(2) CLONE_VM; prctl(2) PR_SET_CHILD_SUBREAPER.
 */
int keeper_start(struct keeper *k, const struct spawn_program *program,
		 const struct keeper_options *options, struct err *e)
	__attribute__((warn_unused_result));

/* keeper_terminate - end the program and all its descendants. */
void keeper_terminate(struct keeper *k);

/*
 * keeper_take - what became of the program, once k->fd is readable.
 *
 * Fails:   ERR_SYSTEM when the keeper itself was killed; what the program left may run on then.
 */
int keeper_take(struct keeper *k, struct keeper_end *end, struct err *e)
	__attribute__((warn_unused_result));

/* keeper_close - let it go; only its readers go on.  The empty value is accepted. */
void keeper_close(struct keeper *k);

#endif
