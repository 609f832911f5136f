/* SPDX-License-Identifier: MIT */
/* entry - changes of a ledger, each kept at once. */
#ifndef PROVISION_ENTRY_H
#define PROVISION_ENTRY_H

#include <stdbool.h>

#include "base/err.h"
#include "provision/deployment.h"
#include "provision/ledger.h"

/* entry_spec - keep the text of a deployment file; entry_save_spec - what is known of it. */
int entry_save_spec(struct ledger *l, struct err *e) __attribute__((warn_unused_result));
int entry_spec(struct ledger *l, const char *directory, const char *text, struct err *e)
	__attribute__((warn_unused_result));

/* Each of these is kept at once, with what belongs to it.  Fails: as store_put. */
int entry_add_server(struct ledger *l, struct ledger_tier *tier, const struct deployment_host *host,
		     struct ledger_server **server, struct err *e)
	__attribute__((warn_unused_result));
int entry_save_server(struct ledger *l, struct ledger_server *server, struct err *e)
	__attribute__((warn_unused_result));
int entry_drop_server(struct ledger *l, struct ledger_server *server, struct err *e)
	__attribute__((warn_unused_result));
int entry_save_placed(struct ledger *l, const struct ledger_server *server,
		      const struct ledger_placed *placed, struct err *e)
	__attribute__((warn_unused_result));
int entry_add_node(struct ledger *l, struct ledger_server *server, const struct ledger_node *node,
		   struct err *e) __attribute__((warn_unused_result));
int entry_drop_nodes(struct ledger *l, struct ledger_server *server, const char *balancer,
		     struct err *e) __attribute__((warn_unused_result));
int entry_save_tier(struct ledger *l, const struct ledger_tier *tier, struct err *e)
	__attribute__((warn_unused_result));
int entry_save_source(struct ledger *l, const struct ledger_source *source, struct err *e)
	__attribute__((warn_unused_result));
int entry_mark_lost(struct ledger *l, const char *host, bool is_lost, struct err *e)
	__attribute__((warn_unused_result));

#endif
