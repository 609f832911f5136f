/* SPDX-License-Identifier: MIT */
/* kernel - system calls that leave errno alone. */
#include "base/kernel.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)

long
kernel_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	/* Source: x86-64 psABI, A.2.1, Calling Conventions of the Linux kernel. */
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

long
kernel_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	/* Source: syscall(2), Architecture calling conventions. */
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else

long
kernel_call(long number, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(number, a, b, c, d, e, f);

	return result == -1 ? -errno : result;
}

#endif

int
kernel_poll(struct pollfd *fds, size_t n, int timeout_ms)
{
	struct timespec limit = {.tv_sec = timeout_ms / 1000,
				 .tv_nsec = timeout_ms % 1000 * 1000000L};

	return (int)kernel_call(SYS_ppoll, (long)fds, (long)n, timeout_ms < 0 ? 0 : (long)&limit, 0,
				0, 0);
}

#define MAP_PROTECTION (PROT_READ | PROT_WRITE)
#define MAP_KIND (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

void *
kernel_map(size_t bytes)
{
#if KERNEL_CAN_SHARE
	long memory = kernel_call(SYS_mmap, 0, (long)bytes, MAP_PROTECTION, MAP_KIND, -1, 0);

	return memory < 0 ? NULL : (void *)memory;
#else
	void *memory = mmap(NULL, bytes, MAP_PROTECTION, MAP_KIND, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
#endif
}

void
kernel_unmap(void *memory, size_t bytes)
{
	kernel_call(SYS_munmap, (long)memory, (long)bytes, 0, 0, 0, 0);
}
