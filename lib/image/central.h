/* SPDX-License-Identifier: MIT */
/* central - a zip archive's central directory, read whole: where every entry's bytes are. */
#ifndef IMAGE_CENTRAL_H
#define IMAGE_CENTRAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The methods that image/zip reads itself.  Source: APPNOTE 6.3.10 section 4.4.5. */
#define CENTRAL_STORED 0
#define CENTRAL_DEFLATED 8

struct central_entry {
	uint64_t offset;	   /* of the local header, from the start of the file */
	uint64_t compressed, size; /* bytes */
	uint32_t crc;
	uint32_t name; /* where it starts in names */
	uint16_t name_len;
	uint16_t method;
	uint16_t flags;
};

struct central {
	struct central_entry *entries; /* in the directory's order */
	size_t n_entries;
	char *names;	/* of all entries, one after the other, not terminated */
	uint64_t start; /* where the directory begins: no entry reaches past it */
};

#define CENTRAL_INIT ((struct central){.entries = NULL})

/*
 * central_read - find and read the directory of the archive in fd.
 *
 * n_max  entries above which the archive is refused
 *
 * Strict: the directory must end the file (a comment may follow it, nothing else), hold as many
 * entries as it says, be on one disk; every local header agrees with it; no two entries share bytes
 * or a name; a name has no NUL byte.
 *
 * Fails:   ERR_UNSAFE with the rule that is broken; ERR_SYSTEM.
 * Source:  APPNOTE 6.3.10 sections 4.3.12 to 4.3.16 and 4.5.3.
 */
int central_read(struct central *central, int fd, size_t n_max, struct err *e)
	__attribute__((warn_unused_result));

/*
 * central_find_data - where an entry's own bytes begin, from its local header.
 *
 * header, len  bytes of the file from entry->offset on
 * skip         set to the bytes from there to the data
 *
 * Fails:   ERR_UNSAFE when the local header is cut or differs from the directory.
 */
int central_find_data(const struct central *central, const struct central_entry *entry,
		      const unsigned char *header, size_t len, size_t *skip, struct err *e)
	__attribute__((warn_unused_result));

void central_free(struct central *central);

#endif
