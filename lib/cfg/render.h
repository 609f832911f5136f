/* SPDX-License-Identifier: MIT */
/* render - a template filled in with the values of a configuration. */
#ifndef CFG_RENDER_H
#define CFG_RENDER_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/document.h"

#define RENDER_TEMPLATE_MAX (1u << 20) /* bytes */
#define RENDER_DEPTH_MAX 4	       /* loops within loops */
#define RENDER_OUTPUT_MAX (16u << 20)

/*
 * render_template - append to out what a template says.
 *
 * {{KEY}}                      the value; {{KEY|TEXT}} has TEXT where it is absent or empty
 * {{LANGUAGE KEY}}             the same as a literal of forms_quote, LANGUAGE being of
 *                              FORMS_LANGUAGES
 * {{#list KEY}}...{{/list}}    once for each item of a list that commas separate; within it {{.}}
 *                              is the item, and {.} in a key stands for the item
 *
 * A tag of a loop that is alone on its line leaves no line.
 *
 * Fails:   ERR_LACKING for a key that is absent or empty and has no TEXT, naming it and the line;
 *          ERR_UNSAFE for a template that cannot be read so, or output over RENDER_OUTPUT_MAX.
 * Source:  enstratusCfg(1).
 */
int render_template(const struct document *doc, const char *template, size_t len,
		    struct secret *out, struct err *e) __attribute__((warn_unused_result));

#endif
