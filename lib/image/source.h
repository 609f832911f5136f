/* SPDX-License-Identifier: MIT */
/* source - an image's entries, whichever kind of archive they come in. */
#ifndef IMAGE_SOURCE_H
#define IMAGE_SOURCE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "image/arrival.h"
#include "image/judge.h"
#include "image/tar.h"
#include "image/zip.h"

/* The suffix of an archive's name, without a dot, as installService says it. */
#define SOURCE_SUFFIX_MAX 8

/* The first bytes of an archive that tell its kind. */
#define SOURCE_HEAD_MAX 8

struct source {
	struct arrival *image; /* the caller's */
	bool is_tar;
	struct zip_reader zip; /* one of the two */
	struct tar_reader tar;
	struct judge *judge;
	pthread_t confirming;
	bool is_confirming;
	int confirmed; /* 0 once all is judged, else -1 and refusal says why */
	struct err refusal;
};

#define SOURCE_INIT ((struct source){.image = NULL, .confirmed = -1})

/*
 * source_tell_kind - tell an archive's kind by its content; its name must agree at the end.
 *
 * head, len  the first bytes of the file, SOURCE_HEAD_MAX where there are as many
 * name       the file's name, for messages as well; NULL where it has none
 * suffix     set to the suffix that the name has, or the kind's first one
 *
 * Fails:   ERR_UNSAFE.
 */
int source_tell_kind(const char *head, size_t len, const char *name,
		     char suffix[static SOURCE_SUFFIX_MAX], struct err *e)
	__attribute__((warn_unused_result));

/*
 * source_open - open an archive and judge every entry, as far as its directory tells; a tar, which
 * has none, is read whole.
 *
 * The rest of the judging goes on in a thread: source_confirm waits for it.
 *
 * Fails:   ERR_UNSAFE; as arrival_read.
 */
int source_open(struct source *source, struct arrival *image, struct judge *judge, struct err *e)
	__attribute__((warn_unused_result));

/* source_confirm - wait until all is judged; links have their targets then.  May be called again.
 *
 * Fails:   as source_open.
 */
int source_confirm(struct source *source, struct err *e) __attribute__((warn_unused_result));

/*
 * source_share - a second reader, for another thread; it is closed before `of`.
 *
 * It reads only entries for which source_is_shareable holds.  The others are read by `of` itself,
 * once it is confirmed, and fastest in the order of their index.
 */
void source_share(struct source *copy, const struct source *of);
bool source_is_shareable(const struct source *source, const struct entry *entry);

/* source_expect - the last of the entries that will be read next, in order: none behind it is read
 * ahead.
 */
void source_expect(struct source *source, const struct entry *last);

/* source_start, source_next - read one entry: *len is 0 at its end, whose checksum then held.
 *
 * Fails:   ERR_UNSAFE when the data is damaged or not as long as was said.
 */
int source_start(struct source *source, const struct entry *entry, struct err *e)
	__attribute__((warn_unused_result));
int source_next(struct source *source, const struct entry *entry, void *data, size_t size,
		size_t *len, struct err *e) __attribute__((warn_unused_result));
void source_end(struct source *source);

/* source_place - where an entry's bytes are within the image. */
void source_place(const struct source *source, const struct entry *entry, uint64_t *offset,
		  uint64_t *len);

/* source_read - a whole entry.  Fails: ERR_UNSAFE for more than limit bytes; as source_next. */
int source_read(struct source *source, const struct entry *entry, size_t limit, struct buf *out,
		struct err *e) __attribute__((warn_unused_result));

void source_close(struct source *source);

#endif
