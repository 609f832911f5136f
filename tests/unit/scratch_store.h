/* SPDX-License-Identifier: MIT */
/* scratch_store - a store in a file, which is closed and read again. */
#ifndef TESTS_UNIT_SCRATCH_STORE_H
#define TESTS_UNIT_SCRATCH_STORE_H

#include "scratch_fleet.h"

#include "provision/loader.h"

static struct store *scratch_store;

static inline void
scratch_store_open(void)
{
	char path[300];
	const struct store_options options = {.where = path};

	snprintf(path, sizeof path, "%s/state", scratch_dir);
	ck_assert_int_eq(store_open(&scratch_store, &options, &fleet_err), 0);
}

/* Close it, and read it anew. */
static inline void
scratch_store_read(struct ledger *l)
{
	store_close(scratch_store);
	scratch_store_open();
	ck_assert_msg(loader_open(l, scratch_store, &fleet_err) == 0, "%s", fleet_err.msg);
	ck_assert_int_eq(ledger_bind(l, &fleet_d, &fleet_err), 0);
}

#endif
