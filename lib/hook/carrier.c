/* SPDX-License-Identifier: MIT */
/* carrier - secret files that a hook is handed, and what keeps them secret. */
#include "hook/carrier.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cfg/hidden.h"

#define PART_BYTES (64u << 10)

void
carrier_init(struct carrier *c, struct service *svc)
{
	*c = (struct carrier){.svc = svc,
			      .inputs = {.svc = svc},
			      .mask = MASK_INIT,
			      .streams = {MASK_STREAM_INIT, MASK_STREAM_INIT},
			      .delivery = DELIVERY_INIT,
			      .guardian = GUARDIAN_INIT};
}

int
carrier_find_accounts(struct carrier *c, const char *user_id, struct err *e)
{
	bool found = false;

	if (account_agent(&c->agent, e))
		return -1;
	if (!account_is_root()) {
		log_note("not root: owners are left alone, and the hook runs as '%s'",
			 c->agent.name);
		return 0;
	}
	c->user = c->agent;
	if (user_id[0] && account_find(user_id, &c->user, &found, e))
		return -1;
	if (user_id[0] && !found)
		return err_set(e, ERR_NO_ACCOUNT, "no such account: '%s'", user_id);
	c->as_user = true;
	return 0;
}

/* The guardian's work, should this process die; and this one's on its way out. */
static int
wipe_everything(struct carrier *c, struct err *e)
{
	struct err inputs = ERR_INIT;
	int result = 0;

	if (delivery_close(&c->delivery, e)) {
		log_error("%s", e->msg);
		result = -1;
	}
	if (inputs_wipe(&c->inputs, &inputs)) {
		log_error("a file that holds a secret was not wiped: %s", inputs.msg);
		*e = result ? *e : inputs;
		result = -1;
	}
	return result;
}

static void
act_as_guardian(void *arg)
{
	struct carrier *c = arg;
	struct err e = ERR_INIT;

	log_warning("the command died: wiping what it had delivered");
	c->delivery.keep_mark = true; /* a process that left the hook's group may be there still */
	(void)!wipe_everything(c, &e);
}

/*
 * A value in it, or the configuration itself by another of its names; of these the guardian knows
 * the second only, for its memory holds no value.
 */
static bool
is_copy(void *arg, int fd)
{
	struct carrier *c = arg;
	struct mask_search search = MASK_SEARCH_INIT;
	struct secret part = SECRET_INIT;
	struct err ignored = ERR_INIT;
	struct stat st;
	off_t at = 0;
	ssize_t n;
	bool found;

	if (c->inputs.is_in_place && fstat(fd, &st) == 0 &&
	    st.st_dev == c->inputs.in_place.st_dev && st.st_ino == c->inputs.in_place.st_ino)
		return true;
	if (c->mask.automaton.longest == 0 || mask_search_open(&search, &c->mask, &ignored))
		return false;
	if (!secret_reserve(&part, PART_BYTES, &ignored))
		while (!search.any && (n = pread(fd, part.data, PART_BYTES, at)) > 0) {
			mask_search(&search, secret_reveal(&part), (size_t)n);
			at += n;
		}
	found = search.any;
	secret_free(&part);
	mask_search_close(&search);
	return found;
}

int
carrier_hide(struct carrier *c, const struct document *doc, const struct settings *settings,
	     struct err *e)
{
	char patterns[1024] = "";

	return settings_word(settings, "mask", NULL, patterns, sizeof patterns, e) ||
			       hidden_add_document(&c->mask, doc, patterns, e)
		       ? -1
		       : 0;
}

int
carrier_place(struct carrier *c, const struct carrier_file *files, size_t n, struct err *e)
{
	/* Before room is made for the files: what stands there is searched for the values. */
	mask_finish(&c->mask);
	if (c->mask.n_left_out)
		log_warning("there is too much to hide: %zu encoded forms of values are not masked",
			    c->mask.n_left_out);
	if (delivery_open(&c->delivery, c->svc, c->as_user ? &c->user : NULL,
			  c->as_user ? &c->agent : NULL, e))
		return -1;
	c->delivery.is_copy = is_copy;
	c->delivery.is_copy_arg = c;
	for (size_t i = 0; i < n; i++)
		if (delivery_make(&c->delivery, files[i].name, e))
			return -1;
	return guardian_start(&c->guardian, act_as_guardian, c, e);
}

static void
note_facts(struct carrier *c)
{
	const struct delivery *d = &c->delivery;
	struct stat st;

	if (fstat(d->files[0].fd, &st))
		return;
	c->facts = (struct carrier_facts){.is_delivered = true,
					  .file_system = fd_file_system(d->files[0].fd),
					  .is_in_memory = fd_in_memory(d->files[0].fd),
					  .swap = delivery_swap(d),
					  .mode = st.st_mode & 07777,
					  .uid = st.st_uid,
					  .gid = st.st_gid};
}

int
carrier_fill(struct carrier *c, const struct carrier_file *files, size_t n, struct err *e)
{
	for (size_t i = 0; i < 2; i++)
		if (mask_stream_open(&c->streams[i], &c->mask, e))
			return -1;
	if (guardian_ready(&c->guardian, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (delivery_fill(&c->delivery, files[i].name, files[i].text, e))
			return -1;
	note_facts(c);
	return 0;
}

static void
feed_mask(void *state, int stream, const char *data, size_t len, output_sink_fn *sink, void *arg)
{
	struct mask_stream *streams = state;

	mask_feed(&streams[stream - 1], data, len, sink, arg);
}

int
carrier_run(struct carrier *c, const struct hook *hook, const char *const *args,
	    const struct hook_options *options, struct hook_outcome *outcome, struct err *e)
{
	struct output_filter filter = {.feed = feed_mask, .state = c->streams};
	struct hook_options own = *options;

	/* What still runs could write again what is wiped: the guardian waits for its end. */
	own.hold_fd = c->guardian.fd;
	own.filter = &filter;
	return hook_run(c->svc, hook, args, &own, outcome, e);
}

int
carrier_wipe(struct carrier *c, int result, struct err *e)
{
	struct err wiping = ERR_INIT;
	bool is_guarded = c->guardian.fd >= 0;
	int failed = wipe_everything(c, &wiping);

	guardian_dismiss(&c->guardian);
	c->facts.is_guarded = is_guarded && !c->guardian.is_lost;
	c->facts.is_wiped = !failed;
	if (failed && !result)
		*e = wiping;
	return failed ? -1 : result;
}

void
carrier_close(struct carrier *c)
{
	for (size_t i = 0; i < 2; i++)
		mask_stream_close(&c->streams[i]);
	mask_free(&c->mask);
	inputs_close(&c->inputs);
	guardian_close(&c->guardian);
}
