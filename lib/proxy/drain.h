/* SPDX-License-Identifier: MIT */
/* drain - wait for the connections that a balancer had before it read its configuration again. */
#ifndef PROXY_DRAIN_H
#define PROXY_DRAIN_H

#include <stddef.h>
#include <sys/types.h>

#define DRAIN_WORKERS_MAX 512
#define DRAIN_MOST_S 900 /* below the time limit that stopProxy has without --timeout */

/* The workers that were there before; they end when their connections have. */
struct drain {
	pid_t master;
	pid_t workers[DRAIN_WORKERS_MAX];
	size_t n;
};

#define DRAIN_INIT ((struct drain){.n = 0})

/* drain_note - remember which workers a balancer has; none where that cannot be known. */
void drain_note(struct drain *drain, pid_t master);

/*
 * drain_wait - wait until all of them have ended.
 *
 * Returns: how many are left: after `ms` milliseconds, or when a signal is held, or when the
 *          balancer itself has ended.
 * Source:  haproxy(1), SIGUSR2 and SIGUSR1; nginx(8), SIGHUP; proc(5), task/TID/children.
 */
size_t drain_wait(const struct drain *drain, long long ms);

#endif
