/* SPDX-License-Identifier: MIT */
/* log - records, a line each, to standard error and to syslog. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of one record on standard error, its newline included; longer ones are cut. */
#define LOG_RECORD_MAX 1024
/* Bytes of a hook's line that one record carries; longer lines become several records. */
#define LOG_OUTPUT_MAX 896

enum log_verbosity { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

/*
 * log_open - opens the sink; before it every call below does nothing.
 *
 * program  is kept, not copied
 *
 * The sink is the one global of the library: a record must be possible from anywhere, and none of
 * these calls can fail.  A standard error that nobody reads is given up after 5 seconds in all, a
 * syslog that does not read after 1, so that neither stalls a hook for longer.
 */
void log_open(const char *program, enum log_verbosity verbosity);

/* log_context - what every syslog record of this process ends with: the service and the run. */
void log_context(const char *service_id, const char *run_id);

/*
 * log_subject - name the service, where a program goes through several, in every record on standard
 *               error from here on; NULL for none.  It is kept, not copied.
 */
void log_subject(const char *service_id);

/*
 * log_error and log_warning are always shown, log_note unless quiet, log_detail when verbose; all
 * but log_detail go to syslog as well.
 */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_detail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * log_output - a line that a hook printed, already printable, without its newline.
 * log_answer - the same to syslog alone: a line that the caller prints itself.
 * log_flush  - write to standard error what log_output has kept, which does so only when there is
 *              much; every other record does it first.
 *
 * What is written at once is whole records and fits into a pipe that is ready.
 */
void log_output(const char *hook, const char *line);
void log_answer(const char *hook, const char *line);
void log_flush(void);

/*
 * log_user - a record of log(1): tag and text, to syslog unless stderr_only is set.
 *
 * Standard error is written when stderr_only is set or when there is no syslog.
 */
void log_user(const char *tag, const char *text, bool stderr_only);

#endif
