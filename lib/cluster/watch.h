/* SPDX-License-Identifier: MIT */
/* watch - what ends a wait from outside: a signal, a reader that has gone, the time. */
#ifndef CLUSTER_WATCH_H
#define CLUSTER_WATCH_H

#include "base/err.h"

/* Holds a descriptor: signal_fd is readable when a signal has come. */
struct watch {
	int signal_fd;
	int reader_fd; /* the caller's; -1 for none */
	int timeout_s; /* 0 for none */
	long long deadline_ms;
};

#define WATCH_INIT ((struct watch){.signal_fd = -1, .reader_fd = -1})

/*
 * watch_open - begin; the time runs from now.
 *
 * reader_fd  the writing end of a pipe; -1 for none
 *
 * SIGTERM, SIGINT and SIGQUIT are held by the caller (proc_hold_signals).
 */
int watch_open(struct watch *w, int reader_fd, int timeout_s, struct err *e)
	__attribute__((warn_unused_result));

/* watch_look - fails when it is over: ERR_STATUS for a signal, ERR_IO, ERR_UNAVAILABLE for time. */
int watch_look(const struct watch *w, struct err *e) __attribute__((warn_unused_result));

/* watch_wait - so long, or until it is over; then as watch_look. */
int watch_wait(const struct watch *w, long long ms, struct err *e)
	__attribute__((warn_unused_result));

/* watch_left_ms - the least of ms and of the time that is left, never below 0. */
long long watch_left_ms(const struct watch *w, long long ms);

void watch_close(struct watch *w);

#endif
