/* SPDX-License-Identifier: MIT */
/* kernel - system calls that leave errno alone. */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

#include <poll.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>

/*
 * A process that shares its memory with one that runs at the same time (base/keeper.h) shares errno
 * and the allocator too, so it can use nothing of libc that touches either.
 *
 * KERNEL_CAN_SHARE is 0 where there are no such calls for this kind of processor, and where an
 * instrumented program keeps records of its own in memory.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KERNEL_IS_INSTRUMENTED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERNEL_IS_INSTRUMENTED 1
#endif

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(KERNEL_IS_INSTRUMENTED)
#define KERNEL_CAN_SHARE 1
#else
#define KERNEL_CAN_SHARE 0
#endif

/* kernel_call - one system call; what it returns, or the negative errno. */
long kernel_call(long number, long a, long b, long c, long d, long e, long f);

static inline int
kernel_open_at(int dir_fd, const char *path, int flags)
{
	return (int)kernel_call(SYS_openat, dir_fd, (long)path, flags, 0, 0, 0);
}

static inline ssize_t
kernel_read(int fd, void *data, size_t len)
{
	return kernel_call(SYS_read, fd, (long)data, (long)len, 0, 0, 0);
}

static inline void
kernel_close(int fd)
{
	kernel_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

static inline void
kernel_kill(pid_t pid, int signal)
{
	kernel_call(SYS_kill, pid, signal, 0, 0, 0, 0);
}

/* timeout_ms below 0 waits for ever. */
int kernel_poll(struct pollfd *fds, size_t n, int timeout_ms);

/* kernel_map - empty memory, which costs only what is written of it; NULL where there is none. */
void *kernel_map(size_t bytes);
void kernel_unmap(void *memory, size_t bytes);

#endif
