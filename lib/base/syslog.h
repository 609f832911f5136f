/* SPDX-License-Identifier: MIT */
/* syslog - records to the system's log, which never hold the process that writes them. */
#ifndef BASE_SYSLOG_H
#define BASE_SYSLOG_H

#include <stdbool.h>

/* Bytes of one record with its head; longer ones are cut. */
#define SYSLOG_RECORD_MAX 2048

/*
 * syslog_send - send one record.
 *
 * priority  level and facility, as syslog(3) has them
 * tag       what the record begins with; the pid follows it
 *
 * Returns false when there is no log to send to.  One that does not read is waited for, but for no
 * more than a second in all of this process's life; from then on its records are dropped.  libc's
 * syslog(3) would wait for it for ever.
 *
 * Source:  RFC 3164 section 4.1 (the head); unix(7), the queue of a datagram socket.
 */
bool syslog_send(int priority, const char *tag, const char *text);

/* syslog_is_there - true when there is the socket of a log. */
bool syslog_is_there(void);

#endif
