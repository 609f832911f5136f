/* SPDX-License-Identifier: MIT */
/* limits - the operator's limits for images. */
#include "service/limits.h"

#include <limits.h>

/* Moving a tree into its place holds a few descriptors for each level. */
#define DEPTH_MAX 200

int
limits_load(const struct settings *settings, struct judge_limits *limits, struct err *e)
{
	const struct {
		const char *name;
		long long max, value;
	} defaults[] = {
		{"max-bytes", INT64_MAX, (long long)limits->total_bytes},
		{"max-entry-bytes", INT64_MAX, (long long)limits->entry_bytes},
		{"max-entries", 100000000, (long long)limits->entries},
		{"max-name", PATH_MAX - 1, (long long)limits->name_bytes},
		{"max-depth", DEPTH_MAX, (long long)limits->depth},
	};
	long long values[sizeof defaults / sizeof *defaults];
	int result = 0;

	for (size_t i = 0; i < sizeof defaults / sizeof *defaults && !result; i++) {
		values[i] = defaults[i].value;
		result = settings_number(settings, "images", defaults[i].name, 1, defaults[i].max,
					 &values[i], e);
	}
	if (!result)
		*limits = (struct judge_limits){.total_bytes = (uint64_t)values[0],
						.entry_bytes = (uint64_t)values[1],
						.entries = (size_t)values[2],
						.name_bytes = (size_t)values[3],
						.depth = (size_t)values[4]};
	return result;
}
