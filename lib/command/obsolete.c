/* SPDX-License-Identifier: MIT */
/* obsolete - what the last image of a service brought and the new one lacks. */
#include "command/obsolete.h"

#include <dirent.h>
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

/* What becomes of a path: it is not there, or stays with what it holds, is told of, or goes. */
enum fate { FATE_NONE, FATE_CHANGED, FATE_PRUNED };

struct obsolete_path {
	const char *path;
	const struct entry *entry; /* NULL for a directory, which need not be one */
	enum fate fate;
	char digest[PRUNE_DIGEST_HEX]; /* of what is pruned and no directory */
};

static bool
lies_beneath(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && path[len] == '/';
}

static int
add(struct obsolete *o, const char *path, size_t len, const struct entry *entry, struct err *e)
{
	const char *name = arena_copy(&o->names, path, len, e);

	if (!name)
		return -1;
	if (o->n_paths == o->capacity) {
		size_t capacity = o->capacity ? 2 * o->capacity : 64;
		struct obsolete_path *paths = reallocarray(o->paths, capacity, sizeof *paths);

		if (!paths)
			return err_sys(e, "cannot list what is obsolete");
		o->paths = paths;
		o->capacity = capacity;
	}
	o->paths[o->n_paths++] = (struct obsolete_path){.path = name, .entry = entry};
	return 0;
}

/* The two that every service has are made by the agent where an image lacks them. */
static bool
is_shared(const char *path, size_t len)
{
	return len == 3 && (memcmp(path, "bin", 3) == 0 || memcmp(path, "cfg", 3) == 0);
}

/* The directories above an entry, which need not be entries, that the one before it is not in. */
static int
add_directories(struct obsolete *o, const struct entry *entry, const char *before, struct err *e)
{
	const char *name = entry->name;

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - name);
		bool is_added = before && strncmp(before, name, len) == 0 &&
				(before[len] == '/' || !before[len]);

		if (!is_added && !is_shared(name, len) && add(o, name, len, NULL, e))
			return -1;
	}
	return 0;
}

/* All that the last image brought and the new one has no entry for. */
static int
collect(struct obsolete *o, const struct judge *image, const struct persist *persist, struct err *e)
{
	const struct judge *last = &o->origin.judge;
	const char *before = NULL;
	size_t n = 0;

	for (size_t i = 0; i < last->n_entries; before = last->entries[i].name, i++) {
		const struct entry *entry = &last->entries[i];
		size_t len = strlen(entry->name);
		bool is_directory = entry->kind == ENTRY_DIRECTORY;

		if (add_directories(o, entry, before, e) ||
		    (!is_shared(entry->name, len) &&
		     add(o, entry->name, len, is_directory ? NULL : entry, e)))
			return -1;
	}
	for (size_t i = 0; i < o->n_paths; i++)
		if (!judge_find(image, o->paths[i].path) &&
		    !persist_holds(persist, o->paths[i].path) &&
		    !manifest_persists(&o->origin.manifest, o->paths[i].path))
			o->paths[n++] = o->paths[i];
	o->n_paths = n;
	return 0;
}

/* What is neither a file of the image's size nor to be read was changed, whatever else is wrong. */
static int
look_at_file(struct obsolete *o, struct obsolete_path *p, int parent, const char *name,
	     struct err *e)
{
	int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool same = false;
	struct stat st;
	int result = 0;

	p->fate = FATE_CHANGED;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == p->entry->size)
		result = origin_compare(&o->origin.source, p->entry, fd, p->digest, &same, e);
	if (same)
		p->fate = FATE_PRUNED;
	fd_close(&fd);
	return result;
}

static void
look_at_link(struct obsolete_path *p, int parent, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(parent, name, target, sizeof target - 1);

	target[len > 0 ? len : 0] = '\0';
	p->fate = strcmp(target, p->entry->target) == 0 ? FATE_PRUNED : FATE_CHANGED;
	prune_digest_text(target, p->digest);
}

static int
look_at(struct obsolete *o, struct obsolete_path *p, const struct service *svc, struct err *e)
{
	const char *name;
	int parent = fd_open_parent_within(svc->dir_fd, p->path, &name), result = 0;
	struct stat st;

	if (parent >= 0 && fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (p->entry->kind == ENTRY_FILE)
			result = look_at_file(o, p, parent, name, e);
		else
			look_at_link(p, parent, name);
	} else if (errno != ENOENT && errno != ENOTDIR) {
		p->fate = FATE_CHANGED; /* behind a link or a mount, or not to be looked at */
	}
	fd_close(&parent);
	return result ? err_wrap(e, "'%.160s'", p->path) : 0;
}

static int
compare_places(const void *a, const void *b)
{
	const struct obsolete_path *left = *(struct obsolete_path *const *)a;
	const struct obsolete_path *right = *(struct obsolete_path *const *)b;

	return judge_compare_places(&left->entry, &right->entry);
}

/* In the archive's order, in which any kind of archive can be read. */
static int
look_at_all(struct obsolete *o, const struct service *svc, struct err *e)
{
	struct obsolete_path **order = calloc(o->n_paths + 1, sizeof *order);
	size_t n = 0;
	int result = 0;

	if (!order)
		return err_sys(e, "cannot look for what is obsolete");
	for (size_t i = 0; i < o->n_paths; i++)
		if (o->paths[i].entry)
			order[n++] = &o->paths[i];
	qsort(order, n, sizeof *order, compare_places);
	for (size_t i = 0; !result && i < n; i++)
		result = look_at(o, order[i], svc, e);
	free(order);
	return result;
}

/* How many of what is directly in a directory goes. */
static size_t
count_pruned(const struct obsolete *o, size_t i)
{
	size_t len = strlen(o->paths[i].path), n = 0;

	for (size_t k = i + 1; k < o->n_paths && lies_beneath(o->paths[k].path, o->paths[i].path);
	     k++)
		n += o->paths[k].fate == FATE_PRUNED && !strchr(o->paths[k].path + len + 1, '/');
	return n;
}

/* A directory goes where all that is in it does, and nothing comes. */
static void
judge_directory(struct obsolete *o, size_t i, const struct service *svc, const struct judge *image)
{
	int fd = fd_open_within(svc->dir_fd, o->paths[i].path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t n = 0;

	if (!dir) {
		fd_close(&fd);
		return;
	}
	while ((entry = readdir(dir)))
		n += !directory_is_dot(entry->d_name);
	closedir(dir);
	if (n == count_pruned(o, i) && !judge_holds(image, o->paths[i].path))
		o->paths[i].fate = FATE_PRUNED;
}

static void
count(struct obsolete *o)
{
	for (size_t i = 0; i < o->n_paths; i++) {
		const struct obsolete_path *p = &o->paths[i];

		if (p->fate == FATE_CHANGED)
			log_note("'%s' is kept: the image lacks it, and it was changed", p->path);
		o->n_pruned += p->fate == FATE_PRUNED;
		o->n_changed += p->fate == FATE_CHANGED;
	}
}

int
obsolete_find(struct obsolete *o, struct service *svc, const struct judge *image,
	      const struct persist *persist, struct err *e)
{
	struct err failure = ERR_INIT;
	char digest[DIGEST_HEX];

	o->origin.judge.limits = image->limits;
	if (origin_open(&o->origin, svc, digest, &failure)) {
		if (failure.kind != ERR_UNAVAILABLE) {
			*e = failure;
			return err_wrap(e, "cannot tell what to prune: install without --prune");
		}
		log_warning("nothing is pruned, for what '%s' had from its last image is not "
			    "recorded: %s",
			    svc->id, failure.msg);
		return 0;
	}
	if (collect(o, image, persist, e) || look_at_all(o, svc, e))
		return -1;
	for (size_t i = o->n_paths; i-- > 0;)
		if (!o->paths[i].entry)
			judge_directory(o, i, svc, image);
	count(o);
	return 0;
}

void
obsolete_tell(const struct obsolete *o)
{
	for (size_t i = 0; i < o->n_paths; i++)
		if (o->paths[i].fate == FATE_PRUNED)
			log_detail("pruned '%s'", o->paths[i].path);
}

int
obsolete_list(const struct obsolete *o, struct buf *list, struct err *e)
{
	for (size_t i = 0; i < o->n_paths; i++) {
		const struct obsolete_path *p = &o->paths[i];
		const char *kind = !p->entry			  ? PRUNE_DIRECTORY
				   : p->entry->kind == ENTRY_LINK ? PRUNE_LINK
								  : PRUNE_FILE;

		if (p->fate == FATE_PRUNED &&
		    buf_addf(list, e, "%s %s %s\n", kind, p->entry ? p->digest : "-", p->path))
			return -1;
	}
	return 0;
}

static int
compare_path(const void *path, const void *obsolete)
{
	return judge_compare_names(path, ((const struct obsolete_path *)obsolete)->path);
}

bool
obsolete_prunes(const struct obsolete *o, const char *path)
{
	const struct obsolete_path *found =
		o->n_paths ? bsearch(path, o->paths, o->n_paths, sizeof *o->paths, compare_path)
			   : NULL;

	return found && found->fate == FATE_PRUNED;
}

void
obsolete_free(struct obsolete *o)
{
	origin_close(&o->origin);
	arena_free(&o->names);
	free(o->paths);
	*o = OBSOLETE_INIT;
}
