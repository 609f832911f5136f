/* SPDX-License-Identifier: MIT */
/* loader - what the store has, read into a ledger. */
#ifndef PROVISION_LOADER_H
#define PROVISION_LOADER_H

#include "base/err.h"
#include "provision/ledger.h"
#include "provision/store.h"

/*
 * loader_open - read what the store has; store NULL: nothing is there, and nothing is kept.
 *
 * Fails:   as store_each; ERR_UNSAFE for values that cannot be read.
 */
int loader_open(struct ledger *l, struct store *store, struct err *e)
	__attribute__((warn_unused_result));

#endif
