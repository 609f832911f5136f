/* SPDX-License-Identifier: MIT */
/* stage - where an image is unpacked before it becomes the service, and the step in between. */
#include "service/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "service/account.h"
#include "service/overlay.h"
#include "service/ownership.h"
#include "service/rundir.h"

#define STAGE_DIRECTORY ".stage" /* no service has such an id */

static int
remove_stale(const struct stage *stage, const struct service *svc, struct err *e)
{
	DIR *dir = fd_read_directory(stage->parent_fd, e);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir)))
		if (rundir_is_of(svc, entry->d_name)) {
			log_detail("removing the stage '%s' of a dead run", entry->d_name);
			result = fd_remove_tree(stage->parent_fd, entry->d_name, e);
		}
	closedir(dir);
	return result;
}

int
stage_open(struct stage *stage, const struct service *svc, struct err *e)
{
	*stage = STAGE_INIT;
	if (mkdirat(svc->books_fd, STAGE_DIRECTORY, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make the stage");
	stage->parent_fd =
		fd_open_beneath(svc->books_fd, STAGE_DIRECTORY, O_RDONLY | O_DIRECTORY, 0);
	if (stage->parent_fd < 0)
		return err_sys(e, "cannot open the stage");
	/* Without the setgid bit of the books, which would be inherited by all that is staged. */
	if (fchmod(stage->parent_fd, 0700) && errno != EPERM)
		return err_sys(e, "cannot set the mode of the stage");
	if (remove_stale(stage, svc, e))
		return -1;
	snprintf(stage->name, sizeof stage->name, "%s.%s", svc->id, svc->run_id);
	if (mkdirat(stage->parent_fd, stage->name, 0755))
		return err_sys(e, "cannot make the stage");
	stage->fd = fd_open_beneath(stage->parent_fd, stage->name, O_RDONLY | O_DIRECTORY, 0);
	return stage->fd < 0 ? err_sys(e, "cannot open the stage") : 0;
}

void
stage_close(struct stage *stage)
{
	struct err e = ERR_INIT;

	fd_close(&stage->fd);
	if (stage->name[0] && fd_remove_tree(stage->parent_fd, stage->name, &e))
		log_warning("%s", e.msg);
	fd_close(&stage->parent_fd);
	*stage = STAGE_INIT;
}

/* The account that the service's files belong to; without root they are left alone. */
static int
settle(struct service *svc, struct err *e)
{
	struct account user, agent;
	bool found = false;

	if (account_agent(&agent, e))
		return -1;
	if (account_is_root() && account_find(svc->state.user_id, &user, &found, e))
		return -1;
	/* What the image lacks and the service kept is the account's as well. */
	if (found && ownership_give(svc->dir_fd, &user, e))
		return -1;
	return ownership_settle(svc->dir_fd, found ? &user : NULL, &agent, e);
}

/* Carries a marked commit to its end, from wherever it is. */
static int
finish(struct service *svc, int parent_fd, struct err *e)
{
	const char *name = svc->state.committing;
	int fd = fd_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY, 0), result = -1;

	if (fd < 0 && errno != ENOENT)
		return err_sys(e, "cannot open the stage");
	if ((fd >= 0 && overlay_merge(fd, svc->dir_fd, e)) || settle(svc, e))
		goto out;
	if (syncfs(svc->dir_fd)) {
		err_sys(e, "cannot sync the service");
		goto out;
	}
	if (fd_remove_tree(parent_fd, name, e))
		goto out;
	svc->state.committing[0] = '\0';
	result = state_save(&svc->state, svc->book_fd, e);
out:
	fd_close(&fd);
	return result;
}

/*
 * A new service appears by one rename, which needs no mark: its state is written before, where it
 * says nothing as long as there is no such service.
 */
static int
appear(struct stage *stage, struct service *svc, struct err *e)
{
	if (state_save(&svc->state, svc->book_fd, e))
		return -1;
	if (renameat(stage->parent_fd, stage->name, svc->root_fd, svc->id))
		return err_sys(e, "cannot put the service in its place");
	stage->name[0] = '\0';
	svc->dir_fd = stage->fd;
	stage->fd = -1;
	return fsync(svc->root_fd) ? err_sys(e, "cannot sync the services directory") : 0;
}

int
stage_commit(struct stage *stage, struct service *svc, struct err *e)
{
	/* All files at once: a sync of each takes ten times as long. */
	if (syncfs(stage->fd))
		return err_sys(e, "cannot sync the stage");
	if (svc->dir_fd < 0)
		return appear(stage, svc, e);
	snprintf(svc->state.committing, sizeof svc->state.committing, "%s", stage->name);
	if (state_save(&svc->state, svc->book_fd, e))
		return -1;
	stage->name[0] = '\0'; /* from here on there is no way back: it is finish's to remove */
	return finish(svc, stage->parent_fd, e);
}

int
stage_recover(struct service *svc, struct err *e)
{
	int parent_fd, result;

	/* A service whose directory was taken away by hand has nothing to be finished. */
	if (svc->dir_fd < 0)
		svc->state.committing[0] = '\0';
	if (!svc->state.committing[0])
		return 0;
	if (!rundir_is_of(svc, svc->state.committing))
		return err_set(e, ERR_UNSAFE, "the service's state is damaged");
	log_note("finishing an installation that was cut off");
	parent_fd = fd_open_beneath(svc->books_fd, STAGE_DIRECTORY, O_RDONLY | O_DIRECTORY, 0);
	if (parent_fd < 0)
		return err_sys(e, "cannot open the stage");
	result = finish(svc, parent_fd, e);
	fd_close(&parent_fd);
	return result ? err_wrap(e, "cannot finish an installation that was cut off") : 0;
}
