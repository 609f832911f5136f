/* SPDX-License-Identifier: MIT */
/* store - keys and values that outlive a run of provision: in a file, or in etcd. */
#include "provision/store.h"

#include <stdlib.h>
#include <string.h>

#include "provision/stateetcd.h"
#include "provision/statefile.h"

struct store {
	const struct store_engine *engine;
	void *self;
	int wait_s;
};

int
store_open(struct store **store, const struct store_options *options, struct err *e)
{
	struct store *new = calloc(1, sizeof *new);
	bool is_etcd = strncmp(options->where, "etcd://", 7) == 0 ||
		       strncmp(options->where, "etcds://", 8) == 0;

	if (!new)
		return err_sys(e, "cannot open the state");
	new->engine = is_etcd ? &stateetcd_engine : &statefile_engine;
	new->wait_s = options->wait_s;
	if (is_etcd ? stateetcd_open(&new->self,
				     &(struct stateetcd_options){.where = options->where,
								 .ca_file = options->ca_file,
								 .cert_file = options->cert_file,
								 .key_file = options->key_file,
								 .login_file = options->login_file,
								 .user_agent = options->user_agent},
				     e)
		    : statefile_open(&new->self, options->where, e)) {
		free(new);
		return err_wrap(e, "cannot open the state '%.200s'", options->where);
	}
	*store = new;
	return 0;
}

void
store_close(struct store *store)
{
	if (store)
		store->engine->close(store->self);
	free(store);
}

int
store_lock(struct store *store, const char *who, struct err *e)
{
	return store->engine->lock(store->self, who, store->wait_s, e);
}

int
store_is_ours(struct store *store, struct err *e)
{
	return store ? store->engine->is_ours(store->self, e) : 0;
}

int
store_each(struct store *store, store_item_fn *fn, void *arg, struct err *e)
{
	return store->engine->each(store->self, fn, arg, e);
}

int
store_put(struct store *store, const struct store_item *items, size_t n, struct err *e)
{
	/* Without one nothing is kept: a plan, or a simulation. */
	return store && n ? store->engine->put(store->self, items, n, e) : 0;
}

int
store_clear(struct store *store, struct err *e)
{
	return store->engine->clear(store->self, e);
}

int
store_follow(struct store *store, store_item_fn *fn, void *arg, struct err *e)
{
	return store->engine->follow(store->self, fn, arg, e);
}
