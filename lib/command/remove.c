/* SPDX-License-Identifier: MIT */
/* remove - stop a service, let it clean up outside, and take it away. */
#include "command/remove.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "command/removal.h"
#include "service/history.h"

static int
run_hook(struct service *svc, const struct hook *hook, const struct remove_request *request,
	 const struct hook_options *options, struct err *e)
{
	struct hook_outcome outcome;
	struct err failure = ERR_INIT;

	if (!hook_run(svc, hook, (const char *const[]){svc->id, NULL}, options, &outcome, &failure))
		return 0;
	/* A service that cannot be stopped because nothing can start it need not be. */
	if (outcome.absent && hook == &HOOK_STOP) {
		log_note("%s: not stopped", failure.msg);
		return 0;
	}
	if (request->force && !outcome.signal) {
		log_warning("%s: removed all the same", failure.msg);
		return 0;
	}
	*e = failure;
	return outcome.signal ? -1 : err_wrap(e, "nothing was removed (--force goes on)");
}

/* With the lock, and noted in the history as a hook is. */
static int
perform(struct service *svc, bool keep_data, struct err *e)
{
	long long began = history_clock();
	struct history_run run;
	int result;

	history_name(svc, "remove", NULL, NULL, &run);
	history_begin(svc, &run, began);
	result = removal_perform(svc, keep_data, e);
	run.status = err_status(e);
	history_ended(&run, began);
	history_note(svc, &run);
	return result;
}

static int
remove_installed(struct service *svc, const struct remove_request *request,
		 const struct hook_options *options, struct err *e)
{
	if (removal_judge(svc, request->keep_data, e) || hook_lock(svc, &request->lock, e))
		return -1;
	proc_hold_signals();
	if (run_hook(svc, &HOOK_STOP, request, options, e) ||
	    run_hook(svc, &HOOK_REMOVE, request, options, e) || proc_interrupted(e))
		return -1;
	return perform(svc, request->keep_data, e);
}

/* One that is not there: something may be left of it, or of what the agent knows. */
static int
remove_rest(struct service *svc, const struct remove_request *request, struct err *e)
{
	struct stat st;

	if (service_find_metadata(svc, e))
		return -1;
	if (svc->meta_root_fd < 0 || !request->purge ||
	    fstatat(svc->meta_root_fd, svc->id, &st, AT_SYMLINK_NOFOLLOW))
		return err_set(e, ERR_NO_SERVICE, "no such service: there is no '%s'", svc->path);
	if (service_lock(svc, &request->lock, e))
		return -1;
	proc_hold_signals();
	return removal_perform(svc, false, e);
}

int
remove_service(const struct remove_request *request, const struct hook_options *options,
	       struct err *e)
{
	struct service svc = SERVICE_INIT;
	int result = service_open_new(&svc, request->service_id, e);

	svc.is_required = svc.dir_fd >= 0;
	if (!result)
		result = svc.is_required ? remove_installed(&svc, request, options, e)
					 : remove_rest(&svc, request, e);
	if (!result && request->purge)
		result = removal_purge(&svc, e);
	service_close(&svc);
	return result;
}
