/* SPDX-License-Identifier: MIT */
/* persist - which paths of a service are its own: a replacement carries them over. */
#include "command/persist.h"

#include <stdbool.h>
#include <string.h>

/* Whether path is directory or lies in it. */
static bool
lies_in(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && (path[len] == '/' || !path[len]);
}

static void
add_path(struct persist *p, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++)
		if (lies_in(path, p->paths[i]))
			return;
	for (size_t i = 0; i < p->n; i++)
		if (!lies_in(p->paths[i], path))
			p->paths[kept++] = p->paths[i];
	p->paths[kept++] = path;
	p->n = kept;
}

int
persist_join(struct persist *p, const struct manifest *image, const struct service *svc,
	     struct err *e)
{
	if (manifest_read_installed(&p->installed, svc->dir_fd, e))
		return -1;
	p->n = 0;
	for (size_t i = 0; i < image->n_persist; i++)
		add_path(p, image->persist[i]);
	for (size_t i = 0; i < p->installed.n_persist; i++)
		add_path(p, p->installed.persist[i]);
	return 0;
}

bool
persist_holds(const struct persist *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (lies_in(path, p->paths[i]))
			return true;
	return false;
}

void
persist_free(struct persist *p)
{
	manifest_free(&p->installed);
	p->n = 0;
}
