/* SPDX-License-Identifier: MIT */
/* test_audit - the table and the document say which protections were in force, which not. */
#include "cli/audit.h"

#include <string.h>

#include "scratch_answer.h"
#include "tests.h"

static const struct cli_spec spec = {.name = "configureService"};
static struct configure_report report;
static struct err failed;

static void
begin(void)
{
	scratch_setup();
	failed = ERR_INIT;
	report = CONFIGURE_REPORT_INIT;
	report.event = "change";
	report.is_told = true;
	report.residue = "warn";
	report.facts = (struct handover_facts){.is_delivered = true,
					       .file_system = "tmpfs",
					       .is_in_memory = true,
					       .swap = DELIVERY_SWAP_LOCKED,
					       .is_guarded = true,
					       .mode = 0640,
					       .is_wiped = true};
}

static const char *
answer(bool json, bool audit)
{
	char user[] = "www", customer[] = "c1", id[] = "a1", *args[] = {user, customer, id, NULL};
	struct cli cli = {.spec = &spec, .args = args, .n_args = 3, .json = json, .audit = audit};
	struct err e = ERR_INIT;

	scratch_answer_begin();
	ck_assert_int_eq(audit_answer(&cli, &report, &failed, &e), 0);
	scratch_answer_end();
	return scratch_read("answer");
}

static void
says(const char *text, const char *words)
{
	ck_assert_msg(strstr(text, words) != NULL, "'%s' is not in:\n%s", words, text);
}

START_TEST(all_is_in_force)
{
	const char *text = answer(false, true);

	says(text, "PROTECTION    IN FORCE  HOW\n"
		   "file system   yes       tmpfs, in memory\n"
		   "swap          yes       locked in memory\n"
		   "guardian      yes       there from before");
	says(text, "\nmode          yes       0640\nowner         ");
	says(text, "root, group root");
	says(text, "\nwipe          yes       overwritten, cut and removed\n"
		   "residue       yes       searched, nothing found (warn)\n");
}
END_TEST

START_TEST(nothing_is_in_force)
{
	const char *text;

	report.facts =
		(struct handover_facts){.is_delivered = true, .file_system = "ext4", .mode = 0644};
	report.residue = "off";
	text = answer(false, true);
	says(text, "file system   no        ext4, on a disk\n"
		   "swap          no        it was on a disk\n"
		   "guardian      no        it was killed meanwhile\n"
		   "mode          no        0644\n");
	says(text, "wipe          no        it failed\nresidue       no        off in image.ini\n");
}
END_TEST

static const struct {
	enum delivery_swap swap;
	const char *words;
} swaps[] = {
	{DELIVERY_SWAP_NEVER, "yes       the file system is never swapped\n"},
	{DELIVERY_SWAP_NONE, "yes       not locked in memory, and there is no swap space\n"},
	{DELIVERY_SWAP_POSSIBLE, "no        it could be written to swap space\n"},
};

START_TEST(swap)
{
	report.facts.swap = swaps[_i].swap;
	says(answer(false, true), swaps[_i].words);
}
END_TEST

START_TEST(residue_is_counted)
{
	report.n_residue = 2;
	report.residue = "fail";
	says(answer(false, true), "yes       searched, secrets found in 2 files (fail)\n");
	report.residue = NULL;
	says(answer(false, true), "no        not searched\n");
}
END_TEST

START_TEST(nothing_was_delivered)
{
	report.facts.is_delivered = false;
	ck_assert_str_eq(answer(false, true), "nothing was delivered\n");
	says(answer(true, false), "\"protections\":[]}");
}
END_TEST

START_TEST(without_either_option_nothing_is_said)
{
	ck_assert_str_eq(answer(false, false), "");
}
END_TEST

START_TEST(a_document)
{
	const char *text;

	report.changed = strdup("name,[custom],dataSource.x.read");
	text = answer(true, true);
	says(text, "{\"schema\":1,\"command\":\"configureService\",\"status\":0,\"service\":\"a1\","
		   "\"event\":\"change\",\"told\":true,"
		   "\"changed\":[\"name\",\"[custom]\",\"dataSource.x.read\"],\"residue\":0,"
		   "\"protections\":[{\"name\":\"file-system\",\"inForce\":true,"
		   "\"how\":\"tmpfs, in memory\"},");
	err_set(&failed, ERR_LACKING, "it lacks a key");
	report.event = NULL;
	text = answer(true, false);
	says(text, "\"status\":78,\"service\":\"a1\",\"error\":\"it lacks a key\",\"told\":true,");
	configure_report_free(&report);
	ck_assert_ptr_null(report.changed);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_teardown);
	tcase_add_test(tc, all_is_in_force);
	tcase_add_test(tc, nothing_is_in_force);
	tcase_add_loop_test(tc, swap, 0, sizeof swaps / sizeof *swaps);
	tcase_add_test(tc, residue_is_counted);
	tcase_add_test(tc, nothing_was_delivered);
	tcase_add_test(tc, without_either_option_nothing_is_said);
	tcase_add_test(tc, a_document);
}
