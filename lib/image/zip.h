/* SPDX-License-Identifier: MIT */
/* zip - read a zip archive: its entries for the judge, and the bytes of each. */
#ifndef IMAGE_ZIP_H
#define IMAGE_ZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "image/central.h"
#include "image/judge.h"

struct zip_stream; /* the entry that is being read */

/*
 * An open archive.  Two parsers read its directory, libzip and image/central, and have to agree on
 * every entry: an archive that means one thing to one reader and another to the next is refused.
 */
struct zip_reader {
	int fd;	       /* the caller's */
	void *archive; /* libzip's: methods other than stored and deflated are left to it */
	struct central central;
	const struct central
		*shared; /* the directory in use: this one's or, in a copy, another's */
	struct zip_stream *stream;
};

#define ZIP_READER_INIT ((struct zip_reader){.fd = -1})

/*
 * zip_reader_open - open an archive and hand every entry to the judge.
 *
 * fd  a regular file, read from its start; the caller keeps it.  Nothing else is ever opened, so
 *     what is judged is what is read later.
 *
 * Fails:   ERR_UNSAFE for what is no whole, consistent zip archive, for an encrypted entry, an
 *          unknown method or whatever the judge refuses; ERR_SYSTEM.
 * Source:  PKWARE APPNOTE 6.3.10; image/central.h compares local and central headers.
 */
int zip_reader_open(struct zip_reader *zip, int fd, struct judge *judge, struct err *e)
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

void zip_reader_close(struct zip_reader *zip);

#endif
