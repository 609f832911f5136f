/* SPDX-License-Identifier: MIT */
/* paths - where the agent finds its programs, its services and its run-time files. */
#ifndef HOST_PATHS_H
#define HOST_PATHS_H

#include <limits.h>

#include "base/err.h"

/* Bytes of one: leaves room for what is appended to it. */
#define PATHS_MAX (PATH_MAX - 512)

/*
 * Where each directory is; secure_getenv(3), so a privileged caller's environment counts for
 * nothing.
 */
struct paths {
	char home[PATHS_MAX];	  /* ENSTRATUS_HOME, /enstratus */
	char services[PATHS_MAX]; /* ENSTRATUS_SERVICES_DIR, /mnt/services */
	char tmp[PATHS_MAX];	  /* ENSTRATUS_TMP_DIR, /mnt/tmp */
	char run[PATHS_MAX];	  /* ENSTRATUS_RUN_DIR, /run/enstratus */
};

/* paths_load - fill in all four.  Fails: ERR_USAGE for one that is not absolute or too long. */
int paths_load(struct paths *p, struct err *e) __attribute__((warn_unused_result));

/*
 * paths_make_tmp - make the temp directory, 0770, the agent's; one that is there keeps its mode.
 *
 * *dir_fd, when not NULL, is an open descriptor of it, the caller's.
 * Fails:   ERR_UNSAFE when something else stands there; ERR_REFUSED for the root directory, one
 *          with the sticky bit and one of another account; ERR_SYSTEM.
 */
int paths_make_tmp(const struct paths *p, int *dir_fd, struct err *e)
	__attribute__((warn_unused_result));

#endif
