/* SPDX-License-Identifier: MIT */
/* history - what was done with a service, one line a run, and how it stands in a word. */
#include "service/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

#define HISTORY "history"
#define HISTORY_OLD "history.1"
#define BRIEF "brief"
#define BRIEF_BYTES 384 /* always so many, so that one write replaces the one before */

/* Of one run on its line; a word that is empty is a '-'. */
#define LINE_FORMAT "%lld\t%lld\t%d\t%s\t%s\t%s\t%s\t%s\n"

static const char *
word(const char *text)
{
	return text[0] ? text : "-";
}

static int
open_file(int book_fd, const char *name, int flags)
{
	int fd = openat(book_fd, name, flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0660);
	struct stat st;

	/* Another account's file was given its mode when it was made. */
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) != 0660)
		(void)!fchmod(fd, 0660);
	return fd;
}

static bool
add_line(int book_fd, const struct history_run *run)
{
	char line[1024];
	int fd, n = snprintf(line, sizeof line, LINE_FORMAT, run->started, run->duration_ms,
			     run->status, word(run->event), word(run->hook), word(run->run_id),
			     word(run->ended), word(run->changed));
	struct stat st;
	bool done;

	fd = open_file(book_fd, HISTORY, O_WRONLY | O_APPEND);
	if (fd < 0)
		return false;
	done = write(fd, line, (size_t)n) == n;
	if (fstat(fd, &st) == 0 && st.st_size > HISTORY_BYTES_MAX)
		done = done && renameat(book_fd, HISTORY, book_fd, HISTORY_OLD) == 0;
	fd_close(&fd);
	return done;
}

/* The next word of *text, copied, fit to be printed; false when there is none or it is too long. */
static bool
take_word(const char **text, char *to, size_t size)
{
	size_t len;

	*text += strspn(*text, " \t");
	len = strcspn(*text, " \t\n");
	if (len == 0 || len >= size)
		return false;
	/* Hooks of the agent's account can write to its books. */
	text_printable(to, *text, len);
	*text += len;
	if (strcmp(to, "-") == 0)
		to[0] = '\0';
	return true;
}

static bool
take_number(const char **text, long long *to)
{
	char *end;

	*to = strtoll(*text, &end, 10);
	if (end == *text)
		return false;
	*text = end;
	return true;
}

static bool
parse_brief(const char *text, struct history_brief *brief)
{
	long long running, status;

	if (!take_number(&text, &running) || !take_number(&text, &brief->since) ||
	    !take_number(&text, &brief->last) || !take_number(&text, &status) ||
	    !take_word(&text, brief->event, sizeof brief->event) ||
	    !take_word(&text, brief->version, sizeof brief->version) ||
	    !take_word(&text, brief->digest, sizeof brief->digest) ||
	    !take_number(&text, &brief->bytes))
		return false;
	brief->is_running = running;
	brief->status = (int)status;
	brief->is_known = true;
	return true;
}

static void
read_brief(int fd, struct history_brief *brief)
{
	char text[BRIEF_BYTES + 1];
	ssize_t n = pread(fd, text, BRIEF_BYTES, 0);

	text[n > 0 ? n : 0] = '\0';
	if (!parse_brief(text, brief))
		*brief = (struct history_brief){.is_known = false};
}

/* What a run that succeeded makes of how the service stands. */
static void
change(struct history_brief *brief, const struct history_run *run)
{
	bool was_running = brief->is_running;

	if (strcmp(run->event, "start") == 0)
		brief->is_running = true;
	else if (strcmp(run->event, "stop") == 0)
		brief->is_running = false;
	if (brief->is_running != was_running || !brief->is_known)
		brief->since = run->started;
}

static bool
note_brief(const struct service *svc, const struct history_run *run)
{
	int fd = open_file(svc->book_fd, BRIEF, O_RDWR);
	struct history_brief brief;
	char text[BRIEF_BYTES], version[STATE_VERSION_MAX + 1];
	bool done;
	int n;

	if (fd < 0)
		return false;
	read_brief(fd, &brief);
	if (run->status == 0)
		change(&brief, run);
	else if (!brief.is_known)
		brief.since = run->started;
	/* sscanf(3) ends a word at a blank. */
	snprintf(version, sizeof version, "%s", word(svc->state.version));
	for (char *p = version; *p; p++)
		if (*p == ' ' || *p == '\t')
			*p = '_';
	memset(text, ' ', sizeof text);
	n = snprintf(text, sizeof text, "%d %lld %lld %d %s %s %s %lld", brief.is_running,
		     brief.since, run->started, run->status, word(run->event), version,
		     word(svc->state.kept[0]), svc->state.bytes);
	text[n] = ' ';
	text[sizeof text - 1] = '\n';
	done = pwrite(fd, text, sizeof text, 0) == (ssize_t)sizeof text;
	fd_close(&fd);
	return done;
}

void
history_note(const struct service *svc, const struct history_run *run)
{
	errno = 0;
	if (!add_line(svc->book_fd, run) || !note_brief(svc, run))
		log_warning("cannot note this run in the history: %s",
			    errno ? strerror(errno) : "it was cut off");
}

static long long
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
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

/* A line without its newline; false when it is none. */
static bool
parse_line(const char *line, struct history_run *run)
{
	long long status;

	if (!take_number(&line, &run->started) || !take_number(&line, &run->duration_ms) ||
	    !take_number(&line, &status) || !take_word(&line, run->event, sizeof run->event) ||
	    !take_word(&line, run->hook, sizeof run->hook) ||
	    !take_word(&line, run->run_id, sizeof run->run_id) ||
	    !take_word(&line, run->ended, sizeof run->ended) ||
	    !take_word(&line, run->changed, sizeof run->changed))
		return false;
	run->status = (int)status;
	return true;
}

static int
read_file(int book_fd, const char *name, history_fn *fn, void *arg, struct err *e)
{
	int fd = openat(book_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct buf text = BUF_INIT;
	struct history_run run;
	int result;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s'", name);
	result = fd_read_all(fd, &text, 2 * HISTORY_BYTES_MAX, name, e);
	for (char *line = text.data, *end; !result && line && (end = strchr(line, '\n'));
	     line = end + 1) {
		*end = '\0';
		if (parse_line(line, &run))
			result = fn(arg, &run, e);
	}
	buf_free(&text);
	fd_close(&fd);
	return result;
}

int
history_read(int book_fd, history_fn *fn, void *arg, struct err *e)
{
	return read_file(book_fd, HISTORY_OLD, fn, arg, e) ||
			       read_file(book_fd, HISTORY, fn, arg, e)
		       ? -1
		       : 0;
}

void
history_brief(int books_fd, const char *id, struct history_brief *brief)
{
	char path[TEXT_SERVICE_ID_MAX + sizeof BRIEF + 1];
	int fd;

	*brief = (struct history_brief){.is_known = false};
	snprintf(path, sizeof path, "%s/" BRIEF, id);
	fd = openat(books_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	read_brief(fd, brief);
	fd_close(&fd);
}
