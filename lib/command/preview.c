/* SPDX-License-Identifier: MIT */
/* preview - what an update would do to each path of a service. */
#include "command/preview.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "command/origin.h"
#include "service/ownership.h"

static void
tell(size_t *n, const char *verb, const char *path)
{
	++*n;
	log_detail("%s '%s'", verb, path);
}

/* What is there would be another account's or group's.  Without root no group is chosen. */
static void
check_owner(struct preview *p, const char *path, const struct stat *st)
{
	bool is_root = account_is_root(), changes;
	gid_t gid;

	if (!p->user) {
		changes = true;
	} else {
		gid = ownership_is_shared(path) ? p->shared_gid : p->user->gid;
		changes = st->st_uid != p->user->uid || (is_root && st->st_gid != gid);
	}
	if (changes)
		tell(&p->counts->n_owners, "owner changed", path);
}

static int
compare_file(struct preview *p, const struct entry *entry, const struct stat *st, bool *same,
	     struct err *e)
{
	char digest[PRUNE_DIGEST_HEX];
	int fd = -1, result = 0;

	*same = S_ISREG(st->st_mode) && (uint64_t)st->st_size == entry->size &&
		(st->st_mode & 07777) == ownership_mode(entry->name, entry->mode);
	if (*same)
		fd = fd_open_within(p->svc->dir_fd, entry->name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	/* What cannot be read is replaced all the same. */
	*same = false;
	if (fd >= 0)
		result = origin_compare(p->source, entry, fd, digest, same, e);
	fd_close(&fd);
	return result ? err_wrap(e, "'%.160s'", entry->name) : 0;
}

static bool
is_same_link(int fd, const struct entry *entry, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t len = S_ISLNK(st->st_mode) ? readlinkat(fd, "", target, sizeof target - 1) : -1;

	target[len > 0 ? len : 0] = '\0';
	return len > 0 && strcmp(target, entry->target) == 0;
}

/* An entry where the service has something. */
static int
look_at_existing(struct preview *p, const struct entry *entry, int fd, const struct stat *st,
		 struct err *e)
{
	bool same = false;

	/* A directory is left as it is, or is like the image's where all of it is exchanged. */
	if (entry->kind == ENTRY_DIRECTORY && !p->replace)
		return 0;
	if (entry->kind == ENTRY_FILE && compare_file(p, entry, st, &same, e))
		return -1;
	if (entry->kind == ENTRY_LINK)
		same = is_same_link(fd, entry, st);
	if (entry->kind != ENTRY_DIRECTORY && same)
		p->counts->n_unchanged++;
	else if (entry->kind != ENTRY_DIRECTORY || !S_ISDIR(st->st_mode))
		tell(&p->counts->n_replaced, "replaced", entry->name);
	if (!ownership_is_shared(entry->name))
		check_owner(p, entry->name, st);
	return 0;
}

static int
look_at_entry(struct preview *p, const struct entry *entry, struct err *e)
{
	int fd = fd_open_within(p->svc->dir_fd, entry->name, O_PATH | O_NOFOLLOW), result = 0;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		/* Of a replacement the walk tells that it is kept. */
		if (!p->replace || !persist_holds(p->persist, entry->name))
			result = look_at_existing(p, entry, fd, &st, e);
	} else if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
		tell(&p->counts->n_added, "added", entry->name);
	} else if (errno != EXDEV) {
		result = err_sys(e, "cannot look at '%.160s' of the service", entry->name);
	}
	fd_close(&fd);
	return result;
}

/* In the archive's order, in which any kind of archive can be read. */
static int
look_at_entries(struct preview *p, struct err *e)
{
	const struct entry **order = calloc(p->judge->n_entries + 1, sizeof *order);
	int result = 0;

	if (!order)
		return err_sys(e, "cannot look at the update");
	for (size_t i = 0; i < p->judge->n_entries; i++)
		order[i] = &p->judge->entries[i];
	qsort(order, p->judge->n_entries, sizeof *order, judge_compare_places);
	for (size_t i = 0; !result && i < p->judge->n_entries; i++)
		result = look_at_entry(p, order[i], e);
	free(order);
	return result;
}

/* What is in the service and no directory of it. */
static void
look_at_installed(struct preview *p, const char *path)
{
	bool is_brought = judge_find(p->judge, path) != NULL;

	if (p->replace && persist_holds(p->persist, path))
		tell(&p->counts->n_kept, "kept", path);
	else if (is_brought)
		return; /* told of as an entry */
	else if (p->replace)
		tell(&p->counts->n_removed, "removed", path);
	else if (!obsolete_prunes(p->obsolete, path))
		tell(&p->counts->n_kept, "kept", path);
}

struct walk {
	struct preview *p;
	struct directory_path path;
};

static int
look_at_one(void *arg, int dir_fd, const char *name, struct err *e)
{
	struct walk *walk = arg;
	const char *path = walk->path.text;
	struct stat st;
	int fd, result = 0;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return 0; /* a running service has files that come and go */
	/* Of what the agent shares the owner is set anew, except where it goes. */
	if (ownership_is_shared(path) && !S_ISLNK(st.st_mode) &&
	    (S_ISREG(st.st_mode) || !path[3]) &&
	    (!walk->p->replace || judge_find(walk->p->judge, path)) &&
	    !obsolete_prunes(walk->p->obsolete, path))
		check_owner(walk->p, path, &st);
	fd = S_ISDIR(st.st_mode) ? fd_open_within(dir_fd, name, O_RDONLY | O_DIRECTORY) : -1;
	if (fd >= 0)
		result = directory_each_entry(fd, &walk->path, look_at_one, walk, e);
	else if (S_ISDIR(st.st_mode) && errno != EXDEV)
		log_note("'%s' cannot be looked into, and what is in there is not counted", path);
	else
		look_at_installed(walk->p, path);
	fd_close(&fd);
	return result;
}

int
preview_update(struct preview *p, struct err *e)
{
	struct walk walk = {.p = p};
	struct stat st;

	if (fstat(p->svc->dir_fd, &st))
		return err_sys(e, "cannot look at the service");
	check_owner(p, ".", &st);
	obsolete_tell(p->obsolete);
	return look_at_entries(p, e) || directory_each_entry(p->svc->dir_fd, &walk.path,
							     look_at_one, &walk, e)
		       ? -1
		       : 0;
}
