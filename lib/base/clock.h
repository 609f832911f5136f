/* SPDX-License-Identifier: MIT */
/* clock - the time that only goes forward. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* clock_ms - a moment in ms, which no setting of the time of day changes: CLOCK_MONOTONIC. */
long long clock_ms(void);

#endif
