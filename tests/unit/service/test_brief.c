/* SPDX-License-Identifier: MIT */
/* test_brief - how a service stands, in one small file. */
#include "service/brief.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "scratch.h"
#include "tests.h"

static struct service svc;

static void
begin(void)
{
	scratch_setup();
	scratch_mkdir("a1/");
	svc = SERVICE_INIT;
	svc.meta_fd = open(scratch_path("a1"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	svc.state = (struct state){.version = "1 beta",
				   .bytes = 1234,
				   .installed = 5,
				   .configured = 6,
				   .customer_id = "c100",
				   .user_id = "www",
				   .image = "my site 1.zip"};
	memset(svc.state.kept[0], 'd', STATE_DIGEST_HEX - 1);
}

static void
end(void)
{
	service_close(&svc);
	scratch_teardown();
}

static void
note(const char *event, int status, long long began)
{
	ck_assert(brief_note(&svc, event, "", status, began));
}

static struct brief
brief(void)
{
	struct brief b;

	brief_read(scratch_fd, "a1", &b);
	return b;
}

START_TEST(a_start_and_a_stop_that_succeed_say_how_it_stands)
{
	ck_assert(!brief().is_known);
	note("install", 0, 10);
	ck_assert_uint_eq(scratch_mode("a1/brief"), 0660);
	ck_assert(brief().is_known && !brief().is_running);
	ck_assert_int_eq(brief().since, 10);
	note("start", 1, 20);
	ck_assert(!brief().is_running);
	ck_assert_int_eq(brief().status, 1);
	note("start", 0, 30);
	ck_assert(brief().is_running);
	ck_assert_int_eq(brief().since, 30);
	note("start", 0, 40);
	note("change", 78, 50);
	ck_assert_int_eq(brief().since, 30);
	ck_assert_int_eq(brief().last, 50);
	ck_assert_int_eq(brief().status, 78);
	ck_assert_str_eq(brief().event, "change");
	note("stop", 1, 60);
	ck_assert(brief().is_running);
	note("stop", 0, 70);
	ck_assert(!brief().is_running);
	ck_assert_int_eq(brief().since, 70);
}
END_TEST

START_TEST(what_the_state_says_is_there_too)
{
	struct brief b;

	note("install", 0, 10);
	b = brief();
	ck_assert_str_eq(b.version, "1_beta");
	ck_assert_str_eq(b.digest, svc.state.kept[0]);
	ck_assert_int_eq(b.bytes, 1234);
	ck_assert_int_eq(b.installed, 5);
	ck_assert_int_eq(b.configured, 6);
	ck_assert_str_eq(b.customer_id, "c100");
	ck_assert_str_eq(b.user_id, "www");
	ck_assert_str_eq(b.image, "my site 1.zip");
	svc.state = STATE_INIT;
	note("start", 0, 20);
	b = brief();
	ck_assert_str_eq(b.version, "");
	ck_assert_str_eq(b.customer_id, "");
	ck_assert_str_eq(b.image, "");
	ck_assert_int_eq(b.configured, 0);
}
END_TEST

START_TEST(the_longest_of_all_has_room)
{
	struct state *s = &svc.state;
	char event[BRIEF_EVENT_MAX];

	memset(event, 'e', sizeof event);
	event[sizeof event - 1] = '\0';
	memset(s->version, 'v', sizeof s->version - 1);
	memset(s->customer_id, 'c', sizeof s->customer_id - 1);
	memset(s->user_id, 'u', sizeof s->user_id - 1);
	memset(s->image, 'i', sizeof s->image - 1);
	s->bytes = s->installed = s->configured = __LONG_LONG_MAX__;
	note(event, -2147483647, -__LONG_LONG_MAX__);
	ck_assert_str_eq(brief().event, event);
	ck_assert_str_eq(brief().image, s->image);
	ck_assert_int_eq(brief().last, -__LONG_LONG_MAX__);
}
END_TEST

START_TEST(it_can_say_what_the_state_says_without_a_run)
{
	ck_assert(brief_renew(&svc));
	ck_assert(!brief().is_known); /* nothing was done yet */
	note("start", 3, 10);
	snprintf(svc.state.customer_id, sizeof svc.state.customer_id, "c200");
	ck_assert(brief_renew(&svc));
	ck_assert_str_eq(brief().customer_id, "c200");
	ck_assert_str_eq(brief().event, "start");
	ck_assert_int_eq(brief().status, 3);
	ck_assert_int_eq(brief().last, 10);
}
END_TEST

START_TEST(one_that_was_removed_is_so_until_it_is_installed)
{
	note("start", 0, 10);
	ck_assert(brief_note(&svc, "remove", "enstratus-remove", 0, 20));
	ck_assert(!brief().is_removed); /* only its hook has run */
	note("remove", 1, 30);
	ck_assert(!brief().is_removed && brief().is_running);
	note("remove", 0, 40);
	ck_assert(brief().is_removed && !brief().is_running);
	note("install", 65, 50);
	ck_assert(brief().is_removed);
	ck_assert_int_eq(brief().since, 40);
	note("rollback", 0, 60);
	ck_assert(!brief().is_removed && !brief().is_running);
	ck_assert_int_eq(brief().since, 60);
}
END_TEST

START_TEST(what_an_earlier_version_wrote_is_read)
{
	scratch_write("a1/brief", "0 10 20 0 remove 1.2 d 7   \n");
	ck_assert(brief().is_known && brief().is_removed);
	ck_assert_int_eq(brief().bytes, 7);
	ck_assert_str_eq(brief().customer_id, "");
	scratch_write("a1/brief", "1 10 20 0 start 1.2 d 7   \n");
	ck_assert(brief().is_running && !brief().is_removed);
}
END_TEST

START_TEST(one_that_is_damaged_tells_nothing)
{
	static const char *const damaged[] = {"", "1", "1 2 3 4 start 1 ", "x 2 3 4 start 1 d 5"};

	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		scratch_write("a1/brief", damaged[i]);
		ck_assert(!brief().is_known);
		ck_assert(!brief().is_running);
	}
	note("start", 0, 30);
	ck_assert(brief().is_running);
}
END_TEST

START_TEST(what_is_read_is_fit_to_be_printed)
{
	scratch_write("a1/brief", "1 2 3 4 st\033[31mart v\x07 d 5 6 7 c\x01 u\x02 a\033b \n");
	ck_assert_str_eq(brief().event, "st?[31mart");
	ck_assert_str_eq(brief().version, "v?");
	ck_assert_str_eq(brief().customer_id, "c?");
	ck_assert_str_eq(brief().image, "a?b");
}
END_TEST

START_TEST(what_cannot_be_written_is_told)
{
	fd_close(&svc.meta_fd);
	ck_assert(!brief_note(&svc, "start", "", 0, 30));
	ck_assert(!brief_renew(&svc));
	ck_assert(!brief().is_known);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_start_and_a_stop_that_succeed_say_how_it_stands);
	tcase_add_test(tc, what_the_state_says_is_there_too);
	tcase_add_test(tc, the_longest_of_all_has_room);
	tcase_add_test(tc, it_can_say_what_the_state_says_without_a_run);
	tcase_add_test(tc, one_that_was_removed_is_so_until_it_is_installed);
	tcase_add_test(tc, what_an_earlier_version_wrote_is_read);
	tcase_add_test(tc, one_that_is_damaged_tells_nothing);
	tcase_add_test(tc, what_is_read_is_fit_to_be_printed);
	tcase_add_test(tc, what_cannot_be_written_is_told);
}
