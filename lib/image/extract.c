/* SPDX-License-Identifier: MIT */
/* extract - write an image's judged entries beneath a directory, by several threads. */
#include "image/extract.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/thread.h"

/*
 * A task is a run of files of one directory that also lie side by side in the archive: two threads
 * then seldom wait for the same directory's lock, and one read serves many entries.
 */
#define TASK_FILES 256
#define TASK_BYTES (1u << 20)
#define THREADS_MAX 16

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
	const struct tree_owner *owner;
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

static int
run_task(struct extract *x, struct source *source, const struct task *task, char *buffer,
	 struct err *e)
{
	const struct entry **files = x->files + task->first;
	int parent = tree_open_parent(x->dir_fd, files[0]->name, e), result;

	if (parent < 0)
		return -1;
	result = proc_interrupted(e);
	source_expect(source, files[task->n - 1]);
	for (size_t i = 0; i < task->n && !result && !atomic_load(&x->stopped); i++)
		result = tree_write_file(source, parent, files[i], buffer, e);
	fd_close(&parent);
	return result;
}

/* Takes tasks until there are none; source is this thread's own. */
static int
work(struct extract *x, struct source *source, struct err *e)
{
	char *buffer = malloc(TREE_BUFFER_BYTES);
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
	if (!tree_become_owner(worker->x->owner, &worker->err))
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
	size_t len = tree_parent_length(a->name);

	return tree_parent_length(b->name) == len && memcmp(a->name, b->name, len) == 0;
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
	qsort(x->files, x->n_files, sizeof(void *), judge_compare_places);
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
	char *buffer = malloc(TREE_BUFFER_BYTES);
	int result = buffer ? source_confirm(x->source, e) : err_sys(e, "cannot unpack the image");

	x->n_files = 0;
	for (size_t i = 0; i < x->judge->n_entries; i++) {
		const struct entry *entry = &x->judge->entries[i];

		if (entry->kind == ENTRY_FILE && !source_is_shareable(x->source, entry))
			x->files[x->n_files++] = entry;
	}
	qsort(x->files, x->n_files, sizeof(void *), judge_compare_places);
	for (size_t i = 0; i < x->n_files && !result; i++) {
		struct task task = {.first = i, .n = 1};

		result = run_task(x, x->source, &task, buffer, e);
	}
	free(buffer);
	return result;
}

static int
write_tree(struct extract *x, struct err *e)
{
	return tree_make_directories(x->dir_fd, x->judge, e) || plan(x, e) ||
			       (x->n_tasks && run_tasks(x, e)) || write_rest(x, e) ||
			       tree_write_links(x->dir_fd, x->judge, e)
		       ? -1
		       : 0;
}

int
extract_tree(struct source *source, const struct judge *entries, int dir_fd,
	     const struct tree_owner *owner, struct err *e)
{
	struct extract x = {.source = source, .judge = entries, .owner = owner, .dir_fd = dir_fd};
	struct err ignored = ERR_INIT;
	mode_t mask;
	int result;

	if (owner->change && fchown(dir_fd, owner->uid, owner->gid))
		return err_sys(e, "cannot give the directory its owner");
	mask = umask(0); /* modes are exact in the creating call */
	result = tree_become_owner(owner, e) ? -1 : write_tree(&x, e);
	if (tree_become_self(owner, &ignored))
		result = -1;
	umask(mask);
	free(x.files);
	free(x.tasks);
	return result;
}
