/* SPDX-License-Identifier: MIT */
/* etcd - keys, leases and watches of an etcd cluster, by its v3 JSON gateway. */
#include "cluster/etcd.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/json.h"
#include "cluster/backoff.h"
#include "cluster/http.h"
#include "cluster/watch.h"

#define ANSWER_MAX (64u << 20)
#define ASK_MS 2000 /* a member that lost its leader hangs for 7 s */
#define AROUND 4
#define LOGIN_MAX 512
#define WATCH_SILENCE_S 15
#define TOKEN_HEADER_MAX 512

/* codes of gRPC */
#define CODE_UNAUTHENTICATED 16

struct endpoint {
	char *base;		      /* http://HOST:PORT */
	char token[TOKEN_HEADER_MAX]; /* the header; of this member alone; "" for none */
};

struct etcd {
	struct etcd_options options;
	struct arena arena;
	struct endpoint endpoints[ETCD_ENDPOINTS_MAX];
	size_t n, at;
	char *name; /* of the login, NULL for none */
	struct secret password;
	struct http *http;
	struct http_url *url;
	struct watch watch; /* for signals */
	struct buf answer;
	bool overflown;
};

/* ---- opening */

static int
take_endpoints(struct etcd *etcd, const char *list, struct err *e)
{
	for (const char *p = list; *p; p += *p == ',') {
		size_t len = strcspn(p, ",");
		char base[300];

		if (etcd->n == ETCD_ENDPOINTS_MAX || len == 0 || len > 255 ||
		    !memchr(p, ':', len) || strcspn(p, "/@?# ") < len)
			return err_set(e, ERR_USAGE, "'%.200s' is no list of at most %d HOST:PORT",
				       list, ETCD_ENDPOINTS_MAX);
		snprintf(base, sizeof base, "http%s://%.*s", etcd->options.tls ? "s" : "", (int)len,
			 p);
		etcd->endpoints[etcd->n].base = arena_copy(&etcd->arena, base, strlen(base), e);
		if (!etcd->endpoints[etcd->n].base)
			return -1;
		if (http_url_set(etcd->url, base, false))
			return err_set(e, ERR_USAGE, "'%.200s' is no HOST:PORT", p);
		etcd->n++;
		p += len;
	}
	return etcd->n ? 0 : err_set(e, ERR_USAGE, "no HOST:PORT of etcd is given");
}

static int
take_login(struct etcd *etcd, const char *path, struct err *e)
{
	struct secret line = SECRET_INIT;
	const char *text, *colon;
	size_t len;
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = -1;

	if (fd < 0)
		return err_sys(e, "cannot open the login '%s'", path);
	if (secret_read(&line, fd, LOGIN_MAX, path, e))
		goto out;
	text = secret_reveal(&line);
	len = line.len;
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	colon = len ? memchr(text, ':', len) : NULL;
	if (!colon || memchr(text, '\n', len)) {
		err_set(e, ERR_UNSAFE, "the login '%s' is not one line NAME:PASSWORD", path);
		goto out;
	}
	etcd->name = arena_copy(&etcd->arena, text, (size_t)(colon - text), e);
	if (etcd->name &&
	    secret_append(&etcd->password, colon + 1, len - (size_t)(colon + 1 - text), e) == 0)
		result = 0;
out:
	fd_close(&fd);
	secret_free(&line);
	return result;
}

int
etcd_open(struct etcd **etcd, const struct etcd_options *options, struct err *e)
{
	struct etcd *new = calloc(1, sizeof *new);

	if (!new)
		return err_sys(e, "cannot use etcd");
	new->options = *options;
	new->watch = WATCH_INIT;
	new->url = http_url_new();
	if (!new->url) {
		err_set(e, ERR_SYSTEM, "out of memory");
	} else if (take_endpoints(new, options->endpoints, e) == 0 &&
		   (!options->login_file || take_login(new, options->login_file, e) == 0) &&
		   watch_open(&new->watch, -1, 0, e) == 0 && http_new(&new->http, e) == 0) {
		/* Not all clients ask the same one first. */
		new->at = backoff_chance() % new->n;
		*etcd = new;
		return 0;
	}
	etcd_close(new);
	return -1;
}

void
etcd_close(struct etcd *etcd)
{
	if (!etcd)
		return;
	http_free(etcd->http);
	http_url_free(etcd->url);
	watch_close(&etcd->watch);
	secret_free(&etcd->password);
	buf_free(&etcd->answer);
	for (size_t i = 0; i < etcd->n; i++)
		explicit_bzero(etcd->endpoints[i].token, sizeof etcd->endpoints[i].token);
	arena_free(&etcd->arena);
	free(etcd);
}

/* ---- calls */

static bool
on_answer(void *arg, const char *data, size_t len)
{
	struct etcd *etcd = arg;
	struct err ignored = ERR_INIT;

	etcd->overflown =
		etcd->answer.len + len > ANSWER_MAX || buf_add(&etcd->answer, data, len, &ignored);
	return !etcd->overflown;
}

static int
begin(struct etcd *etcd, const char *path, const struct json *body, http_body_fn *on_body,
      void *arg, long long silence_s, struct err *e)
{
	struct endpoint *endpoint = &etcd->endpoints[etcd->at];
	/* A watch ends when its member loses the others: else it would be silent for ever. */
	const char *headers[] = {"Content-Type: application/json", "Grpc-Metadata-hasleader: true",
				 endpoint->token[0] ? endpoint->token : NULL, NULL};
	const struct http_request request = {.url = etcd->url,
					     .user_agent = etcd->options.user_agent,
					     .headers = headers,
					     .body = body->text.data,
					     .body_len = body->text.len,
					     .ca_file = etcd->options.ca_file,
					     .cert_file = etcd->options.cert_file,
					     .key_file = etcd->options.key_file,
					     .connect_s = 1,
					     .silence_s = silence_s,
					     .on_body = on_body,
					     .arg = arg};
	char text[400];

	snprintf(text, sizeof text, "%s%s", endpoint->base, path);
	if (http_url_set(etcd->url, text, false))
		return err_set(e, ERR_USAGE, "'%s' is no URL", text);
	return http_begin(etcd->http, &request, e);
}

/* One request to the endpoint that it is at; its answer is in etcd->answer. */
static enum http_verdict
ask_one(struct etcd *etcd, const char *path, const struct json *body, int *status, struct err *e)
{
	const struct http_wait signal = {etcd->watch.signal_fd, true};
	long long end = clock_ms() + ASK_MS;
	enum http_verdict verdict = HTTP_FAILED;

	etcd->answer.len = 0;
	etcd->overflown = false;
	*status = 0;
	if (begin(etcd, path, body, on_answer, etcd, ASK_MS / 1000 + 1, e))
		return HTTP_FAILED;
	while (!http_step(etcd->http)) {
		long long left = end - clock_ms();

		if (watch_look(&etcd->watch, e))
			goto out;
		if (left <= 0) {
			err_set(e, ERR_UNAVAILABLE, "no answer in %d ms", ASK_MS);
			verdict = HTTP_MISSED;
			goto out;
		}
		http_wait(etcd->http, &signal, 1, (int)left);
	}
	verdict = http_verdict(etcd->http, e);
	*status = http_status(etcd->http);
out:
	http_end(etcd->http);
	return verdict;
}

/* What an answer of another status than 200 says, to e. */
static int
refuse(const struct etcd *etcd, int status, struct err *e)
{
	json_t *root =
		json_loadb(etcd->answer.data ? etcd->answer.data : "", etcd->answer.len, 0, NULL);
	const char *message = json_string_value(json_object_get(root, "message"));
	json_int_t code = json_integer_value(json_object_get(root, "code"));

	err_set(e, status == 401 || status == 403 ? ERR_REFUSED : ERR_UNAVAILABLE,
		"etcd answered %d: %s", status, message ? message : "nothing that is known");
	json_decref(root);
	return (int)code;
}

static int
authenticate(struct etcd *etcd, struct err *e)
{
	struct endpoint *endpoint = &etcd->endpoints[etcd->at];
	char *password = strndup(secret_reveal(&etcd->password), etcd->password.len);
	struct json body = JSON_INIT;
	int status, result = -1;
	json_t *root = NULL;
	const char *token;

	endpoint->token[0] = '\0';
	json_open(&body, NULL, '{');
	json_text(&body, "name", etcd->name);
	json_text(&body, "password", password ? password : "");
	json_close(&body, '}');
	if (!password || json_finish(&body, e))
		err_set(e, ERR_SYSTEM, "out of memory");
	else if (ask_one(etcd, "/v3/auth/authenticate", &body, &status, e) != HTTP_DONE)
		result = -1;
	else if (status != 200)
		refuse(etcd, 401, e);
	else if ((root = json_loadb(etcd->answer.data, etcd->answer.len, 0, NULL)) &&
		 (token = json_string_value(json_object_get(root, "token"))) &&
		 snprintf(endpoint->token, sizeof endpoint->token, "Authorization: %s", token) <
			 (int)sizeof endpoint->token)
		result = 0;
	else
		err_set(e, ERR_UNAVAILABLE, "etcd gave no token");
	json_decref(root);
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	if (body.text.data)
		explicit_bzero(body.text.data, body.text.len);
	json_free(&body);
	return result;
}

/* Ask until somebody answers; the answer, which json_decref ends, or NULL. */
static json_t *
ask(struct etcd *etcd, const char *path, struct json *body, struct err *e)
{
	struct err why = ERR_INIT;
	size_t tries = AROUND * etcd->n;
	bool again = false;
	json_t *root = NULL;

	if (json_finish(body, e))
		return NULL;
	for (size_t i = 0; i < tries; i++) {
		int status = 0;
		enum http_verdict verdict;

		why = ERR_INIT;
		if (etcd->name && !etcd->endpoints[etcd->at].token[0] && authenticate(etcd, &why)) {
			if (why.kind == ERR_REFUSED)
				break;
			verdict = HTTP_MISSED;
		} else {
			verdict = ask_one(etcd, path, body, &status, &why);
		}
		if (verdict == HTTP_DONE && status == 200) {
			root = json_loadb(etcd->answer.data ? etcd->answer.data : "",
					  etcd->answer.len, 0, NULL);
			if (!root)
				err_set(&why, ERR_UNAVAILABLE, "etcd's answer is not JSON");
			break;
		}
		if (verdict == HTTP_FAILED)
			break;
		if (verdict == HTTP_DONE &&
		    (refuse(etcd, status, &why) == CODE_UNAUTHENTICATED || status == 401) &&
		    etcd->name && !again) {
			again = true; /* tokens end */
			etcd->endpoints[etcd->at].token[0] = '\0';
			continue;
		}
		if (verdict == HTTP_DONE && status < 500)
			break;
		etcd->at = (etcd->at + 1) % etcd->n;
		if ((i + 1) % etcd->n == 0 && i + 1 < tries &&
		    watch_wait(&etcd->watch,
			       backoff_ms((unsigned)(i / etcd->n), backoff_chance(), 0), &why))
			break;
	}
	if (!root) {
		*e = why;
		err_wrap(e, "cannot use etcd at '%s'", etcd->options.endpoints);
	}
	return root;
}

/* ---- numbers and bytes, as the gateway has them */

/* int64 is text there; what is 0 is left out. */
static long long
number(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_integer_value(value);
}

static int
add_bytes(struct json *j, const char *name, const void *data, size_t len, struct err *e)
{
	size_t size = CRYPTO_BASE64(len);
	char *text = malloc(size);

	if (!text)
		return err_sys(e, "cannot ask etcd");
	crypto_to_base64(text, size, data, len);
	json_text(j, name, text);
	free(text);
	return 0;
}

static int
add_key(struct json *j, const char *key, bool is_prefix, struct err *e)
{
	size_t len = strlen(key);
	char end[512];

	if (len == 0 || len >= sizeof end)
		return err_set(e, ERR_USAGE, "'%.80s' is no key", key);
	if (add_bytes(j, "key", key, len, e))
		return -1;
	if (!is_prefix)
		return 0;
	/* All that begin so are before it with its last byte one higher: keys of ours are ASCII. */
	memcpy(end, key, len);
	end[len - 1]++;
	return add_bytes(j, "range_end", end, len, e);
}

static void
add_number(struct json *j, const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", value);
	json_text(j, name, text);
}

/* Decoded, terminated; NULL when it is not base64 or out of memory. */
static char *
bytes(json_t *object, const char *name, size_t *len)
{
	const char *text = json_string_value(json_object_get(object, name));
	size_t text_len = text ? strlen(text) : 0, size;
	char *data;

	size = text_len / 4 * 3;
	if (text_len && text[text_len - 1] == '=')
		size -= 1 + (text[text_len - 2] == '=');
	data = malloc(size + 1);
	if (data && text_len && !crypto_base64(data, size, text, text_len)) {
		free(data);
		return NULL;
	}
	if (data)
		data[size] = '\0';
	*len = size;
	return data;
}

/* ---- keys */

static int
take_pair(struct etcd_pair *pair, json_t *kv, struct err *e)
{
	size_t ignored;

	pair->key = bytes(kv, "key", &ignored);
	pair->value = bytes(kv, "value", &pair->value_len);
	pair->created = number(kv, "create_revision");
	pair->lease = number(kv, "lease");
	return pair->key && pair->value
		       ? 0
		       : err_set(e, ERR_UNAVAILABLE, "etcd's answer cannot be read");
}

int
etcd_get(struct etcd *etcd, const char *key, bool is_prefix, struct etcd_pairs *pairs,
	 struct err *e)
{
	struct json body = JSON_INIT;
	json_t *root = NULL, *kvs;
	int result = -1;

	*pairs = ETCD_PAIRS_INIT;
	json_open(&body, NULL, '{');
	if (add_key(&body, key, is_prefix, e))
		goto out;
	json_close(&body, '}');
	root = ask(etcd, "/v3/kv/range", &body, e);
	if (!root)
		goto out;
	pairs->revision = number(json_object_get(root, "header"), "revision");
	kvs = json_object_get(root, "kvs");
	pairs->pairs = calloc(json_array_size(kvs) + 1, sizeof *pairs->pairs);
	if (!pairs->pairs) {
		err_sys(e, "cannot read etcd's answer");
		goto out;
	}
	result = 0;
	for (size_t i = 0; i < json_array_size(kvs) && !result; i++)
		result = take_pair(&pairs->pairs[pairs->n++], json_array_get(kvs, i), e);
	if (result)
		etcd_pairs_free(pairs);
out:
	json_decref(root);
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
	if (add_key(j, change->key, change->is_prefix, e))
		return -1;
	if (change->value && add_bytes(j, "value", change->value, change->value_len, e))
		return -1;
	if (change->lease)
		add_number(j, "lease", change->lease);
	json_close(j, '}');
	json_close(j, '}');
	return 0;
}

int
etcd_commit(struct etcd *etcd, const struct etcd_condition *condition,
	    const struct etcd_change *changes, size_t n, bool *made, struct err *e)
{
	struct json body = JSON_INIT;
	json_t *root = NULL;
	int result = -1;

	json_open(&body, NULL, '{');
	if (condition->key) {
		json_open(&body, "compare", '[');
		json_open(&body, NULL, '{');
		if (add_key(&body, condition->key, false, e))
			goto out;
		json_text(&body, "target", "CREATE");
		json_text(&body, "result", "EQUAL");
		add_number(&body, "create_revision", condition->created);
		json_close(&body, '}');
		json_close(&body, ']');
	}
	json_open(&body, "success", '[');
	for (size_t i = 0; i < n; i++)
		if (add_change(&body, &changes[i], e))
			goto out;
	json_close(&body, ']');
	json_close(&body, '}');
	root = ask(etcd, "/v3/kv/txn", &body, e);
	if (root) {
		*made = json_is_true(json_object_get(root, "succeeded"));
		result = 0;
	}
out:
	json_decref(root);
	json_free(&body);
	return result;
}

/* ---- leases */

static json_t *
ask_about_lease(struct etcd *etcd, const char *path, long long lease, int ttl_s, struct err *e)
{
	struct json body = JSON_INIT;
	json_t *root;

	json_open(&body, NULL, '{');
	if (lease)
		add_number(&body, "ID", lease);
	if (ttl_s)
		add_number(&body, "TTL", ttl_s);
	json_close(&body, '}');
	root = ask(etcd, path, &body, e);
	json_free(&body);
	return root;
}

int
etcd_grant(struct etcd *etcd, int ttl_s, long long *lease, struct err *e)
{
	json_t *root = ask_about_lease(etcd, "/v3/lease/grant", 0, ttl_s, e);

	if (!root)
		return -1;
	*lease = number(root, "ID");
	json_decref(root);
	return *lease ? 0 : err_set(e, ERR_UNAVAILABLE, "etcd granted no lease");
}

int
etcd_keep(struct etcd *etcd, long long lease, bool *alive, struct err *e)
{
	json_t *root = ask_about_lease(etcd, "/v3/lease/keepalive", lease, 0, e);

	if (!root)
		return -1;
	/* A lease that is gone is an answer without a time. */
	*alive = number(json_object_get(root, "result"), "TTL") > 0;
	json_decref(root);
	return 0;
}

int
etcd_revoke(struct etcd *etcd, long long lease, struct err *e)
{
	json_t *root = ask_about_lease(etcd, "/v3/lease/revoke", lease, 0, e);

	if (!root)
		return -1;
	json_decref(root);
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
take_events(struct stream *s, json_t *result)
{
	json_t *events = json_object_get(result, "events");

	for (size_t i = 0; i < json_array_size(events); i++) {
		json_t *item = json_array_get(events, i), *kv = json_object_get(item, "kv");
		const char *type = json_string_value(json_object_get(item, "type"));
		size_t key_len, value_len;
		char *key = bytes(kv, "key", &key_len), *value = bytes(kv, "value", &value_len);
		struct etcd_event event = {.key = key,
					   .value = type && !strcmp(type, "DELETE") ? NULL : value,
					   .value_len = value_len,
					   .revision = number(kv, "mod_revision")};

		if (key && value && event.revision >= *s->from && !s->enough)
			s->enough = !s->fn(s->arg, &event);
		free(key);
		free(value);
	}
	/* All of one revision come in one line. */
	if (json_array_size(events)) {
		long long at = number(json_object_get(result, "header"), "revision");

		json_t *last = json_array_get(events, json_array_size(events) - 1);
		long long of_last = number(json_object_get(last, "kv"), "mod_revision");

		*s->from = (of_last ? of_last : at) + 1;
	}
	return !s->enough;
}

static bool
take_line(struct stream *s)
{
	json_t *root = json_loadb(s->line.data ? s->line.data : "", s->line.len, 0, NULL);
	json_t *result = json_object_get(root, "result");
	bool go_on = false;

	s->heard = true;
	if (!result) {
		s->broken = true; /* an error within the stream: another member then */
	} else if (json_is_true(json_object_get(result, "canceled"))) {
		s->compacted = number(result, "compact_revision") > 0;
		s->broken = !s->compacted;
	} else {
		go_on = take_events(s, result);
	}
	json_decref(root);
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

		if (s->line.len + n > ANSWER_MAX || buf_add(&s->line, data, n, &ignored))
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
follow(struct etcd *etcd, const struct json *body, struct stream *s, long long end, struct err *e)
{
	const struct http_wait signal = {etcd->watch.signal_fd, true};
	struct err why = ERR_INIT;
	int result = 0;

	s->line.len = 0;
	s->broken = s->heard = false;
	if (etcd->name && !etcd->endpoints[etcd->at].token[0] && authenticate(etcd, &why))
		return why.kind == ERR_REFUSED ? (*e = why, -1) : 0;
	if (begin(etcd, "/v3/watch", body, on_stream, s, WATCH_SILENCE_S, e))
		return -1;
	while (!http_step(etcd->http)) {
		long long left = end - clock_ms();

		if ((result = watch_look(&etcd->watch, e)) || left <= 0)
			break;
		http_wait(etcd->http, &signal, 1, (int)left);
	}
	if (http_status(etcd->http) == 401)
		etcd->endpoints[etcd->at].token[0] = '\0';
	http_end(etcd->http);
	return result;
}

int
etcd_watch(struct etcd *etcd, const char *prefix, long long *from, int patience_ms,
	   etcd_event_fn *fn, void *arg, bool *compacted, struct err *e)
{
	struct stream s = {.from = from, .fn = fn, .arg = arg};
	long long end = clock_ms() + patience_ms;
	unsigned missed = 0;
	int result = 0;

	while (!result && !s.enough && !s.compacted && clock_ms() < end) {
		struct json body = JSON_INIT;

		json_open(&body, NULL, '{');
		json_open(&body, "create_request", '{');
		result = add_key(&body, prefix, true, e);
		add_number(&body, "start_revision", *from);
		json_bool(&body, "progress_notify", true);
		json_close(&body, '}');
		json_close(&body, '}');
		if (!result && (result = json_finish(&body, e)) == 0)
			result = follow(etcd, &body, &s, end, e);
		json_free(&body);
		if (result || s.enough || s.compacted || clock_ms() >= end)
			break;
		/* The next member, at once when this one had answered before. */
		etcd->at = (etcd->at + 1) % etcd->n;
		missed = s.heard ? 0 : missed + 1;
		if (missed >= etcd->n)
			result = watch_wait(
				&etcd->watch,
				watch_left_ms(&etcd->watch, backoff_ms(missed / (unsigned)etcd->n,
								       backoff_chance(), 0)),
				e);
	}
	buf_free(&s.line);
	*compacted = s.compacted;
	return result;
}
