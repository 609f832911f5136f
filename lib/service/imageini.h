/* SPDX-License-Identifier: MIT */
/* imageini - image.ini as it is in an image. */
#ifndef SERVICE_IMAGEINI_H
#define SERVICE_IMAGEINI_H

#include "base/err.h"
#include "image/judge.h"
#include "image/source.h"
#include "service/manifest.h"

/*
 * imageini_read - that of an opened image, which may have none.
 *
 * Not in service/manifest, so that a program which reads no image loads nothing that does.
 *
 * Fails:   as manifest_parse, as a refusal; as source_read.
 */
int imageini_read(struct manifest *m, struct source *source, const struct judge *judge,
		  struct err *e) __attribute__((warn_unused_result));

#endif
