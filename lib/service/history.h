/* SPDX-License-Identifier: MIT */
/* history - what was done with a service, one line a run, and how it stands in a word. */
#ifndef SERVICE_HISTORY_H
#define SERVICE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "service/service.h"

/* Bytes of the file `history` in a service's book; then it becomes `history.1`. */
#define HISTORY_BYTES_MAX (256 * 1024)
#define HISTORY_WORD_MAX 64
#define HISTORY_CHANGED_MAX 512

/* One run.  Words have no blanks; "" where there is nothing to say. */
struct history_run {
	long long started; /* seconds since 1970 */
	long long duration_ms;
	int status;
	char event[HISTORY_WORD_MAX]; /* start, stop, deploy, install, ... */
	char hook[HISTORY_WORD_MAX];
	char run_id[HISTORY_WORD_MAX];
	char ended[HISTORY_WORD_MAX];	   /* "timeout" or "signal-N" where it was killed */
	char changed[HISTORY_CHANGED_MAX]; /* names of keys, by commas; cut at one of them */
};

/* How a service stands: all that a list of services tells, in one small file, `brief`. */
struct history_brief {
	bool is_known;	 /* there was such a file */
	bool is_running; /* the last start that succeeded is later than the last stop */
	long long since; /* when that became so, or when it was installed */
	long long last;	 /* when the last run began */
	int status;	 /* of the last run */
	char event[HISTORY_WORD_MAX];
	char version[STATE_VERSION_MAX + 1];
	char digest[STATE_DIGEST_HEX];
	long long bytes; /* that the image unpacked to; 0 where that is not known */
};

/*
 * history_note - add a run to a service's history, and let its brief say so.
 *
 * svc  its lock is held and its state is what now holds
 *
 * The history is a help for operators: what cannot be written is a warning, and nothing is synced.
 */
void history_note(const struct service *svc, const struct history_run *run);

/*
 * history_clock - a moment, in ms: when a run begins.
 * history_ended - fill in when a run that began then started and how long it took, until now.
 */
long long history_clock(void);
void history_ended(struct history_run *run, long long began_ms);

/* history_cut_names - copy names that commas separate, as many as there is room for. */
void history_cut_names(char *to, size_t size, const char *names);

/*
 * history_read - hand each run to fn, the oldest first, until that fails.
 *
 * Lines that cannot be read are left out: one may be half written.
 *
 * Fails:   as fn; ERR_SYSTEM.
 */
typedef int history_fn(void *arg, const struct history_run *run, struct err *e);
int history_read(int book_fd, history_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

/* history_brief - how the service of a book stands; nothing is known where there is none. */
void history_brief(int books_fd, const char *id, struct history_brief *brief);

#endif
