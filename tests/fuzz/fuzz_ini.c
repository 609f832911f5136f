/* SPDX-License-Identifier: MIT */
/* fuzz_ini - any bytes as INI text: each value stands within them, behind its '='. */
#include <stdlib.h>

#include "cfg/ini.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int
check_item(void *end, const struct ini_item *item, struct err *e)
{
	(void)e;
	if (item->value[-1] != '=' || item->value + item->value_len > (char *)end || !item->name[0])
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data;
	struct err e = ERR_INIT;
	size_t rest = 0;

	if (!ini_parse_text(text, size, "custom", &rest, check_item, (void *)(text + size), &e) &&
	    rest > size)
		abort();
	return 0;
}
