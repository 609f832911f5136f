/* SPDX-License-Identifier: MIT */
/* service - one installed service: its directory, its bookkeeping and its lock. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"
#include "service/paths.h"
#include "service/state.h"

#define SERVICE_BOOKS ".enstratus" /* the agent's own directory beside the services */
#define SERVICE_RUN_ID_LEN 8
#define SERVICE_PATH_MAX (PATHS_MAX + TEXT_SERVICE_ID_MAX + 2)

struct service {
	char id[TEXT_SERVICE_ID_MAX + 1];
	char run_id[SERVICE_RUN_ID_LEN + 1]; /* of this command, hexadecimal */
	struct paths paths;
	char path[SERVICE_PATH_MAX]; /* of the service directory */
	int root_fd;		     /* the directory of all services */
	int dir_fd;		     /* the service directory; -1 while it is not installed */
	int books_fd;		     /* .enstratus; -1 until service_books or the lock */
	int book_fd;		     /* .enstratus/<id>; -1 until the lock is held */
	int lock_fd;
	bool made_book; /* this command made it */
	struct state state;
};

#define SERVICE_INIT                      \
	((struct service){.root_fd = -1,  \
			  .dir_fd = -1,   \
			  .books_fd = -1, \
			  .book_fd = -1,  \
			  .lock_fd = -1,  \
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

/* service_books - make and open .enstratus, where that was not done. */
int service_books(struct service *svc, struct err *e) __attribute__((warn_unused_result));

/* service_find_books - open it where it is there; books_fd stays -1 where it is not. */
int service_find_books(struct service *svc, struct err *e) __attribute__((warn_unused_result));

/*
 * service_own_directory - make and open a directory of the agent's own: its account reaches all
 * that is in it whoever came first, hence its group, inherited by the files.
 *
 * made  set to whether it was made
 */
int service_own_directory(int parent, const char *name, bool *made, int *fd, struct err *e)
	__attribute__((warn_unused_result));

/* What service_lock asks for. */
struct service_claim {
	const char *command;  /* told to whoever is refused */
	int wait_ms;	      /* how long to wait for another holder */
	long long generation; /* of --generation; -1 for none */
};

/*
 * service_ask - would service_lock be refused now?  Nothing is made or taken, so the answer may be
 * another one a moment later; a claim that waits is not refused for a holder.
 *
 * Fails:   as service_lock.
 */
int service_ask(struct service *svc, const struct service_claim *claim, struct err *e)
	__attribute__((warn_unused_result));

/*
 * service_lock - take the service's one lock, until service_close or the end of the process; then
 * read its state and, where there was none, make its bookkeeping.
 *
 * Fails:   ERR_BUSY, naming the holder's command, pid and age; ERR_CUT for a generation below the
 *          highest one seen; ERR_STATUS for a held signal while it waits; ERR_SYSTEM.
 * Source:  flock(2): a lock ends with the process that holds it, however that ends.
 */
int service_lock(struct service *svc, const struct service_claim *claim, struct err *e)
	__attribute__((warn_unused_result));

/* service_forget - remove the bookkeeping that service_lock made for what was never installed. */
void service_forget(struct service *svc);

/* service_forget_all - remove the services directory, which this command made, if it is empty. */
void service_forget_all(struct service *svc);

void service_close(struct service *svc);

/*
 * service_list - the ids of all installed services, in name order.
 *
 * *ids is an array of *n strings; service_list_free releases it.
 */
int service_list(const struct paths *paths, char ***ids, size_t *n, struct err *e)
	__attribute__((warn_unused_result));
void service_list_free(char **ids, size_t n);

#endif
