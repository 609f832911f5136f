/* SPDX-License-Identifier: MIT */
/* state - what the agent remembers of a service between two commands. */
#include "service/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "cfg/ini.h"

#define STATE_FILE "state"
#define STATE_PREPARED "state.next"
#define STATE_BYTES_MAX 16384

static int
take_text(char *out, size_t size, const char *value, size_t len, struct err *e)
{
	if (len >= size)
		return err_set(e, ERR_UNSAFE, "a value is too long");
	memcpy(out, value, len);
	out[len] = '\0';
	return 0;
}

static int
take_number(const char *name, long long *out, const char *value, size_t len, struct err *e)
{
	char text[24];

	if (take_text(text, sizeof text, value, len, e))
		return -1;
	return text_number(name, text, 0, __LONG_LONG_MAX__, out, e);
}

/* Digests, separated by commas. */
static int
take_kept(struct state *s, const char *value, size_t len, struct err *e)
{
	for (size_t n = 0; len; n++) {
		const char *comma = memchr(value, ',', len);
		size_t part = comma ? (size_t)(comma - value) : len;

		if (n == STATE_KEPT_MAX || part != STATE_DIGEST_HEX - 1 ||
		    take_text(s->kept[n], sizeof s->kept[n], value, part, e))
			return err_set(e, ERR_UNSAFE, "the list of kept images is damaged");
		value += part + (comma != NULL);
		len -= part + (comma != NULL);
	}
	return 0;
}

static int
take_item(void *arg, const struct ini_item *item, struct err *e)
{
	struct state *s = arg;
	size_t len = item->value_len;
	const char *value = text_trim(item->value, &len);

	if (strcmp(item->name, "customer") == 0)
		return take_text(s->customer_id, sizeof s->customer_id, value, len, e);
	if (strcmp(item->name, "user") == 0)
		return take_text(s->user_id, sizeof s->user_id, value, len, e);
	if (strcmp(item->name, "image") == 0)
		return take_text(s->image, sizeof s->image, value, len, e);
	if (strcmp(item->name, "version") == 0)
		return take_text(s->version, sizeof s->version, value, len, e);
	if (strcmp(item->name, "kept") == 0)
		return take_kept(s, value, len, e);
	if (strcmp(item->name, "within") == 0)
		return take_number(item->name, &s->within, value, len, e);
	if (strcmp(item->name, "exchanging") == 0)
		return take_number(item->name, &s->exchanging, value, len, e);
	if (strcmp(item->name, "pruning") == 0)
		return take_number(item->name, &s->pruning, value, len, e);
	if (strcmp(item->name, "bytes") == 0)
		return take_number(item->name, &s->bytes, value, len, e);
	if (strcmp(item->name, "installed") == 0)
		return take_number(item->name, &s->installed, value, len, e);
	if (strcmp(item->name, "configured") == 0)
		return take_number(item->name, &s->configured, value, len, e);
	if (strcmp(item->name, "committing") == 0)
		return take_text(s->committing, sizeof s->committing, value, len, e);
	if (strcmp(item->name, "generation") == 0)
		return take_number(item->name, &s->generation, value, len, e);
	if (strcmp(item->name, "sequence") == 0)
		return take_number(item->name, &s->sequence, value, len, e);
	return 0; /* a later version's */
}

bool
state_is_there(int meta_fd)
{
	struct stat st;

	return fstatat(meta_fd, STATE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

int
state_load(struct state *s, int meta_fd, struct err *e)
{
	struct buf text = BUF_INIT;
	int fd, result = -1;

	*s = STATE_INIT;
	fd = openat(meta_fd, STATE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open the service's state");
	if (fd_read_all(fd, &text, STATE_BYTES_MAX, STATE_FILE, e))
		goto out;
	if (ini_parse_text(text.data, text.len, take_item, s, e)) {
		err_wrap(e, "the service's state is damaged");
		e->kind = ERR_UNSAFE;
		goto out;
	}
	result = 0;
out:
	fd_close(&fd);
	buf_free(&text);
	return result;
}

void
state_keep(struct state *s, const char *digest, size_t n_max)
{
	size_t at = 0;

	while (at < STATE_KEPT_MAX - 1 && s->kept[at][0] && strcmp(s->kept[at], digest) != 0)
		at++;
	memmove(s->kept[1], s->kept[0], at * sizeof s->kept[0]);
	memcpy(s->kept[0], digest, sizeof s->kept[0]);
	for (size_t i = n_max; i < STATE_KEPT_MAX; i++)
		s->kept[i][0] = '\0';
}

static int
write_state(const struct state *s, int meta_fd, const char *name, struct err *e)
{
	struct buf text = BUF_INIT;
	int result;

	result = buf_addf(&text, e,
			  "[service]\ncustomer=%s\nuser=%s\nimage=%s\nversion=%s\ninstalled=%lld\n"
			  "configured=%lld\ncommitting=%s\nwithin=%lld\nexchanging=%lld\n"
			  "pruning=%lld\ngeneration=%lld\nsequence=%lld\nbytes=%lld\nkept=",
			  s->customer_id, s->user_id, s->image, s->version, s->installed,
			  s->configured, s->committing, s->within, s->exchanging, s->pruning,
			  s->generation, s->sequence, s->bytes);
	for (size_t i = 0; i < STATE_KEPT_MAX && s->kept[i][0] && !result; i++)
		result = buf_addf(&text, e, "%s%s", i ? "," : "", s->kept[i]);
	if (!result)
		result = buf_add(&text, "\n", 1, e);
	if (!result)
		result = fd_replace_at(meta_fd, name, text.data, text.len, 0660, e);
	buf_free(&text);
	return result;
}

int
state_save(const struct state *s, int meta_fd, struct err *e)
{
	return write_state(s, meta_fd, STATE_FILE, e);
}

int
state_prepare(const struct state *s, int meta_fd, struct err *e)
{
	return write_state(s, meta_fd, STATE_PREPARED, e);
}

int
state_take(int meta_fd, struct err *e)
{
	return renameat(meta_fd, STATE_PREPARED, meta_fd, STATE_FILE) || fsync(meta_fd)
		       ? err_sys(e, "cannot replace '" STATE_FILE "'")
		       : 0;
}

void
state_drop(int meta_fd)
{
	unlinkat(meta_fd, STATE_PREPARED, 0);
}
