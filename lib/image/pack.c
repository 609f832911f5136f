/* SPDX-License-Identifier: MIT */
/* pack - a tree as a zip archive, from which the same tree can be unpacked. */
#include "image/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "image/libzip.h"

/* Where the walk is. */
struct walk {
	int root_fd;
	struct libzip_writer writer;
	const struct pack_options *options;
	struct pack *pack;
	struct directory_path path; /* within the tree */
};

static int
add(struct walk *w, int dir_fd, const char *name, const struct stat *st, struct err *e)
{
	struct libzip_item item = {.name = w->path.text,
				   .mode = st->st_mode,
				   .mtime = st->st_mtime,
				   .size = (uint64_t)st->st_size};
	char target[PATH_MAX];
	ssize_t n;

	if (S_ISLNK(st->st_mode)) {
		n = readlinkat(dir_fd, name, target, sizeof target - 1);
		if (n < 0)
			return errno == ENOENT || errno == EINVAL
				       ? 0
				       : err_sys(e, "cannot read the link '%s'", w->path.text);
		target[n] = '\0';
		item.link = target;
	} else if (S_ISREG(st->st_mode)) {
		w->pack->bytes += item.size;
	}
	w->pack->n_entries++;
	return libzip_writer_add(&w->writer, &item, w->root_fd, e);
}

static int
walk_entry(void *arg, int dir_fd, const char *name, struct err *e)
{
	struct walk *w = arg;
	struct stat st;
	int fd, result;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "cannot look at '%s'", w->path.text);
	if (w->options->skip(w->options->skip_arg, w->path.text, S_ISDIR(st.st_mode)))
		return 0;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
		w->pack->n_odd++;
		return 0;
	}
	if (add(w, dir_fd, name, &st, e))
		return -1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	fd = fd_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENOTDIR
			       ? 0
			       : err_sys(e, "cannot open '%s'", w->path.text);
	result = directory_each_entry(fd, &w->path, walk_entry, w, e);
	fd_close(&fd);
	return result;
}

int
pack_tree(int dir_fd, const char *path, const struct pack_options *options, struct pack *pack,
	  struct err *e)
{
	struct walk w = {
		.root_fd = dir_fd, .writer = LIBZIP_WRITER_INIT, .options = options, .pack = pack};
	int result = -1;

	*pack = (struct pack){.n_odd = 0};
	if (libzip_writer_open(&w.writer, path, e))
		return -1;
	if (!directory_each_entry(dir_fd, &w.path, walk_entry, &w, e))
		result = libzip_writer_finish(&w.writer, options->is_cancelled, e);
	pack->n_lost = w.writer.n_lost;
	libzip_writer_close(&w.writer);
	return result;
}
