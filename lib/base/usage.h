/* SPDX-License-Identifier: MIT */
/* usage - how busy this machine is, as the kernel says. */
#ifndef BASE_USAGE_H
#define BASE_USAGE_H

#include "base/err.h"

struct usage {
	long n_cpus;
	double load[3]; /* averages of 1, 5 and 15 minutes */
	double cpu;	/* percent: the load of 15 minutes for each CPU; may be over 100 */
	double memory;	/* percent of the memory that is not available to a new program */
	long long memory_bytes;
	double pressure; /* percent of the last minute in which some task waited for a CPU; -1 where
			    the kernel does not say */
};

/*
 * usage_read - read it.
 *
 * proc  "/proc"
 *
 * Fails:   ERR_SYSTEM; ERR_UNAVAILABLE for files of another form.
 * Source:  proc(5), loadavg and meminfo (MemTotal, MemAvailable); the kernel's
 *          Documentation/accounting/psi.rst, pressure/cpu, "some avg60".
 */
int usage_read(const char *proc, struct usage *usage, struct err *e)
	__attribute__((warn_unused_result));

#endif
