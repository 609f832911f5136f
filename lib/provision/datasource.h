/* SPDX-License-Identifier: MIT */
/* datasource - the steps of a data source on its server. */
#ifndef PROVISION_DATASOURCE_H
#define PROVISION_DATASOURCE_H

#include "provision/act.h"

/*
 * datasource_ask - call a program of a data source, which is told who may use it.
 *
 * addresses  with commas between them; "" for none
 * hash       of all that was told
 *
 * Fails:   as told_source and act_demand.
 */
int datasource_ask(struct act_task *t, const char *const *words, const char *addresses,
		   char hash[static 33]) __attribute__((warn_unused_result));

/*
 * Load the newest backup or the dump; let in all servers that use it, or before they are told of
 * another password by that as well; keep out one.
 *
 * Fails:   as datasource_ask, transfer_send and store_put; ERR_IMAGE when the dump is gone.
 */
int datasource_load(struct act_task *t) __attribute__((warn_unused_result));
int datasource_grant(struct act_task *t) __attribute__((warn_unused_result));
int datasource_revoke(struct act_task *t) __attribute__((warn_unused_result));

#endif
