/* SPDX-License-Identifier: MIT */
/* fuzz_journal - a service's state and, behind a NUL, its list of what persists: the commit that
 * they tell of is finished, or is not, and nothing of others is touched. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/fd.h"
#include "service/stage.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static char root[256];
static int root_fd = -1;

/* Files that no commit of a1 may touch; of a1's own tree and stage there are more below. */
static const char *const canaries[] = {
	"outside",
	"services/a2/data/db",
	"services/a1.0123abcd/data/db",
	"services/.enstratus/a2/state",
	"services/.enstratus/.stage/a2.0123abcd/data/db",
	"services/.enstratus/.stage/a1./x",
	"services/.enstratus/.stage/else/x",
	"services/.enstratus/images/x",
};
static const char *const own[] = {
	"services/a1/bin/enstratus-start",
	"services/a1/cfg/own.conf",
	"services/a1/data/db",
	"services/a1/www/index.html",
	"services/.enstratus/.stage/a1.0123abcd/bin/enstratus-start",
	"services/.enstratus/.stage/a1.0123abcd/www/index.html",
};

static void
check(int failed)
{
	if (failed)
		abort();
}

static void
put(const char *path, const void *data, size_t len)
{
	char part[256];
	int fd;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		mkdirat(root_fd, part, 0755);
	}
	fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	check(fd < 0 || write(fd, data, len) != (ssize_t)len || close(fd));
}

/* A file of that name still has its name as its content. */
static void
look(const char *path)
{
	char text[256] = "";
	int fd = openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	check(fd < 0 || read(fd, text, sizeof text - 1) < 0 || close(fd) || strcmp(text, path));
}

static void
leave(void)
{
	struct err e = ERR_INIT;
	const char *name;
	int dir_fd = fd_open_parent(root, &name);

	/* Not by its path: nothing is removed across a mount, and it may lie on another one. */
	check(dir_fd < 0 || directory_remove_tree(dir_fd, name, &e));
	fd_close(&dir_fd);
}

static void
begin(void)
{
	const char *top = getenv("TMPDIR");
	char services[300];

	snprintf(root, sizeof root, "%.200s/journal.XXXXXX", top ? top : "/dev/shm");
	check(!mkdtemp(root) || atexit(leave));
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(services, sizeof services, "%s/services", root);
	check(root_fd < 0 || setenv("ENSTRATUS_SERVICES_DIR", services, 1));
	for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++)
		put(canaries[i], canaries[i], strlen(canaries[i]));
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct service_lock_request lock = {.command = "fuzz", .generation = -1};
	const unsigned char *end = memchr(data, '\0', size);
	size_t len = end ? (size_t)(end - data) : size;
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	if (root_fd < 0)
		begin();
	check(directory_remove_tree(root_fd, "services/a1", &e) ||
	      directory_remove_tree(root_fd, "services/.enstratus/a1", &e) ||
	      directory_remove_tree(root_fd, "services/.enstratus/.stage/a1.0123abcd", &e));
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		put(own[i], own[i], strlen(own[i]));
	put("services/.enstratus/a1/state", data, len);
	if (end)
		put("services/.enstratus/a1/persist", end + 1, size - len - 1);
	if (service_open(&svc, "a1", &e) || service_lock(&svc, &lock, &e) ||
	    stage_recover(&svc, &e))
		check(e.kind == ERR_NONE);
	else
		check(svc.state.committing[0] || faccessat(root_fd, "services/a1", F_OK, 0));
	service_close(&svc);
	for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++)
		look(canaries[i]);
	return 0;
}
