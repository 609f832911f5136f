/* SPDX-License-Identifier: MIT */
/* test_secret - guarded bytes: kept while they grow, limited, digested, gone when released. */
#include "base/secret.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>

#include "scratch.h"
#include "tests.h"

static struct secret secret;
static struct err err;

static void
begin(void)
{
	secret = SECRET_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	secret_free(&secret);
}

static void
append(const char *text)
{
	ck_assert_msg(secret_append(&secret, text, strlen(text), &err) == 0, "%s", err.msg);
}

static void
assert_holds(const char *text, size_t len)
{
	ck_assert_uint_eq(secret.len, len);
	ck_assert_mem_eq(secret_reveal(&secret), text, len);
}

START_TEST(what_is_appended_is_there_in_order)
{
	append("pass");
	ck_assert_int_eq(secret_append(&secret, "\0", 1, &err), 0);
	ck_assert_int_eq(secret_append(&secret, NULL, 0, &err), 0);
	append("word");
	assert_holds("pass\0word", 9);
}
END_TEST

START_TEST(growth_keeps_the_bytes)
{
	for (int i = 0; i < 20000; i++) {
		char byte = (char)(i % 251);

		ck_assert_int_eq(secret_append(&secret, &byte, 1, &err), 0);
	}
	ck_assert_uint_eq(secret.len, 20000);
	for (int i = 0; i < 20000; i++)
		ck_assert_int_eq((unsigned char)secret_reveal(&secret)[i], i % 251);
}
END_TEST

START_TEST(room_is_made_once_and_what_is_there_is_kept)
{
	const char *before;

	ck_assert_int_eq(secret_reserve(&secret, 100000, &err), 0);
	ck_assert_uint_eq(secret.len, 0);
	ck_assert_uint_ge(secret.own_capacity, 100000);
	append("kept");
	before = secret_reveal(&secret);
	for (int i = 0; i < 999; i++)
		append("0123456789");
	ck_assert_ptr_eq(secret_reveal(&secret), before);
	ck_assert_int_eq(secret_reserve(&secret, 10, &err), 0); /* never less */
	ck_assert_ptr_eq(secret_reveal(&secret), before);
	ck_assert_int_eq(secret_reserve(&secret, 300000, &err), 0);
	ck_assert_uint_eq(secret.len, 9994);
	ck_assert_mem_eq(secret_reveal(&secret), "kept0123456789", 14);
}
END_TEST

START_TEST(more_than_there_is_is_an_error_and_what_is_there_stays)
{
	append("kept");
	if (_i == 0)
		ck_assert_int_eq(secret_append(&secret, "", SIZE_MAX, &err), -1);
	else if (_i == 1)
		ck_assert_int_eq(secret_append(&secret, "", SIZE_MAX / 2, &err), -1);
	else
		ck_assert_int_eq(secret_reserve(&secret, (size_t)1 << 50, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	assert_holds("kept", 4);
}
END_TEST

static int
read_text(const char *text, size_t len, size_t limit)
{
	int fd, result;

	scratch_write_bytes("input", text, len);
	fd = openat(scratch_fd, "input", O_RDONLY | O_CLOEXEC);
	result = secret_read(&secret, fd, limit, "the input", &err);
	close(fd);
	return result;
}

static const struct {
	size_t len, limit;
	int result;
} limits[] = {{0, 0, 0},	 {1, 0, -1},	     {100, 100, 0},
	      {101, 100, -1},	 {4096, 4096, 0},    {4097, 4096, -1},
	      {65536, 65536, 0}, {65537, 65536, -1}, {70000, 10, -1}};

START_TEST(input_over_the_limit_is_refused_and_input_at_it_is_not)
{
	static char text[70000];

	memset(text, 's', sizeof text);
	ck_assert_int_eq(read_text(text, limits[_i].len, limits[_i].limit), limits[_i].result);
	if (limits[_i].result) {
		ck_assert_int_eq(err.kind, ERR_UNSAFE);
		ck_assert_ptr_nonnull(strstr(err.msg, "the input"));
		ck_assert_ptr_null(strstr(err.msg, "ss"));
	} else if (limits[_i].len) {
		assert_holds(text, limits[_i].len);
	} else {
		ck_assert_uint_eq(secret.len, 0);
	}
}
END_TEST

START_TEST(what_is_read_is_appended)
{
	append("before ");
	ck_assert_int_eq(read_text("after", 5, 100), 0);
	assert_holds("before after", 12);
}
END_TEST

START_TEST(a_pipe_is_read_to_its_end_however_it_comes)
{
	enum { BYTES = 10000 };
	int ends[2];
	pid_t writer;

	/* Non-blocking the second time, as the pipes of event-driven callers are. */
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	if (_i)
		ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	writer = fork();
	if (writer == 0) {
		for (int i = 0; i < BYTES; i++) {
			char byte = (char)('a' + i % 26);

			if (write(ends[1], &byte, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	ck_assert_msg(secret_read(&secret, ends[0], BYTES, "the pipe", &err) == 0, "%s", err.msg);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
	ck_assert_uint_eq(secret.len, BYTES);
	for (int i = 0; i < BYTES; i++)
		ck_assert_int_eq(secret_reveal(&secret)[i], 'a' + i % 26);
	close(ends[0]);
}
END_TEST

START_TEST(what_cannot_be_read_is_named)
{
	ck_assert_int_eq(secret_read(&secret, scratch_fd, 100, "the directory", &err), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	ck_assert_ptr_nonnull(strstr(err.msg, "the directory"));
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *hex;
} digests[] = {
	{"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abc and more", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abc", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(a_digest_is_that_of_fips_180_4)
{
	char hex[SECRET_SHA256_HEX];

	if (*digests[_i].text)
		append(digests[_i].text);
	secret_sha256(&secret, digests[_i].len, hex);
	ck_assert_str_eq(hex, digests[_i].hex);
}
END_TEST

START_TEST(releasing_leaves_the_empty_value_and_accepts_it)
{
	append("password");
	secret_free(&secret);
	ck_assert_ptr_null(secret_edit(&secret));
	ck_assert_uint_eq(secret.len, 0);
	ck_assert_uint_eq(secret.own_capacity, 0);
	secret_free(&secret);
	append("again");
	assert_holds("again", 5);
}
END_TEST

/* What a process that touches the byte after the secret, or one that was released, dies of. */
START_TEST(guard_pages_stop_who_reads_on)
{
	int status;
	pid_t reader;

	append("password");
	ck_assert_int_eq(secret_reserve(&secret, 8192, &err), 0);
	reader = fork();
	if (reader == 0) {
		const volatile char *bytes = secret_reveal(&secret);

		signal(SIGSEGV, SIG_DFL);
		if (_i)
			secret_free(&secret);
		_exit(_i ? bytes[0] : bytes[8192]);
	}
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert(WIFSIGNALED(status));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, what_is_appended_is_there_in_order);
	tcase_add_test(tc, growth_keeps_the_bytes);
	tcase_add_test(tc, room_is_made_once_and_what_is_there_is_kept);
	tcase_add_loop_test(tc, more_than_there_is_is_an_error_and_what_is_there_stays, 0, 3);
	tcase_add_loop_test(tc, input_over_the_limit_is_refused_and_input_at_it_is_not, 0,
			    (int)(sizeof limits / sizeof *limits));
	tcase_add_test(tc, what_is_read_is_appended);
	tcase_add_loop_test(tc, a_pipe_is_read_to_its_end_however_it_comes, 0, 2);
	tcase_add_test(tc, what_cannot_be_read_is_named);
	tcase_add_loop_test(tc, a_digest_is_that_of_fips_180_4, 0,
			    (int)(sizeof digests / sizeof *digests));
	tcase_add_test(tc, releasing_leaves_the_empty_value_and_accepts_it);
	tcase_add_loop_test(tc, guard_pages_stop_who_reads_on, 0, 2);
}
