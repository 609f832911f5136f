/* SPDX-License-Identifier: MIT */
/* account - the accounts that services belong to and that hooks run as. */
#ifndef HOST_ACCOUNT_H
#define HOST_ACCOUNT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/proc.h"

#define ACCOUNT_AGENT "enstratus"
#define ACCOUNT_NAME_MAX 63
#define ACCOUNT_GROUPS_MAX 64

struct account {
	char name[ACCOUNT_NAME_MAX + 1];
	uid_t uid;
	gid_t gid;
	char home[PATH_MAX];
	gid_t groups[ACCOUNT_GROUPS_MAX]; /* of a local account only */
	size_t n_groups;
};

/* account_is_root - true when this process may change owners and accounts. */
bool account_is_root(void);

/* account_find - look an account up by name, with its group of the same name where there is one.
 *
 * /etc/passwd is looked at first, then the name services by getent(1).
 * *found is false when there is none.
 * Fails: ERR_SYSTEM for the look-up itself.
 */
int account_find(const char *name, struct account *a, bool *found, struct err *e)
	__attribute__((warn_unused_result));

/*
 * account_agent - the account "enstratus" where it exists and the caller is root, else the caller.
 *
 * It is looked for in /etc/passwd alone: a name service would be asked at every start of a program,
 * which takes longer than all the rest of a start.  What was found once stays for this process and
 * its user, here and in account_caller; only one thread may ask.
 */
int account_agent(struct account *a, struct err *e) __attribute__((warn_unused_result));

/* account_caller - the account of this process, by its effective user id. */
int account_caller(struct account *a, struct err *e) __attribute__((warn_unused_result));

/*
 * account_check_name - is it one that a service may belong to?
 *
 * Fails:   ERR_USAGE, also for digits only, which other programs take for a user's number.
 */
int account_check_name(const char *name, struct err *e) __attribute__((warn_unused_result));

/*
 * account_find_group - a group by its name, or by its number where that is NULL; found is "" when
 *                      there is none.
 *
 * /etc/group is looked at first, then the name services by getent(1).
 */
int account_find_group(const char *name, gid_t gid, char found[static ACCOUNT_NAME_MAX + 1],
		       gid_t *found_gid, struct err *e) __attribute__((warn_unused_result));

/* account_names - names of a user and a group for a reader; numbers where they have none. */
void account_names(uid_t uid, gid_t gid, char user[static ACCOUNT_NAME_MAX + 1],
		   char group[static ACCOUNT_NAME_MAX + 1]);

/* account_identity - what proc_run needs; points into a. */
struct proc_identity account_identity(const struct account *a);

#endif
