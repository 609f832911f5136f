/* SPDX-License-Identifier: MIT */
/* test_scaling - the built-in rule, over a day in a moment. */
#include "command/scaling.h"

#include <stdlib.h>
#include <string.h>

#include "scratch_root.h"
#include "tests.h"

static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
}

static const struct scaling_rule rule = {
	.upper = 75, .lower = 25, .breach_s = 300, .cooldown_s = 300};

/* What the machine is at a moment, and the vote. */
struct step {
	long long now;
	double cpu, memory;
	int vote;
};

#define STEPS 12

/* A step at 0 is the end. */
static const struct step walks[][STEPS] = {
	/* above for the whole time, by CPU, by memory, by one after the other */
	{{1000, 80, 10, 0}, {1299, 80, 10, 0}, {1300, 80, 10, 1}, {1330, 80, 10, 1}},
	{{1000, 10, 80, 0}, {1300, 10, 80, 1}},
	{{1000, 80, 10, 0}, {1150, 10, 80, 0}, {1300, 80, 10, 1}},
	/* one moment in between ends it */
	{{1000, 80, 10, 0},
	 {1200, 50, 10, 0},
	 {1300, 80, 10, 0},
	 {1599, 80, 10, 0},
	 {1600, 80, 10, 1}},
	/* at the threshold is not above, nor below */
	{{1000, 75, 75, 0}, {1300, 75, 75, 0}, {1600, 25, 25, 0}, {1900, 25, 25, 0}},
	/* below, which needs both */
	{{1000, 10, 10, 0}, {1299, 10, 10, 0}, {1300, 10, 10, -1}, {1600, 10, 10, -1}},
	{{1000, 10, 30, 0}, {1300, 10, 30, 0}, {1600, 30, 10, 0}, {1900, 30, 10, 0}},
	{{1000, 10, 10, 0}, {1150, 10, 30, 0}, {1300, 10, 10, 0}, {1600, 10, 10, -1}},
	/* from one to the other: time spent above is none spent below */
	{{1000, 80, 80, 0},
	 {1300, 80, 80, 1},
	 {1330, 10, 10, 0},
	 {1629, 10, 10, 0},
	 {1630, 10, 10, -1}},
	/* nobody asked for much longer than the time: what was between is not known */
	{{1000, 80, 10, 0}, {1601, 80, 10, 0}, {1901, 80, 10, 1}},
	/* asked seldom */
	{{1000, 80, 10, 0}, {1600, 80, 10, 1}, {2200, 80, 10, 1}},
	/* the clock was set back */
	{{5000, 80, 10, 0}, {1000, 80, 10, 0}, {1299, 80, 10, 0}, {1300, 80, 10, 1}},
};

START_TEST(a_vote_needs_its_time)
{
	struct scaling_state state = {.asked = 0};

	for (const struct step *s = walks[_i]; s->now; s++) {
		struct usage usage = {.cpu = s->cpu, .memory = s->memory, .pressure = -1};

		ck_assert_msg((int)scaling_decide(&rule, &usage, s->now, &state) == s->vote,
			      "at %lld", s->now);
	}
}
END_TEST

START_TEST(pressure_counts_where_it_is_asked_for_and_known)
{
	struct scaling_rule pressing = {.upper = 75, .lower = 25, .pressure = 40};
	struct usage usage = {.cpu = 10, .memory = 10, .pressure = 41};
	struct scaling_state state = {.asked = 0};

	ck_assert_int_eq(scaling_decide(&pressing, &usage, 1000, &state), SCALING_UP);
	usage.pressure = 30;
	ck_assert_int_eq(scaling_decide(&pressing, &usage, 1001, &state), SCALING_HOLD);
	usage.pressure = 20;
	ck_assert_int_eq(scaling_decide(&pressing, &usage, 1002, &state), SCALING_DOWN);
	usage.pressure = -1;
	ck_assert_int_eq(scaling_decide(&pressing, &usage, 1003, &state), SCALING_DOWN);
	pressing.pressure = 0;
	usage.pressure = 100;
	ck_assert_int_eq(scaling_decide(&pressing, &usage, 1004, &state), SCALING_DOWN);
}
END_TEST

static enum scaling_vote
vote(double cpu, long long now)
{
	struct usage usage = {.cpu = cpu, .memory = 50, .pressure = -1};
	enum scaling_vote value;
	struct paths paths;

	ck_assert_int_eq(paths_load(&paths, &err), 0);
	ck_assert_msg(scaling_vote(&paths, &rule, &usage, now, &value, &err) == 0, "%s", err.msg);
	return value;
}

START_TEST(the_state_is_kept_between_two_questions)
{
	ck_assert_int_eq(vote(90, 1000), SCALING_HOLD);
	ck_assert_int_eq(vote(90, 1300), SCALING_UP);
	scratch_write("services/.enstratus/.scaling", "garbage");
	ck_assert_int_eq(vote(90, 1330), SCALING_HOLD);
	ck_assert_int_eq(vote(90, 1630), SCALING_UP);
}
END_TEST

START_TEST(without_a_services_directory_there_is_no_state)
{
	struct usage usage = {.cpu = 90};
	enum scaling_vote value;
	struct paths paths;

	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("none"), 1);
	ck_assert_int_eq(paths_load(&paths, &err), 0);
	ck_assert_int_eq(scaling_vote(&paths, &rule, &usage, 1, &value, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_SERVICE);
}
END_TEST

static int
load(const char *text, struct scaling_rule *loaded)
{
	struct settings settings = SETTINGS_INIT;
	struct paths paths;
	int result;

	if (text)
		scratch_write("home/cfg/agent.cfg", text);
	ck_assert_int_eq(paths_load(&paths, &err), 0);
	ck_assert_int_eq(settings_load(&settings, &paths, &err), 0);
	result = scaling_load(&settings, loaded, &err);
	settings_free(&settings);
	return result;
}

START_TEST(the_rule_is_agent_cfg_s)
{
	struct scaling_rule loaded;

	ck_assert_int_eq(load(NULL, &loaded), 0);
	ck_assert_int_eq(loaded.upper, 75);
	ck_assert_int_eq(loaded.lower, 25);
	ck_assert_int_eq(loaded.pressure, 0);
	ck_assert_int_eq(loaded.breach_s, 300);
	ck_assert_int_eq(loaded.cooldown_s, 300);
	ck_assert_int_eq(
		load("[scaling]\nupper=90\nlower=5\npressure=30\nbreach=60\ncooldown=0\n", &loaded),
		0);
	ck_assert_int_eq(loaded.upper, 90);
	ck_assert_int_eq(loaded.lower, 5);
	ck_assert_int_eq(loaded.pressure, 30);
	ck_assert_int_eq(loaded.breach_s, 60);
	ck_assert_int_eq(loaded.cooldown_s, 0);
	ck_assert_int_eq(load("[scaling]\nupper=20\n", &loaded), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "lower is above upper"));
	err = ERR_INIT;
	ck_assert_int_eq(load("[scaling]\nbreach=soon\n", &loaded), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_loop_test(tc, a_vote_needs_its_time, 0, sizeof walks / sizeof *walks);
	tcase_add_test(tc, pressure_counts_where_it_is_asked_for_and_known);
	tcase_add_test(tc, the_state_is_kept_between_two_questions);
	tcase_add_test(tc, without_a_services_directory_there_is_no_state);
	tcase_add_test(tc, the_rule_is_agent_cfg_s);
}
