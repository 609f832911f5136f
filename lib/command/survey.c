/* SPDX-License-Identifier: MIT */
/* survey - which hooks an image brings, and what they will fail of on this host. */
#include "command/survey.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "hook/contract.h"

#define PREFIX "bin/enstratus-"
#define HEAD_BYTES 256

/* The first bytes of a file, as a string. */
static int
read_head(struct source *source, const struct entry *entry, char head[static HEAD_BYTES],
	  struct err *e)
{
	size_t len = 0, n = 0;
	int result = source_start(source, entry, e);

	while (!result && len < HEAD_BYTES - 1) {
		result = source_next(source, entry, head + len, HEAD_BYTES - 1 - len, &n, e);
		if (result || !n)
			break;
		len += n;
	}
	source_end(source);
	head[len] = '\0';
	return result;
}

static void
judge_head(const char *name, const char *head)
{
	size_t line = strcspn(head, "\n"), skipped;
	char interpreter[HEAD_BYTES];

	if (strncmp(head,
		    "\x7f"
		    "ELF",
		    4) == 0)
		return;
	if (strncmp(head, "#!", 2) != 0) {
		log_warning("'%s' has no '#!' line: it cannot be run", name);
		return;
	}
	if (line && head[line - 1] == '\r') {
		log_warning("'%s' has the line ends of Windows (CRLF): it cannot be run", name);
		return;
	}
	skipped = 2 + strspn(head + 2, " \t");
	snprintf(interpreter, sizeof interpreter, "%.*s", (int)strcspn(head + skipped, " \t\n"),
		 head + skipped);
	if (interpreter[0] == '/' && !fd_may(AT_FDCWD, interpreter, X_OK))
		log_warning("'%s' names an interpreter that this host lacks: '%s'", name,
			    interpreter);
}

int
survey_hooks(struct source *source, const struct judge *judge, struct err *e)
{
	bool can_start = false;

	for (size_t i = 0; i < judge->n_entries; i++) {
		const struct entry *entry = &judge->entries[i];
		const struct hook *hook;
		char head[HEAD_BYTES];

		if (strncasecmp(entry->name, PREFIX, sizeof PREFIX - 1) != 0)
			continue;
		hook = contract_find(entry->name + sizeof "bin/" - 1);
		if (!hook) {
			log_warning("'%s' is no hook: no program runs it", entry->name);
			continue;
		}
		log_detail("hook '%s'", entry->name);
		can_start = can_start || hook == &HOOK_START;
		if (entry->kind != ENTRY_FILE)
			continue;
		if (read_head(source, entry, head, e))
			return -1;
		judge_head(entry->name, head);
	}
	if (!can_start)
		log_warning("the image has no 'bin/%s': it cannot be started", HOOK_START.name);
	return 0;
}
