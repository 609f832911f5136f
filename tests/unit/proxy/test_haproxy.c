/* SPDX-License-Identifier: MIT */
/* test_haproxy - nodes as its configuration; whether it takes that proxy.sh tries. */
#include "proxy/haproxy.h"

#include <string.h>

#include "scratch_nodes.h"
#include "tests.h"

static struct buf out;

static void
render(void)
{
	struct err e = ERR_INIT;

	buf_free(&out);
	ck_assert_msg(haproxy_render(&scratch_list, "/pem", &out, &e) == 0, "%s", e.msg);
}

static void
end(void)
{
	buf_free(&out);
	scratch_nodes_end();
}

static const char *const parts[][1] = {
	{"frontend enstratus-1\n\tmode http\n\tbind 10.0.0.1:80\n"},
	{"frontend enstratus-2\n\tmode http\n\tbind 10.0.0.1:443 ssl crt /pem/enstratus-web.pem\n"},
	{"\tacl is-web req.hdr(host),field(1,:) -i -m str www.example.com\n"
	 "\tuse_backend enstratus-web if is-web\n"},
	{"\tdefault_backend enstratus-any\n"},
	{"backend enstratus-web\n"},
	{"\tserver node-1 10.0.0.2:8080 check downinter 500ms rise 1 init-addr last,libc,none\n"
	 "\tserver node-2 [2001:db8::2]:8080 check downinter 500ms rise 1 init-addr "
	 "last,libc,none\n"},
};

START_TEST(it_says_where_what_goes)
{
	scratch_node("web", "www.example.com", "10.0.0.1", "10.0.0.2", "8080", true);
	scratch_node("web", "www.example.com", "10.0.0.1", "2001:db8::2", "8080", true);
	scratch_node("any", "*", "10.0.0.1", "10.0.0.3", "80", false);
	render();
	ck_assert_msg(strstr(out.data, parts[_i][0]) != NULL, "%s", out.data);
}
END_TEST

START_TEST(no_nodes_are_nothing)
{
	render();
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_loop_test(tc, it_says_where_what_goes, 0, sizeof parts / sizeof *parts);
	tcase_add_test(tc, no_nodes_are_nothing);
}
