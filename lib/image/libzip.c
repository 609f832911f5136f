/* SPDX-License-Identifier: MIT */
/* libzip - archives as libzip reads them, beside our own reader; and those that it writes. */
#include "image/libzip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "image/input.h"
#include "image/record.h"

/* What an archive, or an entry that is written, is read through. */
struct stream {
	struct input input;
	zip_error_t error;
	char name[]; /* of a file */
};

/*
 * libzip would tell of a failed read of the image, or a lack of memory, as of a bad archive.  A
 * failed read is kept in the stream; a lack of memory is told by errno, which is 0 before.
 */
struct libzip {
	zip_t *archive;
	struct stream *stream;
};

static void
begin_libzip(struct stream *stream)
{
	stream->input.failure = ERR_INIT;
	errno = 0;
}

/* True, and e filled, when what libzip failed at since begin_libzip is no fault of the archive. */
static bool
is_system_error(const struct stream *stream, const zip_error_t *error, struct err *e)
{
	if (stream->input.failure.kind) {
		*e = stream->input.failure;
		return true;
	}
	if (errno != ENOMEM && zip_error_code_zip(error) != ZIP_ER_MEMORY)
		return false;
	errno = ENOMEM;
	err_sys(e, "cannot read the image");
	return true;
}

static struct stream *
new_stream(const char *name)
{
	size_t len = strlen(name) + 1;
	struct stream *s = calloc(1, sizeof *s + len);

	if (!s)
		return NULL;
	s->input = INPUT_INIT;
	memcpy(s->name, name, len);
	zip_error_init(&s->error);
	return s;
}

static void
free_stream(struct stream *s)
{
	if (!s)
		return;
	input_close(&s->input);
	zip_error_fini(&s->error);
	free(s);
}

static zip_int64_t
fail_stream(struct stream *s, int code, int why)
{
	zip_error_set(&s->error, code, why);
	return -1;
}

static zip_int64_t
serve(void *arg, void *data, zip_uint64_t len, zip_source_cmd_t command)
{
	struct stream *s = arg;
	zip_stat_t *st = data;
	zip_int64_t n;

	switch (command) {
	case ZIP_SOURCE_SUPPORTS:
		return s->input.image
			       ? ZIP_SOURCE_SUPPORTS_SEEKABLE
			       : zip_source_make_command_bitmap(
					 ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
					 ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
	case ZIP_SOURCE_OPEN:
		return input_open(&s->input) ? fail_stream(s, ZIP_ER_OPEN, errno) : 0;
	case ZIP_SOURCE_READ:
		n = input_read(&s->input, data, len);
		return n < 0 ? fail_stream(s, ZIP_ER_READ, errno) : n;
	case ZIP_SOURCE_SEEK:
		n = zip_source_seek_compute_offset(s->input.offset, s->input.size, data, len,
						   &s->error);
		if (n < 0)
			return -1;
		s->input.offset = (uint64_t)n;
		return 0;
	case ZIP_SOURCE_TELL:
		return (zip_int64_t)s->input.offset;
	case ZIP_SOURCE_STAT:
		zip_stat_init(st);
		st->size = s->input.size;
		st->mtime = s->input.mtime;
		st->valid = ZIP_STAT_SIZE | (s->input.image ? 0 : ZIP_STAT_MTIME);
		return sizeof *st;
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&s->error, data, len);
	case ZIP_SOURCE_CLOSE:
		input_close(&s->input);
		return 0;
	case ZIP_SOURCE_FREE:
		if (!s->input.image) /* else it is the reader's */
			free_stream(s);
		return 0;
	default:
		return fail_stream(s, ZIP_ER_OPNOTSUPP, 0);
	}
}

int
libzip_open(struct libzip **zip, struct arrival *image, int64_t *n_entries, struct err *e)
{
	struct libzip *new = *zip = calloc(1, sizeof *new);
	zip_source_t *source;
	zip_error_t error;
	int result = 0;

	if (!new || !(new->stream = new_stream("")))
		return err_sys(e, "cannot read the image");
	new->stream->input.image = image;
	if (arrival_size(image, &new->stream->input.size, e))
		return -1;
	zip_error_init(&error);
	begin_libzip(new->stream);
	source = zip_source_function_create(serve, new->stream, &error);
	if (source)
		new->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
	if (new->archive) {
		*n_entries = zip_get_num_entries(new->archive, 0);
	} else {
		result = is_system_error(new->stream, &error, e)
				 ? -1
				 : record_refuse(zip_error_strerror(&error), e);
		zip_source_free(source);
	}
	zip_error_fini(&error);
	return result;
}

void
libzip_close(struct libzip **zip)
{
	if (!*zip)
		return;
	if ((*zip)->archive)
		zip_discard((*zip)->archive);
	free_stream((*zip)->stream);
	free(*zip);
	*zip = NULL;
}

bool
libzip_supports(unsigned method)
{
	return zip_compression_method_supported((zip_int32_t)method, 0);
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

int
libzip_compare(struct libzip *zip, uint64_t index, const struct central_entry *entry,
	       const char *name, struct err *e)
{
	zip_stat_t st;

	begin_libzip(zip->stream);
	if (zip_stat_index(zip->archive, index, ZIP_FL_ENC_GUESS, &st))
		return is_system_error(zip->stream, zip_get_error(zip->archive), e)
			       ? -1
			       : record_refuse_entry(name, entry->name_len, "structure",
						     zip_strerror(zip->archive), e);
	if (st.encryption_method != ZIP_EM_NONE)
		return record_refuse_entry(name, entry->name_len, "encryption", "is encrypted", e);
	if (strlen(st.name) != entry->name_len || memcmp(st.name, name, entry->name_len) != 0 ||
	    st.size != entry->size || st.comp_size != entry->compressed ||
	    st.comp_method != entry->method || st.crc != entry->crc ||
	    stored_mode(zip->archive, index) != entry->mode)
		return record_refuse_entry(name, entry->name_len, "structure",
					   "is described in two ways", e);
	return 0;
}

int
libzip_start(struct libzip_file *file, struct libzip *zip, const struct entry *entry, struct err *e)
{
	file->zip = zip;
	begin_libzip(zip->stream);
	file->file = zip_fopen_index(zip->archive, entry->index, 0);
	if (file->file)
		return 0;
	return is_system_error(zip->stream, zip_get_error(zip->archive), e)
		       ? -1
		       : record_refuse_entry(entry->name, strlen(entry->name), "data",
					     zip_strerror(zip->archive), e);
}

int
libzip_next(struct libzip_file *file, const struct entry *entry, void *data, size_t size,
	    size_t *len, struct err *e)
{
	char why[128];
	zip_int64_t n;

	begin_libzip(file->zip->stream);
	n = zip_fread(file->file, data, size);
	*len = 0;
	if (n < 0) {
		if (is_system_error(file->zip->stream, zip_file_get_error(file->file), e))
			return -1;
		snprintf(why, sizeof why, "is damaged: %s", zip_file_strerror(file->file));
		return record_refuse_entry(entry->name, strlen(entry->name), "data", why, e);
	}
	*len = (size_t)n;
	return 0;
}

void
libzip_end(struct libzip_file *file)
{
	if (file->file)
		zip_fclose(file->file);
	file->file = NULL;
}

/* --- writing --- */

static zip_source_t *
file_source(struct libzip_writer *w, const struct libzip_item *item, int dir_fd)
{
	struct stream *s = new_stream(item->name);
	zip_source_t *source;

	if (!s)
		return NULL;
	s->input.name = s->name;
	s->input.dir_fd = dir_fd;
	s->input.size = item->size;
	s->input.mtime = item->mtime;
	s->input.n_lost = &w->n_lost;
	source = zip_source_function(w->archive, serve, s);
	if (!source)
		free_stream(s);
	return source;
}

static zip_source_t *
link_source(const struct libzip_writer *w, const char *target)
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
libzip_writer_open(struct libzip_writer *w, const char *path, struct err *e)
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
libzip_writer_add(struct libzip_writer *w, const struct libzip_item *item, int dir_fd,
		  struct err *e)
{
	zip_source_t *source = NULL;
	zip_int64_t index;

	if (S_ISDIR(item->mode)) {
		index = zip_dir_add(w->archive, item->name, 0);
	} else {
		source = item->link ? link_source(w, item->link) : file_source(w, item, dir_fd);
		if (!source)
			return err_set(e, ERR_SYSTEM, "cannot add '%s': no memory", item->name);
		index = zip_file_add(w->archive, item->name, source, 0);
		if (index < 0)
			zip_source_free(source);
	}
	if (index < 0 || zip_file_set_mtime(w->archive, (zip_uint64_t)index, item->mtime, 0) ||
	    add_time(w->archive, (zip_uint64_t)index, item->mtime) ||
	    zip_file_set_external_attributes(w->archive, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
					     (zip_uint32_t)item->mode << 16))
		return fail_writing("cannot add", item->name, w->archive, e);
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
libzip_writer_finish(struct libzip_writer *w, bool (*is_cancelled)(void), struct err *e)
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
	libzip_writer_close(w);
	return -1;
}

void
libzip_writer_close(struct libzip_writer *w)
{
	if (w->archive)
		zip_discard(w->archive);
	w->archive = NULL;
}
