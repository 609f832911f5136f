/* SPDX-License-Identifier: MIT */
/* json - write one JSON document into a buffer; nothing here reads one. */
#include "base/json.h"

#include <string.h>

#include "base/text.h"

static void
add(struct json *j, const char *s, size_t len)
{
	struct err e = ERR_INIT;

	if (!j->failed && buf_add(&j->text, s, len, &e))
		j->failed = true;
}

static void
add_quoted(struct json *j, const char *s)
{
	size_t len = strlen(s), n;
	struct err e = ERR_INIT;

	add(j, "\"", 1);
	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = text_utf8(s + i, len - i);
		if (s[i] == '"' || s[i] == '\\')
			add(j, "\\", 1);
		if (n == 1 && (unsigned char)s[i] < 0x20) {
			if (!j->failed && buf_addf(&j->text, &e, "\\u%04x", (unsigned)s[i]))
				j->failed = true;
		} else {
			add(j, n ? s + i : "?", n ? n : 1);
		}
	}
	add(j, "\"", 1);
}

static void
begin(struct json *j, const char *key)
{
	if (j->comma)
		add(j, ",", 1);
	j->comma = true;
	if (key) {
		add_quoted(j, key);
		add(j, ":", 1);
	}
}

void
json_open(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	add(j, &bracket, 1);
	j->comma = false;
}

void
json_close(struct json *j, char bracket)
{
	add(j, &bracket, 1);
	j->comma = true;
}

void
json_text(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	add_quoted(j, value);
}

void
json_number(struct json *j, const char *key, long long value)
{
	struct err e = ERR_INIT;

	begin(j, key);
	if (!j->failed && buf_addf(&j->text, &e, "%lld", value))
		j->failed = true;
}

void
json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	add(j, value ? "true" : "false", value ? 4 : 5);
}

void
json_append(struct json *j, const struct json *items)
{
	begin(j, NULL);
	add(j, items->text.data, items->text.len);
	j->failed = j->failed || items->failed;
}

int
json_finish(struct json *j, struct err *e)
{
	if (j->failed)
		return err_set(e, ERR_SYSTEM, "cannot write a JSON document: out of memory");
	return buf_add(&j->text, "\n", 1, e);
}

void
json_free(struct json *j)
{
	buf_free(&j->text);
	*j = JSON_INIT;
}
