/* SPDX-License-Identifier: MIT */
/* test_crypto - guarded memory, and the published answers of each digest, signature and code. */
#include "base/crypto.h"

#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct err err;

static void
begin(void)
{
	err = ERR_INIT;
}

static size_t
unhex(const char *hex, unsigned char *out, size_t size)
{
	size_t len = strlen(hex) / 2;

	ck_assert_uint_le(len, size);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(sscanf(hex + 2 * i, "%2hhx", &out[i]), 1);
	return len;
}

/* --- guarded memory --- */

static unsigned char *
guarded(size_t size)
{
	unsigned char *data = NULL;

	ck_assert_msg(crypto_guarded_new(&data, size, &err) == 0, "%s", err.msg);
	ck_assert_ptr_nonnull(data);
	memset(data, 'x', size);
	return data;
}

static const size_t sizes[] = {1, 15, 16, 100, 4095, 4096, 4097, 100000};

START_TEST(guarded_memory_ends_at_a_guard_page)
{
	size_t size = sizes[_i];
	volatile unsigned char *data = guarded(size);
	int status;
	pid_t reader = fork();

	if (reader == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit(data[size]);
	}
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert(WIFSIGNALED(status));
	crypto_guarded_free((unsigned char *)data);
}
END_TEST

START_TEST(a_forked_process_finds_zeros_in_its_place)
{
	size_t size = sizes[_i];
	unsigned char *data = guarded(size);
	int status;
	pid_t child = fork();

	if (child == 0) {
		for (size_t i = 0; i < size; i++)
			if (data[i])
				_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (size_t i = 0; i < size; i++)
		ck_assert_int_eq(data[i], 'x');
	crypto_guarded_free(data);
}
END_TEST

START_TEST(more_guarded_memory_than_there_is_is_an_error)
{
	unsigned char byte, *data = &byte;

	ck_assert_int_eq(crypto_guarded_new(&data, _i ? SIZE_MAX : (size_t)1 << 50, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.msg, "guarded memory"));
	ck_assert_ptr_eq(data, &byte);
	crypto_guarded_free(NULL);
}
END_TEST

/* --- digests --- */

/* Source: FIPS 180-4's examples. */
static const char *const sha256[][2] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(sha_256_is_that_of_fips_180_4)
{
	char hex[CRYPTO_SHA256_HEX];

	crypto_sha256(sha256[_i][0], strlen(sha256[_i][0]), hex);
	ck_assert_str_eq(hex, sha256[_i][1]);
}
END_TEST

static unsigned char pattern[600000]; /* byte i is i mod 251 */

static void
assert_blake2b(const unsigned char *data, size_t len, size_t part, const char *hex)
{
	unsigned char digest[CRYPTO_BLAKE2B_BYTES], expected[CRYPTO_BLAKE2B_BYTES];
	struct crypto_blake2b *hash = NULL;

	ck_assert_uint_eq(unhex(hex, expected, sizeof expected), sizeof expected);
	ck_assert_int_eq(crypto_blake2b_new(&hash, &err), 0);
	for (size_t at = 0; at < len; at += part)
		crypto_blake2b_add(hash, data + at, len - at < part ? len - at : part);
	crypto_blake2b_finish(hash, digest);
	crypto_blake2b_free(hash);
	ck_assert_mem_eq(digest, expected, sizeof digest);
}

/* Source: RFC 7693 appendix A for "abc"; Python's hashlib for the others. */
static const struct {
	const char *text; /* NULL for the pattern */
	const char *hex;
} blake2b[] = {
	{"", "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
	     "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce"},
	{"abc", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
	{NULL, "3e25882afa0b6f7925eb472ba53302739a43578d485cd9eba40c88e30f5f8e9c"
	       "cea20cb69d09bf1dd1fc30dc089be1a2b975fe91bd7588dc029d50b87ab9985d"},
};

START_TEST(blake2b_is_that_of_rfc_7693_whatever_the_pieces)
{
	static const size_t parts[] = {1, 3, 127, 128, 129, 4096, 262144, 600000};
	const char *text = blake2b[_i].text;

	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (unsigned char)(i % 251);
	for (size_t i = 0; i < COUNT(parts); i++)
		assert_blake2b(text ? (const unsigned char *)text : pattern,
			       text ? strlen(text) : sizeof pattern, parts[i], blake2b[_i].hex);
}
END_TEST

START_TEST(two_digests_at_a_time_do_not_mix)
{
	unsigned char of_a[CRYPTO_BLAKE2B_BYTES], of_b[CRYPTO_BLAKE2B_BYTES];
	struct crypto_blake2b *a = NULL, *b = NULL;

	ck_assert_int_eq(crypto_blake2b_new(&a, &err) || crypto_blake2b_new(&b, &err), 0);
	crypto_blake2b_add(a, "same", 4);
	crypto_blake2b_add(b, "sa", 2);
	crypto_blake2b_add(b, NULL, 0);
	crypto_blake2b_finish(a, of_a);
	crypto_blake2b_add(b, "me", 2);
	crypto_blake2b_finish(b, of_b);
	ck_assert_mem_eq(of_a, of_b, sizeof of_a);
	crypto_blake2b_free(a);
	crypto_blake2b_free(b);
	crypto_blake2b_free(NULL);
}
END_TEST

/* --- signatures --- */

/* Source: RFC 8032 section 7.1: TEST 1, TEST 2, TEST 3, TEST SHA(abc). */
static const struct {
	const char *key, *message, *signature;
} ed25519[] = {
	{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	 "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	 "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	 "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	{"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	 "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
	 "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

START_TEST(a_signature_of_rfc_8032_holds_and_none_with_a_bit_changed)
{
	unsigned char key[CRYPTO_KEY_BYTES], message[65] = {0}, signature[CRYPTO_SIGNATURE_BYTES];
	size_t len = unhex(ed25519[_i].message, message, sizeof message);

	unhex(ed25519[_i].key, key, sizeof key);
	unhex(ed25519[_i].signature, signature, sizeof signature);
	ck_assert(crypto_ed25519_holds(signature, message, len, key));
	ck_assert(!crypto_ed25519_holds(signature, message, len + 1, key));
	for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
		signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
		ck_assert(!crypto_ed25519_holds(signature, message, len, key));
		signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * len; bit++) {
		message[bit / 8] ^= (unsigned char)(1 << bit % 8);
		ck_assert(!crypto_ed25519_holds(signature, message, len, key));
		message[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * sizeof key; bit++) {
		key[bit / 8] ^= (unsigned char)(1 << bit % 8);
		ck_assert(!crypto_ed25519_holds(signature, message, len, key));
		key[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	ck_assert(crypto_ed25519_holds(signature, message, len, key));
}
END_TEST

/* S + L is the same number modulo the group's order L.  Source: RFC 8032 section 5.1.7. */
START_TEST(a_signature_in_another_form_does_not_hold)
{
	unsigned char key[CRYPTO_KEY_BYTES], message[1], signature[CRYPTO_SIGNATURE_BYTES];
	unsigned char order[32];
	unsigned sum = 0;

	unhex(ed25519[1].key, key, sizeof key);
	unhex(ed25519[1].message, message, sizeof message);
	unhex(ed25519[1].signature, signature, sizeof signature);
	unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", order,
	      sizeof order);
	ck_assert(crypto_ed25519_holds(signature, message, 1, key));
	for (size_t i = 0; i < sizeof order; i++) {
		sum += signature[32 + i] + order[i];
		signature[32 + i] = (unsigned char)sum;
		sum >>= 8;
	}
	ck_assert_uint_eq(sum, 0);
	ck_assert(!crypto_ed25519_holds(signature, message, 1, key));
}
END_TEST

/* With such a key, R = the neutral element and S = 0 would sign everything. */
static const char *const small_keys[] = {
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

START_TEST(a_key_of_small_order_never_holds)
{
	unsigned char key[CRYPTO_KEY_BYTES], signature[CRYPTO_SIGNATURE_BYTES] = {1};

	unhex(small_keys[_i], key, sizeof key);
	for (int i = 0; i < 16; i++) {
		char message[] = {(char)i};

		ck_assert(!crypto_ed25519_holds(signature, message, 1, key));
	}
}
END_TEST

/* --- base64 --- */

static const struct {
	const char *text;
	size_t len; /* 0 for that of the string */
	size_t size;
	const char *bytes; /* NULL when it is refused */
} base64[] = {
	/* RFC 4648 section 10 */
	{"", 0, 0, ""},
	{"Zg==", 0, 1, "f"},
	{"Zm8=", 0, 2, "fo"},
	{"Zm9v", 0, 3, "foo"},
	{"Zm9vYg==", 0, 4, "foob"},
	{"Zm9vYmE=", 0, 5, "fooba"},
	{"Zm9vYmFy", 0, 6, "foobar"},
	{"+/+/", 0, 3, "\xfb\xff\xbf"},
	{"Zm9vYmFy", 4, 3, "foo"},
	/* another number of bytes */
	{"", 0, 1, NULL},
	{"Zg==", 0, 0, NULL},
	{"Zg==", 0, 2, NULL},
	{"Zm8=", 0, 1, NULL},
	{"Zm9v", 0, 2, NULL},
	{"Zm9v", 0, 4, NULL},
	{"Zm9vYmFy", 0, 3, NULL},
	/* padding */
	{"Zg", 0, 1, NULL},
	{"Zg=", 0, 1, NULL},
	{"Zg===", 0, 1, NULL},
	{"Zm8", 0, 2, NULL},
	{"Zm8==", 0, 2, NULL},
	{"Zm9v=", 0, 3, NULL},
	{"Zm9v====", 0, 3, NULL},
	{"Z", 0, 0, NULL},
	{"Z===", 0, 0, NULL},
	{"=", 0, 0, NULL},
	{"====", 0, 0, NULL},
	{"Zg==Zg==", 0, 2, NULL},
	/* bits behind the last byte */
	{"Zh==", 0, 1, NULL},
	{"Zv==", 0, 1, NULL},
	{"Zm9=", 0, 2, NULL},
	/* other characters */
	{"-_-_", 0, 3, NULL},
	{"Zm 9v", 0, 3, NULL},
	{" Zm9v", 0, 3, NULL},
	{"Zm9v ", 0, 3, NULL},
	{"Zm9v\n", 0, 3, NULL},
	{"Zm\r\n9v", 0, 3, NULL},
	{"Zm9v\0", 5, 3, NULL},
	{"Zm\0v", 4, 3, NULL},
	{"Zm9\xc3", 0, 3, NULL},
	{"Zm9.", 0, 3, NULL},
};

START_TEST(base64_has_one_form_or_is_refused)
{
	size_t len = base64[_i].len ? base64[_i].len : strlen(base64[_i].text);
	unsigned char out[9];
	/* Of its own, so that a sanitizer sees a byte too far. */
	char *text = malloc(len + 1);

	memset(out, 'x', sizeof out);
	memcpy(text, base64[_i].text, len);
	ck_assert_int_eq(crypto_base64(out, base64[_i].size, text, len), base64[_i].bytes != NULL);
	if (base64[_i].bytes)
		ck_assert_mem_eq(out, base64[_i].bytes, base64[_i].size);
	ck_assert_int_eq(out[base64[_i].size], 'x');
	free(text);
}
END_TEST

/* Each byte at each place of four: the alphabet's 64 and no other. */
START_TEST(a_byte_outside_the_alphabet_is_refused_wherever_it_is)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[4] = "Zm9v";
	unsigned char out[3];

	for (int byte = 0; byte < 256; byte++) {
		bool fine = byte && strchr(alphabet, byte);

		text[_i] = (char)byte;
		ck_assert_msg(crypto_base64(out, 3, text, 4) == fine, "byte %d", byte);
	}
}
END_TEST

START_TEST(a_keyed_hash_is_of_its_key_and_data)
{
	/* By python3: hashlib.blake2b(b"abc", key=bytes(range(32)), digest_size=16). */
	static const char wanted[] = "1a64be47e4729d951c302ee543f97cf3";
	unsigned char key[CRYPTO_HASH_KEY_BYTES], other[CRYPTO_HASH_KEY_BYTES];
	char hex[CRYPTO_HASH_HEX], again[CRYPTO_HASH_HEX];

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)i;
	crypto_keyed_hash(key, "abc", 3, hex);
	ck_assert_str_eq(hex, wanted);
	crypto_keyed_hash(key, NULL, 0, again);
	ck_assert_str_ne(again, hex);
	crypto_random(key, sizeof key);
	crypto_random(other, sizeof other);
	ck_assert_mem_ne(key, other, sizeof key);
	crypto_keyed_hash(key, "abc", 3, again);
	ck_assert_str_ne(again, hex);
}
END_TEST

/* RFC 8032, 7.1: the secret keys of the first three of the signatures above. */
static const char *const ed25519_secrets[] = {
	"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
};

START_TEST(a_signature_is_made_as_rfc_8032_makes_it)
{
	unsigned char secret[CRYPTO_KEY_BYTES], key[CRYPTO_KEY_BYTES], wanted[CRYPTO_KEY_BYTES];
	unsigned char signature[CRYPTO_SIGNATURE_BYTES], theirs[CRYPTO_SIGNATURE_BYTES], data[4];
	size_t len = unhex(ed25519[_i].message, data, sizeof data);

	unhex(ed25519_secrets[_i], secret, sizeof secret);
	unhex(ed25519[_i].key, wanted, sizeof wanted);
	unhex(ed25519[_i].signature, theirs, sizeof theirs);
	crypto_ed25519_public(secret, key);
	ck_assert_mem_eq(key, wanted, sizeof key);
	crypto_ed25519_sign(signature, data, len, secret);
	ck_assert_mem_eq(signature, theirs, sizeof signature);
}
END_TEST

START_TEST(a_box_is_opened_by_its_owner_alone_and_unchanged)
{
	/* By OpenSSL: the public half of the bytes 0 to 31. */
	static const char wanted[] =
		"8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f";
	unsigned char secret[CRYPTO_KEY_BYTES], key[CRYPTO_KEY_BYTES], theirs[CRYPTO_KEY_BYTES];
	unsigned char box[3 + CRYPTO_SEAL_BYTES], again[sizeof box], text[3], zeros[32] = {0};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < sizeof secret; i++)
		secret[i] = (unsigned char)i;
	unhex(wanted, theirs, sizeof theirs);
	crypto_x25519_public(secret, key);
	ck_assert_mem_eq(key, theirs, sizeof key);
	ck_assert_int_eq(crypto_seal(box, "abc", 3, key, &e), 0);
	ck_assert_int_eq(crypto_seal(again, "abc", 3, key, &e), 0);
	ck_assert_mem_ne(box, again, sizeof box);
	ck_assert(crypto_unseal(text, box, sizeof box, secret));
	ck_assert_mem_eq(text, "abc", 3);
	for (size_t i = 0; i < 8 * sizeof box; i++) {
		box[i / 8] ^= (unsigned char)(1u << i % 8);
		/* Of a key too, whose highest bit does not count: the nonce is made of it. */
		ck_assert_msg(!crypto_unseal(text, box, sizeof box, secret), "bit %zu", i);
		box[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	ck_assert(!crypto_unseal(text, box, CRYPTO_SEAL_BYTES - 1, secret));
	secret[5] ^= 1;
	ck_assert(!crypto_unseal(text, box, sizeof box, secret));
	ck_assert_int_eq(crypto_seal(box, "abc", 3, zeros, &e), -1);
	ck_assert_int_eq(err_status(&e), 65);
}
END_TEST

START_TEST(base64_comes_back)
{
	unsigned char data[64], back[64];
	char text[CRYPTO_BASE64(64)];

	crypto_random(data, sizeof data);
	for (size_t len = 0; len <= sizeof data; len++) {
		crypto_to_base64(text, CRYPTO_BASE64(len), data, len);
		ck_assert_uint_eq(strlen(text), CRYPTO_BASE64(len) - 1);
		ck_assert(crypto_base64(back, len, text, strlen(text)));
		ck_assert_mem_eq(back, data, len);
	}
	crypto_to_base64(text, sizeof text, "\xfb\xff", 2);
	ck_assert_str_eq(text, "+/8=");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, guarded_memory_ends_at_a_guard_page, 0, (int)COUNT(sizes));
	tcase_add_loop_test(tc, a_forked_process_finds_zeros_in_its_place, 0, (int)COUNT(sizes));
	tcase_add_loop_test(tc, more_guarded_memory_than_there_is_is_an_error, 0, 2);
	tcase_add_loop_test(tc, sha_256_is_that_of_fips_180_4, 0, (int)COUNT(sha256));
	tcase_add_loop_test(tc, blake2b_is_that_of_rfc_7693_whatever_the_pieces, 0,
			    (int)COUNT(blake2b));
	tcase_add_test(tc, two_digests_at_a_time_do_not_mix);
	tcase_add_loop_test(tc, a_signature_of_rfc_8032_holds_and_none_with_a_bit_changed, 0,
			    (int)COUNT(ed25519));
	tcase_add_test(tc, a_signature_in_another_form_does_not_hold);
	tcase_add_loop_test(tc, a_key_of_small_order_never_holds, 0, (int)COUNT(small_keys));
	tcase_add_loop_test(tc, base64_has_one_form_or_is_refused, 0, (int)COUNT(base64));
	tcase_add_loop_test(tc, a_byte_outside_the_alphabet_is_refused_wherever_it_is, 0, 4);
	tcase_add_loop_test(tc, a_signature_is_made_as_rfc_8032_makes_it, 0,
			    (int)COUNT(ed25519_secrets));
	tcase_add_test(tc, a_box_is_opened_by_its_owner_alone_and_unchanged);
	tcase_add_test(tc, base64_comes_back);
	tcase_add_test(tc, a_keyed_hash_is_of_its_key_and_data);
}
