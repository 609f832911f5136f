/* SPDX-License-Identifier: MIT */
/* ini - read INI text of any line length, values by reference. */
#include "cfg/ini.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

struct parse {
	const char *text;
	size_t len, next; /* next: where the following line starts */
	size_t value, value_len;
	unsigned line;
	const char *verbatim;
	bool stopped;
	ini_handler_fn *handler;
	ini_fault_fn *fault; /* NULL: a bad line is the end */
	void *arg;
	struct err *e;
	bool failed;
};

/* The line is left out, if that is possible. */
static int
fail(struct parse *p, const char *why)
{
	if (p->fault) {
		p->fault(p->arg, p->line, why);
		return 1;
	}
	err_set(p->e, ERR_UNSAFE, "line %u: %s", p->line, why);
	p->failed = true;
	return -1;
}

static bool
is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
			return false;
	return true;
}

/* A heading line: what stands between the brackets, or a failure. */
static int
check_heading(struct parse *p, const char *s, size_t len, size_t *name_len)
{
	const char *end = memchr(s, ']', len);

	if (!end || !is_blank(end + 1, len - (size_t)(end - s) - 1))
		return fail(p, "a section heading is [NAME] and nothing else");
	*name_len = (size_t)(end - s) - 1;
	if (*name_len == 0 || *name_len > INI_SECTION_MAX)
		return fail(p, "the section's name is empty or too long");
	return 0;
}

static int
check_name(struct parse *p, const char *s, size_t len)
{
	if (len == 0)
		return fail(p, "there is no name before '='");
	if (len > INI_NAME_MAX)
		return fail(p, "the name before '=' is too long");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f || s[i] == ':' ||
		    s[i] == '[')
			return fail(p,
				    "the name before '=' has a blank or another character that a "
				    "name cannot have");
	return 0;
}

/* inih keeps to itself a section in which there is nothing. */
static int
tell_heading(struct parse *p, const char *s, size_t len)
{
	char section[INI_SECTION_MAX + 1];
	const struct ini_item item = {.section = section, .name = "", .value = s, .line = p->line};

	snprintf(section, sizeof section, "%.*s", (int)len, s);
	if (p->handler(p->arg, &item, p->e))
		p->failed = true;
	return p->failed ? -1 : 0;
}

/* Gives inih one line: 1 given, 0 the end, -1 failed. */
static int
give_line(struct parse *p, char *out, size_t size)
{
	const char *s, *end, *equals;
	size_t len, name_len;
	int result;

	if (p->next >= p->len || p->stopped)
		return 0;
	s = p->text + p->next;
	end = memchr(s, '\n', p->len - p->next);
	len = end ? (size_t)(end - s) : p->len - p->next;
	p->next += len + (end != NULL);
	p->line++;
	out[0] = '\n';
	out[1] = '\0';
	if (is_blank(s, len) || s[0] == '#' || s[0] == ';')
		return 1;
	if (s[0] == ' ' || s[0] == '\t')
		return fail(p, "a line starts with a blank");
	if (s[0] == '[') {
		if ((result = check_heading(p, s, len, &name_len)))
			return result;
		if (p->verbatim && name_len == strlen(p->verbatim) &&
		    strncasecmp(s + 1, p->verbatim, name_len) == 0)
			p->stopped = true;
		snprintf(out, size, "[%.*s]\n", (int)name_len, s + 1);
		return p->fault && tell_heading(p, s + 1, name_len) ? -1 : 1;
	}
	equals = memchr(s, '=', len);
	if (!equals)
		return fail(p, "neither a heading, a comment nor name=value");
	name_len = (size_t)(equals - s);
	/* `name = value` is how people write settings; enstratus.cfg's own rule is its reader's. */
	while (name_len && (s[name_len - 1] == ' ' || s[name_len - 1] == '\t'))
		name_len--;
	if ((result = check_name(p, s, name_len)))
		return result;
	p->value = (size_t)(equals + 1 - p->text);
	p->value_len = len - (size_t)(equals + 1 - s);
	snprintf(out, size, "%.*s=%zu\n", (int)name_len, s, p->value);
	return 1;
}

static char *
read_line(char *out, int size, void *stream)
{
	struct parse *p = stream;

	return !p->failed && give_line(p, out, (size_t)size) == 1 ? out : NULL;
}

static int
take_item(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	struct ini_item item = {.section = section, .name = name, .line = p->line};

	item.value = p->text + strtoul(value, NULL, 10);
	item.value_len = p->value_len;
	if (p->handler(p->arg, &item, p->e))
		p->failed = true;
	return !p->failed;
}

static int
parse(struct parse *p)
{
	int line;

	p->next = text_byte_order_mark(p->text, p->len);
	line = ini_parse_stream(read_line, p, take_item, p);
	if (p->failed)
		return -1;
	return line ? err_set(p->e, ERR_UNSAFE, "line %d cannot be read", line) : 0;
}

int
ini_parse_text(const char *text, size_t len, ini_handler_fn *handler, void *arg, struct err *e)
{
	struct parse p = {.text = text, .len = len, .handler = handler, .arg = arg, .e = e};

	return parse(&p);
}

int
ini_parse_until(const char *text, size_t len, struct ini_verbatim *verbatim,
		ini_handler_fn *handler, void *arg, struct err *e)
{
	struct parse p = {.text = text,
			  .len = len,
			  .verbatim = verbatim->section,
			  .handler = handler,
			  .arg = arg,
			  .e = e};

	if (parse(&p))
		return -1;
	verbatim->start = p.stopped ? p.next : len;
	return 0;
}

int
ini_parse_all(const char *text, size_t len, ini_handler_fn *handler, ini_fault_fn *fault, void *arg,
	      struct err *e)
{
	struct parse p = {
		.text = text, .len = len, .handler = handler, .fault = fault, .arg = arg, .e = e};

	return parse(&p);
}
