/* SPDX-License-Identifier: MIT */
/* curve - what befalls a deployment in a simulation: load, deaths, silence, slow starts. */
#ifndef PROVISION_CURVE_H
#define PROVISION_CURVE_H

#include <stddef.h>

#include "base/err.h"
#include "provision/deployment.h"

#define CURVE_ALL __LONG_LONG_MAX__ /* servers of a tier */

/* One point of a curve. */
struct curve_point {
	long long time; /* seconds from the beginning */
	size_t tier;
	double load; /* of so many servers that do all they can */
};

/* What befalls a tier besides. */
enum curve_kind { CURVE_DEAD, CURVE_SILENT, CURVE_START };

struct curve_event {
	long long time; /* seconds from the beginning */
	size_t tier;
	enum curve_kind kind;
	long long n;	       /* how many servers; not of CURVE_START */
	long long least, most; /* seconds: how long it is silent, or takes to start */
};

struct curve {
	struct curve_point *points; /* by tier, then by time */
	struct curve_event *events; /* in the order of the file */
	size_t n_points, n_events;
	size_t *first; /* where each tier's points begin, and all end */
};

#define CURVE_INIT ((struct curve){.points = NULL})

/*
 * curve_open - read a load curve, lines of:
 *
 *      TIME TIER SERVERS                 work for so many servers at their limit
 *      TIME TIER dead [N|all]            the oldest N die; one without it
 *      TIME TIER silent SECONDS [N|all]  the oldest N neither answer nor serve for so long
 *      TIME TIER start LEAST MOST        a server that is made from then on serves so many
 *                                        seconds later, each number of them alike; at once
 *                                        before the first such line
 *
 * Fails:   ERR_UNSAFE with the line's number.
 * Source:  provision(1).
 */
int curve_open(struct curve *c, const struct deployment *d, const char *path, struct err *e)
	__attribute__((warn_unused_result));
void curve_close(struct curve *c);

/* curve_load - of a tier at a time: on the line between the points around it. */
double curve_load(const struct curve *c, size_t tier, long long time);

/* curve_start - the line for a server that is made then; NULL for none. */
const struct curve_event *curve_start(const struct curve *c, size_t tier, long long time);

#endif
