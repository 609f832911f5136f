/* SPDX-License-Identifier: MIT */
/* descendants - find every descendant of this process and send it a signal. */
#include "base/descendants.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/kernel.h"

/*
 * Each round stops what the one before has forked; a fork bomb loses, for what is stopped forks
 * no more.
 */
#define FREEZE_ROUNDS 16

/* The kernel has no more processes at a time than this; source: proc(5), pid_max. */
#define PROCESSES_MAX (4u << 20)

struct pair {
	pid_t pid, parent;
};

struct table {
	struct pair *pairs;
	size_t n, room;
};

/* An entry of a directory; source: getdents(2), struct linux_dirent64. */
struct entry {
	unsigned long long inode;
	long long offset;
	unsigned short bytes;
	unsigned char type;
	char name[];
};

/* 0 for what begins with no number. */
static pid_t
number(const char *text)
{
	pid_t n = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

/* The parent of a process, 0 when it is gone. */
static pid_t
parent_of(int proc_fd, const char *pid)
{
	static const char file[] = "/stat";
	char path[32], text[512], *p = NULL;
	size_t len = strlen(pid);
	ssize_t n;
	int fd;

	if (len + sizeof file > sizeof path)
		return 0;
	memcpy(path, pid, len);
	memcpy(path + len, file, sizeof file);
	fd = kernel_open_at(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = kernel_read(fd, text, sizeof text - 1);
	kernel_close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* A process may call itself anything, parentheses included. */
	for (char *c = text; *c; c++)
		if (*c == ')')
			p = c;
	return p && strlen(p) > 4 ? number(p + 4) : 0;
}

static void
add_process(struct table *t, int proc_fd, const char *name)
{
	pid_t pid = number(name);

	if (pid > 0 && t->n < t->room)
		t->pairs[t->n++] = (struct pair){pid, parent_of(proc_fd, name)};
}

static void
list_processes(struct table *t)
{
	_Alignas(struct entry) char entries[8192];
	int fd = kernel_open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct entry *entry;
	long n;

	while (fd >= 0 &&
	       (n = kernel_call(SYS_getdents64, fd, (long)entries, sizeof entries, 0, 0, 0)) > 0)
		for (long at = 0; at < n; at += entry->bytes) {
			entry = (const struct entry *)(entries + at);
			add_process(t, fd, entry->name);
		}
	if (fd >= 0)
		kernel_close(fd);
}

static bool
is_ours(const struct table *t, size_t found, pid_t parent, pid_t self)
{
	for (size_t i = 0; i < found; i++)
		if (t->pairs[i].pid == parent)
			return true;
	return parent == self;
}

/* Gathers the descendants at the front: each round finds the children of those found before. */
static size_t
gather(struct table *t, pid_t self)
{
	size_t found = 0, before;

	do {
		before = found;
		for (size_t i = found; i < t->n; i++)
			if (is_ours(t, found, t->pairs[i].parent, self)) {
				struct pair match = t->pairs[i];

				t->pairs[i] = t->pairs[found];
				t->pairs[found++] = match;
			}
	} while (found > before);
	return found;
}

size_t
descendants_signal(int signal)
{
	struct table t = {.room = PROCESSES_MAX};
	size_t found;

	/* Where a limit forbids so much address space, most often less will do. */
	while (!(t.pairs = kernel_map(t.room * sizeof *t.pairs)) && t.room > 256)
		t.room /= 4;
	if (!t.pairs)
		return 0;
	list_processes(&t);
	found = gather(&t, getpid());
	for (size_t i = 0; i < found; i++)
		kernel_kill(t.pairs[i].pid, signal);
	kernel_unmap(t.pairs, t.room * sizeof *t.pairs);
	return found;
}

void
descendants_kill(void)
{
	size_t before = 0, n;

	/* Stopped first: what cannot run cannot fork while the others are being killed. */
	for (int round = 0; round < FREEZE_ROUNDS; round++) {
		n = descendants_signal(SIGSTOP);
		if (n == before)
			break;
		before = n;
	}
	descendants_signal(SIGKILL);
}
