/* SPDX-License-Identifier: MIT */
/* central - a zip archive's central directory, read whole: where every entry's bytes are. */
#ifndef IMAGE_CENTRAL_H
#define IMAGE_CENTRAL_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "image/arrival.h"

/* The methods that image/zip reads itself.  Source: APPNOTE 6.3.10 section 4.4.5. */
#define CENTRAL_STORED 0
#define CENTRAL_DEFLATED 8
/* Flags, 4.4.4. */
#define CENTRAL_ENCRYPTED 0x2041 /* any of: encrypted, strongly so, with masked headers */
#define CENTRAL_PATCH 0x0020	 /* what is stored changes another file */
#define CENTRAL_UTF8 0x0800
#define CENTRAL_LOCAL_LEN 30 /* of a local header, without its name: 4.3.7 */

struct central_entry {
	uint64_t offset;	   /* of the local header, from the start of the file */
	uint64_t end;		   /* where the next entry or the directory begins */
	uint64_t compressed, size; /* bytes */
	uint32_t crc;
	uint32_t name;	 /* where it starts in names */
	uint32_t stored; /* likewise the name as the headers have it, where it is not the same */
	uint32_t name_len;
	uint16_t stored_len;
	uint16_t method;
	uint16_t flags;
	uint16_t mode; /* with file type bits; 0 when the archive does not tell */
	time_t mtime;
};

struct central {
	struct central_entry *entries; /* in the directory's order */
	size_t n_entries;
	char *names; /* of all entries, one after the other, not terminated */
	size_t names_len, names_size;
	size_t n_converted; /* names that were in code page 437 */
	uint64_t start;	    /* where the directory begins: no entry reaches past it */
};

#define CENTRAL_INIT ((struct central){.entries = NULL})

/*
 * central_read - find and read the directory of an archive.
 *
 * n_max  entries above which the archive is refused
 *
 * Strict: the directory must end the file (a comment may follow it, nothing else), hold as many
 * entries as it says, be on one disk; no two entries share bytes; a name has no NUL byte.
 *
 * A name that is neither said to be UTF-8 nor is, nor has its UTF-8 form beside it, is in code page
 * 437, and becomes UTF-8.
 *
 * Fails:   ERR_UNSAFE with the rule that is broken; ERR_SYSTEM.
 * Source:  APPNOTE 6.3.10 sections 4.3.12 to 4.3.16, 4.4.2, 4.4.6, 4.5.3 and appendix D; of the
 *          extra fields Info-ZIP's 0x5455 for times.
 */
int central_read(struct central *central, struct arrival *image, size_t n_max, struct err *e)
	__attribute__((warn_unused_result));

void central_free(struct central *central);

/* --- for image/local, which reads the same of an entry's own header --- */

/* central_refuse_entry - what e has, once it is known of which entry it is.  Returns -1. */
int central_refuse_entry(const struct central *central, const struct central_entry *entry,
			 struct err *e);

/*
 * central_take_zip64 - the sizes and the offset that len bytes of extra fields have for those that
 * are absent.
 *
 * Readers differ in which of two zip64 fields they take: there may be one.
 *
 * Fails:   ERR_UNSAFE for two, and for fields that are cut.
 */
int central_take_zip64(struct central_entry *entry, const unsigned char *extra, size_t len,
		       struct err *e) __attribute__((warn_unused_result));

/*
 * central_find_name - the UTF-8 name that Info-ZIP's field 0x7075 has for a stored name of another
 * code page; NULL when there is none, or it is of a name that was changed since.
 */
const unsigned char *central_find_name(const unsigned char *extra, size_t len, const void *stored,
				       size_t stored_len, size_t *name_len);

#endif
