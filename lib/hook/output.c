/* SPDX-License-Identifier: MIT */
/* output - what a hook prints: filtered, cut into lines, logged, relayed, and kept where asked. */
#include "hook/output.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/text.h"

void
output_open(struct output *o, const char *hook, const struct output_filter *filter, int log_fd)
{
	o->hook = hook;
	o->filter = filter;
	o->log_fd = log_fd;
	o->first[0] = '\0';
	for (int i = 0; i < 2; i++) {
		o->lines[i].output = o;
		o->lines[i].stream = i + 1;
		o->lines[i].len = 0;
	}
}

static void
keep_first(struct output *o, const char *line, size_t len)
{
	const char *text = text_trim(line, &len);

	if (o->first[0] || len == 0)
		return;
	text_printable(o->first, text, len < OUTPUT_FIRST_MAX ? len : OUTPUT_FIRST_MAX);
}

static void
end_line(struct output_line *line)
{
	struct output *o = line->output;
	struct err ignored = ERR_INIT;

	if (line->stream == 1)
		keep_first(o, line->text, line->len);
	text_printable(line->text, line->text, line->len);
	log_output(o->hook, line->text);
	if (o->log_fd >= 0) {
		size_t len = strlen(line->text);

		line->text[len] = '\n';
		/* The log is a copy for the operator: a full disk must not end the hook. */
		if (fd_write_all(o->log_fd, line->text, len + 1, o->hook, &ignored))
			o->log_fd = -1;
	}
	line->len = 0;
}

/* Ends a line that is full, not in the middle of a UTF-8 sequence. */
static void
break_line(struct output_line *line)
{
	size_t whole = text_cut(line->text, line->len), rest = line->len - whole;
	char kept[4];

	memcpy(kept, line->text + whole, rest);
	line->len = whole;
	end_line(line);
	memcpy(line->text, kept, rest);
	line->len = rest;
}

static void
take_text(void *arg, const char *data, size_t len)
{
	struct output_line *line = arg;

	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;

		if (part > LOG_OUTPUT_MAX - line->len)
			part = LOG_OUTPUT_MAX - line->len;
		memcpy(line->text + line->len, data, part);
		line->len += part;
		data += part;
		len -= part;
		if (len && *data == '\n') {
			end_line(line);
			data++;
			len--;
		} else if (line->len == LOG_OUTPUT_MAX) {
			break_line(line);
		}
	}
}

void
output_take(void *arg, int stream, const char *data, size_t len)
{
	struct output *o = arg;
	struct output_line *line = &o->lines[stream - 1];

	if (o->filter)
		o->filter->feed(o->filter->state, stream, data, len, take_text, line);
	else
		take_text(line, data, len);
	if (len == 0 && line->len)
		end_line(line);
	log_flush();
}
