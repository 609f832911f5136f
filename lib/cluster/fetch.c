/* SPDX-License-Identifier: MIT */
/* fetch - download one file over HTTP. */
#include "cluster/fetch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cluster/backoff.h"
#include "cluster/http.h"
#include "cluster/plan.h"
#include "cluster/watch.h"

#define REDIRECTS_MAX 5
#define CONNECT_MAX_S 15
#define IDLE_MS 1000
#define BEHIND_MS 20
#define RETRIES 5
#define STALL_S 30

struct fetch {
	struct fetch_request request;
	struct http *http;
	struct http_url *url;	    /* of the hop */
	char shown[HTTP_SHOWN_MAX]; /* it, for messages */
	struct watch watch;
	struct receiver in;
	bool judged;	       /* the answer has been */
	bool redirected;       /* it is to be asked for elsewhere */
	enum receiver_end end; /* of it */
	long long asked_s;     /* Retry-After */
	long long heard_ms;    /* the last byte, or the beginning */
	struct err why, *e;    /* of END_MISSED, of END_FAILED */
};

static int
judge_file(const char *what, const char *path, struct err *e)
{
	return path && access(path, R_OK)
		       ? err_set(e, ERR_UNAVAILABLE, "cannot read the %s '%s'", what, path)
		       : 0;
}

int
fetch_judge(const struct fetch_request *request, struct err *e)
{
	const char *key = request->pinned_key, *rule;
	struct http_url *url = http_url_new();
	int result = -1;

	if (!url)
		return err_set(e, ERR_SYSTEM, "out of memory");
	if ((rule = http_url_set(url, request->url, false)))
		err_set(e, ERR_USAGE, "the URL %s", rule);
	else if (key && !http_url_is_https(url))
		err_set(e, ERR_USAGE, "a pinned key is of use with https only");
	else if (!judge_file("certificates", request->ca_file, e) &&
		 (!key || !strncmp(key, "sha256//", 8) || !judge_file("pinned key", key, e)))
		result = 0;
	http_url_free(url);
	return result;
}

/* ---- an answer */

static enum receiver_end
judge_data(struct fetch *f, int status)
{
	struct answer answer = {.status = status,
				.etag = http_header(f->http, "ETag"),
				.modified = http_header(f->http, "Last-Modified"),
				.date = http_header(f->http, "Date"),
				.range = http_header(f->http, "Content-Range"),
				.encoding = http_header(f->http, "Content-Encoding"),
				.length = http_length(f->http)};

	return receiver_answer(&f->in, &answer, f->e);
}

static enum receiver_end
judge_redirect(struct fetch *f)
{
	struct http_url *next = http_url_copy(f->url); /* a Location may be relative to it */
	const char *target = http_header(f->http, "Location"), *rule = "leads nowhere";

	if (!next)
		rule = "cannot be kept: out of memory";
	else if (target && !(rule = http_url_set(next, target, true)) &&
		 http_url_is_https(f->url) && !http_url_is_https(next))
		rule = "leads from https to http";
	if (rule) {
		err_set(f->e, ERR_UNAVAILABLE, "the server's redirect %s", rule);
		http_url_free(next);
		return END_FAILED;
	}
	http_url_free(f->url);
	f->url = next;
	f->redirected = true;
	http_url_show(f->url, f->shown);
	log_detail("redirected to '%s'", f->shown);
	return END_AGAIN;
}

static enum receiver_end
judge_refusal(struct fetch *f, int status)
{
	bool passes;
	const char *words = plan_refusal(status, &passes);

	f->asked_s = passes ? http_retry_after_s(f->http) : 0;
	err_set(passes ? &f->why : f->e,
		status == 404 || status == 410 ? ERR_IMAGE : ERR_UNAVAILABLE,
		"the server answered %d: %s", status, words);
	return passes ? END_MISSED : END_FAILED;
}

/* Once an answer: at the first byte of its body, or at its end. */
static enum receiver_end
judge(struct fetch *f)
{
	int status = http_status(f->http);

	f->judged = true;
	if (status == 200 || status == 206 || (status == 416 && f->in.ask.kind != ASK_ALL))
		return judge_data(f, status);
	if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
		return judge_redirect(f);
	return judge_refusal(f, status);
}

static bool
on_body(void *arg, const char *data, size_t len)
{
	struct fetch *f = arg;

	f->heard_ms = clock_ms();
	if (!f->judged)
		f->end = judge(f);
	/* No other body is read. */
	if (!f->in.taking || f->end != END_WELL)
		return false;
	if (receiver_bytes(&f->in, data, len, f->e))
		f->end = END_FAILED;
	return f->end == END_WELL;
}

/* ---- a transfer */

static bool
is_stalled(struct fetch *f)
{
	if (clock_ms() - f->heard_ms < f->request.stall_s * 1000)
		return false;
	err_set(&f->why, ERR_UNAVAILABLE, "the server was silent for %lld s", f->request.stall_s);
	return true;
}

/* How long nothing has to be looked at but descriptors. */
static int
patience_ms(const struct fetch *f)
{
	long long left = f->heard_ms + f->request.stall_s * 1000 - clock_ms();

	left = watch_left_ms(&f->watch, left < IDLE_MS ? left : IDLE_MS);
	if (receiver_is_behind(&f->in) && left > BEHIND_MS)
		left = BEHIND_MS;
	return (int)left;
}

static enum receiver_end
end_of(struct fetch *f)
{
	struct err why = ERR_INIT;
	enum http_verdict verdict = http_verdict(f->http, &why);

	if (verdict == HTTP_DONE && !f->judged)
		f->end = judge(f);
	if (f->end != END_WELL)
		return f->end;
	if (verdict != HTTP_DONE) {
		*(verdict == HTTP_MISSED ? &f->why : f->e) = why;
		return verdict == HTTP_MISSED ? END_MISSED : END_FAILED;
	}
	receiver_body_end(&f->in);
	return END_WELL;
}

static enum receiver_end
drive(struct fetch *f)
{
	const struct http_wait extra[2] = {{f->watch.signal_fd, true},
					   {f->request.reader_fd, false}};

	while (!http_step(f->http)) {
		if (watch_look(&f->watch, f->e) || receiver_tell(&f->in, false, f->e))
			return END_FAILED;
		if (is_stalled(f))
			return END_MISSED;
		http_wait(f->http, extra, f->request.reader_fd >= 0 ? 2 : 1, patience_ms(f));
	}
	return end_of(f);
}

/* One request to one server. */
static enum receiver_end
transfer(struct fetch *f)
{
	const struct fetch_request *r = &f->request;
	char range[64], if_range[16 + PART_VALIDATOR_MAX];
	const char *headers[] = {"Accept-Encoding: identity", NULL, NULL};
	struct http_request request = {.url = f->url,
				       .user_agent = r->user_agent,
				       .headers = headers,
				       .ca_file = r->ca_file,
				       .pinned_key = r->pinned_key,
				       .connect_s = r->stall_s < CONNECT_MAX_S ? r->stall_s
									       : CONNECT_MAX_S,
				       .silence_s = r->stall_s + 1,
				       .on_body = on_body,
				       .arg = f};
	enum receiver_end end = END_FAILED;

	plan_range(&f->in.ask, range);
	request.range = range[0] ? range : NULL;
	if (f->in.ask.kind == ASK_FROM) {
		snprintf(if_range, sizeof if_range, "If-Range: %s", f->in.part->facts.validator);
		headers[1] = if_range;
	}
	f->judged = false;
	f->end = END_WELL;
	f->asked_s = 0;
	f->heard_ms = clock_ms();
	if (http_begin(f->http, &request, f->e) == 0)
		end = drive(f);
	http_end(f->http);
	return end;
}

/* From the request's own URL, wherever that is redirected. */
static enum receiver_end
follow(struct fetch *f)
{
	enum receiver_end end = END_FAILED;
	int hops = 0;

	/* It was judged before. */
	if (http_url_set(f->url, f->request.url, false)) {
		err_set(f->e, ERR_SYSTEM, "out of memory");
		return end;
	}
	http_url_show(f->url, f->shown);
	do {
		f->redirected = false;
		end = transfer(f);
	} while (end == END_AGAIN && f->redirected && hops++ < REDIRECTS_MAX);
	if (end != END_AGAIN || !f->redirected)
		return end;
	err_set(f->e, ERR_UNAVAILABLE, "it is redirected more than %d times", REDIRECTS_MAX);
	return END_FAILED;
}

/* ---- tries */

/* Waits before the next try, if there is to be one. */
static int
wait_for_next(struct fetch *f, unsigned tries)
{
	int wait = backoff_ms(tries, backoff_chance(), f->asked_s);

	if (tries >= f->request.retries) {
		*f->e = f->why;
		return tries ? err_wrap(f->e, "given up after %u tries", tries + 1) : -1;
	}
	log_note("cannot fetch '%s' yet: %s; trying again in %d ms", f->shown, f->why.msg, wait);
	return watch_wait(&f->watch, wait, f->e);
}

static int
try_until_over(struct fetch *f)
{
	const struct part_facts *facts = &f->in.part->facts;
	long long most = part_received(facts);
	unsigned tries = 0;

	while (!receiver_is_over(&f->in)) {
		enum receiver_end end;

		if (watch_look(&f->watch, f->e))
			return -1;
		end = receiver_ask(&f->in, f->e);
		if (end == END_WELL)
			end = follow(f);
		if (end == END_FAILED || receiver_tell(&f->in, true, f->e))
			return -1;
		if (part_received(facts) > most) {
			most = part_received(facts);
			tries = 0;
		} else if (end == END_WELL && !receiver_is_over(&f->in)) {
			err_set(&f->why, ERR_UNAVAILABLE, "the server sent less than it said");
			end = END_MISSED;
		}
		if (end == END_MISSED && wait_for_next(f, tries++))
			return -1;
	}
	return receiver_done(&f->in, f->e);
}

static int
begin(struct fetch *f)
{
	if (watch_open(&f->watch, f->request.reader_fd, f->request.timeout_s, f->e))
		return -1;
	if (!(f->url = http_url_new()))
		return err_set(f->e, ERR_SYSTEM, "out of memory");
	return http_new(&f->http, f->e);
}

int
fetch(const struct fetch_request *request, struct part *part, struct err *e)
{
	struct fetch f = {.request = *request,
			  .watch = WATCH_INIT,
			  .shown = "?",
			  .in = {.part = part,
				 .event = request->event,
				 .event_arg = request->event_arg,
				 .max_bytes = request->max_bytes,
				 .tail_bytes = request->tail_bytes > 0 ? request->tail_bytes : 0,
				 .followed = request->reader_fd >= 0 || request->tail_bytes > 0},
			  .e = e};
	int result = -1;

	if (request->retries < 0)
		f.request.retries = RETRIES;
	if (request->stall_s < 0)
		f.request.stall_s = STALL_S;
	if (part_load(part, request->url, e) == 0 && begin(&f) == 0)
		result = try_until_over(&f);
	if (result)
		err_wrap(e, "cannot fetch '%s'", f.shown);
	http_free(f.http);
	http_url_free(f.url);
	watch_close(&f.watch);
	return result;
}
