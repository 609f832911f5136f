/* SPDX-License-Identifier: MIT */
/* fields - values of the state: words NAME=VALUE. */
#ifndef PROVISION_FIELDS_H
#define PROVISION_FIELDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/words.h"

/* fields_add, fields_add_number - append a word to a line.  Fail: as words_add. */
int fields_add(struct buf *line, const char *name, const char *value, struct err *e)
	__attribute__((warn_unused_result));
int fields_add_number(struct buf *line, const char *name, long long value, struct err *e)
	__attribute__((warn_unused_result));

/* fields_value - the value of a name, which is part of words; "" for none. */
const char *fields_value(const struct words *words, const char *name);

#endif
