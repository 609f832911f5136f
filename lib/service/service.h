/* SPDX-License-Identifier: MIT */
/* service - one installed service: its directory, its bookkeeping and its lock. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"
#include "host/paths.h"
#include "service/holder.h"
#include "service/state.h"

#define SERVICE_PATH_MAX (PATHS_MAX + TEXT_SERVICE_ID_MAX + 2)

struct service {
	char id[TEXT_SERVICE_ID_MAX + 1];
	/* Of this command, hexadecimal; from the lock on that which was asked for. */
	char run_id[SERVICE_RUN_ID_LEN + 1];
	struct paths paths;
	char path[SERVICE_PATH_MAX]; /* of the service directory */
	int root_fd;		     /* the directory of all services */
	int dir_fd;		     /* the service directory; -1 while it is not installed */
	int meta_root_fd;	     /* .enstratus; -1 until service_open_metadata or the lock */
	int meta_fd;		     /* .enstratus/<id>; -1 until the lock is held, or read-only */
	int lock_fd;
	bool is_required;  /* set by service_open: a lock of what is gone is of no use */
	bool is_read_only; /* the lock was taken where nothing can be written */
	bool is_unused;	   /* with the lock: nothing is known of the service */
	struct state state;
};

#define SERVICE_INIT                          \
	((struct service){.root_fd = -1,      \
			  .dir_fd = -1,       \
			  .meta_root_fd = -1, \
			  .meta_fd = -1,      \
			  .lock_fd = -1,      \
			  .state = STATE_INIT})

/*
 * service_open - find a service.
 *
 * Nothing is touched.  Fails: ERR_USAGE for an id that is none; ERR_NO_SERVICE; ERR_SYSTEM.
 */
int service_open(struct service *svc, const char *id, struct err *e)
	__attribute__((warn_unused_result));

/* service_open_new - the same for one that may not be there yet: dir_fd is then -1. */
int service_open_new(struct service *svc, const char *id, struct err *e)
	__attribute__((warn_unused_result));

/*
 * service_make - the same, and the directory of all services and .enstratus are made where they are
 * missing; made is set to whether the first was.
 */
int service_make(struct service *svc, const char *id, bool *made, struct err *e)
	__attribute__((warn_unused_result));

/* service_open_metadata - make and open .enstratus, where that was not done. */
int service_open_metadata(struct service *svc, struct err *e) __attribute__((warn_unused_result));

/* service_find_metadata - open it where it is there; meta_root_fd stays -1 where it is not. */
int service_find_metadata(struct service *svc, struct err *e) __attribute__((warn_unused_result));

/* What service_lock asks for. */
struct service_lock_request {
	const char *command;  /* told to whoever is refused */
	int wait_ms;	      /* how long to wait for another holder */
	long long generation; /* of --generation; -1 for none */
	const char *run_id;   /* of --run: what the run is to be called; NULL: as it is */
};

/*
 * service_ask - would service_lock be refused now?  Nothing is made or taken, so the answer may be
 * another one a moment later; who waits is not refused for a holder.  The state is read.
 *
 * Fails:   as service_lock.
 */
int service_ask(struct service *svc, const struct service_lock_request *lock, struct err *e)
	__attribute__((warn_unused_result));

/*
 * service_lock - take the service's one lock, until service_close or the end of the process; then
 * open its directory anew, read its state and, where there was none, make its bookkeeping.
 *
 * Where nothing can be written the lock is taken without, and meta_fd may stay -1.  The lock's file
 * is never removed while anybody waits for it.
 *
 * Fails:   ERR_USAGE for a run id that is none; ERR_NO_SERVICE when a service that service_open has
 *          found went meanwhile; ERR_UNSAFE
 *          for a state that is damaged; ERR_BUSY, naming the holder's command, pid and age; ERR_CUT
 *          for a generation below the highest one seen; ERR_STATUS for a held signal while it
 *          waits; ERR_SYSTEM.
 * Source:  flock(2): a lock ends with the process that holds it, however that ends.
 */
int service_lock(struct service *svc, const struct service_lock_request *lock, struct err *e)
	__attribute__((warn_unused_result));

/*
 * service_forget      - remove the bookkeeping of what was never installed.
 * service_forget_lock - remove the lock that is held, and its directory where that is empty.
 *
 * Both leave them to who waits for the lock.
 */
void service_forget(struct service *svc);
void service_forget_lock(struct service *svc);

/*
 * service_forget_all - remove the services directory, which this command made, if it is empty and
 * nobody else uses it.
 */
void service_forget_all(struct service *svc);

void service_close(struct service *svc);

#endif
