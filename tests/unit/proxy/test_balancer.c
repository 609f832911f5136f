/* SPDX-License-Identifier: MIT */
/* test_balancer - a balancer's configuration is made, checked and replaced; real ones: proxy.sh. */
#include "proxy/balancer.h"

#include <string.h>
#include <sys/stat.h>

#include "scratch_nodes.h"
#include "scratch_root.h"
#include "tests.h"

static struct balancer balancer;
static struct balancer_place place;
static struct err err;
static char program[PATH_MAX];

/* A program in HAProxy's place that refuses what has "bad" in it, and says so as it would. */
static void
make_program(void)
{
	scratch_script("balancer", "#!/bin/sh\nfor file; do :; done\n! grep -q bad \"$file\" || {\n"
				   "echo '[NOTICE] path'; echo '[ALERT] line 1: bad'; exit 1; }\n");
	snprintf(program, sizeof program, "%s", scratch_path("balancer"));
	balancer = BALANCER_HAPROXY;
	balancer.program = program;
}

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	make_program();
	scratch_write("b/config", "global\n\tx\n");
	snprintf(place.config, sizeof place.config, "%s", scratch_path("b/config"));
	snprintf(place.pid, sizeof place.pid, "%s", scratch_path("b/pid"));
	place.main[0] = '\0';
}

static void
end(void)
{
	scratch_nodes_end();
	scratch_root_teardown();
}

static int
apply(void)
{
	struct drain drain = DRAIN_INIT;

	return balancer_apply(&balancer, &place, &scratch_list, false, &drain, &err);
}

START_TEST(our_part_is_added_and_made_anew)
{
	ck_assert_int_eq(fchmodat(scratch_fd, "b/config", 0640, 0), 0);
	scratch_node("web", "a.example", "10.0.0.1", "10.0.0.2", "80", false);
	ck_assert_msg(apply() == 0, "%s", err.msg);
	ck_assert_ptr_eq(strstr(scratch_read("b/config"), "global\n\tx\n# BEGIN enstratus-agent"),
			 scratch_read("b/config"));
	ck_assert_ptr_nonnull(strstr(scratch_read("b/config"), "a.example"));
	ck_assert_uint_eq(scratch_mode("b/config"), 0640);
	nodes_remove(&scratch_list, "10.0.0.2");
	ck_assert_int_eq(apply(), 0);
	ck_assert_ptr_null(strstr(scratch_read("b/config"), "a.example"));
}
END_TEST

START_TEST(what_stands_around_it_stays)
{
	scratch_write("b/config",
		      "before\n# BEGIN enstratus-agent x\nold\n# END enstratus-agent\nafter");
	ck_assert_msg(apply() == 0, "%s", err.msg);
	ck_assert_str_eq(
		scratch_read("b/config"),
		"before\n# BEGIN enstratus-agent (made by startProxy and stopProxy: changes "
		"here are lost)\n# END enstratus-agent\nafter");
}
END_TEST

START_TEST(a_part_without_its_end_is_refused)
{
	scratch_write("b/config", "# BEGIN enstratus-agent\nold\n");
	ck_assert_int_eq(apply(), -1);
	ck_assert_int_eq(err.kind, ERR_IMAGE);
	ck_assert_str_eq(scratch_read("b/config"), "# BEGIN enstratus-agent\nold\n");
}
END_TEST

START_TEST(what_its_program_refuses_replaces_nothing)
{
	scratch_node("web", "bad.example", "10.0.0.1", "10.0.0.2", "80", false);
	ck_assert_int_eq(apply(), -1);
	ck_assert_int_eq(err.kind, ERR_IMAGE);
	ck_assert_ptr_nonnull(
		strstr(err.msg, "haproxy refuses the configuration: [ALERT] line 1: bad"));
	ck_assert_str_eq(scratch_read("b/config"), "global\n\tx\n");
	ck_assert(!scratch_exists("b/.config.enstratus-new"));
}
END_TEST

START_TEST(the_same_is_left_as_it_is)
{
	struct stat before, after;

	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fstatat(scratch_fd, "b/config", &before, 0), 0);
	scratch_script("balancer", "#!/bin/sh\nexit 1\n");
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fstatat(scratch_fd, "b/config", &after, 0), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(one_that_is_not_there_is_no_balancer)
{
	ck_assert_int_eq(unlinkat(scratch_fd, "b/config", 0), 0);
	ck_assert_int_eq(apply(), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.msg, "has no configuration"));
	err = ERR_INIT;
	ck_assert_int_eq(unlinkat(scratch_fd, "balancer", 0), 0);
	ck_assert_int_eq(apply(), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "is not installed"));
}
END_TEST

START_TEST(another_program_s_process_is_left_alone)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d\n", getpid()); /* SIGUSR2 would end this test */
	scratch_write("b/pid", pid);
	ck_assert_msg(apply() == 0, "%s", err.msg);
}
END_TEST

START_TEST(its_places_are_agent_cfg_s)
{
	struct settings settings = SETTINGS_INIT;
	struct balancer_place found;
	struct paths paths;

	ck_assert_int_eq(paths_load(&paths, &err), 0);
	ck_assert_int_eq(settings_load(&settings, &paths, &err), 0);
	ck_assert_int_eq(balancer_place(&BALANCER_NGINX, &settings, &found, &err), 0);
	ck_assert_str_eq(found.config, "/etc/nginx/conf.d/enstratus-agent.conf");
	ck_assert_str_eq(found.main, "/etc/nginx/nginx.conf");
	settings_free(&settings);
	scratch_write("home/cfg/agent.cfg", "[proxy]\nproxy-config=/a\nproxy-main=\nproxy-pid=b\n");
	ck_assert_int_eq(settings_load(&settings, &paths, &err), 0);
	ck_assert_int_eq(balancer_place(&BALANCER_NGINX, &settings, &found, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "proxy-pid 'b' does not begin at the root"));
	ck_assert_str_eq(found.config, "/a");
	ck_assert_str_eq(found.main, "");
	settings_free(&settings);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, our_part_is_added_and_made_anew);
	tcase_add_test(tc, what_stands_around_it_stays);
	tcase_add_test(tc, a_part_without_its_end_is_refused);
	tcase_add_test(tc, what_its_program_refuses_replaces_nothing);
	tcase_add_test(tc, the_same_is_left_as_it_is);
	tcase_add_test(tc, one_that_is_not_there_is_no_balancer);
	tcase_add_test(tc, another_program_s_process_is_left_alone);
	tcase_add_test(tc, its_places_are_agent_cfg_s);
}
