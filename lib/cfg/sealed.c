/* SPDX-License-Identifier: MIT */
/* sealed - a configuration that only one host can read, for one service and use. */
#include "cfg/sealed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "enstratus-sealed 1\n"
#define MAGIC_LEN (sizeof MAGIC - 1)
#define END "end\n"

bool
sealed_is(const char *text, size_t len)
{
	return len >= MAGIC_LEN && memcmp(text, MAGIC, MAGIC_LEN) == 0;
}

/* --- making --- */

static int
add_header(const struct sealed *s, struct buf *out, struct err *e)
{
	return buf_addf(out, e,
			MAGIC "service %s\nhost %s\nevent %s\nsequence %lld\nexpires %lld\n"
			      "signer %s\n",
			s->service, s->host, s->event, s->sequence, s->expires,
			s->signer[0] ? s->signer : "none");
}

static int
add_base64(struct buf *out, const char *word, const unsigned char *data, size_t len, struct err *e)
{
	size_t size = CRYPTO_BASE64(len);
	char *base64 = malloc(size);
	int result;

	if (!base64)
		return err_sys(e, "cannot seal");
	crypto_to_base64(base64, size, data, len);
	result = buf_addf(out, e, "%s %s\n", word, base64);
	free(base64);
	return result;
}

/* The plain part's digest and the text, in the box. */
static int
add_box(struct buf *out, const unsigned char *host, const struct secret *text, struct err *e)
{
	unsigned char digest[CRYPTO_BLAKE2B_BYTES];
	size_t len = sizeof digest + text->len;
	unsigned char *box = malloc(len + CRYPTO_SEAL_BYTES);
	struct secret plain = SECRET_INIT;
	int result = -1;

	crypto_blake2b(out->data, out->len, digest);
	if (!box)
		err_sys(e, "cannot seal");
	else if (!secret_reserve(&plain, len, e) &&
		 !secret_append(&plain, digest, sizeof digest, e) &&
		 !secret_append(&plain, secret_reveal(text), text->len, e) &&
		 !crypto_seal(box, secret_reveal(&plain), plain.len, host, e))
		result = add_base64(out, "box", box, len + CRYPTO_SEAL_BYTES, e);
	secret_free(&plain);
	free(box);
	return result;
}

int
sealed_make(struct sealed *s, const unsigned char host[static CRYPTO_KEY_BYTES],
	    const unsigned char *signer, const struct secret *text, struct buf *out, struct err *e)
{
	unsigned char key[CRYPTO_KEY_BYTES], signature[CRYPTO_SIGNATURE_BYTES];

	keyline_id(host, s->host);
	s->signer[0] = '\0';
	if (signer) {
		crypto_ed25519_public(signer, key);
		keyline_id(key, s->signer);
	}
	if (add_header(s, out, e) || add_box(out, host, text, e))
		return -1;
	if (!signer)
		return buf_addf(out, e, END);
	crypto_ed25519_sign(signature, out->data, out->len, signer);
	return add_base64(out, "signature", signature, sizeof signature, e);
}

/* --- reading --- */

/* What is left to read, line by line. */
struct lines {
	const char *at, *end;
	unsigned number;
};

/* The rest of the next line, which must begin with `word` and a blank. */
static int
take_line(struct lines *lines, const char *word, const char **value, size_t *len, struct err *e)
{
	size_t left = (size_t)(lines->end - lines->at), n = strlen(word);
	const char *newline = left ? memchr(lines->at, '\n', left) : NULL;

	if (!newline)
		return err_set(e, ERR_CUT, "it was cut off: its last line is missing");
	lines->number++;
	*len = (size_t)(newline - lines->at);
	if (*len <= n || memcmp(lines->at, word, n) != 0 || lines->at[n] != ' ')
		return err_set(e, ERR_UNSAFE, "line %u is not '%s ...'", lines->number, word);
	*value = lines->at + n + 1;
	*len -= n + 1;
	lines->at = newline + 1;
	return 0;
}

/* A value of few bytes, as text with an end. */
static int
take_word(struct lines *lines, const char *word, char *out, size_t size, struct err *e)
{
	const char *value = NULL;
	size_t len = 0;

	if (take_line(lines, word, &value, &len, e))
		return -1;
	if (len >= size || memchr(value, '\0', len))
		return err_set(e, ERR_UNSAFE, "line %u has too long a value", lines->number);
	memcpy(out, value, len);
	out[len] = '\0';
	return 0;
}

static int
take_number(struct lines *lines, const char *word, long long *number, struct err *e)
{
	char text[24];

	if (take_word(lines, word, text, sizeof text, e) ||
	    text_number(word, text, 0, __LONG_LONG_MAX__, number, e)) {
		e->kind = e->kind == ERR_USAGE ? ERR_UNSAFE : e->kind;
		return -1;
	}
	return 0;
}

static int
take_id(struct lines *lines, const char *word, char id[static KEYLINE_ID], struct err *e)
{
	if (take_word(lines, word, id, KEYLINE_ID, e))
		return -1;
	if (strlen(id) != KEYLINE_ID - 1 || strspn(id, "0123456789abcdef") != KEYLINE_ID - 1)
		return err_set(e, ERR_UNSAFE, "line %u has no id of a key", lines->number);
	return 0;
}

static int
take_signer(struct sealed *s, struct lines *lines, struct err *e)
{
	const struct lines before = *lines;
	char none[KEYLINE_ID];

	if (take_word(lines, "signer", none, sizeof none, e))
		return -1;
	if (strcmp(none, "none") == 0)
		return 0;
	*lines = before;
	return take_id(lines, "signer", s->signer, e);
}

static int
take_header(struct sealed *s, struct lines *lines, struct err *e)
{
	if (take_word(lines, "service", s->service, sizeof s->service, e) ||
	    take_id(lines, "host", s->host, e) ||
	    take_word(lines, "event", s->event, sizeof s->event, e) ||
	    take_number(lines, "sequence", &s->sequence, e) ||
	    take_number(lines, "expires", &s->expires, e) || take_signer(s, lines, e))
		return -1;
	if (text_check_id("service", s->service, TEXT_SERVICE_ID_MAX, e)) {
		e->kind = ERR_UNSAFE;
		return -1;
	}
	if (text_choose(SEALED_EVENTS, s->event) < 0)
		return err_set(e, ERR_UNSAFE, "'event' is none of %s", SEALED_EVENTS);
	return 0;
}

static int
take_end(struct sealed *s, struct lines *lines, struct err *e)
{
	size_t left = (size_t)(lines->end - lines->at), len = 0;
	const char *base64 = NULL;

	s->signed_len = (size_t)(lines->at - s->text);
	if (!s->signer[0]) {
		if (left < sizeof END - 1 && memcmp(lines->at, END, left) == 0)
			return err_set(e, ERR_CUT, "it was cut off: its last line is missing");
		if (left != sizeof END - 1 || memcmp(lines->at, END, left) != 0)
			return err_set(e, ERR_UNSAFE, "line %u is not 'end', or something follows",
				       lines->number + 1);
		return 0;
	}
	if (take_line(lines, "signature", &base64, &len, e))
		return -1;
	if (!crypto_base64(s->signature, sizeof s->signature, base64, len))
		return err_set(e, ERR_UNSAFE, "line %u has no signature", lines->number);
	return lines->at == lines->end
		       ? 0
		       : err_set(e, ERR_UNSAFE, "something follows line %u", lines->number);
}

int
sealed_parse(struct sealed *s, const char *text, size_t len, struct err *e)
{
	struct lines lines = {.at = text + MAGIC_LEN, .end = text + len, .number = 1};

	*s = (struct sealed){.text = text};
	if (!sealed_is(text, len))
		return err_set(e, ERR_UNSAFE,
			       "it is not sealed: its first line is not "
			       "'enstratus-sealed 1'");
	if (take_header(s, &lines, e))
		return -1;
	s->header_len = (size_t)(lines.at - text);
	return take_line(&lines, "box", &s->box, &s->box_len, e) || take_end(s, &lines, e) ? -1 : 0;
}

bool
sealed_is_signed_by(const struct sealed *s, const unsigned char key[static CRYPTO_KEY_BYTES])
{
	return s->signer[0] && crypto_ed25519_holds(s->signature, s->text, s->signed_len, key);
}

/* Bytes that so much base64 stands for; 0 when it stands for none. */
static size_t
decoded_len(const char *base64, size_t len)
{
	size_t n = len / 4 * 3;

	if (len == 0 || len % 4)
		return 0;
	return n - (base64[len - 1] == '=') - (base64[len - 2] == '=');
}

int
sealed_open(const struct sealed *s, const unsigned char secret[static CRYPTO_KEY_BYTES],
	    struct secret *text, struct err *e)
{
	size_t len = decoded_len(s->box, s->box_len);
	unsigned char digest[CRYPTO_BLAKE2B_BYTES], *box = malloc(len ? len : 1);
	struct secret plain = SECRET_INIT;
	int result = -1;

	if (!box) {
		err_sys(e, "cannot open the seal");
		goto out;
	}
	if (len < CRYPTO_SEAL_BYTES + sizeof digest ||
	    !crypto_base64(box, len, s->box, s->box_len)) {
		err_set(e, ERR_UNSAFE, "its box is damaged");
		goto out;
	}
	len -= CRYPTO_SEAL_BYTES;
	if (secret_reserve(&plain, len, e))
		goto out;
	crypto_blake2b(s->text, s->header_len, digest);
	if (!crypto_unseal(secret_edit(&plain), box, len + CRYPTO_SEAL_BYTES, secret) ||
	    memcmp(secret_reveal(&plain), digest, sizeof digest) != 0)
		err_set(e, ERR_UNSAFE, "it was changed after it was sealed, or for another key");
	else
		result = secret_append(text, secret_reveal(&plain) + sizeof digest,
				       len - sizeof digest, e);
out:
	secret_free(&plain);
	free(box);
	return result;
}
