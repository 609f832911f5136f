/* SPDX-License-Identifier: MIT */
/* eventhook - the operator's programs in a directory, run for an event. */
#include "provision/eventhook.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"

#define WORDS_OF_ENV 16

/* ---- what is told */

static void __attribute__((format(printf, 3, 4)))
say_once(struct eventhook_said *said, const char *path, const char *fmt, ...)
{
	char text[PATH_MAX + 200], why[200];
	char **texts;
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof why, fmt, args);
	va_end(args);
	snprintf(text, sizeof text, "%s is not run: %s", path, why);
	for (size_t i = 0; i < said->n; i++)
		if (strcmp(said->texts[i], text) == 0)
			return;
	log_warning("%s", text);
	texts = reallocarray(said->texts, said->n + 1, sizeof *texts);
	if (!texts)
		return;
	said->texts = texts;
	if ((texts[said->n] = strdup(text)))
		said->n++;
}

void
eventhook_said_free(struct eventhook_said *said)
{
	for (size_t i = 0; i < said->n; i++)
		free(said->texts[i]);
	free(said->texts);
	*said = (struct eventhook_said){.texts = NULL};
}

/* ---- what may be run */

/* Why it is not to be trusted; NULL when it is. */
static const char *
distrust(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs to another account";
	return st->st_mode & (S_IWGRP | S_IWOTH) ? "others may write it" : NULL;
}

static bool
may_run(int dir_fd, const char *name, const char *path, struct eventhook_said *said)
{
	const char *why;
	struct stat st;

	if (fstatat(dir_fd, name, &st, 0))
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "it is no regular file";
	else if (!(why = distrust(&st)) && !fd_may(dir_fd, name, X_OK))
		why = "it is not executable";
	if (why)
		say_once(said, path, "%s", why);
	return !why;
}

/* -1 when there is none that is to be used. */
static int
open_directory(const char *path, struct eventhook_said *said)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *why = NULL;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return -1;
	if (fd < 0 || fstat(fd, &st))
		why = strerror(errno);
	else
		why = distrust(&st);
	if (!why)
		return fd;
	say_once(said, path, "%s", why);
	fd_close(&fd);
	return -1;
}

/* ---- what it starts with */

struct surroundings {
	char *entries[WORDS_OF_ENV];
	size_t n;
};

static int
add_variable(struct surroundings *s, const char *name, const char *value, int len)
{
	if (!value)
		return 0;
	if (asprintf(&s->entries[s->n], "%s=%.*s", name, len, value) < 0) {
		s->entries[s->n] = NULL;
		return -1;
	}
	s->n++;
	return 0;
}

/* A fixed list: whatever else is in the environment here may be a secret. */
static int
make_surroundings(struct surroundings *s, const struct eventhook_event *event)
{
	static const char *const kept[] = {"HOME", "USER", "LOGNAME", "LANG", "TZ"};
	int word = (int)strcspn(event->text, " "), result = 0;
	const char *path = secure_getenv("PATH"), *rest = event->text + word;
	char time[32], number[32];

	snprintf(time, sizeof time, "%lld", event->time);
	snprintf(number, sizeof number, "%lld", event->number);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		result |= add_variable(s, kept[i], secure_getenv(kept[i]), INT_MAX);
	result |= add_variable(s, "PATH", path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", INT_MAX);
	result |= add_variable(s, "PROVISION_DEPLOYMENT", event->deployment, INT_MAX);
	result |= add_variable(s, "PROVISION_EVENT", event->text, word);
	result |= add_variable(s, "PROVISION_WHAT", rest + (*rest == ' '), INT_MAX);
	result |= add_variable(s, "PROVISION_TIME", time, INT_MAX);
	return result | add_variable(s, "PROVISION_NUMBER", number, INT_MAX);
}

/* The event as a document, in a file without a name; -1 when that cannot be made. */
static int
open_document(const struct eventhook_event *event)
{
	struct err ignored = ERR_INIT;
	struct json json = JSON_INIT;
	int fd = -1;

	json_open(&json, NULL, '{');
	json_text(&json, "deployment", event->deployment);
	json_number(&json, "number", event->number);
	json_number(&json, "time", event->time);
	json_text(&json, "event", event->text);
	json_close(&json, '}');
	if (json_finish(&json, &ignored) == 0)
		fd = memfd_create("event", MFD_CLOEXEC);
	if (fd >= 0 && (fd_write_all(fd, json.text.data, json.text.len, "event", &ignored) ||
			lseek(fd, 0, SEEK_SET)))
		fd_close(&fd);
	json_free(&json);
	return fd;
}

/* ---- one of them */

static void
keep_last(void *arg, char *line, size_t len)
{
	char *last = arg;

	if (len > 255)
		len = text_cut(line, 255);
	if (len)
		text_printable(last, line, len);
}

static void
take_output(void *arg, int stream, const char *data, size_t len)
{
	struct lines *lines = arg;

	(void)stream;
	if (len)
		lines_feed(lines, data, len);
	else
		lines_end(lines);
}

static void
judge(const char *path, const struct proc_result *result, const char *last)
{
	const char *colon = last[0] ? ": " : "";

	if (result->exec_failed)
		log_warning("%s cannot be run: %s", path, strerror(result->exec_errno));
	else if (result->timed_out)
		log_warning("%s took more than %d s and was ended", path, EVENTHOOK_S);
	else if (result->died)
		log_warning("%s was ended by signal %d%s%s", path, result->status - 128, colon,
			    last);
	else if (result->status)
		log_warning("%s: status %d%s%s", path, result->status, colon, last);
}

static bool
run(int dir_fd, const char *name, const char *path, const struct eventhook_event *event)
{
	/* By the directory that was looked at, which is where it starts. */
	char last[256] = "", here[NAME_MAX + 3], *argv[] = {here, NULL};
	struct lines lines = {.take = keep_last, .arg = last};
	struct surroundings s = {.n = 0};
	struct proc_result result = {.signal = 0};
	struct err e = ERR_INIT;
	int document = open_document(event);
	const struct proc_spec spec = {
		.program = {.path = here,
			    .argv = argv,
			    .envp = s.entries,
			    .dir_fd = dir_fd,
			    .stdin_fd = document},
		.keeper = {.timeout_ms = EVENTHOOK_S * 1000, .grace_ms = EVENTHOOK_GRACE_S * 1000},
		.output = take_output,
		.output_arg = &lines};

	snprintf(here, sizeof here, "./%s", name);
	if (document < 0 || make_surroundings(&s, event))
		log_warning("%s is not run: out of memory", path);
	else if (proc_run(&spec, &result, &e))
		log_warning("%s is not run: %s", path, e.msg);
	else if (!result.signal)
		judge(path, &result, last);
	for (size_t i = 0; i < s.n; i++)
		free(s.entries[i]);
	fd_close(&document);
	return !result.signal;
}

/* ---- all of them */

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

bool
eventhook_run(const char *directory, const struct eventhook_event *event,
	      struct eventhook_said *said)
{
	int fd = open_directory(directory, said), n = 0;
	struct dirent **entries = NULL;
	bool goes_on = true;

	if (fd >= 0 && (n = scandirat(fd, ".", &entries, is_shown, by_name)) < 0)
		say_once(said, directory, "%s", strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
		if (goes_on && may_run(fd, entries[i]->d_name, path, said))
			goes_on = run(fd, entries[i]->d_name, path, event);
		free(entries[i]);
	}
	free(entries);
	fd_close(&fd);
	return goes_on;
}
