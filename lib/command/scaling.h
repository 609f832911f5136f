/* SPDX-License-Identifier: MIT */
/* scaling - the built-in rule of when a tier needs more servers, or fewer. */
#ifndef COMMAND_SCALING_H
#define COMMAND_SCALING_H

#include "base/err.h"
#include "base/usage.h"
#include "host/paths.h"
#include "host/settings.h"

enum scaling_vote { SCALING_DOWN = -1, SCALING_HOLD = 0, SCALING_UP = 1 };

/* Of [scaling] in agent.cfg.  Source: enstratus-agent.cfg(5). */
struct scaling_rule {
	long long upper, lower;		/* percent */
	long long pressure;		/* likewise; 0: it is not looked at */
	long long breach_s, cooldown_s; /* how long above or below before it is a vote */
};

/* Since when the machine is above or below; seconds since 1970, 0 where it is not. */
struct scaling_state {
	long long above, below, asked;
};

/*
 * scaling_load - the rule: 75, 25, 0, 300, 300 where agent.cfg says nothing.
 *
 * Fails:   as settings_number; ERR_UNSAFE when lower is not below upper.
 */
int scaling_load(const struct settings *settings, struct scaling_rule *rule, struct err *e)
	__attribute__((warn_unused_result));

/*
 * scaling_decide - the vote of a machine that is used so now, and what to remember of it.
 *
 * Above is CPU or memory over upper, or pressure over its limit, for breach_s: a vote for more.
 * Below is both, and pressure, under lower, for cooldown_s: a vote for fewer.  The time counts from
 * the first question that found it so; a question that finds it otherwise ends it, and so does
 * silence for 300 s longer than that time, or a clock that was set back: nobody knows what was
 * between.
 *
 * Source:  enstratus-agent(7), SCALING.
 */
enum scaling_vote scaling_decide(const struct scaling_rule *rule, const struct usage *usage,
				 long long now, struct scaling_state *state);

/*
 * scaling_vote - the same, with the state kept in the agent's metadata in between.
 *
 * Fails:   ERR_NO_SERVICE without a services directory; ERR_SYSTEM.  A state that is damaged is
 *          none.
 */
int scaling_vote(const struct paths *paths, const struct scaling_rule *rule,
		 const struct usage *usage, long long now, enum scaling_vote *vote, struct err *e)
	__attribute__((warn_unused_result));

#endif
