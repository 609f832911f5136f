/* SPDX-License-Identifier: MIT */
/* run - the one way in which a hook is run. */
#ifndef HOOK_RUN_H
#define HOOK_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/proc.h"
#include "hook/contract.h"
#include "hook/output.h"
#include "service/history.h"
#include "service/service.h"

#define HOOK_ARGS_MAX 8

struct hook_options {
	int timeout_s;			    /* 0: agent.cfg's, else the contract's */
	int stdin_fd;			    /* 0: nothing is to be read */
	bool abort_on_hangup;		    /* end the hook when the connection is lost */
	bool shows_first;		    /* see struct output */
	const struct output_filter *filter; /* NULL: no secret is at hand */
	const char *event;		    /* NULL: the hook's own */
	const char *changed;		    /* names, for its environment; or NULL */
	int hold_fd;			    /* held until the hook's tree has ended; 0 for none */
};

/* What became of a hook, beside the error. */
struct hook_outcome {
	bool absent; /* it was not there and need not be */
	bool timed_out;
	int signal;			  /* that ended it, sent to us; 0 for none */
	char first[OUTPUT_FIRST_MAX + 1]; /* see struct output */
	struct history_run
		run; /* as in the service's history; without a hook's name none was run */
};

#define HOOK_OUTCOME_INIT ((struct hook_outcome){.absent = false})

/*
 * hook_lock - take an open service's lock, finish an installation of it that was cut off, and sweep
 *             what runs of it that died have left.
 * hook_open - open the service and do the same.
 *
 * Fails:   as service_open, service_lock, stage_recover and rundir_sweep.
 */
int hook_lock(struct service *svc, const struct service_lock_request *lock, struct err *e)
	__attribute__((warn_unused_result));
int hook_open(struct service *svc, const char *id, const struct service_lock_request *lock,
	      struct err *e) __attribute__((warn_unused_result));

/*
 * hook_run - run a hook of a service and wait for it.
 *
 * svc   from hook_open
 * args  what follows the program's name, ending with NULL, at most HOOK_ARGS_MAX
 *
 * What the hook prints is logged and relayed as it comes.  Whatever it left running stays, and a
 * warning says so when that still holds its output.
 *
 * Fails:   ERR_HOOK_MISSING and the like by the table of hook/contract.h; ERR_TIMEOUT; ERR_STATUS
 *          for its own status that is not 0, 126 or 127 for an interpreter, 128 + n for a signal,
 *          its own or one that was sent to us; ERR_SYSTEM.  *outcome is filled in any case.
 */
int hook_run(struct service *svc, const struct hook *hook, const char *const *args,
	     const struct hook_options *options, struct hook_outcome *outcome, struct err *e)
	__attribute__((warn_unused_result));

/* hook_can_run - true for a hook to run; also when nobody can say, which hook_run then tells. */
bool hook_can_run(const struct service *svc, const struct hook *hook);

/*
 * hook_judge - what became of a program, as an error or as none; warns of what it left behind.
 *
 * what  how messages call it, e.g. "hook 'enstratus-start'"
 * path  where it is: what it begins with tells why it cannot be run
 *
 * Fails:   ERR_TIMEOUT, ERR_STATUS, as hook_run.
 */
int hook_judge(const char *what, const char *path, int timeout_s, const struct proc_result *result,
	       struct err *e) __attribute__((warn_unused_result));

#endif
