/* SPDX-License-Identifier: MIT */
/* zip - read a zip archive: its entries for the judge, and the bytes of each. */
#include "image/zip.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/inflate.h"
#include "image/libzip.h"
#include "image/local.h"
#include "image/record.h"

static int
judge_entry(struct zip_reader *zip, size_t i, struct judge *judge, struct err *e)
{
	const struct central_entry *entry = &zip->central.entries[i];
	struct judge_claim claim = {.name = zip->central.names + entry->name,
				    .name_len = entry->name_len,
				    .mode = entry->mode,
				    .size = entry->size,
				    .mtime = entry->mtime,
				    .index = (uint32_t)i};
	char why[64];

	if (judge_add(judge, &claim, e))
		return -1;
	if (entry->flags & CENTRAL_ENCRYPTED)
		return record_refuse_entry(claim.name, claim.name_len, "encryption", "is encrypted",
					   e);
	if (entry->flags & CENTRAL_PATCH)
		return record_refuse_entry(claim.name, claim.name_len, "method", "is a patch", e);
	if (entry->method == CENTRAL_STORED || entry->method == CENTRAL_DEFLATED)
		return 0;
	zip->needs_libzip = true;
	if (libzip_supports(entry->method))
		return 0;
	snprintf(why, sizeof why, "is compressed by method %u, which is not supported",
		 entry->method);
	return record_refuse_entry(claim.name, claim.name_len, "method", why, e);
}

int
zip_reader_open(struct zip_reader *zip, struct arrival *image, struct judge *judge, struct err *e)
{
	*zip = ZIP_READER_INIT;
	zip->image = image;
	zip->shared = &zip->central;
	if (central_read(&zip->central, image, judge->limits.entries, e))
		return -1;
	judge->n_converted = zip->central.n_converted;
	for (size_t i = 0; i < zip->central.n_entries; i++)
		if (judge_entry(zip, i, judge, e))
			return -1;
	return judge_finish(judge, e);
}

static int
ask_libzip(struct zip_reader *zip, struct err *e)
{
	const struct central *central = &zip->central;
	int64_t n_entries = 0;

	if (libzip_open(&zip->libzip, zip->image, &n_entries, e))
		return -1;
	if (n_entries != (int64_t)central->n_entries) {
		err_set(e, ERR_UNSAFE, "the archive's directory is described in two ways");
		return err_refuse(e, "structure", NULL, 0, 0);
	}
	for (size_t i = 0; i < central->n_entries; i++)
		if (libzip_compare(zip->libzip, i, &central->entries[i],
				   central->names + central->entries[i].name, e))
			return -1;
	if (!zip->needs_libzip)
		libzip_close(&zip->libzip);
	return 0;
}

/* The target of a link: all of its bytes, read to the end, where the CRC is compared. */
static int
read_target(struct zip_reader *zip, const struct entry *link, char *target, size_t size,
	    struct err *e)
{
	size_t done = 0, len = 0;

	do {
		if (zip_reader_next(zip, link, target + done, size - done, &len, e))
			return -1;
		done += len;
	} while (len && done < size);
	if (done == size || memchr(target, '\0', done)) {
		err_set(e, ERR_UNSAFE, "link '%.160s' has too long or unreadable a target",
			link->name);
		return err_refuse(e, "link", link->name, strlen(link->name), 0);
	}
	target[done] = '\0';
	return 0;
}

static int
judge_links(const struct zip_reader *zip, struct judge *judge, struct err *e)
{
	struct zip_reader own;
	char target[PATH_MAX];
	int result = 0;

	zip_reader_share(&own, zip);
	own.libzip = zip->libzip;
	for (size_t i = 0; i < judge->n_entries && !result; i++) {
		struct entry *link = &judge->entries[i];

		if (link->kind != ENTRY_LINK)
			continue;
		result = zip_reader_start(&own, link, e) ||
			 read_target(&own, link, target, sizeof target, e) ||
			 judge_link(judge, link, target, e);
		zip_reader_end(&own);
	}
	own.libzip = NULL;
	zip_reader_close(&own);
	return result ? -1 : 0;
}

int
zip_reader_confirm(struct zip_reader *zip, struct judge *judge, struct err *e)
{
	return ask_libzip(zip, e) || local_check(&zip->central, zip->image, e) ||
			       judge_links(zip, judge, e)
		       ? -1
		       : 0;
}

void
zip_reader_share(struct zip_reader *copy, const struct zip_reader *of)
{
	*copy = ZIP_READER_INIT;
	copy->image = of->image;
	copy->shared = of->shared;
}

bool
zip_reader_is_shareable(const struct zip_reader *zip, const struct entry *entry)
{
	uint16_t method = zip->shared->entries[entry->index].method;

	return method == CENTRAL_STORED || method == CENTRAL_DEFLATED;
}

void
zip_reader_place(const struct zip_reader *zip, const struct entry *entry, uint64_t *offset,
		 uint64_t *len)
{
	const struct central_entry *place = &zip->shared->entries[entry->index];

	*offset = place->offset;
	*len = place->end - place->offset;
}

/* Of the entry that is read: ours, or libzip's for another method. */
struct zip_stream {
	struct inflate *inflate;
	struct libzip_file file;
	uint64_t done;
};

/* For what the reading of an entry's data came upon. */
static int
refuse_data(const struct entry *entry, const char *why, struct err *e)
{
	return record_refuse_entry(entry->name, strlen(entry->name), "data", why, e);
}

static int
start_ours(struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	const struct central_entry *place = &zip->shared->entries[entry->index];
	struct inflate *inflate = zip->stream->inflate;
	struct inflate_piece header;
	size_t skip = 0;

	inflate_bound(inflate, zip->bound ? zip->bound : UINT64_MAX);
	/* 542: the fixed part of a local header, and the extra fields that are usual. */
	if (inflate_peek(inflate, zip->image, place->offset, (size_t)place->stored_len + 542,
			 &header, e) ||
	    local_find_data(zip->shared, place, header.data, header.len, &skip, e))
		return -1;
	inflate_start(inflate, zip->image, place->offset + skip, place->compressed, place->size,
		      place->method == CENTRAL_DEFLATED);
	return 0;
}

int
zip_reader_start(struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	if (!zip->stream) {
		zip->stream = calloc(1, sizeof *zip->stream);
		if (zip->stream)
			zip->stream->inflate = inflate_new();
		if (!zip->stream || !zip->stream->inflate)
			return err_sys(e, "cannot read the image");
	}
	zip->stream->done = 0;
	if (zip_reader_is_shareable(zip, entry))
		return start_ours(zip, entry, e);
	return libzip_start(&zip->stream->file, zip->libzip, entry, e);
}

int
zip_reader_next(struct zip_reader *zip, const struct entry *entry, void *data, size_t size,
		size_t *len, struct err *e)
{
	const struct central_entry *place = &zip->shared->entries[entry->index];
	struct zip_stream *stream = zip->stream;

	if (stream->file.file)
		return libzip_next(&stream->file, entry, data, size, len, e);
	if (inflate_next(stream->inflate, data, size, len, e)) {
		err_wrap(e, "entry '%.160s'", entry->name);
		return e->kind == ERR_UNSAFE
			       ? err_refuse(e, "data", entry->name, strlen(entry->name), 0)
			       : -1;
	}
	stream->done += *len;
	if (*len)
		return 0;
	if (stream->done != place->size)
		return refuse_data(entry, "is not as long as it says", e);
	if (inflate_crc(stream->inflate) != place->crc)
		return refuse_data(entry, "is damaged: its CRC is wrong", e);
	return 0;
}

void
zip_reader_end(struct zip_reader *zip)
{
	if (zip->stream)
		libzip_end(&zip->stream->file);
}

void
zip_reader_close(struct zip_reader *zip)
{
	zip_reader_end(zip);
	if (zip->stream)
		inflate_free(zip->stream->inflate);
	free(zip->stream);
	libzip_close(&zip->libzip);
	central_free(&zip->central);
	*zip = ZIP_READER_INIT;
}
