/* SPDX-License-Identifier: MIT */
/* test_arrival - a reader gets what has arrived, waits for what has not, and never reads more. */
#include "image/arrival.h"

#include <pthread.h>

#include "base/thread.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct arrival image;
static struct err err;
static char got[64];
static size_t len;
static int fd;

/* The file has all its 26 letters: only what is told to be there may be read. */
static void
begin(void)
{
	scratch_setup();
	scratch_write("image", "abcdefghijklmnopqrstuvwxyz");
	fd = openat(scratch_fd, "image", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	err = ERR_INIT;
	len = 99;
	arrival_open(&image, fd);
}

static void
finish(void)
{
	arrival_close(&image);
	close(fd);
	scratch_teardown();
}

static int
get(uint64_t offset, size_t least, size_t most)
{
	memset(got, 0, sizeof got);
	return arrival_read(&image, (struct arrival_range){offset, least, most}, got, &len, &err);
}

static void
open_whole(void)
{
	arrival_close(&image);
	ck_assert_int_eq(arrival_open_whole(&image, fd, &err), 0);
}

static const struct {
	uint64_t offset;
	size_t least, most;
	const char *text;
} reads[] = {
	{0, 26, 26, "abcdefghijklmnopqrstuvwxyz"},
	{0, 1, 3, "abc"},
	{23, 1, 3, "xyz"},
	{23, 3, 60, "xyz"},
	{24, 10, 60, "yz"}, /* fewer only at the end */
	{26, 1, 60, ""},
	{27, 1, 60, ""},
	{UINT64_MAX, 1, 60, ""},
	{5, 0, 0, ""},
};

START_TEST(a_whole_file)
{
	uint64_t size = 0;

	open_whole();
	ck_assert_int_eq(arrival_size(&image, &size, &err), 0);
	ck_assert_uint_eq(size, 26);
	ck_assert(arrival_is_there(&image, 0, 26));
	ck_assert_int_eq(get(reads[_i].offset, reads[_i].least, reads[_i].most), 0);
	ck_assert_str_eq(got, reads[_i].text);
	ck_assert_uint_eq(len, strlen(reads[_i].text));
}
END_TEST

START_TEST(what_has_arrived_and_no_more)
{
	arrival_tell(&image, 26, 10, 26);
	ck_assert_int_eq(get(0, 1, 60), 0);
	ck_assert_str_eq(got, "abcdefghij");
	ck_assert_int_eq(get(9, 1, 60), 0);
	ck_assert_str_eq(got, "j");
	ck_assert_int_eq(get(26, 1, 60), 0); /* past the end, there is nothing to wait for */
	ck_assert_uint_eq(len, 0);
	ck_assert(arrival_is_there(&image, 0, 10));
	ck_assert(!arrival_is_there(&image, 0, 11));
	ck_assert(!arrival_is_there(&image, 10, 1));
}
END_TEST

START_TEST(the_end_may_come_first)
{
	arrival_tell(&image, 26, 4, 20);
	ck_assert_int_eq(get(20, 6, 60), 0);
	ck_assert_str_eq(got, "uvwxyz");
	ck_assert_int_eq(get(1, 1, 60), 0);
	ck_assert_str_eq(got, "bcd");
	ck_assert(arrival_is_there(&image, 22, 4));
	ck_assert(!arrival_is_there(&image, 3, 2));
	ck_assert(!arrival_is_there(&image, 19, 2));
	arrival_tell(&image, 26, 20, 20); /* the two have met */
	ck_assert_int_eq(get(18, 1, 60), 0);
	ck_assert_str_eq(got, "stuvwxyz");
}
END_TEST

/* Tells all that is to be told, in steps that the reader can tell apart. */
static const uint64_t steps[][3] = {{26, 0, 26}, {26, 3, 26}, {26, 3, 20}, {26, 12, 20}};

static atomic_int n_told;

static void *
bring(void *arg)
{
	for (size_t i = 0; i < COUNT(steps); i++) {
		usleep(2000);
		atomic_fetch_add(&n_told, 1);
		arrival_tell(&image, steps[i][0], steps[i][1], steps[i][2]);
	}
	usleep(2000);
	arrival_end(&image, *(bool *)arg);
	return NULL;
}

START_TEST(what_is_on_its_way_is_waited_for)
{
	bool is_whole = true;
	uint64_t size = 0;
	pthread_t thread;

	atomic_store(&n_told, 0);
	ck_assert_int_eq(thread_start(&thread, bring, &is_whole, &err), 0);
	ck_assert_int_eq(arrival_size(&image, &size, &err), 0);
	ck_assert_uint_eq(size, 26);
	ck_assert_int_ge(atomic_load(&n_told), 1);
	ck_assert_int_eq(get(22, 4, 4), 0);
	ck_assert_str_eq(got, "wxyz");
	ck_assert_int_ge(atomic_load(&n_told), 3);
	ck_assert_int_eq(get(2, 8, 8), 0);
	ck_assert_str_eq(got, "cdefghij");
	ck_assert_int_ge(atomic_load(&n_told), 4);
	ck_assert_int_eq(get(0, 26, 26), 0); /* the gap: only the end brings it */
	ck_assert_str_eq(got, "abcdefghijklmnopqrstuvwxyz");
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(what_is_lost_fails_and_what_arrived_stays_readable)
{
	bool is_whole = false;
	pthread_t thread;

	atomic_store(&n_told, 0);
	ck_assert_int_eq(thread_start(&thread, bring, &is_whole, &err), 0);
	ck_assert_int_eq(get(10, 5, 5), -1);
	ck_assert_int_eq(err_status(&err), 69);
	ck_assert_str_eq(err.msg, "the image did not arrive whole");
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(get(0, 12, 12), 0);
	ck_assert_str_eq(got, "abcdefghijkl");
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(lost_before_its_size_was_known)
{
	uint64_t size;

	arrival_end(&image, false);
	ck_assert_int_eq(arrival_size(&image, &size, &err), -1);
	ck_assert_int_eq(err_status(&err), 69);
	err = ERR_INIT;
	ck_assert_int_eq(get(0, 1, 1), -1);
	ck_assert_int_eq(err_status(&err), 69);
}
END_TEST

START_TEST(a_file_that_becomes_shorter_is_an_error)
{
	open_whole();
	ck_assert_int_eq(ftruncate(fd, 20), 0);
	ck_assert_int_eq(get(0, 26, 26), -1);
	ck_assert_int_eq(err_status(&err), 74);
	ck_assert_str_eq(err.msg, "the image has become shorter");
}
END_TEST

START_TEST(what_cannot_be_read_is_an_error)
{
	struct arrival write_only;

	ck_assert_int_eq(arrival_open_whole(&write_only, -1, &err), -1);
	ck_assert_int_eq(err_status(&err), 71);
	err = ERR_INIT;
	arrival_close(&write_only);
	arrival_open(&write_only, openat(scratch_fd, "image", O_WRONLY | O_CLOEXEC));
	arrival_tell(&write_only, 26, 26, 26);
	ck_assert_int_eq(
		arrival_read(&write_only, (struct arrival_range){0, 1, 1}, got, &len, &err), -1);
	ck_assert_int_eq(err_status(&err), 71);
	close(write_only.fd);
	arrival_close(&write_only);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_whole_file, 0, COUNT(reads));
	tcase_add_test(tc, what_has_arrived_and_no_more);
	tcase_add_test(tc, the_end_may_come_first);
	tcase_add_test(tc, what_is_on_its_way_is_waited_for);
	tcase_add_test(tc, what_is_lost_fails_and_what_arrived_stays_readable);
	tcase_add_test(tc, lost_before_its_size_was_known);
	tcase_add_test(tc, a_file_that_becomes_shorter_is_an_error);
	tcase_add_test(tc, what_cannot_be_read_is_an_error);
}
