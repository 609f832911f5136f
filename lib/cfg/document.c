/* SPDX-License-Identifier: MIT */
/*
 * document - an enstratus.cfg as it was delivered: checked, its keys and values in guarded
 * memory.
 */
#include "cfg/document.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "cfg/ini.h"

#define TRAILER "# sha256 "
#define TRAILER_LEN (sizeof TRAILER - 1)
/* At least twice as many as keys: what is looked for is found after a few. */
#define DOCUMENT_SLOTS (2 * DOCUMENT_KEYS_MAX)
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

/* What editors of Windows put first. */
static void
strip_byte_order_mark(struct secret *text)
{
	size_t n = text_byte_order_mark(secret_reveal(text), text->len);

	if (n)
		memmove(secret_edit(text), secret_edit(text) + n, text->len -= n);
}

static void
strip_carriage_returns(struct secret *text)
{
	size_t out = 0;

	for (size_t i = 0; i < text->len; i++)
		if (secret_edit(text)[i] != '\r')
			secret_edit(text)[out++] = secret_edit(text)[i];
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

/* Where a key is in the table, or would be. */
static uint16_t *
slot_of(const struct document *doc, const char *key, size_t len)
{
	uint32_t hash = 2166136261u; /* Source: FNV-1a, draft-eastlake-fnv */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)key[i]) * 16777619u;
	for (;; hash++) {
		uint16_t *slot = &doc->slots[hash % DOCUMENT_SLOTS];
		const struct document_entry *entry = *slot ? &doc->entries[*slot - 1] : NULL;

		if (!entry || (entry->key_len == len && memcmp(entry->key, key, len) == 0))
			return slot;
	}
}

static struct document_entry *
find(const struct document *doc, const char *key, size_t len)
{
	uint16_t slot = doc->slots ? *slot_of(doc, key, len) : 0;

	return slot ? &doc->entries[slot - 1] : NULL;
}

static struct document_entry *
add(struct document *doc, const char *key, struct err *e)
{
	struct document_entry *entry;

	if (!doc->entries) {
		doc->entries = calloc(DOCUMENT_KEYS_MAX, sizeof *doc->entries);
		doc->slots = calloc(DOCUMENT_SLOTS, sizeof *doc->slots);
	}
	entry = doc->entries ? &doc->entries[doc->n_entries] : NULL;
	if (!entry || !doc->slots || !(entry->key = strdup(key))) {
		err_sys(e, "cannot keep the configuration's keys");
		return NULL;
	}
	entry->key_len = strlen(key);
	*slot_of(doc, key, entry->key_len) = (uint16_t)++doc->n_entries;
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
	entry = find(doc, item->name, strlen(item->name));
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
	struct ini_verbatim custom = {.section = "custom"};

	if (ini_parse_until(secret_reveal(&doc->text), doc->text.len, &custom, take_item, doc, e))
		return -1;
	doc->custom = custom.start;
	return check_custom(doc, e);
}

/* All that can be wrong with a text that is there. */
static int
check(struct document *doc, bool needs_trailer, const char *what, struct err *e)
{
	if (check_trailer(&doc->text, needs_trailer, what, e) || refuse_nul(&doc->text, e))
		return -1;
	strip_byte_order_mark(&doc->text);
	strip_carriage_returns(&doc->text);
	if (parse(doc, e))
		return err_wrap(e, "%s", what);
	if (doc->n_entries == 0)
		return err_set(e, ERR_UNSAFE, "%s holds no configuration key", what);
	return 0;
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
	return secret_read(&doc->text, fd, DOCUMENT_TEXT_MAX, what, e) ||
			       check(doc, stream, what, e)
		       ? -1
		       : 0;
}

int
document_read_path(struct document *doc, const char *path, struct err *e)
{
	int fd, result;

	if (!path || strcmp(path, "-") == 0)
		return document_read(doc, STDIN_FILENO, "standard input", e);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", path);
	result = document_read(doc, fd, path, e);
	fd_close(&fd);
	return result;
}

int
document_take(struct document *doc, struct secret *text, const char *what, struct err *e)
{
	doc->text = *text;
	*text = SECRET_INIT;
	if (doc->text.len > DOCUMENT_TEXT_MAX)
		return err_set(e, ERR_UNSAFE, "%s is larger than %u bytes", what,
			       DOCUMENT_TEXT_MAX);
	return check(doc, false, what, e);
}

/* The line NAME=VALUE of [custom] at *at or behind; *at is then behind it.  False at the end. */
static bool
next_custom(const struct document *doc, size_t *at, struct document_item *item)
{
	const char *text = secret_reveal(&doc->text);

	while (*at < doc->text.len) {
		const char *line = text + *at, *end = memchr(line, '\n', doc->text.len - *at);
		size_t len = end ? (size_t)(end - line) : doc->text.len - *at;
		const char *equals = memchr(line, '=', len);

		*at += len + 1;
		if (!equals || *line == '#' || *line == ';')
			continue;
		item->is_custom = true;
		item->name_len = (size_t)(equals - line);
		item->name = text_trim(line, &item->name_len);
		item->value = equals + 1;
		item->value_len = len - (size_t)(equals + 1 - line);
		return true;
	}
	return false;
}

static bool
find_custom(const struct document *doc, const char *name, size_t len, struct document_item *item)
{
	struct document_item next;
	size_t at = doc->custom;
	bool found = false;

	while (next_custom(doc, &at, &next))
		if (next.name_len == len && memcmp(next.name, name, len) == 0) {
			*item = next;
			found = true;
		}
	return found;
}

int
document_each(const struct document *doc, document_fn *fn, void *arg, struct err *e)
{
	struct document_item item, last;
	size_t at = doc->custom;

	for (size_t i = 0; i < doc->n_entries; i++) {
		item = (struct document_item){.name = doc->entries[i].key,
					      .name_len = doc->entries[i].key_len,
					      .value = document_value(doc, &doc->entries[i]),
					      .value_len = doc->entries[i].value_len};
		if (fn(arg, &item, e))
			return -1;
	}
	while (next_custom(doc, &at, &item))
		if (find_custom(doc, item.name, item.name_len, &last) && last.value == item.value &&
		    fn(arg, &item, e))
			return -1;
	return 0;
}

const char *
document_find(const struct document *doc, const char *name, size_t name_len, size_t *len)
{
	const struct document_entry *entry = find(doc, name, name_len);
	const size_t prefix = sizeof DOCUMENT_CUSTOM - 1;
	struct document_item item;

	if (entry) {
		*len = entry->value_len;
		return document_value(doc, entry);
	}
	if (name_len <= prefix || memcmp(name, DOCUMENT_CUSTOM, prefix) != 0 ||
	    !find_custom(doc, name + prefix, name_len - prefix, &item))
		return NULL;
	*len = item.value_len;
	return item.value;
}

bool
document_has(const struct document *doc, const char *key)
{
	struct document_item item;
	size_t len;

	return document_get(doc, key, &len) || find_custom(doc, key, strlen(key), &item);
}

const char *
document_value(const struct document *doc, const struct document_entry *entry)
{
	return secret_reveal(&doc->text) + entry->value;
}

const char *
document_get(const struct document *doc, const char *key, size_t *len)
{
	const struct document_entry *entry = find(doc, key, strlen(key));

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
	free(doc->slots);
	*doc = DOCUMENT_INIT;
}
