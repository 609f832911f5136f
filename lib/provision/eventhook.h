/* SPDX-License-Identifier: MIT */
/* eventhook - the operator's programs in a directory, run for an event. */
#ifndef PROVISION_EVENTHOOK_H
#define PROVISION_EVENTHOOK_H

#include <stdbool.h>
#include <stddef.h>

#define EVENTHOOK_S 10	    /* seconds that each of them has */
#define EVENTHOOK_GRACE_S 2 /* between SIGTERM and SIGKILL */

struct eventhook_event {
	const char *deployment, *text; /* "WORD what" */
	long long number, time;
};

/* What was told once already. */
struct eventhook_said {
	char **texts;
	size_t n;
};

/*
 * eventhook_run - run each executable file of a directory for an event, in the order of names.
 *
 * Each gets the event as a JSON document on its standard input, the directory as its working
 * directory, and an environment of a fixed list (provision(1)).  At its time limit all of its
 * processes are ended.  What it prints is read, and nothing of it shown but the last line, when it
 * fails.  A directory that is not there, and names with a dot at their beginning, are passed over;
 * what is not to be trusted is told once: a directory or file of another account, or one that
 * others may write, and what is no executable regular file.
 *
 * Called where there is one thread.
 *
 * Returns: false when a signal to this process has ended it.
 */
bool eventhook_run(const char *directory, const struct eventhook_event *event,
		   struct eventhook_said *said);

void eventhook_said_free(struct eventhook_said *said);

#endif
