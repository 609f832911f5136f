/* SPDX-License-Identifier: MIT */
/* handover - secret files that a hook is handed, and what keeps them secret. */
#include "hook/handover.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cfg/hidden.h"

#define PART_BYTES (64u << 10)

void
handover_init(struct handover *h, struct service *svc)
{
	*h = (struct handover){.svc = svc,
			       .inputs = {.svc = svc},
			       .mask = MASK_INIT,
			       .streams = {MASK_STREAM_INIT, MASK_STREAM_INIT},
			       .delivery = DELIVERY_INIT,
			       .guardian = GUARDIAN_INIT};
}

int
handover_find_accounts(struct handover *h, const char *user_id, struct err *e)
{
	bool found = false;

	if (account_agent(&h->agent, e))
		return -1;
	if (!account_is_root()) {
		log_note("not root: owners are left alone, and the hook runs as '%s'",
			 h->agent.name);
		return 0;
	}
	h->user = h->agent;
	if (user_id[0] && account_find(user_id, &h->user, &found, e))
		return -1;
	if (user_id[0] && !found)
		return err_set(e, ERR_NO_ACCOUNT, "no such account: '%s'", user_id);
	h->as_user = true;
	return 0;
}

/* The guardian's work, should this process die; and this one's on its way out. */
static int
wipe_everything(struct handover *h, struct err *e)
{
	struct err inputs = ERR_INIT;
	int result = delivery_close(&h->delivery, e);

	if (!inputs_wipe(&h->inputs, &inputs))
		return result;
	err_wrap(&inputs, "a file that holds a secret was not wiped");
	if (result)
		log_error("%s", inputs.msg);
	else
		*e = inputs;
	return -1;
}

static void
act_as_guardian(void *arg)
{
	struct handover *h = arg;
	struct err e = ERR_INIT;

	log_warning("the command died: wiping what it had delivered");
	h->delivery.keep_mark = true; /* a process that left the hook's group may be there still */
	if (wipe_everything(h, &e))
		log_error("%s", e.msg);
}

/*
 * A value in it, or the configuration itself by another of its names; of these the guardian knows
 * the second only, for its memory holds no value.
 */
static bool
is_copy(void *arg, int fd)
{
	struct handover *h = arg;
	struct mask_search search = MASK_SEARCH_INIT;
	struct secret part = SECRET_INIT;
	struct err ignored = ERR_INIT;
	struct stat st;
	off_t at = 0;
	ssize_t n;
	bool found;

	if (h->inputs.is_in_place && fstat(fd, &st) == 0 &&
	    st.st_dev == h->inputs.in_place.st_dev && st.st_ino == h->inputs.in_place.st_ino)
		return true;
	if (h->mask.automaton.longest == 0 || mask_search_open(&search, &h->mask, &ignored))
		return false;
	if (!secret_reserve(&part, PART_BYTES, &ignored))
		while (!search.any && (n = pread(fd, secret_edit(&part), PART_BYTES, at)) > 0) {
			mask_search(&search, secret_reveal(&part), (size_t)n);
			at += n;
		}
	found = search.any;
	secret_free(&part);
	mask_search_close(&search);
	return found;
}

int
handover_hide(struct handover *h, const struct document *doc, const struct settings *settings,
	      struct err *e)
{
	char patterns[1024] = "";

	return settings_word(settings, "mask", NULL, patterns, sizeof patterns, e) ||
			       hidden_add_document(&h->mask, doc, patterns, e)
		       ? -1
		       : 0;
}

int
handover_place(struct handover *h, const struct handover_file *files, size_t n, struct err *e)
{
	/* Before room is made for the files: what stands there is searched for the values. */
	mask_finish(&h->mask);
	if (h->mask.n_left_out)
		log_warning("there is too much to hide: %zu encoded forms of values are not masked",
			    h->mask.n_left_out);
	if (delivery_open(&h->delivery, h->svc, h->as_user ? &h->user : NULL,
			  h->as_user ? &h->agent : NULL, e))
		return -1;
	h->delivery.is_copy = is_copy;
	h->delivery.is_copy_arg = h;
	for (size_t i = 0; i < n; i++)
		if (delivery_make(&h->delivery, files[i].name, e))
			return -1;
	return guardian_start(&h->guardian, act_as_guardian, h, e);
}

static void
note_facts(struct handover *h)
{
	const struct delivery *d = &h->delivery;
	struct stat st;

	if (fstat(d->files[0].fd, &st))
		return;
	h->facts = (struct handover_facts){.is_delivered = true,
					   .file_system = fd_file_system(d->files[0].fd),
					   .is_in_memory = fd_in_memory(d->files[0].fd),
					   .swap = delivery_swap(d),
					   .mode = st.st_mode & 07777,
					   .uid = st.st_uid,
					   .gid = st.st_gid};
}

int
handover_fill(struct handover *h, const struct handover_file *files, size_t n, struct err *e)
{
	for (size_t i = 0; i < 2; i++)
		if (mask_stream_open(&h->streams[i], &h->mask, e))
			return -1;
	if (guardian_ready(&h->guardian, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (delivery_fill(&h->delivery, files[i].name, files[i].text, e))
			return -1;
	note_facts(h);
	return 0;
}

static void
feed_mask(void *state, int stream, const char *data, size_t len, output_sink_fn *sink, void *arg)
{
	struct mask_stream *streams = state;

	mask_feed(&streams[stream - 1], data, len, sink, arg);
}

int
handover_run(struct handover *h, const struct hook *hook, const char *const *args,
	     const struct hook_options *options, struct hook_outcome *outcome, struct err *e)
{
	struct output_filter filter = {.feed = feed_mask, .state = h->streams};
	struct hook_options own = *options;

	/* What still runs could write again what is wiped: the guardian waits for its end. */
	own.hold_fd = h->guardian.fd;
	own.filter = &filter;
	return hook_run(h->svc, hook, args, &own, outcome, e);
}

int
handover_wipe(struct handover *h, int result, struct err *e)
{
	struct err wiping = ERR_INIT;
	bool is_guarded = h->guardian.fd >= 0;
	int failed = wipe_everything(h, &wiping);

	guardian_dismiss(&h->guardian);
	h->facts.is_guarded = is_guarded && !h->guardian.is_lost;
	h->facts.is_wiped = !failed;
	if (failed && result)
		log_error("%s", wiping.msg);
	else if (failed)
		*e = wiping;
	return failed ? -1 : result;
}

void
handover_close(struct handover *h)
{
	for (size_t i = 0; i < 2; i++)
		mask_stream_close(&h->streams[i]);
	mask_free(&h->mask);
	inputs_close(&h->inputs);
	guardian_close(&h->guardian);
}
