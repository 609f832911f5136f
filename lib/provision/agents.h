/* SPDX-License-Identifier: MIT */
/* agents - how the programs of the agent on a host are called, whatever is in between. */
#ifndef PROVISION_AGENTS_H
#define PROVISION_AGENTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

/* Where a server is; strings are the caller's, NULL or 0 for what ssh(1) chooses. */
struct agents_place {
	const char *address, *user, *key;
	int port;
};

struct agents_call {
	struct agents_place place;
	const char *const *words; /* the program and its arguments; ends with NULL */
	const struct secret *input;
	int input_fd, output_fd; /* -1: none */
	int timeout_s;		 /* 0: none */
	bool once; /* its caller asks what became of it, when the connection is lost */
	/* The answer. */
	int status; /* the program's; AGENTS_LOST: it is not known what became of it */
	struct buf out;
	char why[256]; /* the last line of its messages */
};

#define AGENTS_LOST 255
#define AGENTS_BUSY 75

#define AGENTS_CALL_INIT ((struct agents_call){.input_fd = -1, .output_fd = -1, .out = BUF_INIT})

/*
 * agents_fn - call a program; several threads may at once.
 *
 * Fails:   ERR_STATUS for a held signal; ERR_SYSTEM.  Any status is a success.
 */
typedef int agents_fn(void *arg, struct agents_call *call, struct err *e);

struct agents {
	agents_fn *fn;
	/* How hosts are made and destroyed; NULL: by the commands of the deployment. */
	int (*make)(void *arg, const char *id, char address[static 64], struct err *e);
	int (*destroy)(void *arg, const char *id, const char *address, struct err *e);
	/* How to wait before a call is repeated; NULL: as engine_rest. */
	int (*rest)(void *arg, int ms, struct err *e);
	void *arg;
};

/*
 * agents_call - call, and again when that may help.
 *
 * A busy service is asked again for 60 s, and after a lost connection 3 times, for every program of
 * the agent but what is to run once may be repeated; but neither what has a time limit nor what a
 * file goes into or comes out of.
 *
 * Fails:   as agents_fn.
 */
int agents_call(const struct agents *agents, struct agents_call *call, struct err *e)
	__attribute__((warn_unused_result));
void agents_call_free(struct agents_call *call);

#endif
