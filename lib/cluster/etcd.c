/* SPDX-License-Identifier: MIT */
/* etcd - keys, leases and watches of an etcd cluster, by its v3 JSON gateway. */
#include "cluster/etcd.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cluster/backoff.h"
#include "cluster/http.h"
#include "cluster/reply.h"
#include "cluster/request.h"
#include "cluster/watch.h"

#define WATCH_SILENCE_S 15

struct etcd {
	struct members members;
};

int
etcd_open(struct etcd **etcd, const struct members_options *options, struct err *e)
{
	struct etcd *new = calloc(1, sizeof *new);

	if (!new)
		return err_sys(e, "cannot use etcd");
	if (members_open(&new->members, options, e)) {
		etcd_close(new);
		return -1;
	}
	*etcd = new;
	return 0;
}

void
etcd_close(struct etcd *etcd)
{
	if (!etcd)
		return;
	members_close(&etcd->members);
	free(etcd);
}

/* ---- keys */

static int
take_pair(struct etcd_pair *pair, const struct reply *kv, struct err *e)
{
	size_t ignored;

	pair->key = reply_bytes(kv, "key", &ignored);
	pair->value = reply_bytes(kv, "value", &pair->value_len);
	pair->created = reply_number(kv, "create_revision");
	pair->lease = reply_number(kv, "lease");
	return pair->key && pair->value
		       ? 0
		       : err_set(e, ERR_UNAVAILABLE, "etcd's answer cannot be read");
}

int
etcd_get(struct etcd *etcd, const char *key, bool is_prefix, struct etcd_pairs *pairs,
	 struct err *e)
{
	struct json body = JSON_INIT;
	struct reply *root = NULL;
	const struct reply *kvs;
	int result = -1;

	*pairs = ETCD_PAIRS_INIT;
	json_open(&body, NULL, '{');
	if (request_key(&body, key, is_prefix, e))
		goto out;
	json_close(&body, '}');
	root = members_ask(&etcd->members, "/v3/kv/range", &body, e);
	if (!root)
		goto out;
	pairs->revision = reply_number(reply_member(root, "header"), "revision");
	kvs = reply_member(root, "kvs");
	pairs->pairs = calloc(reply_count(kvs) + 1, sizeof *pairs->pairs);
	if (!pairs->pairs) {
		err_sys(e, "cannot read etcd's answer");
		goto out;
	}
	result = 0;
	for (size_t i = 0; i < reply_count(kvs) && !result; i++)
		result = take_pair(&pairs->pairs[pairs->n++], reply_item(kvs, i), e);
	if (result)
		etcd_pairs_free(pairs);
out:
	reply_free(root);
	json_free(&body);
	return result;
}

void
etcd_pairs_free(struct etcd_pairs *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		free(pairs->pairs[i].key);
		free(pairs->pairs[i].value);
	}
	free(pairs->pairs);
	*pairs = ETCD_PAIRS_INIT;
}

static int
add_change(struct json *j, const struct etcd_change *change, struct err *e)
{
	json_open(j, NULL, '{');
	json_open(j, change->value ? "request_put" : "request_delete_range", '{');
	if (request_key(j, change->key, change->is_prefix, e))
		return -1;
	if (change->value && request_bytes(j, "value", change->value, change->value_len, e))
		return -1;
	if (change->lease)
		request_number(j, "lease", change->lease);
	json_close(j, '}');
	json_close(j, '}');
	return 0;
}

int
etcd_commit(struct etcd *etcd, const struct etcd_condition *condition,
	    const struct etcd_change *changes, size_t n, bool *made, struct err *e)
{
	struct json body = JSON_INIT;
	struct reply *root = NULL;
	int result = -1;

	json_open(&body, NULL, '{');
	if (condition->key) {
		json_open(&body, "compare", '[');
		json_open(&body, NULL, '{');
		if (request_key(&body, condition->key, false, e))
			goto out;
		json_text(&body, "target", "CREATE");
		json_text(&body, "result", "EQUAL");
		request_number(&body, "create_revision", condition->created);
		json_close(&body, '}');
		json_close(&body, ']');
	}
	json_open(&body, "success", '[');
	for (size_t i = 0; i < n; i++)
		if (add_change(&body, &changes[i], e))
			goto out;
	json_close(&body, ']');
	json_close(&body, '}');
	root = members_ask(&etcd->members, "/v3/kv/txn", &body, e);
	if (root) {
		*made = reply_is_true(root, "succeeded");
		result = 0;
	}
out:
	reply_free(root);
	json_free(&body);
	return result;
}

/* ---- leases */

static struct reply *
ask_about_lease(struct etcd *etcd, const char *path, long long lease, int ttl_s, struct err *e)
{
	struct json body = JSON_INIT;
	struct reply *root;

	json_open(&body, NULL, '{');
	if (lease)
		request_number(&body, "ID", lease);
	if (ttl_s)
		request_number(&body, "TTL", ttl_s);
	json_close(&body, '}');
	root = members_ask(&etcd->members, path, &body, e);
	json_free(&body);
	return root;
}

int
etcd_grant(struct etcd *etcd, int ttl_s, long long *lease, struct err *e)
{
	struct reply *root = ask_about_lease(etcd, "/v3/lease/grant", 0, ttl_s, e);

	if (!root)
		return -1;
	*lease = reply_number(root, "ID");
	reply_free(root);
	return *lease ? 0 : err_set(e, ERR_UNAVAILABLE, "etcd granted no lease");
}

int
etcd_keep(struct etcd *etcd, long long lease, bool *alive, struct err *e)
{
	struct reply *root = ask_about_lease(etcd, "/v3/lease/keepalive", lease, 0, e);

	if (!root)
		return -1;
	/* A lease that is gone is an answer without a time. */
	*alive = reply_number(reply_member(root, "result"), "TTL") > 0;
	reply_free(root);
	return 0;
}

int
etcd_revoke(struct etcd *etcd, long long lease, struct err *e)
{
	struct reply *root = ask_about_lease(etcd, "/v3/lease/revoke", lease, 0, e);

	if (!root)
		return -1;
	reply_free(root);
	return 0;
}

/* ---- watches */

struct stream {
	struct buf line;
	long long *from;
	etcd_event_fn *fn;
	void *arg;
	bool enough, compacted, broken, heard;
};

static bool
take_events(struct stream *s, const struct reply *result)
{
	const struct reply *events = reply_member(result, "events");

	for (size_t i = 0; i < reply_count(events); i++) {
		const struct reply *item = reply_item(events, i), *kv = reply_member(item, "kv");
		const char *type = reply_text(item, "type");
		size_t key_len, value_len;
		char *key = reply_bytes(kv, "key", &key_len),
		     *value = reply_bytes(kv, "value", &value_len);
		struct etcd_event event = {.key = key,
					   .value = type && !strcmp(type, "DELETE") ? NULL : value,
					   .value_len = value_len,
					   .revision = reply_number(kv, "mod_revision")};

		if (key && value && event.revision >= *s->from && !s->enough)
			s->enough = !s->fn(s->arg, &event);
		free(key);
		free(value);
	}
	/* All of one revision come in one line. */
	if (reply_count(events)) {
		long long at = reply_number(reply_member(result, "header"), "revision");

		const struct reply *last = reply_item(events, reply_count(events) - 1);
		long long of_last = reply_number(reply_member(last, "kv"), "mod_revision");

		*s->from = (of_last ? of_last : at) + 1;
	}
	return !s->enough;
}

static bool
take_line(struct stream *s)
{
	struct reply *root = reply_read(s->line.data, s->line.len);
	const struct reply *result = reply_member(root, "result");
	bool go_on = false;

	s->heard = true;
	if (!result) {
		s->broken = true; /* an error within the stream: another member then */
	} else if (reply_is_true(result, "canceled")) {
		s->compacted = reply_number(result, "compact_revision") > 0;
		s->broken = !s->compacted;
	} else {
		go_on = take_events(s, result);
	}
	reply_free(root);
	return go_on;
}

static bool
on_stream(void *arg, const char *data, size_t len)
{
	struct stream *s = arg;
	struct err ignored = ERR_INIT;

	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;

		if (s->line.len + n > MEMBERS_ANSWER_MAX || buf_add(&s->line, data, n, &ignored))
			return false;
		if (!end)
			return true;
		if (s->line.len && !take_line(s))
			return false;
		s->line.len = 0;
		data += n + 1;
		len -= n + 1;
	}
	return true;
}

/* One stream of one member, to its end or that of the time. */
static int
follow(struct members *m, const struct json *body, struct stream *s, long long end, struct err *e)
{
	const struct http_wait signal = {m->watch.signal_fd, true};
	const struct members_request request = {.path = "/v3/watch",
						.body = body,
						.on_body = on_stream,
						.arg = s,
						.silence_s = WATCH_SILENCE_S};
	struct err why = ERR_INIT;
	int result = 0;

	s->line.len = 0;
	s->broken = s->heard = false;
	if (members_login(m, &why))
		return why.kind == ERR_REFUSED ? (*e = why, -1) : 0;
	if (members_begin(m, &request, e))
		return -1;
	while (!http_step(m->http)) {
		long long left = end - clock_ms();

		if ((result = watch_look(&m->watch, e)) || left <= 0)
			break;
		http_wait(m->http, &signal, 1, (int)left);
	}
	if (http_status(m->http) == 401)
		members_log_out(m);
	http_end(m->http);
	return result;
}

int
etcd_watch(struct etcd *etcd, const struct etcd_watch *watch, long long *from, bool *compacted,
	   struct err *e)
{
	struct members *m = &etcd->members;
	struct stream s = {.from = from, .fn = watch->fn, .arg = watch->arg};
	long long end = clock_ms() + watch->patience_ms;
	unsigned missed = 0;
	int result = 0;

	while (!result && !s.enough && !s.compacted && clock_ms() < end) {
		struct json body = JSON_INIT;

		json_open(&body, NULL, '{');
		json_open(&body, "create_request", '{');
		result = request_key(&body, watch->prefix, true, e);
		request_number(&body, "start_revision", *from);
		json_bool(&body, "progress_notify", true);
		json_close(&body, '}');
		json_close(&body, '}');
		if (!result && (result = json_finish(&body, e)) == 0)
			result = follow(m, &body, &s, end, e);
		json_free(&body);
		if (result || s.enough || s.compacted || clock_ms() >= end)
			break;
		/* The next member, at once when this one had answered before. */
		members_next(m);
		missed = s.heard ? 0 : missed + 1;
		if (missed >= m->n)
			result = watch_wait(
				&m->watch,
				watch_left_ms(&m->watch, backoff_ms(missed / (unsigned)m->n,
								    backoff_chance(), 0)),
				e);
	}
	buf_free(&s.line);
	*compacted = s.compacted;
	return result;
}
