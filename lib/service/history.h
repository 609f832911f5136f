/* SPDX-License-Identifier: MIT */
/* history - what was done with a service, one line a run. */
#ifndef SERVICE_HISTORY_H
#define SERVICE_HISTORY_H

#include <stddef.h>

#include "base/err.h"
#include "service/service.h"

/* Bytes of the file `history` in a service's metadata; then it becomes `history.1`. */
#define HISTORY_BYTES_MAX (256 * 1024)
#define HISTORY_WORD_MAX 64
#define HISTORY_CHANGED_MAX 512

enum history_state {
	HISTORY_ENDED,
	HISTORY_RUNNING,
	HISTORY_INTERRUPTED, /* it is over, and nothing says how it ended */
};

/* One run.  Words have no blanks; "" where there is nothing to say. */
struct history_run {
	enum history_state state;
	long long started;	      /* seconds since 1970 */
	long long duration_ms;	      /* so far, of one that is running; 0 for an interrupted one */
	int status;		      /* of one that has ended; else 0 */
	char event[HISTORY_WORD_MAX]; /* start, stop, deploy, install, ... */
	char hook[HISTORY_WORD_MAX];
	char run_id[HISTORY_WORD_MAX];
	char ended[HISTORY_WORD_MAX];	   /* "timeout" or "signal-N" where it was killed */
	char changed[HISTORY_CHANGED_MAX]; /* names of keys, by commas; cut at one of them */
};

/*
 * history_clock - a moment, in ms: when a run begins.
 * history_ended - fill in when a run that began then started and how long it took, until now.
 */
long long history_clock(void);
void history_ended(struct history_run *run, long long began_ms);

/*
 * history_name  - make the run of this command, with all that is known before it.
 * history_begin - note that it begins.
 * history_note  - add a run that has ended to a service's history, and let its brief say so.
 *
 * svc            its lock is held, from the beginning to the end, and its state is what now holds
 * hook, changed  NULL for none
 * began_ms       of history_clock
 *
 * The history is a help for operators: what cannot be written is a warning, a beginning not even
 * that, and nothing is synced.
 */
void history_name(const struct service *svc, const char *event, const char *hook,
		  const char *changed, struct history_run *run);
void history_begin(const struct service *svc, struct history_run *run, long long began_ms);
void history_note(const struct service *svc, const struct history_run *run);

/* history_cut_names - copy names that commas separate, as many as there is room for. */
void history_cut_names(char *to, size_t size, const char *names);

/*
 * history_read - hand each run to fn, the oldest first, until that fails.
 *
 * A run of which there is no end is running while it holds the service's lock (see holder_is), and
 * interrupted otherwise.  Lines that cannot be read are left out: one may be half written.
 *
 * Fails:   as fn; ERR_SYSTEM.
 */
typedef int history_fn(void *arg, const struct history_run *run, struct err *e);
int history_read(int meta_fd, history_fn *fn, void *arg, struct err *e)
	__attribute__((warn_unused_result));

#endif
