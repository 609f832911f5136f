/* SPDX-License-Identifier: MIT */
/* fuzz_download - a download's state; then its first three lines as headers of an answer. */
#include <stdlib.h>
#include <string.h>

#include "cluster/plan.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct part_facts facts = PART_FACTS_INIT;
	char *text = strndup((const char *)data, size), *rest = NULL, back[PART_TEXT_MAX];
	struct answer answer = {.status = size % 2 ? 206 : 416, .length = -1};
	struct err e = ERR_INIT;
	struct meaning m;
	struct ask ask;

	if (part_parse(text, &facts)) {
		part_format(&facts, back);
		if (!part_parse(back, &facts))
			abort();
	}
	ask = plan_ask(&facts, (long long)(size % 3));
	answer.range = strtok_r(text, "\n", &rest);
	answer.etag = strtok_r(NULL, "\n", &rest);
	answer.modified = answer.date = strtok_r(NULL, "\n", &rest);
	if (!plan_judge(&ask, &facts, &answer, &m, &e) && m.kind == MEANS_DATA && m.from >= m.to)
		abort();
	return free(text), 0;
}
