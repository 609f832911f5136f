/* SPDX-License-Identifier: MIT */
/* logger - the records of log(1): words, or a text that is piped in, one record a line. */
#include "base/logger.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/text.h"

#define TAG_DEFAULT "enstratus"
#define TAG_MAX 64

/* Inside a hook standard error is the agent, which masks and logs what comes there. */
static bool
in_hook(void)
{
	return secure_getenv("ENSTRATUS_RUN_ID") != NULL;
}

struct tagged {
	char tag[TAG_MAX + 1];
	struct lines lines;
};

static void
record(void *arg, char *line, size_t len)
{
	struct tagged *t = arg;

	text_printable(line, line, len);
	log_user(t->tag, line, in_hook());
}

static void
begin(struct tagged *t, const char *tag)
{
	size_t len;

	if (!tag)
		tag = TAG_DEFAULT;
	len = strcspn(tag, " \t\n");
	*t = (struct tagged){.lines = {.take = record, .arg = t}};
	text_printable(t->tag, tag, len < TAG_MAX ? len : TAG_MAX);
}

int
logger_words(const char *tag, char *const *words)
{
	const char *text = tag ? strpbrk(tag, " \t\n") : NULL;
	struct buf joined = BUF_INIT;
	struct err ignored = ERR_INIT; /* out of memory: what fits is logged */
	int given = text || *words;
	struct tagged t;

	if (text && buf_addf(&joined, &ignored, "%s", text + 1))
		return 0;
	while (*words && buf_addf(&joined, &ignored, "%s%s", joined.len ? " " : "", *words) == 0)
		words++;
	begin(&t, tag);
	/* One record, newlines and all: they come out as '?'. */
	for (size_t i = 0; i < joined.len; i++)
		if (joined.data[i] == '\n')
			joined.data[i] = '?';
	lines_feed(&t.lines, joined.data, joined.len);
	lines_end(&t.lines);
	buf_free(&joined);
	return given;
}

/* The foreground process ends here; the background one goes on reading. */
static void
go_to_background(void)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		return; /* better to wait than to leave the writer a closed pipe */
	if (pid)
		_exit(0);
	setsid();
	/* A descriptor of the caller's connection, kept open, would keep the caller waiting. */
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		if (!in_hook())
			dup2(fd, STDERR_FILENO);
		close(fd);
	}
}

/* Some of standard input, 0 at its end; one that does not block is waited for all the same. */
static ssize_t
read_some(char *data, size_t size)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t n;

	while ((n = read(STDIN_FILENO, data, size)) < 0 && (errno == EINTR || errno == EAGAIN))
		poll(&input, 1, -1);
	return n;
}

void
logger_input(const char *tag)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char data[4096];
	struct tagged t;
	struct stat st;
	ssize_t n;

	if (isatty(STDIN_FILENO) || fstat(STDIN_FILENO, &st))
		return;
	if ((S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) && poll(&input, 1, LOGGER_IDLE_MS) == 0)
		go_to_background();
	begin(&t, tag);
	while ((n = read_some(data, sizeof data)) > 0)
		lines_feed(&t.lines, data, (size_t)n);
	lines_end(&t.lines);
}
