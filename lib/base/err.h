/* SPDX-License-Identifier: MIT */
/* err - what went wrong, said once and carried up to main. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Each kind is the exit status that it ends with; enstratus-agent(7) lists them. */
enum err_kind {
	ERR_NONE = 0,
	ERR_USAGE = 1,	       /* wrong arguments or options */
	ERR_COUNT = 3,	       /* configureService, wrong number of arguments */
	ERR_HOOK_MISSING = 10, /* a required hook is absent or not executable */
	ERR_IMAGE = 20,	       /* image missing or unreadable; a step of a proxy failed */
	ERR_PROXY = 21,	       /* the proxy's program failed or does not exist */
	ERR_UNSAFE = 65,       /* input malformed, unsafe or over a limit */
	ERR_NO_SERVICE = 66,
	ERR_NO_ACCOUNT = 67,
	ERR_UNAVAILABLE = 69, /* a prerequisite is missing */
	ERR_INTERNAL = 70,    /* our own fault */
	ERR_SYSTEM = 71,      /* the operating system refused */
	ERR_IO = 74,	      /* I/O error, disk full, read-only */
	ERR_BUSY = 75,	      /* locked by another run */
	ERR_CUT = 76,	      /* input cut off, or a stale generation */
	ERR_REFUSED = 77,     /* permission or policy */
	ERR_LACKING = 78,     /* the configuration lacks a required key */
	ERR_TIMEOUT = 124,    /* the hook ran past its time */
	ERR_STATUS = 256, /* no exit status: the hook's own, or 128 + a signal, is in err.status */
};

/* Lives in main; empty while nothing has failed. */
struct err {
	enum err_kind kind;
	int status; /* for ERR_STATUS */
	char msg[512];
	/* Of an image that was refused; empty for any other error. */
	const char *rule; /* a word of enstratus-image(5), REFUSALS; static */
	char entry[160];  /* printable; "" for the image as a whole */
	uint64_t limit;	  /* of a rule that is one; else 0 */
};

#define ERR_INIT ((struct err){.kind = ERR_NONE})

/*
 * err_set, err_sys, err_hook, err_wrap - fill or extend an error; all return -1.
 *
 * err_sys   adds the text of errno and picks the kind by it (ENOSPC is ERR_IO, EACCES is
 *           ERR_REFUSED).
 * err_hook  is for a status that is not ours: a hook's, or 128 + a signal.
 * err_wrap  puts a context before the message that is there.
 *
 * Control characters in the result are shown as '?'; what does not fit is cut, of the context
 * first.
 */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_hook(struct err *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * err_refuse - add to an error which rule an image breaks, for those that read --json.
 *
 * entry  len bytes of an entry's name, or NULL for the image as a whole
 *
 * Returns -1.
 */
int err_refuse(struct err *e, const char *rule, const char *entry, size_t len, uint64_t limit);

/* err_status - the exit status of an error; 0 when there is none. */
int err_status(const struct err *e);

#endif
