/* SPDX-License-Identifier: MIT */
/* zip - read a zip archive: its entries for the judge, and the bytes of each; and write one. */
#include "image/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/fd.h"
#include "image/inflate.h"

/*
 * The image, for libzip, which would tell of a failed read, or a lack of memory, as of a bad
 * archive.  A failed read is kept here; a lack of memory is told by errno, which is 0 before.
 */
struct zip_bytes {
	struct arrival *image; /* the caller's */
	uint64_t offset, size;
	struct err failure;
	zip_error_t error;
};

static void
begin_libzip(struct zip_bytes *bytes)
{
	bytes->failure = ERR_INIT;
	errno = 0;
}

/* True, and e filled, when what libzip failed at since begin_libzip is no fault of the archive. */
static bool
is_innocent(const struct zip_bytes *bytes, const zip_error_t *error, struct err *e)
{
	if (bytes->failure.kind) {
		*e = bytes->failure;
		return true;
	}
	if (errno != ENOMEM && zip_error_code_zip(error) != ZIP_ER_MEMORY)
		return false;
	errno = ENOMEM;
	err_sys(e, "cannot read the image");
	return true;
}

static zip_int64_t
read_bytes(struct zip_bytes *bytes, void *data, zip_uint64_t len)
{
	size_t got = 0;

	if (len > SSIZE_MAX)
		len = SSIZE_MAX;
	if (arrival_read(bytes->image, bytes->offset, data, (size_t)len, (size_t)len, &got,
			 &bytes->failure)) {
		zip_error_set(&bytes->error, ZIP_ER_READ, EIO);
		return -1;
	}
	bytes->offset += got;
	return (zip_int64_t)got;
}

static zip_int64_t
serve_bytes(void *arg, void *data, zip_uint64_t len, zip_source_cmd_t command)
{
	struct zip_bytes *bytes = arg;
	zip_stat_t *st = data;
	zip_int64_t offset;

	switch (command) {
	case ZIP_SOURCE_SUPPORTS:
		return ZIP_SOURCE_SUPPORTS_SEEKABLE;
	case ZIP_SOURCE_OPEN:
		bytes->offset = 0;
		return 0;
	case ZIP_SOURCE_READ:
		return read_bytes(bytes, data, len);
	case ZIP_SOURCE_SEEK:
		offset = zip_source_seek_compute_offset(bytes->offset, bytes->size, data, len,
							&bytes->error);
		if (offset < 0)
			return -1;
		bytes->offset = (uint64_t)offset;
		return 0;
	case ZIP_SOURCE_TELL:
		return (zip_int64_t)bytes->offset;
	case ZIP_SOURCE_STAT:
		zip_stat_init(st);
		st->size = bytes->size;
		st->valid = ZIP_STAT_SIZE;
		return sizeof *st;
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&bytes->error, data, len);
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_FREE: /* it is the reader's */
		return 0;
	default:
		zip_error_set(&bytes->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

static int
refuse_archive(const struct zip_bytes *bytes, zip_error_t *error, struct err *e)
{
	if (is_innocent(bytes, error, e))
		return -1;
	err_set(e, ERR_UNSAFE, "not a whole, consistent zip archive (cut off?): %s",
		zip_error_strerror(error));
	return err_refuse(e, "structure", NULL, 0, 0);
}

static int
refuse_entry(const char *name, size_t len, const char *rule, const char *why, struct err *e)
{
	err_set(e, ERR_UNSAFE, "entry '%.*s' %s", len < 160 ? (int)len : 160, name, why);
	return err_refuse(e, rule, name, len, 0);
}

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
		return refuse_entry(claim.name, claim.name_len, "encryption", "is encrypted", e);
	if (entry->flags & CENTRAL_PATCH)
		return refuse_entry(claim.name, claim.name_len, "method", "is a patch", e);
	if (entry->method == CENTRAL_STORED || entry->method == CENTRAL_DEFLATED)
		return 0;
	zip->needs_libzip = true;
	if (zip_compression_method_supported(entry->method, 0))
		return 0;
	snprintf(why, sizeof why, "is compressed by method %u, which is not supported",
		 entry->method);
	return refuse_entry(claim.name, claim.name_len, "method", why, e);
}

int
zip_reader_open(struct zip_reader *zip, struct arrival *image, struct judge *judge, struct err *e)
{
	*zip = ZIP_READER_INIT;
	zip->image = image;
	zip->shared = &zip->central;
	if (central_read(&zip->central, image, judge->limits.entries, e))
		return -1;
	for (size_t i = 0; i < zip->central.n_entries; i++)
		if (judge_entry(zip, i, judge, e))
			return -1;
	return judge_finish(judge, e);
}

/* As central_entry has it: only Unix and its kin keep a mode in the upper half. */
static uint16_t
stored_mode(zip_t *archive, zip_uint64_t index)
{
	zip_uint8_t system;
	zip_uint32_t attributes;

	if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) ||
	    (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X))
		return 0;
	return (uint16_t)(attributes >> 16);
}

/* Where the two readers of the directory differ, one of them could be shown another archive. */
static int
compare_readers(const struct zip_reader *zip, zip_uint64_t index, struct err *e)
{
	const struct central_entry *entry = &zip->central.entries[index];
	const char *name = zip->central.names + entry->name;
	zip_stat_t st;

	begin_libzip(zip->bytes);
	if (zip_stat_index(zip->archive, index, ZIP_FL_ENC_RAW, &st))
		return is_innocent(zip->bytes, zip_get_error(zip->archive), e)
			       ? -1
			       : refuse_entry(name, entry->name_len, "structure",
					      zip_strerror(zip->archive), e);
	if (st.encryption_method != ZIP_EM_NONE)
		return refuse_entry(name, entry->name_len, "encryption", "is encrypted", e);
	if (strlen(st.name) != entry->name_len || memcmp(st.name, name, entry->name_len) != 0 ||
	    st.size != entry->size || st.comp_size != entry->compressed ||
	    st.comp_method != entry->method || st.crc != entry->crc ||
	    stored_mode(zip->archive, index) != entry->mode)
		return refuse_entry(name, entry->name_len, "structure", "is described in two ways",
				    e);
	return 0;
}

static int
open_libzip(struct zip_reader *zip, struct err *e)
{
	struct zip_bytes *bytes = zip->bytes = calloc(1, sizeof *bytes);
	zip_source_t *source;
	zip_error_t error;
	int result = 0;

	if (!bytes)
		return err_sys(e, "cannot read the image");
	bytes->image = zip->image;
	zip_error_init(&bytes->error);
	if (arrival_size(zip->image, &bytes->size, e))
		return -1;
	zip_error_init(&error);
	begin_libzip(bytes);
	source = zip_source_function_create(serve_bytes, bytes, &error);
	if (source)
		zip->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
	if (!zip->archive) {
		result = refuse_archive(bytes, &error, e);
		zip_source_free(source);
	}
	zip_error_fini(&error);
	return result;
}

static int
ask_libzip(struct zip_reader *zip, struct err *e)
{
	if (open_libzip(zip, e))
		return -1;
	if (zip_get_num_entries(zip->archive, 0) != (zip_int64_t)zip->central.n_entries) {
		err_set(e, ERR_UNSAFE, "the archive's directory is described in two ways");
		return err_refuse(e, "structure", NULL, 0, 0);
	}
	for (size_t i = 0; i < zip->central.n_entries; i++)
		if (compare_readers(zip, i, e))
			return -1;
	if (!zip->needs_libzip) {
		zip_discard(zip->archive);
		zip->archive = NULL;
	}
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
	own.archive = zip->archive;
	own.bytes = zip->bytes;
	for (size_t i = 0; i < judge->n_entries && !result; i++) {
		struct entry *link = &judge->entries[i];

		if (link->kind != ENTRY_LINK)
			continue;
		result = zip_reader_start(&own, link, e) ||
			 read_target(&own, link, target, sizeof target, e) ||
			 judge_link(judge, link, target, e);
		zip_reader_end(&own);
	}
	own.archive = NULL;
	own.bytes = NULL;
	zip_reader_close(&own);
	return result ? -1 : 0;
}

int
zip_reader_confirm(struct zip_reader *zip, struct judge *judge, struct err *e)
{
	return ask_libzip(zip, e) || central_check(&zip->central, zip->image, e) ||
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
	zip_file_t *file;
	uint64_t done;
};

/* For what the reading of an entry's data came upon. */
static int
refuse_data(const struct entry *entry, const char *why, struct err *e)
{
	return refuse_entry(entry->name, strlen(entry->name), "data", why, e);
}

static int
start_ours(struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	const struct central_entry *place = &zip->shared->entries[entry->index];
	struct inflate *inflate = zip->stream->inflate;
	const unsigned char *header;
	size_t len, skip = 0;

	inflate_bound(inflate, zip->bound ? zip->bound : UINT64_MAX);
	/* 542: the fixed part of a local header, and the extra fields that are usual. */
	if (inflate_peek(inflate, zip->image, place->offset, (size_t)place->stored_len + 542,
			 &header, &len, e) ||
	    central_find_data(zip->shared, place, header, len, &skip, e))
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
	begin_libzip(zip->bytes);
	zip->stream->file = zip_fopen_index(zip->archive, entry->index, 0);
	if (zip->stream->file)
		return 0;
	return is_innocent(zip->bytes, zip_get_error(zip->archive), e)
		       ? -1
		       : refuse_data(entry, zip_strerror(zip->archive), e);
}

static int
next_of_libzip(const struct zip_reader *zip, const struct entry *entry, void *data, size_t size,
	       size_t *len, struct err *e)
{
	struct zip_stream *stream = zip->stream;
	char why[128];
	zip_int64_t n;

	begin_libzip(zip->bytes);
	n = zip_fread(stream->file, data, size);
	*len = 0;
	if (n < 0) {
		if (is_innocent(zip->bytes, zip_file_get_error(stream->file), e))
			return -1;
		snprintf(why, sizeof why, "is damaged: %s", zip_file_strerror(stream->file));
		return refuse_data(entry, why, e);
	}
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
		return next_of_libzip(zip, entry, data, size, len, e);
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
	if (zip->bytes)
		zip_error_fini(&zip->bytes->error);
	free(zip->bytes);
	central_free(&zip->central);
	*zip = ZIP_READER_INIT;
}

/* --- writing --- */

/* A file, for libzip: opened when its turn comes. */
struct input_file {
	struct zip_writer *writer;
	int dir_fd, fd;
	uint64_t size;
	time_t mtime;
	zip_error_t error;
	char name[];
};

static zip_int64_t
open_input(struct input_file *f)
{
	f->fd = fd_open_beneath(f->dir_fd, f->name, O_RDONLY | O_NONBLOCK, 0);
	if (f->fd >= 0)
		return 0;
	/* A service that runs makes and removes files while it is read. */
	if (errno == ENOENT || errno == ELOOP) {
		f->writer->n_lost++;
		return 0;
	}
	zip_error_set(&f->error, ZIP_ER_OPEN, errno);
	return -1;
}

static zip_int64_t
read_input(struct input_file *f, void *data, zip_uint64_t len)
{
	ssize_t n;

	if (f->fd < 0)
		return 0;
	do
		n = read(f->fd, data, len < SSIZE_MAX ? len : SSIZE_MAX);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		zip_error_set(&f->error, ZIP_ER_READ, errno);
	return n;
}

static zip_int64_t
serve_input(void *arg, void *data, zip_uint64_t len, zip_source_cmd_t command)
{
	struct input_file *f = arg;
	zip_stat_t *st = data;

	switch (command) {
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
						      ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
						      ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
	case ZIP_SOURCE_OPEN:
		return open_input(f);
	case ZIP_SOURCE_READ:
		return read_input(f, data, len);
	case ZIP_SOURCE_CLOSE:
		fd_close(&f->fd);
		return 0;
	case ZIP_SOURCE_STAT:
		zip_stat_init(st);
		st->size = f->size;
		st->mtime = f->mtime;
		st->valid = ZIP_STAT_SIZE | ZIP_STAT_MTIME;
		return sizeof *st;
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&f->error, data, len);
	case ZIP_SOURCE_FREE:
		fd_close(&f->fd);
		zip_error_fini(&f->error);
		free(f);
		return 0;
	default:
		zip_error_set(&f->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

static zip_source_t *
file_source(struct zip_writer *w, const struct zip_input *input, int dir_fd)
{
	size_t len = strlen(input->name) + 1;
	struct input_file *f = malloc(sizeof *f + len);
	zip_source_t *source;

	if (!f)
		return NULL;
	*f = (struct input_file){.writer = w,
				 .dir_fd = dir_fd,
				 .fd = -1,
				 .size = input->size,
				 .mtime = input->mtime};
	memcpy(f->name, input->name, len);
	zip_error_init(&f->error);
	source = zip_source_function(w->archive, serve_input, f);
	if (!source)
		free(f);
	return source;
}

static zip_source_t *
link_source(const struct zip_writer *w, const char *target)
{
	char *copy = strdup(target);
	zip_source_t *source;

	if (!copy)
		return NULL;
	source = zip_source_buffer(w->archive, copy, strlen(copy), 1);
	if (!source)
		free(copy);
	return source;
}

static int
fail_writing(const char *what, const char *name, zip_t *archive, struct err *e)
{
	zip_error_t *error = zip_get_error(archive);

	return err_set(e, zip_error_code_zip(error) == ZIP_ER_MEMORY ? ERR_SYSTEM : ERR_IO,
		       "%s '%s': %s", what, name, zip_error_strerror(error));
}

int
zip_writer_open(struct zip_writer *w, const char *path, struct err *e)
{
	zip_error_t error;
	int code = 0;

	w->n_lost = 0;
	w->archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
	if (w->archive)
		return 0;
	zip_error_init_with_code(&error, code);
	err_set(e, ERR_IO, "cannot make '%s': %s", path, zip_error_strerror(&error));
	zip_error_fini(&error);
	return -1;
}

/*
 * The time in seconds, for a zip has pairs of them; one beyond 32 bits has no such field.
 * Source: the extended timestamp of Info-ZIP's extrafld.txt.
 */
static int
add_time(zip_t *archive, zip_uint64_t index, time_t mtime)
{
	const uint32_t seconds = (uint32_t)mtime;
	const zip_uint8_t field[] = {1, (zip_uint8_t)seconds, (zip_uint8_t)(seconds >> 8),
				     (zip_uint8_t)(seconds >> 16), (zip_uint8_t)(seconds >> 24)};

	if (mtime < 0 || mtime > INT32_MAX)
		return 0;
	return zip_file_extra_field_set(archive, index, 0x5455, ZIP_EXTRA_FIELD_NEW, field,
					sizeof field, ZIP_FL_LOCAL | ZIP_FL_CENTRAL);
}

int
zip_writer_add(struct zip_writer *w, const struct zip_input *input, int dir_fd, struct err *e)
{
	zip_source_t *source = NULL;
	zip_int64_t index;

	if (S_ISDIR(input->mode)) {
		index = zip_dir_add(w->archive, input->name, 0);
	} else {
		source = input->link ? link_source(w, input->link) : file_source(w, input, dir_fd);
		if (!source)
			return err_set(e, ERR_SYSTEM, "cannot add '%s': no memory", input->name);
		index = zip_file_add(w->archive, input->name, source, 0);
		if (index < 0)
			zip_source_free(source);
	}
	if (index < 0 || zip_file_set_mtime(w->archive, (zip_uint64_t)index, input->mtime, 0) ||
	    add_time(w->archive, (zip_uint64_t)index, input->mtime) ||
	    zip_file_set_external_attributes(w->archive, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
					     (zip_uint32_t)input->mode << 16))
		return fail_writing("cannot add", input->name, w->archive, e);
	return 0;
}

static int
ask_cancelled(zip_t *archive, void *arg)
{
	bool (*const *is_cancelled)(void) = arg;

	(void)archive;
	return (*is_cancelled)();
}

int
zip_writer_finish(struct zip_writer *w, bool (*is_cancelled)(void), struct err *e)
{
	zip_error_t *error = zip_get_error(w->archive);
	int result;

	if (is_cancelled)
		zip_register_cancel_callback_with_state(w->archive, ask_cancelled, NULL,
							&is_cancelled);
	result = zip_close(w->archive);
	if (!result) {
		w->archive = NULL;
		return 0;
	}
	if (zip_error_code_zip(error) == ZIP_ER_CANCELLED)
		err_set(e, ERR_SYSTEM, "it was cancelled");
	else
		fail_writing("cannot write", "the archive", w->archive, e);
	zip_writer_close(w);
	return -1;
}

void
zip_writer_close(struct zip_writer *w)
{
	if (w->archive)
		zip_discard(w->archive);
	w->archive = NULL;
}
