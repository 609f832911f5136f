/* SPDX-License-Identifier: MIT */
/* test_receiver - what comes of an answer: bytes into the part, and news for the caller. */
#include "cluster/receiver.h"

#include <time.h>

#include "scratch.h"
#include "tests.h"

static struct err e;
static struct part p;
static struct receiver in;
static char news[4096]; /* all that was told, "size 10;have 5;" */
static bool deaf;

static int
hear(void *arg, const struct receiver_event *event, struct err *err)
{
	size_t len = strlen(news);

	ck_assert_ptr_eq(arg, &in);
	snprintf(news + len, sizeof news - len, "%s %lld;", event->word, event->number);
	return deaf ? err_set(err, ERR_IO, "nobody listens") : 0;
}

static void
begin(void)
{
	scratch_setup();
	e = ERR_INIT;
	p = PART_INIT;
	news[0] = '\0';
	deaf = false;
	ck_assert_int_eq(part_open(&p, scratch_path("f"), 0, &e), 0);
	ck_assert_int_eq(part_load(&p, "http://host/f", &e), 0);
	in = (struct receiver){.part = &p, .event = hear, .event_arg = &in, .max_bytes = -1};
}

static void
end(void)
{
	part_close(&p);
	scratch_teardown();
}

/* The next request gets this answer. */
static enum receiver_end
answer(int status, const char *etag, const char *range, long long length)
{
	struct answer a = {.status = status, .etag = etag, .range = range, .length = length};

	ck_assert_int_eq(receiver_ask(&in, &e), END_WELL);
	return receiver_answer(&in, &a, &e);
}

static void
bytes(const char *data)
{
	ck_assert_int_eq(receiver_bytes(&in, data, strlen(data), &e), 0);
}

#define ETAG "\"v1\""

START_TEST(a_whole_answer_is_a_whole_part)
{
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_WELL);
	bytes("01234");
	ck_assert(!receiver_is_over(&in));
	bytes("56789");
	receiver_body_end(&in);
	ck_assert(receiver_is_over(&in));
	ck_assert_int_eq(receiver_done(&in, &e), 0);
	ck_assert_int_eq(strncmp(news, "size 10;have ", 13), 0);
	ck_assert_ptr_nonnull(strstr(news, "have 10;done 10;"));
	ck_assert_str_eq(scratch_read("f.part"), "0123456789");
}
END_TEST

START_TEST(a_size_may_come_last)
{
	ck_assert_int_eq(answer(200, ETAG, NULL, -1), END_WELL);
	bytes("01234");
	ck_assert(!receiver_is_over(&in));
	receiver_body_end(&in);
	ck_assert(receiver_is_over(&in));
	ck_assert_int_eq(receiver_done(&in, &e), 0);
	ck_assert_ptr_nonnull(strstr(news, "size 5;"));
	ck_assert_ptr_nonnull(strstr(news, "done 5;"));
}
END_TEST

START_TEST(the_tail_comes_first_and_the_rest_up_to_it)
{
	in.tail_bytes = 4;
	ck_assert_int_eq(answer(206, ETAG, "bytes 6-9/10", 4), END_WELL);
	bytes("67");
	ck_assert_str_eq(news, "size 10;");
	bytes("89");
	ck_assert_str_eq(news, "size 10;tail 6;");
	ck_assert_int_eq(answer(206, ETAG, "bytes 0-5/10", 6), END_WELL);
	ck_assert_int_eq(in.ask.to, 6);
	bytes("012345more than was asked for");
	ck_assert(receiver_is_over(&in));
	ck_assert_str_eq(scratch_read("f.part"), "0123456789");
	ck_assert_int_eq(receiver_done(&in, &e), 0);
	ck_assert_ptr_nonnull(strstr(news, "have 6;done 10;"));
}
END_TEST

START_TEST(a_tail_that_is_cut_goes_on)
{
	in.tail_bytes = 4;
	ck_assert_int_eq(answer(206, ETAG, "bytes 6-9/10", 4), END_WELL);
	bytes("67");
	ck_assert_int_eq(answer(206, ETAG, "bytes 8-9/10", 2), END_WELL);
	ck_assert_int_eq(in.ask.from, 8);
	bytes("89");
	ck_assert_str_eq(news, "size 10;tail 6;");
	ck_assert_int_eq(p.facts.tail, 6);
}
END_TEST

START_TEST(a_file_smaller_than_its_tail_is_whole_at_once)
{
	in.tail_bytes = 100;
	ck_assert_int_eq(answer(206, ETAG, "bytes 0-9/10", 10), END_WELL);
	bytes("0123456789");
	ck_assert(receiver_is_over(&in));
	ck_assert_int_eq(strncmp(news, "size 10;have 10;", 16), 0);
}
END_TEST

START_TEST(without_a_validator_there_is_no_tail)
{
	in.tail_bytes = 4;
	ck_assert_int_eq(answer(206, NULL, "bytes 6-9/10", 4), END_AGAIN);
	ck_assert_str_eq(news, "");
	ck_assert_int_eq(answer(200, NULL, NULL, 10), END_WELL);
	ck_assert_int_eq(in.ask.kind, ASK_ALL);
}
END_TEST

START_TEST(the_same_content_from_its_start_is_passed_over_to_where_it_was_cut)
{
	in.followed = true;
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_WELL);
	bytes("01234");
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_WELL);
	bytes("xxx");
	bytes("xxx5678");
	bytes("9");
	ck_assert(receiver_is_over(&in));
	ck_assert_str_eq(scratch_read("f.part"), "01234x5678");
}
END_TEST

START_TEST(another_content_starts_anew_where_nobody_follows)
{
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_WELL);
	bytes("01234");
	ck_assert_int_eq(answer(200, "\"v2\"", NULL, 8), END_AGAIN);
	ck_assert_str_eq(scratch_read("f.part"), "");
	ck_assert_int_eq(answer(200, "\"v2\"", NULL, 8), END_WELL);
	bytes("abcdefgh");
	ck_assert(receiver_is_over(&in));
	ck_assert_str_eq(scratch_read("f.part"), "abcdefgh");
}
END_TEST

START_TEST(another_content_is_a_failure_where_somebody_does)
{
	in.followed = true;
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_WELL);
	bytes("01234");
	ck_assert_int_eq(answer(206, "\"v2\"", "bytes 5-9/10", 5), END_FAILED);
	ck_assert_int_eq(err_status(&e), 69);
	ck_assert_str_eq(scratch_read("f.part"), "");
	ck_assert_str_eq(scratch_read("f.part.state"), "");
}
END_TEST

START_TEST(what_cannot_be_resumed_starts_anew)
{
	ck_assert_int_eq(answer(200, NULL, NULL, 10), END_WELL);
	bytes("01234");
	ck_assert_int_eq(receiver_ask(&in, &e), END_WELL);
	ck_assert_int_eq(in.ask.kind, ASK_ALL);
	ck_assert_str_eq(scratch_read("f.part"), "");
	in.followed = true;
	ck_assert_int_eq(answer(200, NULL, NULL, 10), END_WELL);
	bytes("01234");
	ck_assert_int_eq(receiver_ask(&in, &e), END_FAILED);
}
END_TEST

START_TEST(what_an_earlier_run_left_is_told_when_it_is_confirmed)
{
	in.followed = true;
	p.facts.size = 10;
	p.facts.have = 6;
	p.facts.tail = 6;
	p.facts.tail_have = 10;
	strcpy(p.facts.validator, ETAG);
	ck_assert_int_eq(part_write(&p, 0, "0123456789", 10, &e), 0);
	ck_assert(!receiver_is_over(&in));
	ck_assert_int_eq(receiver_tell(&in, true, &e), 0);
	ck_assert_str_eq(news, "");
	ck_assert_int_eq(answer(416, NULL, "bytes */10", 0), END_AGAIN);
	ck_assert(receiver_is_over(&in));
	ck_assert_int_eq(receiver_done(&in, &e), 0);
	ck_assert_str_eq(news, "size 10;tail 6;have 6;done 10;");
}
END_TEST

START_TEST(a_whole_part_is_confirmed_by_the_head_of_an_answer_too)
{
	p.facts.size = p.facts.have = 10;
	strcpy(p.facts.validator, ETAG);
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_AGAIN);
	ck_assert(receiver_is_over(&in));
}
END_TEST

START_TEST(what_an_earlier_run_left_of_another_content_was_never_told)
{
	in.followed = true;
	p.facts.size = 10;
	p.facts.have = 5;
	strcpy(p.facts.validator, ETAG);
	ck_assert_int_eq(answer(200, "\"v2\"", NULL, 10), END_AGAIN);
	ck_assert_int_eq(answer(200, "\"v2\"", NULL, 10), END_WELL);
	bytes("abcdefghij");
	ck_assert(receiver_is_over(&in));
}
END_TEST

START_TEST(too_much_is_refused_before_and_while_it_comes)
{
	in.max_bytes = 9;
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_FAILED);
	ck_assert_int_eq(err_status(&e), 65);
	ck_assert_str_eq(scratch_read("f.part"), "");
	ck_assert_int_eq(answer(200, ETAG, NULL, -1), END_WELL);
	bytes("012345678");
	ck_assert_int_eq(receiver_bytes(&in, "9", 1, &e), -1);
	ck_assert_int_eq(err_status(&e), 65);
	ck_assert_str_eq(scratch_read("f.part"), "012345678");
	in.tail_bytes = 2;
	ck_assert_int_eq(part_reset(&p, &e), 0);
	in.confirmed = false;
	ck_assert_int_eq(answer(206, ETAG, "bytes 8-9/10", 2), END_FAILED);
	ck_assert_int_eq(err_status(&e), 65);
}
END_TEST

START_TEST(news_come_by_amount_or_time)
{
	static char block[64 * 1024];
	struct timespec pause = {.tv_nsec = 30000000};

	ck_assert_int_eq(answer(200, ETAG, NULL, 1 << 20), END_WELL);
	ck_assert_int_eq(receiver_bytes(&in, block, sizeof block, &e), 0);
	ck_assert_str_eq(news, "size 1048576;have 65536;");
	ck_assert(!receiver_is_behind(&in));
	ck_assert_int_eq(receiver_bytes(&in, block, 10, &e), 0);
	if (receiver_is_behind(&in)) /* unless 20 ms have passed by now */
		ck_assert_str_eq(news, "size 1048576;have 65536;");
	nanosleep(&pause, NULL);
	ck_assert_int_eq(receiver_tell(&in, false, &e), 0);
	ck_assert_str_eq(news, "size 1048576;have 65536;have 65546;");
	ck_assert(!receiver_is_behind(&in));
	ck_assert_int_eq(receiver_tell(&in, true, &e), 0);
	ck_assert_str_eq(news, "size 1048576;have 65536;have 65546;");
}
END_TEST

START_TEST(a_caller_who_does_not_listen_ends_it)
{
	deaf = true;
	ck_assert_int_eq(answer(200, ETAG, NULL, 10), END_FAILED);
	ck_assert_int_eq(err_status(&e), 74);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_whole_answer_is_a_whole_part);
	tcase_add_test(tc, a_size_may_come_last);
	tcase_add_test(tc, the_tail_comes_first_and_the_rest_up_to_it);
	tcase_add_test(tc, a_tail_that_is_cut_goes_on);
	tcase_add_test(tc, a_file_smaller_than_its_tail_is_whole_at_once);
	tcase_add_test(tc, without_a_validator_there_is_no_tail);
	tcase_add_test(tc, the_same_content_from_its_start_is_passed_over_to_where_it_was_cut);
	tcase_add_test(tc, another_content_starts_anew_where_nobody_follows);
	tcase_add_test(tc, another_content_is_a_failure_where_somebody_does);
	tcase_add_test(tc, what_cannot_be_resumed_starts_anew);
	tcase_add_test(tc, what_an_earlier_run_left_is_told_when_it_is_confirmed);
	tcase_add_test(tc, a_whole_part_is_confirmed_by_the_head_of_an_answer_too);
	tcase_add_test(tc, what_an_earlier_run_left_of_another_content_was_never_told);
	tcase_add_test(tc, too_much_is_refused_before_and_while_it_comes);
	tcase_add_test(tc, news_come_by_amount_or_time);
	tcase_add_test(tc, a_caller_who_does_not_listen_ends_it);
}
