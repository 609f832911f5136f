/* SPDX-License-Identifier: MIT */
/* fuzz_signature - any text as a signature and as a key: what is accepted is well-formed. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "image/signature.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The comment goes to logs and terminals: nothing in it may be other than what it looks like. */
static void
check_comment(const struct signature *s)
{
	char shown[SIGNATURE_COMMENT_MAX + 1], value[64], name[SIGNATURE_KEY_NAME];
	size_t len = strlen(s->comment);

	text_printable(shown, s->comment, len);
	if (strcmp(shown, s->comment) != 0 || strchr(s->comment, '\n'))
		abort();
	if (signature_comment_value(s, "id", value, sizeof value) && strpbrk(value, " \t"))
		abort();
	signature_key_name(s, name);
	if (name[strspn(name, "0123456789ABCDEF")] || !name[0])
		abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct signature s;
	unsigned char key_id[SIGNATURE_KEY_ID_BYTES], key[CRYPTO_KEY_BYTES];
	struct err e = ERR_INIT;
	char *text = malloc(size ? size : 1); /* of just this size, for the sanitizer to see */

	memcpy(text, data, size);
	if (signature_parse(&s, text, size, &e) == 0)
		check_comment(&s);
	else if (e.kind != ERR_REFUSED || !e.msg[0])
		abort();
	e = ERR_INIT;
	if (signature_parse_key(text, size, key_id, key, &e) != 0 &&
	    (e.kind != ERR_REFUSED || !e.msg[0]))
		abort();
	free(text);
	return 0;
}
