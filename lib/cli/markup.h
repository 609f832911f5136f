/* SPDX-License-Identifier: MIT */
/* markup - text of a page of HTML, with SVG in it, as it grows. */
#ifndef CLI_MARKUP_H
#define CLI_MARKUP_H

#include <stdbool.h>

#include "base/buf.h"

/* Begins empty.  After a failure the calls do nothing, so that only `failed` is looked at. */
struct markup {
	struct buf text;
	bool failed; /* out of memory */
};

#define MARKUP_INIT ((struct markup){.text = BUF_INIT})

/* markup_raw - markup as it is; markup_text - what it says: escaped, also within quotes. */
void markup_raw(struct markup *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void markup_text(struct markup *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void markup_free(struct markup *m);

#endif
