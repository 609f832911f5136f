/* SPDX-License-Identifier: MIT */
/* fuzz_manifest - any bytes as image.ini: paths that it lets persist are safe and lie apart. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/manifest.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct manifest m = MANIFEST_INIT, one;
	struct err e = ERR_INIT;
	int bad = manifest_parse(&m, (const char *)data, size, &e);

	if (bad ? m.persist || m.name[0] || e.kind != ERR_UNSAFE
		: text_has_control(m.name, strlen(m.name)) || strlen(m.version) > MANIFEST_WORD_MAX)
		abort();
	for (size_t i = 0; i < m.n_persist; i++) {
		one = (struct manifest){.persist = &m.persist[i], .n_persist = 1};
		if (text_path_rule(m.persist[i], strlen(m.persist[i])) ||
		    strcmp(m.persist[i], "bin") == 0 || strncmp(m.persist[i], "bin/", 4) == 0)
			abort();
		for (size_t k = 0; k < m.n_persist; k++)
			if (manifest_persists(&one, m.persist[k]) != (k == i))
				abort();
	}
	manifest_free(&m);
	return 0;
}
