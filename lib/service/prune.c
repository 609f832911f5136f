/* SPDX-License-Identifier: MIT */
/* prune - remove from a service what its last image brought and the new one lacks. */
#include "service/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "host/account.h"

#define PRUNE_LIST "prune"	     /* in the service's metadata */
#define PRUNE_BYTES_MAX (256u << 20) /* of the list: paths of a million entries */
#define PART_BYTES (64u * 1024)

/* A line of the list. */
struct item {
	const char *kind, *digest, *path;
};

void
prune_digest_text(const char *text, char hex[static PRUNE_DIGEST_HEX])
{
	unsigned char digest[CRYPTO_BLAKE2B_BYTES];

	crypto_blake2b(text, strlen(text), digest);
	text_hex(hex, digest, sizeof digest);
}

int
prune_digest(int fd, char hex[static PRUNE_DIGEST_HEX], struct err *e)
{
	unsigned char digest[CRYPTO_BLAKE2B_BYTES];
	struct crypto_blake2b *hash = NULL;
	char *part = malloc(PART_BYTES);
	int result = part ? crypto_blake2b_new(&hash, e) : err_sys(e, "cannot hash a file");
	ssize_t n = 1;

	while (!result && n > 0) {
		n = fd_read(fd, part, PART_BYTES);
		if (n < 0)
			result = err_sys(e, "cannot read a file of the service");
		else
			crypto_blake2b_add(hash, part, (size_t)n);
	}
	if (!result) {
		crypto_blake2b_finish(hash, digest);
		text_hex(hex, digest, sizeof digest);
	}
	crypto_blake2b_free(hash);
	free(part);
	return result;
}

int
prune_prepare(const struct service *svc, const char *list, size_t len, struct err *e)
{
	if (len > PRUNE_BYTES_MAX)
		return err_set(e, ERR_UNSAFE,
			       "there is too much to prune: install with --replace in its place");
	return fd_replace_at(svc->meta_fd, PRUNE_LIST, list, len, 0660, e);
}

void
prune_forget(const struct service *svc)
{
	unlinkat(svc->meta_fd, PRUNE_LIST, 0);
}

/* Sets *same when what has the name now is a link that leads to where the image's did. */
static void
compare_link(int parent, const char *name, const char *digest, bool *same)
{
	char target[PATH_MAX], hex[PRUNE_DIGEST_HEX];
	ssize_t len = readlinkat(parent, name, target, sizeof target - 1);

	*same = false;
	if (len < 0)
		return;
	target[len] = '\0';
	prune_digest_text(target, hex);
	*same = strcmp(hex, digest) == 0;
}

/* Sets *same when what has the name now is a file with the image's content. */
static int
compare_file(int parent, const char *name, const char *digest, bool *same, struct err *e)
{
	int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char hex[PRUNE_DIGEST_HEX];
	struct stat st, named;
	int result = 0;

	*same = false;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		result = prune_digest(fd, hex, e);
		/* Another file may have got the name while this one was read. */
		*same = !result && strcmp(hex, digest) == 0 &&
			fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
			named.st_ino == st.st_ino && named.st_dev == st.st_dev;
	}
	fd_close(&fd);
	return result;
}

/* A directory that its owner may not write to, without being root, is opened up. */
static int
unlink_name(int parent, const char *name, int flags)
{
	struct stat st;
	int code;

	if (unlinkat(parent, name, flags) == 0)
		return 0;
	if (errno != EACCES || account_is_root() || fstat(parent, &st) ||
	    fchmod(parent, (st.st_mode & 07777) | 0700))
		return -1;
	code = unlinkat(parent, name, flags) ? errno : 0;
	fchmod(parent, st.st_mode & 07777);
	errno = code;
	return code ? -1 : 0;
}

static int
remove_item(int parent, const char *name, const struct item *item, size_t *n_kept, struct err *e)
{
	bool is_directory = strcmp(item->kind, PRUNE_DIRECTORY) == 0, same = true;
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "cannot look at '%.160s'", item->path);
	if (strcmp(item->kind, PRUNE_LINK) == 0)
		compare_link(parent, name, item->digest, &same);
	else if (!is_directory && compare_file(parent, name, item->digest, &same, e))
		return err_wrap(e, "'%.160s'", item->path);
	if (!same) {
		++*n_kept;
		log_warning("'%s' was changed meanwhile and is kept", item->path);
		return 0;
	}
	if (unlink_name(parent, name, is_directory ? AT_REMOVEDIR : 0) == 0)
		return 0;
	if (errno == ENOENT || (is_directory && (errno == ENOTEMPTY || errno == EEXIST)))
		return 0;
	if (errno != EACCES && errno != EPERM && errno != EBUSY && errno != ENOTDIR)
		return err_sys(e, "cannot prune '%.160s'", item->path);
	++*n_kept;
	log_warning("'%s' cannot be pruned and is kept: %s", item->path, strerror(errno));
	return 0;
}

/* Splits a line, which is ours; false for what is none. */
static bool
read_line(char *line, struct item *item)
{
	char *digest = strchr(line, ' '), *path = digest ? strchr(digest + 1, ' ') : NULL;

	if (!path || !path[1])
		return false;
	*digest++ = *path++ = '\0';
	*item = (struct item){.kind = line, .digest = digest, .path = path};
	return true;
}

static int
prune_line(const struct service *svc, char *line, size_t *n_kept, struct err *e)
{
	struct item item;
	const char *name;
	int parent, result = 0;

	if (!read_line(line, &item))
		return 0;
	parent = fd_open_parent_within(svc->dir_fd, item.path, &name);
	if (parent >= 0)
		result = remove_item(parent, name, &item, n_kept, e);
	else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != EXDEV)
		result = err_sys(e, "cannot open where '%.160s' lies", item.path);
	fd_close(&parent);
	return result;
}

int
prune_run(const struct service *svc, size_t *n_kept, struct err *e)
{
	int fd = openat(svc->meta_fd, PRUNE_LIST, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), result;
	struct buf list = BUF_INIT;

	*n_kept = 0;
	/* It is removed when all is done, a moment before the mark is. */
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open the list of what to prune");
	result = fd_read_all(fd, &list, PRUNE_BYTES_MAX, PRUNE_LIST, e);
	/* From its end: what lies in a directory before the directory. */
	for (size_t end = list.len; !result && end > 0;) {
		size_t start = end - 1;

		list.data[start] = '\0'; /* the line's end */
		while (start > 0 && list.data[start - 1] != '\n')
			start--;
		result = prune_line(svc, list.data + start, n_kept, e);
		end = start;
	}
	buf_free(&list);
	fd_close(&fd);
	return result;
}
