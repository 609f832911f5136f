/* SPDX-License-Identifier: MIT */
/* scratch_tar - packed tar archives of a test's own, in its scratch directory. */
#ifndef TESTS_UNIT_SCRATCH_TAR_H
#define TESTS_UNIT_SCRATCH_TAR_H

#include "scratch_image.h"

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <libdeflate.h>
#include <lzma.h>

#define SCRATCH_TAR_MAX (1u << 20)

/* len bytes as one gzip stream, at `packed`; returns its length. */
static inline size_t
scratch_gzip(const void *data, size_t len, void *packed, size_t room)
{
	struct libdeflate_compressor *gzip = libdeflate_alloc_compressor(6);
	size_t n = libdeflate_gzip_compress(gzip, data, len, packed, room);

	libdeflate_free_compressor(gzip);
	ck_assert_uint_gt(n, 0);
	return n;
}

static inline size_t
scratch_bzip2(const void *data, size_t len, void *packed, size_t room)
{
	unsigned n = (unsigned)room;

	ck_assert_int_eq(BZ2_bzBuffToBuffCompress(packed, &n, (char *)(uintptr_t)data,
						  (unsigned)len, 1, 0, 0),
			 BZ_OK);
	return n;
}

static inline size_t
scratch_xz(const void *data, size_t len, void *packed, size_t room)
{
	size_t n = 0;

	ck_assert_int_eq(
		lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, data, len, packed, &n, room),
		LZMA_OK);
	return n;
}

/* Chooses one of libarchive's formats: archive_write_set_format_*(3). */
typedef int scratch_tar_format(struct archive *);

/* A tar of these items; one without a mode is a hard link to the item that its content names. */
static inline size_t
scratch_tar_bytes(scratch_tar_format *format, const struct item *items, void *data)
{
	struct archive *archive = archive_write_new();
	size_t used = 0;

	ck_assert_int_eq(format(archive), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_memory(archive, data, SCRATCH_TAR_MAX, &used),
			 ARCHIVE_OK);
	for (; items->name; items++) {
		struct archive_entry *entry = archive_entry_new();
		size_t len = S_ISREG(items->mode) ? strlen(items->content) : 0;

		archive_entry_set_pathname(entry, items->name);
		archive_entry_set_mode(entry, items->mode ? items->mode : S_IFREG | 0644);
		archive_entry_set_size(entry, (la_int64_t)len);
		archive_entry_set_mtime(entry, 1265333346, 0);
		if (S_ISLNK(items->mode))
			archive_entry_set_symlink(entry, items->content);
		else if (!items->mode)
			archive_entry_set_hardlink(entry, items->content);
		/* It warns of what is not ASCII, in the locale that tests have. */
		ck_assert_int_ge(archive_write_header(archive, entry), ARCHIVE_WARN);
		ck_assert_int_eq(archive_write_data(archive, items->content, len), (la_ssize_t)len);
		archive_entry_free(entry);
	}
	ck_assert_int_eq(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	return used;
}

/* The file `name`, packed as the last letter of it says: by gzip, or by bzip2 ("2"). */
static inline void
scratch_tar(const char *name, scratch_tar_format *format, const struct item *items)
{
	char *tar = malloc(SCRATCH_TAR_MAX), *packed = malloc(SCRATCH_TAR_MAX);
	size_t n = scratch_tar_bytes(format, items, tar);

	n = name[strlen(name) - 1] == '2' ? scratch_bzip2(tar, n, packed, SCRATCH_TAR_MAX)
					  : scratch_gzip(tar, n, packed, SCRATCH_TAR_MAX);
	scratch_write_bytes(name, packed, n);
	free(tar);
	free(packed);
}

#endif
