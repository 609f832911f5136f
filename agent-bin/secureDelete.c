/* SPDX-License-Identifier: MIT */
/* secureDelete - overwrite and remove a file; see secureDelete(1). */
#include <fcntl.h>

#include "base/wipe.h"
#include "cli/cli.h"
#include "hook/override.h"

static const struct cli_spec spec = {
	.name = "secureDelete",
	.args = "FILE",
	.summary = "Overwrite a file, sync, truncate and remove it.  A missing file is fine.",
	.counts = CLI_ARGS(1),
};

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli cli;
	bool done;

	cli_start(&cli, &spec, argc, argv);
	if (!cli.args[0][0])
		err_set(&err, ERR_USAGE, "the file's name is empty");
	else if (override_before(spec.name, cli.args, cli.timeout_s, &done, &err) ||
		 (!done && wipe_at(AT_FDCWD, cli.args[0], NULL, &err)) ||
		 override_after(spec.name, cli.args, cli.timeout_s, &err))
		err_wrap(&err, "cannot delete '%s'", cli.args[0]);
	return cli_finish(&cli, &err);
}
