/* SPDX-License-Identifier: MIT */
/* backoff - how long to wait before something that failed is tried again. */
#ifndef CLUSTER_BACKOFF_H
#define CLUSTER_BACKOFF_H

#include <stdint.h>

/*
 * backoff_ms - the wait before the next try, in milliseconds.
 *
 * tries    failures in a row so far, 0 for the first
 * chance   any number, all as likely: where the wait falls between 0 and its bound
 * asked_s  what the server asked for; 0 for nothing
 *
 * The bound is 250 ms, doubled at each failure, 8 s at most; the wait is anywhere below it, so that
 * many clients that failed at once do not come back at once.  A server's wish is heeded up to 30 s.
 *
 * Source:  "full jitter", of the usual kinds the one that is the least work for the server.
 */
int backoff_ms(unsigned tries, uint32_t chance, long long asked_s);

/* backoff_chance - a random number for it. */
uint32_t backoff_chance(void);

#endif
