/* SPDX-License-Identifier: MIT */
/* page - how a deployment stands, as one page of HTML that needs nothing else. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base/err.h"
#include "provision/deployment.h"
#include "provision/ledger.h"

/*
 * page_write - tiers, their servers and services, what depends on what, and the latest events.
 *
 * path  is replaced at once: who reads it sees the old page or the new one
 *
 * It has no script, and asks nothing of any server.
 *
 * Fails:   ERR_SYSTEM; ERR_IO.
 */
int page_write(const struct deployment *d, const struct ledger *l, const char *path, struct err *e)
	__attribute__((warn_unused_result));

#endif
