/* SPDX-License-Identifier: MIT */
/* watch - what ends a wait from outside: a signal, a reader that has gone, the time. */
#include "cluster/watch.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/proc.h"

int
watch_open(struct watch *w, int reader_fd, int timeout_s, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	*w = (struct watch){.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
			    .reader_fd = reader_fd,
			    .timeout_s = timeout_s,
			    .deadline_ms = clock_ms() + timeout_s * 1000LL};
	return w->signal_fd < 0 ? err_sys(e, "cannot watch for signals") : 0;
}

int
watch_look(const struct watch *w, struct err *e)
{
	struct pollfd reader = {.fd = w->reader_fd};

	if (proc_interrupted(e))
		return -1;
	/* Asked for nothing, poll answers when the other end is closed. */
	if (poll(&reader, 1, 0) > 0)
		return err_set(e, ERR_IO, "nobody reads standard output any more");
	if (w->timeout_s && clock_ms() >= w->deadline_ms)
		return err_set(e, ERR_UNAVAILABLE, "it took longer than %d s (--timeout)",
			       w->timeout_s);
	return 0;
}

long long
watch_left_ms(const struct watch *w, long long ms)
{
	long long left = w->timeout_s ? w->deadline_ms - clock_ms() : ms;

	if (left > ms)
		left = ms;
	return left < 0 ? 0 : left;
}

int
watch_wait(const struct watch *w, long long ms, struct err *e)
{
	struct pollfd polls[2] = {{.fd = w->signal_fd, .events = POLLIN}, {.fd = w->reader_fd}};

	poll(polls, 2, (int)watch_left_ms(w, ms));
	return watch_look(w, e);
}

void
watch_close(struct watch *w)
{
	fd_close(&w->signal_fd);
}
