/* SPDX-License-Identifier: MIT */
/* test_tally - what comes of rounds of votes. */
#include "cli/tally.h"

#include "scratch_fleet.h"
#include "tests.h"

static char shown[65536];

/* What comes of it on standard output. */
static void
capture_begin(void)
{
	char path[400];

	snprintf(path, sizeof path, "%s/out", scratch_dir);
	fflush(stdout);
	ck_assert_ptr_nonnull(freopen(path, "w", stdout));
}

static void
capture_end(void)
{
	int fd = openat(scratch_fd, "out", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	fflush(stdout);
	n = read(fd, shown, sizeof shown - 1);
	ck_assert_int_ge(n, 0);
	shown[n] = '\0';
	close(fd);
}

static const struct cli_spec spec = {.name = "provision"};

START_TEST(rounds_are_written_down_and_the_facts_told)
{
	char path[400], csv[2000];
	struct cli cli = {.spec = &spec, .parallel = 1, .csv = path, .json = _i};
	struct board board;
	struct tally tally = TALLY_INIT;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/csv", scratch_dir);
	capture_begin();
	/* As provision up leaves it; a tier that was never brought up is not asked for votes. */
	for (size_t i = 0; i < fleet_l.n_tiers; i++)
		fleet_l.tiers[i]->wanted = 1;
	board_open(&board, &cli, &fleet_l);
	ck_assert_int_eq(tally_open(&tally, &cli, &fleet_act, &board, NULL, &fleet_err), 0);
	ck_assert_int_eq(rounds_take(&tally.rounds, true, &fleet_err), 0);
	fleet_vote = "1\n";
	ck_assert_int_eq(rounds_take(&tally.rounds, true, &fleet_err), 0);
	ck_assert_int_eq(tally_print(&tally, &fleet_err), 0);
	ck_assert_int_eq(tally_close(&tally, &fleet_err), 0);
	board_close(&board);
	capture_end();
	ck_assert_ptr_nonnull(
		strstr(shown, _i ? "\"event\":\"vote\",\"tier\":\"web\",\"servers\":1,\"up\":1"
				 : "web: 1 servers, 1 for more, 0 for fewer: 2\n"));
	ck_assert_ptr_nonnull(
		strstr(shown, _i ? "\"started\":3,\"ended\":0,\"configurations_sent\":3"
				 : "3 servers started, 0 ended\n3 configurations sent, "));
	fd = openat(scratch_fd, "csv", O_RDONLY | O_CLOEXEC);
	n = read(fd, csv, sizeof csv - 1);
	close(fd);
	ck_assert_int_gt(n, 0);
	csv[n] = '\0';
	ck_assert_ptr_nonnull(strstr(csv, "time,tier,servers,up,down,wanted,load,serving\n"));
	ck_assert_ptr_nonnull(strstr(csv, ",web,1,1,0,2,,\n"));
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_named)
{
	struct cli cli = {.spec = &spec, .parallel = 1, .csv = "/no/such/file"};
	struct tally tally = TALLY_INIT;

	ck_assert_int_eq(tally_open(&tally, &cli, &fleet_act, NULL, NULL, &fleet_err), -1);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "/no/such/file"));
	fleet_err = ERR_INIT;
	ck_assert_int_eq(tally_close(&tally, &fleet_err), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_loop_test(tc, rounds_are_written_down_and_the_facts_told, 0, 2);
	tcase_add_test(tc, a_file_that_cannot_be_written_is_named);
}
