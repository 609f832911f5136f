/* SPDX-License-Identifier: MIT */
/* keys - the directory of the keys that are trusted to sign images. */
#include "image/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/directory.h"
#include "base/fd.h"

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
keys_any(int keys_fd, bool *any, struct err *e)
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
		return errno == ELOOP ? signature_refuse_key("it is a symbolic link", e)
				      : err_sys(e, "cannot open it");
	if (fstat(fd, &st))
		err_sys(e, "cannot read it");
	else if (!S_ISREG(st.st_mode))
		signature_refuse_key("it is no regular file", e);
	else if (st.st_size > KEYS_FILE_MAX)
		signature_refuse_key("it is too large to be a key", e);
	else
		result = fd_read_all(fd, text, KEYS_FILE_MAX, name, e);
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
keys_find(int keys_fd, const struct signature *s, unsigned char key[static CRYPTO_KEY_BYTES],
	  bool *found, struct err *e)
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
