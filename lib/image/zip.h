/* SPDX-License-Identifier: MIT */
/* zip - read a zip archive: its entries for the judge, and the bytes of each; and write one. */
#ifndef IMAGE_ZIP_H
#define IMAGE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "image/arrival.h"
#include "image/central.h"
#include "image/judge.h"

struct zip_stream; /* the entry that is being read */

/*
 * An open archive.  Two parsers read its directory, image/central and libzip, and have to agree on
 * every entry: an archive that means one thing to one reader and another to the next is refused.
 */
struct zip_reader {
	struct arrival *image; /* the caller's */
	struct central central;
	const struct central *shared; /* the one in use: this one's or, in a copy, another's */
	void *archive;		      /* libzip's, once confirmed: for the methods that are its */
	struct zip_bytes *bytes;      /* what it reads the image through */
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

/* --- writing --- */

/* An archive that is being made; nothing is on the disk before zip_writer_finish. */
struct zip_writer {
	void *archive;	 /* libzip's */
	unsigned n_lost; /* files that were gone when they were wanted: empty there */
};

#define ZIP_WRITER_INIT ((struct zip_writer){.archive = NULL})

/* What goes into it. */
struct zip_input {
	const char *name; /* a path within the archive, without a slash at its end */
	mode_t mode;	  /* its kind too: a directory, a link or a file */
	time_t mtime;
	uint64_t size;	  /* of a file, as it is now */
	const char *link; /* of a link: where it leads */
};

/* zip_writer_open - path is replaced at zip_writer_finish, by a file of the umask's mode. */
int zip_writer_open(struct zip_writer *w, const char *path, struct err *e)
	__attribute__((warn_unused_result));

/*
 * zip_writer_add - add an entry.
 *
 * dir_fd  a file's bytes are read from its name beneath this directory, at zip_writer_finish and
 *         through no link; it stays open until then
 */
int zip_writer_add(struct zip_writer *w, const struct zip_input *input, int dir_fd, struct err *e)
	__attribute__((warn_unused_result));

/*
 * zip_writer_finish - write it all.
 *
 * is_cancelled  asked now and then, or NULL; it is given up when that says so
 *
 * Fails:   ERR_IO for a file that cannot be read or an archive that cannot be written; ERR_SYSTEM
 *          when it was cancelled.  The writer is then closed as well, and path as it was.
 */
int zip_writer_finish(struct zip_writer *w, bool (*is_cancelled)(void), struct err *e)
	__attribute__((warn_unused_result));

/* zip_writer_close - give up what was not finished. */
void zip_writer_close(struct zip_writer *w);

#endif
