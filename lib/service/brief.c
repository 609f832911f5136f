/* SPDX-License-Identifier: MIT */
/* brief - how a service stands: all that a list of services tells, in one small file. */
#include "service/brief.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "service/metadata.h"
#include "service/token.h"

#define BRIEF "brief"
#define BRIEF_BYTES 768 /* always so many, so that one write replaces the one before */

/* Of the file: how it stands, in a number. */
enum { INSTALLED, RUNNING, REMOVED };

/* Briefs that an earlier version wrote end behind bytes, and have no number for REMOVED. */
static bool
parse(const char *text, struct brief *b)
{
	long long stands, status;

	if (!token_number(&text, &stands) || !token_number(&text, &b->since) ||
	    !token_number(&text, &b->last) || !token_number(&text, &status) ||
	    !token_text(&text, b->event, sizeof b->event) ||
	    !token_text(&text, b->version, sizeof b->version) ||
	    !token_text(&text, b->digest, sizeof b->digest) || !token_number(&text, &b->bytes))
		return false;
	b->is_running = stands == RUNNING;
	b->status = (int)status;
	b->is_removed = stands == REMOVED;
	b->is_known = true;
	if (!token_number(&text, &b->installed))
		b->is_removed = strcmp(b->event, "remove") == 0 && status == 0;
	else if (!token_number(&text, &b->configured) ||
		 !token_text(&text, b->customer_id, sizeof b->customer_id) ||
		 !token_text(&text, b->user_id, sizeof b->user_id) ||
		 !token_rest(&text, b->image, sizeof b->image))
		b->image[0] = '\0';
	return true;
}

static void
read_file(int fd, struct brief *b)
{
	char text[BRIEF_BYTES + 1];
	ssize_t n = pread(fd, text, BRIEF_BYTES, 0);

	*b = (struct brief){.is_known = false};
	text[n > 0 ? n : 0] = '\0';
	if (!parse(text, b))
		*b = (struct brief){.is_known = false};
}

static bool
write_file(int fd, const struct brief *b, const struct state *state)
{
	char text[BRIEF_BYTES], version[STATE_VERSION_MAX + 1];
	int n;

	_Static_assert(BRIEF_BYTES > 7 * 21 + BRIEF_EVENT_MAX + STATE_VERSION_MAX +
					     STATE_DIGEST_HEX + 2 * (TEXT_ACCOUNT_MAX + 1) +
					     STATE_IMAGE_MAX + 8,
		       "every state has room");
	snprintf(version, sizeof version, "%s", token_word(state->version));
	for (char *p = version; *p; p++)
		if (*p == ' ' || *p == '\t')
			*p = '_'; /* a blank ends a word */
	memset(text, ' ', sizeof text);
	n = snprintf(text, sizeof text, "%d %lld %lld %d %s %s %s %lld %lld %lld %s %s %s",
		     b->is_removed   ? REMOVED
		     : b->is_running ? RUNNING
				     : INSTALLED,
		     b->since, b->last, b->status, token_word(b->event), version,
		     token_word(state->kept[0]), state->bytes, state->installed, state->configured,
		     token_word(state->customer_id), token_word(state->user_id),
		     token_word(state->image));
	text[n] = '\n';
	text[sizeof text - 1] = '\n';
	return pwrite(fd, text, sizeof text, 0) == (ssize_t)sizeof text;
}

/* What a run that succeeded makes of how the service stands. */
static void
change(struct brief *b, const char *event, const char *hook, long long began)
{
	bool was_running = b->is_running, was_removed = b->is_removed;

	if (strcmp(event, "start") == 0 || strcmp(event, "stop") == 0)
		b->is_running = strcmp(event, "start") == 0;
	if (strcmp(event, "install") == 0 || strcmp(event, "rollback") == 0 || b->is_running)
		b->is_removed = false;
	if (strcmp(event, "remove") == 0 && !hook[0]) {
		b->is_running = false;
		b->is_removed = true;
	}
	if (b->is_running != was_running || b->is_removed != was_removed || !b->is_known)
		b->since = began;
}

bool
brief_note(const struct service *svc, const char *event, const char *hook, int status,
	   long long began)
{
	int fd = metadata_open_file(svc->meta_fd, BRIEF, O_RDWR | O_CREAT);
	struct brief b;
	bool done;

	if (fd < 0)
		return false;
	read_file(fd, &b);
	if (status == 0)
		change(&b, event, hook, began);
	else if (!b.is_known)
		b.since = began;
	b.last = began;
	b.status = status;
	snprintf(b.event, sizeof b.event, "%s", event);
	done = write_file(fd, &b, &svc->state);
	fd_close(&fd);
	return done;
}

bool
brief_renew(const struct service *svc)
{
	int fd = metadata_open_file(svc->meta_fd, BRIEF, O_RDWR);
	struct brief b;
	bool done = true;

	if (fd < 0)
		return errno == ENOENT;
	read_file(fd, &b);
	if (b.is_known)
		done = write_file(fd, &b, &svc->state);
	fd_close(&fd);
	return done;
}

void
brief_read(int meta_root_fd, const char *id, struct brief *brief)
{
	char path[TEXT_SERVICE_ID_MAX + sizeof BRIEF + 1];
	int fd;

	*brief = (struct brief){.is_known = false};
	snprintf(path, sizeof path, "%s/" BRIEF, id);
	fd = openat(meta_root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	read_file(fd, brief);
	fd_close(&fd);
}
