/* SPDX-License-Identifier: MIT */
/* changes - which keys of a configuration differ from what the service was last told. */
#include "service/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fd.h"
#include "base/text.h"

#define FILE_NAME "told"
#define FIRST_LINE "enstratus-told 1 "
#define FILE_MAX (2u << 20)
#define KEY_HEX (2 * CRYPTO_HASH_KEY_BYTES)
#define ALL "*"

/* A name and the hash of its value. */
struct item {
	const char *name;
	char hash[CRYPTO_HASH_HEX];
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

static bool
take_key(const char *hex, unsigned char key[static CRYPTO_HASH_KEY_BYTES])
{
	if (strspn(hex, "0123456789abcdef") != KEY_HEX || hex[KEY_HEX] != '\n')
		return false;
	for (size_t i = 0; i < CRYPTO_HASH_KEY_BYTES; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		key[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return true;
}

/* What the file says; nothing where it cannot be read. */
static void
load(int meta_fd, struct buf *text)
{
	struct err ignored = ERR_INIT;
	int fd = openat(meta_fd, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fd_read_all(fd, text, FILE_MAX, FILE_NAME, &ignored))
		text->len = 0;
	fd_close(&fd);
}

/* The text's items, whose names are within it; *items is NULL when it says nothing. */
static int
take_items(struct buf *text, unsigned char key[static CRYPTO_HASH_KEY_BYTES], struct item **items,
	   size_t *n)
{
	size_t room = 0;
	char *line;

	*items = NULL;
	*n = 0;
	if (text->len < sizeof FIRST_LINE + KEY_HEX || strlen(text->data) != text->len ||
	    text->data[text->len - 1] != '\n' ||
	    strncmp(text->data, FIRST_LINE, sizeof FIRST_LINE - 1) != 0 ||
	    !take_key(text->data + sizeof FIRST_LINE - 1, key))
		return 0;
	for (const char *p = text->data; *p; p++)
		room += *p == '\n';
	*items = calloc(room, sizeof **items);
	if (!*items)
		return -1;
	for (line = strchr(text->data, '\n') + 1; *line; line = strchr(line, '\0') + 1) {
		struct item *item = &(*items)[*n];

		*strchr(line, '\n') = '\0';
		if (strlen(line) <= CRYPTO_HASH_HEX || line[CRYPTO_HASH_HEX - 1] != ' ') {
			free(*items);
			*items = NULL;
			return 0;
		}
		memcpy(item->hash, line, CRYPTO_HASH_HEX - 1);
		item->name = line + CRYPTO_HASH_HEX;
		(*n)++;
	}
	return 0;
}

/* Adds a name to the list, or makes it the one that stands for all. */
static int
add_name(struct changes *c, const char *name, struct err *e)
{
	if (strcmp(c->names.data ? c->names.data : "", ALL) == 0)
		return 0;
	if (strchr(name, ',') || c->names.len + strlen(name) + 1 > CHANGES_NAMES_MAX) {
		buf_free(&c->names);
		return buf_addf(&c->names, e, ALL);
	}
	return buf_addf(&c->names, e, "%s%s", c->names.len ? "," : "", name);
}

/* Both are in the order of their names. */
static int
compare(struct changes *c, const struct item *old, size_t n_old, const struct item *now,
	size_t n_now, struct err *e)
{
	size_t i = 0, j = 0;

	while (i < n_old || j < n_now) {
		int order = i == n_old ? 1 : j == n_now ? -1 : strcmp(old[i].name, now[j].name);
		bool differs = order != 0 || strcmp(old[i].hash, now[j].hash) != 0;
		const char *name = order < 0 ? old[i].name : now[j].name;

		if (differs && add_name(c, name, e))
			return -1;
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

static void
add_item(struct item *items, size_t *n, const unsigned char *key, const char *name,
	 const void *data, size_t len)
{
	items[*n].name = name;
	crypto_keyed_hash(key, data, len, items[*n].hash);
	++*n;
}

static int
write_file(struct changes *c, const unsigned char *key, const struct item *items, size_t n,
	   struct err *e)
{
	char hex[KEY_HEX + 1];
	int result;

	text_hex(hex, key, CRYPTO_HASH_KEY_BYTES);
	result = buf_addf(&c->now, e, FIRST_LINE "%s\n", hex);
	explicit_bzero(hex, sizeof hex);
	for (size_t i = 0; i < n && !result; i++)
		result = buf_addf(&c->now, e, "%s %s\n", items[i].hash, items[i].name);
	return result;
}

static int
find(struct changes *c, const struct document *doc, const struct changes_part *parts,
     size_t n_parts, struct buf *told, struct err *e)
{
	unsigned char key[CRYPTO_HASH_KEY_BYTES];
	struct item *now = calloc(doc->n_entries + n_parts + 1, sizeof *now), *old = NULL;
	size_t n = 0, n_old = 0;
	int result = -1;

	if (!now || take_items(told, key, &old, &n_old)) {
		err_sys(e, "cannot compare the configuration");
		goto out;
	}
	if (!old)
		crypto_random(key, sizeof key);
	for (size_t i = 0; i < doc->n_entries; i++)
		add_item(now, &n, key, doc->entries[i].key, document_value(doc, &doc->entries[i]),
			 doc->entries[i].value_len);
	add_item(now, &n, key, "[custom]", secret_reveal(&doc->text) + doc->custom,
		 doc->text.len - doc->custom);
	for (size_t i = 0; i < n_parts; i++)
		add_item(now, &n, key, parts[i].name, parts[i].data, parts[i].len);
	qsort(now, n, sizeof *now, by_name);
	result = old ? compare(c, old, n_old, now, n, e) : add_name(c, ",", e);
	if (!result)
		result = write_file(c, key, now, n, e);
	explicit_bzero(key, sizeof key);
out:
	free(old);
	free(now);
	return result;
}

int
changes_find(struct changes *c, const struct document *doc, const struct changes_part *parts,
	     size_t n_parts, int meta_fd, struct err *e)
{
	struct buf told = BUF_INIT;
	int result;

	load(meta_fd, &told);
	result = find(c, doc, parts, n_parts, &told, e);
	buf_free(&told);
	return result;
}

int
changes_compare(struct changes *c, const struct document *doc, const struct changes_part *parts,
		size_t n_parts, const struct buf *told, struct err *e)
{
	struct buf copy = BUF_INIT;
	int result = buf_add(&copy, told->data, told->len, e);

	if (!result)
		result = find(c, doc, parts, n_parts, &copy, e);
	buf_free(&copy);
	return result;
}

int
changes_forget(int meta_fd, struct err *e)
{
	return unlinkat(meta_fd, FILE_NAME, 0) == 0 || errno == ENOENT
		       ? 0
		       : err_sys(e, "cannot remove the record of what the service was told");
}

int
changes_keep(const struct changes *c, int meta_fd, struct err *e)
{
	return fd_replace_at(meta_fd, FILE_NAME, c->now.data, c->now.len, 0600, e);
}

void
changes_free(struct changes *c)
{
	if (c->now.data)
		explicit_bzero(c->now.data, c->now.len);
	buf_free(&c->now);
	buf_free(&c->names);
}
