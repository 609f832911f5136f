/* SPDX-License-Identifier: MIT */
/* fuzz_sealed - any text as a sealed configuration and as a key: nothing of it is ever opened. */
#include <stdlib.h>
#include <string.h>

#include "cfg/sealed.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_plain(const struct sealed *s)
{
	struct err e = ERR_INIT;

	if (text_check_id("service", s->service, TEXT_SERVICE_ID_MAX, &e) ||
	    strlen(s->host) != KEYLINE_ID - 1 || text_choose(SEALED_EVENTS, s->event) < 0 ||
	    s->sequence < 0 || s->expires < 0 || s->signed_len <= s->header_len)
		abort();
}

/* With keys that have sealed and signed nothing. */
static void
try_open(const struct sealed *s)
{
	static const unsigned char key[CRYPTO_KEY_BYTES] = {9};
	struct secret out = SECRET_INIT;
	struct err e = ERR_INIT;

	if (sealed_is_signed_by(s, key) || !sealed_open(s, key, &out, &e) || !e.msg[0])
		abort();
	secret_free(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = malloc(size ? size : 1); /* of just this size, for the sanitizer to see */
	unsigned char key[CRYPTO_KEY_BYTES];
	struct err e = ERR_INIT;
	struct sealed s;

	memcpy(text, data, size);
	if (sealed_parse(&s, text, size, &e) == 0) {
		check_plain(&s);
		try_open(&s);
	} else if ((e.kind != ERR_UNSAFE && e.kind != ERR_CUT) || !e.msg[0]) {
		abort();
	}
	e = ERR_INIT;
	if (keyline_parse(text, size, KEYLINE_HOST, key, &e) && e.kind != ERR_UNSAFE)
		abort();
	free(text);
	return 0;
}
