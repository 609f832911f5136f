/* SPDX-License-Identifier: MIT */
/* every - one hook of every service, one service after the other. */
#include "command/every.h"

#include "base/log.h"
#include "service/listing.h"

static void
count(struct every *every, const char *id, const struct hook *hook, const struct err *e)
{
	switch (e->kind) {
	case ERR_NONE:
		every->n_done++;
		return;
	case ERR_HOOK_MISSING:
		log_note("service '%s' is skipped: %s", id, e->msg);
		every->n_skipped++;
		return;
	case ERR_NO_SERVICE: /* removed since it was listed */
		return;
	default:
		log_error("event '%s' of service '%s': %s", hook->event, id, e->msg);
		every->n_failed++;
		if (!every->status)
			every->status = err_status(e);
	}
}

/* 1 when a signal to this process has ended the hook. */
static int
run_one(const char *id, const struct hook *hook, const struct service_lock_request *lock,
	const struct hook_options *options, struct every *every, struct err *e)
{
	struct service svc = SERVICE_INIT;
	struct hook_outcome outcome = {.absent = false};
	struct err failure = ERR_INIT;
	int result;

	log_subject(id);
	result = hook_open(&svc, id, lock, &failure) ||
		 hook_run(&svc, hook, (const char *const[]){svc.id, NULL}, options, &outcome,
			  &failure);
	log_subject(NULL);
	if (!result && outcome.absent)
		every->n_skipped++;
	else
		count(every, id, hook, &failure);
	service_close(&svc);
	if (!outcome.signal)
		return 0;
	*e = failure;
	return -1;
}

int
every_run(const struct hook *hook, const struct service_lock_request *lock,
	  const struct hook_options *options, struct every *every, struct err *e)
{
	struct paths paths;
	char **ids = NULL;
	size_t n = 0;
	int result = 0;

	*every = (struct every){.status = 0};
	if (paths_load(&paths, e))
		return -1;
	if (listing_read(&paths, &ids, &n, e)) {
		if (e->kind != ERR_NO_SERVICE)
			return -1;
		log_note("%s: nothing to do", e->msg);
		*e = ERR_INIT;
	}
	for (size_t i = 0; i < n && !result; i++)
		result = run_one(ids[i], hook, lock, options, every, e);
	listing_free(ids, n);
	return result;
}
