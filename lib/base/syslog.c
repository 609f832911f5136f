/* SPDX-License-Identifier: MIT */
/* syslog - records to the system's log, which never hold the process that writes them. */
#include "base/syslog.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define LOG_SOCKET "/dev/log"
/* In all, however many records. */
#define STALL_LIMIT_MS 1000

static struct {
	int fd; /* -1 until there is a record */
	int patience_ms;
} peer = {-1, STALL_LIMIT_MS};

static bool
reach(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = LOG_SOCKET};

	if (peer.fd >= 0)
		return true;
	peer.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (peer.fd < 0)
		return false;
	if (connect(peer.fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return true;
	close(peer.fd);
	peer.fd = -1;
	return false;
}

static bool
is_full(void)
{
	return errno == EAGAIN || errno == ENOBUFS;
}

static bool
deliver(const char *record, size_t len)
{
	struct pollfd fd = {.fd = peer.fd, .events = POLLOUT};

	while (send(peer.fd, record, len, MSG_NOSIGNAL) < 0) {
		long long start = clock_ms();

		if (!is_full())
			return false;
		if (peer.patience_ms <= 0)
			break;
		poll(&fd, 1, peer.patience_ms);
		peer.patience_ms -= (int)(clock_ms() - start) + 1; /* ends even where none passes */
	}
	return true;
}

bool
syslog_send(int priority, const char *tag, const char *text)
{
	char record[SYSLOG_RECORD_MAX], when[32];
	time_t now = time(NULL);
	struct tm local;
	int len;

	localtime_r(&now, &local);
	strftime(when, sizeof when, "%b %e %H:%M:%S", &local);
	len = snprintf(record, sizeof record, "<%d>%s %s[%d]: %s", priority, when, tag, getpid(),
		       text);
	if (len < 0)
		return false;
	if (len >= (int)sizeof record)
		len = sizeof record - 1;
	/* Once more where the log was started anew since the record before. */
	for (int i = 0; i < 2 && reach(); i++) {
		if (deliver(record, (size_t)len))
			return true;
		close(peer.fd);
		peer.fd = -1;
	}
	return false;
}

bool
syslog_is_there(void)
{
	return access(LOG_SOCKET, F_OK) == 0;
}
