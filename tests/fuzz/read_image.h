/* SPDX-License-Identifier: MIT */
/* read_image - any bytes as an image: judged, and every entry that is accepted read to its end. */
#ifndef TESTS_FUZZ_READ_IMAGE_H
#define TESTS_FUZZ_READ_IMAGE_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/source.h"

/* What is accepted is what was judged: names that stay within, as many bytes as were said. */
static inline void
read_entry(struct source *source, const struct entry *entry, struct err *e)
{
	static char part[65536];
	uint64_t done = 0;
	size_t len = 0;
	int bad = source_start(source, entry, e);

	while (!bad && !(bad = source_next(source, entry, part, sizeof part, &len, e)) && len)
		done += len;
	source_end(source);
	if (entry->name[0] == '/' || (!bad && entry->kind == ENTRY_FILE && done != entry->size) ||
	    (entry->kind == ENTRY_LINK && (!entry->target || entry->target[0] == '/')))
		abort();
}

static inline void
read_image(const void *data, size_t size)
{
	struct source source = SOURCE_INIT;
	struct judge j = JUDGE_INIT;
	struct err e = ERR_INIT;
	struct arrival image;
	int fd = memfd_create("image", 0);

	j.limits.total_bytes = 1 << 20; /* what a run reads in no time */
	if (pwrite(fd, data, size, 0) != (ssize_t)size || arrival_open_whole(&image, fd, &e))
		abort();
	if (!source_open(&source, &image, &j, &e) && !source_confirm(&source, &e))
		for (size_t i = 0; i < j.n_entries; i++)
			read_entry(&source, &j.entries[i], &e);
	source_close(&source);
	judge_free(&j);
	arrival_close(&image);
	close(fd);
}

#endif
