/* SPDX-License-Identifier: MIT */
/* test_layout - where a balancer listens for its services. */
#include "proxy/layout.h"

#include <stdio.h>
#include <string.h>

#include "scratch_nodes.h"
#include "tests.h"

static struct layout layout;

/* "ADDRESS:PORT[+tls][=ANY] ..." of all places. */
static const char *
places(void)
{
	static char text[1024];
	struct err e = ERR_INIT;
	size_t n = 0;

	layout = LAYOUT_INIT;
	text[0] = '\0';
	ck_assert_int_eq(layout_make(&layout, &scratch_list, &e), 0);
	for (size_t i = 0; i < layout.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s:%d%s%s%s ",
				      layout.binds[i].address, layout.binds[i].port,
				      layout.binds[i].has_tls ? "+tls" : "",
				      layout.binds[i].any ? "=" : "",
				      layout.binds[i].any ? layout.binds[i].any : "");
	return text;
}

static void
end(void)
{
	layout_free(&layout);
	scratch_nodes_end();
}

static const struct {
	const char *local;
	bool has_tls;
	const char *places;
} one[] = {
	{"10.0.0.1", false, "10.0.0.1:80 "},
	{"10.0.0.1", true, "10.0.0.1:80 10.0.0.1:443+tls "},
	{"10.0.0.1:8443", true, "10.0.0.1:8443+tls "},
	{"10.0.0.1:8080", false, "10.0.0.1:8080 "},
	{"2001:db8::1", false, "[2001:db8::1]:80 "},
	{"[2001:db8::1]:81", false, "[2001:db8::1]:81 "},
	{"[::1]", true, "[::1]:80 [::1]:443+tls "},
};

START_TEST(a_service_s_places)
{
	scratch_node("web", "a", one[_i].local, "10.0.0.9", "80", one[_i].has_tls);
	scratch_node("web", "a", one[_i].local, "10.0.0.8", "80", one[_i].has_tls);
	ck_assert_str_eq(places(), one[_i].places);
	for (size_t i = 0; i < layout.n; i++)
		ck_assert(layout_serves(&layout.binds[i], &scratch_list.nodes[0]));
}
END_TEST

START_TEST(services_share_a_place)
{
	scratch_node("a", "a", "::1", "::9", "80", false);
	scratch_node("b", "b", "::1", "::9", "80", true);
	scratch_node("c", "*", "[::1]:80", "::9", "80", false);
	scratch_node("d", "*", "[::1]:80", "::9", "80", false);
	scratch_node("e", "e", "[::1]:81", "::9", "80", false);
	ck_assert_str_eq(places(), "[::1]:80=c [::1]:443+tls [::1]:81 ");
	ck_assert(layout_serves(&layout.binds[0], &scratch_list.nodes[0]));
	ck_assert(!layout_serves(&layout.binds[1], &scratch_list.nodes[0]));
	ck_assert(layout_serves(&layout.binds[1], &scratch_list.nodes[1]));
	ck_assert(!layout_serves(&layout.binds[0], &scratch_list.nodes[4]));
}
END_TEST

START_TEST(no_nodes_are_no_places)
{
	ck_assert_str_eq(places(), "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_loop_test(tc, a_service_s_places, 0, sizeof one / sizeof *one);
	tcase_add_test(tc, services_share_a_place);
	tcase_add_test(tc, no_nodes_are_no_places);
}
