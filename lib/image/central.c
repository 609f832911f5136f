/* SPDX-License-Identifier: MIT */
/* central - a zip archive's central directory, read whole: where every entry's bytes are. */
#include "image/central.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "image/codepage.h"
#include "image/end.h"
#include "image/inflate.h"
#include "image/record.h"

/* Sizes and signatures.  Source: APPNOTE 6.3.10, the section is behind each. */
#define CHAIN_MAX 256		   /* names of one hash: far more than chance brings together */
#define DIRECTORY_MAX (256u << 20) /* bytes */
#define HEADER_LEN 46		   /* 4.3.12 */
#define HEADER_SIGNATURE 0x02014b50
#define EXTRA_ZIP64 0x0001 /* 4.5.3 */
#define EXTRA_NAME 0x7075  /* 4.6.9: version 1, the CRC of the stored name, the name in UTF-8 */
#define EXTRA_TIME 0x5455  /* Info-ZIP's: flags, then seconds since 1970 if bit 0 is set */
#define HOST_UNIX 3	   /* 4.4.2.2: who keeps a mode in the upper half of the attributes */
#define HOST_OS_X 19
#define ABSENT32 0xffffffffu

int
central_refuse_entry(const struct central *central, const struct central_entry *entry,
		     struct err *e)
{
	const char *name = central->names + entry->name;

	err_wrap(e, "entry '%.*s'", entry->name_len < 160 ? (int)entry->name_len : 160, name);
	return e->rule ? err_refuse(e, e->rule, name, entry->name_len, 0) : -1;
}

/* The sizes and the offset that a zip64 field of len bytes has for those that are absent. */
static int
take_absent(struct central_entry *entry, const unsigned char *field, size_t len, struct err *e)
{
	uint64_t *const numbers[] = {&entry->size, &entry->compressed, &entry->offset};

	for (size_t i = 0; i < 3; i++) {
		if (*numbers[i] != ABSENT32)
			continue;
		if (len < 8)
			return record_refuse("a zip64 field is cut", e);
		*numbers[i] = record_64(field);
		field += 8;
		len -= 8;
	}
	return 0;
}

int
central_take_zip64(struct central_entry *entry, const unsigned char *extra, size_t len,
		   struct err *e)
{
	bool is_taken = false;

	for (size_t i = 0; i + 4 <= len; i += 4 + record_16(extra + i + 2)) {
		size_t field_len = record_16(extra + i + 2);

		if (field_len > len - i - 4)
			return record_refuse("an extra field is longer than its entry", e);
		if (record_16(extra + i) != EXTRA_ZIP64)
			continue;
		if (is_taken)
			return record_refuse("it has two zip64 fields", e);
		is_taken = true;
		if (take_absent(entry, extra + i + 4, field_len, e))
			return -1;
	}
	return 0;
}

const unsigned char *
central_find_name(const unsigned char *extra, size_t len, const void *stored, size_t stored_len,
		  size_t *name_len)
{
	for (size_t i = 0; i + 4 <= len; i += 4 + record_16(extra + i + 2)) {
		size_t field_len = record_16(extra + i + 2);

		if (field_len > len - i - 4 || record_16(extra + i) != EXTRA_NAME)
			continue;
		if (field_len < 6 || extra[i + 4] != 1 ||
		    record_32(extra + i + 5) != inflate_crc_of(stored, stored_len))
			return NULL;
		*name_len = field_len - 5;
		return extra + i + 9;
	}
	return NULL;
}

/* The stored name in UTF-8, behind those before it. */
static int
convert_name(struct central *central, struct central_entry *entry, const unsigned char *stored,
	     struct err *e)
{
	/* All that are stored could have to be converted. */
	size_t size = central->names_size * (1 + CODEPAGE_GROWTH);
	char *names = central->n_converted ? central->names : realloc(central->names, size);

	if (!names)
		return err_sys(e, "cannot read the image's directory");
	central->names = names;
	central->n_converted++;
	entry->name = (uint32_t)central->names_len;
	entry->name_len =
		(uint32_t)codepage_to_utf8(names + central->names_len, stored, entry->stored_len);
	central->names_len += entry->name_len;
	return 0;
}

/* Puts the entry's name, as it is stored and as it is meant, behind those before it. */
static int
take_name(struct central *central, struct central_entry *entry, const unsigned char *stored,
	  size_t extra_len, struct err *e)
{
	size_t len = entry->stored_len;
	const unsigned char *name = central_find_name(stored + len, extra_len, stored, len, &len);

	/* Within the directory's bytes, of which names has as many. */
	memcpy(central->names + central->names_len, stored, entry->stored_len);
	central->names_len += entry->stored_len;
	if (!name)
		return entry->flags & CENTRAL_UTF8 || text_is_utf8((const char *)stored, len)
			       ? 0
			       : convert_name(central, entry, stored, e);
	entry->name = (uint32_t)central->names_len;
	entry->name_len = (uint32_t)len;
	memcpy(central->names + central->names_len, name, len);
	central->names_len += len;
	if (memchr(name, '\0', len))
		return record_refuse("its name has a NUL byte", e);
	/* Who skips the field sees the stored name: an ASCII one is the same for all. */
	for (size_t i = 0; i < entry->stored_len; i++)
		if (stored[i] & 0x80)
			return entry->flags & CENTRAL_UTF8 ? record_refuse("it has two names", e)
							   : 0;
	return record_refuse("it has two names", e);
}

/* MS-DOS has local time.  Source: APPNOTE 6.3.10 section 4.4.6. */
static time_t
dos_time(unsigned date, unsigned clock)
{
	struct tm tm = {.tm_year = (int)(date >> 9) + 80,
			.tm_mon = (int)(date >> 5 & 15) - 1,
			.tm_mday = (int)(date & 31),
			.tm_hour = (int)(clock >> 11),
			.tm_min = (int)(clock >> 5 & 63),
			.tm_sec = (int)(clock & 31) * 2,
			.tm_isdst = -1};

	return mktime(&tm);
}

static time_t
take_time(const unsigned char *header, const unsigned char *extra, size_t len)
{
	for (size_t i = 0; i + 9 <= len; i += 4 + record_16(extra + i + 2))
		if (record_16(extra + i) == EXTRA_TIME && record_16(extra + i + 2) >= 5 &&
		    (extra[i + 4] & 1))
			return (int32_t)record_32(extra + i + 5);
	return dos_time(record_16(header + 14), record_16(header + 12));
}

/* An entry's fields, but for its place and name; its extra fields are len bytes. */
static int
take_fields(struct central_entry *entry, const unsigned char *p, const unsigned char *extra,
	    size_t len, struct err *e)
{
	entry->flags = record_16(p + 8);
	entry->method = record_16(p + 10);
	entry->crc = record_32(p + 16);
	entry->compressed = record_32(p + 20);
	entry->size = record_32(p + 24);
	entry->offset = record_32(p + 42);
	if (p[5] == HOST_UNIX || p[5] == HOST_OS_X)
		entry->mode = record_16(p + 40);
	entry->mtime = take_time(p, extra, len);
	if (record_16(p + 34) != 0)
		return record_refuse("it is spread over several disks", e);
	if (central_take_zip64(entry, extra, len, e))
		return -1;
	if (entry->method == CENTRAL_STORED && !(entry->flags & CENTRAL_ENCRYPTED) &&
	    entry->size != entry->compressed)
		return record_refuse("it is stored and has two sizes", e);
	return 0;
}

/* Takes the entry at p, whose name goes to the end of those before it. */
static int
take_entry(struct central *central, struct central_entry *entry, const unsigned char *p,
	   size_t left, size_t *used, struct err *e)
{
	size_t name_len, extra_len, least;

	if (left < HEADER_LEN || record_32(p) != HEADER_SIGNATURE)
		return record_refuse("its directory is damaged", e);
	name_len = record_16(p + 28);
	extra_len = record_16(p + 30);
	*used = HEADER_LEN + name_len + extra_len + record_16(p + 32);
	if (*used > left)
		return record_refuse("its directory is cut", e);
	entry->name = (uint32_t)central->names_len;
	entry->stored = entry->name;
	entry->stored_len = (uint16_t)name_len;
	entry->name_len = entry->stored_len;
	entry->flags = record_16(p + 8);
	if (take_name(central, entry, p + HEADER_LEN, extra_len, e))
		return central_refuse_entry(central, entry, e);
	if (memchr(p + HEADER_LEN, '\0', name_len)) {
		record_refuse("its name has a NUL byte", e);
		return central_refuse_entry(central, entry, e);
	}
	if (take_fields(entry, p, p + HEADER_LEN + name_len, extra_len, e))
		return central_refuse_entry(central, entry, e);
	least = CENTRAL_LOCAL_LEN + name_len;
	if (entry->offset > central->start || central->start - entry->offset < least ||
	    central->start - entry->offset - least < entry->compressed) {
		record_refuse("it reaches past the directory", e);
		return central_refuse_entry(central, entry, e);
	}
	return 0;
}

static int
compare_offsets(const void *a, const void *b)
{
	const struct central_entry *left = *(struct central_entry *const *)a;
	const struct central_entry *right = *(struct central_entry *const *)b;

	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* Overlapping entries are how a small archive becomes a huge tree: each ends before the next. */
static int
set_ends(struct central *central, struct err *e)
{
	struct central_entry **order = calloc(central->n_entries + 1, sizeof(void *));
	bool is_sorted = true;

	if (!order)
		return err_sys(e, "cannot judge the image");
	for (size_t i = 0; i < central->n_entries; i++) {
		order[i] = &central->entries[i];
		is_sorted = is_sorted && (i == 0 || order[i - 1]->offset <= order[i]->offset);
	}
	if (!is_sorted)
		qsort(order, central->n_entries, sizeof *order, compare_offsets);
	for (size_t i = 0; i < central->n_entries; i++)
		order[i]->end = i + 1 < central->n_entries ? order[i + 1]->offset : central->start;
	free(order);
	return 0;
}

/*
 * libzip finds names by a table whose chains a hostile image can make as long as it likes; the time
 * to open it then grows with the square of its entries.
 */
static int
check_chains(const struct central *central, struct err *e)
{
	size_t size = 256, longest = 0;
	uint32_t *chains;

	while (size < central->n_entries * 4 / 3)
		size *= 2;
	chains = calloc(size, sizeof *chains);
	if (!chains)
		return err_sys(e, "cannot judge the image");
	for (size_t i = 0; i < central->n_entries; i++) {
		const char *name = central->names + central->entries[i].name;
		uint32_t hash = 5381; /* libzip's, zip_hash.c */

		for (size_t k = 0; k < central->entries[i].name_len; k++)
			hash = hash * 33 + (unsigned char)name[k];
		if (++chains[hash % size] > longest)
			longest = chains[hash % size];
	}
	free(chains);
	return longest > CHAIN_MAX ? record_refuse("its names are made to be slow to look up", e)
				   : 0;
}

static int
take_directory(struct central *central, const unsigned char *p, size_t len, struct err *e)
{
	size_t used = 0;

	for (size_t i = 0; i < central->n_entries; i++) {
		if (take_entry(central, &central->entries[i], p, len, &used, e))
			return -1;
		p += used;
		len -= used;
	}
	if (len)
		return record_refuse("its directory holds more than it says", e);
	return set_ends(central, e) ? -1 : check_chains(central, e);
}

/* Where the directory is and how large, plausibly. */
static int
locate(struct central *central, struct arrival *image, size_t n_max, struct end *end, struct err *e)
{
	if (end_find(image, end, e))
		return -1;
	if (end->n_entries > n_max) {
		err_set(e, ERR_UNSAFE, "the image has more than %zu entries (max-entries)", n_max);
		return err_refuse(e, "max-entries", NULL, 0, n_max);
	}
	if (end->offset > end->position || end->size != end->position - end->offset)
		return record_refuse("its directory is not where it should be", e);
	/* Name, extra fields and comment may be 64 KiB each; in earnest they are far less. */
	if (end->size > DIRECTORY_MAX || end->size / (HEADER_LEN + 2048) > end->n_entries ||
	    end->size < end->n_entries * HEADER_LEN)
		return record_refuse("its directory's size does not fit its entries", e);
	central->n_entries = (size_t)end->n_entries;
	central->start = end->offset;
	return 0;
}

int
central_read(struct central *central, struct arrival *image, size_t n_max, struct err *e)
{
	unsigned char *directory = NULL;
	struct end end = {0};
	int result = -1;

	if (locate(central, image, n_max, &end, e))
		return -1;
	central->entries = calloc(central->n_entries + 1, sizeof *central->entries);
	/* A name may claim even what has to be another entry's header. */
	central->names_size = (size_t)end.size + 1;
	central->names = malloc(central->names_size);
	directory = malloc((size_t)end.size + 1);
	if (!central->entries || !central->names || !directory)
		err_sys(e, "cannot read the image's directory");
	else if (!record_read(image, directory, (size_t)end.size, end.offset, e))
		result = take_directory(central, directory, (size_t)end.size, e);
	free(directory);
	return result;
}

void
central_free(struct central *central)
{
	free(central->entries);
	free(central->names);
	*central = CENTRAL_INIT;
}
