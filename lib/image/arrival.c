/* SPDX-License-Identifier: MIT */
/* arrival - an image file that may still be on its way: a reader waits for what it needs. */
#include "image/arrival.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

void
arrival_open(struct arrival *a, int fd)
{
	*a = (struct arrival){.fd = fd};
	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->told, NULL);
}

int
arrival_open_whole(struct arrival *a, int fd, struct err *e)
{
	struct stat st;

	arrival_open(a, fd);
	if (fstat(fd, &st))
		return err_sys(e, "cannot look at the image");
	arrival_tell(a, (uint64_t)st.st_size, (uint64_t)st.st_size, (uint64_t)st.st_size);
	arrival_end(a, true);
	return 0;
}

void
arrival_close(struct arrival *a)
{
	pthread_cond_destroy(&a->told);
	pthread_mutex_destroy(&a->mutex);
	*a = (struct arrival){.fd = -1};
}

void
arrival_tell(struct arrival *a, uint64_t size, uint64_t have, uint64_t tail)
{
	pthread_mutex_lock(&a->mutex);
	a->is_sized = true;
	a->size = size;
	a->have = have;
	a->tail = tail;
	pthread_cond_broadcast(&a->told);
	pthread_mutex_unlock(&a->mutex);
}

void
arrival_end(struct arrival *a, bool is_whole)
{
	pthread_mutex_lock(&a->mutex);
	a->is_lost = !is_whole;
	if (is_whole) {
		a->have = a->size;
		atomic_store(&a->complete, true);
	}
	pthread_cond_broadcast(&a->told);
	pthread_mutex_unlock(&a->mutex);
}

/* How many bytes from offset on have arrived; the mutex is held, or all has arrived. */
static uint64_t
there(const struct arrival *a, uint64_t offset)
{
	uint64_t end = offset >= a->tail || a->have >= a->tail ? a->size : a->have;

	return a->is_sized && offset < end ? end - offset : 0;
}

static int
lose(struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "the image did not arrive whole");
}

int
arrival_size(struct arrival *a, uint64_t *size, struct err *e)
{
	bool is_sized;

	pthread_mutex_lock(&a->mutex);
	while (!a->is_sized && !a->is_lost)
		pthread_cond_wait(&a->told, &a->mutex);
	is_sized = a->is_sized;
	*size = a->size;
	pthread_mutex_unlock(&a->mutex);
	return is_sized ? 0 : lose(e);
}

/* Waits for the first `least` bytes and says how many there are. */
static int
wait_for(struct arrival *a, uint64_t offset, uint64_t least, uint64_t *n, struct err *e)
{
	bool is_there = false;

	if (atomic_load(&a->complete)) {
		*n = there(a, offset);
		return 0;
	}
	pthread_mutex_lock(&a->mutex);
	for (;;) {
		*n = there(a, offset);
		is_there = *n >= least ||
			   (a->is_sized && (offset >= a->size || *n == a->size - offset));
		if (is_there || a->is_lost)
			break;
		pthread_cond_wait(&a->told, &a->mutex);
	}
	pthread_mutex_unlock(&a->mutex);
	return is_there ? 0 : lose(e);
}

int
arrival_read(struct arrival *a, struct arrival_range range, void *data, size_t *got, struct err *e)
{
	uint64_t n_there = 0;
	size_t most = range.most;

	*got = 0;
	if (wait_for(a, range.offset, range.least, &n_there, e))
		return -1;
	if (most > n_there)
		most = (size_t)n_there;
	while (*got < most) {
		ssize_t n = pread(a->fd, (char *)data + *got, most - *got,
				  (off_t)(range.offset + *got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot read the image");
		if (n == 0)
			return err_set(e, ERR_IO, "the image has become shorter");
		*got += (size_t)n;
	}
	return 0;
}

bool
arrival_is_there(struct arrival *a, uint64_t offset, uint64_t len)
{
	bool is_there;

	if (atomic_load(&a->complete))
		return true;
	pthread_mutex_lock(&a->mutex);
	is_there = there(a, offset) >= len;
	pthread_mutex_unlock(&a->mutex);
	return is_there;
}
