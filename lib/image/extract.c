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
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/thread.h"
#include "image/pump.h"

/*
 * A task is a run of files of one directory that also lie side by side in the archive: two threads
 * then seldom wait for the same directory's lock, and one read serves many entries.
 */
#define TASK_FILES 256
#define TASK_BYTES (1u << 20)
#define THREADS_MAX 16
#define BUFFER_BYTES (512u * 1024)
#define PUMPED_BYTES (8u << 20) /* from this size on a file is worth a thread of its own */

struct task {
	size_t first, n; /* within files */
	uint64_t bytes;
	uint64_t place; /* of the first in the image */
	bool arrived;
};

/* What all threads share; nothing of it changes while they run but `next` and `stopped`. */
struct extract {
	struct source *source;
	const struct judge *judge;
	const struct extract_owner *owner;
	int dir_fd;
	const struct entry **files; /* in the archive's order */
	struct task *tasks;	    /* in the order of work */
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

/*
 * What a thread makes belongs to the owner from its birth: giving it away afterwards would be one
 * more call for each.  Only that thread is changed, and only for what it does to files.
 */
static int
become(uid_t uid, gid_t gid, struct err *e)
{
	syscall(SYS_setfsgid, gid);
	syscall(SYS_setfsuid, uid);
	/* They say nothing of a failure; asked for an id that is none, they tell the present. */
	if ((uid_t)syscall(SYS_setfsuid, -1) != uid || (gid_t)syscall(SYS_setfsgid, -1) != gid) {
		errno = EPERM;
		return err_sys(e, "cannot unpack as the service's account");
	}
	return 0;
}

static int
become_owner(const struct extract *x, struct err *e)
{
	return x->owner->change ? become(x->owner->uid, x->owner->gid, e) : 0;
}

static int
refuse_name(const char *name, struct err *e)
{
	if (errno != EEXIST)
		return err_sys(e, "cannot create '%.160s'", name);
	err_set(e, ERR_UNSAFE,
		"entry '%.160s' is there twice: the file system takes its name for another's",
		name);
	return err_refuse(e, "duplicate", name, strlen(name), 0);
}

/* Nothing but us writes to the tree, and its links come last: a path within it is safe to walk. */
static int
make_directory(const struct extract *x, const char *path, mode_t mode, struct err *e)
{
	return mkdirat(x->dir_fd, path, mode) ? refuse_name(path, e) : 0;
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
	return proc_interrupted(e);
}

static int
refuse_size(const struct entry *entry, struct err *e)
{
	err_set(e, ERR_UNSAFE, "entry '%.160s' is not as long as it says", entry->name);
	return err_refuse(e, "data", entry->name, strlen(entry->name), 0);
}

/* Some more bytes, after *done others: *len is 0 when there were as many as it says. */
static int
next_bytes(struct source *source, const struct entry *entry, uint64_t *done, void *buffer,
	   size_t size, size_t *len, struct err *e)
{
	if ((*done && *done < entry->size && proc_interrupted(e)) ||
	    source_next(source, entry, buffer, size, len, e))
		return -1;
	*done += *len;
	return *done > entry->size || (*len == 0 && *done < entry->size) ? refuse_size(entry, e)
									 : 0;
}

static int
copy(struct source *source, const struct entry *entry, int fd, char *buffer, struct err *e)
{
	uint64_t done = 0;
	size_t len;

	do
		if (next_bytes(source, entry, &done, buffer, BUFFER_BYTES, &len, e) ||
		    (len && fd_write_all(fd, buffer, len, entry->name, e)))
			return -1;
	while (len);
	return 0;
}

static int
copy_by_pump(struct source *source, const struct entry *entry, struct pump *pump, struct err *e)
{
	struct err failure = ERR_INIT;
	uint64_t done = 0;
	size_t len = 0;
	int result = 0;

	do {
		void *part = pump_part(pump);

		if (!part)
			break;
		result = next_bytes(source, entry, &done, part, PUMP_PART_BYTES, &len, e);
		pump_put(pump, result ? 0 : len);
	} while (len && !result);
	if (pump_finish(pump, &failure) == 0)
		return result;
	*e = failure;
	return -1;
}

static int
write_file(struct source *source, int parent, const struct entry *entry, char *buffer,
	   struct err *e)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = entry->mtime}};
	struct pump *pump = NULL;
	int fd, result = -1;

	fd = openat(parent, base_name(entry->name),
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry->mode);
	if (fd < 0)
		return err_sys(e, "cannot create '%.160s'", entry->name);
	if (source_start(source, entry, e))
		goto out;
	if (entry->size >= PUMPED_BYTES)
		pump = pump_start(fd, entry->name);
	if (pump ? copy_by_pump(source, entry, pump, e) : copy(source, entry, fd, buffer, e))
		goto out;
	if (futimens(fd, times)) {
		err_sys(e, "cannot set the time of '%.160s'", entry->name);
		goto out;
	}
	result = 0;
out:
	source_end(source);
	fd_close(&fd);
	return result;
}

static int
run_task(struct extract *x, struct source *source, const struct task *task, char *buffer,
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
	result = proc_interrupted(e);
	source_expect(source, files[task->n - 1]);
	for (size_t i = 0; i < task->n && !result && !atomic_load(&x->stopped); i++)
		result = write_file(source, parent, files[i], buffer, e);
	fd_close(&parent);
	return result;
}

/* Takes tasks until there are none; source is this thread's own. */
static int
work(struct extract *x, struct source *source, struct err *e)
{
	char *buffer = malloc(BUFFER_BYTES);
	int result = buffer ? 0 : err_sys(e, "cannot unpack the image");
	size_t i;

	while (!result && !atomic_load(&x->stopped) &&
	       (i = atomic_fetch_add(&x->next, 1)) < x->n_tasks)
		result = run_task(x, source, &x->tasks[i], buffer, e);
	if (result) {
		atomic_store(&x->stopped, true);
		/* Nobody is to wait any longer for bytes that nobody wants. */
		if (!atomic_load(&x->source->image->complete))
			arrival_end(x->source->image, false);
	}
	free(buffer);
	return result;
}

static void *
run_worker(void *arg)
{
	struct worker *worker = arg;
	struct source source;

	source_share(&source, worker->x->source);
	if (!become_owner(worker->x, &worker->err))
		(void)!work(worker->x, &source, &worker->err);
	source_close(&source);
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
		if (thread_start(&workers[n].thread, run_worker, &workers[n], &workers[n].err))
			break;
		n++;
	}
	result = work(x, x->source, e);
	for (size_t i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		/* That bytes are missing is what the others say once one has failed. */
		if (workers[i].err.kind && (!result || e->kind == ERR_UNAVAILABLE)) {
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

/* The largest first, so that none is left alone at the end. */
static int
compare_sizes(const void *a, const void *b)
{
	const struct task *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes > right->bytes ? -1 : 1;
	return left->first < right->first ? -1 : left->first > right->first;
}

/* What has arrived first, then as it comes. */
static int
compare_arrival(const void *a, const void *b)
{
	const struct task *left = a, *right = b;

	if (left->arrived != right->arrived)
		return left->arrived ? -1 : 1;
	return left->place < right->place ? -1 : left->place > right->place;
}

static void
order_tasks(struct extract *x)
{
	bool complete = atomic_load(&x->source->image->complete);

	for (size_t i = 0; i < x->n_tasks && !complete; i++) {
		struct task *task = &x->tasks[i];
		uint64_t end = 0, len = 0;

		source_place(x->source, x->files[task->first], &task->place, &len);
		source_place(x->source, x->files[task->first + task->n - 1], &end, &len);
		task->arrived =
			arrival_is_there(x->source->image, task->place, end + len - task->place);
	}
	qsort(x->tasks, x->n_tasks, sizeof *x->tasks, complete ? compare_sizes : compare_arrival);
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

		if (entry->kind == ENTRY_FILE && source_is_shareable(x->source, entry))
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
	order_tasks(x);
	return 0;
}

/* What only this thread can read, in the archive's order. */
static int
write_rest(struct extract *x, struct err *e)
{
	char *buffer = malloc(BUFFER_BYTES);
	int result = buffer ? source_confirm(x->source, e) : err_sys(e, "cannot unpack the image");

	x->n_files = 0;
	for (size_t i = 0; i < x->judge->n_entries; i++) {
		const struct entry *entry = &x->judge->entries[i];

		if (entry->kind == ENTRY_FILE && !source_is_shareable(x->source, entry))
			x->files[x->n_files++] = entry;
	}
	qsort(x->files, x->n_files, sizeof(void *), compare_places);
	for (size_t i = 0; i < x->n_files && !result; i++) {
		struct task task = {.first = i, .n = 1};

		result = run_task(x, x->source, &task, buffer, e);
	}
	free(buffer);
	return result;
}

/* Now that nothing else is created any more. */
static int
write_links(struct extract *x, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < x->judge->n_entries && !result; i++) {
		const struct entry *entry = &x->judge->entries[i];

		if (entry->kind == ENTRY_LINK && symlinkat(entry->target, x->dir_fd, entry->name))
			result = refuse_name(entry->name, e);
	}
	return result;
}

static int
write_tree(struct extract *x, struct err *e)
{
	return make_directories(x, e) || plan(x, e) || (x->n_tasks && run_tasks(x, e)) ||
			       write_rest(x, e) || write_links(x, e)
		       ? -1
		       : 0;
}

int
extract_tree(struct source *source, const struct judge *entries, int dir_fd,
	     const struct extract_owner *owner, struct err *e)
{
	struct extract x = {.source = source, .judge = entries, .owner = owner, .dir_fd = dir_fd};
	struct err ignored = ERR_INIT;
	mode_t mask;
	int result;

	if (owner->change && fchown(dir_fd, owner->uid, owner->gid))
		return err_sys(e, "cannot give the directory its owner");
	mask = umask(0); /* modes are exact in the creating call */
	result = become_owner(&x, e) ? -1 : write_tree(&x, e);
	if (owner->change && become(geteuid(), getegid(), &ignored))
		result = -1;
	umask(mask);
	free(x.files);
	free(x.tasks);
	return result;
}
