/* SPDX-License-Identifier: MIT */
/* test_sshcommand - which requests an ssh key lets in. */
#include "cli/sshcommand.h"

#include <check.h>

#include "tests.h"

static const struct {
	const char *line, *verbs, *services;
	int kind;
	const char *service;
} rows[] = {
	{"startService a1", NULL, NULL, ERR_NONE, "a1"},
	{"/enstratus/bin/startService a1", NULL, "a1,b2", ERR_NONE, "a1"},
	{"startService --timeout 5 b2", NULL, "a1,b2", ERR_NONE, "b2"},
	{"startService a", NULL, "a1,b2", ERR_REFUSED, "a"},
	{"startService a1,b2", NULL, "a1,b2", ERR_REFUSED, "a1,b2"},
	{"configureService --config - u c a1", NULL, "a1", ERR_NONE, "a1"},
	{"configureService --config a1 u c b2", NULL, "a1", ERR_REFUSED, "b2"},
	{"configureService --conf a1 u c b2", NULL, "a1", ERR_REFUSED, "b2"},
	{"installService --sha256 a1 b2 c u f.zip", NULL, "a1", ERR_REFUSED, "b2"},
	{"startService --nonsense a1", NULL, "a1", ERR_USAGE, NULL},
	{"listServices", NULL, "a1", ERR_REFUSED, NULL},
	{"listServices", NULL, NULL, ERR_NONE, NULL},
	{"terminate", NULL, "a1", ERR_REFUSED, NULL},
	{"terminate", "terminate", "a1", ERR_NONE, NULL},
	{"stopService a1", "startService,checkService", NULL, ERR_REFUSED, NULL},
	{"checkService a1", "startService,checkService", NULL, ERR_NONE, "a1"},
	{"sh -c id", NULL, NULL, ERR_REFUSED, NULL},
	{"agentShell a1", NULL, NULL, ERR_REFUSED, NULL},
	{"secureDelete /etc/passwd", NULL, NULL, ERR_REFUSED, NULL},
	{"../../bin/sh a1", NULL, NULL, ERR_REFUSED, NULL},
	{"startService a1; id", NULL, NULL, ERR_USAGE, NULL},
	{"startService $(id)", NULL, NULL, ERR_USAGE, NULL},
	{"", NULL, NULL, ERR_USAGE, NULL},
};

START_TEST(a_request_is_let_in_or_not)
{
	struct sshcommand_request request = {.words = WORDS_INIT};
	const struct sshcommand_rules rules = {.verbs = rows[_i].verbs,
					       .services = rows[_i].services};
	struct err e = ERR_INIT;
	int result = sshcommand_check(&request, rows[_i].line, &rules, &e);

	ck_assert_msg((int)e.kind == rows[_i].kind, "'%s': %s", rows[_i].line, e.msg);
	ck_assert_int_eq(result, rows[_i].kind ? -1 : 0);
	if (rows[_i].service) {
		ck_assert_ptr_nonnull(request.service);
		ck_assert_str_eq(request.service, rows[_i].service);
	} else {
		ck_assert_ptr_null(request.service);
	}
	words_free(&request.words);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_request_is_let_in_or_not, 0, (int)(sizeof rows / sizeof *rows));
}
