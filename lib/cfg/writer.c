/* SPDX-License-Identifier: MIT */
/* writer - the canonical enstratus.cfg of a document. */
#include "cfg/writer.h"

#include <stdbool.h>
#include <string.h>

/*
 * The order of the keys.  A block without a prefix is a list of whole keys; one with a prefix is
 * written group by group (`port.80.`, `port.443.`), the groups in the order given.
 */
struct block {
	const char *prefix;
	const char *const *names;
	enum { KNOWN, NEWER, DEPRECATED } age;
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

struct writer {
	const struct document *doc;
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

static const struct block *
block_of(const char *key)
{
	for (size_t i = 0; i < N_BLOCKS; i++)
		if (belongs(&blocks[i], key))
			return &blocks[i];
	return NULL;
}

/* The entries of one group: the known fields in their order, then the others as given. */
static int
put_group(struct writer *w, const struct block *block, const char *group, size_t len)
{
	size_t n_names = 0;

	while (block->names[n_names])
		n_names++;
	for (size_t field = 0; field <= n_names; field++)
		for (size_t i = 0; i < w->doc->n_entries; i++) {
			const struct document_entry *entry = &w->doc->entries[i];

			if (group_length(entry->key, block->prefix) == len &&
			    strncmp(entry->key, group, len) == 0 &&
			    index_of(block->names, entry->key + len) == field &&
			    put_entry(w, entry))
				return -1;
		}
	return 0;
}

static bool
is_first_of_group(const struct writer *w, const struct block *block, size_t i, size_t len)
{
	for (size_t k = 0; k < i; k++)
		if (group_length(w->doc->entries[k].key, block->prefix) == len &&
		    strncmp(w->doc->entries[k].key, w->doc->entries[i].key, len) == 0)
			return false;
	return true;
}

static int
put_block(struct writer *w, const struct block *block)
{
	if (!block->prefix) {
		for (const char *const *name = block->names; *name; name++)
			for (size_t i = 0; i < w->doc->n_entries; i++)
				if (strcmp(w->doc->entries[i].key, *name) == 0 &&
				    put_entry(w, &w->doc->entries[i]))
					return -1;
		return 0;
	}
	for (size_t i = 0; i < w->doc->n_entries; i++) {
		const char *key = w->doc->entries[i].key;
		size_t len = group_length(key, block->prefix);

		if (len && is_first_of_group(w, block, i, len) && put_group(w, block, key, len))
			return -1;
	}
	return 0;
}

static int
put_unknown(struct writer *w)
{
	for (size_t i = 0; i < w->doc->n_entries; i++)
		if (!block_of(w->doc->entries[i].key) && put_entry(w, &w->doc->entries[i]))
			return -1;
	return 0;
}

static int
put_keys(struct writer *w)
{
	bool has[DEPRECATED + 1] = {false}, marked;

	for (size_t i = 0; i < w->doc->n_entries; i++) {
		const struct block *block = block_of(w->doc->entries[i].key);

		if (block)
			has[block->age] = true;
	}
	marked = has[NEWER] && has[DEPRECATED];
	for (size_t i = 0; i < N_BLOCKS; i++) {
		if (blocks[i].age == DEPRECATED && blocks[i - 1].age != DEPRECATED) {
			if (put_unknown(w) || (marked && put(w, "#BEGIN DEPRECATED SECTION\n")))
				return -1;
		}
		if (put_block(w, &blocks[i]))
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

	/* One allocation: growing would copy the text through several guarded areas. */
	if (secret_reserve(out, out->len + doc->text.len + 512, e))
		return -1;
	gmtime_r(&now, &tm);
	strftime(date, sizeof date, "# Generated %a %b %d %H:%M:%S UTC %Y\n", &tm);
	if (put(&w, "# enStratus service configuration file\n") || put(&w, date) ||
	    put(&w, "[enstratus]\n") || put_keys(&w) || put(&w, "[custom]\n") ||
	    secret_append(out, secret_reveal(&doc->text) + doc->custom, custom_len, e))
		return -1;
	return custom_len && out->data[out->len - 1] != '\n' ? put(&w, "\n") : 0;
}
