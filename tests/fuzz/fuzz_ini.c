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
	struct ini_verbatim custom = {.section = "custom"};

	if (!ini_parse_until(text, size, &custom, check_item, (void *)(text + size), &e) &&
	    custom.start > size)
		abort();
	return 0;
}
