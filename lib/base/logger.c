/* SPDX-License-Identifier: MIT */
/* logger - the records of log(1): words, or a text that is piped in, one record a line. */
#include "base/logger.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
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

static void
record(const char *tag, const char *text, size_t len)
{
	char name[TAG_MAX + 1], line[LOG_OUTPUT_MAX + 1];
	size_t tag_len = strcspn(tag, " \t\n");

	text_printable(name, tag, tag_len < TAG_MAX ? tag_len : TAG_MAX);
	do {
		size_t part = len <= LOG_OUTPUT_MAX ? len : text_cut(text, LOG_OUTPUT_MAX);

		text_printable(line, text, part);
		log_user(name, line, in_hook());
		text += part;
		len -= part;
	} while (len);
}

int
logger_words(const char *tag, char *const *words)
{
	const char *text = tag ? strpbrk(tag, " \t\n") : NULL;
	struct buf joined = BUF_INIT;
	struct err ignored = ERR_INIT; /* out of memory: what fits is logged */
	int given = text || *words;

	if (text && buf_addf(&joined, &ignored, "%s", text + 1))
		return 0;
	while (*words && buf_addf(&joined, &ignored, "%s%s", joined.len ? " " : "", *words) == 0)
		words++;
	if (joined.len)
		record(tag ? tag : TAG_DEFAULT, joined.data, joined.len);
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

void
logger_input(const char *tag)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char *line = NULL;
	size_t size = 0;
	struct stat st;
	ssize_t n;

	if (isatty(STDIN_FILENO) || fstat(STDIN_FILENO, &st))
		return;
	if ((S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) && poll(&input, 1, LOGGER_IDLE_MS) == 0)
		go_to_background();
	while ((n = getline(&line, &size, stdin)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		record(tag ? tag : TAG_DEFAULT, line, (size_t)n);
	}
	free(line);
}
