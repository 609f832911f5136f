/* SPDX-License-Identifier: MIT */
/* test_drawing - what depends on what, as a picture. */
#include "cli/drawing.h"

#include "scratch_fleet.h"
#include "tests.h"

static struct markup m = {.failed = false};

static const char *
class_of(void *arg, const struct deployment_service *s)
{
	(void)arg;
	return strcmp(s->id, "db") == 0 ? "bad" : "good";
}

static void
draw(void)
{
	ck_assert_int_eq(drawing_add(&m, &fleet_d, class_of, NULL, &fleet_err), 0);
	ck_assert(!m.failed);
}

START_TEST(all_services_and_what_they_need_are_there)
{
	draw();
	ck_assert_ptr_nonnull(strstr(m.text.data, "<g class=\"node bad\"><title>db: bad</title>"));
	ck_assert_ptr_nonnull(strstr(m.text.data, "<title>web: good</title>"));
	/* The name of the data source is on its arrow. */
	ck_assert_ptr_nonnull(strstr(m.text.data, ">shop</text>"));
	/* The balancer is beside the database: a circle, and the drawing ends all the same. */
	ck_assert_ptr_nonnull(strstr(m.text.data, "class=\"edge balances\""));
	markup_free(&m);
}
END_TEST

static const char chain[] = "[deployment]\nname = x\n[hosts]\nmake = m\ndestroy = d\n"
			    "[tier t]\nmin = 1\n[tier f]\nmin = 1\n"
			    "[service a]\ntier = t\nimage = image.zip\nrun-as = u\nport.80 = TCP\n"
			    "depends-on = b\nbalancer = f\n"
			    "[service b]\ntier = t\nimage = image.zip\nrun-as = u\n"
			    "depends-on = c\n"
			    "[service c]\ntier = t\nimage = image.zip\nrun-as = u\n"
			    "[service front]\ntier = f\nimage = image.zip\nrun-as = u\n"
			    "[balancer f]\ntier = f\n";

/* Where the box of a service begins. */
static unsigned
left_of(const char *id)
{
	char mark[64];
	const char *at;
	unsigned x = 0;

	snprintf(mark, sizeof mark, "<title>%s:", id);
	at = strstr(m.text.data, mark);
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(strstr(at, "<rect"), "<rect x=\"%u\"", &x), 1);
	return x;
}

START_TEST(what_is_needed_is_to_the_right)
{
	fleet_reread(chain);
	draw();
	ck_assert_uint_lt(left_of("front"), left_of("a"));
	ck_assert_uint_lt(left_of("a"), left_of("b"));
	ck_assert_uint_lt(left_of("b"), left_of("c"));
	markup_free(&m);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, all_services_and_what_they_need_are_there);
	tcase_add_test(tc, what_is_needed_is_to_the_right);
}
