/* SPDX-License-Identifier: MIT */
/* record - the fields of a zip archive's records, and how one that is damaged is refused. */
#ifndef IMAGE_RECORD_H
#define IMAGE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/arrival.h"

/* Little-endian numbers.  Source: APPNOTE 6.3.10 section 4.4.1.1. */
uint16_t record_16(const unsigned char *p);
uint32_t record_32(const unsigned char *p);
uint64_t record_64(const unsigned char *p);

/* record_refuse - "not a whole, consistent zip archive", and why; ERR_UNSAFE.  Returns -1. */
int record_refuse(const char *why, struct err *e);

/* record_refuse_entry - "entry 'name'", and why, for that rule; ERR_UNSAFE.  Returns -1. */
int record_refuse_entry(const char *name, size_t len, const char *rule, const char *why,
			struct err *e);

/* record_read - all len bytes from offset on.  Fails: ERR_UNSAFE at the end; as arrival_read. */
int record_read(struct arrival *image, void *data, size_t len, uint64_t offset, struct err *e)
	__attribute__((warn_unused_result));

#endif
