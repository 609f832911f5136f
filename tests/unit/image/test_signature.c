/* SPDX-License-Identifier: MIT */
/* test_signature - a signature holds for what was signed, and for nothing else. */
#include "image/signature.h"

#include "scratch_signer.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define IMAGE "what is in the image"

static struct signer ours, another;
static struct signature signature;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	signer_make(&ours, 'o');
	signer_make(&another, 'a');
	signature = SIGNATURE_INIT;
	err = ERR_INIT;
}

static int
parse(const char *whole)
{
	err = ERR_INIT;
	return signature_parse(&signature, whole, strlen(whole), &err);
}

static void
refused(int result, const char *words)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err_status(&err), 77);
	ck_assert_msg(strstr(err.msg, words) != NULL, "'%s' not in '%s'", words, err.msg);
}

static int
check(const struct signer *signer, const char *image)
{
	int fd, result;

	scratch_write("image", image);
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	err = ERR_INIT;
	result = signature_check(&signature, signer->key, fd, &err);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	return result;
}

static const char *const kinds[] = {"ED", "Ed"};

START_TEST(both_kinds_are_read_and_hold)
{
	char whole[2048], name[SIGNATURE_KEY_NAME];

	signer_sign_text(&ours, IMAGE, kinds[_i], "made today", whole);
	ck_assert_int_eq(parse(whole), 0);
	ck_assert_int_eq(signature.prehashed, kinds[_i][1] == 'D');
	ck_assert_str_eq(signature.comment, "made today");
	signature_key_name(&signature, name);
	ck_assert_str_eq(name, "6F6F6F6F6F6F6F6F");
	ck_assert_int_eq(check(&ours, IMAGE), 0);
	refused(check(&another, IMAGE), "the signature does not hold for the image");
	refused(check(&ours, IMAGE "."), "the signature does not hold for the image");
	refused(check(&ours, ""), "the signature does not hold for the image");
}
END_TEST

START_TEST(an_empty_image_can_be_signed)
{
	char whole[2048];

	signer_sign_text(&ours, "", kinds[_i], "", whole);
	ck_assert_int_eq(parse(whole), 0);
	ck_assert_int_eq(check(&ours, ""), 0);
	refused(check(&ours, "x"), "the signature does not hold for the image");
}
END_TEST

/* One in another kind than it was made for: "Ed" of what "ED" signed, and the other way round. */
START_TEST(a_kind_cannot_be_taken_for_the_other)
{
	char whole[2048];

	signer_sign_text(&ours, IMAGE, kinds[_i], "c", whole);
	ck_assert_int_eq(parse(whole), 0);
	signature.prehashed = !signature.prehashed;
	refused(check(&ours, IMAGE), "the signature does not hold for the image");
}
END_TEST

START_TEST(a_changed_comment_is_told_from_a_changed_image)
{
	char whole[2048];

	signer_sign_text(&ours, IMAGE, kinds[_i], "version=1", whole);
	ck_assert_int_eq(parse(whole), 0);
	signature.comment[8] = '2';
	refused(check(&ours, IMAGE), "the signature holds for the image, but its trusted comment "
				     "was changed");
}
END_TEST

START_TEST(every_byte_of_the_text_counts)
{
	char whole[2048];

	signer_sign_text(&ours, IMAGE, "ED", "c=1", whole);
	for (size_t i = strlen("untrusted comment: x\n"); whole[i]; i++) {
		char was = whole[i];

		whole[i] = was == '\n' ? ' ' : (char)(was ^ 1);
		/* The key's id alone is not signed; and a last line end may be missing. */
		if (parse(whole) == 0 && !memcmp(signature.key_id, ours.id, sizeof ours.id) &&
		    whole[i + 1])
			ck_assert_msg(check(&ours, IMAGE) == -1, "byte %zu does not count", i);
		whole[i] = was;
	}
	ck_assert_int_eq(parse(whole), 0);
	ck_assert_int_eq(check(&ours, IMAGE), 0);
}
END_TEST

START_TEST(what_is_no_regular_file_cannot_be_verified)
{
	char whole[2048];
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	signer_sign_text(&ours, "", "ED", "c", whole);
	ck_assert_int_eq(parse(whole), 0);
	refused(signature_check(&signature, ours.key, fd, &err), "no regular file");
	close(fd);
}
END_TEST

/* --- the text --- */

/* A line is replaced, or those from it on left out. */
static const struct {
	int line;
	const char *instead, *words;
} texts[] = {
	{1, NULL, "it does not start with 'untrusted comment: '"},
	{1, "trusted comment: x", "it does not start with 'untrusted comment: '"},
	{2, NULL, "it ends after line 1"},
	{2, "", "line 2 is not the base64 of 74 bytes"},
	{2, "RUQ=", "line 2 is not the base64 of 74 bytes"},
	{2, "????", "line 2 is not the base64 of 74 bytes"},
	{3, NULL, "line 3 does not start with 'trusted comment: '"},
	{3, "comment: c", "line 3 does not start with 'trusted comment: '"},
	{3, "trusted comment: \x1b[2J", "control character or is not UTF-8"},
	{3, "trusted comment: \xff", "control character or is not UTF-8"},
	{4, NULL, "line 4 is not the base64 of 64 bytes"},
	{4, "AAAA", "line 4 is not the base64 of 64 bytes"},
	{5, "more", "there is more after line 4"},
	{5, "", NULL},
	{5, " \t", NULL},
};

START_TEST(a_text_that_is_none_of_minisigns)
{
	char whole[2048], changed[4096], *at = whole, *out = changed;
	bool is_cut = texts[_i].instead == NULL;

	signer_sign_text(&ours, IMAGE, "ED", "c", whole);
	for (int line = 1; line <= 5 && !(is_cut && line == texts[_i].line); line++) {
		size_t len = strcspn(at, "\n");

		if (line == texts[_i].line)
			out += sprintf(out, "%s\n", texts[_i].instead);
		else
			out += sprintf(out, "%.*s\n", (int)len, at);
		at += len + (at[len] != '\0');
	}
	*out = '\0';
	if (texts[_i].words)
		refused(parse(changed), texts[_i].words);
	else
		ck_assert_int_eq(parse(changed), 0);
}
END_TEST

START_TEST(line_ends_of_another_system)
{
	char whole[2048], changed[4096], *out = changed;

	signer_sign_text(&ours, IMAGE, "ED", "c", whole);
	for (const char *p = whole; *p; p++)
		out += sprintf(out, *p == '\n' ? "\r\n" : "%c", *p);
	ck_assert_int_eq(parse(changed), 0);
	ck_assert_str_eq(signature.comment, "c");
	ck_assert_int_eq(check(&ours, IMAGE), 0);
}
END_TEST

START_TEST(an_algorithm_that_is_none)
{
	char whole[2048];

	signer_sign_text(&ours, IMAGE, "ED", "c", whole);
	strchr(whole, '\n')[1] = 'X';
	refused(parse(whole), "its algorithm is neither 'Ed' nor 'ED'");
}
END_TEST

START_TEST(texts_and_comments_have_a_longest)
{
	char head[2048], *whole = malloc(20000);
	int len;

	signer_sign_text(&ours, IMAGE, "ED", "c", head);
	for (int over = 0; over < 2; over++) {
		len = sprintf(whole,
			      "%.*s\ntrusted comment: ", (int)(strcspn(head + 21, "\n") + 21),
			      head);
		memset(whole + len, 'c', (size_t)(SIGNATURE_COMMENT_MAX + over));
		sprintf(whole + len + SIGNATURE_COMMENT_MAX + over, "\n%s", strrchr(head, ' ') + 3);
		if (over)
			refused(parse(whole), "trusted comment is longer than 8192 bytes");
		else
			ck_assert_msg(parse(whole) == 0, "%s", err.msg);
	}
	memset(whole, ' ', 20000);
	refused(signature_parse(&signature, whole, SIGNATURE_BYTES_MAX + 1, &err),
		"the signature is larger than 16384 bytes");
	free(whole);
}
END_TEST

static const struct {
	const char *comment, *name, *value;
} words[] = {
	{"id=a version=2", "id", "a"},
	{"id=a version=2", "version", "2"},
	{"  id=a\tversion=2  ", "version", "2"},
	{"id=a id=b", "id", "a"},
	{"xid=a id=b", "id", "b"},
	{"id= x", "id", ""},
	{"id=a=b", "id", "a=b"},
	{"id=12345678", "id", ""}, /* does not fit: equal to nothing */
	{"id=1234567", "id", "1234567"},
	{"id", "id", NULL},
	{"", "id", NULL},
	{"ids=a", "id", NULL},
	{"of today, timestamp:1", "id", NULL},
};

START_TEST(words_of_the_trusted_comment)
{
	char value[8] = "unset";
	bool found;

	strcpy(signature.comment, words[_i].comment);
	found = signature_comment_value(&signature, words[_i].name, value, sizeof value);
	ck_assert_int_eq(found, words[_i].value != NULL);
	ck_assert_str_eq(value, found ? words[_i].value : "unset");
}
END_TEST

/* --- keys --- */

START_TEST(a_key_with_and_without_its_comment)
{
	unsigned char id[SIGNATURE_KEY_ID_BYTES], key[CRYPTO_KEY_BYTES];
	char whole[512];

	signer_key_text(&ours, whole);
	ck_assert_int_eq(signature_parse_key(whole, strlen(whole), id, key, &err), 0);
	ck_assert_mem_eq(id, ours.id, sizeof id);
	ck_assert_mem_eq(key, ours.key, sizeof key);
	memset(key, 0, sizeof key);
	ck_assert_int_eq(signature_parse_key(strchr(whole, '\n') + 1, 56, id, key, &err), 0);
	ck_assert_mem_eq(key, ours.key, sizeof key);
}
END_TEST

static const struct {
	const char *text, *words;
} keys[] = {
	{"", "it is empty"},
	{"untrusted comment: x", "there is no key after the comment"},
	{"untrusted comment: x\nRWQ=\n", "its key is not the base64 of 42 bytes"},
	{"-----BEGIN PUBLIC KEY-----\n", "its key is not the base64 of 42 bytes"},
	{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "its algorithm is not 'Ed'"},
};

START_TEST(a_text_that_is_no_key)
{
	unsigned char id[SIGNATURE_KEY_ID_BYTES], key[CRYPTO_KEY_BYTES];

	refused(signature_parse_key(keys[_i].text, strlen(keys[_i].text), id, key, &err),
		keys[_i].words);
}
END_TEST

START_TEST(two_keys_in_one_text_are_none)
{
	unsigned char id[SIGNATURE_KEY_ID_BYTES], key[CRYPTO_KEY_BYTES];
	char whole[1024];

	signer_key_text(&ours, whole);
	signer_key_text(&another, whole + strlen(whole));
	refused(signature_parse_key(whole, strlen(whole), id, key, &err),
		"there is more in it than one key");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_loop_test(tc, both_kinds_are_read_and_hold, 0, COUNT(kinds));
	tcase_add_loop_test(tc, an_empty_image_can_be_signed, 0, COUNT(kinds));
	tcase_add_loop_test(tc, a_kind_cannot_be_taken_for_the_other, 0, COUNT(kinds));
	tcase_add_loop_test(tc, a_changed_comment_is_told_from_a_changed_image, 0, COUNT(kinds));
	tcase_add_test(tc, every_byte_of_the_text_counts);
	tcase_add_test(tc, what_is_no_regular_file_cannot_be_verified);
	tcase_add_loop_test(tc, a_text_that_is_none_of_minisigns, 0, COUNT(texts));
	tcase_add_test(tc, line_ends_of_another_system);
	tcase_add_test(tc, an_algorithm_that_is_none);
	tcase_add_test(tc, texts_and_comments_have_a_longest);
	tcase_add_loop_test(tc, words_of_the_trusted_comment, 0, COUNT(words));
	tcase_add_test(tc, a_key_with_and_without_its_comment);
	tcase_add_loop_test(tc, a_text_that_is_no_key, 0, COUNT(keys));
	tcase_add_test(tc, two_keys_in_one_text_are_none);
}
