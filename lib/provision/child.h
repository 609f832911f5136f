/* SPDX-License-Identifier: MIT */
/* child - run a program beside others, from any thread, with what goes in and what comes out. */
#ifndef PROVISION_CHILD_H
#define PROVISION_CHILD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define CHILD_OUTPUT_MAX (4u << 20) /* bytes of standard output that are kept */
#define CHILD_TAIL 4096		    /* bytes of standard error: its end */

struct child_spec {
	char *const *argv;	    /* the program is looked for in PATH; no shell is asked */
	const struct secret *input; /* its standard input, or NULL */
	int input_fd;		    /* the same, from where it stands; -1 for none */
	int output_fd;		    /* its standard output; -1: it is kept */
	int timeout_s;		    /* 0 for none */
};

struct child_result {
	int status; /* exit status, or 128 + n for a death by signal n */
	bool timed_out;
	bool was_killed; /* by a signal: what 128 + n is of */
	struct buf out;
	char tail[CHILD_TAIL]; /* of standard error */
};

#define CHILD_RESULT_INIT ((struct child_result){.out = BUF_INIT})

/*
 * child_run - run a program and wait for its end; what it leaves behind is not waited for.
 *
 * A held signal (base/proc.h) ends it: SIGTERM, and SIGKILL after 2 s.  The same for the time
 * limit.
 *
 * Fails:   ERR_SYSTEM when it cannot be started; ERR_STATUS for a signal to us.  A program that
 *          ran, however it ended, is a success here.
 */
int child_run(const struct child_spec *spec, struct child_result *result, struct err *e)
	__attribute__((warn_unused_result));
void child_result_free(struct child_result *result);

/* child_why - the last line of its standard error, as the error of a program of ours has it. */
const char *child_why(const struct child_result *result, char why[static 256]);

#endif
