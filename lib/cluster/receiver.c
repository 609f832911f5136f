/* SPDX-License-Identifier: MIT */
/* receiver - what comes of an answer: bytes into the part, and news for the caller. */
#include "cluster/receiver.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cluster/watch.h"

#define TELL_BYTES (64 * 1024)
#define TELL_MS 20

static int
tell(struct receiver *in, const char *word, long long number, struct err *e)
{
	const struct part_facts *facts = &in->part->facts;
	struct receiver_event event = {word, number, part_received(facts), facts->size};

	return in->event(in->event_arg, &event, e);
}

int
receiver_tell(struct receiver *in, bool now, struct err *e)
{
	const struct part_facts *facts = &in->part->facts;

	/* What an earlier run has left counts when a server has said that it is still the same. */
	if (!in->confirmed)
		return 0;
	if (!in->told_size && facts->size >= 0) {
		in->told_size = true;
		if (tell(in, "size", facts->size, e))
			return -1;
	}
	if (!in->told_tail && facts->tail >= 0 && facts->tail_have == facts->size) {
		in->told_tail = true;
		if (tell(in, "tail", facts->tail, e))
			return -1;
	}
	if (facts->have <= in->told ||
	    (!now && facts->have - in->told < TELL_BYTES && clock_ms() - in->told_ms < TELL_MS))
		return 0;
	in->told = facts->have;
	in->told_ms = clock_ms();
	return tell(in, "have", facts->have, e);
}

bool
receiver_is_behind(const struct receiver *in)
{
	return in->confirmed && in->part->facts.have > in->told;
}

bool
receiver_is_over(const struct receiver *in)
{
	return in->confirmed && part_is_whole(&in->part->facts);
}

int
receiver_done(struct receiver *in, struct err *e)
{
	return receiver_tell(in, true, e) ? -1 : tell(in, "done", in->part->facts.size, e);
}

/* What is there is of no use any more. */
static enum receiver_end
start_over(struct receiver *in, struct err *e)
{
	bool told = in->told_size || in->told_tail || in->told;

	if (part_reset(in->part, e))
		return END_FAILED;
	in->confirmed = in->told_size = in->told_tail = false;
	in->told = 0;
	if (in->followed && told) {
		err_set(e, ERR_UNAVAILABLE,
			"the file has changed on the server, or it cannot tell: fetch it anew");
		return END_FAILED;
	}
	log_detail("starting anew: the file has changed on the server, or the server cannot tell");
	return END_AGAIN;
}

enum receiver_end
receiver_ask(struct receiver *in, struct err *e)
{
	const struct part_facts *facts = &in->part->facts;

	if (!facts->validator[0] && (part_received(facts) || facts->size >= 0) &&
	    start_over(in, e) == END_FAILED)
		return END_FAILED;
	in->ask = plan_ask(facts, in->tail_bytes);
	in->taking = in->all = false;
	in->to = -1;
	return END_WELL;
}

static int
check_size(const struct receiver *in, long long size, struct err *e)
{
	if (in->max_bytes < 0 || size <= in->max_bytes)
		return 0;
	return err_set(e, ERR_UNSAFE, "the file is larger than %lld bytes (--max-bytes)",
		       in->max_bytes);
}

/* The body is data: note what the answer says of it. */
static enum receiver_end
begin_data(struct receiver *in, const struct meaning *m, struct err *e)
{
	struct part_facts *facts = &in->part->facts;

	if (check_size(in, m->size, e))
		return END_FAILED;
	in->confirmed = true;
	if (part_is_whole(facts))
		return END_AGAIN;
	if (m->size >= 0)
		facts->size = m->size;
	if (!facts->validator[0])
		memcpy(facts->validator, m->validator, sizeof facts->validator);
	if (m->all) /* what of it is there already is passed over */
		facts->tail = facts->tail_have = -1;
	else if (in->ask.for_tail && facts->tail < 0)
		facts->tail = facts->tail_have = m->from;
	in->at = m->from;
	in->to = m->to;
	in->all = m->all;
	in->taking = true;
	return receiver_tell(in, true, e) ? END_FAILED : END_WELL;
}

enum receiver_end
receiver_answer(struct receiver *in, const struct answer *answer, struct err *e)
{
	struct meaning meaning;

	if (plan_judge(&in->ask, &in->part->facts, answer, &meaning, e))
		return END_FAILED;
	switch (meaning.kind) {
	case MEANS_DATA:
		return begin_data(in, &meaning, e);
	case MEANS_WHOLE:
		in->part->facts.size = meaning.size;
		in->confirmed = true;
		return END_AGAIN;
	case MEANS_NO_TAIL:
		log_detail("the server cannot give the end first");
		in->tail_bytes = 0;
		return END_AGAIN;
	default:
		return start_over(in, e);
	}
}

int
receiver_bytes(struct receiver *in, const char *data, size_t len, struct err *e)
{
	struct part_facts *facts = &in->part->facts;
	long long *have = in->ask.for_tail && facts->tail >= 0 ? &facts->tail_have : &facts->have;
	long long from = in->at, to = in->at + (long long)len;

	in->at = to;
	/* Bytes that nobody asked for, or that are there already, are dropped. */
	if (in->to >= 0 && to > in->to)
		to = in->to;
	if (to <= *have)
		return 0;
	if (check_size(in, to, e) ||
	    part_write(in->part, *have, data + (*have - from), (size_t)(to - *have), e))
		return -1;
	*have = to;
	return part_save_some(in->part, e) || receiver_tell(in, false, e) ? -1 : 0;
}

void
receiver_body_end(struct receiver *in)
{
	struct part_facts *facts = &in->part->facts;

	/* A body that did not say how long it would be. */
	if (in->taking && in->all && facts->size < 0)
		facts->size = facts->have;
}
