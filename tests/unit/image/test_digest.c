/* SPDX-License-Identifier: MIT */
/* test_digest - the digests of the standard, whatever way the bytes come. */
#include "image/digest.h"

#include "base/crypto.h"
#include "base/thread.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PART (256u * 1024) /* what is read at once */

static struct err err;
static char hex[DIGEST_HEX];

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
}

/* FIPS 180-4's examples, as NIST publishes them. */
static const struct {
	const char *text, *hex;
} vectors[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(the_standards_examples)
{
	ck_assert_int_eq(digest_text(vectors[_i].text, hex, &err), 0);
	ck_assert_str_eq(hex, vectors[_i].hex);
}
END_TEST

static int
of_file(const char *name)
{
	struct arrival image;
	int fd = openat(scratch_fd, name, O_RDONLY | O_CLOEXEC), result;

	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
	result = digest_arrival(&image, hex, &err);
	arrival_close(&image);
	close(fd);
	return result;
}

START_TEST(a_million_letters)
{
	static char text[1000001];

	memset(text, 'a', 1000000);
	scratch_write("image", text);
	ck_assert_int_eq(of_file("image"), 0);
	ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	ck_assert_int_eq(digest_text(text, hex, &err), 0);
	ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

static const size_t sizes[] = {0, 1, 63, 64, PART - 1, PART, PART + 1, 3 * PART + 17};

/* Against another implementation: libsodium's. */
START_TEST(a_file_of_any_size)
{
	char wanted[CRYPTO_SHA256_HEX];
	unsigned char *data = malloc(sizes[_i] + 1);

	for (size_t i = 0; i < sizes[_i]; i++)
		data[i] = (unsigned char)(i * 31 + i / 251);
	scratch_write_bytes("image", data, sizes[_i]);
	crypto_sha256(data, sizes[_i], wanted);
	ck_assert_int_eq(of_file("image"), 0);
	ck_assert_str_eq(hex, wanted);
	free(data);
}
END_TEST

static void *
bring(void *arg)
{
	struct arrival *image = arg;

	for (uint64_t have = 0; have <= 6; have++) {
		usleep(1000);
		arrival_tell(image, 6, have, 6);
	}
	arrival_end(image, true);
	return NULL;
}

START_TEST(one_that_is_on_its_way_is_waited_for)
{
	struct arrival image;
	pthread_t thread;
	int fd;

	scratch_write("image", "abcdef");
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	arrival_open(&image, fd);
	ck_assert_int_eq(thread_start(&thread, bring, &image, &err), 0);
	ck_assert_int_eq(digest_arrival(&image, hex, &err), 0);
	ck_assert_str_eq(hex, "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721");
	pthread_join(thread, NULL);
	arrival_close(&image);
	close(fd);
}
END_TEST

START_TEST(one_that_is_lost_has_none)
{
	struct arrival image;
	int fd;

	scratch_write("image", "abcdef");
	fd = openat(scratch_fd, "image", O_RDONLY | O_CLOEXEC);
	arrival_open(&image, fd);
	arrival_tell(&image, 6, 3, 6);
	arrival_end(&image, false);
	ck_assert_int_eq(digest_arrival(&image, hex, &err), -1);
	ck_assert_int_eq(err_status(&err), 69);
	arrival_close(&image);
	close(fd);
}
END_TEST

#define DIGITS "0123456789abcdef"
#define LETTERS "0123456789ABCDEF"

static const struct {
	const char *text, *hex;
} taken[] = {
	{DIGITS DIGITS DIGITS DIGITS, DIGITS DIGITS DIGITS DIGITS},
	{LETTERS DIGITS LETTERS DIGITS, DIGITS DIGITS DIGITS DIGITS},
	{"", NULL},
	{DIGITS DIGITS DIGITS "0123456789abcde", NULL},
	{DIGITS DIGITS DIGITS DIGITS "0", NULL},
	{DIGITS DIGITS DIGITS DIGITS " ", NULL},
	{" " DIGITS DIGITS DIGITS DIGITS, NULL},
	{DIGITS DIGITS DIGITS "0123456789abcdeg", NULL},
	{"sha256:" DIGITS DIGITS DIGITS DIGITS, NULL},
};

START_TEST(a_digest_as_it_is_typed)
{
	int result = digest_take("--sha256", taken[_i].text, hex, &err);

	if (taken[_i].hex) {
		ck_assert_int_eq(result, 0);
		ck_assert_str_eq(hex, taken[_i].hex);
		return;
	}
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err_status(&err), 1);
	ck_assert_str_eq(err.msg, "--sha256 is not a SHA-256 digest of 64 hexadecimal digits");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_loop_test(tc, the_standards_examples, 0, COUNT(vectors));
	tcase_add_test(tc, a_million_letters);
	tcase_add_loop_test(tc, a_file_of_any_size, 0, COUNT(sizes));
	tcase_add_test(tc, one_that_is_on_its_way_is_waited_for);
	tcase_add_test(tc, one_that_is_lost_has_none);
	tcase_add_loop_test(tc, a_digest_as_it_is_typed, 0, COUNT(taken));
}
