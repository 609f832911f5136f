/* SPDX-License-Identifier: MIT */
/* health - what checkService says of services. */
#ifndef PROVISION_HEALTH_H
#define PROVISION_HEALTH_H

#include "base/err.h"
#include "provision/ledger.h"

/* health_word - the word of a state, OK or another: what is before its first blank or colon. */
void health_word(const char *state, char word[static LEDGER_WORD_MAX]);

/*
 * health_take - keep what has changed since the services of a server were last checked.
 *
 * lines  as checkService prints them: id, tab, state
 *
 * Called with the ledger's lock, or when no other thread has the ledger.
 * Services that were not checked yet are left alone.
 *
 * Fails:   as store_put.
 */
int health_take(struct ledger *l, struct ledger_server *server, const char *lines, struct err *e)
	__attribute__((warn_unused_result));

/* health_changed - keep the word of one service, and the event when it was another. */
int health_changed(struct ledger *l, struct ledger_server *server, struct ledger_placed *placed,
		   const char *word, struct err *e) __attribute__((warn_unused_result));

#endif
