/* SPDX-License-Identifier: MIT */
/* test_parser - the text of a deployment file. */
#include "provision/parser.h"

#include "scratch_fleet.h"
#include "tests.h"

static struct faults faults;

static void
read_with(const char *more)
{
	struct deployment d = DEPLOYMENT_INIT;
	char text[8192];
	struct err e = ERR_INIT;

	faults = FAULTS_INIT;
	snprintf(text, sizeof text, "%s%s", fleet_text, more);
	if (parser_read(&d, text, strlen(text), scratch_dir, &faults, &e))
		ck_assert_int_eq(e.kind, ERR_UNSAFE);
	deployment_free(&d);
}

START_TEST(it_is_read)
{
	ck_assert_str_eq(fleet_d.name, "shop");
	ck_assert_uint_eq(fleet_d.n_tiers, 2);
	ck_assert_uint_eq(fleet_d.n_levels, 2);
	ck_assert_uint_eq(fleet_d.services[1].level, 1);
	ck_assert_int_eq(fleet_d.tiers[1].max, 2);
	ck_assert(fleet_d.tiers[1].votes);
	ck_assert_str_eq(fleet_d.services[0].keys[0].user, "root");
	ck_assert_int_eq(fleet_d.services[0].keys[0].password[5], '/');
	ck_assert_str_eq(fleet_d.sources[0].database, "shop");
	ck_assert_str_eq(fleet_d.services[1].ports[0].public_number, "80");
}
END_TEST

static const struct {
	const char *more, *pattern;
} mistakes[] = {
	{"nonsense\n", "neither a heading"},
	{"[tyre x]\nmin = 1\n", "no section [tyre x]"},
	{"[tier x]\nsize = 1\n", "has no key 'size'"},
	{"[tier x]\nhosts = h9\n", "no [host h9]"},
	{"[tier x]\nmin = 2\nmax = 1\nhosts = h1\n", "min 2 is above max 1"},
	{"[tier x]\nmin = two\n", "min"},
	{"[tier x]\nmin = 1\nmin = 1\nhosts = h1\n", "min is given twice"},
	{"[tier x]\nmin = 1\n", "needs hosts, or [hosts] make"},
	{"[tier x]\nscaling = often\n", "scaling is one of none, votes"},
	{"[tier web]\nmin = 1\n", "a section [tier web] already"},
	{"[service x y]\ntier = web\n", "is no name"},
	{"[service x]\ntier = no\nimage = image.zip\nrun-as = x\n", "no [tier no]"},
	{"[service x]\ntier = web\nrun-as = x\n", "needs image"},
	{"[service x]\ntier = web\nimage = no.zip\nrun-as = x\n", "cannot be read"},
	{"[service x]\ntier = web\nimage = secret\nrun-as = x\n", "an image ends in"},
	{"[service x]\ntier = web\nimage = https://h/x.zip\nrun-as = x\n", "needs its sha256"},
	{"[service x]\ntier = web\nimage = image.zip\nrun-as = x\ndepends-on = y\n",
	 "no [service y]"},
	{"[service x]\ntier = web\nimage = image.zip\nrun-as = x\ndepends-on = x\n",
	 "depends on itself"},
	{"[service x]\ntier = web\nimage = image.zip\nrun-as = x\ndata-sources = y\n",
	 "no [data source y]"},
	{"[service x]\ntier = web\nimage = image.zip\nrun-as = x\nbalancer = front\n",
	 "needs a port.NUMBER"},
	{"[service x]\nport.0 = TCP\n", "port"},
	{"[service x]\nkey.a = root\n", "key.NAME = USER REFERENCE"},
	{"[service x]\nkey.a = root hunter2\n", "is a reference"},
	{"[data source x]\nservice = db\nuser = u\npassword = hunter2\n", "no secret"},
	{"[data source x]\nuser = u\npassword = fd:3\n", "needs service"},
	{"[balancer x]\naddress = 10.0.0.9\n", "needs tier"},
	{"[hosts]\nmake = ./make\n", "needs make and destroy"},
	{"[hosts]\nmake = a;b\ndestroy = x\n", "words with blanks"},
};

START_TEST(a_mistake_is_named_with_its_line)
{
	read_with(mistakes[_i].more);
	ck_assert_msg(faults.n >= 1, "%s", mistakes[_i].more);
	ck_assert_msg(strstr(faults.text.data, mistakes[_i].pattern) != NULL, "'%s' in '%s'",
		      mistakes[_i].pattern, faults.text.data);
	ck_assert_ptr_null(strstr(faults.text.data, "hunter2"));
	ck_assert_int_gt(atoi(faults.text.data), 0);
	faults_free(&faults);
}
END_TEST

START_TEST(all_mistakes_are_named_at_once)
{
	read_with("nonsense\n[tier x]\nsize = 1\nmin = two\nhosts = h9\n[tyre y]\na = b\n");
	ck_assert_uint_eq(faults.n, 5);
	faults_free(&faults);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, it_is_read);
	tcase_add_loop_test(tc, a_mistake_is_named_with_its_line, 0,
			    (int)(sizeof mistakes / sizeof *mistakes));
	tcase_add_test(tc, all_mistakes_are_named_at_once);
}
