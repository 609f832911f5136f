/* SPDX-License-Identifier: MIT */
/* test_codepage - every byte of code page 437 is what iconv(3) makes of it. */
#include "image/codepage.h"

#include <iconv.h>
#include <string.h>

#include "tests.h"

START_TEST(every_byte_is_what_iconv_makes_of_it)
{
	unsigned char bytes[256];
	char ours[256 * CODEPAGE_GROWTH], theirs[sizeof ours], *in = (char *)bytes, *out = theirs;
	size_t in_len = sizeof bytes, out_len = sizeof theirs, len;
	iconv_t iconv_437 = iconv_open("UTF-8", "CP437");

	ck_assert_ptr_ne(iconv_437, (iconv_t)-1);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)i;
	ck_assert_uint_eq(iconv(iconv_437, &in, &in_len, &out, &out_len), 0);
	iconv_close(iconv_437);
	len = codepage_to_utf8(ours, bytes, sizeof bytes);
	ck_assert_uint_eq(len, sizeof theirs - out_len);
	ck_assert_mem_eq(ours, theirs, len);
}
END_TEST

START_TEST(nothing_becomes_nothing)
{
	char out[1] = "x";

	ck_assert_uint_eq(codepage_to_utf8(out, (const unsigned char *)"", 0), 0);
	ck_assert_int_eq(out[0], 'x');
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, every_byte_is_what_iconv_makes_of_it);
	tcase_add_test(tc, nothing_becomes_nothing);
}
