/* SPDX-License-Identifier: MIT */
/* flapping - recoveries that follow each other too fast, and how long the next one waits. */
#include "provision/flapping.h"

#include <stdio.h>
#include <string.h>

#include "provision/staffing.h"

#define DOUBLINGS 40 /* of a second, more than any window has */

/* How many it is to have: at least one. */
static long long
size_of(const struct deployment *d, const struct ledger_tier *tier)
{
	long long n = tier->wanted;

	for (size_t i = 0; i < d->n_tiers; i++)
		if (strcmp(d->tiers[i].name, tier->name) == 0)
			n = staffing_want(&d->tiers[i], n);
	return n > 1 ? n : 1;
}

/* How long it takes until one recovery of a tier is forgotten; ms. */
static long long
cost_ms(const struct deployment *d, const struct ledger_tier *tier)
{
	long long n = d->recovery_limit * size_of(d, tier);
	long long ms = d->recovery_window_s * 1000 / (n > 0 ? n : 1);

	return ms > 0 ? ms : 1;
}

/* What is to be forgotten yet; ms.  At most what makes the longest wait: a clock may be wrong. */
static long long
sum_ms(const struct deployment *d, const struct ledger_tier *tier, long long now)
{
	long long most = d->recovery_window_s * 1000 + DOUBLINGS * cost_ms(d, tier);
	long long sum = tier->forgotten_ms - now * 1000;

	return sum < 0 ? 0 : sum > most ? most : sum;
}

void
flapping_note(const struct deployment *d, struct ledger_tier *tier, long long now)
{
	if (d->recovery_limit > 0)
		tier->forgotten_ms = now * 1000 + sum_ms(d, tier, now) + cost_ms(d, tier);
}

long long
flapping_wait(const struct deployment *d, const struct ledger_server *server)
{
	long long cost = cost_ms(d, server->tier), window = d->recovery_window_s;
	long long over = sum_ms(d, server->tier, server->silent) + cost - window * 1000;
	long long wait = d->recovery_back_off_s;

	if (!server->silent || d->recovery_limit == 0 || over <= 0)
		return 0;
	for (; over > cost && wait < window; over -= cost)
		wait *= 2;
	return wait < window ? wait : window;
}

void
flapping_tell(const struct deployment *d, const struct ledger *l,
	      const struct ledger_server *server, char text[static FLAPPING_TEXT_MAX])
{
	long long wait = flapping_wait(d, server);
	long long left = server->silent + d->recovery_s + wait - ledger_now(l);

	text[0] = '\0';
	if (server->silent && server->state != SERVER_LOST)
		snprintf(text, FLAPPING_TEXT_MAX, "does not answer");
	if (text[0] && wait)
		snprintf(text, FLAPPING_TEXT_MAX,
			 "does not answer; its tier flaps, it is given up in %lld s",
			 left > 0 ? left : 0);
}
