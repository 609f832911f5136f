/* SPDX-License-Identifier: MIT */
/* log - records, a line each, to standard error and to syslog. */
#include "base/log.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/syslog.h"
#include "base/text.h"

/* In all, however many records; then whoever does not read loses them. */
#define STALL_LIMIT_MS 5000

static struct {
	const char *program, *subject;
	enum log_verbosity verbosity;
	int patience_ms;
	char context[128];
	char kept[PIPE_BUF]; /* whole records, to be written at once */
	size_t n_kept;
	bool has_syslog; /* there was its socket at the last look */
} sink;

void
log_open(const char *program, enum log_verbosity verbosity)
{
	sink.program = program;
	sink.verbosity = verbosity;
	sink.patience_ms = STALL_LIMIT_MS;
	log_flush();
}

void
log_context(const char *service_id, const char *run_id)
{
	snprintf(sink.context, sizeof sink.context, " [%s %s]", service_id, run_id);
}

void
log_subject(const char *service_id)
{
	sink.subject = service_id;
}

static void
to_stderr(const char *records, size_t len)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	long long start = clock_ms();

	/* A pipe that is ready takes that much at once: PIPE_BUF of pipe(7). */
	_Static_assert(LOG_RECORD_MAX <= PIPE_BUF, "a record is one write");
	if (poll(&fd, 1, sink.patience_ms) == 1) {
		/* A lost record is not worth a lost run: the result is not looked at. */
		ssize_t n = write(STDERR_FILENO, records, len);

		(void)n;
	}
	sink.patience_ms -= (int)(clock_ms() - start);
	if (sink.patience_ms < 0)
		sink.patience_ms = 0;
}

void
log_flush(void)
{
	if (sink.n_kept)
		to_stderr(sink.kept, sink.n_kept);
	sink.n_kept = 0;
	sink.has_syslog = syslog_is_there();
}

/* A record of its own, or what of it there is room for; after all that came before. */
static void __attribute__((format(printf, 1, 2))) keep(const char *fmt, ...)
{
	va_list ap;
	int len;

	if (sizeof sink.kept - sink.n_kept < LOG_RECORD_MAX + 1)
		log_flush();
	va_start(ap, fmt);
	len = vsnprintf(sink.kept + sink.n_kept, LOG_RECORD_MAX, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	sink.n_kept += len < LOG_RECORD_MAX ? (size_t)len : LOG_RECORD_MAX - 1;
	sink.kept[sink.n_kept++] = '\n';
}

static void
keep_of_program(const char *label, const char *separator, const char *text)
{
	keep("%s[%d]: %s%s%s%s%s", sink.program, getpid(), sink.subject ? sink.subject : "",
	     sink.subject ? ": " : "", label, separator, text);
}

static void __attribute__((format(printf, 2, 3))) to_syslog(int level, const char *fmt, ...)
{
	char text[SYSLOG_RECORD_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	syslog_send(level | LOG_DAEMON, sink.program, text);
}

static void __attribute__((format(printf, 4, 0)))
record(int priority, const char *label, enum log_verbosity from, const char *fmt, va_list ap)
{
	char text[LOG_RECORD_MAX];

	if (!sink.program || (sink.verbosity < from && from == LOG_VERBOSE))
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	text_printable(text, text, strlen(text)); /* a newline would forge a record */
	if (sink.verbosity >= from)
		keep_of_program(label, "", text);
	log_flush();
	if (from != LOG_VERBOSE)
		to_syslog(priority, "%s%s%s", label, text, sink.context);
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
	if (!sink.program)
		return;
	if (sink.verbosity >= LOG_NORMAL)
		keep_of_program(hook, ": ", text);
	log_answer(hook, text);
}

void
log_answer(const char *hook, const char *text)
{
	/* Without the check each record would look for the socket anew. */
	if (sink.program && sink.has_syslog)
		to_syslog(LOG_INFO, "%s: %s%s", hook, text, sink.context);
}

void
log_user(const char *tag, const char *text, bool stderr_only)
{
	if (!sink.program)
		return;
	if (!stderr_only && syslog_send(LOG_NOTICE | LOG_USER, tag, text))
		return;
	keep("%s: %s", tag, text);
	log_flush();
}
