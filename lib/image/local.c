/* SPDX-License-Identifier: MIT */
/* local - the header that stands before an entry's bytes, compared with the central directory. */
#include "image/local.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "image/record.h"

/* Sizes and signatures.  Source: APPNOTE 6.3.10, the section is behind each. */
#define LOCAL_SIGNATURE 0x04034b50
#define EXTRA_USUAL 512	       /* bytes within which a local header has its zip64 field */
#define FLAG_DESCRIPTOR 0x0008 /* 4.4.4: sizes and CRC stand behind the data */
/* Those that decide how an entry is read; the others are hints, which only one header may have. */
#define FLAGS_DECIDING (CENTRAL_ENCRYPTED | CENTRAL_PATCH | FLAG_DESCRIPTOR | CENTRAL_UTF8)
#define FLAGS_OF_METHOD 0x0006 /* a hint for stored and deflated data only */
#define ABSENT32 0xffffffffu

/* A window on the file, for headers that stand one behind the other. */
struct window {
	struct arrival *image;
	uint64_t start;
	size_t len;
	unsigned char data[16384];
};

/* Bytes of the file from offset on: CENTRAL_LOCAL_LEN and a name, or all that there are. */
static int
look(struct window *w, uint64_t offset, size_t wanted, const unsigned char **data, size_t *len,
     struct err *e)
{
	if (offset < w->start || offset - w->start + wanted > w->len) {
		w->start = offset;
		if (arrival_read(w->image, (struct arrival_range){offset, wanted, sizeof w->data},
				 w->data, &w->len, e))
			return -1;
	}
	*data = w->data + (offset - w->start);
	*len = w->len - (size_t)(offset - w->start);
	return 0;
}

/* A field of the local header: equal, left to the zip64 field, or to what follows the data. */
static bool
is_consistent(uint32_t local, uint64_t truth, bool follows)
{
	return local == truth || local == ABSENT32 || (follows && local == 0);
}

/* What the local header leaves to its zip64 field must be there, and the same. */
static int
check_local_zip64(const struct central_entry *entry, const unsigned char *header,
		  const unsigned char *extra, size_t len, struct err *e)
{
	struct central_entry local = {.size = record_32(header + 22),
				      .compressed = record_32(header + 18)};

	if (local.size != ABSENT32 && local.compressed != ABSENT32)
		return 0;
	if (central_take_zip64(&local, extra, len, e))
		return -1;
	/* Where they follow the data both may be 0. */
	if (record_16(header + 6) & FLAG_DESCRIPTOR && local.size == 0 && local.compressed == 0)
		return 0;
	if (local.size != entry->size || local.compressed != entry->compressed)
		return record_refuse("its header and the directory disagree", e);
	return 0;
}

/* True when a local header says of its entry what the directory says. */
static bool
is_same(const struct central *central, const struct central_entry *entry,
	const unsigned char *header)
{
	bool follows = entry->flags & FLAG_DESCRIPTOR;
	unsigned deciding = FLAGS_DECIDING, differ = record_16(header + 6) ^ entry->flags;

	if (entry->method != CENTRAL_STORED && entry->method != CENTRAL_DEFLATED)
		deciding |= FLAGS_OF_METHOD;
	return (differ & deciding) == 0 && record_16(header + 8) == entry->method &&
	       record_16(header + 26) == entry->stored_len &&
	       memcmp(header + CENTRAL_LOCAL_LEN, central->names + entry->stored,
		      entry->stored_len) == 0 &&
	       (record_32(header + 14) == entry->crc || (follows && record_32(header + 14) == 0)) &&
	       is_consistent(record_32(header + 18), entry->compressed, follows) &&
	       is_consistent(record_32(header + 22), entry->size, follows);
}

/* True when a local header's field for a Unicode name, if it has one, says what is taken. */
static bool
is_same_name(const struct central *central, const struct central_entry *entry,
	     const unsigned char *stored, size_t extra_len)
{
	size_t len = 0;
	const unsigned char *name = central_find_name(stored + entry->stored_len, extra_len, stored,
						      entry->stored_len, &len);

	return !name ||
	       (len == entry->name_len && memcmp(name, central->names + entry->name, len) == 0);
}

int
local_find_data(const struct central *central, const struct central_entry *entry,
		const unsigned char *header, size_t len, size_t *skip, struct err *e)
{
	size_t fixed = CENTRAL_LOCAL_LEN + (size_t)entry->stored_len, extra_len;
	int result;

	if (len < fixed || record_32(header) != LOCAL_SIGNATURE) {
		record_refuse("it has no header of its own", e);
		return central_refuse_entry(central, entry, e);
	}
	extra_len = record_16(header + 28);
	*skip = fixed + extra_len;
	if (extra_len > len - fixed)
		extra_len = len - fixed;
	if (!is_same(central, entry, header) ||
	    !is_same_name(central, entry, header + CENTRAL_LOCAL_LEN, extra_len))
		result = record_refuse("its header and the directory disagree", e);
	else if (entry->offset + *skip + entry->compressed > entry->end)
		result = record_refuse(entry->end == central->start
					       ? "it reaches past the directory"
					       : "it overlaps with another entry",
				       e);
	else
		result = check_local_zip64(entry, header, header + fixed, extra_len, e);
	return result ? central_refuse_entry(central, entry, e) : 0;
}

int
local_check(const struct central *central, struct arrival *image, struct err *e)
{
	struct window *w = calloc(1, sizeof *w);
	const unsigned char *header = NULL;
	size_t len = 0, skip = 0;
	int result = w ? 0 : err_sys(e, "cannot judge the image");

	for (size_t i = 0; !result && i < central->n_entries; i++) {
		const struct central_entry *entry = &central->entries[i];

		w->image = image;
		/* A name and extra fields are shorter than a window: others the check refuses. */
		result = look(w, entry->offset,
			      CENTRAL_LOCAL_LEN + (size_t)entry->stored_len + EXTRA_USUAL, &header,
			      &len, e);
		if (!result)
			result = local_find_data(central, entry, header, len, &skip, e);
	}
	free(w);
	return result;
}
