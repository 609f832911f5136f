/* SPDX-License-Identifier: MIT */
/* keyline - a key as one line of text: what it is for, and its bytes. */
#include "cfg/keyline.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define BASE64_LEN (CRYPTO_BASE64(CRYPTO_KEY_BYTES) - 1)

int
keyline_parse(const char *text, size_t len, const char *kind,
	      unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
{
	size_t kind_len = strlen(kind), least = kind_len + 1 + BASE64_LEN;
	const char *end;

	if (len && text[len - 1] == '\n')
		len--;
	if (len && text[len - 1] == '\r')
		len--;
	end = text + least;
	if (len < least || len >= KEYLINE_MAX || memchr(text, '\n', len) ||
	    memcmp(text, kind, kind_len) != 0 || text[kind_len] != ' ' ||
	    (len > least && *end != ' ') ||
	    !crypto_base64(key, CRYPTO_KEY_BYTES, text + kind_len + 1, BASE64_LEN))
		return err_set(e, ERR_UNSAFE, "is not a line of '%s' and a key in base64", kind);
	return 0;
}

size_t
keyline_format(char line[static KEYLINE_MAX], const char *kind,
	       const unsigned char key[static CRYPTO_KEY_BYTES], const char *comment)
{
	char base64[CRYPTO_BASE64(CRYPTO_KEY_BYTES)];
	int n;

	crypto_to_base64(base64, sizeof base64, key, CRYPTO_KEY_BYTES);
	n = snprintf(line, KEYLINE_MAX, "%s %s%s%.200s\n", kind, base64, comment ? " " : "",
		     comment ? comment : "");
	explicit_bzero(base64, sizeof base64);
	return (size_t)n;
}

void
keyline_id(const unsigned char key[static CRYPTO_KEY_BYTES], char id[static KEYLINE_ID])
{
	unsigned char digest[CRYPTO_BLAKE2B_BYTES];

	crypto_blake2b(key, CRYPTO_KEY_BYTES, digest);
	text_hex(id, digest, (KEYLINE_ID - 1) / 2);
}
