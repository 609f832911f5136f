/* SPDX-License-Identifier: MIT */
/* override - a customer's own programs in place of, before and after the agent's. */
#ifndef HOOK_OVERRIDE_H
#define HOOK_OVERRIDE_H

#include <stdbool.h>

#include "base/err.h"

/*
 * override_before - run what stands before or in place of the program `name`.
 *
 * argv  the program's arguments in its order, without its name, ending with NULL
 * timeout_s  0: 1800
 * done  set when a program ran in its place: its status is the result, nothing else is to be done
 *
 * <home>/custom/bin/NAME replaces it, NAME-pre runs before it; both only where the contract allows
 * them for `name` and they are executable.  Others are ignored, with a note.
 *
 * Fails:   ERR_STATUS with the other program's status; ERR_TIMEOUT; ERR_SYSTEM.
 * Source:  enstratus-agent(7), OVERRIDES.
 */
int override_before(const char *name, char *const *argv, int timeout_s, bool *done, struct err *e)
	__attribute__((warn_unused_result));

/*
 * override_look - whether a program of the customer's is at path, a file that can be executed; what
 *                 is there and cannot is noted.
 *
 * Fails:   ERR_SYSTEM when nobody can tell: what replaces a program is not passed over in silence.
 */
int override_look(const char *path, bool *is_there, struct err *e)
	__attribute__((warn_unused_result));

/* override_tell_ignored - note what stands there for a program that does not allow it. */
void override_tell_ignored(const char *name);

/*
 * override_program - run another program of the customer's, or of the agent's, in the same way: its
 *                    output is passed on as it is.
 *
 * base  how messages call it
 */
int override_program(const char *path, const char *base, char *const *argv, int timeout_s,
		     struct err *e) __attribute__((warn_unused_result));

/* override_pre - run NAME-pre alone, for a program whose replacement is more than one. */
int override_pre(const char *name, char *const *argv, int timeout_s, struct err *e)
	__attribute__((warn_unused_result));

/* override_after - run NAME-post, likewise; its failure becomes the result. */
int override_after(const char *name, char *const *argv, int timeout_s, struct err *e)
	__attribute__((warn_unused_result));

#endif
