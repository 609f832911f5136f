/* SPDX-License-Identifier: MIT */
/* forms - how a value looks when something has quoted or encoded it. */
#include "cfg/forms.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GROWTH 6 /* bytes at most for one of the value: \u0000, &quot; */

/* The value, and where in it an escape stands. */
struct place {
	const unsigned char *value;
	size_t len, at;
};

/* Writes the bytes at a place as variant says, at most GROWTH for each; moves the place on. */
typedef size_t escape_fn(char *to, struct place *p, unsigned variant);

static bool
is_alphanumeric(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static size_t
put(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return len;
}

static void
put_hex(char *to, unsigned value, unsigned n_digits, bool capital)
{
	const char *digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";

	while (n_digits--) {
		to[n_digits] = digits[value & 15];
		value >>= 4;
	}
}

/* A byte, after a backslash where it is one of those. */
static size_t
put_escaped(char *to, unsigned char c, const char *escaped)
{
	size_t n = 0;

	if (c && strchr(escaped, c))
		to[n++] = '\\';
	to[n++] = (char)c;
	return n;
}

static size_t
hexadecimal(char *to, struct place *p, unsigned variant)
{
	put_hex(to, p->value[p->at++], 2, variant);
	return 2;
}

/* Kept beside letters and digits: RFC 3986's, a path's too, HTML forms', scripts', nothing. */
static const char *const url_kept[] = {"-._~", "-._~/", "-._*", "-._~!*'()", ""};

static size_t
url(char *to, struct place *p, unsigned variant)
{
	const char *kept = url_kept[variant / 4];
	unsigned char c = p->value[p->at++];

	if (is_alphanumeric(c) || (c && strchr(kept, c)))
		return put_escaped(to, c, "");
	if (c == ' ' && variant & 2)
		return put(to, "+");
	to[0] = '%';
	put_hex(to + 1, c, 2, variant & 1);
	return 3;
}

static size_t
url_all(char *to, struct place *p, unsigned variant)
{
	to[0] = '%';
	put_hex(to + 1, p->value[p->at++], 2, variant);
	return 3;
}

static size_t
shell_single(char *to, struct place *p, unsigned variant)
{
	unsigned char c = p->value[p->at++];

	if (c == '\'')
		return put(to, variant ? "'\"'\"'" : "'\\''");
	return put_escaped(to, c, "");
}

static size_t
shell_double(char *to, struct place *p, unsigned variant)
{
	(void)variant;
	return put_escaped(to, p->value[p->at++], "$`\"\\");
}

/* As bash has it, and others; the \ before a # or ~ that comes first may stay in sight. */
static size_t
shell_bare(char *to, struct place *p, unsigned variant)
{
	unsigned char c = p->value[p->at++], before = p->at > 1 ? p->value[p->at - 2] : 0;

	if (variant || (c == '~' && (before == ':' || before == '=')))
		return put_escaped(to, c, " \t!\"#$&'()*,;<=>?@[\\]^`{|}~");
	return put_escaped(to, c, " \t!\"$&'()*,;<>?[\\]^`{|}");
}

/* Within $'', which bash takes for control characters, and in the C locale for all but ASCII. */
static size_t
shell_ansi(char *to, struct place *p, unsigned variant)
{
	static const char named[] = "\a\b\x1b\f\n\r\t\v", names[] = "abEfnrtv";
	unsigned char c = p->value[p->at++];
	const char *found = c ? strchr(named, c) : NULL;

	if (c >= 0x20 && c != 0x7f && (c < 0x80 || !variant))
		return put_escaped(to, c, "'\\");
	to[0] = '\\';
	if (found) {
		to[1] = names[found - named];
		return 2;
	}
	to[1] = (char)('0' + (c >> 6));
	to[2] = (char)('0' + (c >> 3 & 7));
	to[3] = (char)('0' + (c & 7));
	return 4;
}

static size_t
put_unit(char *to, unsigned unit, bool capital)
{
	to[0] = '\\';
	to[1] = 'u';
	put_hex(to + 2, unit, 4, capital);
	return 6;
}

/* A character of n bytes of UTF-8, as one or two units of UTF-16. */
static size_t
put_utf16(char *to, const unsigned char *s, size_t n, bool capital)
{
	unsigned c = s[0] & (0x7fu >> n);
	size_t len;

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	if (c < 0x10000)
		return put_unit(to, c, capital);
	len = put_unit(to, 0xd800 + ((c - 0x10000) >> 10), capital);
	return len + put_unit(to + len, 0xdc00 + ((c - 0x10000) & 0x3ff), capital);
}

/* What writers escape beyond what they must. */
enum { CAPITALS = 1, SLASH = 2, NOT_ASCII = 4, DEL = 8, MARKUP = 16, APOSTROPHE = 32 };
static const unsigned json_habits[] = {
	0,
	CAPITALS,
	SLASH,
	NOT_ASCII,
	NOT_ASCII | CAPITALS,
	NOT_ASCII | SLASH,
	DEL,
	MARKUP,
	MARKUP | NOT_ASCII,
	MARKUP | NOT_ASCII | CAPITALS,
	MARKUP | APOSTROPHE | NOT_ASCII | CAPITALS,
};

static size_t
json(char *to, struct place *p, unsigned variant)
{
	static const char named[] = "\b\f\n\r\t", names[] = "bfnrt";
	unsigned habits = json_habits[variant];
	const unsigned char *s = p->value + p->at;
	size_t n = text_utf8((const char *)s, p->len - p->at);
	const char *found = *s ? strchr(named, *s) : NULL;

	p->at++;
	if (found) {
		to[0] = '\\';
		to[1] = names[found - named];
		return 2;
	}
	if (*s < 0x20 || (habits & DEL && *s == 0x7f) || (habits & MARKUP && strchr("<>&", *s)) ||
	    (habits & APOSTROPHE && *s == '\''))
		return put_unit(to, *s, habits & CAPITALS);
	if (n < 2 || !(habits & NOT_ASCII))
		return put_escaped(to, *s, habits & SLASH ? "\"\\/" : "\"\\");
	p->at += n - 1;
	return put_utf16(to, s, n, habits & CAPITALS);
}

/* As forms_quote writes it; as the standard has it; as mysql_real_escape_string() does it. */
static size_t
sql(char *to, struct place *p, unsigned variant)
{
	unsigned char c = p->value[p->at++];

	if (variant < 2 && c == '\'')
		return put(to, "''");
	return put_escaped(to, c, variant == 0 ? "\\" : variant == 1 ? "" : "\\'\"");
}

static const char *const xml_quotes[] = {"\"", "&quot;", "&#34;"};
static const char *const xml_apostrophes[] = {"'", "&#39;", "&apos;", "&#x27;", "&#039;"};

static size_t
xml(char *to, struct place *p, unsigned variant)
{
	unsigned char c = p->value[p->at++];

	switch (c) {
	case '&':
		return put(to, "&amp;");
	case '<':
		return put(to, "&lt;");
	case '>':
		return put(to, "&gt;");
	case '"':
		return put(to, xml_quotes[variant % COUNT(xml_quotes)]);
	case '\'':
		return put(to, xml_apostrophes[variant / COUNT(xml_quotes)]);
	}
	return put_escaped(to, c, "");
}

static const struct {
	escape_fn *escape;
	unsigned n_variants;
} families[] = {
	{hexadecimal, 2},  {url, 4 * COUNT(url_kept)},
	{url_all, 2},	   {shell_single, 2},
	{shell_double, 1}, {shell_bare, 2},
	{shell_ansi, 2},   {json, COUNT(json_habits)},
	{sql, 3},	   {xml, COUNT(xml_quotes) * COUNT(xml_apostrophes)},
};

/* Where forms are made, and who gets them. */
struct maker {
	const char *value;
	size_t len;
	struct secret *form;
	forms_fn *fn;
	void *arg;
};

static int
hand_on(const struct maker *m, size_t len, struct err *e)
{
	if (len < FORMS_MIN ||
	    (len == m->len && memcmp(secret_reveal(m->form), m->value, len) == 0))
		return 0;
	return m->fn(m->arg, secret_reveal(m->form), len, e);
}

static int
escape_all(const struct maker *m, escape_fn *escape, unsigned variant, struct err *e)
{
	struct place p = {.value = (const unsigned char *)m->value, .len = m->len};
	char *to = (char *)secret_edit(m->form);
	size_t n = 0;

	while (p.at < p.len)
		n += escape(to + n, &p, variant);
	return hand_on(m, n, e);
}

/* Six bits of the value from a given one on; behind its end they are 0. */
static unsigned
six_bits(const struct maker *m, size_t bit)
{
	const unsigned char *at = (const unsigned char *)m->value + bit / 8;
	unsigned next = bit / 8 + 1 < m->len ? at[1] : 0;

	return ((unsigned)at[0] << 8 | next) >> (10 - bit % 8) & 63;
}

/*
 * With `before` bytes of something else in its first group of three: the characters that no
 * neighbour has a part in; and then the end of a text that ends with the value.
 */
static int
base64(const struct maker *m, const char *last_two, size_t before, struct err *e)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	char *to = (char *)secret_edit(m->form);
	size_t n = 0, bit = before * 8 % 6 ? 6 - before * 8 % 6 : 0;

	for (; bit < m->len * 8; bit += 6) {
		unsigned six = six_bits(m, bit);

		/* The last one, when it is not whole: what is before it was not handed on yet. */
		if (bit + 6 > m->len * 8 && hand_on(m, n, e))
			return -1;
		to[n++] = six < 62 ? alphabet[six] : last_two[six - 62];
	}
	for (size_t len = before + m->len;; len++) {
		if (hand_on(m, n, e))
			return -1;
		if (len % 3 == 0)
			return 0;
		to[n++] = '=';
	}
}

int
forms_each(const char *value, size_t len, struct secret *room, forms_fn *fn, void *arg,
	   struct err *e)
{
	static const char *const last_two[] = {"+/", "-_"};
	struct maker m = {.value = value, .len = len, .fn = fn, .arg = arg, .form = room};
	int result = secret_reserve(room, len * GROWTH + GROWTH, e);

	for (size_t i = 0; i < COUNT(families); i++)
		for (unsigned variant = 0; variant < families[i].n_variants && !result; variant++)
			result = escape_all(&m, families[i].escape, variant, e);
	for (size_t i = 0; i < COUNT(last_two); i++)
		for (size_t before = 0; before < 3 && !result; before++)
			result = base64(&m, last_two[i], before, e);
	return result;
}

/* Of both quotes &quot; and &#39;, which HTML of any age knows too. */
#define XML_VARIANT (1 + 1 * COUNT(xml_quotes))

int
forms_quote(enum forms_language language, const char *value, size_t len, struct secret *out,
	    struct err *e)
{
	static const struct {
		escape_fn *escape;
		unsigned variant;
		const char *quote;
	} ways[] = {
		[FORMS_SHELL] = {shell_single, 0, "'"},
		[FORMS_SQL] = {sql, 0, "'"},
		[FORMS_JSON] = {json, 0, "\""},
		[FORMS_XML] = {xml, XML_VARIANT, ""},
	};
	struct place p = {.value = (const unsigned char *)value, .len = len};
	const char *quote;

	if (language == FORMS_PLAIN)
		return secret_append(out, value, len, e);
	if (secret_room(out, len * GROWTH + 2, e))
		return -1;
	quote = ways[language].quote;
	out->len += put((char *)secret_edit(out) + out->len, quote);
	while (p.at < p.len)
		out->len += ways[language].escape((char *)secret_edit(out) + out->len, &p,
						  ways[language].variant);
	out->len += put((char *)secret_edit(out) + out->len, quote);
	return 0;
}
