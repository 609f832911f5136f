/* SPDX-License-Identifier: MIT */
/* descendants - find every descendant of this process and send it a signal. */
#include "base/descendants.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Each round stops what the one before has forked; a fork bomb loses, for what is stopped forks
 * no more.
 */
#define FREEZE_ROUNDS 16

/* The parent of a process, 0 when it is gone. */
static pid_t
parent_of(const char *pid)
{
	char path[64], text[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strrchr(text, ')'); /* a process may call itself anything, parentheses included */
	return p && strlen(p) > 4 ? (pid_t)strtol(p + 4, NULL, 10) : 0;
}

struct pair {
	pid_t pid, parent;
};

static size_t
list_processes(struct pair **pairs)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	struct pair *list = NULL, *larger;
	size_t n = 0, room = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (n == room) {
			room = room ? room * 2 : 256;
			larger = realloc(list, room * sizeof *list);
			if (!larger)
				break;
			list = larger;
		}
		list[n].pid = (pid_t)strtol(entry->d_name, NULL, 10);
		list[n].parent = parent_of(entry->d_name);
		n++;
	}
	if (dir)
		closedir(dir);
	*pairs = list;
	return n;
}

size_t
descendants_signal(int signal)
{
	struct pair *pairs;
	size_t n = list_processes(&pairs), found = 0, before;
	pid_t self = getpid();

	/* The found ones are gathered at the front; each round finds the children of those. */
	do {
		before = found;
		for (size_t i = found; i < n; i++) {
			bool ours = pairs[i].parent == self;
			struct pair match = pairs[i];

			for (size_t k = 0; k < found && !ours; k++)
				ours = pairs[k].pid == match.parent;
			if (ours) {
				pairs[i] = pairs[found];
				pairs[found++] = match;
			}
		}
	} while (found > before);
	for (size_t i = 0; i < found; i++)
		kill(pairs[i].pid, signal);
	free(pairs);
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
