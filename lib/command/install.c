/* SPDX-License-Identifier: MIT */
/* install - from an image to an installed service. */
#include "command/install.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "command/access.h"
#include "command/candidate.h"
#include "command/conflict.h"
#include "command/obsolete.h"
#include "command/persist.h"
#include "command/preview.h"
#include "command/survey.h"
#include "host/account.h"
#include "host/settings.h"
#include "host/useradd.h"
#include "image/extract.h"
#include "service/changes.h"
#include "service/exchange.h"
#include "service/history.h"
#include "service/limits.h"
#include "service/ownership.h"
#include "service/rundir.h"
#include "service/stage.h"

/* An image on its way to be a service. */
struct install {
	const struct install_request *request;
	struct install_report *report;
	struct settings settings;
	struct service svc;
	struct candidate image;
	struct persist persist;	  /* what a replacement carries over, and nobody prunes */
	struct obsolete obsolete; /* what is pruned */
	struct stage stage;
	struct account user, agent;
	long long keep;	  /* agent.cfg's, of that name */
	bool sync;	  /* likewise */
	bool as_user;	  /* everything is given to user; not without root */
	bool has_account; /* user is there already */
	bool is_kept;	  /* the image has its lasting name */
	bool made_services;
	long long began_ms;
};

static int
find_accounts(struct install *in, struct err *e)
{
	if (account_agent(&in->agent, e))
		return -1;
	if (!account_is_root()) {
		log_note("not root: no account is made, and everything belongs to '%s'",
			 in->agent.name);
		return 0;
	}
	in->as_user = true;
	return account_find(in->svc.state.user_id, &in->user, &in->has_account, e);
}

/* Not before all of the image was good to unpack: what is unpacked is given away afterwards. */
static int
make_account(struct install *in, struct err *e)
{
	const char *name = in->svc.state.user_id;

	if (useradd_create(name, e) || account_find(name, &in->user, &in->has_account, e))
		return -1;
	return in->has_account ? ownership_change(in->stage.fd, &in->user, e)
			       : err_set(e, ERR_UNAVAILABLE, "account '%s' was not created", name);
}

static int
check(struct install *in, struct err *e)
{
	const struct install_request *request = in->request;
	const struct judge *judge = &in->image.judge;

	if (conflict_room(&in->svc, judge, import_left(&in->image.import), e) ||
	    (!request->replace && conflict_find(&in->svc, judge, e)))
		return -1;
	if (!in->report->update || (!request->replace && !request->prune))
		return 0;
	if (persist_join(&in->persist, &in->image.manifest, &in->svc, e))
		return -1;
	if (request->replace)
		return exchange_judge(&in->svc, e);
	if (obsolete_find(&in->obsolete, &in->svc, judge, &in->persist, e))
		return -1;
	in->report->n_pruned = in->obsolete.n_pruned;
	in->report->n_changed = in->obsolete.n_changed;
	return 0;
}

/* The state that goes with the new tree; the commit saves it. */
static void
note_state(struct install *in)
{
	struct state *state = &in->svc.state;

	snprintf(state->image, sizeof state->image, "%s", in->image.name);
	snprintf(state->version, sizeof state->version, "%s", in->image.manifest.version);
	state_keep(state, in->image.import.digest, (size_t)in->keep);
	state->bytes = (long long)in->report->bytes;
	state->installed = time(NULL);
	state->committing[0] = '\0';
	/* Of what was removed before; for this one the next configuration is the first. */
	if (!in->report->update) {
		struct err ignored = ERR_INIT;

		state->configured = 0;
		if (changes_forget(in->svc.meta_fd, &ignored))
			log_warning("%s", ignored.msg);
	}
}

static int
commit(struct install *in, struct err *e)
{
	size_t n_kept = 0;
	struct stage_plan plan = {.sync = in->sync,
				  .replace = in->request->replace && in->report->update,
				  .persist = in->persist.paths,
				  .n_persist = in->persist.n,
				  .n_kept = &n_kept};
	struct buf list = BUF_INIT;
	int result = obsolete_list(&in->obsolete, &list, e);

	plan.prune = list.data;
	plan.prune_len = list.len;
	if (!result)
		result = stage_commit(&in->stage, &in->svc, &plan, e);
	buf_free(&list);
	if (result)
		return -1;
	obsolete_tell(&in->obsolete);
	in->report->n_pruned -= n_kept;
	in->report->n_changed += n_kept;
	return 0;
}

static int
unpack(struct install *in, struct err *e)
{
	const struct account *user = in->as_user ? &in->user : NULL;
	struct tree_owner owner = {.change = in->has_account};

	if (in->has_account) {
		owner.uid = user->uid;
		owner.gid = user->gid;
	}
	if (stage_open(&in->stage, &in->svc, e))
		return -1;
	if (extract_tree(&in->image.source, &in->image.judge, in->stage.fd, &owner, e))
		return err_wrap(e, "image '%s'", in->image.name);
	if (candidate_verify(&in->image, e) || (user && !in->has_account && make_account(in, e)) ||
	    ownership_apply(in->stage.fd, user, &in->agent, e))
		return -1;
	note_state(in);
	if (import_keep(&in->image.import, in->report->type, e))
		return -1;
	in->is_kept = true;
	return commit(in, e);
}

/* A path that was mistyped is noticed. */
static int
make_service(struct install *in, struct err *e)
{
	int result = service_make(&in->svc, in->request->service_id, &in->made_services, e);

	if (in->made_services)
		log_warning("there was no services directory '%s': it is made",
			    in->svc.paths.services);
	return result;
}

/* Ids as the caller gives them, or as the service has them. */
static int
take_ids(struct install *in, struct err *e)
{
	const struct install_request *request = in->request;
	struct state *state = &in->svc.state;

	if (request->user_id && state->user_id[0] && in->report->update &&
	    strcmp(state->user_id, request->user_id) != 0)
		log_warning("service '%s' was '%s's and becomes '%s's: what the image does not "
			    "bring stays the former's",
			    in->svc.id, state->user_id, request->user_id);
	if (request->user_id)
		snprintf(state->user_id, sizeof state->user_id, "%s", request->user_id);
	if (request->customer_id)
		snprintf(state->customer_id, sizeof state->customer_id, "%s", request->customer_id);
	return state->user_id[0]
		       ? 0
		       : err_set(e, ERR_NO_SERVICE,
				 "service '%s' was not installed by installService", in->svc.id);
}

/* With the lock: what becomes of it is in the history, also where it fails. */
static int
perform_locked(struct install *in, struct err *e)
{
	const struct service before = in->svc;
	struct history_run run;
	int result;

	history_name(&in->svc, in->request->image ? "install" : "rollback", NULL, NULL, &run);
	history_begin(&in->svc, &run, in->began_ms);
	result = take_ids(in, e) || check(in, e) || find_accounts(in, e) || unpack(in, e) ? -1 : 0;
	run.status = err_status(e);
	history_ended(&run, in->began_ms);
	if (!result || !in->svc.is_unused)
		history_note(result ? &before : &in->svc, &run);
	return result;
}

/* What an update would do to each path. */
static int
preview(struct install *in, struct err *e)
{
	struct preview p = {.svc = &in->svc,
			    .source = &in->image.source,
			    .judge = &in->image.judge,
			    .persist = &in->persist,
			    .obsolete = &in->obsolete,
			    .replace = in->request->replace,
			    .counts = &in->report->counts};

	if (in->svc.state.committing[0])
		log_note("an installation was cut off and would be finished first");
	p.user = !in->as_user ? &in->agent : in->has_account ? &in->user : NULL;
	p.shared_gid = in->agent.gid;
	return preview_update(&p, e);
}

/* The answer of a real run up to the point where it would write. */
static int
rehearse(struct install *in, struct err *e)
{
	/* Without the directory of all services, which would be made, nothing is in conflict. */
	bool has_services = access(in->svc.paths.services, F_OK) == 0 || errno != ENOENT;

	if (has_services &&
	    ((in->svc.root_fd < 0 && service_open_new(&in->svc, in->request->service_id, e)) ||
	     service_find_metadata(&in->svc, e) || service_ask(&in->svc, &in->request->lock, e)))
		return -1;
	if (candidate_begin(&in->image, NULL, e) || candidate_judge(&in->image, e) ||
	    candidate_confirm(&in->image, e) || candidate_verify(&in->image, e) ||
	    proc_interrupted(e))
		return -1;
	if (survey_hooks(&in->image.source, &in->image.judge, e))
		return err_wrap(e, "image '%s'", in->image.name);
	in->report->update = in->svc.dir_fd >= 0;
	if (take_ids(in, e) || (has_services && check(in, e)) ||
	    access_check(&in->svc, &in->image.judge, in->request->replace ? &in->persist : NULL,
			 e) ||
	    find_accounts(in, e) ||
	    (in->as_user && !in->has_account && useradd_check(in->svc.state.user_id, e)))
		return -1;
	return in->report->update ? preview(in, e) : 0;
}

static int
perform(struct install *in, struct err *e)
{
	struct err cut_off = ERR_INIT;

	/* Asked before, so that nothing is copied or downloaded in vain. */
	if (service_open_metadata(&in->svc, e) || service_ask(&in->svc, &in->request->lock, e) ||
	    candidate_begin(&in->image, &in->svc, e) || candidate_judge(&in->image, e) ||
	    proc_interrupted(e) || service_lock(&in->svc, &in->request->lock, e))
		return -1;
	if (stage_recover(&in->svc, &cut_off)) {
		/* Half exchanged, the stage holds what is to persist, and has no other copy. */
		if (in->svc.state.exchanging) {
			*e = cut_off;
			return -1;
		}
		/* This image supersedes the one that could not be finished. */
		log_warning("%s", cut_off.msg);
		in->svc.state.committing[0] = '\0';
	}
	in->report->update = in->svc.dir_fd >= 0;
	if (in->report->update && rundir_sweep(&in->svc, e))
		return -1;
	return perform_locked(in, e);
}

/* agent.cfg as a whole, before anything is done by any of it. */
static int
load_settings(struct install *in, struct err *e)
{
	static const struct settings_number keep = {"images", "keep", 1, STATE_KEPT_MAX};
	char sync[8] = "yes";

	in->keep = LIMITS_KEEP;
	if (paths_load(&in->svc.paths, e) || settings_load(&in->settings, &in->svc.paths, e) ||
	    limits_load(&in->settings, &in->image.judge.limits, e) ||
	    settings_number(&in->settings, &keep, &in->keep, e) ||
	    settings_word(&in->settings, "sync", "yes|no", sync, sizeof sync, e))
		return -1;
	in->sync = strcmp(sync, "yes") == 0;
	return 0;
}

static int
install(struct install *in, struct err *e)
{
	const struct install_request *request = in->request;

	if (text_check_id("service id", request->service_id, TEXT_SERVICE_ID_MAX, e) ||
	    (request->customer_id &&
	     text_check_id("customer id", request->customer_id, TEXT_ACCOUNT_MAX, e)) ||
	    (request->user_id && account_check_name(request->user_id, e)))
		return -1;
	if (request->replace && request->prune)
		return err_set(e, ERR_USAGE,
			       "--prune and --replace exclude each other: with --replace all that "
			       "the image lacks goes");
	if (load_settings(in, e))
		return -1;
	/* From here on there is something to undo. */
	proc_hold_signals();
	if (request->image) {
		if (candidate_open(&in->image, &in->settings, e))
			return -1;
		if (request->dry_run)
			return rehearse(in, e);
		return make_service(in, e) || perform(in, e) ? -1 : 0;
	}
	if (service_open_new(&in->svc, request->service_id, e) ||
	    candidate_find_kept(&in->image, e))
		return -1;
	return request->dry_run ? rehearse(in, e) : perform(in, e);
}

/* When bytes did not come, whoever was to bring them knows why. */
static void
explain(struct install *in, struct err *e)
{
	struct err why = ERR_INIT;

	if (e->kind == ERR_UNAVAILABLE && in->image.import.is_feeding &&
	    import_finish(&in->image.import, &why))
		*e = why;
}

int
install_service(const struct install_request *request, struct install_report *report, struct err *e)
{
	struct install in = {.request = request,
			     .report = report,
			     .settings = SETTINGS_INIT,
			     .svc = SERVICE_INIT,
			     .image = CANDIDATE_INIT,
			     .persist = PERSIST_INIT,
			     .obsolete = OBSOLETE_INIT,
			     .stage = STAGE_INIT,
			     .began_ms = history_clock()};
	int result;

	*report = (struct install_report){.n_entries = 0};
	in.image.request = request;
	in.image.report = report;
	in.image.svc = &in.svc;
	result = install(&in, e);
	if (result)
		explain(&in, e);
	in.image.import.is_refused = result && (e->kind == ERR_UNSAFE || e->kind == ERR_REFUSED);
	obsolete_free(&in.obsolete);
	import_abandon(&in.image.import);
	source_close(&in.image.source);
	stage_close(&in.stage);
	fd_close(&in.image.image_fd);
	if (result)
		service_forget(&in.svc);
	/* Also an image that was kept for a commit which never came to be. */
	if (in.is_kept)
		images_prune(&in.image.import.images);
	import_close(&in.image.import);
	if (result && in.made_services)
		service_forget_all(&in.svc);
	service_close(&in.svc);
	persist_free(&in.persist);
	manifest_free(&in.image.manifest);
	judge_free(&in.image.judge);
	settings_free(&in.settings);
	if (result)
		err_wrap(e, request->dry_run ? "would not install '%s'" : "cannot install '%s'",
			 request->service_id);
	return result;
}
