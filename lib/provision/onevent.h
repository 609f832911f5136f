/* SPDX-License-Identifier: MIT */
/* onevent - a process beside this one that tells the operator's programs of events. */
#ifndef PROVISION_ONEVENT_H
#define PROVISION_ONEVENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "provision/eventhook.h"

struct onevent {
	pid_t pid; /* 0: there is none */
	int fd;	   /* where it is told */
	bool is_behind;
};

#define ONEVENT_INIT ((struct onevent){.fd = -1})

/*
 * onevent_open - start the process.
 *
 * It has a session of its own, and neither standard input nor output: neither a key that is pressed
 * nor the death of this process keeps events from being told, and no reader waits for it.
 *
 * Called where there is one thread, before a lock is taken, which it would hold too.
 *
 * Fails:   ERR_SYSTEM.
 */
int onevent_open(struct onevent *o, struct err *e) __attribute__((warn_unused_result));

/*
 * onevent_tell - hand an event over, for eventhook_run with a directory.
 *
 * Nobody is waited for: an event for which there is no room is left out, which is warned of once.
 */
void onevent_tell(struct onevent *o, const char *directory, const struct eventhook_event *event);

/* onevent_close - wait until all is told, for 30 s at most; what is not by then is not told. */
void onevent_close(struct onevent *o);

#endif
