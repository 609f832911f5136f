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

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "host/account.h"
#include "service/exchange.h"
#include "service/metadata.h"
#include "service/overlay.h"
#include "service/ownership.h"
#include "service/prune.h"
#include "service/rundir.h"

#define STAGE_DIRECTORY ".stage" /* no service has such an id */

static int
remove_stale(const struct stage *stage, const struct service *svc, struct err *e)
{
	DIR *dir = directory_read(stage->parent_fd, e);
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return -1;
	while (!result && (entry = readdir(dir)))
		if (rundir_is_of(svc, entry->d_name)) {
			log_detail("removing the stage '%s' of a dead run", entry->d_name);
			result = directory_remove_tree(stage->parent_fd, entry->d_name, e);
		}
	closedir(dir);
	return result;
}

/* True for a service that is there already and is a file system of its own. */
static bool
is_mounted(const struct service *svc)
{
	return svc->dir_fd >= 0 && !fd_is_same_mount(svc->dir_fd, svc->root_fd);
}

/* The directory of stages: the agent's, or within a service that is mounted. */
static int
open_parent(const struct service *svc, bool make, struct err *e)
{
	bool within = is_mounted(svc);
	int base = within ? svc->dir_fd : svc->meta_root_fd, fd;
	const char *name = within ? STAGE_WITHIN : STAGE_DIRECTORY;

	if (make && mkdirat(base, name, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make the stage");
	fd = fd_open_beneath(base, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(e, "cannot open the stage");
	/* Its owner may be the service's account; and no setgid bit, which is inherited. */
	if ((account_is_root() && fchown(fd, 0, 0)) || (fchmod(fd, 0700) && errno != EPERM)) {
		err_sys(e, "cannot set owner and mode of the stage");
		fd_close(&fd);
		return -1;
	}
	return fd;
}

int
stage_open(struct stage *stage, const struct service *svc, struct err *e)
{
	*stage = STAGE_INIT;
	stage->within_fd = is_mounted(svc) ? svc->dir_fd : -1;
	stage->parent_fd = open_parent(svc, true, e);
	if (stage->parent_fd < 0 || remove_stale(stage, svc, e))
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
	if (stage->name[0] && directory_remove_tree(stage->parent_fd, stage->name, &e))
		log_warning("%s", e.msg);
	if (stage->within_fd >= 0) /* fails while another is in there */
		unlinkat(stage->within_fd, STAGE_WITHIN, AT_REMOVEDIR);
	fd_close(&stage->parent_fd);
	*stage = STAGE_INIT;
}

/*
 * What the image brought had its owner before it came here, and what it lacks keeps its own: a
 * running daemon's data stays the daemon's.
 */
static int
set_owners(struct service *svc, struct err *e)
{
	struct account user, agent;
	bool found = false;

	if (account_agent(&agent, e))
		return -1;
	if (account_is_root() && account_find(svc->state.user_id, &user, &found, e))
		return -1;
	return ownership_apply(svc->dir_fd, found ? &user : NULL, &agent, e);
}

/* The stage is of no use any more; what cannot be removed now the next installation removes. */
static void
discard(const struct service *svc, int parent_fd, const char *name)
{
	struct err e = ERR_INIT;

	if (directory_remove_tree(parent_fd, name, &e))
		log_warning("%s", e.msg);
	if (is_mounted(svc))
		unlinkat(svc->dir_fd, STAGE_WITHIN, AT_REMOVEDIR);
}

/* True when the mark is on the disk, or may be, although it could not be synced. */
static bool
is_marked(const struct service *svc)
{
	struct err ignored = ERR_INIT;
	struct state state;

	return state_load(&state, svc->meta_fd, &ignored) || state.committing[0];
}

/*
 * Makes the tree what the commit says it is to be.  What is pruned goes before owners and modes are
 * set, which makes cfg/ where it is missing.
 */
static int
carry_out(struct service *svc, int parent_fd, const char *name, size_t *n_kept, struct err *e)
{
	int fd = fd_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY, 0), result;

	if (fd < 0 && errno != ENOENT)
		return err_sys(e, "cannot open the stage");
	if (fd >= 0 && svc->state.exchanging)
		result = exchange_trees(svc, parent_fd, name, svc->state.exchanging, e);
	else
		result = fd >= 0 ? overlay_merge(fd, svc->dir_fd, e) : 0;
	fd_close(&fd);
	if (!result && svc->state.pruning)
		result = prune_run(svc, n_kept, e);
	return result || set_owners(svc, e) ? -1 : 0;
}

/*
 * Carries a marked commit to its end, from wherever it is.  In the run that marked it, which has
 * its plan, the state that is the end of it is prepared: a disk that is full by now is not in the
 * way.
 */
static int
finish(struct service *svc, int parent_fd, const struct stage_plan *plan, struct err *e)
{
	char name[STATE_STAGE_MAX + 1];
	size_t n_kept = 0;
	int result;

	memcpy(name, svc->state.committing, sizeof name);
	if (carry_out(svc, parent_fd, name, plan && plan->n_kept ? plan->n_kept : &n_kept, e))
		return -1;
	if ((!plan || plan->sync) && syncfs(svc->dir_fd))
		return err_sys(e, "cannot sync the service");
	if (svc->state.pruning)
		prune_forget(svc);
	svc->state.committing[0] = '\0';
	svc->state.exchanging = svc->state.within = svc->state.pruning = 0;
	result = plan ? state_take(svc->meta_fd, e) : state_save(&svc->state, svc->meta_fd, e);
	/* As long as the mark is there, so is the stage. */
	if (result && is_marked(svc))
		return -1;
	if (!plan)
		state_drop(svc->meta_fd);
	discard(svc, parent_fd, name);
	return result;
}

/*
 * A new service comes into its place by one rename, which needs no mark: its state is written
 * before, where it says nothing as long as there is no such service.
 */
static int
put_new(struct stage *stage, struct service *svc, bool sync, struct err *e)
{
	if (state_save(&svc->state, svc->meta_fd, e))
		return -1;
	if (renameat(stage->parent_fd, stage->name, svc->root_fd, svc->id))
		return err_sys(e, "cannot put the service in its place");
	stage->name[0] = '\0';
	svc->dir_fd = stage->fd;
	stage->fd = -1;
	return sync && fsync(svc->root_fd) ? err_sys(e, "cannot sync the services directory") : 0;
}

/* Notes the commit: from here on there is no way back. */
static int
mark(struct stage *stage, struct service *svc, const struct stage_plan *plan, struct err *e)
{
	struct stat st;
	int result;

	svc->state.exchanging = svc->state.within = svc->state.pruning = 0;
	prune_forget(svc); /* that of a run which died before its mark */
	if ((plan->replace &&
	     exchange_prepare(svc, stage->fd, plan->persist, plan->n_persist, e)) ||
	    (plan->prune_len && prune_prepare(svc, plan->prune, plan->prune_len, e)) ||
	    state_prepare(&svc->state, svc->meta_fd, e))
		return -1;
	if (fstat(stage->fd, &st))
		return err_sys(e, "cannot look at the stage");
	if (plan->replace)
		svc->state.exchanging = (long long)st.st_ino;
	svc->state.within = is_mounted(svc);
	svc->state.pruning = plan->prune_len > 0;
	snprintf(svc->state.committing, sizeof svc->state.committing, "%s", stage->name);
	result = state_save(&svc->state, svc->meta_fd, e);
	/* It is finish's to remove then, if not in this run. */
	if (!result || is_marked(svc))
		stage->name[0] = '\0';
	return result;
}

int
stage_commit(struct stage *stage, struct service *svc, const struct stage_plan *plan, struct err *e)
{
	/* All files at once: a sync of each takes ten times as long. */
	if (plan->sync && syncfs(stage->fd))
		return err_sys(e, "cannot sync the stage");
	if (svc->dir_fd < 0)
		return put_new(stage, svc, plan->sync, e);
	if (mark(stage, svc, plan, e)) {
		state_drop(svc->meta_fd);
		if (!is_marked(svc))
			prune_forget(svc);
		return -1;
	}
	return finish(svc, stage->parent_fd, plan, e) ? -1 : 0;
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
		return err_set(e, ERR_UNSAFE,
			       "the service's state is damaged: move '%.300s/" METADATA_DIRECTORY
			       "/%s/state' away, and install the service again",
			       svc->paths.services, svc->id);
	if (svc->state.within && !is_mounted(svc))
		return err_set(e, ERR_UNAVAILABLE,
			       "an installation was cut off, and the service's file system, which "
			       "has the rest of it, is not mounted");
	log_note("finishing an installation that was cut off");
	parent_fd = open_parent(svc, true, e);
	if (parent_fd < 0)
		return -1;
	result = finish(svc, parent_fd, NULL, e);
	fd_close(&parent_fd);
	return result ? err_wrap(e, "cannot finish an installation that was cut off") : 0;
}
