/* SPDX-License-Identifier: MIT */
/* output - what a hook prints: filtered, cut into lines, logged, relayed, and kept where asked. */
#include "hook/output.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/text.h"

/* True when it was the first. */
static bool
keep_first(struct output *o, const char *line, size_t len)
{
	const char *text = text_trim(line, &len);

	if (o->first[0] || len == 0)
		return false;
	text_printable(o->first, text, len < OUTPUT_FIRST_MAX ? len : OUTPUT_FIRST_MAX);
	return true;
}

static void
take_line(void *arg, char *line, size_t len)
{
	const struct output_stream *stream = arg;
	struct output *o = stream->output;
	struct err ignored = ERR_INIT;
	bool is_first = stream->number == 1 && keep_first(o, line, len);

	text_printable(line, line, len);
	if (is_first && o->shows_first)
		log_answer(o->hook, line);
	else
		log_output(o->hook, line);
	if (o->log_fd < 0)
		return;
	len = strlen(line);
	line[len] = '\n';
	/* The log is a copy for the operator: a full disk must not end the hook. */
	if (fd_write_all(o->log_fd, line, len + 1, o->hook, &ignored))
		o->log_fd = -1;
}

void
output_open(struct output *o, const char *hook, const struct output_filter *filter, int log_fd)
{
	o->hook = hook;
	o->filter = filter;
	o->log_fd = log_fd;
	o->shows_first = false;
	o->first[0] = '\0';
	for (int i = 0; i < 2; i++) {
		struct output_stream *stream = &o->streams[i];

		stream->output = o;
		stream->number = i + 1;
		stream->lines = (struct lines){.take = take_line, .arg = stream};
	}
}

static void
take_text(void *arg, const char *data, size_t len)
{
	lines_feed(arg, data, len);
}

void
output_take(void *arg, int stream, const char *data, size_t len)
{
	struct output *o = arg;
	struct lines *lines = &o->streams[stream - 1].lines;

	if (o->filter)
		o->filter->feed(o->filter->state, stream, data, len, take_text, lines);
	else
		lines_feed(lines, data, len);
	if (len == 0)
		lines_end(lines);
	log_flush();
}
