/* SPDX-License-Identifier: MIT */
/* test_sealed - a sealed configuration is opened by its host, whole and unchanged, or refused. */
#include "cfg/sealed.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

#define TEXT "[enstratus]\nname=Shop\ndataSource.x.servicePassword=hunter2\n"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static unsigned char host_secret[CRYPTO_KEY_BYTES], host[CRYPTO_KEY_BYTES];
static unsigned char signer_secret[CRYPTO_KEY_BYTES], signer[CRYPTO_KEY_BYTES];
static const struct sealed plain = {
	.service = "a1", .event = "deploy", .sequence = 17, .expires = 2000000000};
static struct buf blob;
static struct err err;

static void
begin(void)
{
	unsigned char *start;

	err = ERR_INIT;
	blob = BUF_INIT;
	ck_assert_int_eq(crypto_guarded_new(&start, 1, &err), 0); /* libsodium is ready then */
	crypto_guarded_free(start);
	crypto_random(host_secret, sizeof host_secret);
	crypto_random(signer_secret, sizeof signer_secret);
	crypto_x25519_public(host_secret, host);
	crypto_ed25519_public(signer_secret, signer);
}

static void
finish(void)
{
	buf_free(&blob);
}

static void
make(bool is_signed)
{
	struct secret text = SECRET_INIT;
	struct sealed s = plain;

	buf_free(&blob);
	ck_assert_int_eq(secret_append(&text, TEXT, strlen(TEXT), &err), 0);
	ck_assert_msg(!sealed_make(&s, host, is_signed ? signer_secret : NULL, &text, &blob, &err),
		      "%s", err.msg);
	secret_free(&text);
}

/* -1 for one that is refused, by whichever of the two. */
static int
open_blob(const char *text, size_t len, const unsigned char *secret, bool *is_signed)
{
	struct secret out = SECRET_INIT;
	struct sealed s;
	int result;

	err = ERR_INIT;
	result = sealed_parse(&s, text, len, &err) || sealed_open(&s, secret, &out, &err) ? -1 : 0;
	*is_signed = result == 0 && sealed_is_signed_by(&s, signer);
	if (!result) {
		ck_assert_uint_eq(out.len, strlen(TEXT));
		ck_assert_mem_eq(secret_reveal(&out), TEXT, out.len);
	}
	secret_free(&out);
	return result;
}

START_TEST(what_was_sealed_is_opened)
{
	struct sealed s;
	char id[KEYLINE_ID];
	bool is_signed;

	make(_i);
	ck_assert_msg(open_blob(blob.data, blob.len, host_secret, &is_signed) == 0, "%s", err.msg);
	ck_assert_int_eq(is_signed, _i);
	ck_assert_int_eq(sealed_parse(&s, blob.data, blob.len, &err), 0);
	ck_assert_str_eq(s.service, "a1");
	ck_assert_str_eq(s.event, "deploy");
	ck_assert_int_eq(s.sequence, 17);
	ck_assert_int_eq(s.expires, 2000000000);
	keyline_id(host, id);
	ck_assert_str_eq(s.host, id);
	keyline_id(signer, id);
	ck_assert_str_eq(s.signer, _i ? id : "");
	ck_assert_ptr_null(strstr(blob.data, "hunter2"));
}
END_TEST

START_TEST(cut_off_anywhere_it_is_status_76)
{
	bool is_signed;

	make(_i);
	for (size_t len = strlen("enstratus-sealed 1\n"); len < blob.len; len++) {
		ck_assert_int_eq(open_blob(blob.data, len, host_secret, &is_signed), -1);
		ck_assert_msg(err.kind == ERR_CUT, "%zu of %zu bytes: %s", len, blob.len, err.msg);
	}
	for (size_t len = 0; len < strlen("enstratus-sealed 1\n"); len++)
		ck_assert(!sealed_is(blob.data, len));
}
END_TEST

/* Each byte in turn: the plain part, the box, the signature. */
START_TEST(changed_anywhere_it_is_refused_or_not_signed)
{
	bool is_signed;

	make(_i);
	for (size_t i = 0; i < blob.len; i++) {
		char was = blob.data[i];

		blob.data[i] = (char)(was ^ 1);
		if (open_blob(blob.data, blob.len, host_secret, &is_signed) == 0)
			ck_assert_msg(_i && !is_signed && i > blob.len - 100, "byte %zu", i);
		blob.data[i] = was;
	}
}
END_TEST

/* The plain part of one with the box of another. */
START_TEST(a_box_belongs_to_its_plain_part)
{
	char *text, *at;
	bool is_signed;

	make(false);
	text = strdup(blob.data);
	at = strstr(text, "sequence 17");
	memcpy(at, "sequence 18", 11);
	ck_assert_int_eq(open_blob(text, blob.len, host_secret, &is_signed), -1);
	ck_assert_str_eq(err.msg, "it was changed after it was sealed, or for another key");
	free(text);
}
END_TEST

START_TEST(another_host_cannot_open_it)
{
	bool is_signed;

	make(true);
	host_secret[0] ^= 8;
	ck_assert_int_eq(open_blob(blob.data, blob.len, host_secret, &is_signed), -1);
	ck_assert_int_eq(err_status(&err), 65);
}
END_TEST

/* A signature taken off makes it no unsigned one: the signer is said in the plain part. */
START_TEST(a_signature_cannot_be_taken_off)
{
	struct sealed s;
	char *text, *line;

	make(true);
	text = strdup(blob.data);
	line = strstr(text, "signature ");
	strcpy(line, "end\n");
	ck_assert_int_eq(sealed_parse(&s, text, strlen(text), &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	free(text);
}
END_TEST

#define HEAD "enstratus-sealed 1\nservice a1\nhost 0123456789abcdef\n"
#define TAIL "signer none\nbox QUJD\nend\n"

static const struct {
	const char *text, *words;
} bad[] = {
	{"", "it is not sealed: its first line is not 'enstratus-sealed 1'"},
	{"enstratus-sealed 2\n", "its first line"},
	{"enstratus-sealed 1\nservice ../a\nhost 0123456789abcdef\nevent any\nsequence 1\n"
	 "expires 1\n" TAIL,
	 "service"},
	{"enstratus-sealed 1\nhost 0123456789abcdef\n", "line 2 is not 'service ...'"},
	{"enstratus-sealed 1\nservice a1\nhost 0123456789ABCDEF\n", "line 3 has no id of a key"},
	{"enstratus-sealed 1\nservice a1\nhost 0123\n", "line 3 has no id of a key"},
	{HEAD "event other\nsequence 1\nexpires 1\n" TAIL, "'event' is none of any|deploy|"},
	{HEAD "event any\nsequence -1\nexpires 1\n" TAIL, "sequence"},
	{HEAD "event any\nsequence 99999999999999999999\nexpires 1\n" TAIL, "sequence"},
	{HEAD "event any\nsequence 1\nexpires never\n" TAIL, "expires"},
	{HEAD "event any\nsequence 1\nexpires 1\nsigner somebody\nbox QUJD\nend\n", "id of a key"},
	{HEAD "event any\nsequence 1\nexpires 1\n" TAIL "more\n", "line 9 is not 'end'"},
	{HEAD "event any\nsequence 1\nexpires 1\nsigner none\nbox QUJD\nbox QUJD\nend\n", "line 9"},
	{HEAD "event any\nsequence 1\nexpires 1\nsigner 0123456789abcdef\nbox QUJD\nsignature x\n",
	 "line 9 has no signature"},
};

START_TEST(what_is_malformed_is_named)
{
	struct sealed s;

	ck_assert_int_eq(sealed_parse(&s, bad[_i].text, strlen(bad[_i].text), &err), -1);
	ck_assert_msg(err.kind == ERR_UNSAFE, "%s", err.msg);
	ck_assert_msg(strstr(err.msg, bad[_i].words) != NULL, "%s", err.msg);
}
END_TEST

static const char *const boxes[] = {"QUJD", "Q", "====", "QUJ", "!!!!"};

START_TEST(a_box_that_is_none_is_refused)
{
	struct secret out = SECRET_INIT;
	struct sealed s = plain;

	s.text = "";
	s.box = boxes[_i];
	s.box_len = strlen(boxes[_i]);
	ck_assert_int_eq(sealed_open(&s, host_secret, &out, &err), -1);
	ck_assert_str_eq(err.msg, "its box is damaged");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, what_was_sealed_is_opened, 0, 2);
	tcase_add_loop_test(tc, cut_off_anywhere_it_is_status_76, 0, 2);
	tcase_add_loop_test(tc, changed_anywhere_it_is_refused_or_not_signed, 0, 2);
	tcase_add_test(tc, a_box_belongs_to_its_plain_part);
	tcase_add_test(tc, another_host_cannot_open_it);
	tcase_add_test(tc, a_signature_cannot_be_taken_off);
	tcase_add_loop_test(tc, what_is_malformed_is_named, 0, COUNT(bad));
	tcase_add_loop_test(tc, a_box_that_is_none_is_refused, 0, COUNT(boxes));
}
