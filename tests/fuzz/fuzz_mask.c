/* SPDX-License-Identifier: MIT */
/* fuzz_mask - the first byte says how many bytes are a value, and its half one; then the output. */
#include "cfg/mask.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
drop(void *arg, const char *data, size_t len)
{
	*(size_t *)arg += len ? (size_t)data[len - 1] : 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	size_t n = size > 1 && data[0] < size ? data[0] : 0, sum = 0, part;
	struct mask_stream s = MASK_STREAM_INIT;
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;
	const char *t = (const char *)data;
	int bad = n && (mask_add(&m, t + 1, n, &e) || mask_add(&m, t + 1, n / 2, &e));

	mask_finish(&m);
	for (size_t at = bad || mask_stream_open(&s, &m, &e) ? size : 0; at < size; at += part)
		mask_feed(&s, t + at, part = 1 + at % (size - at), drop, &sum);
	mask_feed(&s, "", 0, drop, &sum);
	mask_stream_close(&s);
	return mask_free(&m), 0;
}
