/* SPDX-License-Identifier: MIT */
/* removal - take an installed service away, at once, with or without what it persists. */
#include "command/removal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "service/exchange.h"
#include "service/images.h"
#include "service/manifest.h"
#include "service/stage.h"

#define IMAGE_INI "image.ini"

static int
read_manifest(const struct service *svc, struct manifest *m, struct err *e)
{
	if (manifest_read_installed(m, svc->dir_fd, e))
		return -1;
	return m->n_persist
		       ? 0
		       : err_set(e, ERR_UNSAFE,
				 "its " IMAGE_INI " lists nothing to persist: no data would be "
				 "kept");
}

int
removal_judge(const struct service *svc, bool keep_data, struct err *e)
{
	struct manifest manifest = MANIFEST_INIT;
	int result = 0;

	if (exchange_judge(svc, e))
		return e->kind == ERR_UNAVAILABLE
			       ? err_set(e, ERR_UNAVAILABLE,
					 "the service is or holds a file system of its own: "
					 "unmount it first")
			       : -1;
	if (keep_data) {
		result = read_manifest(svc, &manifest, e);
		manifest_free(&manifest);
	}
	return result;
}

/* --- all of it --- */

static int
remove_whole(struct service *svc, struct err *e)
{
	struct stage stage = STAGE_INIT;
	int result = stage_open(&stage, svc, e);

	if (!result && svc->dir_fd >= 0 && renameat(svc->root_fd, svc->id, stage.fd, svc->id))
		result = err_sys(e, "cannot move '%s' away", svc->path);
	if (!result)
		fsync(svc->root_fd);
	stage_close(&stage);
	return result;
}

/* --- all but what persists --- */

struct sparing {
	const struct manifest *manifest;
	struct directory_path path; /* within the service */
};

static int
spare_entry(void *arg, int dir_fd, const char *name, struct err *e)
{
	struct sparing *s = arg;
	const char *path = s->path.text;
	int fd, result;

	if (manifest_persists(s->manifest, path) || strcmp(path, IMAGE_INI) == 0)
		return 0;
	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(e, "cannot remove '%s'", path);
	fd = fd_open_within(dir_fd, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", path);
	result = directory_each_entry(fd, &s->path, spare_entry, s, e);
	fd_close(&fd);
	/* One that holds what persists stays for it. */
	if (!result && unlinkat(dir_fd, name, AT_REMOVEDIR) && errno != ENOTEMPTY &&
	    errno != EEXIST)
		result = err_sys(e, "cannot remove '%s'", path);
	return result;
}

static int
remove_but_data(struct service *svc, struct err *e)
{
	struct manifest manifest = MANIFEST_INIT;
	struct sparing sparing = {.manifest = &manifest};
	int result = read_manifest(svc, &manifest, e);

	if (!result)
		result = directory_each_entry(svc->dir_fd, &sparing.path, spare_entry, &sparing, e);
	manifest_free(&manifest);
	if (!result &&
	    (fsync(svc->dir_fd) || (unlinkat(svc->dir_fd, IMAGE_INI, 0) && errno != ENOENT)))
		result = err_sys(e, "cannot remove '" IMAGE_INI "'");
	return result;
}

int
removal_perform(struct service *svc, bool keep_data, struct err *e)
{
	int result = keep_data ? remove_but_data(svc, e) : remove_whole(svc, e);

	if (!result && !keep_data)
		fd_close(&svc->dir_fd);
	return result;
}

/* --- what the agent knows of it --- */

/* A service may have the id "images", and shares its directory with the images then. */
static bool
is_image(const char *name)
{
	return name[0] == '.' || strspn(name, "0123456789abcdef") >= STATE_DIGEST_HEX - 1;
}

static int
remove_metadata(struct service *svc, struct err *e)
{
	DIR *dir = directory_read(svc->meta_fd, e);
	const struct dirent *entry;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (!is_image(entry->d_name) && strcmp(entry->d_name, SERVICE_LOCK) != 0 &&
		    unlinkat(svc->meta_fd, entry->d_name, 0)) {
			err_sys(e, "cannot remove '%s' from the agent's metadata", entry->d_name);
			break;
		}
	closedir(dir);
	if (entry)
		return -1;
	/* The rest is to whoever waits for the lock, or it has images in it. */
	service_forget_lock(svc);
	return 0;
}

int
removal_purge(struct service *svc, struct err *e)
{
	struct images images = IMAGES_INIT;
	int result = remove_metadata(svc, e);

	if (!result && !(result = images_open(&images, svc, e)))
		images_prune(&images);
	images_close(&images);
	return result;
}
