/* SPDX-License-Identifier: MIT */
/* backups - the directory of a deployment's backups, and what a data source is loaded from. */
#ifndef PROVISION_BACKUPS_H
#define PROVISION_BACKUPS_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"
#include "provision/deployment.h"

/*
 * backups_dump - what a data source is loaded from: its newest backup, else the dump of the file.
 *
 * Returns false when there is neither.
 */
bool backups_dump(const struct deployment *d, size_t source, char path[static PATH_MAX]);

/* A backup that is being written. */
struct backup {
	char path[PATH_MAX]; /* that it has in the end */
	int fd;
};

/*
 * backups_begin - make the directory and a file in it, under a name that backups_dump does not see.
 * backups_end - give it its name, when it is whole; else remove it.  Its fd is closed.
 *
 * stem    of the name: the data source's, or SERVICE-SERVER; time and suffix come behind it
 *
 * Fails:   ERR_USAGE when the deployment has no backups; as open(2).
 */
int backups_begin(const struct deployment *d, const char *stem, const char *suffix, long long now,
		  struct backup *backup, struct err *e) __attribute__((warn_unused_result));
int backups_end(struct backup *backup, bool is_whole, struct err *e)
	__attribute__((warn_unused_result));

#endif
