/* SPDX-License-Identifier: MIT */
/* scratch - a directory of a test's own: made before it, removed after it. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between setup and teardown: an open descriptor of the directory, and its absolute path. */
static int scratch_fd = -1;
static char scratch_dir[256];

/* The test program itself: check runs each test in a child, which a failed test leaves at once. */
static pid_t scratch_owner;

static inline const char *
scratch_top(void)
{
	const char *top = getenv("TMPDIR");

	return top && top[0] == '/' ? top : "/tmp";
}

static inline int
scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st, (void)kind, (void)walk;
	return remove(path);
}

/* What failed tests left. */
static inline void
scratch_remove_all(void)
{
	char prefix[32], path[4096];
	struct dirent *entry;
	DIR *dir = getpid() == scratch_owner ? opendir(scratch_top()) : NULL;
	int len = snprintf(prefix, sizeof prefix, "unit.%d.", scratch_owner);

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, (size_t)len) == 0 &&
		    snprintf(path, sizeof path, "%s/%s", scratch_top(), entry->d_name) <
			    (int)sizeof path)
			nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (dir)
		closedir(dir);
}

static inline void __attribute__((constructor)) scratch_begin(void)
{
	scratch_owner = getpid();
	atexit(scratch_remove_all);
}

/* A checked fixture: tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown). */
static inline void
scratch_setup(void)
{
	int n = snprintf(scratch_dir, sizeof scratch_dir, "%s/unit.%d.XXXXXX", scratch_top(),
			 scratch_owner);

	ck_assert_int_lt(n, (int)sizeof scratch_dir);
	ck_assert_ptr_nonnull(mkdtemp(scratch_dir));
	scratch_fd = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(scratch_fd, 0);
}

static inline void
scratch_teardown(void)
{
	if (scratch_fd >= 0)
		close(scratch_fd);
	scratch_fd = -1;
	nftw(scratch_dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The absolute path of name; good until the eighth call after this one. */
static inline const char *
scratch_path(const char *name)
{
	static char paths[8][4096];
	static unsigned next;
	char *path = paths[next++ % 8];
	int n = snprintf(path, sizeof paths[0], "%s/%s", scratch_dir, name);

	ck_assert_int_lt(n, (int)sizeof paths[0]);
	return path;
}

/* Makes the directories that name lies in, and name itself when it ends with a slash. */
static inline void
scratch_mkdir(const char *name)
{
	char part[4096];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		ck_assert_uint_lt((size_t)(slash - name), sizeof part);
		memcpy(part, name, (size_t)(slash - name));
		part[slash - name] = '\0';
		if (mkdirat(scratch_fd, part, 0755))
			ck_assert_int_eq(errno, EEXIST);
	}
}

/* Gives the file name this content; it and its directories are made when missing. */
static inline void
scratch_write_bytes(const char *name, const void *data, size_t len)
{
	int fd;

	scratch_mkdir(name);
	fd = openat(scratch_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_msg(fd >= 0, "cannot create '%s': %s", name, strerror(errno));
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		ck_assert_int_gt(n, 0);
		done += (size_t)n;
	}
	ck_assert_int_eq(close(fd), 0);
}

static inline void
scratch_write(const char *name, const char *text)
{
	scratch_write_bytes(name, text, strlen(text));
}

/* As scratch_write, executable: for hooks. */
static inline void
scratch_script(const char *name, const char *text)
{
	scratch_write(name, text);
	ck_assert_int_eq(fchmodat(scratch_fd, name, 0755, 0), 0);
}

/* The content of name, at most 1 MiB, terminated; good until the next call. */
static inline const char *
scratch_read(const char *name)
{
	static char text[(1 << 20) + 1];
	size_t len = 0;
	ssize_t n;
	int fd = openat(scratch_fd, name, O_RDONLY | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "cannot open '%s': %s", name, strerror(errno));
	while ((n = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	ck_assert_int_eq(n, 0);
	close(fd);
	text[len] = '\0';
	return text;
}

/* Something stands at name, be it a link that leads nowhere. */
static inline bool
scratch_exists(const char *name)
{
	struct stat st;

	return fstatat(scratch_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The permission bits of name itself, never of what a link leads to. */
static inline mode_t
scratch_mode(const char *name)
{
	struct stat st;

	ck_assert_msg(fstatat(scratch_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0, "no '%s'", name);
	return st.st_mode & 07777;
}

#endif
