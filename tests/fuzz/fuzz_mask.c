/* SPDX-License-Identifier: MIT */
/*
 * fuzz_mask - the first byte says how many bytes are a value, and its half one; then the output.
 * No value may be in what comes out, a search finds it, and without one all comes out.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/forms.h"
#include "cfg/mask.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct out {
	char *text;
	size_t len;
};

static void
keep(void *arg, const char *data, size_t len)
{
	struct out *out = arg;

	memcpy(out->text + out->len, data, len);
	out->len += len;
}

static int
add_form(void *arg, const char *form, size_t len, struct err *e)
{
	return mask_add_form(arg, form, len, 0, SIZE_MAX, e);
}

static void
run(const struct mask *m, const char *text, size_t len, struct out *out, struct err *e)
{
	struct mask_stream s = MASK_STREAM_INIT;

	if (mask_stream_open(&s, m, e))
		abort();
	for (size_t at = 0, part; at < len; at += part) {
		part = 1 + at % (len - at);
		mask_feed(&s, text + at, part, keep, out);
	}
	mask_feed(&s, "", 0, keep, out);
	if (s.n_links > len || s.n_moved > len)
		abort();
	mask_stream_close(&s);
}

/* A search tells of the value, which is in the whole, cut otherwise than the stream. */
static void
search(const struct mask *m, const char *text, size_t len, bool *found, struct err *e)
{
	struct mask_search s;

	if (mask_search_open(&s, m, e))
		abort();
	for (size_t at = 0, part; at < len; at += part) {
		part = 1 + at * 7 % (len - at);
		mask_search(&s, text + at, part);
	}
	*found = m->n_names && s.found[0];
	mask_search_close(&s);
}

static struct secret room; /* for forms of any value */

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	size_t n = size > 1 && data[0] < size ? data[0] : 0;
	const char *value = (const char *)data + 1;
	bool is_one_line = n && !memchr(value, '\n', n) && !memchr(value, '\r', n), found;
	struct out out = {.text = malloc(3 * size + 3)};
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;

	if (n && (mask_keep_name(&m, "key", 3, &e) || mask_add_named(&m, value, n, 1, &e) ||
		  mask_add(&m, value, n / 2, &e) || forms_each(value, n, &room, add_form, &m, &e)))
		abort();
	mask_finish(&m);
	run(&m, (const char *)data, size, &out, &e);
	search(&m, (const char *)data, size, &found, &e);
	if (m.automaton.longest == 0 && (out.len != size || memcmp(out.text, data, size) != 0))
		abort();
	/* Asterisks and line ends can come together to what it was. */
	if (is_one_line && !memchr(value, '*', n) && memmem(out.text, out.len, value, n))
		abort();
	if (n < MASK_SEARCH_MIN ? found : is_one_line && !found)
		abort();
	mask_free(&m);
	free(out.text);
	return 0;
}
