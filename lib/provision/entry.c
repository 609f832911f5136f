/* SPDX-License-Identifier: MIT */
/* entry - changes of a ledger, each kept at once. */
#include "provision/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "provision/fields.h"

static int
put(struct ledger *l, const char *key, const struct buf *value, struct err *e)
{
	const struct store_item item = {key, value ? value->data : NULL, value ? value->len : 0};

	return store_put(l->store, &item, 1, e);
}

int
entry_save_spec(struct ledger *l, struct err *e)
{
	const struct store_item items[] = {{"directory", l->directory, strlen(l->directory)},
					   {"spec", l->spec, strlen(l->spec)},
					   {"key", l->key, strlen(l->key)}};

	return store_put(l->store, items, 3, e);
}

int
entry_spec(struct ledger *l, const char *directory, const char *text, struct err *e)
{
	free(l->directory);
	free(l->spec);
	l->directory = strdup(directory);
	l->spec = strdup(text);
	if (!l->directory || !l->spec)
		return err_sys(e, "cannot keep the deployment");
	return entry_save_spec(l, e);
}

int
entry_save_server(struct ledger *l, struct ledger_server *server, struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "server/%s", server->id);
	if (fields_add(&value, "host", server->host ? server->host : "", e) == 0 &&
	    fields_add(&value, "address", server->address ? server->address : "", e) == 0 &&
	    fields_add(&value, "user", server->user ? server->user : "", e) == 0 &&
	    fields_add(&value, "key", server->key ? server->key : "", e) == 0 &&
	    fields_add_number(&value, "port", server->port, e) == 0 &&
	    fields_add(&value, "state", lifecycle_state_name(server->state), e) == 0 &&
	    fields_add_number(&value, "leaving", server->leaving, e) == 0 &&
	    fields_add_number(&value, "since", server->since, e) == 0 &&
	    fields_add_number(&value, "silent", server->silent, e) == 0)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

int
entry_save_tier(struct ledger *l, const struct ledger_tier *tier, struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "tier/%s", tier->name);
	if (fields_add_number(&value, "wanted", tier->wanted, e) == 0 &&
	    fields_add_number(&value, "next", tier->next, e) == 0 &&
	    fields_add_number(&value, "forgotten", tier->forgotten_ms, e) == 0)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

static int
settle_in(struct ledger_server *server, const struct deployment_host *host)
{
	server->host = strdup(host->name);
	server->address = strdup(host->address);
	server->user = host->user ? strdup(host->user) : NULL;
	server->key = host->key ? strdup(host->key) : NULL;
	server->port = (int)host->port;
	return server->host && server->address && (!host->user || server->user) &&
			       (!host->key || server->key)
		       ? 0
		       : -1;
}

int
entry_add_server(struct ledger *l, struct ledger_tier *tier, const struct deployment_host *host,
		 struct ledger_server **server, struct err *e)
{
	char id[LEDGER_ID_MAX + 12];
	struct ledger_server *new;

	snprintf(id, sizeof id, "%s-%u", tier->name, tier->next);
	new = ledger_server(l, id);
	if (!new || (host && settle_in(new, host)))
		return err_sys(e, "cannot add a server");
	new->since = ledger_now(l);
	*server = new;
	ledger_touch(tier);
	/* In one piece: a crash leaves no server on a host whose address is not known. */
	return entry_save_tier(l, tier, e) || entry_save_server(l, new, e) ? -1 : 0;
}

int
entry_drop_server(struct ledger *l, struct ledger_server *server, struct err *e)
{
	struct ledger_tier *tier = server->tier;
	size_t n = 1 + 2 * server->n_placed + server->n_nodes, at = 0;
	char(*keys)[STORE_KEY_MAX] = calloc(n, sizeof *keys);
	struct store_item *items = calloc(n, sizeof *items);
	int result = -1;

	if (!keys || !items) {
		err_sys(e, "cannot forget a server");
		goto out;
	}
	snprintf(keys[at++], sizeof *keys, "server/%s", server->id);
	for (size_t i = 0; i < server->n_placed; i++) {
		snprintf(keys[at++], sizeof *keys, "service/%s/%s", server->id,
			 server->placed[i].id);
		snprintf(keys[at++], sizeof *keys, "told/%s/%s", server->id, server->placed[i].id);
	}
	for (size_t i = 0; i < server->n_nodes; i++)
		snprintf(keys[at++], sizeof *keys, "proxy/%s/%s/%s", server->id,
			 server->nodes[i].service, server->nodes[i].balancer);
	for (size_t i = 0; i < n; i++)
		items[i].key = keys[i];
	result = store_put(l->store, items, n, e);
	at = 0;
	while (tier->servers[at] != server)
		at++;
	tier->n--;
	memmove(&tier->servers[at], &tier->servers[at + 1],
		(tier->n - at) * sizeof(struct ledger_server *));
	ledger_free_server(server);
	ledger_touch(tier);
out:
	free(keys);
	free(items);
	return result;
}

int
entry_save_placed(struct ledger *l, const struct ledger_server *server,
		  const struct ledger_placed *placed, struct err *e)
{
	char key[STORE_KEY_MAX], told_key[STORE_KEY_MAX];
	struct buf value = BUF_INIT;
	int result = -1;

	snprintf(key, sizeof key, "service/%s/%s", server->id, placed->id);
	snprintf(told_key, sizeof told_key, "told/%s/%s", server->id, placed->id);
	if (fields_add(&value, "digest", placed->digest, e) == 0 &&
	    fields_add_number(&value, "started", placed->started, e) == 0 &&
	    fields_add_number(&value, "settled", placed->settled, e) == 0 &&
	    fields_add(&value, "word", placed->word, e) == 0) {
		const struct store_item items[] = {{key, value.data, value.len},
						   {told_key, placed->told, placed->told_len}};

		result = store_put(l->store, items, 2, e);
	}
	buf_free(&value);
	return result;
}

int
entry_add_node(struct ledger *l, struct ledger_server *server, const struct ledger_node *node,
	       struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "proxy/%s/%s/%s", server->id, node->service, node->balancer);
	if (ledger_take_node(server, node->service, node->balancer, node->address))
		err_sys(e, "cannot keep a node");
	else if (fields_add(&value, "address", node->address, e) == 0)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

int
entry_drop_nodes(struct ledger *l, struct ledger_server *server, const char *balancer,
		 struct err *e)
{
	size_t kept = 0;
	int result = 0;

	for (size_t i = 0; i < server->n_nodes; i++) {
		struct ledger_node *node = &server->nodes[i];
		char key[STORE_KEY_MAX];

		if (strcmp(node->balancer, balancer) != 0) {
			server->nodes[kept++] = *node;
			continue;
		}
		snprintf(key, sizeof key, "proxy/%s/%s/%s", server->id, node->service, balancer);
		if (!result)
			result = put(l, key, NULL, e);
	}
	server->n_nodes = kept;
	return result;
}

int
entry_save_source(struct ledger *l, const struct ledger_source *source, struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "source/%s", source->name);
	if (fields_add_number(&value, "loaded", source->loaded, e) == 0 &&
	    fields_add(&value, "granted", source->granted ? source->granted : "", e) == 0 &&
	    fields_add(&value, "hash", source->hash, e) == 0 &&
	    fields_add(&value, "login", source->login, e) == 0 &&
	    fields_add(&value, "admitted", source->admitted, e) == 0 &&
	    fields_add(&value, "server", source->server, e) == 0)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

int
entry_mark_lost(struct ledger *l, const char *host, bool is_lost, struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	size_t at = 0;
	int result;

	while (at < l->n_lost && strcmp(l->lost[at], host) != 0)
		at++;
	if ((at < l->n_lost) == is_lost)
		return 0;
	snprintf(key, sizeof key, "lost/%s", host);
	if (!is_lost) {
		memmove(l->lost[at], l->lost[at + 1], (l->n_lost - at - 1) * sizeof *l->lost);
		l->n_lost--;
		return put(l, key, NULL, e);
	}
	if (ledger_take_lost(l, host))
		return err_sys(e, "cannot keep that a host was lost");
	result = fields_add_number(&value, "since", ledger_now(l), e);
	if (!result)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}
