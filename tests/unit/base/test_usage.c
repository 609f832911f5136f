/* SPDX-License-Identifier: MIT */
/* test_usage - how busy a machine is, from files in the place of the kernel's. */
#include "base/usage.h"

#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "tests.h"

#define MEMORY "MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:     250 kB\n"

static struct usage usage;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	err = ERR_INIT;
	scratch_write("proc/loadavg", "0.50 1.00 2.00 1/100 4242\n");
	scratch_write("proc/meminfo", MEMORY);
}

static int
read_it(void)
{
	return usage_read(scratch_path("proc"), &usage, &err);
}

START_TEST(load_and_memory_are_percentages)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	ck_assert_msg(read_it() == 0, "%s", err.msg);
	ck_assert_int_eq(usage.n_cpus, n);
	ck_assert_double_eq_tol(usage.load[0], 0.5, 1e-9);
	ck_assert_double_eq_tol(usage.load[2], 2, 1e-9);
	ck_assert_double_eq_tol(usage.cpu, 200.0 / (double)n, 1e-9);
	ck_assert_double_eq_tol(usage.memory, 75, 1e-9);
	ck_assert_int_eq(usage.memory_bytes, 1024000);
	ck_assert_double_lt(usage.pressure, 0);
}
END_TEST

START_TEST(pressure_is_known_where_the_kernel_says_it)
{
	scratch_write("proc/pressure/cpu", "some avg10=1.00 avg60=12.50 avg300=3.00 total=5\n"
					   "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	ck_assert_int_eq(read_it(), 0);
	ck_assert_double_eq_tol(usage.pressure, 12.5, 1e-9);
	scratch_write("proc/pressure/cpu", "nothing\n");
	ck_assert_int_eq(read_it(), 0);
	ck_assert_double_lt(usage.pressure, 0);
}
END_TEST

static const struct {
	const char *file, *text;
	const char *says;
} bad[] = {
	{"proc/loadavg", "0.5 1\n", "loadavg' has no three averages"},
	{"proc/meminfo", "MemTotal: 1000 kB\n", "has no MemTotal and MemAvailable"},
	{"proc/meminfo", "", "has no MemTotal and MemAvailable"},
	{"proc/meminfo", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "has no MemTotal"},
};

START_TEST(files_of_another_form_are_refused)
{
	scratch_write(bad[_i].file, bad[_i].text);
	ck_assert_int_eq(read_it(), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(files_that_are_missing_are_an_error)
{
	ck_assert_int_eq(usage_read(scratch_path("none"), &usage, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "loadavg"));
}
END_TEST

START_TEST(this_machine_s_own_can_be_read)
{
	ck_assert_msg(usage_read("/proc", &usage, &err) == 0, "%s", err.msg);
	ck_assert_double_gt(usage.memory, 0);
	ck_assert_double_lt(usage.memory, 100.001);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_test(tc, load_and_memory_are_percentages);
	tcase_add_test(tc, pressure_is_known_where_the_kernel_says_it);
	tcase_add_loop_test(tc, files_of_another_form_are_refused, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tc, files_that_are_missing_are_an_error);
	tcase_add_test(tc, this_machine_s_own_can_be_read);
}
