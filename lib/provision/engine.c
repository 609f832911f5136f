/* SPDX-License-Identifier: MIT */
/* engine - what keeps a store, behind one set of calls. */
#include "provision/engine.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/proc.h"
#include "cluster/watch.h"

#define LOOK_MS 50

int
engine_check(const struct store_item *items, size_t n, struct err *e)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-";

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(items[i].key);

		if (len == 0 || len > STORE_KEY_MAX || strspn(items[i].key, plain) != len)
			return err_set(e, ERR_INTERNAL, "'%.80s' is no key of a state",
				       items[i].key);
		if (items[i].value && items[i].len > STORE_VALUE_MAX)
			return err_set(e, ERR_INTERNAL, "the value of '%s' has more than %u bytes",
				       items[i].key, STORE_VALUE_MAX);
	}
	return 0;
}

int
engine_rest(int ms, struct err *e)
{
	for (long long end = clock_ms() + ms; clock_ms() < end;) {
		struct timespec t = {0, LOOK_MS * 1000000L};

		if (proc_signal_pending())
			return proc_interrupted(e);
		nanosleep(&t, NULL);
	}
	return 0;
}
