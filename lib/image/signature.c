/* SPDX-License-Identifier: MIT */
/* signature - an image's signature in minisign's format, and the keys that are trusted. */
#include "image/signature.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/text.h"

#define PART_BYTES (256 * 1024)
#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

/* What the base64 lines hold; the algorithm is "Ed", or "ED" of what is prehashed. */
#define ALGORITHM_BYTES 2
#define HEAD_BYTES (ALGORITHM_BYTES + SIGNATURE_KEY_ID_BYTES)
#define SIGNATURE_LINE_BYTES (HEAD_BYTES + CRYPTO_SIGNATURE_BYTES)
#define KEY_LINE_BYTES (HEAD_BYTES + CRYPTO_KEY_BYTES)

struct span {
	const char *data;
	size_t len;
};

/* --- text --- */

static bool
take_line(struct span *rest, struct span *line)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	line->data = rest->data;
	line->len = end ? (size_t)(end - rest->data) : rest->len;
	rest->data += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	if (line->len && line->data[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool
take_prefix(struct span *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (line->len < len || memcmp(line->data, prefix, len) != 0)
		return false;
	line->data += len;
	line->len -= len;
	return true;
}

static bool
is_blank(struct span rest)
{
	text_trim(rest.data, &rest.len);
	return rest.len == 0;
}

static int
no_signature(const char *why, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "the signature is not one of minisign's: %s; make it with 'minisign -S'",
		       why);
}

/* The line behind the untrusted comment: which kind, whose, and the signature itself. */
static int
parse_of_image(struct signature *s, struct span line, struct err *e)
{
	unsigned char bytes[SIGNATURE_LINE_BYTES];

	if (!crypto_base64(bytes, sizeof bytes, line.data, line.len))
		return no_signature("line 2 is not the base64 of 74 bytes", e);
	if (memcmp(bytes, "Ed", ALGORITHM_BYTES) != 0 && memcmp(bytes, "ED", ALGORITHM_BYTES) != 0)
		return no_signature("its algorithm is neither 'Ed' nor 'ED'", e);
	s->prehashed = bytes[1] == 'D';
	memcpy(s->key_id, bytes + ALGORITHM_BYTES, sizeof s->key_id);
	memcpy(s->of_image, bytes + HEAD_BYTES, sizeof s->of_image);
	return 0;
}

static int
parse_comment(struct signature *s, struct span line, struct err *e)
{
	if (line.len > SIGNATURE_COMMENT_MAX)
		return err_set(e, ERR_REFUSED,
			       "the signature's trusted comment is longer than %d bytes; sign with "
			       "a shorter one",
			       SIGNATURE_COMMENT_MAX);
	/* It is shown and logged, so it has to be what is shown. */
	text_printable(s->comment, line.data, line.len);
	if (memcmp(s->comment, line.data, line.len) != 0)
		return err_set(e, ERR_REFUSED,
			       "the signature's trusted comment has a control character or is not "
			       "UTF-8; sign with another one");
	return 0;
}

int
signature_parse(struct signature *s, const char *text, size_t len, struct err *e)
{
	struct span rest = {text, len}, line;
	struct signature parsed = SIGNATURE_INIT;

	if (len > SIGNATURE_BYTES_MAX)
		return err_set(e, ERR_REFUSED, "the signature is larger than %d bytes",
			       SIGNATURE_BYTES_MAX);
	if (!take_line(&rest, &line) || !take_prefix(&line, UNTRUSTED))
		return no_signature("it does not start with '" UNTRUSTED "'", e);
	if (!take_line(&rest, &line))
		return no_signature("it ends after line 1", e);
	if (parse_of_image(&parsed, line, e))
		return -1;
	if (!take_line(&rest, &line) || !take_prefix(&line, TRUSTED))
		return no_signature("line 3 does not start with '" TRUSTED "'", e);
	if (parse_comment(&parsed, line, e))
		return -1;
	if (!take_line(&rest, &line) ||
	    !crypto_base64(parsed.of_comment, sizeof parsed.of_comment, line.data, line.len))
		return no_signature("line 4 is not the base64 of 64 bytes", e);
	if (!is_blank(rest))
		return no_signature("there is more after line 4", e);
	*s = parsed;
	return 0;
}

bool
signature_comment_value(const struct signature *s, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name), len;

	for (const char *word = s->comment; *word; word += len) {
		word += strspn(word, " \t");
		len = strcspn(word, " \t");
		if (len <= name_len || word[name_len] != '=' || memcmp(word, name, name_len) != 0)
			continue;
		len -= name_len + 1;
		if (len >= size)
			len = 0;
		memcpy(out, word + name_len + 1, len);
		out[len] = '\0';
		return true;
	}
	return false;
}

/* --- keys --- */

static int
no_key(const char *why, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "%s; put there the public key that 'minisign -G' made, or remove the file",
		       why);
}

int
signature_parse_key(const char *text, size_t len,
		    unsigned char key_id[static SIGNATURE_KEY_ID_BYTES],
		    unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
{
	struct span rest = {text, len}, line;
	unsigned char bytes[KEY_LINE_BYTES];

	if (!take_line(&rest, &line))
		return no_key("it is empty", e);
	if (take_prefix(&line, UNTRUSTED) && !take_line(&rest, &line))
		return no_key("there is no key after the comment", e);
	if (!crypto_base64(bytes, sizeof bytes, line.data, line.len))
		return no_key("its key is not the base64 of 42 bytes", e);
	if (memcmp(bytes, "Ed", ALGORITHM_BYTES) != 0)
		return no_key("its algorithm is not 'Ed'", e);
	if (!is_blank(rest))
		return no_key("there is more in it than one key", e);
	memcpy(key_id, bytes + ALGORITHM_BYTES, SIGNATURE_KEY_ID_BYTES);
	memcpy(key, bytes + HEAD_BYTES, CRYPTO_KEY_BYTES);
	return 0;
}

/* The next *.pub, NULL at the end; a directory that cannot be read is no end. */
static int
next_key(DIR *dir, const char **name, struct err *e)
{
	struct dirent *entry;

	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		size_t len = strlen(entry->d_name);

		*name = entry->d_name;
		if (entry->d_name[0] != '.' && len > 4 && strcmp(*name + len - 4, ".pub") == 0)
			return 0;
	}
	*name = NULL;
	return errno ? err_sys(e, "cannot read the directory of keys") : 0;
}

int
signature_any_key(int keys_fd, bool *any, struct err *e)
{
	const char *name = NULL;
	int result;
	DIR *dir;

	if (keys_fd < 0) {
		*any = false;
		return 0;
	}
	dir = directory_read(keys_fd, e);
	if (!dir)
		return err_wrap(e, "trusted keys");
	result = next_key(dir, &name, e);
	if (!result)
		*any = name != NULL;
	closedir(dir);
	return result;
}

static int
read_key(int keys_fd, const char *name, struct buf *text, struct err *e)
{
	int fd = openat(keys_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int result = -1;

	if (fd < 0)
		return errno == ELOOP ? no_key("it is a symbolic link", e)
				      : err_sys(e, "cannot open it");
	if (fstat(fd, &st))
		err_sys(e, "cannot read it");
	else if (!S_ISREG(st.st_mode))
		no_key("it is no regular file", e);
	else if (st.st_size > SIGNATURE_KEY_FILE_MAX)
		no_key("it is too large to be a key", e);
	else
		result = fd_read_all(fd, text, SIGNATURE_KEY_FILE_MAX, name, e);
	fd_close(&fd);
	return result;
}

/* Whether the file `name` has the key of this id; a second and other one makes both worthless. */
static int
try_key(int keys_fd, const char *name, const unsigned char *key_id,
	unsigned char key[static CRYPTO_KEY_BYTES], bool *found, struct err *e)
{
	unsigned char this_id[SIGNATURE_KEY_ID_BYTES], this[CRYPTO_KEY_BYTES];
	struct buf text = BUF_INIT;
	int result = -1;

	if (read_key(keys_fd, name, &text, e) ||
	    signature_parse_key(text.data, text.len, this_id, this, e))
		goto out;
	result = 0;
	if (memcmp(this_id, key_id, sizeof this_id) != 0)
		goto out;
	if (*found && memcmp(this, key, sizeof this) != 0)
		result = err_set(e, ERR_REFUSED,
				 "another file has a different key of the same id; remove the "
				 "wrong one");
	memcpy(key, this, sizeof this);
	*found = true;
out:
	buf_free(&text);
	return result ? err_wrap(e, "trusted key '%s'", name) : 0;
}

int
signature_find_key(int keys_fd, const struct signature *s,
		   unsigned char key[static CRYPTO_KEY_BYTES], bool *found, struct err *e)
{
	unsigned char match[CRYPTO_KEY_BYTES];
	bool matched = false;
	const char *name;
	int result;
	DIR *dir;

	if (keys_fd < 0) {
		*found = false;
		return 0;
	}
	dir = directory_read(keys_fd, e);
	if (!dir)
		return err_wrap(e, "trusted keys");
	while (!(result = next_key(dir, &name, e)) && name)
		if ((result = try_key(keys_fd, name, s->key_id, match, &matched, e)))
			break;
	closedir(dir);
	if (result)
		return -1;
	if (matched)
		memcpy(key, match, sizeof match);
	*found = matched;
	return 0;
}

void
signature_key_name(const struct signature *s, char name[static SIGNATURE_KEY_NAME])
{
	uint64_t number = 0;

	for (size_t i = SIGNATURE_KEY_ID_BYTES; i > 0; i--)
		number = number << 8 | s->key_id[i - 1];
	snprintf(name, SIGNATURE_KEY_NAME, "%llX", (unsigned long long)number);
}

/* --- the check --- */

static int
hash_file(int fd, unsigned char digest[static CRYPTO_BLAKE2B_BYTES], struct err *e)
{
	struct crypto_blake2b *hash = NULL;
	unsigned char *part = malloc(PART_BYTES);
	int result = -1;
	off_t at = 0;
	ssize_t n;

	if (!part) {
		err_sys(e, "cannot get memory to verify the image");
		goto out;
	}
	if (crypto_blake2b_new(&hash, e))
		goto out;
	while ((n = pread(fd, part, PART_BYTES, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_sys(e, "cannot read the image to verify it");
			goto out;
		}
		crypto_blake2b_add(hash, part, (size_t)n);
		at += n;
	}
	crypto_blake2b_finish(hash, digest);
	result = 0;
out:
	crypto_blake2b_free(hash);
	free(part);
	return result;
}

static int
check_prehashed(const struct signature *s, const unsigned char *key, int fd, bool *holds,
		struct err *e)
{
	unsigned char digest[CRYPTO_BLAKE2B_BYTES];

	if (hash_file(fd, digest, e))
		return -1;
	*holds = crypto_ed25519_holds(s->of_image, digest, sizeof digest, key);
	return 0;
}

static int
check_legacy(const struct signature *s, const unsigned char *key, int fd, off_t size, bool *holds,
	     struct err *e)
{
	size_t len = (size_t)size;
	void *data;

	if (len == 0) { /* cannot be mapped */
		*holds = crypto_ed25519_holds(s->of_image, "", 0, key);
		return 0;
	}
	if ((off_t)len != size) { /* 32 bits */
		errno = ENOMEM;
		return err_sys(e, "cannot map the image to verify it");
	}
	data = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return err_sys(e, "cannot map the image to verify it");
	(void)madvise(data, len, MADV_SEQUENTIAL);
	*holds = crypto_ed25519_holds(s->of_image, data, len, key);
	munmap(data, len);
	return 0;
}

static bool
comment_holds(const struct signature *s, const unsigned char *key)
{
	unsigned char signed_bytes[CRYPTO_SIGNATURE_BYTES + SIGNATURE_COMMENT_MAX];
	size_t len = strlen(s->comment);

	memcpy(signed_bytes, s->of_image, sizeof s->of_image);
	memcpy(signed_bytes + sizeof s->of_image, s->comment, len);
	return crypto_ed25519_holds(s->of_comment, signed_bytes, sizeof s->of_image + len, key);
}

int
signature_check(const struct signature *s, const unsigned char key[static CRYPTO_KEY_BYTES], int fd,
		struct err *e)
{
	bool holds = false;
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, "cannot read the image to verify it");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_REFUSED,
			       "the image is no regular file, so its signature cannot be verified");
	if (s->prehashed ? check_prehashed(s, key, fd, &holds, e)
			 : check_legacy(s, key, fd, st.st_size, &holds, e))
		return -1;
	/* In this order: for a changed of_image, of_comment does not hold either. */
	if (!holds)
		return err_set(
			e, ERR_REFUSED,
			"the signature does not hold for the image: one of the two was "
			"changed, or it is another image's; get both again or sign it again");
	if (!comment_holds(s, key))
		return err_set(e, ERR_REFUSED,
			       "the signature holds for the image, but its trusted comment was "
			       "changed; get the signature again or sign the image again");
	return 0;
}
