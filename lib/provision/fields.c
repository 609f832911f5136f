/* SPDX-License-Identifier: MIT */
/* fields - values of the state: words NAME=VALUE. */
#include "provision/fields.h"

#include <stdio.h>
#include <string.h>

int
fields_add(struct buf *line, const char *name, const char *value, struct err *e)
{
	struct buf word = BUF_INIT;
	int result = buf_addf(&word, e, "%s=%s", name, value);

	if (!result)
		result = words_add(line, word.data, e);
	buf_free(&word);
	return result;
}

int
fields_add_number(struct buf *line, const char *name, long long value, struct err *e)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", value);
	return fields_add(line, name, text, e);
}

const char *
fields_value(const struct words *words, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < words->n; i++)
		if (strncmp(words->argv[i], name, len) == 0 && words->argv[i][len] == '=')
			return words->argv[i] + len + 1;
	return "";
}
