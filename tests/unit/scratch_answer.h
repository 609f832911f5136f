/* SPDX-License-Identifier: MIT */
/* scratch_answer - what a test lets be printed, by a file in the place of standard output. */
#ifndef TESTS_UNIT_SCRATCH_ANSWER_H
#define TESTS_UNIT_SCRATCH_ANSWER_H

#include "scratch.h"

static int scratch_stdout = -1;

/* Between these two calls all goes to the file "answer", which is then read by scratch_read. */
static inline void
scratch_answer_begin(void)
{
	int fd = openat(scratch_fd, "answer", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fflush(stdout);
	scratch_stdout = dup(STDOUT_FILENO);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	close(fd);
}

static inline void
scratch_answer_end(void)
{
	fflush(stdout);
	ck_assert_int_ge(dup2(scratch_stdout, STDOUT_FILENO), 0);
	close(scratch_stdout);
}

#endif
