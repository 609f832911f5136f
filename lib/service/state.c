/* SPDX-License-Identifier: MIT */
/* state - what the agent remembers of a service between two commands. */
#include "service/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"
#include "cfg/ini.h"

#define STATE_FILE "state"
#define STATE_BYTES_MAX 4096

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
	if (strcmp(item->name, "installed") == 0)
		return take_number(item->name, &s->installed, value, len, e);
	if (strcmp(item->name, "configured") == 0)
		return take_number(item->name, &s->configured, value, len, e);
	if (strcmp(item->name, "committing") == 0)
		return take_text(s->committing, sizeof s->committing, value, len, e);
	if (strcmp(item->name, "generation") == 0)
		return take_number(item->name, &s->generation, value, len, e);
	return 0; /* a later version's */
}

int
state_load(struct state *s, int book_fd, struct err *e)
{
	struct buf text = BUF_INIT;
	int fd, result = -1;

	*s = STATE_INIT;
	fd = openat(book_fd, STATE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open the service's state");
	if (fd_read_all(fd, &text, STATE_BYTES_MAX, STATE_FILE, e))
		goto out;
	if (ini_parse_text(text.data, text.len, NULL, NULL, take_item, s, e)) {
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

int
state_save(const struct state *s, int book_fd, struct err *e)
{
	struct buf text = BUF_INIT;
	int result = -1;

	if (buf_addf(&text, e,
		     "[service]\ncustomer=%s\nuser=%s\nimage=%s\ninstalled=%lld\n"
		     "configured=%lld\ncommitting=%s\ngeneration=%lld\n",
		     s->customer_id, s->user_id, s->image, s->installed, s->configured,
		     s->committing, s->generation))
		goto out;
	result = fd_replace_at(book_fd, STATE_FILE, text.data, text.len, 0660, e);
out:
	buf_free(&text);
	return result;
}
