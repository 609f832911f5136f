/* SPDX-License-Identifier: MIT */
/* origin - the image that a service came from, as it is kept: the record of what it brought. */
#ifndef COMMAND_ORIGIN_H
#define COMMAND_ORIGIN_H

#include "base/err.h"
#include "command/import.h"
#include "image/digest.h"
#include "image/judge.h"
#include "image/source.h"
#include "service/manifest.h"
#include "service/prune.h"
#include "service/service.h"

struct origin {
	struct import import;
	struct source source;
	struct judge judge; /* its limits are the caller's */
	struct manifest manifest;
};

#define ORIGIN_INIT                             \
	((struct origin){.import = IMPORT_INIT, \
			 .source = SOURCE_INIT, \
			 .judge = JUDGE_INIT,   \
			 .manifest = MANIFEST_INIT})

/*
 * origin_open - open the kept image of a service, whose digest is compared first.
 *
 * svc     its state was read; nothing is written
 * digest  set to the image's
 *
 * Fails:   ERR_UNAVAILABLE when it is not known, or the image is not kept any more; ERR_IO when
 *          that is damaged; ERR_UNSAFE; ERR_SYSTEM.
 */
int origin_open(struct origin *o, struct service *svc, char digest[static DIGEST_HEX],
		struct err *e) __attribute__((warn_unused_result));

/*
 * origin_compare - whether an open file has the content that an entry of any image has.
 *
 * digest  set to the file's, as service/prune.h has it
 *
 * Fails:   as prune_digest, source_start and source_next.
 */
int origin_compare(struct source *source, const struct entry *entry, int fd,
		   char digest[static PRUNE_DIGEST_HEX], bool *same, struct err *e)
	__attribute__((warn_unused_result));

void origin_close(struct origin *o);

#endif
