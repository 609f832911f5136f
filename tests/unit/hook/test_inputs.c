/* SPDX-License-Identifier: MIT */
/* test_inputs - what the caller gave is read, and used up or left. */
#include "hook/inputs.h"

#include <string.h>

#include "hook/run.h"
#include "scratch_root.h"
#include "tests.h"

#define KEYS "name=Site\ndataSource.d.servicePassword=hunter2\n"
#define CFG "services/a1/cfg/enstratus.cfg"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static struct service svc;
static struct settings settings;
static struct document doc;
static struct inputs inputs;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	scratch_mkdir("services/a1/cfg/");
	scratch_mkdir("tmp/");
	scratch_mkdir("elsewhere/");
	err = ERR_INIT;
	doc = DOCUMENT_INIT;
	settings = SETTINGS_INIT;
	svc = SERVICE_INIT;
	ck_assert_int_eq(service_open(&svc, "a1", &err), 0);
	ck_assert_int_eq(hook_lock(&svc, &lock, &err), 0);
	inputs = (struct inputs){.svc = &svc};
}

static void
finish(void)
{
	inputs_close(&inputs);
	document_free(&doc);
	service_close(&svc);
	scratch_root_teardown();
}

static int
read_config(const char *path)
{
	const struct inputs_config config = {.path = path};

	return inputs_read_config(&inputs, &config, &settings, &doc, &err);
}

static void
wipe(void)
{
	ck_assert_msg(inputs_wipe(&inputs, &err) == 0, "%s", err.msg);
	ck_assert(!scratch_exists(CFG));
}

/* Wiped in any case where it was put for the hook; elsewhere only when it was accepted. */
START_TEST(inputs_are_used_up_when_they_are_accepted)
{
	struct secret key = SECRET_INIT;

	scratch_write("tmp/given.cfg", KEYS);
	scratch_write("elsewhere/key", "key");
	ck_assert_int_eq(read_config(scratch_path("tmp/given.cfg")), 0);
	ck_assert_int_eq(inputs_read_file(&inputs, scratch_path("elsewhere/key"), &key, &err), 0);
	ck_assert_mem_eq(secret_reveal(&key), "key", 3);
	if (_i)
		ck_assert_int_eq(inputs_accept(&inputs, "deploy", &err), 0);
	wipe();
	ck_assert_int_eq(scratch_exists("tmp/given.cfg"), !_i);
	ck_assert_int_eq(scratch_exists("elsewhere/key"), !_i);
	secret_free(&key);
}
END_TEST

START_TEST(a_configuration_elsewhere_is_left)
{
	scratch_write("elsewhere/given.cfg", KEYS);
	ck_assert_int_eq(read_config(scratch_path("elsewhere/given.cfg")), 0);
	ck_assert_int_eq(inputs_accept(&inputs, "deploy", &err), 0);
	wipe();
	ck_assert_str_eq(scratch_read("elsewhere/given.cfg"), KEYS);
}
END_TEST

START_TEST(one_in_place_is_wiped_though_it_was_refused)
{
	scratch_write(CFG, "no sense\n");
	ck_assert_int_eq(read_config(NULL), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	err = ERR_INIT;
	wipe();
}
END_TEST

static const struct {
	const char *name;
	int status;
} none[] = {{"missing", 69}, {"elsewhere", 69}};

START_TEST(a_file_that_is_none)
{
	struct secret text = SECRET_INIT;

	ck_assert_int_eq(inputs_read_file(&inputs, scratch_path(none[_i].name), &text, &err), -1);
	ck_assert_int_eq(err_status(&err), none[_i].status);
	ck_assert_ptr_nonnull(strstr(err.msg, none[_i].name));
	secret_free(&text);
}
END_TEST

START_TEST(what_is_sealed_says_so)
{
	scratch_write("tmp/x", "enstratus-sealed 1\nservice a1\n");
	ck_assert_int_eq(read_config(scratch_path("tmp/x")), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(err.msg, "is sealed: say so with --sealed"));
}
END_TEST

/* A sealed one, as it is after it was opened. */
START_TEST(a_sealed_one_is_used_once_also_when_the_run_dies)
{
	struct state again;

	inputs.is_sealed = true;
	inputs.sealed = (struct sealed){.event = "deploy", .sequence = 5};
	ck_assert_int_eq(inputs_accept(&inputs, "change", &err), -1);
	ck_assert_int_eq(err_status(&err), 76);
	err = ERR_INIT;
	ck_assert_int_eq(inputs_accept(&inputs, "deploy", &err), 0);
	ck_assert_int_eq(state_load(&again, svc.meta_fd, &err), 0);
	ck_assert_int_eq(again.sequence, 5);
	ck_assert_int_eq(inputs_accept(&inputs, "deploy", &err), -1);
	ck_assert_int_eq(err_status(&err), 76);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, inputs_are_used_up_when_they_are_accepted, 0, 2);
	tcase_add_test(tc, a_configuration_elsewhere_is_left);
	tcase_add_test(tc, one_in_place_is_wiped_though_it_was_refused);
	tcase_add_loop_test(tc, a_file_that_is_none, 0, 2);
	tcase_add_test(tc, what_is_sealed_says_so);
	tcase_add_test(tc, a_sealed_one_is_used_once_also_when_the_run_dies);
}
