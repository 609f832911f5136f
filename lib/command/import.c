/* SPDX-License-Identifier: MIT */
/* import - an image's file or URL becomes a file of our own, known by its digest. */
#include "command/import.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/thread.h"

#define PIECE_BYTES (1u << 20)
#define TAIL_BYTES (4u << 20) /* most archives' directory: copied first */
#define LOOK_MS 200	      /* how often a stream that is silent looks for a signal */

/* Copies [from, to); in the kernel where that can. */
static int
copy_range(struct import *in, uint64_t from, uint64_t to, struct err *e)
{
	static _Thread_local char part[65536];

	while (from < to) {
		off_t source = (off_t)from, target = (off_t)from;
		ssize_t n = copy_file_range(in->from_fd, &source, in->fd, &target, to - from, 0);

		if (n <= 0 && (n == 0 || errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
			       errno == EOPNOTSUPP)) {
			n = pread(in->from_fd, part,
				  to - from < sizeof part ? to - from : sizeof part, (off_t)from);
			if (n > 0)
				n = pwrite(in->fd, part, (size_t)n, (off_t)from);
			if (n == 0)
				return err_set(e, ERR_IO,
					       "the image became shorter while it was read");
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot copy the image");
		from += (uint64_t)n;
	}
	return 0;
}

/* What cannot fit is told by its numbers, and before the rest of the disk is filled with it. */
static int
check_room(struct import *in, uint64_t size, struct err *e)
{
	struct statvfs fs;
	uint64_t room;

	if (fstatvfs(in->fd, &fs))
		return err_sys(e, "cannot look at the file system for the image");
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	return size <= room
		       ? 0
		       : err_set(e, ERR_IO,
				 "a copy of the image needs %" PRIu64
				 " bytes and the file system of the services has %" PRIu64 " free",
				 size, room);
}

static int
copy_image(struct import *in, struct err *e)
{
	uint64_t size, have = 0, tail;
	struct stat st;

	if (fstat(in->from_fd, &st))
		return err_sys(e, "cannot look at the image");
	size = (uint64_t)st.st_size;
	/* A file system that can share the blocks copies nothing. */
	if (ioctl(in->fd, FICLONE, in->from_fd) == 0) {
		arrival_tell(&in->image, size, size, size);
		return 0;
	}
	if (check_room(in, size, e))
		return -1;
	if (ftruncate(in->fd, st.st_size))
		return err_sys(e, "cannot copy the image");
	tail = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	if (copy_range(in, tail, size, e))
		return -1;
	arrival_tell(&in->image, size, have, tail);
	while (have < tail && !atomic_load(&in->is_unwanted)) {
		uint64_t next = have + PIECE_BYTES < tail ? have + PIECE_BYTES : tail;

		if (proc_interrupted(e) || copy_range(in, have, next, e))
			return -1;
		have = next;
		arrival_tell(&in->image, size, have, tail);
	}
	return 0;
}

/* Waits until there is something to read; 1 when nobody wants it any more. */
static int
await_stream(struct import *in, struct err *e)
{
	struct pollfd watched[] = {{.fd = in->from_fd, .events = POLLIN}, {.fd = in->stop_fds[0]}};

	for (;;) {
		int n = poll(watched, 2, LOOK_MS);

		if (proc_interrupted(e))
			return -1;
		if (n < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for the image");
		if (watched[1].revents)
			return 1;
		if (n > 0)
			return 0;
	}
}

/* All of it is told at once: of a zip the end is wanted first, and where it is nobody knows. */
static int
take_stream(struct import *in, struct err *e)
{
	static _Thread_local char part[65536];
	uint64_t size = 0;
	int result;

	while ((result = await_stream(in, e)) == 0) {
		ssize_t n = read(in->from_fd, part, sizeof part);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_sys(e, "cannot read the image");
		if (n == 0)
			break;
		size += (uint64_t)n;
		if (size > in->max_bytes) {
			err_set(e, ERR_UNSAFE,
				"the image has more than %" PRIu64 " bytes (max-bytes)",
				in->max_bytes);
			return err_refuse(e, "max-bytes", NULL, 0, in->max_bytes);
		}
		if (fd_write_all(in->fd, part, (size_t)n, "the image's copy", e))
			return -1;
	}
	if (result)
		return -1;
	arrival_tell(&in->image, size, size, size);
	return 0;
}

static void *
feed(void *arg)
{
	struct import *in = arg;

	if (in->url) {
		in->fed = download_run(in->url, &in->image, in->state_fd, &in->download,
				       &in->feed_err);
	} else {
		in->fed = in->is_stream ? take_stream(in, &in->feed_err)
					: copy_image(in, &in->feed_err);
		arrival_end(&in->image, in->fed == 0);
	}
	return NULL;
}

static void *
hash(void *arg)
{
	struct import *in = arg;

	in->hashed = digest_arrival(&in->image, in->digest, &in->hash_err);
	return NULL;
}

static int
start(struct import *in, bool has_feeder, struct err *e)
{
	in->feed_err = in->hash_err = ERR_INIT;
	if (has_feeder) {
		in->fed = -1;
		if (thread_start(&in->feeder, feed, in, e))
			return -1;
		in->is_feeding = true;
	}
	in->hashed = -1;
	if (thread_start(&in->hasher, hash, in, e))
		return -1;
	in->is_hashing = true;
	return 0;
}

/* A file for the bytes, among the kept images. */
static int
open_part(struct import *in, struct service *svc, const char *name, struct err *e)
{
	int result =
		images_open(&in->images, svc, e) ? -1 : images_begin(&in->images, name, &in->fd, e);

	if (result == 0)
		snprintf(in->part, sizeof in->part, "%s", name);
	return result;
}

/* A name that nobody else has. */
static int
open_copy(struct import *in, struct service *svc, struct err *e)
{
	char name[IMAGES_NAME_MAX];

	snprintf(name, sizeof name, IMAGES_COPY "%s", svc->run_id);
	return open_part(in, svc, name, e) ? -1 : 0;
}

int
import_file(struct import *in, int fd, struct service *svc, struct err *e)
{
	in->from_fd = fd;
	if (!svc)
		return arrival_open_whole(&in->image, fd, e) || start(in, false, e) ? -1 : 0;
	if (open_copy(in, svc, e))
		return -1;
	arrival_open(&in->image, in->fd);
	return start(in, true, e);
}

/* Of several runs that want one URL at once only the first can go on with what was there. */
static int
open_download(struct import *in, struct service *svc, struct err *e)
{
	char name[IMAGES_NAME_MAX], digest[DIGEST_HEX];
	int result;

	/* By the URL, so that the next run finds what this one leaves. */
	if (digest_text(in->url, digest, e))
		return -1;
	snprintf(name, sizeof name, IMAGES_DOWNLOAD "%s", digest);
	result = open_part(in, svc, name, e);
	if (result == -2) {
		images_close(&in->images);
		result = open_copy(in, svc, e);
		in->state_fd = memfd_create("state", MFD_CLOEXEC);
		return result || in->state_fd >= 0 ? result : err_sys(e, "cannot fetch the image");
	}
	if (result)
		return -1;
	snprintf(in->part_state, sizeof in->part_state, IMAGES_DOWNLOAD "%s.state", digest);
	result = images_begin(&in->images, in->part_state, &in->state_fd, e);
	return result == -2 ? err_set(e, ERR_BUSY,
				      "the download is removed by another run, for its "
				      "age: try again")
			    : result;
}

/* Files that nobody ever sees. */
static int
open_nameless(struct import *in, struct err *e)
{
	in->fd = open("/var/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (in->fd < 0)
		in->fd = memfd_create("image", MFD_CLOEXEC);
	in->state_fd = memfd_create("state", MFD_CLOEXEC);
	return in->fd < 0 || in->state_fd < 0 ? err_sys(e, "cannot fetch the image") : 0;
}

int
import_stream(struct import *in, int fd, uint64_t max_bytes, struct service *svc, struct err *e)
{
	in->from_fd = fd;
	in->is_stream = true;
	in->max_bytes = max_bytes;
	if (svc ? open_copy(in, svc, e) : open_nameless(in, e))
		return -1;
	if (pipe2(in->stop_fds, O_CLOEXEC))
		return err_sys(e, "cannot read the image");
	arrival_open(&in->image, in->fd);
	return start(in, true, e);
}

int
import_url(struct import *in, const char *url, const struct download_options *options,
	   struct service *svc, struct err *e)
{
	sigset_t children;

	in->url = url;
	in->download = *options;
	if (svc ? open_download(in, svc, e) : open_nameless(in, e))
		return -1;
	if (pipe2(in->stop_fds, O_CLOEXEC))
		return err_sys(e, "cannot fetch the image");
	in->download.stop_fd = in->stop_fds[0];
	/* As download_run wants it. */
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &children, NULL);
	arrival_open(&in->image, in->fd);
	return start(in, true, e);
}

int
import_kept(struct import *in, const char *name, struct service *svc, struct err *e)
{
	if (images_look(&in->images, svc, e))
		return -1;
	in->fd = openat(in->images.fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in->fd < 0)
		return err_sys(e, "cannot open the kept image");
	snprintf(in->kept, sizeof in->kept, "%s", name);
	return arrival_open_whole(&in->image, in->fd, e) || start(in, false, e) ? -1 : 0;
}

int
import_finish(struct import *in, struct err *e)
{
	if (in->is_feeding)
		pthread_join(in->feeder, NULL);
	if (in->is_hashing)
		pthread_join(in->hasher, NULL);
	in->is_feeding = in->is_hashing = false;
	if (in->fed)
		*e = in->feed_err;
	else if (in->hashed)
		*e = in->hash_err;
	in->is_whole = !in->fed;
	return in->fed || in->hashed ? -1 : 0;
}

int
import_keep(struct import *in, const char *suffix, struct err *e)
{
	if (!in->part[0])
		return in->kept[0] ? images_hold(&in->images, in->kept, e) : 0;
	if (images_keep(&in->images, in->part, in->digest, suffix, e))
		return -1;
	in->part[0] = '\0';
	return 0;
}

void
import_abandon(struct import *in)
{
	atomic_store(&in->is_unwanted, true);
	fd_close(&in->stop_fds[1]);
	if (in->image.fd >= 0 && in->is_feeding)
		arrival_end(&in->image, false);
}

uint64_t
import_left(const struct import *in)
{
	struct stat st;

	if (!in->part[0] || fstat(in->fd, &st) || st.st_size <= (off_t)st.st_blocks * 512)
		return 0;
	return (uint64_t)(st.st_size - (off_t)st.st_blocks * 512);
}

void
import_close(struct import *in)
{
	struct err ignored = ERR_INIT;
	bool was_opened = in->image.fd >= 0, is_useless;
	struct stat st;

	import_abandon(in);
	(void)!import_finish(in, &ignored);
	is_useless = !in->part_state[0] || in->is_whole || in->is_refused || fstat(in->fd, &st) ||
		     st.st_size == 0;
	if (in->part[0] && is_useless)
		unlinkat(in->images.fd, in->part, 0);
	if (in->part_state[0] && is_useless)
		unlinkat(in->images.fd, in->part_state, 0);
	if (was_opened)
		arrival_close(&in->image);
	images_close(&in->images);
	fd_close(&in->stop_fds[0]);
	fd_close(&in->state_fd);
	fd_close(&in->fd);
	fd_close(&in->from_fd);
	*in = IMPORT_INIT;
}
