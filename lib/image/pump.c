/* SPDX-License-Identifier: MIT */
/* pump - a large file, written by a thread of its own while its next bytes are being made. */
#include "image/pump.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/thread.h"

#define N_PARTS 4

struct pump {
	int fd;
	const char *what;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t moved;	 /* one of the three below has changed */
	size_t n_put, n_written; /* parts, since the start */
	bool is_ended;		 /* no more is put */
	struct err err;		 /* of the thread */
	size_t len[N_PARTS];	 /* of the parts, in turn */
	char parts[N_PARTS][PUMP_PART_BYTES];
};

/* The next part that is to be written; false when there is none and will be none. */
static bool
await_put(struct pump *pump)
{
	bool is_there;

	pthread_mutex_lock(&pump->mutex);
	while (pump->n_put == pump->n_written && !pump->is_ended)
		pthread_cond_wait(&pump->moved, &pump->mutex);
	is_there = pump->n_put != pump->n_written;
	pthread_mutex_unlock(&pump->mutex);
	return is_there;
}

static void *
write_parts(void *arg)
{
	struct pump *pump = arg;
	struct err err = ERR_INIT;
	size_t i = 0;

	while (!err.kind && await_put(pump)) {
		(void)!fd_write_all(pump->fd, pump->parts[i], pump->len[i], pump->what, &err);
		pthread_mutex_lock(&pump->mutex);
		pump->err = err;
		pump->n_written++;
		pthread_cond_signal(&pump->moved);
		pthread_mutex_unlock(&pump->mutex);
		i = (i + 1) % N_PARTS;
	}
	return NULL;
}

struct pump *
pump_start(int fd, const char *what)
{
	struct pump *pump = calloc(1, sizeof *pump);
	struct err ignored = ERR_INIT;

	if (!pump)
		return NULL;
	pump->fd = fd;
	pump->what = what;
	pump->err = ERR_INIT;
	pthread_mutex_init(&pump->mutex, NULL);
	pthread_cond_init(&pump->moved, NULL);
	if (thread_start(&pump->thread, write_parts, pump, &ignored) == 0)
		return pump;
	free(pump);
	return NULL;
}

void *
pump_part(struct pump *pump)
{
	bool is_failed;

	pthread_mutex_lock(&pump->mutex);
	while (pump->n_put - pump->n_written == N_PARTS && !pump->err.kind)
		pthread_cond_wait(&pump->moved, &pump->mutex);
	is_failed = pump->err.kind;
	pthread_mutex_unlock(&pump->mutex);
	return is_failed ? NULL : pump->parts[pump->n_put % N_PARTS];
}

void
pump_put(struct pump *pump, size_t len)
{
	pump->len[pump->n_put % N_PARTS] = len;
	pthread_mutex_lock(&pump->mutex);
	pump->n_put++;
	pthread_cond_signal(&pump->moved);
	pthread_mutex_unlock(&pump->mutex);
}

int
pump_finish(struct pump *pump, struct err *e)
{
	int result = 0;

	pthread_mutex_lock(&pump->mutex);
	pump->is_ended = true;
	pthread_cond_signal(&pump->moved);
	pthread_mutex_unlock(&pump->mutex);
	pthread_join(pump->thread, NULL);
	if (pump->err.kind) {
		*e = pump->err;
		result = -1;
	}
	pthread_cond_destroy(&pump->moved);
	pthread_mutex_destroy(&pump->mutex);
	free(pump);
	return result;
}
