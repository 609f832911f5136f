/* SPDX-License-Identifier: MIT */
/* codepage - names in code page 437, as a zip archive has them that says nothing else, to UTF-8. */
#ifndef IMAGE_CODEPAGE_H
#define IMAGE_CODEPAGE_H

#include <stddef.h>

/* The most bytes of UTF-8 that one byte becomes. */
#define CODEPAGE_GROWTH 3

/*
 * codepage_to_utf8 - len bytes of code page 437 as UTF-8, whose length is returned.
 *
 * out  holds CODEPAGE_GROWTH * len bytes; not terminated
 *
 * What is ASCII stays as it is, control characters too.
 */
size_t codepage_to_utf8(char *out, const unsigned char *bytes, size_t len);

#endif
