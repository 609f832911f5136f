/* SPDX-License-Identifier: MIT */
/* fuzz_document - any bytes as a configuration; what is accepted must survive being written. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cfg/writer.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct document doc = DOCUMENT_INIT, again = DOCUMENT_INIT;
	struct secret out = SECRET_INIT;
	struct err e = ERR_INIT;
	int in = memfd_create("in", 0), copy = memfd_create("copy", 0);

	if (pwrite(in, data, size, 0) == (ssize_t)size && !document_read(&doc, in, "input", &e) &&
	    (writer_generate(&doc, 0, &out, &e) ||
	     pwrite(copy, secret_edit(&out), out.len, 0) < 0 ||
	     document_read(&again, copy, "copy", &e) || again.n_entries != doc.n_entries))
		abort();
	secret_free(&out);
	document_free(&doc);
	document_free(&again);
	return close(in) + close(copy);
}
