/* SPDX-License-Identifier: MIT */
/* verify - compare what is installed with the image that it came from. */
#include "command/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "command/origin.h"
#include "host/account.h"
#include "service/limits.h"
#include "service/ownership.h"
#include "service/stage.h"

#define PART_BYTES (128u * 1024)

struct verify {
	struct service *svc;
	verify_report_fn *report;
	void *arg;
	struct origin image;
	bool has_owner; /* the service's account is known, and the caller is root */
	struct account user, agent;
	char *ours, *theirs; /* PART_BYTES each: of the image, of the service */
};

const char *
verify_word(enum verify_finding finding)
{
	static const char *const words[] = {
		[VERIFY_DIFFERS] = "differs", [VERIFY_MISSING] = "missing",
		[VERIFY_TYPE] = "type",	      [VERIFY_MODE] = "mode",
		[VERIFY_OWNER] = "owner",     [VERIFY_EXTRA] = "extra",
		[VERIFY_ADDED] = "added"};

	return words[finding];
}

static void
find(struct verify *v, enum verify_finding finding, const char *path)
{
	v->report(v->arg, finding, path);
}

/* Reads len bytes or what there is. */
static int
read_part(int fd, char *data, size_t len, size_t *got, struct err *e)
{
	*got = 0;
	while (*got < len) {
		ssize_t n = read(fd, data + *got, len - *got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot read the service's file");
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return 0;
}

static int
compare_content(struct verify *v, const struct entry *entry, int fd, bool *same, struct err *e)
{
	size_t len = 0, got = 0;
	int result = source_start(&v->image.source, entry, e);

	*same = true;
	while (!result && *same) {
		result = source_next(&v->image.source, entry, v->ours, PART_BYTES, &len, e);
		if (!result)
			result = read_part(fd, v->theirs, len ? len : 1, &got, e);
		*same = !result && got == len && memcmp(v->ours, v->theirs, len) == 0;
		if (!len)
			break;
	}
	source_end(&v->image.source);
	return result;
}

static int
check_file(struct verify *v, const struct entry *entry, const struct stat *st, struct err *e)
{
	int fd, result = 0;
	bool same = (uint64_t)st->st_size == entry->size;

	if (same) {
		fd = fd_open_within(v->svc->dir_fd, entry->name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return err_sys(e, "cannot open '%.160s'", entry->name);
		result = compare_content(v, entry, fd, &same, e);
		fd_close(&fd);
	}
	if (!result && !same)
		find(v, VERIFY_DIFFERS, entry->name);
	if (!result && (st->st_mode & 07777) != ownership_mode(entry->name, entry->mode))
		find(v, VERIFY_MODE, entry->name);
	return result;
}

static void
check_link(struct verify *v, const struct entry *entry, int fd)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(fd, "", target, sizeof target - 1);

	target[len > 0 ? len : 0] = '\0';
	if (strcmp(target, entry->target) != 0)
		find(v, VERIFY_DIFFERS, entry->name);
}

static void
check_owner(struct verify *v, const struct entry *entry, const struct stat *st)
{
	bool is_shared = entry->kind == ENTRY_FILE && ownership_is_shared(entry->name);

	if (v->has_owner &&
	    (st->st_uid != v->user.uid || st->st_gid != (is_shared ? v->agent.gid : v->user.gid)))
		find(v, VERIFY_OWNER, entry->name);
}

static int
check_entry(struct verify *v, const struct entry *entry, struct err *e)
{
	static const mode_t types[] = {
		[ENTRY_FILE] = S_IFREG, [ENTRY_DIRECTORY] = S_IFDIR, [ENTRY_LINK] = S_IFLNK};
	int fd = fd_open_beneath(v->svc->dir_fd, entry->name, O_PATH | O_NOFOLLOW, 0), result = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			result = err_sys(e, "cannot look at '%.160s'", entry->name);
		else
			find(v, errno == ENOENT ? VERIFY_MISSING : VERIFY_TYPE, entry->name);
	} else if ((st.st_mode & S_IFMT) != types[entry->kind]) {
		find(v, VERIFY_TYPE, entry->name);
	} else if (entry->kind == ENTRY_LINK) {
		check_link(v, entry, fd);
		check_owner(v, entry, &st);
	} else if (entry->kind == ENTRY_FILE) {
		result = check_file(v, entry, &st, e);
		check_owner(v, entry, &st);
	}
	fd_close(&fd);
	return result;
}

/* A directory that the image lacks may be there for what persists in it. */
static bool
holds_what_persists(const struct manifest *m, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < m->n_persist; i++)
		if (strncmp(m->persist[i], path, len) == 0 && m->persist[i][len] == '/')
			return true;
	return false;
}

/* The agent's, the file system's, or by the image the service's own. */
static bool
is_expected(const struct verify *v, const char *path)
{
	static const char *const names[] = {JUDGE_CONFIGURATION, "lost+found", STAGE_WITHIN};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return manifest_persists(&v->image.manifest, path);
}

struct walk {
	struct verify *v;
	struct directory_path path;
};

static int
look_at_one(void *arg, int dir_fd, const char *name, struct err *e)
{
	struct walk *walk = arg;
	struct verify *v = walk->v;
	const char *path = walk->path.text;
	bool is_ours = judge_holds(&v->image.judge, path) || strcmp(path, "cfg") == 0 ||
		       holds_what_persists(&v->image.manifest, path);
	int fd, result = 0;

	if (is_expected(v, path))
		return 0;
	if (!is_ours) {
		find(v, strncmp(path, "bin/", 4) == 0 ? VERIFY_EXTRA : VERIFY_ADDED, path);
		return 0;
	}
	/* What is no directory, or is another file system's, has nothing that was added. */
	fd = fd_open_within(dir_fd, name, O_RDONLY | O_DIRECTORY);
	if (fd >= 0)
		result = directory_each_entry(fd, &walk->path, look_at_one, walk, e);
	else if (errno == EACCES)
		log_warning("cannot look into '%s' for what was added", path);
	fd_close(&fd);
	return result;
}

static int
find_added(struct verify *v, struct err *e)
{
	struct walk walk = {.v = v};

	return directory_each_entry(v->svc->dir_fd, &walk.path, look_at_one, &walk, e);
}

/* In the archive's order, in which any kind of archive can be read. */
static int
check_all(struct verify *v, size_t *n_checked, struct err *e)
{
	const struct entry **order = calloc(v->image.judge.n_entries + 1, sizeof *order);
	int result = order ? 0 : err_sys(e, "cannot compare");

	*n_checked = 0;
	for (size_t i = 0; order && i < v->image.judge.n_entries; i++)
		if (!manifest_persists(&v->image.manifest, v->image.judge.entries[i].name))
			order[(*n_checked)++] = &v->image.judge.entries[i];
	if (order)
		qsort(order, *n_checked, sizeof *order, judge_compare_places);
	for (size_t i = 0; !result && i < *n_checked; i++)
		result = check_entry(v, order[i], e);
	free(order);
	return result ? result : find_added(v, e);
}

static int
find_owner(struct verify *v, struct err *e)
{
	if (!account_is_root() || !v->svc->state.user_id[0])
		return 0;
	return account_agent(&v->agent, e) ||
			       account_find(v->svc->state.user_id, &v->user, &v->has_owner, e)
		       ? -1
		       : 0;
}

int
verify_service(struct service *svc, verify_report_fn *report, void *arg,
	       char digest[static DIGEST_HEX], size_t *n_checked, struct err *e)
{
	struct verify v = {.svc = svc,
			   .report = report,
			   .arg = arg,
			   .image = ORIGIN_INIT,
			   .ours = malloc(PART_BYTES),
			   .theirs = malloc(PART_BYTES)};
	struct settings settings = SETTINGS_INIT;
	struct images images = IMAGES_INIT;
	int result = -1;

	if (!v.ours || !v.theirs)
		err_sys(e, "cannot compare");
	else if (!settings_load(&settings, &svc->paths, e) &&
		 !limits_load(&settings, &v.image.judge.limits, e) && !find_owner(&v, e) &&
		 !images_open(&images, svc, e) && !origin_open(&v.image, svc, digest, e))
		result = check_all(&v, n_checked, e);
	settings_free(&settings);
	images_close(&images);
	origin_close(&v.image);
	free(v.ours);
	free(v.theirs);
	return result;
}
