/* SPDX-License-Identifier: MIT */
/* tar - read a packed tar archive: its entries for the judge, the bytes of each in order. */
#include "image/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What headers, names and padding may take beside the entries' bytes, for each entry. */
#define OVERHEAD_BYTES 8192u

static int
refuse_entry(const char *name, const char *rule, const char *why, struct err *e)
{
	err_set(e, ERR_UNSAFE, "entry '%.160s' %s", name, why);
	return err_refuse(e, rule, name, strlen(name), 0);
}

/* libarchive's callback: a negative answer is a failure, which err then tells. */
static la_ssize_t
feed(struct archive *archive, void *arg, const void **data)
{
	struct tar_reader *tar = arg;
	size_t len = 0;

	(void)archive;
	if (unpack_next(tar->unpack, data, &len, tar->err))
		return -1;
	tar->part = *data;
	tar->part_len = len;
	tar->bytes += len;
	if (tar->bytes <= tar->bytes_max)
		return (la_ssize_t)len;
	err_set(tar->err, ERR_UNSAFE, "the archive unpacks to more than %llu bytes (max-bytes)",
		(unsigned long long)tar->bytes_max);
	return err_refuse(tar->err, "max-bytes", NULL, 0, tar->bytes_max);
}

static void
end_pass(struct tar_reader *tar)
{
	if (tar->archive)
		archive_read_free(tar->archive);
	unpack_close(tar->unpack);
	tar->archive = NULL;
	tar->unpack = NULL;
	tar->entry = NULL;
}

/* What libarchive says, unless a callback of ours has said more. */
static int
refuse_archive(struct tar_reader *tar, struct err *e)
{
	const char *why = archive_error_string(tar->archive);

	if (e->kind)
		return -1;
	/* It says nothing, or this, where it got no memory. */
	if (!why || archive_errno(tar->archive) == ENOMEM) {
		errno = ENOMEM;
		return err_sys(e, "cannot read the image");
	}
	err_set(e, ERR_UNSAFE, "not a whole tar archive: %s", why);
	return err_refuse(e, "structure", NULL, 0, 0);
}

static int
begin_pass(struct tar_reader *tar, struct err *e)
{
	end_pass(tar);
	tar->bytes = 0;
	tar->part_len = 0;
	tar->n_seen = 0;
	tar->err = e;
	tar->unpack = unpack_open(tar->image, tar->kind, e);
	if (!tar->unpack)
		return -1;
	tar->archive = archive_read_new();
	if (!tar->archive || archive_read_support_format_tar(tar->archive) != ARCHIVE_OK)
		return err_sys(e, "cannot read the image");
	return archive_read_open(tar->archive, tar, NULL, feed, NULL) == ARCHIVE_OK
		       ? 0
		       : refuse_archive(tar, e);
}

/*
 * In the locale "C", which is ours, libarchive warns of a name that is not ASCII and leaves it as
 * it is; in any other it would change what Unicode has two forms of.  Whatever else it warns of is
 * something that readers understand in several ways.
 */
static bool
is_about_charset(struct archive *archive)
{
	const char *why = archive_error_string(archive);

	return why && strstr(why, "can't be converted from");
}

/* The next header; tar->entry is NULL behind the last one. */
static int
next_header(struct tar_reader *tar, struct err *e)
{
	int result;

	tar->err = e;
	result = archive_read_next_header(tar->archive, &tar->entry);
	if (result == ARCHIVE_EOF && !e->kind) {
		tar->entry = NULL;
		return 0;
	}
	tar->n_seen++;
	return result == ARCHIVE_OK || (result == ARCHIVE_WARN && is_about_charset(tar->archive))
		       ? 0
		       : refuse_archive(tar, e);
}

static int
judge_entry(struct tar_reader *tar, struct judge *judge, struct err *e)
{
	struct archive_entry *entry = tar->entry;
	const char *name = archive_entry_pathname(entry);
	struct judge_claim claim = {.name = name ? name : "",
				    .name_len = name ? strlen(name) : 0,
				    .mode = archive_entry_mode(entry),
				    .mtime = archive_entry_mtime(entry),
				    .index = (uint32_t)(tar->n_seen - 1)};
	la_int64_t size = archive_entry_size(entry);

	if (archive_entry_hardlink(entry))
		return refuse_entry(claim.name, "type", "is a hard link", e);
	if (S_ISLNK(claim.mode))
		claim.target = archive_entry_symlink(entry);
	if (S_ISLNK(claim.mode) && !claim.target)
		return refuse_entry(claim.name, "link", "has no target", e);
	if (size < 0)
		return refuse_entry(claim.name, "structure", "has a size below zero", e);
	if (S_ISREG(claim.mode))
		claim.size = (uint64_t)size;
	return judge_add(judge, &claim, e);
}

static bool
are_zeros(const unsigned char *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* What is behind the archive's end is filled up with zeros, and the packing's checksum holds. */
static int
drain(struct tar_reader *tar, struct err *e)
{
	size_t left = (size_t)(tar->bytes - (uint64_t)archive_filter_bytes(tar->archive, 0));
	const void *data = tar->part;
	size_t len = tar->part_len;

	if (left < len) { /* what libarchive has taken of it */
		data = (const char *)data + (len - left);
		len = left;
	}
	do {
		if (!are_zeros(data, len) || tar->bytes > tar->bytes_max) {
			err_set(e, ERR_UNSAFE, "the tar archive goes on after its end");
			return err_refuse(e, "structure", NULL, 0, 0);
		}
		if (unpack_next(tar->unpack, &data, &len, e))
			return -1;
		tar->bytes += len;
	} while (len);
	return 0;
}

static int
judge_all(struct tar_reader *tar, struct judge *judge, struct err *e)
{
	if (begin_pass(tar, e))
		return -1;
	for (;;) {
		if (next_header(tar, e))
			return -1;
		if (!tar->entry)
			return drain(tar, e) ? -1 : judge_finish(judge, e);
		if (tar->n_seen > judge->limits.entries) {
			err_set(e, ERR_UNSAFE, "the image has more than %zu entries (max-entries)",
				judge->limits.entries);
			return err_refuse(e, "max-entries", NULL, 0, judge->limits.entries);
		}
		if (judge_entry(tar, judge, e))
			return -1;
		/* Skipped here, not by the next call: its failure is this entry's. */
		if (archive_read_data_skip(tar->archive) < ARCHIVE_WARN)
			return refuse_archive(tar, e);
	}
}

int
tar_reader_open(struct tar_reader *tar, struct arrival *image, enum unpack_kind kind,
		struct judge *judge, struct err *e)
{
	uint64_t overhead = (uint64_t)judge->limits.entries * OVERHEAD_BYTES;
	int result;

	*tar = TAR_READER_INIT;
	tar->image = image;
	tar->kind = kind;
	tar->bytes_max = judge->limits.total_bytes;
	if (tar->bytes_max <= UINT64_MAX - overhead)
		tar->bytes_max += overhead;
	result = judge_all(tar, judge, e);
	end_pass(tar);
	return result;
}

int
tar_reader_start(struct tar_reader *tar, const struct entry *entry, struct err *e)
{
	if ((!tar->archive || tar->n_seen > entry->index) && begin_pass(tar, e))
		return -1;
	while (tar->n_seen <= entry->index) {
		if (next_header(tar, e))
			return -1;
		if (!tar->entry)
			break;
	}
	tar->left = entry->size;
	tar->is_in_hole = false;
	if (tar->entry && S_ISREG(archive_entry_mode(tar->entry)) &&
	    (uint64_t)archive_entry_size(tar->entry) == entry->size)
		return 0;
	return refuse_entry(entry->name, "structure", "is described in two ways", e);
}

/*
 * libarchive fills holes with zeros, but where nothing follows one it says that the entry is at its
 * end.  (Asked again it gives the zeros of some such holes, so it is not.)
 */
static size_t
fill_hole(struct tar_reader *tar, void *data, size_t size)
{
	size_t len = tar->left < size ? (size_t)tar->left : size;

	tar->is_in_hole = true;
	memset(data, 0, len);
	return len;
}

int
tar_reader_next(struct tar_reader *tar, const struct entry *entry, void *data, size_t size,
		size_t *len, struct err *e)
{
	la_ssize_t n = 0;

	tar->err = e;
	if (!tar->is_in_hole)
		n = archive_read_data(tar->archive, data, size);
	*len = n > 0 ? (size_t)n : 0;
	if (n < 0) {
		(void)refuse_archive(tar, e);
		return err_wrap(e, "entry '%.160s'", entry->name);
	}
	if (n == 0)
		*len = fill_hole(tar, data, size);
	if (*len > tar->left) /* a sparse file's map may say anything */
		return refuse_entry(entry->name, "structure", "unpacks to more than it says", e);
	tar->left -= *len;
	return 0;
}

void
tar_reader_close(struct tar_reader *tar)
{
	end_pass(tar);
	*tar = TAR_READER_INIT;
}
