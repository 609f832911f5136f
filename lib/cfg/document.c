/* SPDX-License-Identifier: MIT */
/*
 * document - an enstratus.cfg as it was delivered: checked, its keys and values in guarded
 * memory.
 */
#include "cfg/document.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cfg/ini.h"

#define TRAILER "# sha256 "
#define TRAILER_LEN (sizeof TRAILER - 1)
#define HEX_LEN (SECRET_SHA256_HEX - 1)

/* Where the last line starts, a newline at the very end not counted. */
static size_t
last_line(const char *text, size_t len)
{
	if (len && text[len - 1] == '\n')
		len--;
	while (len && text[len - 1] != '\n')
		len--;
	return len;
}

/* Checks the trailer and cuts it off. */
static int
check_trailer(struct secret *text, bool required, const char *what, struct err *e)
{
	const char *s = secret_reveal(text);
	size_t start = last_line(s, text->len), len = text->len - start;
	char hex[SECRET_SHA256_HEX];

	while (len && (s[start + len - 1] == '\n' || s[start + len - 1] == '\r'))
		len--;
	if (len < TRAILER_LEN || memcmp(s + start, TRAILER, TRAILER_LEN) != 0) {
		if (!required)
			return 0;
		return err_set(
			e, ERR_CUT,
			"%s does not end with its '# sha256 HEX' line: it was cut off, or the "
			"sender did not add it (see enstratus-cfg(5))",
			what);
	}
	secret_sha256(text, start, hex);
	if (len != TRAILER_LEN + HEX_LEN || strncasecmp(s + start + TRAILER_LEN, hex, HEX_LEN) != 0)
		return err_set(e, ERR_CUT, "%s does not match its '# sha256' line: it was damaged",
			       what);
	text->len = start;
	return 0;
}

static void
strip_carriage_returns(struct secret *text)
{
	size_t out = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != '\r')
			text->data[out++] = text->data[i];
	text->len = out;
}

static int
refuse_nul(const struct secret *text, struct err *e)
{
	const char *s = secret_reveal(text), *nul = text->len ? memchr(s, '\0', text->len) : NULL;
	unsigned line = 1;

	if (!nul)
		return 0;
	for (const char *p = s; p < nul; p++)
		line += *p == '\n';
	return err_set(e, ERR_UNSAFE, "line %u: a NUL byte", line);
}

static struct document_entry *
find(const struct document *doc, const char *key)
{
	for (size_t i = 0; i < doc->n_entries; i++)
		if (strcmp(doc->entries[i].key, key) == 0)
			return &doc->entries[i];
	return NULL;
}

static struct document_entry *
add(struct document *doc, const char *key, struct err *e)
{
	struct document_entry *entry;

	if (doc->n_entries == doc->capacity) {
		size_t capacity = doc->capacity ? doc->capacity * 2 : 64;

		entry = realloc(doc->entries, capacity * sizeof *entry);
		if (!entry) {
			err_sys(e, "cannot keep the configuration's keys");
			return NULL;
		}
		doc->entries = entry;
		doc->capacity = capacity;
	}
	entry = &doc->entries[doc->n_entries];
	entry->key = strdup(key);
	if (!entry->key) {
		err_sys(e, "cannot keep the configuration's keys");
		return NULL;
	}
	doc->n_entries++;
	return entry;
}

static int
take_item(void *arg, const struct ini_item *item, struct err *e)
{
	struct document *doc = arg;
	struct document_entry *entry;

	if (item->section[0] && strcasecmp(item->section, "enstratus") != 0)
		return err_set(e, ERR_UNSAFE,
			       "line %u: section [%s] is neither [enstratus] nor [custom]",
			       item->line, item->section);
	if (item->value[-2] == ' ' || item->value[-2] == '\t')
		return err_set(e, ERR_UNSAFE, "line %u: a blank before '='", item->line);
	if (item->value_len > DOCUMENT_VALUE_MAX)
		return err_set(e, ERR_UNSAFE, "line %u: the value is longer than %u bytes",
			       item->line, DOCUMENT_VALUE_MAX);
	entry = find(doc, item->name);
	if (entry)
		doc->n_repeated++;
	else if (doc->n_entries == DOCUMENT_KEYS_MAX)
		return err_set(e, ERR_UNSAFE, "line %u: more than %d keys", item->line,
			       DOCUMENT_KEYS_MAX);
	else
		entry = add(doc, item->name, e);
	if (!entry)
		return -1;
	entry->value = (size_t)(item->value - secret_reveal(&doc->text));
	entry->value_len = item->value_len;
	entry->line = item->line;
	return 0;
}

/* A heading of ours within the user's text would forge keys for hooks that read by section. */
static int
check_custom(const struct document *doc, struct err *e)
{
	static const char heading[] = "[enstratus]";
	const char *text = secret_reveal(&doc->text);
	size_t len = doc->text.len;
	unsigned line = 1;

	for (size_t i = 0; i < doc->custom; i++)
		line += text[i] == '\n';
	for (size_t i = doc->custom; i < len; line++) {
		const char *end = memchr(text + i, '\n', len - i);

		while (i < len && (text[i] == ' ' || text[i] == '\t'))
			i++;
		if (len - i >= sizeof heading - 1 &&
		    strncasecmp(text + i, heading, sizeof heading - 1) == 0)
			return err_set(e, ERR_UNSAFE,
				       "line %u: section [enstratus] within [custom]", line);
		i = end ? (size_t)(end - text) + 1 : len;
	}
	return 0;
}

static int
parse(struct document *doc, struct err *e)
{
	if (ini_parse_text(secret_reveal(&doc->text), doc->text.len, "custom", &doc->custom,
			   take_item, doc, e))
		return -1;
	return check_custom(doc, e);
}

int
document_read(struct document *doc, int fd, const char *what, struct err *e)
{
	struct stat st;
	bool stream;

	if (fstat(fd, &st))
		return err_sys(e, "cannot look at %s", what);
	if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
		return err_set(e, ERR_UNSAFE, "%s is not a file", what);
	stream = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
	if (S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size < (off_t)DOCUMENT_TEXT_MAX &&
	    secret_reserve(&doc->text, (size_t)st.st_size + 1, e))
		return -1;
	if (secret_read(&doc->text, fd, DOCUMENT_TEXT_MAX, what, e) ||
	    check_trailer(&doc->text, stream, what, e) || refuse_nul(&doc->text, e))
		return -1;
	strip_carriage_returns(&doc->text);
	if (parse(doc, e))
		return err_wrap(e, "%s", what);
	if (doc->n_entries == 0)
		return err_set(e, ERR_UNSAFE, "%s holds no configuration key", what);
	return 0;
}

const char *
document_value(const struct document *doc, const struct document_entry *entry)
{
	return secret_reveal(&doc->text) + entry->value;
}

const char *
document_get(const struct document *doc, const char *key, size_t *len)
{
	const struct document_entry *entry = find(doc, key);

	if (!entry)
		return NULL;
	*len = entry->value_len;
	return document_value(doc, entry);
}

void
document_free(struct document *doc)
{
	secret_free(&doc->text);
	for (size_t i = 0; i < doc->n_entries; i++)
		free(doc->entries[i].key);
	free(doc->entries);
	*doc = DOCUMENT_INIT;
}
