/* SPDX-License-Identifier: MIT */
/* test_page - how a deployment stands, as a page; a browser looks at it in tests/e2e/page.sh. */
#include "cli/page.h"

#include "scratch_fleet.h"

#include "provision/crew.h"
#include "provision/events.h"
#include "tests.h"

static char page[65536];

static void
write_page(void)
{
	char path[400];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/page.html", scratch_dir);
	ck_assert_msg(page_write(&fleet_d, &fleet_l, path, &fleet_err) == 0, "%s", fleet_err.msg);
	fd = openat(scratch_fd, "page.html", O_RDONLY | O_CLOEXEC);
	n = read(fd, page, sizeof page - 1);
	ck_assert_int_gt(n, 0);
	page[n] = '\0';
	close(fd);
}

START_TEST(all_is_on_it)
{
	struct store *store = fleet_keep();

	write_page();
	ck_assert_ptr_nonnull(strstr(page, "nothing runs"));
	ck_assert_ptr_nonnull(strstr(page, "<title>db: off</title>"));
	fleet_l.tiers[1]->wanted = 1;
	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	write_page();
	ck_assert_ptr_nonnull(strstr(page, "all run"));
	ck_assert_ptr_nonnull(strstr(page, "<title>db: good</title>"));
	ck_assert_ptr_nonnull(strstr(page, "h1 at 10.0.0.1"));
	ck_assert_ptr_nonnull(strstr(page, "1 server of 1 wanted, 1 to 2 by votes"));
	ck_assert_ptr_nonnull(strstr(page, "settled shop"));
	store_close(store);
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
	struct store *store = fleet_keep();
	struct ledger_server *server;

	ck_assert_int_eq(crew_up(&fleet_act, 1, &fleet_err), 0);
	server = ledger_find_server(&fleet_l, "web-1");
	snprintf(server->placed[0].word, sizeof server->placed[0].word, "CRITICAL");
	events_add(&fleet_l, "step_failed", "<script>alert(1)</script>");
	write_page();
	ck_assert_ptr_nonnull(strstr(page, "not as it should be"));
	ck_assert_ptr_nonnull(strstr(page, "<title>web: bad</title>"));
	ck_assert_ptr_nonnull(strstr(page, "<title>db: good</title>"));
	ck_assert_ptr_nonnull(strstr(page, "step_failed &lt;script&gt;"));
	ck_assert_ptr_null(strstr(page, "<script"));
	snprintf(server->placed[0].word, sizeof server->placed[0].word, "OK");
	server->silent = 5;
	write_page();
	ck_assert_ptr_nonnull(strstr(page, "does not answer"));
	ck_assert_ptr_nonnull(strstr(page, "<title>web: bad</title>"));
	store_close(store);
}
END_TEST

START_TEST(a_place_that_is_none_is_told)
{
	ck_assert_int_eq(page_write(&fleet_d, &fleet_l, "/no/such/page", &fleet_err), -1);
	ck_assert_ptr_nonnull(strstr(fleet_err.msg, "/no/such/page"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, fleet_setup, fleet_teardown);
	tcase_add_test(tc, all_is_on_it);
	tcase_add_test(tc, what_is_wrong_is_told);
	tcase_add_test(tc, a_place_that_is_none_is_told);
}
