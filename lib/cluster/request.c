/* SPDX-License-Identifier: MIT */
/* request - what etcd's gateway is asked: numbers, bytes and keys, in its way of writing them. */
#include "cluster/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"

int
request_bytes(struct json *j, const char *name, const void *data, size_t len, struct err *e)
{
	size_t size = CRYPTO_BASE64(len);
	char *text = malloc(size);

	if (!text)
		return err_sys(e, "cannot ask etcd");
	crypto_to_base64(text, size, data, len);
	json_text(j, name, text);
	free(text);
	return 0;
}

int
request_key(struct json *j, const char *key, bool is_prefix, struct err *e)
{
	size_t len = strlen(key);
	char end[512];

	if (len == 0 || len >= sizeof end)
		return err_set(e, ERR_USAGE, "'%.80s' is no key", key);
	if (request_bytes(j, "key", key, len, e))
		return -1;
	if (!is_prefix)
		return 0;
	/* All that begin so are before it with its last byte one higher: keys of ours are ASCII. */
	memcpy(end, key, len);
	end[len - 1]++;
	return request_bytes(j, "range_end", end, len, e);
}

void
request_number(struct json *j, const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", value);
	json_text(j, name, text);
}
