/* SPDX-License-Identifier: MIT */
/* zip - read a zip archive: its entries for the judge, and the bytes of each. */
#ifndef IMAGE_ZIP_H
#define IMAGE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/arrival.h"
#include "image/central.h"
#include "image/judge.h"

struct libzip;
struct zip_stream; /* the entry that is being read */

/*
 * An open archive.  Two parsers read its directory, image/central and libzip, and have to agree on
 * every entry: an archive that means one thing to one reader and another to the next is refused.
 */
struct zip_reader {
	struct arrival *image; /* the caller's */
	struct central central;
	const struct central *shared; /* the one in use: this one's or, in a copy, another's */
	struct libzip *libzip;	      /* once confirmed: for the methods that are its */
	bool needs_libzip;	      /* there is an entry of such a method */
	uint64_t bound; /* where the entries that are to be read next end; 0: not known */
	struct zip_stream *stream;
};

#define ZIP_READER_INIT ((struct zip_reader){.image = NULL})

/*
 * zip_reader_open - read an archive's directory and hand every entry to the judge.
 *
 * Only the directory need have arrived.
 *
 * Fails:   ERR_UNSAFE for what is no whole, consistent zip archive, for an encrypted entry, an
 *          unknown method or whatever the judge refuses; ERR_SYSTEM.
 * Source:  PKWARE APPNOTE 6.3.10.
 */
int zip_reader_open(struct zip_reader *zip, struct arrival *image, struct judge *judge,
		    struct err *e) __attribute__((warn_unused_result));

/*
 * zip_reader_confirm - judge what takes longer, or needs the entries' own bytes: that libzip reads
 * the same directory, that local headers agree with it, and where links lead.
 *
 * judge  of zip_reader_open, finished; gets the targets of its links
 *
 * May run in a thread of its own while copies of the reader (zip_reader_share) read entries.
 *
 * Fails:   as zip_reader_open.
 */
int zip_reader_confirm(struct zip_reader *zip, struct judge *judge, struct err *e)
	__attribute__((warn_unused_result));

/*
 * zip_reader_share - a second reader of the same archive, for another thread.
 *
 * It reads only entries for which zip_reader_is_shareable holds, and is closed before `of`.
 */
void zip_reader_share(struct zip_reader *copy, const struct zip_reader *of);
bool zip_reader_is_shareable(const struct zip_reader *zip, const struct entry *entry);

/* zip_reader_start, zip_reader_next - read one entry: *len is 0 at its end, whose CRC then held.
 *
 * Fails:   ERR_UNSAFE when the data is damaged or not as long as the directory says.
 */
int zip_reader_start(struct zip_reader *zip, const struct entry *entry, struct err *e)
	__attribute__((warn_unused_result));
int zip_reader_next(struct zip_reader *zip, const struct entry *entry, void *data, size_t size,
		    size_t *len, struct err *e) __attribute__((warn_unused_result));
void zip_reader_end(struct zip_reader *zip);

/* zip_reader_place - where an entry's bytes are within the image. */
void zip_reader_place(const struct zip_reader *zip, const struct entry *entry, uint64_t *offset,
		      uint64_t *len);

void zip_reader_close(struct zip_reader *zip);

#endif
