/* SPDX-License-Identifier: MIT */
/* statefile - the store as a file of one machine: a journal that is locked. */
#include "provision/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "provision/map.h"

#define FIRST_LINE "enstratus-state 1\n"
#define FILE_MAX_BYTES (512u << 20)
#define SLACK_BYTES (256u << 10) /* what is overwritten may be so much more than what counts */
#define HASH_LEN 16
#define WHO_MAX 200
#define LOOK_MS 100

struct statefile {
	char path[PATH_MAX], lock_path[PATH_MAX + 8];
	int lock_fd;
	struct map map;
	off_t end; /* of the last whole group */
	struct stat seen;
};

/* ---- the text */

static int
add_group(struct buf *text, const struct store_item *items, size_t n, struct err *e)
{
	size_t from = text->len;
	char hex[CRYPTO_SHA256_HEX];

	for (size_t i = 0; i < n; i++) {
		if (!items[i].value) {
			if (buf_addf(text, e, "drop %s\n", items[i].key))
				return -1;
		} else if (buf_addf(text, e, "put %s %zu\n", items[i].key, items[i].len) ||
			   buf_add(text, items[i].value, items[i].len, e) ||
			   buf_add(text, "\n", 1, e)) {
			return -1;
		}
	}
	crypto_sha256(text->data + from, text->len - from, hex);
	return buf_addf(text, e, "done %.*s\n", HASH_LEN, hex);
}

/* One line of a group at p; where the next one begins, NULL when it is none. */
static const char *
read_line(const char *p, const char *end, char key[static STORE_KEY_MAX + 1], const char **value,
	  size_t *len)
{
	const char *line_end = memchr(p, '\n', (size_t)(end - p));
	char line[STORE_KEY_MAX + 64];
	int used = 0;

	if (!line_end || line_end - p >= (ptrdiff_t)sizeof line)
		return NULL;
	memcpy(line, p, (size_t)(line_end - p));
	line[line_end - p] = '\0';
	*value = NULL;
	if (sscanf(line, "drop %256s%n", key, &used) == 1 && line[used] == '\0')
		return line_end + 1;
	if (sscanf(line, "put %256s %zu%n", key, len, &used) != 2 || line[used] != '\0' ||
	    *len > STORE_VALUE_MAX || (size_t)(end - line_end) < *len + 2 ||
	    line_end[1 + *len] != '\n')
		return NULL;
	*value = line_end + 1;
	return line_end + 1 + *len + 1;
}

/* The end of the group at p, when it is whole. */
static const char *
find_done(const char *p, const char *end)
{
	const char *from = p;
	char key[STORE_KEY_MAX + 1], hex[CRYPTO_SHA256_HEX];
	const char *value;
	size_t len;

	while (p && p < end && strncmp(p, "done ", 5) != 0)
		p = read_line(p, end, key, &value, &len);
	if (!p || end - p < 5 + HASH_LEN + 1 || p[5 + HASH_LEN] != '\n')
		return NULL;
	crypto_sha256(from, (size_t)(p - from), hex);
	return memcmp(hex, p + 5, HASH_LEN) == 0 ? p : NULL;
}

/* Whether a whole group ends behind p: then what is there was not cut off by a crash. */
static bool
ends_somewhere(const char *p, const char *end)
{
	while ((p = memmem(p, (size_t)(end - p), "\ndone ", 6))) {
		p += 6;
		if (end - p > HASH_LEN && p[HASH_LEN] == '\n' &&
		    strspn(p, "0123456789abcdef") == HASH_LEN)
			return true;
	}
	return false;
}

static size_t
line_of(const char *text, const char *p)
{
	size_t line = 1;

	for (; text < p; text++)
		line += *text == '\n';
	return line;
}

static int
take_group(struct map *map, const char *p, const char *done, struct err *e)
{
	char key[STORE_KEY_MAX + 1];
	const char *value;
	size_t len = 0;

	while (p < done) {
		p = read_line(p, done, key, &value, &len);
		if (!p)
			return err_set(e, ERR_INTERNAL, "a group that was whole is not");
		if (!value)
			map_drop(map, key);
		else if (map_put(map, key, value, len, e))
			return -1;
	}
	return 0;
}

static int
take_text(struct map *map, const struct buf *text, off_t *whole, struct err *e)
{
	const char *p = text->data, *end = p + text->len, *done;

	if (text->len < sizeof FIRST_LINE - 1 || memcmp(p, FIRST_LINE, sizeof FIRST_LINE - 1) != 0)
		return err_set(e, ERR_UNSAFE, "it is no state of provision; " STORE_ANEW);
	p += sizeof FIRST_LINE - 1;
	while ((done = find_done(p, end))) {
		if (take_group(map, p, done, e))
			return -1;
		p = done + 5 + HASH_LEN + 1;
	}
	*whole = p - text->data;
	if (ends_somewhere(p, end))
		return err_set(e, ERR_UNSAFE, "what begins in line %zu is damaged; " STORE_ANEW,
			       line_of(text->data, p));
	return 0;
}

static int
load(struct statefile *s, struct map *map, off_t *whole, struct err *e)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), result = -1;
	struct buf text = BUF_INIT;

	*whole = 0;
	memset(&s->seen, 0, sizeof s->seen);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, "cannot open the state '%s'", s->path);
	if (fstat(fd, &s->seen))
		err_sys(e, "cannot read the state '%s'", s->path);
	else if (fd_read_all(fd, &text, FILE_MAX_BYTES, s->path, e) == 0)
		/* An empty one is what a crash at its very beginning leaves. */
		result = text.len == 0 ? 0 : take_text(map, &text, whole, e);
	if (result)
		err_wrap(e, "cannot read the state '%s'", s->path);
	buf_free(&text);
	fd_close(&fd);
	return result;
}

/* ---- the engine */

int
statefile_open(void **self, const char *path, struct err *e)
{
	struct statefile *s = calloc(1, sizeof *s);

	if (!s)
		return err_sys(e, "cannot use a state file");
	s->lock_fd = -1;
	if (fd_absolute_path(path, s->path, e)) {
		free(s);
		return -1;
	}
	snprintf(s->lock_path, sizeof s->lock_path, "%s.lock", s->path);
	*self = s;
	return 0;
}

static void
tell_of_holder(struct statefile *s)
{
	char who[WHO_MAX + 1] = "";
	ssize_t len = pread(s->lock_fd, who, WHO_MAX, 0);

	if (len > 0)
		text_printable(who, who, (size_t)len);
	log_note("waiting for %s", len > 0 ? who : "another operator");
}

static int
lock(void *self, const char *who, int wait_s, struct err *e)
{
	struct statefile *s = self;
	long long tries = wait_s * 1000LL / LOOK_MS;
	bool told = false;

	s->lock_fd = open(s->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return err_sys(e, "cannot open '%s'", s->lock_path);
	while (flock(s->lock_fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "cannot lock '%s'", s->lock_path);
		if (!told)
			tell_of_holder(s);
		told = true;
		if (wait_s && tries-- <= 0)
			return err_set(e, ERR_BUSY, "another operator works on it (see --wait)");
		if (engine_rest(LOOK_MS, e))
			return -1;
	}
	if (ftruncate(s->lock_fd, 0) || pwrite(s->lock_fd, who, strlen(who), 0) < 0)
		return err_sys(e, "cannot write '%s'", s->lock_path);
	return 0;
}

static int
is_ours(void *self, struct err *e)
{
	(void)self, (void)e;
	return 0; /* as long as the descriptor is open */
}

static int
each(void *self, store_item_fn *fn, void *arg, struct err *e)
{
	struct statefile *s = self;
	int result = 0;

	map_free(&s->map);
	if (load(s, &s->map, &s->end, e))
		return -1;
	for (size_t i = 0; i < s->map.n && !result; i++)
		result = fn(arg,
			    &(struct store_item){s->map.pairs[i].key, s->map.pairs[i].value,
						 s->map.pairs[i].len},
			    e);
	return result;
}

/* All that counts, in one group. */
static int
write_anew(struct statefile *s, struct err *e)
{
	struct store_item *items = calloc(s->map.n + 1, sizeof *items);
	struct buf text = BUF_INIT;
	const char *name;
	int dir_fd, result = -1;

	if (!items)
		return err_sys(e, "cannot write the state '%s'", s->path);
	for (size_t i = 0; i < s->map.n; i++)
		items[i] = (struct store_item){s->map.pairs[i].key, s->map.pairs[i].value,
					       s->map.pairs[i].len};
	dir_fd = fd_open_parent(s->path, &name);
	if (dir_fd < 0)
		err_sys(e, "cannot open the directory of '%s'", s->path);
	else if (buf_addf(&text, e, FIRST_LINE) == 0 && add_group(&text, items, s->map.n, e) == 0 &&
		 fd_replace_at(dir_fd, name, text.data, text.len, 0600, e) == 0) {
		s->end = (off_t)text.len;
		result = 0;
	}
	fd_close(&dir_fd);
	buf_free(&text);
	free(items);
	return result;
}

static int
append(struct statefile *s, const struct buf *group, struct err *e)
{
	int fd = open(s->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), result = -1;

	if (fd < 0)
		return err_sys(e, "cannot open the state '%s'", s->path);
	if (ftruncate(fd, s->end) || lseek(fd, s->end, SEEK_SET) < 0)
		err_sys(e, "cannot write the state '%s'", s->path);
	else if (fd_write_all(fd, group->data, group->len, s->path, e) == 0) {
		result = fdatasync(fd) ? err_sys(e, "cannot sync the state '%s'", s->path) : 0;
		s->end += (off_t)group->len;
	}
	fd_close(&fd);
	return result;
}

static int
put(void *self, const struct store_item *items, size_t n, struct err *e)
{
	struct statefile *s = self;
	struct buf group = BUF_INIT;
	int result = 0;

	if (engine_check(items, n, e))
		return -1;
	for (size_t i = 0; i < n && !result; i++)
		if (items[i].value)
			result = map_put(&s->map, items[i].key, items[i].value, items[i].len, e);
		else
			map_drop(&s->map, items[i].key);
	if (result)
		return -1;
	if (s->end == 0 || s->end > (off_t)(4 * s->map.bytes + SLACK_BYTES))
		return write_anew(s, e);
	result = add_group(&group, items, n, e);
	if (!result)
		result = append(s, &group, e);
	buf_free(&group);
	return result;
}

static int
clear(void *self, struct err *e)
{
	struct statefile *s = self;
	char old[PATH_MAX + 8];

	snprintf(old, sizeof old, "%s.old", s->path);
	map_free(&s->map);
	s->end = 0;
	return rename(s->path, old) && errno != ENOENT
		       ? err_sys(e, "cannot rename '%s' to '%s'", s->path, old)
		       : 0;
}

static int
follow(void *self, store_item_fn *fn, void *arg, struct err *e)
{
	struct statefile *s = self;
	int result = 0;

	while (!result) {
		struct map now = {.pairs = NULL};
		struct stat st = {0};
		off_t end;

		if (stat(s->path, &st) == 0 &&
		    (st.st_ino != s->seen.st_ino || st.st_size != s->seen.st_size ||
		     st.st_mtim.tv_nsec != s->seen.st_mtim.tv_nsec ||
		     st.st_mtim.tv_sec != s->seen.st_mtim.tv_sec)) {
			result = load(s, &now, &end, e);
			if (!result)
				result = map_compare(&s->map, &now, fn, arg, e);
			map_free(&s->map);
			s->map = now;
		}
		if (!result)
			result = engine_rest(LOOK_MS, e);
	}
	return result;
}

static void
close_it(void *self)
{
	struct statefile *s = self;

	map_free(&s->map);
	fd_close(&s->lock_fd);
	free(s);
}

const struct store_engine statefile_engine = {
	.lock = lock,
	.is_ours = is_ours,
	.each = each,
	.put = put,
	.clear = clear,
	.follow = follow,
	.close = close_it,
};
