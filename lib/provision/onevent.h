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
	int last_ms; /* how long the end waits until all is told */
	int end_ms;  /* and then until what is run has ended */
};

#define ONEVENT_LAST_MS 30000
#define ONEVENT_END_MS (1000 * (EVENTHOOK_GRACE_S + 10))
#define ONEVENT_INIT \
	((struct onevent){.fd = -1, .last_ms = ONEVENT_LAST_MS, .end_ms = ONEVENT_END_MS})

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
 * Nobody is waited for: an event for which there is no room is left out, which is warned of; once
 * until there is room again.
 */
void onevent_tell(struct onevent *o, const char *directory, const struct eventhook_event *event);

/* onevent_close - wait until all is told, for last_ms; what is not by then is not told. */
void onevent_close(struct onevent *o);

#endif
