/* SPDX-License-Identifier: MIT */
/* test_curve - what befalls a deployment in a simulation. */
#include "provision/curve.h"

#include "scratch_fleet.h"
#include "tests.h"

static struct curve curve;

static int
open_curve(const char *text)
{
	char path[600];

	snprintf(path, sizeof path, "%s/curve", scratch_dir);
	scratch_write("curve", text);
	return curve_open(&curve, &fleet_d, path, &fleet_err);
}

START_TEST(the_load_is_on_a_line_between_two_points)
{
	ck_assert_int_eq(open_curve("# a comment\n100 web 2\n0 web 1\n50 db 7\n"), 0);
	ck_assert_int_eq((int)(100 * curve_load(&curve, 1, 0)), 100);
	ck_assert_int_eq((int)(100 * curve_load(&curve, 1, 50)), 150);
	ck_assert_int_eq((int)curve_load(&curve, 0, 49), 0);
	ck_assert_int_eq((int)curve_load(&curve, 0, 50), 7);
	ck_assert_int_eq((int)(100 * curve_load(&curve, 1, 1000)), 200);
	curve_close(&curve);
}
END_TEST

START_TEST(words_are_what_befalls_servers)
{
	static const struct curve_event wanted[] = {{1, 1, CURVE_DEAD, 1, 0, 0},
						    {2, 1, CURVE_DEAD, 3, 0, 0},
						    {3, 0, CURVE_DEAD, CURVE_ALL, 0, 0},
						    {4, 1, CURVE_SILENT, 1, 0, 60},
						    {5, 1, CURVE_SILENT, CURVE_ALL, 0, 70},
						    {6, 1, CURVE_START, 1, 20, 90}};

	ck_assert_int_eq(open_curve("1 web dead\n2 web dead 3\n3 db dead all\n4 web silent 60\n"
				    "5 web silent 70 all\n6 web start 20 90\n"),
			 0);
	ck_assert_uint_eq(curve.n_points, 0);
	ck_assert_uint_eq(curve.n_events, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < curve.n_events; i++) {
		const struct curve_event *event = &curve.events[i];

		ck_assert_int_eq(event->time, wanted[i].time);
		ck_assert_uint_eq(event->tier, wanted[i].tier);
		ck_assert_int_eq(event->kind, wanted[i].kind);
		ck_assert_int_eq(event->n, wanted[i].n);
		ck_assert_int_eq(event->least, wanted[i].least);
		ck_assert_int_eq(event->most, wanted[i].most);
	}
	ck_assert_ptr_null(curve_start(&curve, 1, 5));
	ck_assert_ptr_null(curve_start(&curve, 0, 6));
	ck_assert_ptr_eq(curve_start(&curve, 1, 6), &curve.events[5]);
	curve_close(&curve);
}
END_TEST

static const char *const bad[] = {"0 web\n",
				  "x web 1\n",
				  "0 no 1\n",
				  "0 web many\n",
				  "0 web inf\n",
				  "0 web nan\n",
				  "0 web 1e7\n",
				  "99999999999 web 1\n",
				  "0 web -1\n",
				  "0 web 1 2\n",
				  "0 web dead some\n",
				  "0 web dead 1 2\n",
				  "0 web silent\n",
				  "0 web silent all\n",
				  "0 web start\n",
				  "0 web start 1\n",
				  "0 web start 9 1\n",
				  "0 web start 1 x\n",
				  "0 web start 1 2 3\n",
				  "0 web dead -1\n"};

START_TEST(a_line_that_is_none_is_named)
{
	char text[64];

	snprintf(text, sizeof text, "0 web 1\n%s", bad[_i]);
	ck_assert_int_eq(open_curve(text), -1);
	ck_assert_int_eq(fleet_err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "line 2"));
	curve_close(&curve);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, the_load_is_on_a_line_between_two_points);
	tcase_add_test(tc, words_are_what_befalls_servers);
	tcase_add_loop_test(tc, a_line_that_is_none_is_named, 0, (int)(sizeof bad / sizeof *bad));
}
