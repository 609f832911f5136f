/* SPDX-License-Identifier: MIT */
/* consent - make sure that what cannot be undone is meant. */
#include "cli/consent.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* What is typed at a terminal. */
static int
ask(const char *prompt, const char *id, struct err *e)
{
	char line[TEXT_SERVICE_ID_MAX + 2];
	size_t len;
	const char *typed;

	fprintf(stderr, "%s: ", prompt);
	if (!fgets(line, sizeof line, stdin))
		line[0] = '\0';
	len = strlen(line);
	typed = text_trim(line, &len);
	while (len && typed[len - 1] == '\n')
		len--;
	return len == strlen(id) && memcmp(typed, id, len) == 0
		       ? 0
		       : err_set(e, ERR_USAGE, "that is not '%s': nothing was done", id);
}

static bool
has_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

int
consent_given(const struct cli *cli, struct err *e)
{
	const char *id = cli->args[0];

	if (cli->n_args > 1)
		return strcmp(id, cli->args[1]) == 0
			       ? 0
			       : err_set(e, ERR_USAGE,
					 "'%.70s' and '%.70s' are two ids: give the same one twice",
					 id, cli->args[1]);
	if (!cli->yes && !has_terminal())
		return err_set(e, ERR_USAGE, "to be sure, give the id twice, or --yes");
	return consent_typed(cli, "Type the service's id once more to remove it", id, e);
}

int
consent_typed(const struct cli *cli, const char *prompt, const char *word, struct err *e)
{
	if (cli->yes)
		return 0;
	if (has_terminal())
		return ask(prompt, word, e);
	return err_set(e, ERR_USAGE, "nobody can be asked here: to be sure, give --yes");
}
