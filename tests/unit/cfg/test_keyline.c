/* SPDX-License-Identifier: MIT */
/* test_keyline - a key's line is read as it was written, and nothing else is. */
#include "cfg/keyline.h"

#include <check.h>
#include <string.h>

#include "tests.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define COUNT(array) (sizeof(array) / sizeof *(array))

static unsigned char key[CRYPTO_KEY_BYTES];

static void
begin(void)
{
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)i;
}

static const struct {
	const char *comment, *line;
} lines[] = {
	{NULL, "enstratus-host " KEY "\n"},
	{"web1", "enstratus-host " KEY " web1\n"},
	{"a host of two words", "enstratus-host " KEY " a host of two words\n"},
};

START_TEST(a_line_comes_back)
{
	unsigned char back[CRYPTO_KEY_BYTES];
	struct err e = ERR_INIT;
	char line[KEYLINE_MAX];
	size_t len = keyline_format(line, KEYLINE_HOST, key, lines[_i].comment);

	ck_assert_str_eq(line, lines[_i].line);
	ck_assert_uint_eq(len, strlen(line));
	ck_assert_int_eq(keyline_parse(line, len, KEYLINE_HOST, back, &e), 0);
	ck_assert_mem_eq(back, key, sizeof key);
	ck_assert_int_eq(keyline_parse(line, len - 1, KEYLINE_HOST, back, &e), 0);
}
END_TEST

START_TEST(a_comment_that_is_too_long_is_cut)
{
	char comment[1000], line[KEYLINE_MAX];
	unsigned char back[CRYPTO_KEY_BYTES];
	struct err e = ERR_INIT;
	size_t len;

	memset(comment, 'c', sizeof comment - 1);
	comment[sizeof comment - 1] = '\0';
	len = keyline_format(line, KEYLINE_SIGNER_SECRET, key, comment);
	ck_assert_uint_lt(len, KEYLINE_MAX);
	ck_assert_int_eq(keyline_parse(line, len, KEYLINE_SIGNER_SECRET, back, &e), 0);
}
END_TEST

static const char *const bad[] = {
	"",
	"\n",
	"enstratus-host",
	"enstratus-host ",
	KEY "\n",
	"enstratus-signer " KEY "\n",
	"enstratus-host-secret " KEY "\n",
	"enstratus-host" KEY "\n",
	"enstratus-host  " KEY "\n",
	" enstratus-host " KEY "\n",
	"enstratus-host AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n",
	"enstratus-host " KEY "A\n",
	"enstratus-host !AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
	"enstratus-host " KEY "\nenstratus-host " KEY "\n",
	"enstratus-host " KEY "\n\n",
};

START_TEST(what_is_no_such_line_is_refused)
{
	unsigned char back[CRYPTO_KEY_BYTES];
	struct err e = ERR_INIT;

	ck_assert_int_eq(keyline_parse(bad[_i], strlen(bad[_i]), KEYLINE_HOST, back, &e), -1);
	ck_assert_int_eq(err_status(&e), 65);
	ck_assert_str_eq(e.msg, "is not a line of 'enstratus-host' and a key in base64");
}
END_TEST

START_TEST(an_id_is_the_beginning_of_the_key_s_digest)
{
	char id[KEYLINE_ID];

	/* By python3: hashlib.blake2b(bytes(range(32))).hexdigest()[:16]. */
	keyline_id(key, id);
	ck_assert_str_eq(id, "5c52920a7263e39d");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, a_line_comes_back, 0, COUNT(lines));
	tcase_add_test(tc, a_comment_that_is_too_long_is_cut);
	tcase_add_loop_test(tc, what_is_no_such_line_is_refused, 0, COUNT(bad));
	tcase_add_test(tc, an_id_is_the_beginning_of_the_key_s_digest);
}
