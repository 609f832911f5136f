/* SPDX-License-Identifier: MIT */
/* history - what was done with a service, one line a run. */
#include "service/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "service/brief.h"
#include "service/metadata.h"
#include "service/token.h"

#define HISTORY "history"
#define HISTORY_OLD "history.1"

/*
 * Of one run on its line.  One that begins has a line too: its duration is -1, less the ms that its
 * beginning is past the second.
 */
#define LINE_FORMAT "%lld\t%lld\t%d\t%s\t%s\t%s\t%s\t%s\n"

/* --- writing --- */

static long long
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is half written would spoil the next line: it is taken back. */
static bool
write_line(int fd, const char *line, size_t len)
{
	ssize_t n = write(fd, line, len);
	struct stat st;

	if (n > 0 && n < (ssize_t)len && fstat(fd, &st) == 0)
		(void)!ftruncate(fd, st.st_size - n);
	return n == (ssize_t)len;
}

static bool
add_line(int meta_fd, const struct history_run *run)
{
	char line[1024];
	int fd, n = snprintf(line, sizeof line, LINE_FORMAT, run->started, run->duration_ms,
			     run->status, token_word(run->event), token_word(run->hook),
			     token_word(run->run_id), token_word(run->ended),
			     token_word(run->changed));
	struct stat st;
	bool done;

	fd = metadata_open_file(meta_fd, HISTORY, O_WRONLY | O_APPEND | O_CREAT);
	if (fd < 0)
		return false;
	done = write_line(fd, line, (size_t)n);
	if (fstat(fd, &st) == 0 && st.st_size > HISTORY_BYTES_MAX)
		done = done && renameat(meta_fd, HISTORY, meta_fd, HISTORY_OLD) == 0;
	fd_close(&fd);
	return done;
}

void
history_name(const struct service *svc, const char *event, const char *hook, const char *changed,
	     struct history_run *run)
{
	*run = (struct history_run){.state = HISTORY_RUNNING};
	snprintf(run->event, sizeof run->event, "%s", event);
	snprintf(run->hook, sizeof run->hook, "%s", hook ? hook : "");
	snprintf(run->run_id, sizeof run->run_id, "%s", svc->run_id);
	history_cut_names(run->changed, sizeof run->changed, changed ? changed : "");
}

void
history_begin(const struct service *svc, struct history_run *run, long long began_ms)
{
	long long ms = now_ms(CLOCK_REALTIME) - (history_clock() - began_ms);

	run->started = ms / 1000;
	run->duration_ms = -1 - ms % 1000;
	(void)add_line(svc->meta_fd, run); /* the end is warned about */
}

void
history_note(const struct service *svc, const struct history_run *run)
{
	errno = 0;
	if (!add_line(svc->meta_fd, run) ||
	    !brief_note(svc, run->event, run->hook, run->status, run->started))
		log_warning("cannot note this run in the history: %s",
			    errno ? strerror(errno) : "it was cut off");
}

long long
history_clock(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

void
history_ended(struct history_run *run, long long began_ms)
{
	run->duration_ms = history_clock() - began_ms;
	run->started = (now_ms(CLOCK_REALTIME) - run->duration_ms) / 1000;
	run->state = HISTORY_ENDED;
}

void
history_cut_names(char *to, size_t size, const char *names)
{
	size_t len = strlen(names);

	if (len >= size) {
		len = size - 1;
		while (len && names[len] != ',')
			len--;
	}
	memcpy(to, names, len);
	to[len] = '\0';
}

/* --- reading --- */

/* A line; false when it is none.  One that begins is RUNNING, with its duration as it is there. */
static bool
parse_line(const char *line, struct history_run *run)
{
	long long status;

	if (!token_number(&line, &run->started) || !token_number(&line, &run->duration_ms) ||
	    !token_number(&line, &status) || !token_text(&line, run->event, sizeof run->event) ||
	    !token_text(&line, run->hook, sizeof run->hook) ||
	    !token_text(&line, run->run_id, sizeof run->run_id) ||
	    !token_text(&line, run->ended, sizeof run->ended) ||
	    !token_text(&line, run->changed, sizeof run->changed))
		return false;
	run->status = (int)status;
	run->state = run->duration_ms < 0 ? HISTORY_RUNNING : HISTORY_ENDED;
	return true;
}

/* The next run of a text, behind *at; false at its end.  Its lines end with a NUL. */
static bool
next_run(const struct buf *text, size_t *at, struct history_run *run)
{
	while (*at < text->len) {
		const char *line = text->data + *at;

		*at += strlen(line) + 1;
		if (parse_line(line, run))
			return true;
	}
	return false;
}

/* A line that nothing ends is not whole. */
static void
end_lines(struct buf *text)
{
	size_t whole = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] == '\n') {
			text->data[i] = '\0';
			whole = i + 1;
		}
	text->len = whole;
}

static int
open_file(int meta_fd, const char *name, int *fd, struct err *e)
{
	*fd = openat(meta_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return *fd >= 0 || errno == ENOENT ? 0 : err_sys(e, "cannot open '%s'", name);
}

static bool
is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino;
}

/* All lines, the oldest first. */
static int
read_lines(int meta_fd, struct buf *text, struct err *e)
{
	int newer = -1, older = -1, result = -1;

	/* In this order: the newer file may become the older one in between. */
	if (open_file(meta_fd, HISTORY, &newer, e) || open_file(meta_fd, HISTORY_OLD, &older, e))
		goto out;
	if (older >= 0 && newer >= 0 && is_same(older, newer))
		fd_close(&older);
	if ((older >= 0 && fd_read_all(older, text, 2 * HISTORY_BYTES_MAX, HISTORY_OLD, e)) ||
	    (newer >= 0 && fd_read_all(newer, text, 4 * HISTORY_BYTES_MAX, HISTORY, e)))
		goto out;
	end_lines(text);
	result = 0;
out:
	fd_close(&older);
	fd_close(&newer);
	return result;
}

/*
 * All lines, and what became of the last one's run.  Where that holds no lock it has ended, perhaps
 * since its history was read: then its end is there at a second look.
 */
static int
read_settled(int meta_fd, struct buf *text, enum history_state *state, struct err *e)
{
	struct history_run last, before = {.run_id = ""};

	for (;;) {
		size_t at = 0;

		last = (struct history_run){.state = HISTORY_ENDED};
		if (read_lines(meta_fd, text, e))
			return -1;
		while (next_run(text, &at, &last))
			;
		*state = HISTORY_INTERRUPTED;
		if (last.state == HISTORY_RUNNING && holder_is(meta_fd, last.run_id))
			*state = HISTORY_RUNNING;
		if (last.state != HISTORY_RUNNING || *state == HISTORY_RUNNING ||
		    strcmp(last.run_id, before.run_id) == 0)
			return 0;
		before = last;
		buf_free(text);
	}
}

/* Runs handed on, but for the latest beginning, whose end may come. */
struct walk {
	history_fn *fn;
	void *arg;
	struct history_run begun;
	bool has_begun;
};

/* The end of the one that has begun does not come. */
static int
hand_begun(struct walk *w, enum history_state state, struct err *e)
{
	if (!w->has_begun)
		return 0;
	w->has_begun = false;
	w->begun.state = state;
	w->begun.duration_ms += now_ms(CLOCK_REALTIME) - w->begun.started * 1000 + 1;
	if (state != HISTORY_RUNNING || w->begun.duration_ms < 0)
		w->begun.duration_ms = 0; /* or the clock was set back */
	return w->fn(w->arg, &w->begun, e);
}

static int
hand(struct walk *w, const struct history_run *run, struct err *e)
{
	if (run->state == HISTORY_ENDED && strcmp(run->run_id, w->begun.run_id) == 0 &&
	    strcmp(run->hook, w->begun.hook) == 0 && strcmp(run->event, w->begun.event) == 0)
		w->has_begun = false;
	/* The lock lets no run begin before another's end. */
	if (hand_begun(w, HISTORY_INTERRUPTED, e))
		return -1;
	if (run->state == HISTORY_ENDED)
		return w->fn(w->arg, run, e);
	w->begun = *run;
	w->has_begun = true;
	return 0;
}

int
history_read(int meta_fd, history_fn *fn, void *arg, struct err *e)
{
	struct walk walk = {.fn = fn, .arg = arg};
	struct buf text = BUF_INIT;
	struct history_run run;
	enum history_state state;
	size_t at = 0;
	int result = read_settled(meta_fd, &text, &state, e);

	while (!result && next_run(&text, &at, &run))
		result = hand(&walk, &run, e);
	if (!result)
		result = hand_begun(&walk, state, e);
	buf_free(&text);
	return result;
}
