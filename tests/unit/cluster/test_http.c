/* SPDX-License-Identifier: MIT */
/* test_http - one request, and URLs. */
#include "cluster/http.h"

#include <check.h>
#include <string.h>

#include "tests.h"

static const struct {
	const char *text;
	bool is_good, is_https;
} urls[] = {
	{"https://host/a?b=c", true, true}, {"http://host:8080/", true, false},
	{"ftp://host/", false, false},	    {"https://user:hunter2@host/", false, false},
	{"/relative", false, false},	    {"", false, false},
};

START_TEST(a_url_is_judged)
{
	struct http_url *url = http_url_new();
	const char *rule = http_url_set(url, urls[_i].text, false);

	ck_assert_int_eq(rule == NULL, urls[_i].is_good);
	if (rule)
		ck_assert_ptr_null(strstr(rule, "hunter2"));
	else
		ck_assert_int_eq(http_url_is_https(url), urls[_i].is_https);
	http_url_free(url);
}
END_TEST

START_TEST(a_url_is_shown_without_what_may_be_a_token)
{
	struct http_url *url = http_url_new(), *copy;
	char shown[HTTP_SHOWN_MAX];

	ck_assert_ptr_null(http_url_set(url, "https://host/a/b?token=x#y", false));
	http_url_show(url, shown);
	ck_assert_str_eq(shown, "https://host/a/b");
	copy = http_url_copy(url);
	ck_assert_ptr_null(http_url_set(copy, "../c", true));
	http_url_show(copy, shown);
	ck_assert_str_eq(shown, "https://host/c");
	http_url_free(copy);
	http_url_free(url);
	http_url_free(NULL);
}
END_TEST

static bool
take(void *arg, const char *data, size_t len)
{
	(void)arg, (void)data, (void)len;
	return true;
}

START_TEST(a_closed_port_is_missed)
{
	struct http *http;
	struct http_url *url = http_url_new();
	struct http_request request = {
		.url = url, .user_agent = "test", .connect_s = 2, .silence_s = 2, .on_body = take};
	struct err e = ERR_INIT;

	ck_assert_ptr_null(http_url_set(url, "http://127.0.0.1:1/", false));
	ck_assert_int_eq(http_new(&http, &e), 0);
	ck_assert_int_eq(http_begin(http, &request, &e), 0);
	while (!http_step(http))
		http_wait(http, NULL, 0, 1000);
	ck_assert_int_eq(http_verdict(http, &e), HTTP_MISSED);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_int_eq(http_status(http), 0);
	ck_assert_ptr_null(http_header(http, "ETag"));
	http_free(http);
	http_url_free(url);
	http_free(NULL);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_url_is_judged, 0, (int)(sizeof urls / sizeof *urls));
	tcase_add_test(tc, a_url_is_shown_without_what_may_be_a_token);
	tcase_add_test(tc, a_closed_port_is_missed);
}
