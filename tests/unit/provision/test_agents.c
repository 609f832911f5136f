/* SPDX-License-Identifier: MIT */
/* test_agents - when a program of the agent is called again. */
#include "provision/agents.h"

#include <check.h>

#include "tests.h"

static int calls, statuses[8];

static int
answer(void *arg, struct agents_call *call, struct err *e)
{
	(void)arg, (void)e;
	call->status = statuses[calls < 7 ? calls : 7];
	calls++;
	return 0;
}

static const struct agents all = {.fn = answer};

static int
ask(int timeout_s, int input_fd)
{
	struct agents_call call = AGENTS_CALL_INIT;
	struct err e = ERR_INIT;

	call.timeout_s = timeout_s;
	call.input_fd = input_fd;
	calls = 0;
	ck_assert_int_eq(agents_call(&all, &call, &e), 0);
	agents_call_free(&call);
	return call.status;
}

START_TEST(a_busy_service_is_asked_again)
{
	statuses[0] = statuses[1] = AGENTS_BUSY;
	statuses[2] = 7;
	ck_assert_int_eq(ask(0, -1), 7);
	ck_assert_int_eq(calls, 3);
}
END_TEST

START_TEST(a_lost_connection_three_times)
{
	for (int i = 0; i < 8; i++)
		statuses[i] = AGENTS_LOST;
	ck_assert_int_eq(ask(0, -1), AGENTS_LOST);
	ck_assert_int_eq(calls, 4);
	ck_assert_int_eq(ask(5, -1), AGENTS_LOST);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(ask(0, 0), AGENTS_LOST);
	ck_assert_int_eq(calls, 1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, a_busy_service_is_asked_again);
	tcase_add_test(tc, a_lost_connection_three_times);
}
