/* SPDX-License-Identifier: MIT */
/* faults - all that is wrong with a deployment file, a line each. */
#include "provision/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void
faults_add(struct faults *faults, unsigned line, const char *fmt, ...)
{
	struct err ignored = ERR_INIT;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	text_printable(text, text, strlen(text));
	faults->n++;
	if (buf_addf(&faults->text, &ignored, "%u: %s\n", line, text))
		faults->is_out_of_memory = true;
}

void
faults_free(struct faults *faults)
{
	buf_free(&faults->text);
	*faults = FAULTS_INIT;
}
