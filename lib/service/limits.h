/* SPDX-License-Identifier: MIT */
/* limits - the operator's limits for images. */
#ifndef SERVICE_LIMITS_H
#define SERVICE_LIMITS_H

#include "base/err.h"
#include "host/settings.h"
#include "image/judge.h"

/* How many images a service can go back to, the installed one included: keep in agent.cfg. */
#define LIMITS_KEEP 3

/*
 * limits_load - put what agent.cfg says in section [images] in the place of the built-in limits.
 *
 * Fails:   ERR_UNSAFE for what is no number in range.
 * Source:  enstratus-image(5), LIMITS.
 */
int limits_load(const struct settings *settings, struct judge_limits *limits, struct err *e)
	__attribute__((warn_unused_result));

#endif
