/* SPDX-License-Identifier: MIT */
/* markup - text of a page of HTML, with SVG in it, as it grows. */
#include "cli/markup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PIECE_MAX 4096

static void
add(struct markup *m, const char *data, size_t len)
{
	struct err ignored = ERR_INIT;

	if (!m->failed)
		m->failed = buf_add(&m->text, data, len, &ignored) != 0;
}

void
markup_raw(struct markup *m, const char *fmt, ...)
{
	char piece[PIECE_MAX];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(piece, sizeof piece, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof piece)
		m->failed = true;
	else
		add(m, piece, (size_t)len);
}

void
markup_text(struct markup *m, const char *fmt, ...)
{
	char piece[PIECE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(piece, sizeof piece, fmt, args);
	va_end(args);
	text_printable(piece, piece, text_cut(piece, strlen(piece)));
	for (const char *p = piece; *p;) {
		size_t len = strcspn(p, "&<>\"'");
		const char *name = p[len] == '&'   ? "&amp;"
				   : p[len] == '<' ? "&lt;"
				   : p[len] == '>' ? "&gt;"
				   : p[len] == '"' ? "&quot;"
				   : p[len]	   ? "&#39;"
						   : "";

		add(m, p, len);
		add(m, name, strlen(name));
		p += len + (p[len] != '\0');
	}
}

void
markup_free(struct markup *m)
{
	buf_free(&m->text);
	*m = MARKUP_INIT;
}
