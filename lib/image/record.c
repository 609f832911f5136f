/* SPDX-License-Identifier: MIT */
/* record - the fields of a zip archive's records, and how one that is damaged is refused. */
#include "image/record.h"

uint16_t
record_16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t
record_32(const unsigned char *p)
{
	return record_16(p) | (uint32_t)record_16(p + 2) << 16;
}

uint64_t
record_64(const unsigned char *p)
{
	return record_32(p) | (uint64_t)record_32(p + 4) << 32;
}

int
record_refuse(const char *why, struct err *e)
{
	err_set(e, ERR_UNSAFE, "not a whole, consistent zip archive (cut off?): %s", why);
	return err_refuse(e, "structure", NULL, 0, 0);
}

int
record_refuse_entry(const char *name, size_t len, const char *rule, const char *why, struct err *e)
{
	err_set(e, ERR_UNSAFE, "entry '%.*s' %s", len < 160 ? (int)len : 160, name, why);
	return err_refuse(e, rule, name, len, 0);
}

int
record_read(struct arrival *image, void *data, size_t len, uint64_t offset, struct err *e)
{
	size_t got = 0;

	if (arrival_read(image, (struct arrival_range){offset, len, len}, data, &got, e))
		return -1;
	return got < len ? record_refuse("it ends too early", e) : 0;
}
