/* SPDX-License-Identifier: MIT */
/* install - from an image to an installed service. */
#include "command/install.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "command/conflict.h"
#include "command/intake.h"
#include "command/persist.h"
#include "command/trust.h"
#include "host/account.h"
#include "host/settings.h"
#include "image/extract.h"
#include "image/judge.h"
#include "service/changes.h"
#include "service/exchange.h"
#include "service/history.h"
#include "service/imageini.h"
#include "service/limits.h"
#include "service/manifest.h"
#include "service/ownership.h"
#include "service/rundir.h"
#include "service/stage.h"

/* An image on its way to be a service. */
struct install {
	const struct install_request *request;
	struct install_report *report;
	struct settings settings;
	struct service svc;
	struct trust trust;
	struct intake intake;
	struct source source;
	struct judge judge;
	struct manifest manifest;
	struct persist persist; /* what a replacement carries over */
	struct stage stage;
	struct account user, agent;
	int image_fd;			/* of a file, until the intake takes it */
	char kept[IMAGES_NAME_MAX];	/* the file's name of a kept image */
	char name[STATE_IMAGE_MAX + 1]; /* of the image, for messages and the state */
	long long keep;			/* agent.cfg's, of that name */
	bool sync;			/* likewise */
	bool as_user;			/* everything is given to user; not without root */
	bool has_account;		/* user is there already */
	bool is_verified;		/* digest and signature hold */
	bool is_kept;			/* the image has its lasting name */
	bool made_services;
	long long began_ms;
};

/* The last component of a path or URL. */
static void
take_name(struct install *in, const char *image)
{
	size_t len = trust_is_url(image) ? strcspn(image, "?#") : strlen(image), start = len;

	while (start > 0 && image[start - 1] != '/')
		start--;
	len -= start;
	snprintf(in->name, sizeof in->name, "%.*s",
		 (int)(len < STATE_IMAGE_MAX ? len : STATE_IMAGE_MAX), image + start);
	text_printable(in->name, in->name, strlen(in->name));
}

static int
open_image(const char *path, int *fd, struct err *e)
{
	struct stat st;

	/* O_NONBLOCK: a FIFO must not hang us. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 || fstat(*fd, &st))
		err_sys(e, "cannot open image '%s'", path);
	else if (!S_ISREG(st.st_mode))
		err_set(e, ERR_IMAGE, "image '%s' is not a regular file", path);
	else
		return 0;
	e->kind = ERR_IMAGE;
	fd_close(fd);
	return -1;
}

static int
judge_digest(const char *digest, struct err *e)
{
	size_t len = strspn(digest, "0123456789abcdef");

	if (len > 0 && len < DIGEST_HEX && !digest[len])
		return 0;
	return err_set(e, ERR_USAGE,
		       "'%.80s' is no SHA-256, nor the beginning of one, in lower-case hexadecimal "
		       "digits",
		       digest);
}

/* A trial looks at what is kept, and changes nothing there. */
static int
open_kept(struct install *in, struct images *images, struct err *e)
{
	if (in->request->dry_run)
		return service_find_books(&in->svc, e) || images_look(images, &in->svc, e) ? -1 : 0;
	return service_books(&in->svc, e) || images_open(images, &in->svc, e) ? -1 : 0;
}

/*
 * Which kept image is meant: the one of that digest, or the one that was installed before; of a
 * service that was removed the one that it was.
 */
static int
find_kept(struct install *in, struct err *e)
{
	const char *digest = in->request->kept, *wanted;
	struct images images = IMAGES_INIT;
	struct state state = STATE_INIT;
	int book_fd, result = -1;

	if ((digest && judge_digest(digest, e)) || service_find_books(&in->svc, e))
		return -1;
	book_fd = fd_open_beneath(in->svc.books_fd, in->svc.id, O_RDONLY | O_DIRECTORY, 0);
	if (book_fd >= 0 && state_load(&state, book_fd, e))
		goto out;
	if (in->svc.dir_fd < 0 && !state.kept[0][0]) {
		err_set(e, ERR_NO_SERVICE, "no such service: there is no '%s'", in->svc.path);
		goto out;
	}
	wanted = digest ? digest : state.kept[in->svc.dir_fd < 0 ? 0 : 1];
	if (!wanted[0]) {
		err_set(e, ERR_UNAVAILABLE, "there is no earlier image to go back to");
		goto out;
	}
	if (open_kept(in, &images, e) || images_find(&images, wanted, in->kept, e))
		goto out;
	if (in->kept[0])
		result = 0;
	else
		err_set(e, ERR_UNAVAILABLE, "no image '%.64s' is kept", wanted);
out:
	images_close(&images);
	fd_close(&book_fd);
	return result;
}

/* Lets the image's bytes begin to come.  svc is NULL where nothing may be written. */
static int
begin(struct install *in, struct service *svc, struct err *e)
{
	const struct install_request *request = in->request;
	const struct download_options options = {.ca_file = request->ca_file,
						 .pinned_key = request->pinned_key,
						 .max_bytes = in->judge.limits.total_bytes,
						 .progress = request->progress,
						 .progress_arg = request->progress_arg};
	int fd;

	if (in->kept[0])
		return intake_kept(&in->intake, in->kept, &in->svc, e);
	if (trust_is_url(request->image))
		return intake_url(&in->intake, request->image, &options, svc, e);
	if (in->image_fd < 0 && open_image(request->image, &in->image_fd, e))
		return -1;
	fd = in->image_fd;
	in->image_fd = -1;
	return intake_file(&in->intake, fd, svc, e);
}

static int
tell_kind(struct install *in, struct err *e)
{
	char head[SOURCE_HEAD_MAX];
	size_t got = 0;

	return arrival_read(&in->intake.image, 0, head, sizeof head, sizeof head, &got, e) ||
			       source_tell_kind(head, got, in->name, in->report->type, e)
		       ? -1
		       : 0;
}

/* Waits for all of the image; digest and signature must be what is demanded. */
static int
verify(struct install *in, struct err *e)
{
	struct trust *trust = &in->trust;

	if (intake_finish(&in->intake, e))
		return -1;
	snprintf(in->report->digest, sizeof in->report->digest, "%s", in->intake.digest);
	/* A kept image is known by its digest. */
	if (in->kept[0] && strncmp(in->kept, in->intake.digest, DIGEST_HEX - 1) != 0)
		return err_set(e, ERR_IO, "the kept image is damaged: its digest is %s",
			       in->intake.digest);
	if (!in->is_verified && trust_check(trust, in->intake.image.fd, in->intake.digest, e))
		return -1;
	in->is_verified = true;
	if (trust->has_key)
		snprintf(in->report->comment, sizeof in->report->comment, "%.255s",
			 trust->signature.comment);
	return 0;
}

static int
read_manifest(struct install *in, struct err *e)
{
	if (imageini_read(&in->manifest, &in->source, &in->judge, e))
		return -1;
	snprintf(in->report->version, sizeof in->report->version, "%s", in->manifest.version);
	return trust_check_words(&in->trust, in->request->service_id, &in->manifest, e);
}

static int
judge_image(struct install *in, struct err *e)
{
	/* What came over a network is unpacked while it comes, and verified in the end. */
	bool is_here = in->kept[0] || !trust_is_url(in->request->image);

	if (is_here && (in->kept[0] || trust_demands(&in->trust)) && verify(in, e))
		return -1;
	if (tell_kind(in, e))
		return -1;
	if (source_open(&in->source, &in->intake.image, &in->judge, e) || read_manifest(in, e))
		return err_wrap(e, "image '%s'", in->name);
	if (in->judge.has_configuration)
		log_warning("the image's own %s is not installed: configureService delivers it",
			    JUDGE_CONFIGURATION);
	in->report->n_entries = in->judge.n_entries;
	in->report->n_dropped_bits = in->judge.n_dropped_bits;
	in->report->bytes = in->judge.total_bytes;
	if (in->judge.n_dropped_bits)
		log_note("%zu entries lose their setuid, setgid, sticky or world-write bits",
			 in->judge.n_dropped_bits);
	return 0;
}

static int
confirm(struct install *in, struct err *e)
{
	return source_confirm(&in->source, e) ? err_wrap(e, "image '%s'", in->name) : 0;
}

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

	if (account_create(name, e) || account_find(name, &in->user, &in->has_account, e))
		return -1;
	return in->has_account ? ownership_give(in->stage.fd, &in->user, e)
			       : err_set(e, ERR_UNAVAILABLE, "account '%s' was not created", name);
}

/* What the copy of the image still takes on the same file system. */
static uint64_t
left_to_copy(const struct install *in)
{
	struct stat st;

	if (!in->intake.part[0] || fstat(in->intake.fd, &st) ||
	    st.st_size <= (off_t)st.st_blocks * 512)
		return 0;
	return (uint64_t)(st.st_size - (off_t)st.st_blocks * 512);
}

static int
check(struct install *in, struct err *e)
{
	if (conflict_room(&in->svc, &in->judge, left_to_copy(in), e))
		return -1;
	if (!in->request->replace)
		return conflict_find(&in->svc, &in->judge, e);
	return in->report->update && (persist_join(&in->persist, &in->manifest, &in->svc, e) ||
				      exchange_judge(&in->svc, e))
		       ? -1
		       : 0;
}

/* The state that goes with the new tree; the commit saves it. */
static void
note_state(struct install *in)
{
	struct state *state = &in->svc.state;

	snprintf(state->image, sizeof state->image, "%s", in->name);
	snprintf(state->version, sizeof state->version, "%s", in->manifest.version);
	state_keep(state, in->intake.digest, (size_t)in->keep);
	state->bytes = (long long)in->report->bytes;
	state->installed = time(NULL);
	state->committing[0] = '\0';
	/* Of what was removed before; for this one the next configuration is the first. */
	if (!in->report->update) {
		struct err ignored = ERR_INIT;

		state->configured = 0;
		if (changes_forget(in->svc.book_fd, &ignored))
			log_warning("%s", ignored.msg);
	}
}

static int
commit(struct install *in, struct err *e)
{
	const struct stage_plan plan = {.sync = in->sync,
					.replace = in->request->replace && in->report->update,
					.persist = in->persist.paths,
					.n_persist = in->persist.n};

	struct history_run run = {.status = 0};

	if (stage_commit(&in->stage, &in->svc, &plan, e))
		return -1;
	history_ended(&run, in->began_ms);
	snprintf(run.event, sizeof run.event, "%s", in->request->image ? "install" : "rollback");
	snprintf(run.run_id, sizeof run.run_id, "%s", in->svc.run_id);
	history_note(&in->svc, &run);
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
	if (extract_tree(&in->source, &in->judge, in->stage.fd, &owner, e))
		return err_wrap(e, "image '%s'", in->name);
	if (verify(in, e) || (user && !in->has_account && make_account(in, e)) ||
	    ownership_settle(in->stage.fd, user, &in->agent, e))
		return -1;
	note_state(in);
	if (intake_keep(&in->intake, in->report->type, e))
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

/* An image that is kept already, as its digest tells, is brought by nobody again. */
static int
look_for_kept(struct install *in, struct err *e)
{
	struct images images = IMAGES_INIT;
	int result;

	if (!in->trust.sha256[0] || in->svc.root_fd < 0)
		return 0;
	if (open_kept(in, &images, e))
		return -1;
	result = images_find(&images, in->trust.sha256, in->kept, e);
	images_close(&images);
	if (in->kept[0])
		log_note("image %.12s is kept already", in->kept);
	return result;
}

/* Lets the image's bytes begin to come, and of those that are kept makes sure. */
static int
begin_with_kept(struct install *in, struct service *svc, struct err *e)
{
	if (look_for_kept(in, e) || begin(in, svc, e))
		return -1;
	if (!in->kept[0] || !in->request->image)
		return 0;
	if (intake_finish(&in->intake, e))
		return -1;
	if (strcmp(in->trust.sha256, in->intake.digest) == 0)
		return 0;
	log_warning("the kept image %.12s is damaged, and is got anew", in->kept);
	intake_close(&in->intake);
	in->kept[0] = '\0';
	return begin(in, svc, e);
}

/* The answer of a real run up to the point where it would write. */
static int
rehearse(struct install *in, struct err *e)
{
	const char *services = in->svc.paths.services;

	/* Without the directory of all services, which would be made, nothing is in conflict. */
	bool has_services = access(services, F_OK) == 0 || errno != ENOENT;

	if (has_services && in->svc.root_fd < 0 &&
	    service_open_new(&in->svc, in->request->service_id, e))
		return -1;
	if (begin_with_kept(in, NULL, e) || judge_image(in, e) || confirm(in, e) || verify(in, e) ||
	    proc_interrupted(e))
		return -1;
	in->report->update = in->svc.dir_fd >= 0;
	return has_services ? check(in, e) : 0;
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

static int
perform(struct install *in, struct err *e)
{
	struct err cut_off = ERR_INIT;

	/* Asked before, so that nothing is copied or downloaded in vain. */
	if (service_books(&in->svc, e) || service_ask(&in->svc, &in->request->claim, e) ||
	    begin_with_kept(in, &in->svc, e) || judge_image(in, e) || proc_interrupted(e) ||
	    service_lock(&in->svc, &in->request->claim, e))
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
	return take_ids(in, e) || check(in, e) || find_accounts(in, e) || unpack(in, e) ? -1 : 0;
}

/* agent.cfg as a whole, before anything is done by any of it. */
static int
load_settings(struct install *in, struct err *e)
{
	char sync[8] = "yes";

	in->keep = LIMITS_KEEP;
	if (paths_load(&in->svc.paths, e) || settings_load(&in->settings, &in->svc.paths, e) ||
	    limits_load(&in->settings, &in->judge.limits, e) ||
	    settings_number(&in->settings, "images", "keep", 1, STATE_KEPT_MAX, &in->keep, e) ||
	    settings_word(&in->settings, "sync", "yes|no", sync, sizeof sync, e))
		return -1;
	in->sync = strcmp(sync, "yes") == 0;
	return 0;
}

static int
install(struct install *in, struct err *e)
{
	const struct install_request *request = in->request;
	const struct trust_request trust = {.image = request->image,
					    .sha256 = request->sha256,
					    .signature = request->signature,
					    .ca_file = request->ca_file,
					    .pinned_key = request->pinned_key};

	if (text_check_id("service id", request->service_id, TEXT_SERVICE_ID_MAX, e) ||
	    (request->customer_id &&
	     text_check_id("customer id", request->customer_id, TEXT_ACCOUNT_MAX, e)) ||
	    (request->user_id && account_check_name(request->user_id, e)) || load_settings(in, e))
		return -1;
	/* From here on there is something to undo. */
	proc_hold_signals();
	if (request->image) {
		take_name(in, request->image);
		/* Of a digest it may be kept already, and then need not be there. */
		if (!trust_is_url(request->image) && !request->sha256 &&
		    open_image(request->image, &in->image_fd, e))
			return -1;
		if (trust_open(&in->trust, &trust, &in->svc.paths, &in->settings, e))
			return err_wrap(e, "image '%s'", in->name);
		if (request->dry_run)
			return rehearse(in, e);
		return make_service(in, e) || perform(in, e) ? -1 : 0;
	}
	if (service_open_new(&in->svc, request->service_id, e) || find_kept(in, e))
		return -1;
	take_name(in, in->kept);
	return request->dry_run ? rehearse(in, e) : perform(in, e);
}

/* When bytes did not come, whoever was to bring them knows why. */
static void
explain(struct install *in, struct err *e)
{
	struct err why = ERR_INIT;

	if (e->kind == ERR_UNAVAILABLE && in->intake.is_feeding && intake_finish(&in->intake, &why))
		*e = why;
}

int
install_service(const struct install_request *request, struct install_report *report, struct err *e)
{
	struct install in = {.request = request,
			     .report = report,
			     .settings = SETTINGS_INIT,
			     .svc = SERVICE_INIT,
			     .trust = TRUST_INIT,
			     .intake = INTAKE_INIT,
			     .source = SOURCE_INIT,
			     .judge = JUDGE_INIT,
			     .manifest = MANIFEST_INIT,
			     .persist = PERSIST_INIT,
			     .stage = STAGE_INIT,
			     .image_fd = -1,
			     .began_ms = history_clock()};
	int result;

	*report = (struct install_report){.n_entries = 0};
	result = install(&in, e);
	if (result)
		explain(&in, e);
	in.intake.is_refused = result && (e->kind == ERR_UNSAFE || e->kind == ERR_REFUSED);
	intake_abandon(&in.intake);
	source_close(&in.source);
	stage_close(&in.stage);
	fd_close(&in.image_fd);
	if (result)
		service_forget(&in.svc);
	/* Also an image that was kept for a commit which never came to be. */
	if (in.is_kept)
		images_prune(&in.intake.images);
	intake_close(&in.intake);
	if (result && in.made_services)
		service_forget_all(&in.svc);
	service_close(&in.svc);
	persist_free(&in.persist);
	manifest_free(&in.manifest);
	judge_free(&in.judge);
	settings_free(&in.settings);
	if (result)
		err_wrap(e, request->dry_run ? "would not install '%s'" : "cannot install '%s'",
			 request->service_id);
	return result;
}
