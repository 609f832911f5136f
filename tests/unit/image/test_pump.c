/* SPDX-License-Identifier: MIT */
/* test_pump - all that is put is written, in order, and what cannot be written is told. */
#include "image/pump.h"

#include "scratch.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PART PUMP_PART_BYTES

static struct err err;

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
}

static void
fill(unsigned char *data, size_t len, size_t offset)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (unsigned char)((offset + i) * 7 + (offset + i) / 253);
}

static const size_t sizes[] = {0, 1, PART - 1, PART, PART + 1, 4 * PART, 5 * PART, 9 * PART + 5};

START_TEST(a_file_of_any_size)
{
	int fd = openat(scratch_fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	unsigned char *wanted = malloc(sizes[_i] + 1), *got = malloc(sizes[_i] + 1);
	struct pump *pump = pump_start(fd, "file");

	ck_assert_ptr_nonnull(pump);
	for (size_t done = 0; done < sizes[_i];) {
		size_t n = sizes[_i] - done < PART ? sizes[_i] - done : PART;
		void *part = pump_part(pump);

		ck_assert_ptr_nonnull(part);
		fill(part, n, done);
		pump_put(pump, n);
		done += n;
	}
	ck_assert_int_eq(pump_finish(pump, &err), 0);
	fill(wanted, sizes[_i], 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), (off_t)sizes[_i]);
	ck_assert_int_eq(pread(fd, got, sizes[_i] + 1, 0), (ssize_t)sizes[_i]);
	ck_assert_mem_eq(got, wanted, sizes[_i]);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC); /* it is still the caller's */
	close(fd);
	free(wanted);
	free(got);
}
END_TEST

START_TEST(parts_need_not_be_full)
{
	int fd = openat(scratch_fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct pump *pump = pump_start(fd, "file");

	for (int i = 0; i < 26; i++) {
		char *part = pump_part(pump);

		ck_assert_ptr_nonnull(part);
		part[0] = (char)('a' + i);
		pump_put(pump, i == 13 ? 0 : 1);
	}
	ck_assert_int_eq(pump_finish(pump, &err), 0);
	close(fd);
	ck_assert_str_eq(scratch_read("file"), "abcdefghijklmopqrstuvwxyz");
}
END_TEST

/* Four parts are on their way at most: so many are given after the first that fails. */
START_TEST(a_full_disk_ends_it)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC), n = 0;
	struct pump *pump = pump_start(fd, "the file");
	void *part;

	while ((part = pump_part(pump))) {
		ck_assert_int_lt(n++, 5);
		memset(part, 'x', PART);
		pump_put(pump, PART);
	}
	ck_assert_ptr_null(pump_part(pump));
	ck_assert_int_eq(pump_finish(pump, &err), -1);
	ck_assert_int_eq(err_status(&err), 74);
	ck_assert_ptr_nonnull(strstr(err.msg, "the file"));
	close(fd);
}
END_TEST

START_TEST(a_failure_of_the_last_part_is_told)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct pump *pump = pump_start(fd, "the file");

	memset(pump_part(pump), 'x', 10);
	pump_put(pump, 10);
	ck_assert_int_eq(pump_finish(pump, &err), -1);
	ck_assert_int_eq(err_status(&err), 74);
	close(fd);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_loop_test(tc, a_file_of_any_size, 0, COUNT(sizes));
	tcase_add_test(tc, parts_need_not_be_full);
	tcase_add_test(tc, a_full_disk_ends_it);
	tcase_add_test(tc, a_failure_of_the_last_part_is_told);
}
