/* SPDX-License-Identifier: MIT */
/* end - the records at the end of a zip archive: where its directory is. */
#include "image/end.h"

#include <stdbool.h>
#include <stdlib.h>

#include "image/record.h"

/* Sizes and signatures.  Source: APPNOTE 6.3.10, the section is behind each. */
#define END_LEN 22 /* 4.3.16 */
#define END_SIGNATURE 0x06054b50
#define COMMENT_MAX 65535
#define LOCATOR_LEN 20 /* 4.3.15 */
#define LOCATOR_SIGNATURE 0x07064b50
#define END64_LEN 56 /* 4.3.14 */
#define END64_SIGNATURE 0x06064b50
#define ABSENT32 0xffffffffu
#define ABSENT16 0xffffu

static int
read_end64(struct arrival *image, uint64_t position, const unsigned char *locator, struct end *end,
	   struct err *e)
{
	unsigned char record[END64_LEN];
	uint64_t at = record_64(locator + 8);

	if (record_32(locator + 4) != 0 ||
	    record_32(locator + 16) > 1) /* 0: some count from there */
		return record_refuse("it is spread over several disks", e);
	if (at > position || position - at < LOCATOR_LEN + END64_LEN)
		return record_refuse("its zip64 record is not where it should be", e);
	if (record_read(image, record, sizeof record, at, e))
		return -1;
	/* 4.3.14.1: the size leaves out the signature and itself. */
	if (record_32(record) != END64_SIGNATURE ||
	    record_64(record + 4) != position - LOCATOR_LEN - at - 12)
		return record_refuse("its zip64 record is damaged", e);
	if (record_32(record + 16) != 0 || record_32(record + 20) != 0 ||
	    record_64(record + 24) != record_64(record + 32))
		return record_refuse("it is spread over several disks", e);
	end->position = at;
	end->n_entries = record_64(record + 32);
	end->size = record_64(record + 40);
	end->offset = record_64(record + 48);
	return 0;
}

/* True when an end record's fields agree with the zip64 record's, or are left to it. */
static bool
agrees(uint64_t small, uint64_t absent, uint64_t large)
{
	return small == absent || small == large;
}

/* True where there is an end record of which the comment is not what follows it. */
static bool
has_end(const unsigned char *tail, size_t len)
{
	for (size_t i = 0; i + END_LEN <= len; i++)
		if (record_32(tail + i) == END_SIGNATURE &&
		    i + END_LEN + record_16(tail + i + END_LEN - 2) < len)
			return true;
	return false;
}

/* The last end record whose comment reaches exactly to the end of the file; NULL for none. */
static const unsigned char *
find_end(const unsigned char *tail, size_t len)
{
	for (size_t comment = 0; comment <= COMMENT_MAX && comment + END_LEN <= len; comment++)
		if (record_32(tail + len - END_LEN - comment) == END_SIGNATURE &&
		    record_16(tail + len - comment - 2) == comment)
			return tail + len - END_LEN - comment;
	return NULL;
}

int
end_find(struct arrival *image, struct end *end, struct err *e)
{
	static const char missing[] = "its directory is missing";
	unsigned char *tail;
	const unsigned char *p;
	uint64_t size = 0;
	size_t len;
	int result = -1;

	if (arrival_size(image, &size, e))
		return -1;
	if (size < END_LEN)
		return record_refuse(missing, e);
	len = size < LOCATOR_LEN + END_LEN + COMMENT_MAX ? (size_t)size
							 : LOCATOR_LEN + END_LEN + COMMENT_MAX;
	tail = malloc(len);
	if (!tail)
		return err_sys(e, "cannot read the image");
	if (record_read(image, tail, len, size - len, e))
		goto out;
	p = find_end(tail, len);
	if (!p) {
		record_refuse(has_end(tail, len) ? "there are more bytes behind its end" : missing,
			      e);
		goto out;
	}
	end->position = size - len + (uint64_t)(p - tail);
	end->n_entries = record_16(p + 10);
	end->size = record_32(p + 12);
	end->offset = record_32(p + 16);
	if (p - tail >= LOCATOR_LEN && record_32(p - LOCATOR_LEN) == LOCATOR_SIGNATURE) {
		if (read_end64(image, end->position, p - LOCATOR_LEN, end, e))
			goto out;
		if (!agrees(record_16(p + 10), ABSENT16, end->n_entries) ||
		    !agrees(record_32(p + 12), ABSENT32, end->size) ||
		    !agrees(record_32(p + 16), ABSENT32, end->offset)) {
			record_refuse("its two end records disagree", e);
			goto out;
		}
	} else if (record_16(p + 4) != 0 || record_16(p + 6) != 0 ||
		   record_16(p + 8) != record_16(p + 10)) {
		record_refuse("it is spread over several disks", e);
		goto out;
	}
	result = 0;
out:
	free(tail);
	return result;
}
