/* SPDX-License-Identifier: MIT */
/* scratch_nodes - a balancer's nodes without a file. */
#ifndef TESTS_UNIT_SCRATCH_NODES_H
#define TESTS_UNIT_SCRATCH_NODES_H

#include <check.h>

#include "proxy/nodes.h"

static struct nodes scratch_list = {.meta_root_fd = -1, .lock_fd = -1};

static inline void
scratch_node(const char *service, const char *name, const char *local, const char *address,
	     const char *port, bool has_tls)
{
	struct err e = ERR_INIT;
	struct node node;

	ck_assert_msg(nodes_make(&node,
				 &(struct node_words){service, name, "NONE", local, address, port},
				 &e) == 0,
		      "%s", e.msg);
	node.has_tls = has_tls;
	ck_assert_int_eq(nodes_add(&scratch_list, &node, &e), 0);
}

static inline void
scratch_nodes_end(void)
{
	nodes_close(&scratch_list);
}

#endif
