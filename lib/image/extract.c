/* SPDX-License-Identifier: MIT */
/* extract - write an image's judged entries beneath a directory. */
#include "image/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"

/*
 * A task is a run of files of one directory that also lie side by side in the archive: two threads
 * then seldom wait for the same directory's lock, and one read serves many entries.
 */
#define TASK_FILES 64
#define TASK_BYTES (1u << 20)
#define THREADS_MAX 16
#define BUFFER_BYTES (128u * 1024)

struct task {
	size_t first, n; /* within files */
	uint64_t bytes;
};

/* What all threads share; nothing of it changes while they run but `next` and `stopped`. */
struct extract {
	struct zip_reader *zip;
	const struct judge *judge;
	const struct extract_owner *owner;
	int dir_fd;
	const struct entry **files; /* in the archive's order */
	struct task *tasks;	    /* the largest first */
	size_t n_files, n_tasks;
	atomic_size_t next;
	atomic_bool stopped; /* one has failed */
};

struct worker {
	struct extract *x;
	pthread_t thread;
	struct err err;
};

static size_t
parent_length(const char *name)
{
	const char *last = strrchr(name, '/');

	return last ? (size_t)(last - name) : 0;
}

static const char *
base_name(const char *name)
{
	const char *last = strrchr(name, '/');

	return last ? last + 1 : name;
}

static int
interrupted(struct err *e)
{
	int signal = proc_signal_pending();

	return signal ? err_hook(e, 128 + signal, "interrupted by signal %d", signal) : 0;
}

/* Nothing but us writes to the tree, and its links come last: a path within it is safe to walk. */
static int
make_directory(const struct extract *x, const char *path, mode_t mode, struct err *e)
{
	if (mkdirat(x->dir_fd, path, mode))
		return err_sys(e, "cannot make directory '%.160s'", path);
	if (x->owner->change &&
	    fchownat(x->dir_fd, path, x->owner->uid, x->owner->gid, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "cannot give '%.160s' its owner", path);
	return 0;
}

/* The directories that an entry needs and that neither it nor the entry before it has brought. */
static int
make_parents(const struct extract *x, const char *name, const char *before, struct err *e)
{
	char path[PATH_MAX];

	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/')) {
		size_t len = (size_t)(p - name);

		if (strncmp(before, name, len) == 0 && (before[len] == '/' || !before[len]))
			continue;
		if (len >= sizeof path)
			return err_set(e, ERR_UNSAFE, "entry '%.160s' lies too deep", name);
		memcpy(path, name, len);
		path[len] = '\0';
		if (make_directory(x, path, 0755, e))
			return -1;
	}
	return 0;
}

static int
make_directories(const struct extract *x, struct err *e)
{
	const char *before = "";

	for (size_t i = 0; i < x->judge->n_entries; i++) {
		const struct entry *entry = &x->judge->entries[i];

		if (make_parents(x, entry->name, before, e))
			return -1;
		if (entry->kind == ENTRY_DIRECTORY &&
		    make_directory(x, entry->name, entry->mode, e))
			return -1;
		before = entry->name;
	}
	return interrupted(e);
}

static int
copy(struct zip_reader *zip, const struct entry *entry, int fd, char *buffer, struct err *e)
{
	uint64_t done = 0;
	size_t len;

	do {
		if (interrupted(e) || zip_reader_next(zip, entry, buffer, BUFFER_BYTES, &len, e))
			return -1;
		done += len;
		if (done > entry->size)
			break;
		if (len && fd_write_all(fd, buffer, len, entry->name, e))
			return -1;
	} while (len);
	if (done != entry->size)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is not as long as it says",
			       entry->name);
	return 0;
}

static int
write_file(const struct extract *x, struct zip_reader *zip, int parent, const struct entry *entry,
	   char *buffer, struct err *e)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = entry->mtime}};
	int fd, result = -1;

	fd = openat(parent, base_name(entry->name),
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry->mode);
	if (fd < 0)
		return err_sys(e, "cannot create '%.160s'", entry->name);
	if (zip_reader_start(zip, entry, e) || copy(zip, entry, fd, buffer, e))
		goto out;
	if (x->owner->change && fchown(fd, x->owner->uid, x->owner->gid)) {
		err_sys(e, "cannot give '%.160s' its owner", entry->name);
		goto out;
	}
	if (futimens(fd, times)) {
		err_sys(e, "cannot set the time of '%.160s'", entry->name);
		goto out;
	}
	result = 0;
out:
	zip_reader_end(zip);
	fd_close(&fd);
	return result;
}

static int
run_task(struct extract *x, struct zip_reader *zip, const struct task *task, char *buffer,
	 struct err *e)
{
	const struct entry **files = x->files + task->first;
	size_t len = parent_length(files[0]->name);
	char path[PATH_MAX] = ".";
	int parent, result;

	if (len >= sizeof path)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' lies too deep", files[0]->name);
	if (len) {
		memcpy(path, files[0]->name, len);
		path[len] = '\0';
	}
	parent = fd_open_beneath(x->dir_fd, path, O_PATH | O_DIRECTORY, 0);
	if (parent < 0)
		return err_sys(e, "cannot open directory '%.160s'", path);
	result = interrupted(e);
	for (size_t i = 0; i < task->n && !result && !atomic_load(&x->stopped); i++)
		result = write_file(x, zip, parent, files[i], buffer, e);
	fd_close(&parent);
	return result;
}

/* Takes tasks until there are none; zip is this thread's own. */
static int
work(struct extract *x, struct zip_reader *zip, struct err *e)
{
	char *buffer = malloc(BUFFER_BYTES);
	int result = buffer ? 0 : err_sys(e, "cannot unpack the image");
	size_t i;

	while (!result && !atomic_load(&x->stopped) &&
	       (i = atomic_fetch_add(&x->next, 1)) < x->n_tasks)
		result = run_task(x, zip, &x->tasks[i], buffer, e);
	if (result)
		atomic_store(&x->stopped, true);
	free(buffer);
	return result;
}

static void *
run_worker(void *arg)
{
	struct worker *worker = arg;
	struct zip_reader zip;

	zip_reader_share(&zip, worker->x->zip);
	(void)!work(worker->x, &zip, &worker->err);
	zip_reader_close(&zip);
	return NULL;
}

static size_t
count_threads(size_t n_tasks)
{
	cpu_set_t cpus;
	size_t n = 1;

	if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
		n = (size_t)CPU_COUNT(&cpus);
	if (n > THREADS_MAX)
		n = THREADS_MAX;
	return n < n_tasks ? n : n_tasks;
}

/* This thread is one of the workers; one that cannot be started is done without. */
static int
run_tasks(struct extract *x, struct err *e)
{
	struct worker workers[THREADS_MAX];
	size_t n = 0, wanted = count_threads(x->n_tasks);
	int result;

	while (n + 1 < wanted) {
		workers[n] = (struct worker){.x = x, .err = ERR_INIT};
		if (pthread_create(&workers[n].thread, NULL, run_worker, &workers[n]))
			break;
		n++;
	}
	result = work(x, x->zip, e);
	for (size_t i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].err.kind && !result) {
			*e = workers[i].err;
			result = -1;
		}
	}
	return result;
}

static int
compare_places(const void *a, const void *b)
{
	const struct entry *left = *(const struct entry *const *)a;
	const struct entry *right = *(const struct entry *const *)b;

	return left->index < right->index ? -1 : left->index > right->index;
}

static int
compare_sizes(const void *a, const void *b)
{
	const struct task *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes > right->bytes ? -1 : 1;
	return left->first < right->first ? -1 : left->first > right->first;
}

static bool
are_siblings(const struct entry *a, const struct entry *b)
{
	size_t len = parent_length(a->name);

	return parent_length(b->name) == len && memcmp(a->name, b->name, len) == 0;
}

static int
plan(struct extract *x, struct err *e)
{
	x->files = calloc(x->judge->n_entries + 1, sizeof *x->files);
	x->tasks = calloc(x->judge->n_entries + 1, sizeof *x->tasks);
	if (!x->files || !x->tasks)
		return err_sys(e, "cannot unpack the image");
	for (size_t i = 0; i < x->judge->n_entries; i++) {
		const struct entry *entry = &x->judge->entries[i];

		if (entry->kind == ENTRY_FILE && zip_reader_is_shareable(x->zip, entry))
			x->files[x->n_files++] = entry;
	}
	qsort(x->files, x->n_files, sizeof(void *), compare_places);
	for (size_t i = 0; i < x->n_files; i++) {
		struct task *task = &x->tasks[x->n_tasks];

		if (task->n && (task->n == TASK_FILES || task->bytes > TASK_BYTES ||
				!are_siblings(x->files[i - 1], x->files[i])))
			task = &x->tasks[++x->n_tasks];
		if (task->n++ == 0)
			task->first = i;
		task->bytes += x->files[i]->size;
	}
	if (x->n_files)
		x->n_tasks++;
	qsort(x->tasks, x->n_tasks, sizeof *x->tasks, compare_sizes);
	return 0;
}

/* The target of a link: all of its bytes, read to the end, where the CRC is compared. */
static int
read_target(struct zip_reader *zip, const struct entry *entry, char *target, size_t size,
	    struct err *e)
{
	size_t done = 0, len = 0;

	do {
		if (zip_reader_next(zip, entry, target + done, size - done, &len, e))
			return -1;
		done += len;
	} while (len && done < size);
	if (done != entry->size || done == size)
		return err_set(e, ERR_UNSAFE, "link '%.160s' is not as long as it says",
			       entry->name);
	target[done] = '\0';
	return judge_link(entry->name, target, e);
}

static int
write_link(const struct extract *x, const struct entry *entry, struct err *e)
{
	char target[PATH_MAX];
	int result = zip_reader_start(x->zip, entry, e);

	if (!result)
		result = read_target(x->zip, entry, target, sizeof target, e);
	zip_reader_end(x->zip);
	if (result)
		return -1;
	if (symlinkat(target, x->dir_fd, entry->name) ||
	    (x->owner->change &&
	     fchownat(x->dir_fd, entry->name, x->owner->uid, x->owner->gid, AT_SYMLINK_NOFOLLOW)))
		return err_sys(e, "cannot make link '%.160s'", entry->name);
	return 0;
}

/* What only this thread can read; then the links, now that nothing is created any more. */
static int
write_rest(struct extract *x, struct err *e)
{
	char *buffer = malloc(BUFFER_BYTES);
	int result = buffer ? 0 : err_sys(e, "cannot unpack the image");

	for (size_t i = 0; i < x->judge->n_entries && !result; i++) {
		const struct entry *entry = &x->judge->entries[i];
		struct task task = {.n = 1};

		if (entry->kind != ENTRY_FILE || zip_reader_is_shareable(x->zip, entry))
			continue;
		x->files[0] = entry;
		result = run_task(x, x->zip, &task, buffer, e);
	}
	free(buffer);
	for (size_t i = 0; i < x->judge->n_entries && !result; i++)
		if (x->judge->entries[i].kind == ENTRY_LINK)
			result = write_link(x, &x->judge->entries[i], e);
	return result;
}

int
extract_tree(struct zip_reader *zip, const struct judge *entries, int dir_fd,
	     const struct extract_owner *owner, struct err *e)
{
	struct extract x = {.zip = zip, .judge = entries, .owner = owner, .dir_fd = dir_fd};
	mode_t mask = umask(0); /* modes are exact in the creating call */
	int result = -1;

	if (make_directories(&x, e) || plan(&x, e) || (x.n_tasks && run_tasks(&x, e)) ||
	    write_rest(&x, e))
		goto out;
	result = 0;
out:
	umask(mask);
	free(x.files);
	free(x.tasks);
	return result;
}
