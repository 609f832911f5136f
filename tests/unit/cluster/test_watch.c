/* SPDX-License-Identifier: MIT */
/* test_watch - what ends a wait from outside: a signal, a reader that has gone, the time. */
#include "cluster/watch.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/proc.h"
#include "tests.h"

static struct err e;
static struct watch w;

static void
begin(void)
{
	e = ERR_INIT;
	w = WATCH_INIT;
	proc_hold_signals();
}

static void
end(void)
{
	watch_close(&w);
}

START_TEST(nothing_ends_it_where_nothing_happens)
{
	long long before = clock_ms();
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(watch_open(&w, fds[1], 0, &e), 0);
	ck_assert_int_eq(watch_look(&w, &e), 0);
	ck_assert_int_eq(watch_wait(&w, 30, &e), 0);
	ck_assert_int_ge(clock_ms() - before, 29);
	ck_assert_int_eq(watch_left_ms(&w, 12345), 12345);
	ck_assert_int_eq(watch_left_ms(&w, -1), 0);
}
END_TEST

static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};

START_TEST(a_signal_ends_a_wait_and_stays)
{
	struct pollfd polled;

	ck_assert_int_eq(watch_open(&w, -1, 0, &e), 0);
	raise(signals[_i]);
	ck_assert_int_eq(watch_wait(&w, 60000, &e), -1);
	ck_assert_int_eq(err_status(&e), 128 + signals[_i]);
	ck_assert_int_eq(watch_look(&w, &e), -1);
	polled = (struct pollfd){.fd = w.signal_fd, .events = POLLIN};
	ck_assert_int_eq(poll(&polled, 1, 0), 1);
}
END_TEST

START_TEST(a_reader_that_goes_ends_it)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(watch_open(&w, fds[1], 0, &e), 0);
	ck_assert_int_eq(watch_look(&w, &e), 0);
	close(fds[0]);
	ck_assert_int_eq(watch_wait(&w, 60000, &e), -1);
	ck_assert_int_eq(err_status(&e), 74);
}
END_TEST

START_TEST(the_time_ends_it)
{
	ck_assert_int_eq(watch_open(&w, -1, 1, &e), 0);
	ck_assert_int_le(watch_left_ms(&w, 60000), 1000);
	ck_assert_int_eq(watch_look(&w, &e), 0);
	ck_assert_int_eq(watch_wait(&w, 60000, &e), -1);
	ck_assert_int_eq(err_status(&e), 69);
	ck_assert_str_eq(e.msg, "it took longer than 1 s (--timeout)");
	ck_assert_int_eq(watch_left_ms(&w, 60000), 0);
}
END_TEST

START_TEST(closing_accepts_the_empty_value)
{
	watch_close(&w);
	ck_assert_int_eq(w.signal_fd, -1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, nothing_ends_it_where_nothing_happens);
	tcase_add_loop_test(tc, a_signal_ends_a_wait_and_stays, 0, 3);
	tcase_add_test(tc, a_reader_that_goes_ends_it);
	tcase_add_test(tc, the_time_ends_it);
	tcase_add_test(tc, closing_accepts_the_empty_value);
}
