/* SPDX-License-Identifier: MIT */
/* agents - how the programs of the agent on a host are called, whatever is in between. */
#include "provision/agents.h"

#include "base/clock.h"
#include "cluster/backoff.h"
#include "cluster/watch.h"
#include "provision/engine.h"

#define BUSY_MS 60000
#define LOST_TRIES 3

static int
rest(const struct agents *agents, unsigned tries, struct err *e)
{
	int ms = backoff_ms(tries, backoff_chance(), 0);

	return agents->rest ? agents->rest(agents->arg, ms, e) : engine_rest(ms, e);
}

int
agents_call(const struct agents *agents, struct agents_call *call, struct err *e)
{
	long long end = clock_ms() + BUSY_MS;
	bool may_repeat = call->input_fd < 0 && call->output_fd < 0 && !call->timeout_s;

	for (unsigned tries = 0;; tries++) {
		if (agents->fn(agents->arg, call, e))
			return -1;
		if (!may_repeat)
			return 0;
		if (call->status == AGENTS_BUSY
			    ? clock_ms() > end
			    : call->status != AGENTS_LOST || call->once || tries >= LOST_TRIES)
			return 0;
		if (rest(agents, tries, e))
			return -1;
	}
}

void
agents_call_free(struct agents_call *call)
{
	buf_free(&call->out);
}
