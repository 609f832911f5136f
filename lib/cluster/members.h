/* SPDX-License-Identifier: MIT */
/* members - the members of an etcd cluster: one is asked after the other, until one answers. */
#ifndef CLUSTER_MEMBERS_H
#define CLUSTER_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "cluster/http.h"
#include "cluster/reply.h"
#include "cluster/watch.h"

#define MEMBERS_MAX 16
#define MEMBERS_ANSWER_MAX (64u << 20)
#define MEMBERS_TOKEN_HEADER_MAX 512

struct members_options {
	const char *endpoints; /* HOST:PORT, with commas between them */
	bool tls;
	const char *ca_file, *cert_file, *key_file; /* NULL where there are none */
	const char *login_file;			    /* the line NAME:PASSWORD; NULL for none */
	const char *user_agent;
};

struct members_endpoint {
	char *base;			      /* http://HOST:PORT */
	char token[MEMBERS_TOKEN_HEADER_MAX]; /* the header; of this member alone; "" for none */
};

struct members {
	struct members_options options;
	struct arena arena;
	struct members_endpoint endpoints[MEMBERS_MAX];
	size_t n, at;
	char *name; /* of the login, NULL for none */
	struct secret password;
	struct http *http;
	struct http_url *url;
	struct watch watch; /* for signals */
	struct buf answer;
	bool overflown;
};

/*
 * members_open - nobody is asked yet.
 *
 * m  zeroed; to be closed where it fails, too
 *
 * Fails:   ERR_USAGE for endpoints that are none; ERR_UNAVAILABLE for a login that cannot be
 *          read.
 */
int members_open(struct members *m, const struct members_options *options, struct err *e)
	__attribute__((warn_unused_result));
void members_close(struct members *m);

/*
 * members_ask - ask until somebody answers: each for at most 2 s, 4 times around.
 *
 * body  is finished here; the caller's
 *
 * Returns what is answered, for reply_free; NULL when it fails.
 * Fails:   ERR_UNAVAILABLE when none answers, or refuses; ERR_REFUSED for a wrong login or a
 *          permission; ERR_STATUS for a held signal.
 */
struct reply *members_ask(struct members *m, const char *path, struct json *body, struct err *e)
	__attribute__((warn_unused_result));

/* One request to the member that it is at, whose answer is handed on as it comes. */
struct members_request {
	const char *path;
	const struct json *body; /* finished */
	http_body_fn *on_body;
	void *arg;
	long long silence_s; /* after which it is given up */
};

/* members_begin - to go on with http_step(m->http), to the end with http_end. */
int members_begin(struct members *m, const struct members_request *request, struct err *e)
	__attribute__((warn_unused_result));

/*
 * members_login - get a token of the member that it is at, where there is a login and none yet;
 *                 members_log_out forgets it.
 *
 * Fails:   as members_ask, of that member alone.
 */
int members_login(struct members *m, struct err *e) __attribute__((warn_unused_result));
void members_log_out(struct members *m);

/* members_next - be at the next one. */
void members_next(struct members *m);

#endif
