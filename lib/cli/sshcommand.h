/* SPDX-License-Identifier: MIT */
/* sshcommand - the forced command of an ssh key: its requests, and the program of each. */
#ifndef CLI_SSHCOMMAND_H
#define CLI_SSHCOMMAND_H

#include "base/err.h"
#include "base/words.h"

/* What a key may do; NULL where there is no limit. */
struct sshcommand_rules {
	const char *verbs;    /* names of programs, with commas between them */
	const char *services; /* ids, likewise */
};

/* What is asked for, as an audit has it. */
struct sshcommand_request {
	struct words words;
	const char *service; /* of words; NULL for a verb that names none */
};

/*
 * sshcommand_check - read a request and compare it with the rules.
 *
 * line  as ssh(1) hands it over: words of base/words, the first one the verb
 *
 * A verb that names no service needs to be in rules->verbs where rules->services limits a key, for
 * it may touch any.
 *
 * Fails:   ERR_USAGE for a line that is none; ERR_REFUSED for what the key may not.
 * Source:  agentShell(1).
 */
int sshcommand_check(struct sshcommand_request *request, const char *line,
		     const struct sshcommand_rules *rules, struct err *e)
	__attribute__((warn_unused_result));

/*
 * sshcommand_run - check the request in the environment (SSH_ORIGINAL_COMMAND), write a line of
 *                  audit, and become the program.
 *
 * key  what the audit calls the key; NULL for none
 *
 * Returns only when it fails: as sshcommand_check; ERR_SYSTEM.
 */
int sshcommand_run(const struct sshcommand_rules *rules, const char *key, struct err *e)
	__attribute__((warn_unused_result));

#endif
