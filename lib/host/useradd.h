/* SPDX-License-Identifier: MIT */
/* useradd - making an account, one at a time on this machine. */
#ifndef HOST_USERADD_H
#define HOST_USERADD_H

#include "base/err.h"

/*
 * useradd_create - make the account, unless another command just did: group of the same name, home
 * /home/USER_ID, shell /bin/false, password locked; by useradd(8).
 *
 * Fails:   ERR_UNAVAILABLE when useradd is missing, refuses or takes too long; ERR_BUSY when
 *          another command makes accounts for minutes; ERR_STATUS for a signal to this process.
 */
int useradd_create(const char *name, struct err *e) __attribute__((warn_unused_result));

/*
 * useradd_check - refuse what useradd_create refuses before it begins: that useradd is missing, or
 * may not write where accounts are.
 *
 * Fails:   ERR_UNAVAILABLE.
 */
int useradd_check(const char *name, struct err *e) __attribute__((warn_unused_result));

#endif
