/* SPDX-License-Identifier: MIT */
/* digest - SHA-256 of large data, by which images are known. */
#include "image/digest.h"

/*
 * The plain functions: they allocate nothing, so that they cannot fail, and read no configuration.
 * The EVP ones crash when memory runs out while the library sets itself up.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <ctype.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"

#define PART_BYTES (256u * 1024) /* stays in the second-level cache */

int
digest_path(const char *path, char hex[static DIGEST_HEX], struct err *e)
{
	struct arrival image;
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return err_set(e, ERR_IMAGE, "cannot open '%s'", path);
	result = arrival_open_whole(&image, fd, e) || digest_arrival(&image, hex, e) ? -1 : 0;
	arrival_close(&image);
	fd_close(&fd);
	return result;
}

int
digest_text(const char *text, char hex[static DIGEST_HEX], struct err *e)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	(void)e;
	SHA256((const unsigned char *)text, strlen(text), digest);
	text_hex(hex, digest, (DIGEST_HEX - 1) / 2);
	return 0;
}

static int
update(SHA256_CTX *context, struct arrival *image, unsigned char *part, struct err *e)
{
	uint64_t offset = 0;
	size_t got = 0;

	do {
		if (arrival_read(image, (struct arrival_range){offset, 1, PART_BYTES}, part, &got,
				 e))
			return -1;
		offset += got;
		SHA256_Update(context, part, got);
	} while (got);
	return 0;
}

int
digest_arrival(struct arrival *image, char hex[static DIGEST_HEX], struct err *e)
{
	unsigned char *part = malloc(PART_BYTES), digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX context;
	int result;

	if (!part)
		return err_sys(e, "cannot hash the image");
	SHA256_Init(&context);
	result = update(&context, image, part, e);
	free(part);
	if (result)
		return -1;
	SHA256_Final(digest, &context);
	text_hex(hex, digest, (DIGEST_HEX - 1) / 2);
	return 0;
}

int
digest_take(const char *what, const char *text, char hex[static DIGEST_HEX], struct err *e)
{
	size_t len = strspn(text, "0123456789abcdefABCDEF");

	if (len != DIGEST_HEX - 1 || text[len])
		return err_set(e, ERR_USAGE, "%s is not a SHA-256 digest of 64 hexadecimal digits",
			       what);
	for (size_t i = 0; i <= len; i++)
		hex[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}
