/* SPDX-License-Identifier: MIT */
/* delivery - secret files that stand in a service's cfg/ while a hook runs, and are gone after. */
#ifndef SERVICE_DELIVERY_H
#define SERVICE_DELIVERY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "host/account.h"
#include "service/rundir.h"
#include "service/service.h"

#define DELIVERY_FILES_MAX 4

/* Whether what is delivered can be written to a disk by swapping. */
enum delivery_swap {
	DELIVERY_SWAP_NEVER,	/* the file system has none */
	DELIVERY_SWAP_LOCKED,	/* its pages are locked in memory */
	DELIVERY_SWAP_NONE,	/* they could not be locked, and there is no swap space */
	DELIVERY_SWAP_POSSIBLE, /* there is; or it is a disk anyway */
};

/*
 * The bytes are in a directory of this run in memory-backed storage, reached through a symbolic
 * link in cfg/, for published hooks use cfg/enstratus.cfg; where there is no such storage they are
 * a regular file in cfg/.
 */
struct delivery {
	struct service *svc;
	bool change_owner;
	uid_t uid; /* the owner: the service's account */
	gid_t gid; /* the agent's */
	int cfg_fd;
	int root_fd; /* the run directory of all services; -1 without memory-backed storage */
	int run_fd;  /* this run's */
	char run_path[PATHS_MAX + RUNDIR_NAME_MAX];
	char run_name[TEXT_SERVICE_ID_MAX + SERVICE_RUN_ID_LEN + 2];
	struct delivery_file {
		char name[RUNDIR_NAME_MAX];
		int fd;	     /* held, so that another name for the bytes holds nothing in the end */
		void *pages; /* mapped while it is delivered, to lock them; or NULL */
		size_t pages_len;
	} files[DELIVERY_FILES_MAX];
	size_t n_files;
	bool is_unlocked; /* not all of its pages could be locked */
	/*
	 * Of a file with other names, at a delivered one: true when it holds what was delivered,
	 * and so is a copy; else its bytes are somebody's.  NULL: none is a copy.
	 */
	bool (*is_copy)(void *arg, int fd);
	void *is_copy_arg;
	bool keep_mark; /* something may still write here: leave a mark for the next sweep */
};

#define DELIVERY_INIT ((struct delivery){.cfg_fd = -1, .root_fd = -1, .run_fd = -1})

/*
 * delivery_open - prepare the places; nothing secret is written yet.
 *
 * user, agent  the owner and, by its group, the agent's account; both NULL leaves the caller's
 *
 * Fails:   ERR_UNSAFE when cfg is no directory; ERR_SYSTEM.  The caller closes in any case.
 */
int delivery_open(struct delivery *d, struct service *svc, const struct account *user,
		  const struct account *agent, struct err *e) __attribute__((warn_unused_result));

/*
 * delivery_make - make an empty file, 0640; what stood at its name in cfg/ is wiped first.
 * delivery_fill - write its text.
 *
 * Two steps, so that whoever is to wipe the file should this process die (hook/guardian.h) can hold
 * it before there is a secret in it.  The signals that end a run MUST be held (base/proc.h) from
 * before the first text until delivery_close.  Test: test_configure.
 */
int delivery_make(struct delivery *d, const char *name, struct err *e)
	__attribute__((warn_unused_result));
int delivery_fill(struct delivery *d, const char *name, const struct secret *text, struct err *e)
	__attribute__((warn_unused_result));

/* delivery_swap - of all that was filled so far. */
enum delivery_swap delivery_swap(const struct delivery *d);

/*
 * delivery_close - wipe every file through the descriptor that was held, then whatever stands at
 * its names now.  Goes on past a failure and reports the first.
 */
int delivery_close(struct delivery *d, struct err *e) __attribute__((warn_unused_result));

#endif
