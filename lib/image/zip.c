/* SPDX-License-Identifier: MIT */
/* zip - read a zip archive: its entries for the judge, and the bytes of each. */
#include "image/zip.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/fd.h"
#include "image/inflate.h"

static int
refuse_archive(int code, struct err *e)
{
	zip_error_t error;

	zip_error_init_with_code(&error, code);
	if (code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS)
		err_set(e, ERR_UNSAFE, "not a whole, consistent zip archive (cut off?): %s",
			zip_error_strerror(&error));
	else
		err_set(e, ERR_UNSAFE, "cannot read the zip archive: %s",
			zip_error_strerror(&error));
	zip_error_fini(&error);
	return -1;
}

static mode_t
stored_mode(zip_t *archive, zip_uint64_t index)
{
	zip_uint8_t system;
	zip_uint32_t attributes;

	if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes))
		return 0;
	/* Only Unix and its kin keep a mode in the upper half. */
	if (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X)
		return 0;
	return (mode_t)(attributes >> 16);
}

static int
read_target(zip_t *archive, const struct judge_claim *claim, struct err *e)
{
	char target[PATH_MAX];
	zip_file_t *file;
	zip_int64_t n;

	if (claim->size >= sizeof target)
		return err_set(e, ERR_UNSAFE, "link '%.160s' has too long a target", claim->name);
	file = zip_fopen_index(archive, claim->index, 0);
	n = file ? zip_fread(file, target, claim->size) : -1;
	if (file)
		zip_fclose(file);
	if (n < 0 || (zip_uint64_t)n != claim->size || memchr(target, '\0', (size_t)n))
		return err_set(e, ERR_UNSAFE, "link '%.160s' has no readable target", claim->name);
	target[n] = '\0';
	return judge_link(claim->name, target, e);
}

/* Where the two readers of the directory differ, one of them could be shown another archive. */
static int
compare_readers(const struct central *central, const zip_stat_t *st, struct err *e)
{
	const struct central_entry *entry = &central->entries[st->index];

	if (strlen(st->name) != entry->name_len ||
	    memcmp(st->name, central->names + entry->name, entry->name_len) != 0 ||
	    st->size != entry->size || st->comp_size != entry->compressed ||
	    st->comp_method != entry->method || st->crc != entry->crc)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is described in two ways", st->name);
	return 0;
}

static int
judge_entry(const struct zip_reader *zip, zip_uint64_t index, struct judge *judge, struct err *e)
{
	struct judge_claim claim;
	zip_stat_t st;

	if (zip_stat_index(zip->archive, index, ZIP_FL_ENC_RAW, &st))
		return err_set(e, ERR_UNSAFE, "entry %llu of the archive cannot be read: %s",
			       (unsigned long long)index, zip_strerror(zip->archive));
	claim = (struct judge_claim){.name = st.name,
				     .name_len = strlen(st.name),
				     .mode = stored_mode(zip->archive, index),
				     .size = st.size,
				     .mtime = st.mtime,
				     .index = index};
	if (judge_add(judge, &claim, e))
		return -1;
	if (st.encryption_method != ZIP_EM_NONE)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is encrypted", st.name);
	if (compare_readers(&zip->central, &st, e))
		return -1;
	if (!zip_compression_method_supported(st.comp_method, 0))
		return err_set(e, ERR_UNSAFE,
			       "entry '%.160s' is compressed by method %u, which is not supported",
			       st.name, st.comp_method);
	if (S_ISLNK(claim.mode))
		return read_target(zip->archive, &claim, e);
	return 0;
}

static int
open_archive(struct zip_reader *zip, struct err *e)
{
	int code = 0, own = fcntl(zip->fd, F_DUPFD_CLOEXEC, 3);

	if (own < 0 || lseek(own, 0, SEEK_SET)) {
		fd_close(&own);
		return err_sys(e, "cannot read the image");
	}
	zip->archive = zip_fdopen(own, 0, &code);
	if (zip->archive)
		return 0;
	fd_close(&own);
	return refuse_archive(code, e);
}

int
zip_reader_open(struct zip_reader *zip, int fd, struct judge *judge, struct err *e)
{
	*zip = ZIP_READER_INIT;
	zip->fd = fd;
	zip->shared = &zip->central;
	if (central_read(&zip->central, fd, judge->limits.entries, e) || open_archive(zip, e))
		return -1;
	if (zip_get_num_entries(zip->archive, 0) != (zip_int64_t)zip->central.n_entries)
		return err_set(e, ERR_UNSAFE, "the archive's directory is described in two ways");
	for (size_t i = 0; i < zip->central.n_entries; i++)
		if (judge_entry(zip, i, judge, e))
			return -1;
	return judge_finish(judge, e);
}

void
zip_reader_share(struct zip_reader *copy, const struct zip_reader *of)
{
	*copy = ZIP_READER_INIT;
	copy->fd = of->fd;
	copy->shared = of->shared;
}

bool
zip_reader_is_shareable(const struct zip_reader *zip, const struct entry *entry)
{
	uint16_t method = zip->shared->entries[entry->index].method;

	return method == CENTRAL_STORED || method == CENTRAL_DEFLATED;
}

/* Of the entry that is read: ours, or libzip's for another method. */
struct zip_stream {
	struct inflate *inflate;
	zip_file_t *file;
	uint64_t done;
};

static int
refuse_entry(const struct entry *entry, struct err *e)
{
	return err_wrap(e, "entry '%.160s'", entry->name);
}

static int
start_ours(struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	const struct central_entry *place = &zip->shared->entries[entry->index];
	struct inflate *inflate = zip->stream->inflate;
	const unsigned char *header;
	size_t len, skip = 0;

	/* 542: the fixed part of a local header, and the extra fields that are usual. */
	if (inflate_peek(inflate, zip->fd, place->offset, (size_t)place->name_len + 542, &header,
			 &len, e) ||
	    central_find_data(zip->shared, place, header, len, &skip, e))
		return refuse_entry(entry, e);
	inflate_start(inflate, zip->fd, place->offset + skip, place->compressed,
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
	zip->stream->file = zip_fopen_index(zip->archive, entry->index, 0);
	if (!zip->stream->file)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' cannot be read: %s", entry->name,
			       zip_strerror(zip->archive));
	return 0;
}

static int
next_of_libzip(struct zip_stream *stream, const struct entry *entry, void *data, size_t size,
	       size_t *len, struct err *e)
{
	zip_int64_t n = zip_fread(stream->file, data, size);

	*len = 0;
	if (n < 0)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is damaged: %s", entry->name,
			       zip_file_strerror(stream->file));
	*len = (size_t)n;
	return 0;
}

int
zip_reader_next(struct zip_reader *zip, const struct entry *entry, void *data, size_t size,
		size_t *len, struct err *e)
{
	const struct central_entry *place = &zip->shared->entries[entry->index];
	struct zip_stream *stream = zip->stream;

	if (stream->file)
		return next_of_libzip(stream, entry, data, size, len, e);
	if (inflate_next(stream->inflate, data, size, len, e))
		return refuse_entry(entry, e);
	stream->done += *len;
	if (*len)
		return 0;
	if (stream->done != place->size)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is not as long as it says",
			       entry->name);
	if (inflate_crc(stream->inflate) != place->crc)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is damaged: its CRC is wrong",
			       entry->name);
	return 0;
}

void
zip_reader_end(struct zip_reader *zip)
{
	if (zip->stream && zip->stream->file)
		zip_fclose(zip->stream->file);
	if (zip->stream)
		zip->stream->file = NULL;
}

void
zip_reader_close(struct zip_reader *zip)
{
	zip_reader_end(zip);
	if (zip->stream)
		inflate_free(zip->stream->inflate);
	free(zip->stream);
	if (zip->archive)
		zip_discard(zip->archive);
	central_free(&zip->central);
	*zip = ZIP_READER_INIT;
}
