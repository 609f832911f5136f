/* SPDX-License-Identifier: MIT */
/* tar - read a packed tar archive: its entries for the judge, the bytes of each in order. */
#ifndef IMAGE_TAR_H
#define IMAGE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/arrival.h"
#include "image/judge.h"
#include "image/unpack.h"

/*
 * An open archive.  A tar has no directory, so it is gone through twice: all of it is judged, then
 * it is unpacked.  Only libarchive's reader of the tar format is used.
 */
struct tar_reader {
	struct arrival *image; /* the caller's */
	enum unpack_kind kind;
	uint64_t bytes_max; /* of the stream: above it the archive is refused */
	uint64_t bytes;	    /* of the stream, so far */
	const void *part;   /* the last of them, as libarchive got them */
	size_t part_len;
	struct unpack *unpack; /* of this pass, as all below */
	struct archive *archive;
	struct archive_entry *entry;
	size_t n_seen;	 /* headers */
	uint64_t left;	 /* of the entry that is read: bytes that it said it has */
	bool is_in_hole; /* the last bytes of that entry are zeros that the archive leaves out */
	struct err *err; /* the caller's, while libarchive calls us back */
};

#define TAR_READER_INIT ((struct tar_reader){.image = NULL})

/*
 * tar_reader_open - read all of an archive and hand every entry to the judge.
 *
 * Fails:   ERR_UNSAFE for what is no whole archive, or holds what the judge refuses; as
 *          arrival_read; ERR_SYSTEM.
 * Source:  tar(5) and archive_read(3) of libarchive.
 */
int tar_reader_open(struct tar_reader *tar, struct arrival *image, enum unpack_kind kind,
		    struct judge *judge, struct err *e) __attribute__((warn_unused_result));

/*
 * tar_reader_start, tar_reader_next - read one entry: *len is 0 at its end.
 *
 * Fast when entries are taken in the order of their index; else the archive is begun anew.
 *
 * Fails:   ERR_UNSAFE when the entry is not what it was when it was judged.
 */
int tar_reader_start(struct tar_reader *tar, const struct entry *entry, struct err *e)
	__attribute__((warn_unused_result));
int tar_reader_next(struct tar_reader *tar, const struct entry *entry, void *data, size_t size,
		    size_t *len, struct err *e) __attribute__((warn_unused_result));

void tar_reader_close(struct tar_reader *tar);

#endif
