/* SPDX-License-Identifier: MIT */
/* digest - SHA-256 of large data, by which images are known. */
#include "image/digest.h"

#include <ctype.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

#define PART_BYTES (256u * 1024) /* stays in the second-level cache */

/* Its configuration file could bring in other code, and costs more than it is worth here. */
static void
start_library(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

static void
to_hex(const unsigned char *digest, char hex[static DIGEST_HEX])
{
	for (size_t i = 0; i < (DIGEST_HEX - 1) / 2; i++)
		snprintf(hex + i * 2, 3, "%02x", digest[i]);
}

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
	unsigned char digest[EVP_MAX_MD_SIZE];

	start_library();
	if (!EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL))
		return err_set(e, ERR_SYSTEM, "cannot hash: out of memory");
	to_hex(digest, hex);
	return 0;
}

static int
update(EVP_MD_CTX *context, struct arrival *image, unsigned char *part, struct err *e)
{
	uint64_t offset = 0;
	size_t got = 0;

	do {
		if (arrival_read(image, offset, part, 1, PART_BYTES, &got, e))
			return -1;
		offset += got;
		if (!EVP_DigestUpdate(context, part, got))
			return err_set(e, ERR_INTERNAL, "cannot hash the image");
	} while (got);
	return 0;
}

int
digest_arrival(struct arrival *image, char hex[static DIGEST_HEX], struct err *e)
{
	unsigned char *part = malloc(PART_BYTES), digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context = NULL;
	int result = -1;

	start_library();
	context = EVP_MD_CTX_new();
	if (!part || !context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL)) {
		err_set(e, ERR_SYSTEM, "cannot hash the image: out of memory");
		goto out;
	}
	if (update(context, image, part, e))
		goto out;
	if (!EVP_DigestFinal_ex(context, digest, NULL)) {
		err_set(e, ERR_INTERNAL, "cannot hash the image");
		goto out;
	}
	to_hex(digest, hex);
	result = 0;
out:
	EVP_MD_CTX_free(context);
	free(part);
	return result;
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
