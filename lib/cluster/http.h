/* SPDX-License-Identifier: MIT */
/* http - one request at a time, and its answer as it comes; the one module that knows libcurl. */
#ifndef CLUSTER_HTTP_H
#define CLUSTER_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define HTTP_SHOWN_MAX 160 /* of a URL in a message */

/* ---- URLs of http and https */

struct http_url;

/*
 * http_url_new, http_url_copy - NULL when out of memory; http_url_free accepts it.
 *
 * http_url_set - a whole URL, or with is_reference what a server redirects to, which may be
 *                relative to what url is.  Returns the rule that it breaks, NULL for none;
 *                nothing of the URL is repeated in it.
 */
struct http_url *http_url_new(void);
struct http_url *http_url_copy(const struct http_url *url);
void http_url_free(struct http_url *url);
const char *http_url_set(struct http_url *url, const char *text, bool is_reference);
bool http_url_is_https(const struct http_url *url);

/* http_url_show - it without its query, which may hold a token, and what follows: for messages. */
void http_url_show(const struct http_url *url, char shown[static HTTP_SHOWN_MAX]);

/* ---- requests */

/* http_body_fn - gets each piece of an answer's body; false ends the request. */
typedef bool http_body_fn(void *arg, const char *data, size_t len);

struct http_request {
	const struct http_url *url;
	const char *user_agent;
	const char *range;	    /* of bytes, as the header has it; NULL for all */
	const char *const *headers; /* "Name: value"; ends with NULL; or NULL */
	const char *body;	    /* posted, when it is not NULL; the caller's until http_end */
	size_t body_len;	    /* bytes */
	const char *ca_file;	    /* NULL: the system's */
	const char *pinned_key;	    /* NULL: none */
	const char *cert_file, *key_file; /* what the client shows; NULL: nothing */
	long long connect_s, silence_s;	  /* given up after so long */
	http_body_fn *on_body;
	void *arg;
};

struct http;

/*
 * http_new - for requests one after the other, which share their connections.
 * http_free - accepts NULL.
 *
 * Fails:   ERR_SYSTEM.
 */
int http_new(struct http **http, struct err *e) __attribute__((warn_unused_result));
void http_free(struct http *http);

/*
 * http_begin - send a request; http_end - the answer is not looked at any more.
 *
 * TLS 1.2 and later; certificate and name are always verified.  No redirect is followed.
 *
 * Fails:   ERR_SYSTEM.
 * Source:  libcurl; RFC 9110.
 */
int http_begin(struct http *http, const struct http_request *request, struct err *e)
	__attribute__((warn_unused_result));
void http_end(struct http *http);

/*
 * http_step - go on with it; true when it is over, and http_verdict says how.
 * http_wait - wait until there is something to go on with, at most patience_ms.
 *
 * fds  end the wait too, n of them, at most 4: when one can be read, or its other end has gone
 */
struct http_wait {
	int fd;
	bool for_reading; /* else only the other end's going counts */
};
bool http_step(struct http *http);
void http_wait(struct http *http, const struct http_wait *fds, size_t n, int patience_ms);

enum http_verdict {
	HTTP_DONE,   /* an answer has come, whole, whatever its status */
	HTTP_MISSED, /* none, or not all of it; it may work later: e says why */
	HTTP_FAILED, /* and will not */
};
enum http_verdict http_verdict(const struct http *http, struct err *e);

/* Of the answer; 0, NULL and -1 where it does not say. */
int http_status(const struct http *http);
const char *http_header(const struct http *http, const char *name);
long long http_length(const struct http *http);
long long http_retry_after_s(const struct http *http);

#endif
