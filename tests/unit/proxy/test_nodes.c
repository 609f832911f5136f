/* SPDX-License-Identifier: MIT */
/* test_nodes - which servers a balancer sends the clients of which service to. */
#include "proxy/nodes.h"

#include <string.h>

#include "scratch_root.h"
#include "tests.h"

static struct nodes list;
static struct paths paths;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	err = ERR_INIT;
	list = NODES_INIT;
	ck_assert_int_eq(paths_load(&paths, &err), 0);
	ck_assert_msg(nodes_open(&list, &paths, 0, &err) == 0, "%s", err.msg);
}

static void
end(void)
{
	nodes_close(&list);
	scratch_root_teardown();
}

static void
add(const char *service, const char *name, const char *local, const char *address, const char *port)
{
	struct node node;

	ck_assert_msg(nodes_make(&node,
				 &(struct node_words){service, name, "NONE", local, address, port},
				 &err) == 0,
		      "%s", err.msg);
	ck_assert_int_eq(nodes_add(&list, &node, &err), 0);
}

static const struct {
	const char *service, *primary, *secondary, *local, *address, *port;
	const char *says; /* NULL: fine */
} made[] = {
	{"web", "www.example.com", "NONE", "10.0.0.1", "10.0.0.2", "80", NULL},
	{"web", "a.b", "c.d,e-f.g_h", "::1", "2001:db8::1", "65535", NULL},
	{"web", "*", "NONE", "[::1]:8080", "node.internal", "1", NULL},
	{"", "a", "NONE", "::1", "::1", "1", "service"},
	{"we b", "a", "NONE", "::1", "::1", "1", "service"},
	{"web", "a b", "NONE", "::1", "::1", "1", "'a b' is no DNS name"},
	{"web", "", "NONE", "::1", "::1", "1", "'' is no DNS name"},
	{"web", "a", "b,,c", "::1", "::1", "1", "'' is no DNS name"},
	{"web", "a", "b;c", "::1", "::1", "1", "'b;c' is no DNS name"},
	{"web", "-a", "NONE", "::1", "::1", "1", "is no DNS name"},
	{"web", "a", "NONE", "here{", "::1", "1", "LOCAL_ADDRESS 'here{' is no address"},
	{"web", "a", "NONE", "::1", "a\nb", "1", "REMOTE_ADDRESS"},
	{"web", "a", "NONE", "::1", "", "1", "REMOTE_ADDRESS '' is no address"},
	{"web", "a", "NONE", "::1", "::1", "0", "REMOTE_PORT"},
	{"web", "a", "NONE", "::1", "::1", "65536", "REMOTE_PORT"},
	{"web", "a", "NONE", "::1", "::1", "http", "REMOTE_PORT"},
};

START_TEST(what_a_caller_says_is_judged)
{
	struct node node;
	int result = nodes_make(&node,
				&(struct node_words){made[_i].service, made[_i].primary,
						     made[_i].secondary, made[_i].local,
						     made[_i].address, made[_i].port},
				&err);

	ck_assert_int_eq(result, made[_i].says ? -1 : 0);
	if (!made[_i].says)
		return;
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_msg(strstr(err.msg, made[_i].says) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(names_are_one_list)
{
	struct node node;

	ck_assert_int_eq(
		nodes_make(&node, &(struct node_words){"web", "a", "b,c", "::1", "::2", "1"}, &err),
		0);
	ck_assert_str_eq(node.names, "a,b,c");
	ck_assert_int_eq(
		nodes_make(&node, &(struct node_words){"web", "*", "b,c", "::1", "::2", "1"}, &err),
		0);
	ck_assert_str_eq(node.names, "*");
}
END_TEST

START_TEST(a_node_is_there_once_and_in_order)
{
	add("web", "a", "::1", "10.0.0.10", "80");
	add("web", "a", "::1", "10.0.0.1", "81");
	add("app", "a", "::1", "10.0.0.9", "80");
	add("web", "a", "::1", "10.0.0.1", "80");
	add("web", "a", "::1", "10.0.0.1", "80");
	ck_assert_uint_eq(list.n, 4);
	ck_assert_str_eq(list.nodes[0].service, "app");
	ck_assert_int_eq(list.nodes[1].port, 80);
	ck_assert_int_eq(list.nodes[2].port, 81);
	ck_assert_str_eq(list.nodes[3].address, "10.0.0.10");
}
END_TEST

START_TEST(the_latest_word_on_a_service_holds_for_all_of_it)
{
	add("web", "a", "::1", "10.0.0.1", "80");
	add("app", "x", "::1", "10.0.0.1", "80");
	add("web", "b", "::2", "10.0.0.2", "80");
	ck_assert_str_eq(list.nodes[0].names, "x");
	ck_assert_str_eq(list.nodes[1].names, "b");
	ck_assert_str_eq(list.nodes[1].local, "::2");
}
END_TEST

START_TEST(whole_addresses_are_removed)
{
	add("web", "a", "::1", "10.0.0.1", "80");
	add("app", "a", "::1", "10.0.0.1", "81");
	add("web", "a", "::1", "10.0.0.10", "80");
	add("web", "a", "::1", "Node.Internal", "80");
	ck_assert_uint_eq(nodes_remove(&list, "10.0.0"), 0);
	ck_assert_uint_eq(nodes_remove(&list, "10.0.0.1"), 2);
	ck_assert_uint_eq(nodes_remove(&list, "node.internal"), 1);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_str_eq(list.nodes[0].address, "10.0.0.10");
}
END_TEST

START_TEST(what_is_saved_is_read)
{
	struct node node;

	ck_assert_int_eq(
		nodes_make(&node,
			   &(struct node_words){"web", "a", "b", "[::1]:8080", "10.0.0.1", "80"},
			   &err),
		0);
	node.has_tls = true;
	ck_assert_int_eq(nodes_add(&list, &node, &err), 0);
	add("any", "*", "::2", "::3", "9");
	ck_assert_int_eq(nodes_save(&list, &err), 0);
	nodes_close(&list);
	ck_assert_msg(nodes_open(&list, &paths, 0, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_str_eq(list.nodes[0].names, "*");
	ck_assert(!list.nodes[0].has_tls);
	ck_assert_str_eq(list.nodes[1].names, "a,b");
	ck_assert_str_eq(list.nodes[1].local, "[::1]:8080");
	ck_assert(list.nodes[1].has_tls);
	list.n = 0;
	ck_assert_int_eq(nodes_save(&list, &err), 0);
	nodes_close(&list);
	ck_assert_int_eq(nodes_open(&list, &paths, 0, &err), 0);
	ck_assert_uint_eq(list.n, 0);
}
END_TEST

static const char *const damaged[] = {"web\n", "web\ta\t::1\t-\t::1\t80\n",
				      "web\ta;b\t::1\t-\t::1\t80\t\n",
				      "web\ta\t::1\t-\t::1\t0\t\n"};

START_TEST(a_damaged_list_is_refused)
{
	nodes_close(&list);
	scratch_write("services/.enstratus/.proxy", damaged[_i]);
	ck_assert_int_eq(nodes_open(&list, &paths, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(err.msg, "is damaged"));
}
END_TEST

START_TEST(one_changes_it_at_a_time)
{
	struct nodes other = NODES_INIT;

	ck_assert_int_eq(nodes_open(&other, &paths, 50, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	nodes_close(&other);
	nodes_close(&list);
	err = ERR_INIT;
	ck_assert_int_eq(nodes_open(&other, &paths, 0, &err), 0);
	nodes_close(&other);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, what_a_caller_says_is_judged, 0, sizeof made / sizeof *made);
	tcase_add_test(tc, names_are_one_list);
	tcase_add_test(tc, a_node_is_there_once_and_in_order);
	tcase_add_test(tc, the_latest_word_on_a_service_holds_for_all_of_it);
	tcase_add_test(tc, whole_addresses_are_removed);
	tcase_add_test(tc, what_is_saved_is_read);
	tcase_add_loop_test(tc, a_damaged_list_is_refused, 0, sizeof damaged / sizeof *damaged);
	tcase_add_test(tc, one_changes_it_at_a_time);
}
