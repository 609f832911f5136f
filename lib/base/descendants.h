/* SPDX-License-Identifier: MIT */
/* descendants - find every descendant of this process and send it a signal. */
#ifndef BASE_DESCENDANTS_H
#define BASE_DESCENDANTS_H

#include <stddef.h>

/*
 * descendants_signal - send a signal to each and return how many there were.
 *
 * Found by their parents in /proc, so a descendant of a session of its own is one too; one whose
 * parent has died is, when this process is a child subreaper.  Neither errno nor the allocator is
 * touched (base/kernel.h).
 *
 * Source:  proc(5), /proc/PID/stat; prctl(2), PR_SET_CHILD_SUBREAPER.
 */
size_t descendants_signal(int signal);

/* descendants_kill - stop them all, so that none forks meanwhile, then SIGKILL them. */
void descendants_kill(void);

#endif
