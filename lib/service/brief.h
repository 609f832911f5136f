/* SPDX-License-Identifier: MIT */
/* brief - how a service stands: all that a list of services tells, in one small file. */
#ifndef SERVICE_BRIEF_H
#define SERVICE_BRIEF_H

#include <stdbool.h>

#include "base/err.h"
#include "service/service.h"

#define BRIEF_EVENT_MAX 64

/* Empty strings and 0 where nothing is known. */
struct brief {
	bool is_known;	 /* there was such a file */
	bool is_running; /* the last start that succeeded is later than the last stop */
	bool is_removed; /* by removeService, which kept its data */
	long long since; /* when that became so; times are seconds since 1970 */
	long long last;	 /* when the last run began */
	int status;	 /* of the last run */
	char event[BRIEF_EVENT_MAX];
	/* As in struct state; a blank in a version is a '_'. */
	char version[STATE_VERSION_MAX + 1];
	char digest[STATE_DIGEST_HEX];
	long long bytes, installed, configured;
	char customer_id[TEXT_ACCOUNT_MAX + 1], user_id[TEXT_ACCOUNT_MAX + 1];
	char image[STATE_IMAGE_MAX + 1];
};

/*
 * brief_note  - let it say what the service's state says, and of a run that has ended when that
 *               began and what became of it.
 * brief_renew - let it say what the service's state says, where there is a brief.
 *
 * svc   its lock is held and its state is what now holds
 * hook  "" where it was none: removeService has a hook of its own before it removes anything
 *
 * Both return false, with errno, when the file cannot be written; nothing is synced.
 */
bool brief_note(const struct service *svc, const char *event, const char *hook, int status,
		long long began);
bool brief_renew(const struct service *svc);

/* brief_read - how a service stands; nothing is known where it has no such file. */
void brief_read(int meta_root_fd, const char *id, struct brief *brief);

#endif
