/* SPDX-License-Identifier: MIT */
/* stateetcd - the store in an etcd cluster, for several operators. */
#include "provision/stateetcd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread.h"
#include "cluster/etcd.h"
#include "cluster/watch.h"

#define KEY_MAX (STORE_KEY_MAX + 128)
#define LOOK_MS 50
#define WATCH_MS 5000
/* Without an answer for so long of the lease's time nothing more is done. */
#define TRUST_MS (STATEETCD_LEASE_S * 700)

struct stateetcd {
	struct etcd *etcd;
	struct members_options options;
	char endpoints[1024], prefix[128], lock_key[160];
	long long lease, created; /* the lock's; 0 while there is none */
	long long revision;	  /* of what was read last */
	pthread_t keeper;
	bool keeping;
	atomic_bool stop, lost;
	atomic_llong kept_ms; /* when the lease was last renewed */
};

static int
take_place(struct stateetcd *s, const char *where, struct err *e)
{
	const char *from = strchr(where, ':') + 3, *slash = strchr(from, '/');
	size_t len = slash ? (size_t)(slash - from) : strlen(from);
	const char *name = slash && slash[1] ? slash + 1 : "default";

	if (len >= sizeof s->endpoints)
		return err_set(e, ERR_USAGE, "the list of endpoints is too long");
	snprintf(s->endpoints, sizeof s->endpoints, "%.*s", (int)len, from);
	if (text_check_id("the name behind the endpoints", name, 64, e))
		return -1;
	snprintf(s->prefix, sizeof s->prefix, STATEETCD_PREFIX "%s/state/", name);
	snprintf(s->lock_key, sizeof s->lock_key, STATEETCD_PREFIX "%s/lock", name);
	return 0;
}

int
stateetcd_open(void **self, const struct stateetcd_options *options, struct err *e)
{
	struct stateetcd *s = calloc(1, sizeof *s);

	if (!s)
		return err_sys(e, "cannot use etcd");
	s->options = (struct members_options){.endpoints = s->endpoints,
					      .tls = strncmp(options->where, "etcds", 5) == 0,
					      .ca_file = options->ca_file,
					      .cert_file = options->cert_file,
					      .key_file = options->key_file,
					      .login_file = options->login_file,
					      .user_agent = options->user_agent};
	if (take_place(s, options->where, e) || etcd_open(&s->etcd, &s->options, e)) {
		free(s);
		return -1;
	}
	*self = s;
	return 0;
}

/* ---- the lock */

/* A thread of its own, with connections of its own: what the others do may take long. */
static void *
keep(void *arg)
{
	struct stateetcd *s = arg;
	struct err why = ERR_INIT;
	struct etcd *etcd = NULL;
	bool alive = true;

	if (etcd_open(&etcd, &s->options, &why))
		alive = false;
	while (alive && !s->stop) {
		struct timespec t = {0, LOOK_MS * 1000000L};
		long long now = clock_ms();

		if (now - s->kept_ms < STATEETCD_LEASE_S * 1000 / 3) {
			nanosleep(&t, NULL);
		} else {
			why = ERR_INIT;
			/* Before the answer: the time of the lease counts from the server's. */
			if (etcd_keep(etcd, s->lease, &alive, &why) == 0 && alive)
				s->kept_ms = now;
			else if (clock_ms() - s->kept_ms > TRUST_MS)
				alive = false;
		}
	}
	if (!alive)
		s->lost = true;
	etcd_close(etcd);
	return NULL;
}

static int
is_ours(void *self, struct err *e)
{
	struct stateetcd *s = self;

	if (s->lost || (s->keeping && clock_ms() - s->kept_ms > TRUST_MS))
		return err_set(e, ERR_BUSY,
			       "the lock in etcd was lost: another operator may be at work; run it "
			       "again");
	return 0;
}

/* Somebody else has it: wait until his key goes. */
static bool
until_gone(void *arg, const struct etcd_event *event)
{
	(void)arg;
	return event->value != NULL;
}

static int
wait_for_holder(struct stateetcd *s, const struct etcd_pairs *holder, bool *told, int patience_ms,
		struct err *e)
{
	const struct etcd_watch watch = {s->lock_key, patience_ms, until_gone, NULL};
	long long from = holder->revision + 1;
	bool compacted;
	char who[256];

	snprintf(who, sizeof who, "%.255s", holder->pairs[0].value);
	text_printable(who, who, strlen(who));
	if (!*told)
		log_note("waiting for %s", who);
	*told = true;
	return etcd_watch(s->etcd, &watch, &from, &compacted, e);
}

static int
try_lock(struct stateetcd *s, const char *who, bool *held, struct etcd_pairs *holder, struct err *e)
{
	const struct etcd_condition absent = {.key = s->lock_key, .created = 0};
	const struct etcd_change take = {
		.key = s->lock_key, .value = who, .value_len = strlen(who), .lease = s->lease};
	bool made = false;

	if (etcd_commit(s->etcd, &absent, &take, 1, &made, e) ||
	    etcd_get(s->etcd, s->lock_key, false, holder, e))
		return -1;
	/* What seemed to fail may have been done: whose it is says the lease. */
	*held = holder->n == 1 && holder->pairs[0].lease == s->lease;
	if (*held)
		s->created = holder->pairs[0].created;
	return 0;
}

static int
lock(void *self, const char *who, int wait_s, struct err *e)
{
	struct stateetcd *s = self;
	long long end = clock_ms() + wait_s * 1000LL;
	bool held = false, told = false;

	if (etcd_grant(s->etcd, STATEETCD_LEASE_S, &s->lease, e))
		return -1;
	s->kept_ms = clock_ms();
	if (thread_start(&s->keeper, keep, s, e))
		return -1;
	s->keeping = true;
	while (!held) {
		struct etcd_pairs holder;
		long long left = wait_s ? end - clock_ms() : WATCH_MS;
		int result;

		if (is_ours(s, e) || try_lock(s, who, &held, &holder, e))
			return -1;
		if (!held && left <= 0) {
			etcd_pairs_free(&holder);
			return err_set(e, ERR_BUSY, "another operator works on it (see --wait)");
		}
		result = held || holder.n == 0
				 ? 0
				 : wait_for_holder(s, &holder, &told,
						   left < WATCH_MS ? (int)left : WATCH_MS, e);
		etcd_pairs_free(&holder);
		if (result)
			return -1;
	}
	return 0;
}

/* ---- keys */

static int
each(void *self, store_item_fn *fn, void *arg, struct err *e)
{
	struct stateetcd *s = self;
	struct etcd_pairs pairs;
	size_t skip = strlen(s->prefix);
	int result = 0;

	if (etcd_get(s->etcd, s->prefix, true, &pairs, e))
		return -1;
	s->revision = pairs.revision;
	for (size_t i = 0; i < pairs.n && !result; i++)
		if (strlen(pairs.pairs[i].key) > skip)
			result = fn(arg,
				    &(struct store_item){pairs.pairs[i].key + skip,
							 pairs.pairs[i].value,
							 pairs.pairs[i].value_len},
				    e);
	etcd_pairs_free(&pairs);
	return result;
}

static int
put_some(struct stateetcd *s, const struct store_item *items, size_t n, struct err *e)
{
	const struct etcd_condition ours = {.key = s->lock_key, .created = s->created};
	struct etcd_change changes[ETCD_CHANGES_MAX];
	static _Thread_local char keys[ETCD_CHANGES_MAX][KEY_MAX];
	bool made = false;

	for (size_t i = 0; i < n; i++) {
		snprintf(keys[i], sizeof keys[i], "%s%s", s->prefix, items[i].key);
		changes[i] = (struct etcd_change){
			.key = keys[i], .value = items[i].value, .value_len = items[i].len};
	}
	if (is_ours(s, e) || etcd_commit(s->etcd, &ours, changes, n, &made, e))
		return -1;
	if (made)
		return 0;
	s->lost = true;
	return is_ours(s, e);
}

static int
put(void *self, const struct store_item *items, size_t n, struct err *e)
{
	struct stateetcd *s = self;

	if (engine_check(items, n, e))
		return -1;
	for (size_t i = 0; i < n; i += ETCD_CHANGES_MAX)
		if (put_some(s, items + i, n - i < ETCD_CHANGES_MAX ? n - i : ETCD_CHANGES_MAX, e))
			return -1;
	return 0;
}

static int
clear(void *self, struct err *e)
{
	struct stateetcd *s = self;
	struct etcd_pairs pairs;
	struct store_item *items;
	size_t skip = strlen(s->prefix), n = 0;
	int result;

	if (etcd_get(s->etcd, s->prefix, true, &pairs, e))
		return -1;
	items = calloc(pairs.n + 1, sizeof *items);
	for (size_t i = 0; items && i < pairs.n; i++)
		if (strlen(pairs.pairs[i].key) > skip)
			items[n++].key = pairs.pairs[i].key + skip;
	result = items ? put(s, items, n, e) : err_sys(e, "cannot clear the state");
	free(items);
	etcd_pairs_free(&pairs);
	return result;
}

struct handing {
	struct stateetcd *s;
	store_item_fn *fn;
	void *arg;
	struct err *e;
	int result;
};

static bool
hand_on(void *arg, const struct etcd_event *event)
{
	struct handing *h = arg;
	size_t skip = strlen(h->s->prefix);

	if (strlen(event->key) > skip)
		h->result = h->fn(
			h->arg,
			&(struct store_item){event->key + skip, event->value, event->value_len},
			h->e);
	return h->result == 0;
}

static int
follow(void *self, store_item_fn *fn, void *arg, struct err *e)
{
	struct stateetcd *s = self;
	struct handing h = {.s = s, .fn = fn, .arg = arg, .e = e};
	const struct etcd_watch watch = {s->prefix, WATCH_MS, hand_on, &h};
	long long from = s->revision + 1;

	while (!h.result) {
		bool compacted;

		if (etcd_watch(s->etcd, &watch, &from, &compacted, e))
			return -1;
		/* What was before is not told any more: all that is there, then on from it. */
		if (compacted) {
			if (each(s, fn, arg, e))
				return -1;
			from = s->revision + 1;
		}
	}
	return h.result;
}

static void
close_it(void *self)
{
	struct stateetcd *s = self;
	struct err ignored = ERR_INIT;

	if (s->keeping) {
		s->stop = true;
		pthread_join(s->keeper, NULL);
	}
	/* The lock goes with its lease: the next one need not wait for its end. */
	if (s->lease && etcd_revoke(s->etcd, s->lease, &ignored))
		log_detail("%s", ignored.msg);
	etcd_close(s->etcd);
	free(s);
}

const struct store_engine stateetcd_engine = {
	.lock = lock,
	.is_ours = is_ours,
	.each = each,
	.put = put,
	.clear = clear,
	.follow = follow,
	.close = close_it,
};
