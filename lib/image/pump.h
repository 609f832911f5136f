/* SPDX-License-Identifier: MIT */
/* pump - a large file, written by a thread of its own while its next bytes are being made. */
#ifndef IMAGE_PUMP_H
#define IMAGE_PUMP_H

#include <stddef.h>

#include "base/err.h"

#define PUMP_PART_BYTES (128u * 1024)

struct pump; /* four parts: 512 KiB */

/*
 * pump_start - what is put from now on is written to fd, the caller's; `what` names it in messages,
 * and both have to stay until pump_finish.
 *
 * Returns NULL when there is no memory or no thread for it: the caller then writes by itself.
 */
struct pump *pump_start(int fd, const char *what);

/*
 * pump_part - the next part to fill, PUMP_PART_BYTES long; waits until one is free.
 *
 * Returns NULL once something could not be written: pump_finish says what.
 */
void *pump_part(struct pump *pump);

/* pump_put - the part that pump_part gave holds len bytes, and is the thread's now. */
void pump_put(struct pump *pump, size_t len);

/*
 * pump_finish - wait until all is written, and free the pump.
 *
 * Fails:   as write(2).
 */
int pump_finish(struct pump *pump, struct err *e) __attribute__((warn_unused_result));

#endif
