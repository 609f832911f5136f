/* SPDX-License-Identifier: MIT */
/* flapping - recoveries that follow each other too fast, and how long the next one waits. */
#ifndef PROVISION_FLAPPING_H
#define PROVISION_FLAPPING_H

#include "provision/deployment.h"
#include "provision/ledger.h"

#define FLAPPING_TEXT_MAX 80

/*
 * flapping_note - a server of a tier is given up now.
 *
 * Each server that a tier is to have may be recovered recovery-limit times within recovery-window;
 * a tier has a sum of that, which a recovery adds to and time takes from.
 */
void flapping_note(const struct deployment *d, struct ledger_tier *tier, long long now);

/*
 * flapping_wait - how much longer than the recovery delay a server waits that is silent; seconds.
 *
 * Nothing while the tier keeps to its sum; then recovery-back-off, twice that for the next, and so
 * on, up to the window.  It grows until no more are recovered than the sum allows.
 */
long long flapping_wait(const struct deployment *d, const struct ledger_server *server);

/* flapping_tell - that a server does not answer, and when it is given up; "" for one that does. */
void flapping_tell(const struct deployment *d, const struct ledger *l,
		   const struct ledger_server *server, char text[static FLAPPING_TEXT_MAX]);

#endif
