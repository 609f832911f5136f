/* SPDX-License-Identifier: MIT */
/* lines - a text that comes piece by piece, cut into the lines that records carry. */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

/*
 * lines_take_fn - gets each line without its newline; at line[len] is room for one byte, and the
 * whole is its own until it returns.
 */
typedef void lines_take_fn(void *arg, char *line, size_t len);

struct lines {
	lines_take_fn *take;
	void *arg;
	size_t len;
	bool is_cut; /* a part of the line at hand was taken already */
	char text[LOG_OUTPUT_MAX + 1];
};

/*
 * lines_feed - take note of len bytes.
 * lines_end  - take what stands there without a newline, where there is something.
 *
 * A line of more than LOG_OUTPUT_MAX bytes is taken in several parts as it comes, none of which
 * ends within a character, so that no line takes more memory than this struct.
 */
void lines_feed(struct lines *lines, const char *data, size_t len);
void lines_end(struct lines *lines);

#endif
