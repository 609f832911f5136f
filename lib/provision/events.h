/* SPDX-License-Identifier: MIT */
/* events - what happened to servers, the latest of it. */
#ifndef PROVISION_EVENTS_H
#define PROVISION_EVENTS_H

#include "provision/ledger.h"

#define EVENTS_MAX 200 /* the latest are kept */

/* events_add - keep it, and tell it by the ledger's tell; a failure is that of the next change. */
void events_add(struct ledger *l, const char *word, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * events_take - add it to those that are known, and keep nothing.
 *
 * value  as it is kept: the time in seconds, and "WORD what" behind a blank
 *
 * Fails:   when out of memory.
 */
int events_take(struct ledger *l, long long number, const char *value)
	__attribute__((warn_unused_result));

#endif
