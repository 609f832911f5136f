/* SPDX-License-Identifier: MIT */
/* hidden - which values of a configuration are to be masked. */
#ifndef CFG_HIDDEN_H
#define CFG_HIDDEN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/document.h"
#include "cfg/mask.h"

/* Nodes above which no form is added: 64 MiB.  A usual configuration takes a few thousand. */
#define HIDDEN_NODES_MAX (2u << 20)

/*
 * hidden_add_document - the values that are secret, and their forms (cfg/forms.h).
 *
 * Those are the values of keys that hold "assword" or "ecret" or begin with serviceKey., and of
 * [custom] every value or line of 8 bytes or more and those of such keys; also without the blanks
 * and quotes around them, which a shell takes away.
 *
 * patterns  of more such keys, as fnmatch(3) has them, with blanks or commas between them; or NULL.
 *           They meet the whole text before '=' in [custom], and its last word, with and without
 *           "custom." before it.
 *
 * With too much to hide it is forms that are left out, of what is only custom first.  In [custom],
 * what has no name that looks like one is named by its line.
 *
 * Source:  enstratus-cfg(5), SECRETS.
 */
int hidden_add_document(struct mask *m, const struct document *doc, const char *patterns,
			struct err *e) __attribute__((warn_unused_result));

/*
 * hidden_add_keys - every line of 4 bytes or more of the private keys in a text in PEM form.
 *
 * is_key  the text is a key: every line counts that is none of PEM's rules
 *
 * Source:  RFC 7468.
 */
int hidden_add_keys(struct mask *m, const struct secret *text, bool is_key, struct err *e)
	__attribute__((warn_unused_result));

#endif
