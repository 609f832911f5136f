/* SPDX-License-Identifier: MIT */
/* check - the state word of a service. */
#include "command/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void
unknown(struct check *check, const char *reason)
{
	snprintf(check->state, sizeof check->state, "UNKNOWN: %s", reason);
}

static int
ask(struct service *svc, const struct hook_options *options, struct check *check, struct err *e)
{
	const char *const args[] = {svc->id, NULL};
	struct hook_outcome outcome;
	struct stat st;
	int result = hook_run(svc, &HOOK_CHECK, args, options, &outcome, e);

	/* As a volume that is not mounted. */
	if (!result && outcome.absent && fstatat(svc->dir_fd, "bin", &st, AT_SYMLINK_NOFOLLOW)) {
		unknown(check, errno == ENOENT ? "the service has no bin/" : strerror(errno));
		return 0;
	}
	/* Its own exit status is not asked: the word that it printed is what counts. */
	if (result && (e->kind != ERR_STATUS || !outcome.first[0]))
		unknown(check, e->msg);
	else if (outcome.absent)
		snprintf(check->state, sizeof check->state, "OK");
	else if (!outcome.first[0])
		unknown(check, "the hook printed nothing");
	else
		snprintf(check->state, sizeof check->state, "%s", outcome.first);
	return outcome.signal ? -1 : 0;
}

int
check_service(const char *id, const struct service_lock_request *lock,
	      const struct hook_options *options, struct check *check, struct err *e)
{
	struct service svc = SERVICE_INIT;
	struct err hook = ERR_INIT; /* told by the state, unless it was a signal to us */
	int result;

	*check = (struct check){.running = false};
	result = hook_open(&svc, id, lock, e);
	if (result) {
		unknown(check, e->msg);
	} else if (ask(&svc, options, check, &hook)) {
		*e = hook;
		result = -1;
	}
	check->running = strcmp(check->state, "OK") == 0;
	service_close(&svc);
	return result;
}
