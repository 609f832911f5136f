/* SPDX-License-Identifier: MIT */
/* changes - which keys of a configuration differ from what the service was last told. */
#ifndef SERVICE_CHANGES_H
#define SERVICE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "cfg/document.h"

#define CHANGES_NAMES_MAX 4096 /* bytes */

/* What belongs to a configuration and is no key of it, under a name in brackets. */
struct changes_part {
	const char *name;
	const void *data;
	size_t len;
};

/*
 * The file `told` in the service's metadata has a keyed hash of each value, and the key: what was
 * told can be compared and not be read.
 */
struct changes {
	struct buf now;	  /* the file, when this configuration has been told */
	struct buf names; /* of what differs, with commas between; "*" for all, or too many; "" */
};

#define CHANGES_INIT ((struct changes){.now = BUF_INIT, .names = BUF_INIT})

/*
 * changes_find - compare a configuration with the file; [custom] is one value, under that name.
 *
 * Fails:   ERR_SYSTEM.  A file that is missing, damaged or not ours to read says nothing: "*".
 */
int changes_find(struct changes *c, const struct document *doc, const struct changes_part *parts,
		 size_t n_parts, int meta_fd, struct err *e) __attribute__((warn_unused_result));

/*
 * changes_compare - the same with the text of such a file, for who keeps it elsewhere.
 */
int changes_compare(struct changes *c, const struct document *doc, const struct changes_part *parts,
		    size_t n_parts, const struct buf *told, struct err *e)
	__attribute__((warn_unused_result));

/*
 * changes_forget - what the service was told is not known any more: before it is told anything.
 * changes_keep - it was told this, to the end.
 *
 * Fails:   as unlink(2) and fd_replace_at.
 */
int changes_forget(int meta_fd, struct err *e) __attribute__((warn_unused_result));
int changes_keep(const struct changes *c, int meta_fd, struct err *e)
	__attribute__((warn_unused_result));

void changes_free(struct changes *c);

#endif
