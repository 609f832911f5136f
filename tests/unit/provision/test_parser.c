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

#define SERVICE "[service x]\ntier = web\nimage = image.zip\nrun-as = x\n"

/* Each in a line of what stands behind a deployment that has none. */
static const struct {
	const char *more;
	unsigned line; /* from 1 in `more` */
	const char *pattern;
} mistakes[] = {
	{"nonsense\n", 1, "neither a heading"},
	{"[tier x]\nhosts = h1\n min = 1\n", 3, "starts with a blank"},
	{"[tier x\n", 1, "a section heading is [NAME] and nothing else"},
	{"[]\n", 1, "name is empty or too long"},
	{"[tier x]\nhosts = h1\n= 1\n", 3, "no name before '='"},
	{"[tier x]\nhosts = h1\nmin size = 1\n", 3, "has a blank"},
	{"[tyre x]\nmin = 1\n", 1, "no section [tyre x]: [deployment], [hosts], [host NAME]"},
	{"[tier]\nmin = 1\n", 1, "no section [tier]"},
	{"[tier x]\nhost = h1\n", 2, "has no key 'host'; the nearest is hosts"},
	{"[tier x]\nhosts = h1\nvote-intervall = 3\n", 3, "the nearest is vote-interval"},
	{"[service x]\nports.80 = TCP\n", 2, "has no key 'ports.80'"},
	{"[service x]\ndependsOn = db\n", 2, "the nearest is depends-on"},
	{"[service x]\nrunAs = db\n", 2, "the nearest is run-as"},
	{"[data source x]\npasswort = file:secret\n", 2, "the nearest is password"},
	{"[tier x]\nqqqqqqqqqqqqqqqq = 1\n", 2, "(see enstratus-deployment(5))"},
	{"[tier x]\nmin = 1\nhosts = h9\n", 3, "no [host h9]; the nearest is [host h1]"},
	{"[tier x]\nhosts = h1, h1\n", 2, "host h1 is given twice"},
	{"[tier x]\nhosts = h1\nmax = 1\nmin = 2\n", 4, "min 2 is above max 1"},
	{"[tier x]\nmin = 2\nhosts = h1\n", 3, "only 1 hosts and no [hosts] make"},
	{"[tier x]\nmin = two\nhosts = h1\n", 2, "min"},
	{"[tier x]\nmin = 1\nmin = 1\nhosts = h1\n", 3, "min is given twice"},
	{"[tier x]\nmin =\nhosts = h1\n", 2, "min is empty: leave it out"},
	{"[tier x]\nmin = 1\n", 1, "needs hosts, or [hosts] make"},
	{"[tier x]\n", 1, "needs hosts, or [hosts] make"},
	{"[tier x]\nhosts = h1\nscaling = often\n", 3, "scaling is one of none, votes"},
	{"[tier x]\nhosts = h1\nvote-interval = 0\n", 3, "vote-interval"},
	{"[tier web]\nmin = 1\n", 1, "a section [tier web] already"},
	{"[host x]\nport = 65536\n", 2, "port"},
	{"[host x]\nuser = a b\n", 2, "is no name: letters, digits"},
	{"[service x y]\ntier = web\n", 1, "is no name"},
	{"[service x]\nimage = image.zip\nrun-as = x\ntier = wep\n", 4,
	 "; the nearest is [tier web]"},
	{"[service x]\ntier = web\nrun-as = x\n", 1, "needs image"},
	{"[service x]\nimage = image.zip\nrun-as = x\n", 1, "needs tier"},
	{"[service x]\ntier = web\nimage = image.zip\n", 1, "needs run-as"},
	{"[service x]\ntier = web\nimage = no.zip\nrun-as = x\n", 3, "cannot be read"},
	{"[service x]\ntier = web\nimage = secret\nrun-as = x\n", 3, "an image ends in"},
	{"[service x]\ntier = web\nimage = https://h/x.zip\nrun-as = x\n", 3, "needs its sha256"},
	{SERVICE "sha256 = 12\n", 5, "is not 64 digits"},
	{SERVICE "custom = nowhere\n", 5, "nowhere' cannot be read"},
	{SERVICE "depends-on = dbb\n", 5, "no [service dbb]; the nearest is [service db]"},
	{SERVICE "depends-on = x\n", 5, "waits for itself: x, x;"},
	{SERVICE "depends-on = z\n[service y]\ntier = web\nimage = image.zip\nrun-as = x\n"
		 "depends-on = x\n[service z]\ntier = web\nimage = image.zip\nrun-as = x\n"
		 "depends-on = y\n",
	 5, "waits for itself: x, z, y, x; one of them has to do without the next"},
	{SERVICE "data-sources = shoppe\n", 5,
	 "no [data source shoppe]; the nearest is [data source shop]"},
	{SERVICE "balancer = front\n", 5, "needs a port.NUMBER"},
	{SERVICE "port.1 = TCP\nbalancer = rear\n", 6, "no [balancer rear]"},
	{SERVICE "port.0 = TCP\n", 5, "port"},
	{SERVICE "port.1 = TCP 99999\n", 5, "the public port"},
	{SERVICE "port.1 = TCP\nport.1 = UDP\n", 6, "port.1 is given twice"},
	{SERVICE "key.a = root\n", 5, "key.NAME = USER REFERENCE"},
	{SERVICE "key.a = root hunter2\n", 5, "the second word is a reference"},
	{SERVICE "key.a = r fd:3\nkey.a = r fd:4\n", 6, "key.a is given twice"},
	{"[data source x]\nservice = db\nuser = u\npassword = hunter2\n", 4,
	 "no secret stands here"},
	{"[data source x]\nuser = u\npassword = fd:3\n", 1, "needs service"},
	{"[data source x]\nservice = db\npassword = fd:3\n", 1, "needs user"},
	{"[data source x]\nservice = db\nuser = u\n", 1, "needs password"},
	{"[data source x]\nuser = u\npassword = fd:3\nservice = dbb\n", 4,
	 "the nearest is [service db]"},
	{"[data source x]\nservice = db\nuser = u\npassword = fd:3\ndump = no\n", 5, "the dump '"},
	{"[balancer x]\naddress = 10.0.0.9\n", 1, "needs tier"},
	{"[balancer x]\ntier = wep\n", 2, "the nearest is [tier web]"},
	{"[hosts]\nmake = ./make\n", 2, "needs make and destroy"},
	{"[hosts]\nmake = a;b\ndestroy = x\n", 2, "words with blanks"},
	{"[deployment]\nname = other\n", 2, "name is given twice"},
	{"[deployment]\nrecovery-delay = 1d\n", 2, "recovery-delay"},
	{"[host x]\naddress = \001\n", 2, "control character"},
};

START_TEST(a_mistake_is_named_with_its_line)
{
	unsigned before = 0;
	char line[32];

	for (const char *p = fleet_text; *p; p++)
		before += *p == '\n';
	snprintf(line, sizeof line, "%u: ", before + mistakes[_i].line);
	read_with(mistakes[_i].more);
	ck_assert_msg(faults.n >= 1, "%s", mistakes[_i].more);
	ck_assert_msg(strncmp(faults.text.data, line, strlen(line)) == 0 ||
			      strstr(strchr(faults.text.data, '\n'), line) != NULL,
		      "line %s in '%s'", line, faults.text.data);
	ck_assert_msg(strstr(faults.text.data, mistakes[_i].pattern) != NULL, "'%s' in '%s'",
		      mistakes[_i].pattern, faults.text.data);
	ck_assert_ptr_null(strstr(faults.text.data, "hunter2"));
	faults_free(&faults);
}
END_TEST

START_TEST(a_circle_is_told_without_those_that_wait_for_it)
{
	read_with(SERVICE "depends-on = y\n[service y]\ntier = web\nimage = image.zip\n"
			  "run-as = x\ndepends-on = y\n");
	ck_assert_uint_eq(faults.n, 1);
	ck_assert_ptr_nonnull(strstr(faults.text.data, "[service y] waits for itself: y, y;"));
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
	tcase_add_test(tc, a_circle_is_told_without_those_that_wait_for_it);
	tcase_add_test(tc, all_mistakes_are_named_at_once);
}
