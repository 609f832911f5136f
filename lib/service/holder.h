/* SPDX-License-Identifier: MIT */
/* holder - who holds a service's lock, as the lock's file says. */
#ifndef SERVICE_HOLDER_H
#define SERVICE_HOLDER_H

#include <stdbool.h>

#define SERVICE_LOCK "lock"  /* the file, in a service's metadata */
#define SERVICE_RUN_ID_LEN 8 /* hexadecimal digits */

struct holder_info {
	char command[64];
	long long pid, since; /* the latter in seconds since 1970 */
	char run_id[SERVICE_RUN_ID_LEN + 1];
};

/*
 * holder_note - write down who has taken the lock, in one write that replaces the note before.
 * holder_read - who has taken it last; false where that cannot be told.
 *
 * holder_note returns false where it cannot be written, which changes nothing but what is told.
 */
bool holder_note(int lock_fd, const char *command, const char *run_id);
bool holder_read(int lock_fd, struct holder_info *holder);

/*
 * holder_is - true while that run holds the lock of that service, itself or by the process
 * that ends its hook.
 *
 * Who asks has the lock for a moment where nobody has it; service_lock reckons with that.
 */
bool holder_is(int meta_fd, const char *run_id);

#endif
