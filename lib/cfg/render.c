/* SPDX-License-Identifier: MIT */
/* render - a template filled in with the values of a configuration. */
#include "cfg/render.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "cfg/forms.h"

#define KEY_MAX 256
#define TURNS_MAX (1 << 20)
#define LIST "#list"
#define LIST_END "/list"

/* Part of the template or of a value. */
struct span {
	const char *at;
	size_t len;
};

struct render {
	const struct document *doc;
	struct span template;
	struct span items[RENDER_DEPTH_MAX]; /* of the loops that are open, the outermost first */
	size_t depth;
	size_t n_turns;	  /* of all loops */
	bool is_skipping; /* the body of a loop over nothing is read, for its end alone */
	struct secret *out;
};

static int render_part(struct render *r, const char **at, const char *end, struct err *e);

static bool
is(struct span s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

static int
refuse(const struct render *r, const char *at, enum err_kind kind, const char *why,
       struct span what, struct err *e)
{
	unsigned line = 1;

	for (const char *p = r->template.at; p < at; p++)
		line += *p == '\n';
	return err_set(e, kind, "line %u: %s '%.*s'", line, why,
		       (int)(what.len < 80 ? what.len : 80), what.at);
}

/* Takes a word off the front of s. */
static struct span
take_word(struct span *s)
{
	struct span word = {.at = s->at};

	while (word.len < s->len && s->at[word.len] != ' ')
		word.len++;
	s->at += word.len;
	s->len -= word.len;
	s->at = text_trim(s->at, &s->len);
	return word;
}

/* The key with each {.} replaced by the innermost item. */
static int
complete_key(const struct render *r, struct span given, const char *where, char key[KEY_MAX],
	     struct span *whole, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < given.len;) {
		struct span part = {given.at + i, 1};

		if (r->depth && given.len - i >= 3 && memcmp(given.at + i, "{.}", 3) == 0) {
			part = r->items[r->depth - 1];
			i += 3;
		} else {
			i++;
		}
		if (part.len >= KEY_MAX - n)
			return refuse(r, where, ERR_UNSAFE, "too long a key", given, e);
		memcpy(key + n, part.at, part.len);
		n += part.len;
	}
	*whole = (struct span){key, n};
	return 0;
}

/* The value of a key; at is NULL where it is absent or empty. */
static int
look_up(const struct render *r, struct span given, const char *where, struct span *value,
	struct err *e)
{
	char buffer[KEY_MAX];
	struct span key = {.at = NULL};

	if (r->depth && is(given, ".")) {
		*value = r->items[r->depth - 1];
		return 0;
	}
	if (complete_key(r, given, where, buffer, &key, e))
		return -1;
	value->at = document_find(r->doc, key.at, key.len, &value->len);
	if (value->at && !value->len)
		value->at = NULL;
	return 0;
}

static int
put_value(struct render *r, struct span tag, const char *where, struct err *e)
{
	enum forms_language language = FORMS_PLAIN;
	struct span value, key, fallback = {.at = NULL}, first, rest = tag;
	const char *bar = memchr(tag.at, '|', tag.len);
	char word[8] = "";
	int chosen;

	if (bar) {
		fallback = (struct span){bar + 1, tag.len - (size_t)(bar + 1 - tag.at)};
		rest.len = (size_t)(bar - tag.at);
	}
	rest.at = text_trim(rest.at, &rest.len);
	key = first = take_word(&rest);
	if (rest.len) {
		if (first.len < sizeof word)
			memcpy(word, first.at, first.len);
		chosen = text_choose(FORMS_LANGUAGES, word);
		if (chosen < 0)
			return refuse(r, where, ERR_UNSAFE, "unknown language", first, e);
		language = (enum forms_language)chosen;
		key = take_word(&rest);
	}
	if (rest.len || !key.len)
		return refuse(r, where, ERR_UNSAFE, "this tag cannot be read:", tag, e);
	if (r->is_skipping)
		return 0;
	if (look_up(r, key, where, &value, e))
		return -1;
	if (!value.at)
		value = fallback;
	if (!value.at)
		return refuse(r, where, ERR_LACKING, "the configuration lacks", key, e);
	if (r->out->len + value.len > RENDER_OUTPUT_MAX)
		return err_set(e, ERR_UNSAFE, "more than %u bytes", RENDER_OUTPUT_MAX);
	return forms_quote(language, value.at, value.len, r->out, e);
}

/* True when nothing but the tag is on its line; *after is then the next one. */
static bool
is_alone(const struct render *r, const char *start, const char **after)
{
	const char *end = r->template.at + r->template.len, *p = *after;

	while (start > r->template.at && (start[-1] == ' ' || start[-1] == '\t'))
		start--;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if ((start > r->template.at && start[-1] != '\n') || (p < end && *p != '\n'))
		return false;
	*after = p < end ? p + 1 : p;
	return true;
}

/* Removes the blanks that stand before a tag which is alone on its line. */
static void
drop_indent(struct secret *out)
{
	const char *text = secret_reveal(out);

	while (out->len && (text[out->len - 1] == ' ' || text[out->len - 1] == '\t'))
		out->len--;
}

/* The end of the tag that begins at start: behind its braces; NULL when it has none. */
static const char *
find_end(const char *start, const char *end, struct span *tag)
{
	int n_open = 0; /* braces within it, as in {{a.{.}}} */

	for (const char *p = start + 2; p + 1 < end && *p != '\n'; p++) {
		if (*p == '{') {
			n_open++;
		} else if (*p == '}' && n_open) {
			n_open--;
		} else if (p[0] == '}' && p[1] == '}') {
			tag->at = start + 2;
			tag->len = (size_t)(p - tag->at);
			return p + 2;
		}
	}
	return NULL;
}

/* One turn of a loop: its body, for an item. */
static int
turn(struct render *r, struct span item, const char **at, const char *end, struct err *e)
{
	int result;

	if (++r->n_turns > TURNS_MAX)
		return err_set(e, ERR_UNSAFE, "the loops turn more than %d times", TURNS_MAX);
	r->items[r->depth++] = item;
	result = render_part(r, at, end, e);
	r->depth--;
	return result;
}

static int
loop(struct render *r, struct span key, const char *where, const char **at, const char *end,
     struct err *e)
{
	const char *body = *at;
	struct span value = {.at = NULL};
	bool was_skipping = r->is_skipping;
	int result = 0;

	if (r->depth == RENDER_DEPTH_MAX)
		return refuse(r, where, ERR_UNSAFE, "too many loops within one another at", key, e);
	if (!was_skipping && look_up(r, key, where, &value, e))
		return -1;
	if (!value.at) {
		r->is_skipping = true;
		result = turn(r, (struct span){"", 0}, at, end, e);
		r->is_skipping = was_skipping;
		return result;
	}
	for (bool more = true; more && !result;) {
		const char *comma = memchr(value.at, ',', value.len);
		struct span item = {value.at, comma ? (size_t)(comma - value.at) : value.len};

		more = comma != NULL;
		value.at += item.len + more;
		value.len -= item.len + more;
		*at = body;
		result = turn(r, item, at, end, e);
	}
	return result;
}

/* One tag; 1 when it ends a loop. */
static int
render_tag(struct render *r, const char *start, const char **at, const char *end, struct err *e)
{
	struct span tag, rest, word;
	const char *after = find_end(start, end, &tag);

	if (!after)
		return refuse(r, start, ERR_UNSAFE, "no end of the tag",
			      (struct span){start, (size_t)(end - start) < 20
							   ? (size_t)(end - start)
							   : 20},
			      e);
	*at = after;
	rest = tag;
	rest.at = text_trim(rest.at, &rest.len);
	if (!rest.len || (*rest.at != '#' && *rest.at != '/'))
		return put_value(r, tag, start, e);
	word = take_word(&rest);
	if (is_alone(r, start, at) && !r->is_skipping)
		drop_indent(r->out);
	if (is(word, LIST_END) && !rest.len)
		return r->depth ? 1 : refuse(r, start, ERR_UNSAFE, "nothing is open at", tag, e);
	if (is(word, LIST) && rest.len)
		return loop(r, rest, start, at, end, e);
	return refuse(r, start, ERR_UNSAFE, "this tag cannot be read:", tag, e);
}

/* As far as the end of the loop that is open, or of the template. */
static int
render_part(struct render *r, const char **at, const char *end, struct err *e)
{
	while (*at < end) {
		const char *tag = memmem(*at, (size_t)(end - *at), "{{", 2);
		size_t len = tag ? (size_t)(tag - *at) : (size_t)(end - *at);
		int result;

		if (!r->is_skipping && secret_append(r->out, *at, len, e))
			return -1;
		if (!tag)
			break;
		result = render_tag(r, tag, at, end, e);
		if (result)
			return result < 0 ? -1 : 0;
	}
	*at = end;
	return r->depth ? err_set(e, ERR_UNSAFE, "a {{" LIST "}} has no {{" LIST_END "}}") : 0;
}

int
render_template(const struct document *doc, const char *template, size_t len, struct secret *out,
		struct err *e)
{
	struct render r = {.doc = doc, .template = {template, len}, .out = out};
	const char *at = template;

	return render_part(&r, &at, template + len, e);
}
