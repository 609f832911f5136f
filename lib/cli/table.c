/* SPDX-License-Identifier: MIT */
/* table - rows of columns, for a terminal or for a program. */
#include "cli/table.h"

#include <stdio.h>

void
table_print(const char *const *columns, const int *widths, size_t n, int width)
{
	for (size_t i = 0; i < n; i++) {
		const char *end = i + 1 == n ? "\n" : width ? "  " : "\t";

		if (width && i + 1 < n)
			printf("%-*s", i ? widths[i] : width, columns[i]);
		else
			fputs_unlocked(columns[i], stdout); /* of ten thousand lines, perhaps */
		fputs_unlocked(end, stdout);
	}
}

void
table_size(char text[static TABLE_SIZE_BYTES], long long bytes)
{
	static const char units[] = "BKMGTP";
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 1000 && units[unit + 1]; unit++)
		value /= 1024;
	if (bytes <= 0)
		snprintf(text, TABLE_SIZE_BYTES, "-");
	else
		snprintf(text, TABLE_SIZE_BYTES, unit && value < 10 ? "%.1f%c" : "%.0f%c", value,
			 units[unit]);
}
