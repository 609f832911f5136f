/* SPDX-License-Identifier: MIT */
/* writer - the canonical enstratus.cfg of a document. */
#ifndef CFG_WRITER_H
#define CFG_WRITER_H

#include <time.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/document.h"

/*
 * writer_generate - append the canonical text to out.
 *
 * now  stands in the second line
 *
 * It writes the keys that the document has, in the order of enstratus-cfg(5), and adds none: hooks
 * look keys up with an unanchored grep, which one synonym more would break.  Keys of no known name
 * follow the known ones; the marks of the deprecated section are there when the document has newer
 * keys beside deprecated ones.
 *
 * Fails:   ERR_SYSTEM for memory.
 * Source:  enstratus-cfg(5).
 */
int writer_generate(const struct document *doc, time_t now, struct secret *out, struct err *e)
	__attribute__((warn_unused_result));

#endif
