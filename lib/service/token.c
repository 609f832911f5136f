/* SPDX-License-Identifier: MIT */
/* token - the words and numbers of a line in the agent's own records. */
#include "service/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *
token_word(const char *word)
{
	return word[0] ? word : "-";
}

/* Hooks of the agent's account can write to its metadata. */
static bool
take(const char **text, size_t len, char *to, size_t size)
{
	if (len == 0 || len >= size)
		return false;
	text_printable(to, *text, len);
	*text += len;
	if (strcmp(to, "-") == 0)
		to[0] = '\0';
	return true;
}

bool
token_text(const char **text, char *to, size_t size)
{
	*text += strspn(*text, " \t");
	return take(text, strcspn(*text, " \t\n"), to, size);
}

bool
token_rest(const char **text, char *to, size_t size)
{
	size_t len;

	*text += strspn(*text, " \t");
	len = strcspn(*text, "\n");
	while (len && ((*text)[len - 1] == ' ' || (*text)[len - 1] == '\t'))
		len--;
	return take(text, len, to, size);
}

bool
token_number(const char **text, long long *to)
{
	char *end;

	*to = strtoll(*text, &end, 10);
	if (end == *text)
		return false;
	*text = end;
	return true;
}
