/* SPDX-License-Identifier: MIT */
/* vote - what a server says of the size of its tier: more, fewer, or neither. */
#ifndef COMMAND_VOTE_H
#define COMMAND_VOTE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/usage.h"
#include "command/scaling.h"

#define VOTE_SCRIPT "scaleCheck"

struct vote {
	enum scaling_vote value;
	bool abstained;	    /* value is then SCALING_HOLD, and the log says why */
	bool is_custom;	    /* it was not the built-in rule */
	struct usage usage; /* of the built-in rule; n_cpus is 0 where it was not read */
};

/*
 * vote_take - ask <home>/custom/bin/scaleCheck where it is there and executable, else the rule of
 *             command/scaling; scaleCheck-pre before and scaleCheck-post after.
 *
 * args       handed on to all of them, ending with NULL
 * timeout_s  of each; 0: 10
 *
 * Whatever is no vote abstains: a pre that fails, a custom program that runs past its time, dies of
 * a signal or says something else, usage that cannot be read.
 *
 * Fails:   ERR_USAGE for paths that are none; ERR_STATUS when a post fails, or a signal to this
 *          process ended the custom program.
 * Source:  enstratus-agent(7), SCALING.
 */
int vote_take(char *const *args, int timeout_s, struct vote *vote, struct err *e)
	__attribute__((warn_unused_result));

/*
 * vote_read - the vote of a custom program: the last line of its output that is not blank when it
 * is exactly 1, 0 or -1, else its status when that is 0, 1 or 255.  False when it is none.
 */
bool vote_read(const char *last_line, int status, enum scaling_vote *value);

#endif
