/* SPDX-License-Identifier: MIT */
/* test_keys - a key is found by its id, and a directory that is not sound has none. */
#include "image/keys.h"

#include "scratch_signer.h"
#include "tests.h"

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

static void
refused(int result, const char *words)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err_status(&err), 77);
	ck_assert_msg(strstr(err.msg, words) != NULL, "'%s' not in '%s'", words, err.msg);
}

static int
find(const struct signer *of, bool *found)
{
	unsigned char key[CRYPTO_KEY_BYTES];
	int fd = openat(scratch_fd, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

	memcpy(signature.key_id, of->id, sizeof of->id);
	err = ERR_INIT;
	result = keys_find(fd, &signature, key, found, &err);
	if (result == 0 && *found)
		ck_assert_mem_eq(key, of->key, sizeof key);
	close(fd);
	return result;
}

static bool
any(void)
{
	int fd = openat(scratch_fd, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool result = false;

	ck_assert_int_eq(keys_any(fd, &result, &err), 0);
	close(fd);
	return result;
}

START_TEST(keys_are_found_by_their_id)
{
	bool found = true;

	ck_assert_int_eq(keys_find(-1, &signature, ours.key, &found, &err), 0);
	ck_assert(!found);
	found = true;
	ck_assert_int_eq(keys_any(-1, &found, &err), 0);
	ck_assert(!found);
	scratch_mkdir("keys/");
	ck_assert(!any());
	signer_trust(&ours, ".hidden.pub");
	signer_trust(&ours, "ours.key");
	scratch_write("keys/.pub", "not a key");
	ck_assert(!any());
	ck_assert_int_eq(find(&ours, &found), 0);
	ck_assert(!found);
	signer_trust(&another, "a.pub");
	signer_trust(&ours, "b.pub");
	signer_trust(&ours, "same.pub"); /* twice the same does no harm */
	ck_assert(any());
	ck_assert_int_eq(find(&ours, &found), 0);
	ck_assert(found);
	ck_assert_int_eq(find(&another, &found), 0);
	ck_assert(found);
}
END_TEST

START_TEST(two_different_keys_of_one_id_are_none)
{
	struct signer liar = another;
	bool found = false;

	memcpy(liar.id, ours.id, sizeof liar.id);
	signer_trust(&ours, "a.pub");
	signer_trust(&liar, "b.pub");
	refused(find(&ours, &found), "another file has a different key of the same id");
	ck_assert(!found);
}
END_TEST

START_TEST(a_damaged_key_file_is_named_whichever_key_is_looked_for)
{
	bool found = false;

	signer_trust(&ours, "a.pub");
	scratch_write("keys/broken.pub", "x");
	refused(find(&ours, &found), "trusted key 'broken.pub': its key is not");
	unlinkat(scratch_fd, "keys/broken.pub", 0);
	ck_assert_int_eq(symlinkat("a.pub", scratch_fd, "keys/link.pub"), 0);
	refused(find(&ours, &found), "trusted key 'link.pub': it is a symbolic link");
	unlinkat(scratch_fd, "keys/link.pub", 0);
	scratch_mkdir("keys/dir.pub/");
	refused(find(&ours, &found), "trusted key 'dir.pub': it is no regular file");
	unlinkat(scratch_fd, "keys/dir.pub", AT_REMOVEDIR);
	ck_assert_int_eq(mkfifoat(scratch_fd, "keys/fifo.pub", 0600), 0);
	refused(find(&ours, &found), "trusted key 'fifo.pub': it is no regular file");
	unlinkat(scratch_fd, "keys/fifo.pub", 0);
	scratch_write("keys/large.pub", "");
	ck_assert_int_eq(truncate(scratch_path("keys/large.pub"), KEYS_FILE_MAX + 1), 0);
	refused(find(&ours, &found), "trusted key 'large.pub': it is too large to be a key");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_test(tc, keys_are_found_by_their_id);
	tcase_add_test(tc, two_different_keys_of_one_id_are_none);
	tcase_add_test(tc, a_damaged_key_file_is_named_whichever_key_is_looked_for);
}
