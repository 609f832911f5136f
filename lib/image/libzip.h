/* SPDX-License-Identifier: MIT */
/* libzip - archives as libzip reads them, beside our own reader; and those that it writes. */
#ifndef IMAGE_LIBZIP_H
#define IMAGE_LIBZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "image/arrival.h"
#include "image/central.h"
#include "image/judge.h"

struct libzip; /* an archive that is read */

/*
 * libzip_open - read the directory of an image, which is the caller's.
 *
 * *zip is to be closed where it fails, too.
 *
 * Fails:   ERR_UNSAFE for what libzip takes for no whole archive; ERR_SYSTEM; as arrival_read.
 */
int libzip_open(struct libzip **zip, struct arrival *image, int64_t *n_entries, struct err *e)
	__attribute__((warn_unused_result));
void libzip_close(struct libzip **zip);

/* libzip_supports - whether entries of that method can be read. */
bool libzip_supports(unsigned method);

/*
 * libzip_compare - where the two readers of the directory differ, one of them could be shown
 *                  another archive.
 *
 * name  of the entry, which has entry->name_len bytes
 *
 * Fails:   ERR_UNSAFE where they do; ERR_SYSTEM; as arrival_read.
 */
int libzip_compare(struct libzip *zip, uint64_t index, const struct central_entry *entry,
		   const char *name, struct err *e) __attribute__((warn_unused_result));

/* An entry that is being read. */
struct libzip_file {
	struct libzip *zip;
	void *file; /* libzip's; NULL for none */
};

/*
 * libzip_start, libzip_next, libzip_end - read one entry: *len is 0 at its end, where its CRC held.
 *
 * Fails:   ERR_UNSAFE when the data is damaged; ERR_SYSTEM; as arrival_read.
 */
int libzip_start(struct libzip_file *file, struct libzip *zip, const struct entry *entry,
		 struct err *e) __attribute__((warn_unused_result));
int libzip_next(struct libzip_file *file, const struct entry *entry, void *data, size_t size,
		size_t *len, struct err *e) __attribute__((warn_unused_result));
void libzip_end(struct libzip_file *file);

/* --- writing --- */

/* An archive that is being made; nothing is on the disk before libzip_writer_finish. */
struct libzip_writer {
	void *archive;	 /* libzip's */
	unsigned n_lost; /* files that were gone when they were wanted: empty there */
};

#define LIBZIP_WRITER_INIT ((struct libzip_writer){.archive = NULL})

/* What goes into it. */
struct libzip_item {
	const char *name; /* a path within the archive, without a slash at its end */
	mode_t mode;	  /* its kind too: a directory, a link or a file */
	time_t mtime;
	uint64_t size;	  /* of a file, as it is now */
	const char *link; /* of a link: where it leads */
};

/* libzip_writer_open - path is replaced at libzip_writer_finish, by a file of the umask's mode. */
int libzip_writer_open(struct libzip_writer *w, const char *path, struct err *e)
	__attribute__((warn_unused_result));

/*
 * libzip_writer_add - add an entry.
 *
 * dir_fd  a file's bytes are read from its name beneath this directory, at libzip_writer_finish and
 *         through no link; it stays open until then
 */
int libzip_writer_add(struct libzip_writer *w, const struct libzip_item *item, int dir_fd,
		      struct err *e) __attribute__((warn_unused_result));

/*
 * libzip_writer_finish - write it all.
 *
 * is_cancelled  asked now and then, or NULL; it is given up when that says so
 *
 * Fails:   ERR_IO for a file that cannot be read or an archive that cannot be written; ERR_SYSTEM
 *          when it was cancelled.  The writer is then closed as well, and path as it was.
 */
int libzip_writer_finish(struct libzip_writer *w, bool (*is_cancelled)(void), struct err *e)
	__attribute__((warn_unused_result));

/* libzip_writer_close - give up what was not finished. */
void libzip_writer_close(struct libzip_writer *w);

#endif
