/* SPDX-License-Identifier: MIT */
/* fetch - download one file over HTTP. */
#ifndef CLUSTER_FETCH_H
#define CLUSTER_FETCH_H

#include "base/err.h"
#include "cluster/part.h"
#include "cluster/receiver.h"

/* Numbers below 0 are not given: no limit, no tail, 5 retries, 30 s. */
struct fetch_request {
	const char *url, *user_agent;
	const char *ca_file, *pinned_key; /* NULL: the system's; none */
	long long max_bytes, tail_bytes, retries, stall_s;
	int timeout_s; /* 0: none */
	int reader_fd; /* the way to a reader of the events whose going ends it; -1 for none */
	receiver_event_fn *event;
	void *event_arg;
};

/*
 * fetch_judge - refuse a URL, or a key, that cannot be used; nothing is opened and nobody asked.
 *
 * Fails:   ERR_USAGE for a URL that is none, neither http nor https or with a user in it, and for a
 *          pinned key without TLS; ERR_UNAVAILABLE for a file of keys that cannot be read.
 */
int fetch_judge(const struct fetch_request *request, struct err *e)
	__attribute__((warn_unused_result));

/*
 * fetch - make the part whole, or go on where an earlier run has left it.
 *
 * part  opened; the caller finishes and closes it, whatever comes of it
 *
 * SIGTERM, SIGINT and SIGQUIT are held by the caller (proc_hold_signals) and end it.  A download
 * that a reader follows is never begun anew under his hands: when the content changes, it fails.
 * Messages have the URL without its query, which may hold a token.
 *
 * Fails:   ERR_UNAVAILABLE for all that the network and the server do; ERR_UNSAFE over max_bytes;
 *          ERR_IO for the disk; ERR_STATUS for a signal.
 * Source:  libcurl; RFC 9110.  TLS 1.2 and later, certificate and name are always verified.
 */
int fetch(const struct fetch_request *request, struct part *part, struct err *e)
	__attribute__((warn_unused_result));

#endif
