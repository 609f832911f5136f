/* SPDX-License-Identifier: MIT */
/* fuzz_render - any template, filled in with a configuration. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config[] = "name=it's\nlist=a,b,,c\na.x=1\nb.x=\n[custom]\ntitle=t\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret text = SECRET_INIT, out = SECRET_INIT;
	struct document doc = DOCUMENT_INIT;
	struct err e = ERR_INIT;

	if (secret_append(&text, config, sizeof config - 1, &e) ||
	    document_take(&doc, &text, "config", &e))
		abort();
	/* What is refused says why, and of nothing else more than there may be. */
	if (render_template(&doc, (const char *)data, size, &out, &e) ? !e.kind || !e.msg[0]
								      : out.len > RENDER_OUTPUT_MAX)
		abort();
	secret_free(&out);
	secret_free(&text);
	document_free(&doc);
	return 0;
}
