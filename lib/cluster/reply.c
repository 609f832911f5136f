/* SPDX-License-Identifier: MIT */
/* reply - what etcd's gateway replies: JSON, with its own way of writing numbers and bytes. */
#include "cluster/reply.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"

/* A reply is jansson's value, under a name of ours. */
static json_t *
member(const struct reply *object, const char *name)
{
	return json_object_get((const json_t *)object, name);
}

struct reply *
reply_read(const char *data, size_t len)
{
	return (struct reply *)json_loadb(data ? data : "", len, 0, NULL);
}

void
reply_free(struct reply *reply)
{
	json_decref((json_t *)reply);
}

const struct reply *
reply_member(const struct reply *object, const char *name)
{
	return (const struct reply *)member(object, name);
}

size_t
reply_count(const struct reply *list)
{
	return json_array_size((const json_t *)list);
}

const struct reply *
reply_item(const struct reply *list, size_t i)
{
	return (const struct reply *)json_array_get((const json_t *)list, i);
}

const char *
reply_text(const struct reply *object, const char *name)
{
	return json_string_value(member(object, name));
}

bool
reply_is_true(const struct reply *object, const char *name)
{
	return json_is_true(member(object, name));
}

long long
reply_number(const struct reply *object, const char *name)
{
	const json_t *value = member(object, name);

	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_integer_value(value);
}

char *
reply_bytes(const struct reply *object, const char *name, size_t *len)
{
	const char *text = reply_text(object, name);
	size_t text_len = text ? strlen(text) : 0, size;
	char *data;

	size = text_len / 4 * 3;
	if (text_len && text[text_len - 1] == '=')
		size -= 1 + (text[text_len - 2] == '=');
	data = malloc(size + 1);
	if (data && text_len && !crypto_base64(data, size, text, text_len)) {
		free(data);
		return NULL;
	}
	if (data)
		data[size] = '\0';
	*len = size;
	return data;
}
