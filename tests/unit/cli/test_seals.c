/* SPDX-License-Identifier: MIT */
/* test_seals - a public key is printed, and a configuration sealed for it. */
#include "cli/seals.h"

#include <string.h>
#include <time.h>

#include "cfg/sealed.h"
#include "scratch_answer.h"
#include "scratch_root.h"
#include "tests.h"

#define KEYS "serviceId=a1\nname=Shop\n"

static const struct cli_spec spec = {.name = "test"};
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	scratch_write("cfg", KEYS);
}

static struct cli
options(char **args, int n)
{
	return (struct cli){
		.spec = &spec, .args = args, .n_args = n, .sequence = -1, .expires_s = -1};
}

static int
keys(struct cli cli)
{
	int result;

	scratch_answer_begin();
	result = seals_keys(&cli, &err);
	scratch_answer_end();
	return result;
}

/* Keeps the host's public key in "host.pub". */
static void
make_host(void)
{
	ck_assert_msg(keys(options(NULL, 0)) == 0, "%s", err.msg);
	scratch_write("host.pub", scratch_read("answer"));
}

static int
seal(struct cli cli)
{
	int result;

	scratch_answer_begin();
	result = seals_config(&cli, &err);
	scratch_answer_end();
	return result;
}

START_TEST(the_host_s_key_is_printed)
{
	struct cli cli = options(NULL, 0);

	make_host();
	ck_assert_str_eq(scratch_read("host.pub"), scratch_read("home/keys/host.public"));
	ck_assert_int_eq(scratch_mode("home/keys"), 0755);
	ck_assert_int_eq(scratch_mode("home/keys/signers"), 0755);
	cli.json = true;
	ck_assert_int_eq(keys(cli), 0);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\"public\":\"enstratus-host "));
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), "\"made\":false}"));
}
END_TEST

START_TEST(a_signer_s_pair_is_where_it_is_wanted)
{
	struct cli cli = options(NULL, 0);

	cli.signer = scratch_path("server.key");
	ck_assert_int_eq(keys(cli), 0);
	ck_assert_str_eq(scratch_read("answer"), scratch_read("server.key.pub"));
	ck_assert_int_eq(scratch_mode("server.key"), 0600);
	ck_assert(!scratch_exists("home/keys"));
	cli.signer = scratch_path("nowhere/server.key");
	ck_assert_int_eq(keys(cli), -1);
}
END_TEST

START_TEST(a_configuration_is_sealed)
{
	char id[] = "a1", file[4096], *args[] = {id, file, NULL};
	struct cli cli = options(args, 2);
	struct sealed s;
	const char *text;
	long long now = time(NULL);

	make_host();
	snprintf(file, sizeof file, "%s", scratch_path("cfg"));
	cli.to = scratch_path("host.pub");
	ck_assert_msg(seal(cli) == 0, "%s", err.msg);
	text = scratch_read("answer");
	ck_assert_int_eq(sealed_parse(&s, text, strlen(text), &err), 0);
	ck_assert_str_eq(s.service, "a1");
	ck_assert_str_eq(s.event, "any");
	ck_assert_str_eq(s.signer, "");
	ck_assert_int_ge(s.expires, now + 3600);
	ck_assert_int_le(s.expires, now + 3660);
	ck_assert_int_ge(s.sequence, now * 1000000);
	cli.event = "grant";
	cli.sequence = 7;
	cli.expires_s = 10;
	ck_assert_int_eq(seal(cli), 0);
	text = scratch_read("answer");
	ck_assert_int_eq(sealed_parse(&s, text, strlen(text), &err), 0);
	ck_assert_str_eq(s.event, "grant");
	ck_assert_int_eq(s.sequence, 7);
	ck_assert_int_le(s.expires, now + 70);
}
END_TEST

static const struct {
	const char *id, *to, *event;
	int status;
} bad[] = {
	{"a1", NULL, NULL, 1},	      {"a1", "host.pub", "never", 1}, {"../a", "host.pub", NULL, 1},
	{"a2", "host.pub", NULL, 65}, {"a1", "cfg", NULL, 65},
};

START_TEST(what_cannot_be_sealed)
{
	char id[16], file[4096], *args[] = {id, file, NULL};
	struct cli cli = options(args, 2);

	make_host();
	snprintf(id, sizeof id, "%s", bad[_i].id);
	snprintf(file, sizeof file, "%s", scratch_path("cfg"));
	cli.to = bad[_i].to ? scratch_path(bad[_i].to) : NULL;
	cli.event = bad[_i].event;
	ck_assert_int_eq(seal(cli), -1);
	ck_assert_msg(err_status(&err) == bad[_i].status, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, the_host_s_key_is_printed);
	tcase_add_test(tc, a_signer_s_pair_is_where_it_is_wanted);
	tcase_add_test(tc, a_configuration_is_sealed);
	tcase_add_loop_test(tc, what_cannot_be_sealed, 0, sizeof bad / sizeof *bad);
}
