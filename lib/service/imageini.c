/* SPDX-License-Identifier: MIT */
/* imageini - image.ini as it is in an image. */
#include "service/imageini.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"

int
imageini_read(struct manifest *m, struct source *source, const struct judge *judge, struct err *e)
{
	const struct entry *entry = judge_find(judge, "image.ini");
	struct buf text = BUF_INIT;
	int result = 0;

	if (entry && entry->kind == ENTRY_FILE)
		result = source_read(source, entry, MANIFEST_BYTES_MAX, &text, e) ||
					 manifest_parse(m, text.data ? text.data : "", text.len, e)
				 ? -1
				 : 0;
	buf_free(&text);
	if (m->unknown[0])
		log_warning("image.ini: %s", m->unknown);
	return result && e->kind == ERR_UNSAFE && !e->rule
		       ? err_refuse(e, "manifest", entry->name, strlen(entry->name), 0)
		       : result;
}
