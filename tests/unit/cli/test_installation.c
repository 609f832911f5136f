/* SPDX-License-Identifier: MIT */
/* test_installation - from options to an installed service, and the answer in JSON. */
#include "cli/installation.h"

#include <fcntl.h>
#include <string.h>

#include "scratch_answer.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

static const struct cli_spec spec = {.name = "installService", .counts = CLI_ARGS(4)};
static struct install_report report;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	umask(022);
	err = ERR_INIT;
	scratch_zip("x.zip", ITEMS({"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755},
				   {"www/index", "hello", S_IFREG | 04666},
				   {"image.ini", "[image]\nversion=5.8\n", S_IFREG | 0644}));
}

/* As agent-bin/installService.c does. */
static int
run(struct cli *cli)
{
	struct install_request request;
	int result;

	err = ERR_INIT;
	cli->spec = &spec;
	cli->n_args = 4;
	request = installation_request(cli);
	request.customer_id = cli->args[1];
	request.user_id = cli->args[2];
	request.image = cli->args[3];
	scratch_answer_begin();
	result = installation_run(cli, &request, &report, &err);
	scratch_answer_end();
	return result;
}

#define ARGS                                                                \
	{                                                                   \
		"a1", "c001", "daemon", (char *)scratch_path("x.zip"), NULL \
	}
#define CLI(...) ((struct cli){.args = args, .generation = -1, __VA_ARGS__})

START_TEST(options_become_a_request)
{
	char *args[] = ARGS;
	struct cli cli =
		CLI(.spec = &spec, .wait_s = 7, .sha256 = "d", .signature = "s", .ca_file = "c",
		    .pinned_key = "p", .dry_run = _i == 0, .replace = _i == 1, .prune = _i == 2);
	struct install_request request;

	cli.generation = 9;
	request = installation_request(&cli);
	ck_assert_str_eq(request.service_id, "a1");
	ck_assert_str_eq(request.sha256, "d");
	ck_assert_str_eq(request.signature, "s");
	ck_assert_str_eq(request.ca_file, "c");
	ck_assert_str_eq(request.pinned_key, "p");
	ck_assert(request.dry_run == (_i == 0));
	ck_assert(request.replace == (_i == 1));
	ck_assert(request.prune == (_i == 2));
	ck_assert_str_eq(request.lock.command, "installService");
	ck_assert_int_eq(request.lock.wait_ms, 7000);
	ck_assert_int_eq(request.lock.generation, 9);
	/* Those are a program's own arguments. */
	ck_assert_ptr_null(request.customer_id);
	ck_assert_ptr_null(request.user_id);
	ck_assert_ptr_null(request.image);
	ck_assert_ptr_null(request.kept);
}
END_TEST

START_TEST(without_json_nothing_is_printed)
{
	char *args[] = ARGS;
	struct cli cli = CLI(.json = false);

	ck_assert_msg(run(&cli) == 0, "%s", err.msg);
	ck_assert_str_eq(scratch_read("answer"), "");
	ck_assert_str_eq(report.type, "zip");
	ck_assert_str_eq(scratch_read("services/a1/www/index"), "hello");
}
END_TEST

START_TEST(with_json_the_answer_is_what_was_done)
{
	char *args[] = ARGS, expected[1024];
	struct cli cli = CLI(.json = true);

	for (int i = 0; i < 3; i++) {
		cli.dry_run = i == 2;
		cli.answered = false;
		ck_assert_msg(run(&cli) == 0, "%s", err.msg);
		ck_assert(cli.answered);
		snprintf(expected, sizeof expected,
			 "{\"schema\":1,\"command\":\"installService\",\"status\":0,"
			 "\"service\":\"a1\",\"type\":\"zip\",\"digest\":\"%s\","
			 "\"version\":\"5.8\",\"entries\":3,\"bytes\":35,\"droppedModeBits\":1,"
			 "\"update\":%s,\"dryRun\":%s%s}\n",
			 report.digest, i ? "true" : "false", i == 2 ? "true" : "false",
			 i == 2 ? ",\"added\":0,\"replaced\":0,\"unchanged\":3,\"kept\":0,"
				  "\"removed\":0,\"ownersChanged\":0"
				: "");
		ck_assert_uint_eq(strlen(report.digest), 64);
		ck_assert_str_eq(scratch_read("answer"), expected);
	}
}
END_TEST

START_TEST(what_was_pruned_is_in_the_answer)
{
	char *args[] = ARGS;
	struct cli cli = CLI(.json = true, .prune = true);
	const char *expected = _i ? "\"dryRun\":true,\"added\":1,\"replaced\":0,\"unchanged\":0,"
				    "\"kept\":2,\"removed\":0,\"ownersChanged\":0,\"pruned\":2,"
				    "\"changed\":1}\n"
				  : "\"dryRun\":false,\"pruned\":2,\"changed\":1}\n";

	ck_assert_msg(run(&cli) == 0, "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), ",\"pruned\":0,\"changed\":0}\n"));
	scratch_write("services/a1/www/index", "edited");
	scratch_write("services/a1/www/own", "own");
	scratch_zip("x.zip", ITEMS({"bin/enstratus-stop", "#!/bin/sh\n", S_IFREG | 0755}));
	cli.dry_run = _i;
	cli.answered = false;
	ck_assert_msg(run(&cli) == 0, "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(scratch_read("answer"), expected));
	ck_assert(scratch_exists("services/a1/image.ini") == (_i == 1));
	ck_assert_str_eq(scratch_read("services/a1/www/index"), "edited");
}
END_TEST

/* Its document is cli_finish's. */
START_TEST(a_failure_is_no_answer)
{
	char *args[] = ARGS;
	struct cli cli = CLI(.json = true);

	args[3] = (char *)scratch_path("none.zip");
	ck_assert_int_eq(run(&cli), -1);
	ck_assert_int_eq(err.kind, ERR_IMAGE);
	ck_assert(!cli.answered);
	ck_assert_str_eq(scratch_read("answer"), "");
}
END_TEST

START_TEST(a_digest_that_is_asked_for_must_be_the_image_s)
{
	char *args[] = ARGS, digest[DIGEST_HEX], first;
	struct cli cli = CLI(.dry_run = true);

	ck_assert_int_eq(run(&cli), 0);
	memcpy(digest, report.digest, sizeof digest);
	first = digest[0];
	cli.dry_run = false;
	cli.sha256 = digest;
	digest[0] = first == '0' ? '1' : '0';
	ck_assert_int_eq(run(&cli), -1);
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	ck_assert(!scratch_exists("services/a1"));
	digest[0] = first;
	ck_assert_msg(run(&cli) == 0, "%s", err.msg);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_loop_test(tc, options_become_a_request, 0, 3);
	tcase_add_test(tc, without_json_nothing_is_printed);
	tcase_add_test(tc, with_json_the_answer_is_what_was_done);
	tcase_add_loop_test(tc, what_was_pruned_is_in_the_answer, 0, 2);
	tcase_add_test(tc, a_failure_is_no_answer);
	tcase_add_test(tc, a_digest_that_is_asked_for_must_be_the_image_s);
}
