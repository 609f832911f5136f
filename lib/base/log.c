/* SPDX-License-Identifier: MIT */
/* log - one record, one line, one write: to standard error and to syslog. */
#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

/* In all, however many records; then whoever does not read loses them. */
#define STALL_LIMIT_MS 5000

static struct {
	const char *program;
	enum log_verbosity verbosity;
	int patience_ms;
	char context[128];
} sink;

void
log_open(const char *program, enum log_verbosity verbosity)
{
	sink.program = program;
	sink.verbosity = verbosity;
	sink.patience_ms = STALL_LIMIT_MS;
	openlog(program, LOG_PID, LOG_DAEMON);
}

void
log_context(const char *service_id, const char *run_id)
{
	snprintf(sink.context, sizeof sink.context, " [%s %s]", service_id, run_id);
}

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
to_stderr(char *record, int len)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	long start = now_ms();

	if (len < 0)
		return;
	if (len >= LOG_RECORD_MAX)
		len = LOG_RECORD_MAX - 1;
	record[len++] = '\n';
	if (poll(&fd, 1, sink.patience_ms) == 1) {
		/* A lost record is not worth a lost run: the result is not looked at. */
		ssize_t n = write(STDERR_FILENO, record, (size_t)len);

		(void)n;
	}
	sink.patience_ms -= (int)(now_ms() - start);
	if (sink.patience_ms < 0)
		sink.patience_ms = 0;
}

static void __attribute__((format(printf, 4, 0)))
record(int priority, const char *label, enum log_verbosity from, const char *fmt, va_list ap)
{
	char text[LOG_RECORD_MAX], line[LOG_RECORD_MAX + 1];

	if (!sink.program || (sink.verbosity < from && from == LOG_VERBOSE))
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	text_printable(text, text, strlen(text)); /* a newline would forge a record */
	if (sink.verbosity >= from)
		to_stderr(line, snprintf(line, LOG_RECORD_MAX, "%s[%d]: %s%s", sink.program,
					 getpid(), label, text));
	if (from != LOG_VERBOSE)
		syslog(priority, "%s%s%s", label, text, sink.context);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(LOG_ERR, "error: ", LOG_QUIET, fmt, ap);
	va_end(ap);
}

void
log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(LOG_WARNING, "warning: ", LOG_QUIET, fmt, ap);
	va_end(ap);
}

void
log_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(LOG_NOTICE, "", LOG_NORMAL, fmt, ap);
	va_end(ap);
}

void
log_detail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(LOG_DEBUG, "", LOG_VERBOSE, fmt, ap);
	va_end(ap);
}

void
log_output(const char *hook, const char *text)
{
	char line[LOG_RECORD_MAX + 1];

	if (!sink.program)
		return;
	if (sink.verbosity >= LOG_NORMAL)
		to_stderr(line, snprintf(line, LOG_RECORD_MAX, "%s[%d]: %s: %s", sink.program,
					 getpid(), hook, text));
	syslog(LOG_INFO, "%s: %s%s", hook, text, sink.context);
}

void
log_user(const char *tag, const char *text, bool stderr_only)
{
	char line[LOG_RECORD_MAX + 1];

	if (!sink.program)
		return;
	if (stderr_only || access("/dev/log", W_OK)) {
		to_stderr(line, snprintf(line, LOG_RECORD_MAX, "%s: %s", tag, text));
		return;
	}
	openlog(tag, LOG_PID, LOG_USER);
	syslog(LOG_NOTICE, "%s", text);
	openlog(sink.program, LOG_PID, LOG_DAEMON);
}
