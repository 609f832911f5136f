/* SPDX-License-Identifier: MIT */
/* http - one request at a time, and its answer as it comes; the one module that knows libcurl. */
#include "cluster/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (256L * 1024)
#define WAITED_MAX 4

struct http_url {
	CURLU *parts;
};

struct http {
	CURLM *multi;
	CURL *easy; /* of the request; NULL between two */
	struct curl_slist *headers;
	char *url_text, *query;
	http_body_fn *on_body;
	void *arg;
	bool over;
	CURLcode code;
	char says[CURL_ERROR_SIZE];
};

/* ---- URLs */

struct http_url *
http_url_new(void)
{
	struct http_url *url = calloc(1, sizeof *url);

	if (url && !(url->parts = curl_url())) {
		free(url);
		url = NULL;
	}
	return url;
}

struct http_url *
http_url_copy(const struct http_url *url)
{
	struct http_url *copy = calloc(1, sizeof *copy);

	if (copy && !(copy->parts = curl_url_dup(url->parts))) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

void
http_url_free(struct http_url *url)
{
	if (url)
		curl_url_cleanup(url->parts);
	free(url);
}

static bool
has_scheme(const struct http_url *url, const char *wanted)
{
	char *scheme = NULL;
	bool result =
		!curl_url_get(url->parts, CURLUPART_SCHEME, &scheme, 0) && !strcmp(scheme, wanted);

	curl_free(scheme);
	return result;
}

bool
http_url_is_https(const struct http_url *url)
{
	return has_scheme(url, "https");
}

const char *
http_url_set(struct http_url *url, const char *text, bool is_reference)
{
	CURLUcode code = curl_url_set(url->parts, CURLUPART_URL, text,
				      (is_reference ? CURLU_URLENCODE : 0) |
					      CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER);

	if (code == CURLUE_USER_NOT_ALLOWED)
		return "has a user or password in it, which lists of processes and logs would show";
	if (code)
		return "is not a whole URL";
	return has_scheme(url, "https") || has_scheme(url, "http") ? NULL
								   : "is neither http nor https";
}

void
http_url_show(const struct http_url *url, char shown[static HTTP_SHOWN_MAX])
{
	CURLU *copy = curl_url_dup(url->parts);
	char *text = NULL;

	if (copy && !curl_url_set(copy, CURLUPART_QUERY, NULL, 0) &&
	    !curl_url_set(copy, CURLUPART_FRAGMENT, NULL, 0) &&
	    !curl_url_get(copy, CURLUPART_URL, &text, 0))
		snprintf(shown, HTTP_SHOWN_MAX, "%s", text);
	else
		snprintf(shown, HTTP_SHOWN_MAX, "?");
	curl_free(text);
	curl_url_cleanup(copy);
}

/* ---- requests */

int
http_new(struct http **http, struct err *e)
{
	struct http *h = calloc(1, sizeof *h);

	if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) || !(h->multi = curl_multi_init())) {
		free(h);
		return err_set(e, ERR_SYSTEM, "the network library cannot be set up");
	}
	*http = h;
	return 0;
}

void
http_end(struct http *http)
{
	if (http->easy) {
		curl_multi_remove_handle(http->multi, http->easy);
		curl_easy_cleanup(http->easy);
	}
	curl_slist_free_all(http->headers);
	curl_free(http->url_text);
	curl_free(http->query);
	http->easy = NULL;
	http->headers = NULL;
	http->url_text = http->query = NULL;
}

void
http_free(struct http *http)
{
	if (!http)
		return;
	http_end(http);
	curl_multi_cleanup(http->multi);
	free(http);
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http *http = arg;

	return http->on_body(http->arg, data, size * n) ? size * n : 0;
}

static bool
set_options(struct http *h, const struct http_request *r)
{
	CURL *c = h->easy;

	return curl_easy_setopt(c, CURLOPT_URL, h->url_text) ||
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ||
	       curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) ||
	       curl_easy_setopt(c, CURLOPT_USERAGENT, r->user_agent) ||
	       curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers) ||
	       curl_easy_setopt(c, CURLOPT_RANGE, r->range) ||
	       (r->body &&
		(curl_easy_setopt(c, CURLOPT_POST, 1L) ||
		 curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body) ||
		 curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len))) ||
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) ||
	       /* Else the end waits for a thread that asks for a name. */
	       curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L) ||
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)r->connect_s) ||
	       /* Silence is the caller's to see; this is for less than a byte a second. */
	       curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) ||
	       curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)r->silence_s) ||
	       curl_easy_setopt(c, CURLOPT_BUFFERSIZE, BUFFER_BYTES) ||
	       curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ||
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) ||
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) ||
	       (r->ca_file && (curl_easy_setopt(c, CURLOPT_CAINFO, r->ca_file) ||
			       curl_easy_setopt(c, CURLOPT_CAPATH, NULL))) ||
	       (r->cert_file && curl_easy_setopt(c, CURLOPT_SSLCERT, r->cert_file)) ||
	       (r->key_file && curl_easy_setopt(c, CURLOPT_SSLKEY, r->key_file)) ||
	       (r->pinned_key && curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, r->pinned_key)) ||
	       curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->says) ||
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) ||
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
}

static bool
add_headers(struct http *h, const char *const *headers)
{
	for (; headers && *headers; headers++) {
		struct curl_slist *longer = curl_slist_append(h->headers, *headers);

		if (!longer)
			return false;
		h->headers = longer;
	}
	return true;
}

int
http_begin(struct http *http, const struct http_request *request, struct err *e)
{
	http_end(http);
	http->over = false;
	http->code = CURLE_OK;
	http->says[0] = '\0';
	http->on_body = request->on_body;
	http->arg = request->arg;
	curl_url_get(request->url->parts, CURLUPART_QUERY, &http->query, 0);
	/* One for each: a used one may refuse its options. Connections are kept by the other. */
	http->easy = curl_easy_init();
	if (http->easy && !curl_url_get(request->url->parts, CURLUPART_URL, &http->url_text, 0) &&
	    add_headers(http, request->headers) && !set_options(http, request) &&
	    !curl_multi_add_handle(http->multi, http->easy))
		return 0;
	http_end(http);
	return err_set(e, ERR_SYSTEM, "the network library cannot be set up");
}

bool
http_step(struct http *http)
{
	int running, left;
	CURLMsg *msg;

	if (http->over)
		return true;
	if (curl_multi_perform(http->multi, &running)) {
		http->over = true;
		http->code = CURLE_FAILED_INIT;
	} else if (!running && (msg = curl_multi_info_read(http->multi, &left))) {
		http->over = true;
		http->code = msg->data.result;
	}
	return http->over;
}

void
http_wait(struct http *http, const struct http_wait *fds, size_t n, int patience_ms)
{
	struct curl_waitfd extra[WAITED_MAX];

	for (size_t i = 0; i < n; i++)
		extra[i] = (struct curl_waitfd){
			fds[i].fd, (short)(fds[i].for_reading ? CURL_WAIT_POLLIN : 0), 0};
	if (curl_multi_poll(http->multi, extra, (unsigned)n, patience_ms, NULL)) {
		http->over = true;
		http->code = CURLE_FAILED_INIT;
	}
}

static bool
is_certificate_matter(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH ||
	       code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR ||
	       code == CURLE_SSL_INVALIDCERTSTATUS;
}

static bool
may_pass(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PROXY:
		return true;
	default:
		return false;
	}
}

enum http_verdict
http_verdict(const struct http *http, struct err *e)
{
	const char *text = http->says[0] ? http->says : curl_easy_strerror(http->code);

	if (http->code == CURLE_OK)
		return HTTP_DONE;
	if (http->query && strstr(text, http->query))
		text = curl_easy_strerror(http->code);
	if (http->code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		text = "its public key is not the pinned one";
	err_set(e, ERR_UNAVAILABLE, "%s%s",
		is_certificate_matter(http->code) ? "the server is not trusted: " : "", text);
	return may_pass(http->code) ? HTTP_MISSED : HTTP_FAILED;
}

/* ---- the answer */

int
http_status(const struct http *http)
{
	long status = 0;

	curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

const char *
http_header(const struct http *http, const char *name)
{
	struct curl_header *found;

	return curl_easy_header(http->easy, name, 0, CURLH_HEADER, -1, &found) ? NULL
									       : found->value;
}

long long
http_length(const struct http *http)
{
	curl_off_t length;

	return curl_easy_getinfo(http->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) ? -1
											  : length;
}

long long
http_retry_after_s(const struct http *http)
{
	curl_off_t asked = 0;

	curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &asked);
	return asked;
}
