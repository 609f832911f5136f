/* SPDX-License-Identifier: MIT */
/* seals - what agentKeys and sealConfig answer: a public key, a sealed configuration. */
#ifndef CLI_SEALS_H
#define CLI_SEALS_H

#include "base/err.h"
#include "cli/cli.h"

/*
 * seals_keys - see to it that there is a pair of keys, and print the public one.
 *
 * Fails:   as sealing_pair; ERR_SYSTEM for a directory that cannot be opened.
 * Source:  agentKeys(1).
 */
int seals_keys(struct cli *cli, struct err *e) __attribute__((warn_unused_result));

/*
 * seals_config - print a configuration, sealed.
 *
 * Fails:   ERR_USAGE without --to; as document_read, sealing_load_key and sealing_load_public.
 * Source:  sealConfig(1).
 */
int seals_config(const struct cli *cli, struct err *e) __attribute__((warn_unused_result));

#endif
