/* SPDX-License-Identifier: MIT */
/* persist - which paths of a service are its own: a replacement carries them over. */
#ifndef COMMAND_PERSIST_H
#define COMMAND_PERSIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "service/manifest.h"
#include "service/service.h"

/* None of the paths lies in another one. */
struct persist {
	const char *paths[2 * MANIFEST_PERSIST_MAX]; /* of the two manifests */
	size_t n;
	struct manifest installed; /* of the image.ini that the service has */
};

#define PERSIST_INIT ((struct persist){.n = 0, .installed = MANIFEST_INIT})

/*
 * persist_join - what either image.ini lists, the new image's or the service's own: a typing error
 * is to lose nothing.
 *
 * image  must stay until persist_free
 *
 * Fails:   ERR_UNSAFE for an installed image.ini that breaks its form; ERR_SYSTEM.
 */
int persist_join(struct persist *p, const struct manifest *image, const struct service *svc,
		 struct err *e) __attribute__((warn_unused_result));

/* persist_holds - true for a path that is one of them, or lies in one. */
bool persist_holds(const struct persist *p, const char *path);

void persist_free(struct persist *p);

#endif
