/* SPDX-License-Identifier: MIT */
/* inquiry - ask servers for their votes and how their services are, many at once. */
#ifndef PROVISION_INQUIRY_H
#define PROVISION_INQUIRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "provision/act.h"

/* What a server has said. */
struct inquiry_answer {
	struct ledger_server *server;
	size_t tier;
	bool answers;	   /* false: its host did not, whatever was tried */
	int vote;	   /* 1 more servers, -1 fewer, 0 neither or none */
	struct buf health; /* of its services, as checkService prints it */
};

struct inquiry {
	struct inquiry_answer *all; /* by tier, in the ledger's order */
	size_t n;
};

#define INQUIRY_INIT ((struct inquiry){.all = NULL})

/*
 * inquiry_ask - ask each server that counts of some tiers, all at once; nothing is kept.
 *
 * asked  of each tier, whether its servers are asked
 * votes  false: nobody is asked for a vote; true: those whose tier has votes are
 *
 * Asking takes little of this host, so four times `parallel` are asked at once; 1 is one.
 *
 * inquiry_free is to be called, whatever comes of it.
 *
 * Fails:   ERR_STATUS for a held signal; ERR_SYSTEM.
 */
int inquiry_ask(struct act *a, const bool *asked, bool votes, int parallel, struct inquiry *inquiry,
		struct err *e) __attribute__((warn_unused_result));

/* inquiry_read - the vote that scaleCheck has printed; false for none, whatever its status. */
bool inquiry_read(const char *out, int *vote);

void inquiry_free(struct inquiry *inquiry);

/* inquiry_note - since when the server does not answer, or that it does; whether that is new. */
bool inquiry_note(struct ledger *l, const struct inquiry_answer *answer);

/* What is not as it should be. */
struct inquiry_sum {
	size_t silent; /* servers that do not answer */
	size_t bad;    /* services that have been checked before, and are not OK */
};

/*
 * inquiry_health - ask all servers how their services are, and take that into the ledger.
 *
 * Fails:   as inquiry_ask and store_put.
 */
int inquiry_health(struct act *a, int parallel, struct inquiry_sum *sum, struct err *e)
	__attribute__((warn_unused_result));

#endif
