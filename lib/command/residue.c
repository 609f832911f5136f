/* SPDX-License-Identifier: MIT */
/* residue - secrets of a configuration that were left in files while its hook ran. */
#include "command/residue.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"

#define PART_BYTES (64u << 10)
#define NAMES_SHOWN 256 /* bytes */
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct residue {
	const struct mask *mask;
	const struct service *svc;
	const struct manifest *manifest;
	struct timespec since;
	struct secret part; /* of a file, on its way through the search */
	struct mask_search search;
	struct directory_path path; /* of what is looked at */
	bool has_failed;	    /* for memory; what cannot be read is passed over */
	size_t n;
};

struct timespec
residue_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

static bool
is_new(const struct residue *r, const struct stat *st)
{
	return S_ISREG(st->st_mode) &&
	       (st->st_ctim.tv_sec > r->since.tv_sec ||
		(st->st_ctim.tv_sec == r->since.tv_sec && st->st_ctim.tv_nsec >= r->since.tv_nsec));
}

static bool
is_allowed(const struct residue *r, const char *path)
{
	size_t len = strlen(r->svc->path);

	if (strncmp(path, r->svc->path, len) != 0 || path[len] != '/')
		return false;
	for (size_t i = 0; i < r->manifest->n_allowed; i++)
		if (fnmatch(r->manifest->allowed[i], path + len + 1, 0) == 0)
			return true;
	return false;
}

/* Searches one file; what cannot be opened or read is as if it were empty. */
static int
search_file(struct residue *r, int dir_fd, const char *name, struct err *e)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int result = 0;
	struct stat st;
	size_t total = 0;
	ssize_t n;

	mask_search_again(&r->search);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && is_new(r, &st) &&
	    !(result = secret_reserve(&r->part, PART_BYTES, e)))
		while (total < RESIDUE_FILE_MAX &&
		       (n = read(fd, secret_edit(&r->part), PART_BYTES)) > 0) {
			mask_search(&r->search, secret_reveal(&r->part), (size_t)n);
			total += (size_t)n;
		}
	fd_close(&fd);
	return result;
}

static int
report(struct residue *r, const char *path, struct err *e)
{
	struct buf names = BUF_INIT;
	const bool *found = r->search.found;
	size_t n = 0;
	int result = 0;

	for (size_t i = 0; i < r->mask->n_names && !result; i++) {
		bool is_said = false;

		for (size_t j = 0; j < i && found[i]; j++)
			is_said |= found[j] && !strcmp(r->mask->names[j], r->mask->names[i]);
		if (!found[i] || is_said)
			continue;
		if (names.len + strlen(r->mask->names[i]) > NAMES_SHOWN) {
			result = buf_addf(&names, e, ", ...");
			break;
		}
		result = buf_addf(&names, e, "%s%s", n++ ? ", " : "", r->mask->names[i]);
	}
	if (n && !result) {
		log_warning("'%s' holds the value of %s", path, names.data);
		r->n++;
	}
	buf_free(&names);
	return result;
}

static directory_entry_fn search_entry;

/* Takes fd, which is below zero where the directory cannot be opened. */
static int
search_directory(struct residue *r, int fd, struct err *e)
{
	struct err why = ERR_INIT;

	if (fd >= 0 && directory_each_entry(fd, &r->path, search_entry, r, &why) && r->has_failed)
		*e = why;
	fd_close(&fd);
	return r->has_failed ? -1 : 0;
}

static int
search_entry(void *arg, int dir_fd, const char *name, struct err *e)
{
	struct residue *r = arg;
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (S_ISDIR(st.st_mode))
		return search_directory(r, openat(dir_fd, name, DIRECTORY_FLAGS), e);
	if (is_new(r, &st) && !is_allowed(r, r->path.text))
		r->has_failed = search_file(r, dir_fd, name, e) || report(r, r->path.text, e);
	return r->has_failed ? -1 : 0;
}

static int
search_tree(struct residue *r, const char *path, struct err *e)
{
	r->path.len = strlen(path);
	if (r->path.len >= sizeof r->path.text)
		return 0;
	memcpy(r->path.text, path, r->path.len + 1);
	return search_directory(r, open(path, DIRECTORY_FLAGS), e);
}

int
residue_search(const struct mask *mask, const struct service *svc, const struct manifest *manifest,
	       struct timespec since, size_t *n, struct err *e)
{
	struct residue r = {.mask = mask,
			    .svc = svc,
			    .manifest = manifest,
			    .since = since,
			    .part = SECRET_INIT,
			    .search = MASK_SEARCH_INIT};
	const char *roots[] = {svc->path, svc->paths.tmp, svc->paths.run};
	int result;

	*n = 0;
	if (mask->n_names == 0)
		return 0;
	result = mask_search_open(&r.search, mask, e);
	for (size_t i = 0; i < sizeof roots / sizeof *roots && !result; i++)
		result = search_tree(&r, roots[i], e);
	*n = r.n;
	secret_free(&r.part);
	mask_search_close(&r.search);
	return result;
}
