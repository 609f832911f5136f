/* SPDX-License-Identifier: MIT */
/* faults - all that is wrong with a deployment file, a line each. */
#ifndef PROVISION_FAULTS_H
#define PROVISION_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct faults {
	struct buf text; /* "LINE: what, and the way out" */
	size_t n;
	bool is_out_of_memory; /* one is missing in the text */
	bool no_files;	       /* that a file which is named is not there is no fault */
};

#define FAULTS_INIT ((struct faults){.text = BUF_INIT})

/* faults_add - one more, of that line of the file. */
void faults_add(struct faults *faults, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void faults_free(struct faults *faults);

#endif
