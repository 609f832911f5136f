/* SPDX-License-Identifier: MIT */
/* text - names, numbers and bytes from outside, judged and made printable. */
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COMPONENT_MAX 255 /* NAME_MAX of Linux file systems */

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int
text_check_id(const char *what, const char *name, size_t max, struct err *e)
{
	size_t len = strlen(name);

	if (len == 0)
		return err_set(e, ERR_USAGE, "the %s is empty", what);
	if (len > max)
		return err_set(e, ERR_USAGE, "the %s is longer than %zu characters", what, max);
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(name[i]) && (i == 0 || !strchr("._-", name[i])))
			return err_set(
				e, ERR_USAGE,
				"bad %s '%.80s': letters, digits and . _ - only, the first a "
				"letter or digit",
				what, name);
	return 0;
}

int
text_number(const char *what, const char *s, long long min, long long max, long long *out,
	    struct err *e)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(s, &end, 10);
	/* strtoll takes leading blanks and a plus sign; a number in an option has neither. */
	if (errno || end == s || *end || (s[0] != '-' && (s[0] < '0' || s[0] > '9')))
		return err_set(e, ERR_USAGE, "%s '%.80s' is not a whole number", what, s);
	if (value < min || value > max)
		return err_set(e, ERR_USAGE, "%s %s is not within %lld and %lld", what, s, min,
			       max);
	*out = value;
	return 0;
}

size_t
text_utf8(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	if (s[0] == 0xe0) /* the shortest form only, no surrogates, nothing over U+10FFFF */
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

int
text_choose(const char *words, const char *value)
{
	size_t len = strlen(value);
	int place = 0;

	if (strchr(value, '|'))
		return -1;
	for (const char *word = words; word; word = strchr(word, '|'), place++) {
		word += *word == '|';
		if (strncmp(word, value, len) == 0 && (word[len] == '|' || !word[len]))
			return place;
	}
	return -1;
}

bool
text_is_utf8(const char *s, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n)
		if ((n = text_utf8(s + i, len - i)) == 0)
			return false;
	return true;
}

size_t
text_cut(const char *s, size_t len)
{
	size_t back = 0;

	/* A sequence has at most three bytes behind its first one. */
	while (back < 3 && back < len && (s[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == len || (s[len - 1 - back] & 0xc0) != 0xc0)
		return len;
	return text_utf8(s + len - 1 - back, back + 1) ? len : len - 1 - back;
}

void
text_printable(char *dst, const char *src, size_t len)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t n, out = 0;

	for (size_t i = 0; i < len; i += n) {
		n = text_utf8(src + i, len - i);
		if (n == 0 || (n == 1 && ((s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)) ||
		    (n == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0)) {
			dst[out++] = '?';
			n = n ? n : 1;
		} else {
			memmove(dst + out, src + i, n);
			out += n;
		}
	}
	dst[out] = '\0';
}

void
text_hex(char *hex, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*hex++ = digits[bytes[i] >> 4];
		*hex++ = digits[bytes[i] & 15];
	}
	*hex = '\0';
}

size_t
text_byte_order_mark(const char *s, size_t len)
{
	return len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

const char *
text_trim(const char *s, size_t *len)
{
	while (*len && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n'))
		s++, --*len;
	while (*len && strchr(" \t\r\n", s[*len - 1]) && s[*len - 1])
		--*len;
	return s;
}

bool
text_has_control(const char *s, size_t len)
{
	const unsigned char *c = (const unsigned char *)s;

	for (size_t i = 0; i < len; i++)
		if (c[i] < 0x20 || c[i] == 0x7f ||
		    (i + 1 < len && c[i] == 0xc2 && c[i + 1] >= 0x80 && c[i + 1] < 0xa0))
			return true;
	return false;
}

static const char *
component_rule(const char *part, size_t len)
{
	if (len == 0)
		return "has an empty component in its name";
	if (len == 1 && part[0] == '.')
		return "has a '.' component in its name";
	if (len == 2 && part[0] == '.' && part[1] == '.')
		return "has a '..' component in its name";
	return len > COMPONENT_MAX ? "has too long a component in its name" : NULL;
}

const char *
text_path_rule(const char *path, size_t len)
{
	const char *rule = NULL;
	size_t start = 0;

	if (len == 0)
		return "has no name";
	if (path[0] == '/')
		return "has an absolute name";
	if (memchr(path, '\\', len))
		return "has a backslash in its name";
	if (len >= 2 && path[1] == ':' && (path[0] | 32) >= 'a' && (path[0] | 32) <= 'z')
		return "has a drive letter in its name";
	if (text_has_control(path, len))
		return "has a control character in its name";
	if (!text_is_utf8(path, len))
		return "has a name that is not UTF-8";
	for (size_t i = 0; !rule && i <= len; i++) {
		if (i < len && path[i] != '/')
			continue;
		rule = component_rule(path + start, i - start);
		start = i + 1;
	}
	return rule;
}
