/* SPDX-License-Identifier: MIT */
/* watching - round after round of votes, with what follows from each. */
#include "cli/watching.h"

#include "base/log.h"
#include "base/proc.h"
#include "cli/page.h"
#include "cli/tally.h"
#include "provision/engine.h"
#include "provision/events.h"

#define ROUND_MS 1000

/* What failed is tried again: the next round finds it as it is. */
static int
watch_once(struct operator* o, struct rounds *rounds, bool all, struct err *e)
{
	struct err why = ERR_INIT;

	if (store_is_ours(o->store, e))
		return -1;
	if (rounds_take(rounds, all, &why)) {
		if (proc_signal_pending())
			return 1;
		board_break(&o->board);
		log_warning("%s", why.msg);
	}
	return o->cli->html ? page_write(&o->d, &o->l, o->cli->html, e) : 0;
}

/* Whether what it was read of has become another, which then is the deployment. */
static int
take_up(struct operator* o, struct rounds *rounds, bool *all, struct err *e)
{
	int result = operator_reread(o, e);

	*all = result > 0;
	if (result <= 0)
		return result;
	board_break(&o->board);
	events_add(&o->l, "deployment_changed", "%s", o->file ? o->file : o->d.name);
	return (o->file && operator_staff(o, e)) || rounds_rebind(rounds, e) ? -1 : 0;
}

int
watching_run(struct operator* o, struct err *e)
{
	long long rounds = o->cli->rounds;
	struct tally tally = TALLY_INIT;
	bool all = true;
	int result = tally_open(&tally, o->cli, &o->act, &o->board, NULL, e) ||
				     (o->file && operator_staff(o, e))
			     ? -1
			     : 0;

	for (long long i = 0; (rounds < 0 || i < rounds) && !result; i++) {
		struct err signal = ERR_INIT;

		if (i > 0 && take_up(o, &tally.rounds, &all, e))
			result = -1;
		if (!result)
			result = watch_once(o, &tally.rounds, all, e);
		if (!result && (rounds < 0 || i + 1 < rounds) && engine_rest(ROUND_MS, &signal))
			result = 1;
	}
	if (result >= 0)
		result = tally_print(&tally, e);
	return tally_close(&tally, e) || result ? -1 : 0;
}
