/* SPDX-License-Identifier: MIT */
/* limits - the operator's limits for images. */
#include "service/limits.h"

#include <limits.h>

/* Moving a tree into its place holds a few descriptors for each level. */
#define DEPTH_MAX 200

int
limits_load(const struct settings *settings, struct judge_limits *limits, struct err *e)
{
	static const struct settings_number numbers[] = {
		{"images", "max-bytes", 1, INT64_MAX},
		{"images", "max-entry-bytes", 1, INT64_MAX},
		{"images", "max-entries", 1, 100000000},
		{"images", "max-name", 1, PATH_MAX - 1},
		{"images", "max-depth", 1, DEPTH_MAX},
	};
	long long values[] = {(long long)limits->total_bytes, (long long)limits->entry_bytes,
			      (long long)limits->entries, (long long)limits->name_bytes,
			      (long long)limits->depth};
	int result = 0;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !result; i++)
		result = settings_number(settings, &numbers[i], &values[i], e);
	if (!result)
		*limits = (struct judge_limits){.total_bytes = (uint64_t)values[0],
						.entry_bytes = (uint64_t)values[1],
						.entries = (size_t)values[2],
						.name_bytes = (size_t)values[3],
						.depth = (size_t)values[4]};
	return result;
}
