/* SPDX-License-Identifier: MIT */
/* inputs - files that hold secrets, given by a caller: read, and used up once they are accepted. */
#ifndef HOOK_INPUTS_H
#define HOOK_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/document.h"
#include "host/settings.h"
#include "service/delivery.h"
#include "service/sealing.h"
#include "service/service.h"

struct inputs {
	struct service *svc;
	int fds[DELIVERY_FILES_MAX]; /* the caller's files, to be wiped once accepted */
	size_t n;
	const char *left; /* the path of a configuration that is not wiped; or NULL */
	bool is_in_place; /* the configuration was put at cfg/enstratus.cfg: wiped in any case */
	struct stat in_place; /* that file */
	bool is_accepted;     /* the inputs are good: they are used up from here on */
	bool is_sealed;	      /* the configuration came so, and `sealed` says for what */
	struct sealed sealed;
};

/* What a caller says of a configuration. */
struct inputs_config {
	const char *path; /* "-" is standard input, NULL cfg/enstratus.cfg */
	bool is_sealed;
};

/*
 * inputs_read_config - read a configuration, and open its seal.
 * inputs_read_file   - read any other file of at most INPUTS_FILE_MAX bytes, or a pipe that is
 *                      named by its descriptor.
 *
 * A configuration elsewhere than in one of the agent's directories is left there, with a note.
 *
 * Fails:   as document_read, sealing_open and sealing_check_plain; ERR_UNSAFE where there is no
 *          configuration; ERR_UNAVAILABLE for another file that is none.
 */
#define INPUTS_FILE_MAX (1u << 20)
int inputs_read_config(struct inputs *in, const struct inputs_config *config,
		       const struct settings *settings, struct document *doc, struct err *e)
	__attribute__((warn_unused_result));
int inputs_read_file(struct inputs *in, const char *path, struct secret *text, struct err *e)
	__attribute__((warn_unused_result));

/*
 * inputs_accept - all inputs are good: they are used up, a sealed configuration for good.
 *
 * The service MUST be locked.
 *
 * Fails:   as sealing_check_use and state_save.
 */
int inputs_accept(struct inputs *in, const char *event, struct err *e)
	__attribute__((warn_unused_result));

/*
 * inputs_wipe - wipe those that are accepted, and a configuration at its place in any case.
 *
 * Fails:   as wipe_at and wipe_held; the others are wiped all the same.
 */
int inputs_wipe(struct inputs *in, struct err *e) __attribute__((warn_unused_result));

void inputs_close(struct inputs *in);

#endif
