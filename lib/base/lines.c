/* SPDX-License-Identifier: MIT */
/* lines - a text that comes piece by piece, cut into the lines that records carry. */
#include "base/lines.h"

#include <string.h>

#include "base/text.h"

/* Takes a part of a line that is too long, not up to the middle of a UTF-8 sequence. */
static void
cut(struct lines *l)
{
	size_t whole = text_cut(l->text, l->len), rest = l->len - whole;
	char kept[4];

	memcpy(kept, l->text + whole, rest);
	l->take(l->arg, l->text, whole);
	memcpy(l->text, kept, rest);
	l->len = rest;
	l->is_cut = true;
}

static void
end_line(struct lines *l)
{
	/* Nothing stands behind the last part of a line whose newline comes right after it. */
	if (l->len || !l->is_cut)
		l->take(l->arg, l->text, l->len);
	l->len = 0;
	l->is_cut = false;
}

void
lines_feed(struct lines *l, const char *data, size_t len)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;

		if (part > LOG_OUTPUT_MAX - l->len)
			part = LOG_OUTPUT_MAX - l->len;
		memcpy(l->text + l->len, data, part);
		l->len += part;
		data += part;
		len -= part;
		if (len && *data == '\n') {
			end_line(l);
			data++;
			len--;
		} else if (l->len == LOG_OUTPUT_MAX) {
			cut(l);
		}
	}
}

void
lines_end(struct lines *l)
{
	if (l->len)
		end_line(l);
	l->is_cut = false;
}
