/* SPDX-License-Identifier: MIT */
/* words - a list of words as one line that any shell reads as those words, and back. */
#include "base/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_./:=@%+,-", c));
}

static bool
is_all_plain(const char *word)
{
	for (const char *p = word; *p; p++)
		if (!is_plain(*p))
			return false;
	return *word != '\0';
}

int
words_add(struct buf *line, const char *word, struct err *e)
{
	if (line->len && buf_add(line, " ", 1, e))
		return -1;
	if (is_all_plain(word))
		return buf_add(line, word, strlen(word), e);
	if (buf_add(line, "'", 1, e))
		return -1;
	for (const char *p = word; *p; p++)
		if (*p == '\'' ? buf_add(line, "'\\''", 4, e) : buf_add(line, p, 1, e))
			return -1;
	return buf_add(line, "'", 1, e);
}

/* One word from *from to *to, which it may be; both are moved behind it. */
static int
take_word(const char **from, char **to, struct err *e)
{
	const char *p = *from;
	char *q = *to;

	while (*p && *p != ' ') {
		if (is_plain(*p)) {
			*q++ = *p++;
		} else if (p[0] == '\\' && p[1] == '\'') {
			*q++ = '\'';
			p += 2;
		} else if (*p == '\'') {
			const char *end = strchr(p + 1, '\'');

			if (!end)
				return err_set(e, ERR_USAGE, "a quote is not closed");
			memcpy(q, p + 1, (size_t)(end - p - 1));
			q += end - p - 1;
			p = end + 1;
		} else {
			return err_set(e, ERR_USAGE, "the character '%c' stands outside quotes",
				       *p);
		}
	}
	*q++ = '\0';
	*from = p;
	*to = q;
	return 0;
}

int
words_split(struct words *words, const char *line, struct err *e)
{
	size_t len = strlen(line);
	char *to;

	if (len > WORDS_LINE_MAX)
		return err_set(e, ERR_USAGE, "the line has more than %u bytes", WORDS_LINE_MAX);
	/* A word and its end are never longer than what stands for them. */
	words->text = malloc(len + 2);
	words->argv = calloc(WORDS_MAX + 1, sizeof *words->argv);
	words->n = 0;
	if (!words->text || !words->argv)
		return err_sys(e, "cannot split a line into words");
	to = words->text;
	for (;;) {
		while (*line == ' ')
			line++;
		if (!*line)
			return 0;
		if (words->n == WORDS_MAX)
			return err_set(e, ERR_USAGE, "there are more than %d words", WORDS_MAX);
		words->argv[words->n++] = to;
		if (take_word(&line, &to, e))
			return -1;
	}
}

void
words_free(struct words *words)
{
	free(words->text);
	free(words->argv);
	*words = WORDS_INIT;
}
