/* SPDX-License-Identifier: MIT */
/* members - the members of an etcd cluster: one is asked after the other, until one answers. */
#include "cluster/members.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cluster/backoff.h"

#define ASK_MS 2000 /* a member that lost its leader hangs for 7 s */
#define AROUND 4
#define LOGIN_MAX 512

/* codes of gRPC */
#define CODE_UNAUTHENTICATED 16

/* ---- opening */

static int
take_endpoints(struct members *m, const char *list, struct err *e)
{
	for (const char *p = list; *p; p += *p == ',') {
		size_t len = strcspn(p, ",");
		char base[300];

		if (m->n == MEMBERS_MAX || len == 0 || len > 255 || !memchr(p, ':', len) ||
		    strcspn(p, "/@?# ") < len)
			return err_set(e, ERR_USAGE, "'%.200s' is no list of at most %d HOST:PORT",
				       list, MEMBERS_MAX);
		snprintf(base, sizeof base, "http%s://%.*s", m->options.tls ? "s" : "", (int)len,
			 p);
		m->endpoints[m->n].base = arena_copy(&m->arena, base, strlen(base), e);
		if (!m->endpoints[m->n].base)
			return -1;
		if (http_url_set(m->url, base, false))
			return err_set(e, ERR_USAGE, "'%.200s' is no HOST:PORT", p);
		m->n++;
		p += len;
	}
	return m->n ? 0 : err_set(e, ERR_USAGE, "no HOST:PORT of etcd is given");
}

static int
take_login(struct members *m, const char *path, struct err *e)
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
	m->name = arena_copy(&m->arena, text, (size_t)(colon - text), e);
	if (m->name &&
	    secret_append(&m->password, colon + 1, len - (size_t)(colon + 1 - text), e) == 0)
		result = 0;
out:
	fd_close(&fd);
	secret_free(&line);
	return result;
}

int
members_open(struct members *m, const struct members_options *options, struct err *e)
{
	m->options = *options;
	m->watch = WATCH_INIT;
	m->url = http_url_new();
	if (!m->url)
		return err_set(e, ERR_SYSTEM, "out of memory");
	if (take_endpoints(m, options->endpoints, e) ||
	    (options->login_file && take_login(m, options->login_file, e)) ||
	    watch_open(&m->watch, -1, 0, e) || http_new(&m->http, e))
		return -1;
	/* Not all clients ask the same one first. */
	m->at = backoff_chance() % m->n;
	return 0;
}

void
members_close(struct members *m)
{
	http_free(m->http);
	http_url_free(m->url);
	watch_close(&m->watch);
	secret_free(&m->password);
	buf_free(&m->answer);
	for (size_t i = 0; i < m->n; i++)
		explicit_bzero(m->endpoints[i].token, sizeof m->endpoints[i].token);
	arena_free(&m->arena);
}

/* ---- calls */

static bool
on_answer(void *arg, const char *data, size_t len)
{
	struct members *m = arg;
	struct err ignored = ERR_INIT;

	m->overflown = m->answer.len + len > MEMBERS_ANSWER_MAX ||
		       buf_add(&m->answer, data, len, &ignored);
	return !m->overflown;
}

int
members_begin(struct members *m, const struct members_request *request, struct err *e)
{
	struct members_endpoint *endpoint = &m->endpoints[m->at];
	/* A watch ends when its member loses the others: else it would be silent for ever. */
	const char *headers[] = {"Content-Type: application/json", "Grpc-Metadata-hasleader: true",
				 endpoint->token[0] ? endpoint->token : NULL, NULL};
	const struct http_request asked = {.url = m->url,
					   .user_agent = m->options.user_agent,
					   .headers = headers,
					   .body = request->body->text.data,
					   .body_len = request->body->text.len,
					   .ca_file = m->options.ca_file,
					   .cert_file = m->options.cert_file,
					   .key_file = m->options.key_file,
					   .connect_s = 1,
					   .silence_s = request->silence_s,
					   .on_body = request->on_body,
					   .arg = request->arg};
	char text[400];

	snprintf(text, sizeof text, "%s%s", endpoint->base, request->path);
	if (http_url_set(m->url, text, false))
		return err_set(e, ERR_USAGE, "'%s' is no URL", text);
	return http_begin(m->http, &asked, e);
}

/* One request to the endpoint that it is at; its answer is in m->answer. */
static enum http_verdict
ask_one(struct members *m, const char *path, const struct json *body, int *status, struct err *e)
{
	const struct http_wait signal = {m->watch.signal_fd, true};
	const struct members_request request = {.path = path,
						.body = body,
						.on_body = on_answer,
						.arg = m,
						.silence_s = ASK_MS / 1000 + 1};
	long long end = clock_ms() + ASK_MS;
	enum http_verdict verdict = HTTP_FAILED;

	m->answer.len = 0;
	m->overflown = false;
	*status = 0;
	if (members_begin(m, &request, e))
		return HTTP_FAILED;
	while (!http_step(m->http)) {
		long long left = end - clock_ms();

		if (watch_look(&m->watch, e))
			goto out;
		if (left <= 0) {
			err_set(e, ERR_UNAVAILABLE, "no answer in %d ms", ASK_MS);
			verdict = HTTP_MISSED;
			goto out;
		}
		http_wait(m->http, &signal, 1, (int)left);
	}
	verdict = http_verdict(m->http, e);
	*status = http_status(m->http);
out:
	http_end(m->http);
	return verdict;
}

/* What an answer of another status than 200 says, to e. */
static int
refuse(const struct members *m, int status, struct err *e)
{
	struct reply *root = reply_read(m->answer.data, m->answer.len);
	const char *message = reply_text(root, "message");
	long long code = reply_number(root, "code");

	err_set(e, status == 401 || status == 403 ? ERR_REFUSED : ERR_UNAVAILABLE,
		"etcd answered %d: %s", status, message ? message : "nothing that is known");
	reply_free(root);
	return (int)code;
}

static int
authenticate(struct members *m, struct err *e)
{
	struct members_endpoint *endpoint = &m->endpoints[m->at];
	char *password = strndup(secret_reveal(&m->password), m->password.len);
	struct json body = JSON_INIT;
	int status, result = -1;
	struct reply *root = NULL;
	const char *token;

	endpoint->token[0] = '\0';
	json_open(&body, NULL, '{');
	json_text(&body, "name", m->name);
	json_text(&body, "password", password ? password : "");
	json_close(&body, '}');
	if (!password || json_finish(&body, e))
		err_set(e, ERR_SYSTEM, "out of memory");
	else if (ask_one(m, "/v3/auth/authenticate", &body, &status, e) != HTTP_DONE)
		result = -1;
	else if (status != 200)
		refuse(m, 401, e);
	else if ((root = reply_read(m->answer.data, m->answer.len)) &&
		 (token = reply_text(root, "token")) &&
		 snprintf(endpoint->token, sizeof endpoint->token, "Authorization: %s", token) <
			 (int)sizeof endpoint->token)
		result = 0;
	else
		err_set(e, ERR_UNAVAILABLE, "etcd gave no token");
	reply_free(root);
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	if (body.text.data)
		explicit_bzero(body.text.data, body.text.len);
	json_free(&body);
	return result;
}

int
members_login(struct members *m, struct err *e)
{
	return m->name && !m->endpoints[m->at].token[0] ? authenticate(m, e) : 0;
}

void
members_log_out(struct members *m)
{
	m->endpoints[m->at].token[0] = '\0';
}

void
members_next(struct members *m)
{
	m->at = (m->at + 1) % m->n;
}

struct reply *
members_ask(struct members *m, const char *path, struct json *body, struct err *e)
{
	struct err why = ERR_INIT;
	size_t tries = AROUND * m->n;
	bool again = false;
	struct reply *root = NULL;

	if (json_finish(body, e))
		return NULL;
	for (size_t i = 0; i < tries; i++) {
		int status = 0;
		enum http_verdict verdict;

		why = ERR_INIT;
		if (members_login(m, &why)) {
			if (why.kind == ERR_REFUSED)
				break;
			verdict = HTTP_MISSED;
		} else {
			verdict = ask_one(m, path, body, &status, &why);
		}
		if (verdict == HTTP_DONE && status == 200) {
			root = reply_read(m->answer.data, m->answer.len);
			if (!root)
				err_set(&why, ERR_UNAVAILABLE, "etcd's answer is not JSON");
			break;
		}
		if (verdict == HTTP_FAILED)
			break;
		if (verdict == HTTP_DONE &&
		    (refuse(m, status, &why) == CODE_UNAUTHENTICATED || status == 401) && m->name &&
		    !again) {
			again = true; /* tokens end */
			members_log_out(m);
			continue;
		}
		if (verdict == HTTP_DONE && status < 500)
			break;
		members_next(m);
		if ((i + 1) % m->n == 0 && i + 1 < tries &&
		    watch_wait(&m->watch, backoff_ms((unsigned)(i / m->n), backoff_chance(), 0),
			       &why))
			break;
	}
	if (!root) {
		*e = why;
		err_wrap(e, "cannot use etcd at '%s'", m->options.endpoints);
	}
	return root;
}
