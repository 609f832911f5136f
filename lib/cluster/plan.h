/* SPDX-License-Identifier: MIT */
/* plan - which bytes to ask a server for next, and what its answer means for a download. */
#ifndef CLUSTER_PLAN_H
#define CLUSTER_PLAN_H

#include <stdbool.h>

#include "base/err.h"
#include "cluster/part.h"

enum ask_kind {
	ASK_ALL,
	ASK_LAST, /* the last bytes of a file whose size is not known */
	ASK_FROM, /* [from, to), if it has not changed; to is -1 for the end */
};

struct ask {
	enum ask_kind kind;
	bool for_tail;	    /* what comes belongs to [tail, tail_have) */
	long long from, to; /* of ASK_LAST: how many, in from */
};

/* What of an answer counts; NULL for a header that is not there, length -1 for no such one. */
struct answer {
	int status;
	const char *etag, *modified, *date, *range, *encoding;
	long long length;
};

enum meaning_kind {
	MEANS_DATA,    /* [from, to) of size follows; to or size may be -1 for not known */
	MEANS_WHOLE,   /* all of it is there, and still the same */
	MEANS_CHANGED, /* what is there is of another content */
	MEANS_NO_TAIL, /* ask for all: the server cannot give the end, or nothing to hold on to */
};

struct meaning {
	enum meaning_kind kind;
	bool all; /* of MEANS_DATA: from the first byte to the last one */
	long long from, to, size;
	char validator[PART_VALIDATOR_MAX];
};

/*
 * plan_ask - the next request for a part that lacks something, or is to be confirmed.
 *
 * tail_bytes  how many of the end are wanted before all else; 0 for none
 */
struct ask plan_ask(const struct part_facts *facts, long long tail_bytes);

/*
 * plan_range - the value of the header Range, without its unit; "" for none.
 *
 * Source: RFC 9110 section 14.1.2.
 */
void plan_range(const struct ask *ask, char text[static 64]);

/*
 * plan_judge - what an answer of status 200, 206 or 416 means.
 *
 * Fails:   ERR_UNAVAILABLE for bytes that were not asked for, and for compressed ones.
 * Source:  RFC 9110 sections 13.1.5 (If-Range), 14.4 (Content-Range), 15.3.7, 15.5.17.
 */
int plan_judge(const struct ask *ask, const struct part_facts *facts, const struct answer *answer,
	       struct meaning *meaning, struct err *e) __attribute__((warn_unused_result));

/*
 * plan_refusal - what to make of any other status, in words; passes tells whether to try again.
 *
 * Source: RFC 9110 section 15, RFC 6585 (429), RFC 8470 (425).
 */
const char *plan_refusal(int status, bool *passes);

/*
 * plan_content_range - "bytes FROM-LAST/SIZE", or "bytes *" "/SIZE" with both -1; *to is LAST + 1.
 *
 * Returns false for all else, a size that is not known included.
 */
bool plan_content_range(const char *text, long long *from, long long *to, long long *size);

/*
 * plan_validator - what If-Range may hold: a strong ETag, else a Last-Modified that is older than
 * the answer, else "".
 *
 * Source: RFC 9110 section 8.8.2.2, a date of the same second may be of two contents.
 */
void plan_validator(const struct answer *answer, char text[static PART_VALIDATOR_MAX]);

#endif
