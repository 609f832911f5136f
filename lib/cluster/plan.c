/* SPDX-License-Identifier: MIT */
/* plan - which bytes to ask a server for next, and what its answer means for a download. */
#include "cluster/plan.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define UNIT "bytes "

struct ask
plan_ask(const struct part_facts *facts, long long tail_bytes)
{
	long long end = part_end(facts);

	if (tail_bytes && facts->tail < 0 && facts->have == 0 && facts->size < 0)
		return (struct ask){ASK_LAST, true, tail_bytes, -1};
	if (tail_bytes && facts->tail < 0 && facts->have < facts->size - tail_bytes)
		return (struct ask){ASK_FROM, true, facts->size - tail_bytes, -1};
	if (facts->tail >= 0 && facts->tail_have < facts->size)
		return (struct ask){ASK_FROM, true, facts->tail_have, -1};
	if (facts->have == 0 && facts->tail < 0)
		return (struct ask){ASK_ALL, false, 0, -1};
	/* Nothing lacks: bytes behind the last one, for an answer that says so. */
	if (end >= 0 && facts->have >= end)
		return (struct ask){ASK_FROM, false, facts->size, -1};
	return (struct ask){ASK_FROM, false, facts->have, facts->tail};
}

void
plan_range(const struct ask *ask, char text[static 64])
{
	if (ask->kind == ASK_ALL)
		text[0] = '\0';
	else if (ask->kind == ASK_LAST)
		snprintf(text, 64, "-%lld", ask->from);
	else if (ask->to < 0)
		snprintf(text, 64, "%lld-", ask->from);
	else
		snprintf(text, 64, "%lld-%lld", ask->from, ask->to - 1);
}

static bool
take_number(const char **text, char after, long long *number)
{
	const char *s = *text;
	long long n = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *s - '0', &n))
			return false;
	if (*s != after)
		return false;
	*text = s + (after ? 1 : 0);
	*number = n;
	return true;
}

bool
plan_content_range(const char *text, long long *from, long long *to, long long *size)
{
	long long first = -1, last = -2, total;

	if (!text || strncasecmp(text, UNIT, strlen(UNIT)) != 0)
		return false;
	text += strlen(UNIT);
	if (strncmp(text, "*/", 2) == 0)
		text += 2;
	else if (!take_number(&text, '-', &first) || !take_number(&text, '/', &last) ||
		 last < first)
		return false;
	if (!take_number(&text, '\0', &total) || last >= total)
		return false;
	*from = first;
	*to = last + 1;
	*size = total;
	return true;
}

/* Seconds since 1970 of the one form that servers must send; -1 for another. */
static time_t
read_date(const char *text)
{
	struct tm tm = {0};
	const char *end = text ? strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) : NULL;

	return end && !*end ? timegm(&tm) : -1;
}

void
plan_validator(const struct answer *answer, char text[static PART_VALIDATOR_MAX])
{
	time_t modified = read_date(answer->modified), date = read_date(answer->date);
	const char *chosen = "";
	size_t len = answer->etag ? strlen(answer->etag) : 0;

	if (len >= 2 && answer->etag[0] == '"' && answer->etag[len - 1] == '"')
		chosen = answer->etag;
	else if (modified >= 0 && date > modified)
		chosen = answer->modified;
	if (strlen(chosen) >= PART_VALIDATOR_MAX)
		chosen = "";
	snprintf(text, PART_VALIDATOR_MAX, "%s", chosen);
}

/* False where the answer names another content than the one that is there. */
static bool
may_be_same(const struct part_facts *facts, const struct meaning *m, long long size)
{
	if (facts->size >= 0 && size >= 0 && size != facts->size)
		return false;
	/* An ETag is to be compared with an ETag only. */
	return !facts->validator[0] || !m->validator[0] ||
	       (facts->validator[0] == '"') != (m->validator[0] == '"') ||
	       strcmp(facts->validator, m->validator) == 0;
}

static int
refuse_range(const struct answer *answer, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE,
		       "the server answered with other bytes than asked: '%.60s'",
		       answer->range ? answer->range : "no Content-Range");
}

static int
judge_part(const struct ask *ask, const struct part_facts *facts, const struct answer *answer,
	   struct meaning *m, struct err *e)
{
	if (ask->kind == ASK_ALL ||
	    !plan_content_range(answer->range, &m->from, &m->to, &m->size) || m->from < 0)
		return refuse_range(answer, e);
	if (!may_be_same(facts, m, m->size)) {
		m->kind = MEANS_CHANGED;
		return 0;
	}
	if (ask->kind == ASK_LAST) {
		long long count = m->size < ask->from ? m->size : ask->from;

		if (m->from != m->size - count || m->to != m->size)
			return refuse_range(answer, e);
		m->kind = m->validator[0] ? MEANS_DATA : MEANS_NO_TAIL;
		m->all = m->from == 0;
		return 0;
	}
	if (m->from != ask->from || (ask->to >= 0 && m->to > ask->to))
		return refuse_range(answer, e);
	m->kind = MEANS_DATA;
	return 0;
}

static void
judge_all(const struct ask *ask, const struct part_facts *facts, const struct answer *answer,
	  struct meaning *m)
{
	m->from = 0;
	m->to = m->size = answer->length;
	m->kind = MEANS_DATA;
	m->all = true;
	/* Whoever does not take If-Range may still say that it is the same. */
	if (!may_be_same(facts, m, m->size) ||
	    (ask->kind == ASK_FROM &&
	     (!facts->validator[0] || strcmp(facts->validator, m->validator) != 0)))
		m->kind = MEANS_CHANGED;
}

/* The bytes asked for lie behind the end. */
static void
judge_nothing(const struct ask *ask, const struct answer *answer, struct meaning *m)
{
	long long from, to;

	m->kind = ask->kind == ASK_LAST ? MEANS_NO_TAIL : MEANS_CHANGED;
	if (ask->kind == ASK_FROM && !ask->for_tail &&
	    plan_content_range(answer->range, &from, &to, &m->size) && from < 0 &&
	    m->size == ask->from)
		m->kind = MEANS_WHOLE;
}

int
plan_judge(const struct ask *ask, const struct part_facts *facts, const struct answer *answer,
	   struct meaning *meaning, struct err *e)
{
	struct meaning m = {.from = 0, .to = -1, .size = -1};

	if (answer->encoding && strcasecmp(answer->encoding, "identity") != 0)
		return err_set(e, ERR_UNAVAILABLE,
			       "the server compressed what was to come as it is (%.40s)",
			       answer->encoding);
	plan_validator(answer, m.validator);
	if (answer->status == 206) {
		if (judge_part(ask, facts, answer, &m, e))
			return -1;
	} else if (answer->status == 416) {
		judge_nothing(ask, answer, &m);
	} else {
		judge_all(ask, facts, answer, &m);
	}
	*meaning = m;
	return 0;
}

const char *
plan_refusal(int status, bool *passes)
{
	static const struct {
		int status;
		bool passes;
		const char *words;
	} known[] = {
		{401, false, "it wants a login or a token"},
		{403, false, "access is denied, or the link has expired"},
		{404, false, "there is no such file; check the URL"},
		{407, false, "the proxy wants a login"},
		{408, true, "it has waited too long for us"},
		{410, false, "the file is not there any more; check the URL"},
		{425, true, "it is not ready"},
		{429, true, "it has too many requests; try again later"},
		{500, true, "it has a fault; try again later"},
		{502, true, "the server behind it has a fault; try again later"},
		{503, true, "it is not available; try again later"},
		{504, true, "the server behind it is silent; try again later"},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status) {
			*passes = known[i].passes;
			return known[i].words;
		}
	*passes = false;
	return "which is no answer to a download";
}
