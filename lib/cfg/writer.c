/* SPDX-License-Identifier: MIT */
/* writer - the canonical enstratus.cfg of a document. */
#include "cfg/writer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * The order of the keys.  A block without a prefix is a list of whole keys; one with a prefix is
 * written group by group (`port.80.`, `port.443.`), the groups in the order given.
 */
enum age { UNKNOWN, KNOWN, NEWER, DEPRECATED };
struct block {
	const char *prefix;
	const char *const *names;
	enum age age;
};

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct block blocks[] = {
	{NULL, NAMES("serverId", "serviceId", "name", "customerId"), KNOWN},
	{"port.", NAMES("protocol", "publicPort", "privatePort", "dnsNames"), KNOWN},
	{NULL, NAMES("addresses", "runAsUser", "userId", "role"), KNOWN},
	{NULL, NAMES("dependencies"), NEWER},
	{"dependency.",
	 NAMES("dependencyType", "dependencyName", "databaseType", "readHosts", "writeHosts",
	       "user", "password"),
	 NEWER},
	{NULL, NAMES("serviceKeys"), NEWER},
	{"serviceKey.", NAMES("user", "password"), NEWER},
	{NULL,
	 NAMES("protocol", "publicPort", "privatePort", "proxyPort", "primaryAddress",
	       "dataSources"),
	 DEPRECATED},
	{"dataSource.", NAMES("read", "write", "serviceUser", "servicePassword"), DEPRECATED},
};

#define N_BLOCKS (sizeof blocks / sizeof *blocks)

/* Where an entry is written: the order of places is the order of the lines. */
struct place {
	size_t block, group, field, entry;
	const char *name; /* of its group, name_len bytes, with its dot; no NUL ends it */
	size_t name_len;
	enum age age;
};

struct writer {
	const struct document *doc;
	struct place *places; /* one for each entry */
	struct secret *out;
	struct err *e;
};

static int
put(struct writer *w, const char *text)
{
	return secret_append(w->out, text, strlen(text), w->e);
}

static int
put_entry(struct writer *w, const struct document_entry *entry)
{
	if (put(w, entry->key) || put(w, "=") ||
	    secret_append(w->out, document_value(w->doc, entry), entry->value_len, w->e))
		return -1;
	return put(w, "\n");
}

/* Bytes of `prefix` and the group's name with its dot; 0 when the key is of no such group. */
static size_t
group_length(const char *key, const char *prefix)
{
	size_t len = strlen(prefix);
	const char *dot = strrchr(key, '.');

	return strncmp(key, prefix, len) == 0 && dot > key + len ? (size_t)(dot - key) + 1 : 0;
}

static size_t
index_of(const char *const *names, const char *name)
{
	size_t i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	return i;
}

static bool
belongs(const struct block *block, const char *key)
{
	if (block->prefix)
		return group_length(key, block->prefix) != 0;
	return block->names[index_of(block->names, key)] != NULL;
}

/* Keys of no block come before the deprecated ones. */
static void
find_place(struct place *place, const char *key)
{
	size_t i = 0;

	while (i < N_BLOCKS && !belongs(&blocks[i], key))
		i++;
	place->name = key;
	if (i == N_BLOCKS) {
		while (blocks[place->block].age != DEPRECATED)
			place->block++;
		return;
	}
	place->age = blocks[i].age;
	place->block = i + (place->age == DEPRECATED);
	place->name_len = blocks[i].prefix ? group_length(key, blocks[i].prefix) : 0;
	place->field = index_of(blocks[i].names, key + place->name_len);
}

static int
order(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int
compare_groups(const struct place *a, const struct place *b)
{
	int by_block = order(a->block, b->block), by_length = order(a->name_len, b->name_len);

	if (by_block || by_length)
		return by_block ? by_block : by_length;
	return memcmp(a->name, b->name, a->name_len);
}

static int
compare_by_name(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int by_group = compare_groups(a, b);

	return by_group ? by_group : order(a->entry, b->entry);
}

static int
compare(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int by_block = order(a->block, b->block), by_group = order(a->group, b->group),
	    by_field = order(a->field, b->field);

	if (by_block || by_group)
		return by_block ? by_block : by_group;
	return by_field ? by_field : order(a->entry, b->entry);
}

/* A group is numbered by its first entry. */
static int
sort(struct writer *w)
{
	size_t n = w->doc->n_entries;

	w->places = calloc(n + 1, sizeof *w->places);
	if (!w->places)
		return err_sys(w->e, "cannot sort the configuration's keys");
	for (size_t i = 0; i < n; i++) {
		w->places[i].entry = i;
		find_place(&w->places[i], w->doc->entries[i].key);
	}
	qsort(w->places, n, sizeof *w->places, compare_by_name);
	for (size_t i = 0; i < n; i++) {
		struct place *place = &w->places[i];

		place->group =
			i && compare_groups(place - 1, place) == 0 ? place[-1].group : place->entry;
	}
	qsort(w->places, n, sizeof *w->places, compare);
	return 0;
}

static int
put_keys(struct writer *w)
{
	bool has[DEPRECATED + 1] = {false}, marked, is_begun = false;

	for (size_t i = 0; i < w->doc->n_entries; i++)
		has[w->places[i].age] = true;
	marked = has[NEWER] && has[DEPRECATED];
	for (size_t i = 0; i < w->doc->n_entries; i++) {
		const struct place *place = &w->places[i];

		if (marked && !is_begun && place->age == DEPRECATED) {
			is_begun = true;
			if (put(w, "#BEGIN DEPRECATED SECTION\n"))
				return -1;
		}
		if (put_entry(w, &w->doc->entries[place->entry]))
			return -1;
	}
	return marked ? put(w, "#END DEPRECATED SECTION\n") : 0;
}

int
writer_generate(const struct document *doc, time_t now, struct secret *out, struct err *e)
{
	struct writer w = {.doc = doc, .out = out, .e = e};
	size_t custom_len = doc->text.len - doc->custom;
	char date[64];
	struct tm tm;
	int result;

	/* One allocation: growing would copy the text through several guarded areas. */
	if (secret_reserve(out, out->len + doc->text.len + 512, e))
		return -1;
	gmtime_r(&now, &tm);
	strftime(date, sizeof date, "# Generated %a %b %d %H:%M:%S UTC %Y\n", &tm);
	result = sort(&w) || put(&w, "# enStratus service configuration file\n") || put(&w, date) ||
		 put(&w, "[enstratus]\n") || put_keys(&w) || put(&w, "[custom]\n") ||
		 secret_append(out, secret_reveal(&doc->text) + doc->custom, custom_len, e);
	free(w.places);
	if (result)
		return -1;
	return custom_len && secret_reveal(out)[out->len - 1] != '\n' ? put(&w, "\n") : 0;
}
