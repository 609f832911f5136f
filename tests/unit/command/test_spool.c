/* SPDX-License-Identifier: MIT */
/* test_spool - files that a provisioning server sends and fetches. */
#include "command/spool.h"

#include "scratch_root.h"

#include "base/crypto.h"
#include "tests.h"

static struct spool_file file;
static struct err err;
static char digest[CRYPTO_SHA256_HEX];

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	crypto_sha256("hello", 5, digest);
}

static int
receive(const char *text)
{
	int ends[2], result;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	close(ends[1]);
	err = ERR_INIT;
	result = spool_receive(&file, digest, ".zip", 5, ends[0], &err);
	close(ends[0]);
	return result;
}

START_TEST(what_was_cut_off_is_gone_on_with)
{
	ck_assert_int_eq(spool_find(&file, digest, ".zip", 5, &err), 0);
	ck_assert_int_eq(file.have, 0);
	ck_assert_int_eq(receive("hel"), -1);
	ck_assert_int_eq(err.kind, ERR_CUT);
	ck_assert_int_eq(spool_find(&file, digest, ".zip", 5, &err), 0);
	ck_assert_int_eq(file.have, 3);
	ck_assert(!file.is_whole);
	ck_assert_int_eq(receive("lo"), 0);
	ck_assert(file.is_whole);
	ck_assert_str_eq(strrchr(file.path, '.'), ".zip");
	ck_assert_int_eq(access(file.path, R_OK), 0);
	ck_assert_int_eq(receive(""), 0);
}
END_TEST

START_TEST(another_content_is_removed)
{
	ck_assert_int_eq(receive("hullo"), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_int_eq(spool_find(&file, digest, ".zip", 5, &err), 0);
	ck_assert_int_eq(file.have, 0);
	ck_assert_int_eq(receive("hello, all"), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
}
END_TEST

START_TEST(a_file_can_be_dropped)
{
	ck_assert_int_eq(receive("hello"), 0);
	ck_assert_int_eq(spool_drop(digest, ".zip", &err), 0);
	ck_assert_int_eq(access(file.path, F_OK), -1);
	ck_assert_int_eq(spool_drop(digest, ".zip", &err), 0);
}
END_TEST

START_TEST(a_name_is_judged)
{
	ck_assert_int_eq(spool_find(&file, "xyz", "", 5, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	err = ERR_INIT;
	ck_assert_int_eq(spool_find(&file, digest, "./../x", 5, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	err = ERR_INIT;
	ck_assert_int_eq(spool_send("../x", 1, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
}
END_TEST

START_TEST(what_was_sent_is_gone)
{
	char text[16] = "";
	int ends[2], fd;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(spool_place(&file, "backup.gz", &err), 0);
	fd = open(file.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, "data", 4), 4);
	close(fd);
	ck_assert_int_eq(spool_send("backup.gz", ends[1], &err), 0);
	ck_assert_int_eq(read(ends[0], text, sizeof text), 4);
	ck_assert_str_eq(text, "data");
	ck_assert_int_eq(access(file.path, F_OK), -1);
	ck_assert_int_eq(spool_send("backup.gz", ends[1], &err), -1);
	ck_assert_int_eq(err.kind, ERR_IMAGE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, what_was_cut_off_is_gone_on_with);
	tcase_add_test(tc, another_content_is_removed);
	tcase_add_test(tc, a_file_can_be_dropped);
	tcase_add_test(tc, a_name_is_judged);
	tcase_add_test(tc, what_was_sent_is_gone);
}
