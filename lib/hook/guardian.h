/* SPDX-License-Identifier: MIT */
/* guardian - a process that cleans up should this one die, by whatever signal. */
#ifndef HOOK_GUARDIAN_H
#define HOOK_GUARDIAN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct guardian {
	int fd;	      /* the guardian has the other end, and acts when this one is closed */
	bool is_lost; /* it was killed, so the next command sweeps what this process leaves */
};

#define GUARDIAN_INIT ((struct guardian){.fd = -1})

/*
 * guardian_start - fork the guardian.
 * guardian_ready - wait until it is ready to act.
 *
 * act, arg  what it calls once nobody has g->fd any more, with no guardian_dismiss before: this
 *           process, and whoever else it handed that descriptor to; it has the memory and
 *           the descriptors of this moment, the service's lock among them, but no secrets: guarded
 *           memory is empty in it (base/secret.h)
 *
 * It is in a session of its own and no descendant of this process, so that neither a hang-up nor
 * `kill 0` nor the end of a hook's tree reaches it; it blocks every signal that can be blocked, and
 * holds nothing of the caller's input and output.
 *
 * guardian_ready waits until all that holds: the first secret MUST come after it.  Between the two
 * this process can do what takes its time.
 *
 * Fails:   ERR_SYSTEM.
 */
int guardian_start(struct guardian *g, void (*act)(void *arg), void *arg, struct err *e)
	__attribute__((warn_unused_result));
int guardian_ready(struct guardian *g, struct err *e) __attribute__((warn_unused_result));

/*
 * guardian_dismiss - tell the guardian to end.
 * guardian_close   - wait until it is gone.  MUST follow guardian_dismiss, or it acts.
 *
 * Both accept an empty one.
 */
void guardian_dismiss(struct guardian *g);
void guardian_close(struct guardian *g);

#endif
