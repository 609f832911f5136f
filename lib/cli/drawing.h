/* SPDX-License-Identifier: MIT */
/* drawing - what depends on what in a deployment, as a picture (SVG). */
#ifndef CLI_DRAWING_H
#define CLI_DRAWING_H

#include "base/err.h"
#include "cli/markup.h"
#include "provision/deployment.h"

/* drawing_class_fn - the class of a service's box: how it stands. */
typedef const char *drawing_class_fn(void *arg, const struct deployment_service *s);

/*
 * drawing_add - a box for each service, what it needs to the right of it, and an arrow to that;
 *               what balances it has a dashed one.
 *
 * Colours are the page's: classes node, edge, balances, label, and those of class_of.
 *
 * Fails:   ERR_SYSTEM.
 */
int drawing_add(struct markup *m, const struct deployment *d, drawing_class_fn *class_of, void *arg,
		struct err *e) __attribute__((warn_unused_result));

#endif
