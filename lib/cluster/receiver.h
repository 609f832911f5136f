/* SPDX-License-Identifier: MIT */
/* receiver - what comes of an answer: bytes into the part, and news for the caller. */
#ifndef CLUSTER_RECEIVER_H
#define CLUSTER_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cluster/part.h"
#include "cluster/plan.h"

/* What has happened; word and number are a line of fetchImage(1)'s standard output. */
struct receiver_event {
	const char *word; /* size, tail, have or done */
	long long number;
	long long received, size; /* bytes that are there, and all; -1 where that is not known */
};

/* receiver_event_fn - fails when nobody is there to be told; the download then ends. */
typedef int receiver_event_fn(void *arg, const struct receiver_event *event, struct err *e);

/* How an answer, or a whole request, has ended. */
enum receiver_end {
	END_WELL,
	END_AGAIN,  /* ask the next thing; nothing has failed */
	END_MISSED, /* it may work later */
	END_FAILED, /* for good */
};

struct receiver {
	struct part *part; /* the caller's */
	receiver_event_fn *event;
	void *event_arg;
	long long max_bytes;  /* -1: no limit */
	long long tail_bytes; /* 0: none is wanted, or can be had */
	bool followed;	      /* somebody relies on what he was told: it is never begun anew */

	struct ask ask;	  /* the request that is answered */
	bool taking;	  /* its body is data */
	bool all;	  /* and all of it */
	long long at, to; /* the next byte of the body, and where it ends; to -1: not known */
	bool confirmed;	  /* by an answer of this run: what is there is of this content */

	bool told_size, told_tail;
	long long told, told_ms; /* the last `have` */
};

/* receiver_ask - the next request, in in->ask; all starts over where none can go on. */
enum receiver_end receiver_ask(struct receiver *in, struct err *e);

/*
 * receiver_answer - an answer of status 200, 206 or 416.
 *
 * END_WELL: its body is for receiver_bytes.  END_AGAIN: it is of no use, or not needed.
 *
 * Fails:   as plan_judge; ERR_UNSAFE for a file over max_bytes; ERR_UNAVAILABLE when the file has
 *          changed under a reader's hands, the part is then empty.
 */
enum receiver_end receiver_answer(struct receiver *in, const struct answer *answer, struct err *e);

/* receiver_bytes - of the body, in order.  Fails: as part_write; ERR_UNSAFE over max_bytes. */
int receiver_bytes(struct receiver *in, const char *data, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/* receiver_body_end - the body has ended, and not by a cut. */
void receiver_body_end(struct receiver *in);

/*
 * receiver_tell - tell what is new; `have` each 64 KiB or 20 ms, or at once when now is set.
 *
 * receiver_is_behind is true while something was not told.
 */
int receiver_tell(struct receiver *in, bool now, struct err *e) __attribute__((warn_unused_result));
bool receiver_is_behind(const struct receiver *in);

/* receiver_is_over - the part is whole and confirmed; receiver_done tells that. */
bool receiver_is_over(const struct receiver *in);
int receiver_done(struct receiver *in, struct err *e) __attribute__((warn_unused_result));

#endif
