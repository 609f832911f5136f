/* SPDX-License-Identifier: MIT */
/* thread - start a thread that no signal is delivered to. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

#include "base/err.h"

/* thread_start - the signals of this process stay with those threads that had them. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, struct err *e)
	__attribute__((warn_unused_result));

#endif
