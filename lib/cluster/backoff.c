/* SPDX-License-Identifier: MIT */
/* backoff - how long to wait before something that failed is tried again. */
#include "cluster/backoff.h"

#include <sys/random.h>
#include <time.h>

#define FIRST_MS 250
#define LONGEST_MS 8000
#define ASKED_MAX_S 30

int
backoff_ms(unsigned tries, uint32_t chance, long long asked_s)
{
	int bound = FIRST_MS, wait;

	while (tries-- && bound < LONGEST_MS)
		bound *= 2;
	if (bound > LONGEST_MS)
		bound = LONGEST_MS;
	wait = (int)(chance % (uint32_t)(bound + 1));
	if (asked_s > ASKED_MAX_S)
		asked_s = ASKED_MAX_S;
	return wait < asked_s * 1000 ? (int)asked_s * 1000 : wait;
}

uint32_t
backoff_chance(void)
{
	struct timespec now;
	uint32_t chance;

	if (getrandom(&chance, sizeof chance, 0) == (ssize_t)sizeof chance)
		return chance;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_nsec;
}
