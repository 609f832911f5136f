/* SPDX-License-Identifier: MIT */
/* door - the forced command of an ssh key: which requests come in, and the program of each. */
#ifndef CLI_DOOR_H
#define CLI_DOOR_H

#include "base/err.h"
#include "base/words.h"

/* What a key may do; NULL where there is no limit. */
struct door_rules {
	const char *verbs;    /* names of programs, with commas between them */
	const char *services; /* ids, likewise */
};

/* What is asked for, as an audit has it. */
struct door_request {
	struct words words;
	const char *service; /* of words; NULL for a verb that names none */
};

/*
 * door_judge - read a request and compare it with the rules.
 *
 * line  as ssh(1) hands it over: words of base/words, the first one the verb
 *
 * A verb that names no service needs to be in rules->verbs where rules->services limits a key, for
 * it may touch any.
 *
 * Fails:   ERR_USAGE for a line that is none; ERR_REFUSED for what the key may not.
 * Source:  agentShell(1).
 */
int door_judge(struct door_request *request, const char *line, const struct door_rules *rules,
	       struct err *e) __attribute__((warn_unused_result));

/*
 * door_open - judge the request in the environment (SSH_ORIGINAL_COMMAND), write a line of audit,
 *             and become the program.
 *
 * key  what the audit calls the key; NULL for none
 *
 * Returns only when it fails: as door_judge; ERR_SYSTEM.
 */
int door_open(const struct door_rules *rules, const char *key, struct err *e)
	__attribute__((warn_unused_result));

#endif
