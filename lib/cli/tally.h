/* SPDX-License-Identifier: MIT */
/* tally - what comes of rounds of votes: a line a round, a file for plots, the facts at the end. */
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include <stdio.h>

#include "base/err.h"
#include "cli/board.h"
#include "cli/cli.h"
#include "provision/model.h"
#include "provision/rounds.h"

struct tally {
	struct cli *cli;
	struct board *board;	   /* NULL: votes are not printed */
	const struct model *model; /* NULL: hosts are real, and their load is not known */
	struct rounds rounds;
	FILE *csv; /* NULL: none */
	long long began;
};

/* The facts. */
struct tally_facts {
	long long seconds, tiers;
	long long peak; /* most servers at once */
	long long started, ended;
	long long sent, avoided; /* configurations */
	long long shorts;	 /* how often a tier had too few servers, and came to have enough */
	long long to_scale_s;	 /* how long that took, on average */
	long long oscillations;
	long long recovered, delayed; /* servers that were lost; recoveries that waited */
	bool has_sum;
	struct model_sum sum; /* of a simulation */
};

#define TALLY_INIT ((struct tally){.cli = NULL, .rounds = ROUNDS_INIT})

/*
 * tally_open - begin with --csv, where it is given.
 *
 * Fails:   ERR_SYSTEM; as open(2).
 */
int tally_open(struct tally *t, struct cli *cli, struct act *a, struct board *board,
	       const struct model *model, struct err *e) __attribute__((warn_unused_result));

/* tally_facts - how it all went. */
void tally_facts(const struct tally *t, struct tally_facts *facts);

/* tally_json - the facts as items of a document. */
void tally_json(const struct tally_facts *facts, struct json *json);

/* tally_print - print how it all went.  Fails: ERR_SYSTEM. */
int tally_print(const struct tally *t, struct err *e) __attribute__((warn_unused_result));

/* tally_close - Fails: ERR_IO when the file could not be written. */
int tally_close(struct tally *t, struct err *e) __attribute__((warn_unused_result));

#endif
