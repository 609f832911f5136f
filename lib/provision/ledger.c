/* SPDX-License-Identifier: MIT */
/* ledger - what is known of a deployment's servers and of what was done with them. */
#include "provision/ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/text.h"
#include "base/words.h"

#define ITEMS_MAX 4

/* ---- values: words NAME=VALUE */

static int
add_word(struct buf *line, const char *name, const char *value, struct err *e)
{
	struct buf word = BUF_INIT;
	int result = buf_addf(&word, e, "%s=%s", name, value);

	if (!result)
		result = words_add(line, word.data, e);
	buf_free(&word);
	return result;
}

static int
add_number(struct buf *line, const char *name, long long value, struct err *e)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", value);
	return add_word(line, name, text, e);
}

/* The value of a name; "" for none. */
static const char *
value_of(const struct words *words, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < words->n; i++)
		if (strncmp(words->argv[i], name, len) == 0 && words->argv[i][len] == '=')
			return words->argv[i] + len + 1;
	return "";
}

static char *
copy_of(const char *text)
{
	return *text ? strdup(text) : NULL;
}

/* ---- keys: KIND/NAME[/NAME...] */

/* The parts of a key behind its kind; how many there are. */
static size_t
split_key(char *key, char *parts[static 3])
{
	size_t n = 0;
	char *p = strchr(key, '/');

	while (p && n < 3) {
		*p++ = '\0';
		parts[n++] = p;
		p = strchr(p, '/');
	}
	return n;
}

static int
put(struct ledger *l, const char *key, const struct buf *value, struct err *e)
{
	const struct store_item item = {key, value ? value->data : NULL, value ? value->len : 0};

	return store_put(l->store, &item, 1, e);
}

/* ---- finding and making */

static struct ledger_tier *
tier_of(struct ledger *l, const char *name)
{
	struct ledger_tier **tiers, *new;

	for (size_t i = 0; i < l->n_tiers; i++)
		if (strcmp(l->tiers[i]->name, name) == 0)
			return l->tiers[i];
	tiers = reallocarray(l->tiers, l->n_tiers + 1, sizeof(struct ledger_tier *));
	if (!tiers)
		return NULL;
	l->tiers = tiers;
	new = calloc(1, sizeof *new);
	if (!new)
		return NULL;
	snprintf(new->name, sizeof new->name, "%s", name);
	new->wanted = -1;
	new->next = 1;
	l->tiers[l->n_tiers++] = new;
	return new;
}

/* The place in the order of numbers is the end: they only grow, but when they are read. */
static struct ledger_server *
server_of(struct ledger *l, const char *id)
{
	const char *dash = strrchr(id, '-');
	char name[40];
	struct ledger_tier *tier;
	struct ledger_server **servers, *new;
	unsigned number = dash ? (unsigned)strtoul(dash + 1, NULL, 10) : 0;
	size_t at = 0;

	if (!dash || !number || dash - id >= (ptrdiff_t)sizeof name)
		return NULL;
	snprintf(name, sizeof name, "%.*s", (int)(dash - id), id);
	tier = tier_of(l, name);
	if (!tier)
		return NULL;
	for (at = tier->n; at > 0 && tier->servers[at - 1]->number >= number; at--)
		if (tier->servers[at - 1]->number == number)
			return tier->servers[at - 1];
	servers = reallocarray(tier->servers, tier->n + 1, sizeof(struct ledger_server *));
	if (!servers)
		return NULL;
	tier->servers = servers;
	new = calloc(1, sizeof *new);
	if (!new)
		return NULL;
	snprintf(new->id, sizeof new->id, "%s", id);
	new->tier = tier;
	new->number = number;
	memmove(&servers[at + 1], &servers[at], (tier->n - at) * sizeof(struct ledger_server *));
	servers[at] = new;
	tier->n++;
	if (tier->next <= number)
		tier->next = number + 1;
	return new;
}

struct ledger_server *
ledger_find_server(const struct ledger *l, const char *id)
{
	const char *dash = strrchr(id, '-');

	for (size_t i = 0; dash && i < l->n_tiers; i++) {
		struct ledger_tier *tier = l->tiers[i];

		if (strlen(tier->name) != (size_t)(dash - id) ||
		    strncmp(tier->name, id, (size_t)(dash - id)) != 0)
			continue;
		for (size_t j = 0; j < tier->n; j++)
			if (strcmp(tier->servers[j]->id, id) == 0)
				return tier->servers[j];
	}
	return NULL;
}

struct ledger_placed *
ledger_placed(struct ledger_server *server, const char *id)
{
	struct ledger_placed *all;

	for (size_t i = 0; i < server->n_placed; i++)
		if (strcmp(server->placed[i].id, id) == 0)
			return &server->placed[i];
	all = reallocarray(server->placed, server->n_placed + 1, sizeof *all);
	if (!all)
		return NULL;
	server->placed = all;
	memset(&all[server->n_placed], 0, sizeof *all);
	snprintf(all[server->n_placed].id, sizeof all->id, "%s", id);
	return &all[server->n_placed++];
}

struct ledger_source *
ledger_source(struct ledger *l, const char *name)
{
	struct ledger_source *all;

	for (size_t i = 0; i < l->n_sources; i++)
		if (strcmp(l->sources[i].name, name) == 0)
			return &l->sources[i];
	all = reallocarray(l->sources, l->n_sources + 1, sizeof *all);
	if (!all)
		return NULL;
	l->sources = all;
	memset(&all[l->n_sources], 0, sizeof *all);
	snprintf(all[l->n_sources].name, sizeof all->name, "%s", name);
	return &all[l->n_sources++];
}

bool
ledger_counts(const struct ledger_server *server)
{
	return !server->leaving && server->state != SERVER_LOST;
}

struct agents_place
ledger_place(const struct ledger_server *server)
{
	return (struct agents_place){.address = server->address,
				     .user = server->user,
				     .key = server->key,
				     .port = server->port};
}

long long
ledger_now(const struct ledger *l)
{
	return l->clock ? l->clock(l->clock_arg) : (long long)time(NULL);
}

void
ledger_touch(struct ledger_tier *tier)
{
	tier->stamp++;
}

/* ---- reading */

static int
take_server(struct ledger_server *server, const struct words *words)
{
	server->host = copy_of(value_of(words, "host"));
	server->address = copy_of(value_of(words, "address"));
	server->user = copy_of(value_of(words, "user"));
	server->key = copy_of(value_of(words, "key"));
	server->port = (int)strtol(value_of(words, "port"), NULL, 10);
	server->state = lifecycle_state(value_of(words, "state"));
	server->leaving = strcmp(value_of(words, "leaving"), "1") == 0;
	server->since = strtoll(value_of(words, "since"), NULL, 10);
	server->silent = strtoll(value_of(words, "silent"), NULL, 10);
	return 0;
}

static int
take_placed(struct ledger_placed *placed, const struct words *words)
{
	snprintf(placed->digest, sizeof placed->digest, "%s", value_of(words, "digest"));
	snprintf(placed->word, sizeof placed->word, "%s", value_of(words, "word"));
	placed->started = strcmp(value_of(words, "started"), "1") == 0;
	placed->settled = strcmp(value_of(words, "settled"), "1") == 0;
	return 0;
}

static int
take_node(struct ledger_server *server, const char *service, const char *balancer,
	  const char *address)
{
	struct ledger_node *nodes = reallocarray(server->nodes, server->n_nodes + 1, sizeof *nodes);

	if (!nodes)
		return -1;
	server->nodes = nodes;
	snprintf(nodes[server->n_nodes].service, sizeof nodes->service, "%s", service);
	snprintf(nodes[server->n_nodes].balancer, sizeof nodes->balancer, "%s", balancer);
	snprintf(nodes[server->n_nodes].address, sizeof nodes->address, "%s", address);
	server->n_nodes++;
	return 0;
}

static int
take_source(struct ledger_source *source, const struct words *words)
{
	source->loaded = strcmp(value_of(words, "loaded"), "1") == 0;
	source->granted = copy_of(value_of(words, "granted"));
	snprintf(source->hash, sizeof source->hash, "%s", value_of(words, "hash"));
	snprintf(source->server, sizeof source->server, "%s", value_of(words, "server"));
	return 0;
}

static int
take_event(struct ledger *l, long long number, const char *value)
{
	struct ledger_event *events = reallocarray(l->events, l->n_events + 1, sizeof *events);
	char *end;

	if (!events)
		return -1;
	l->events = events;
	events[l->n_events] =
		(struct ledger_event){.number = number, .time = strtoll(value, &end, 10)};
	events[l->n_events].text = strdup(*end == ' ' ? end + 1 : end);
	return events[l->n_events++].text ? 0 : -1;
}

static int
take_lost(struct ledger *l, const char *host)
{
	char(*lost)[40] = reallocarray(l->lost, l->n_lost + 1, sizeof *lost);

	if (!lost)
		return -1;
	l->lost = lost;
	snprintf(lost[l->n_lost++], sizeof *lost, "%s", host);
	return 0;
}

static int
take_told(struct ledger_placed *placed, const struct store_item *item)
{
	placed->told = malloc(item->len + 1);
	if (!placed->told)
		return -1;
	memcpy(placed->told, item->value, item->len);
	placed->told[item->len] = '\0';
	placed->told_len = item->len;
	return 0;
}

/* What a key of so many parts says; 1: nothing that is known. */
static int
take(struct ledger *l, const char *kind, char **parts, size_t n, const struct store_item *item,
     const struct words *words)
{
	struct ledger_server *server = NULL;
	struct ledger_placed *placed = NULL;
	struct ledger_tier *tier;
	struct ledger_source *source;
	char **text = strcmp(kind, "spec") == 0	       ? &l->spec
		      : strcmp(kind, "directory") == 0 ? &l->directory
						       : NULL;

	if (n == 0 && text) {
		*text = strdup(item->value);
		return *text ? 0 : -1;
	}
	if (n == 0 && strcmp(kind, "key") == 0) {
		snprintf(l->key, sizeof l->key, "%s", item->value);
		return 0;
	}
	if (n == 1 && strcmp(kind, "event") == 0)
		return take_event(l, strtoll(parts[0], NULL, 10), item->value);
	if (n == 1 && strcmp(kind, "lost") == 0)
		return take_lost(l, parts[0]);
	if (n == 1 && strcmp(kind, "tier") == 0) {
		if (!(tier = tier_of(l, parts[0])))
			return -1;
		tier->wanted = strtoll(value_of(words, "wanted"), NULL, 10);
		tier->next = (unsigned)strtoul(value_of(words, "next"), NULL, 10);
		return 0;
	}
	if (n == 1 && strcmp(kind, "source") == 0)
		return (source = ledger_source(l, parts[0])) ? take_source(source, words) : -1;
	if (n >= 1 && !(server = server_of(l, parts[0])))
		return -1;
	if (n == 1 && strcmp(kind, "server") == 0)
		return take_server(server, words);
	if (n == 2 && !(placed = ledger_placed(server, parts[1])))
		return -1;
	if (n == 2 && strcmp(kind, "service") == 0)
		return take_placed(placed, words);
	if (n == 2 && strcmp(kind, "told") == 0)
		return take_told(placed, item);
	if (n == 3 && strcmp(kind, "proxy") == 0)
		return take_node(server, parts[1], parts[2], value_of(words, "address"));
	return 1;
}

static int
on_item(void *arg, const struct store_item *item, struct err *e)
{
	static const char *const plain[] = {"told", "event", "spec", "directory", "key"};
	struct ledger *l = arg;
	struct words words = WORDS_INIT;
	char key[STORE_KEY_MAX + 1], *parts[3];
	bool is_plain = false;
	size_t n;
	int result;

	snprintf(key, sizeof key, "%s", item->key);
	n = split_key(key, parts);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		is_plain |= strcmp(key, plain[i]) == 0;
	if (!is_plain && words_split(&words, item->value, e)) {
		words_free(&words);
		return err_wrap(e, "cannot read '%s' of the state", item->key);
	}
	result = take(l, key, parts, n, item, &words);
	words_free(&words);
	return result < 0 ? err_set(e, ERR_UNSAFE, "cannot read '%s' of the state", item->key) : 0;
}

static void
make_key(struct ledger *l)
{
	unsigned char bytes[32];

	crypto_random(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(l->key + 2 * i, 3, "%02x", bytes[i]);
}

int
ledger_open(struct ledger *l, struct store *store, struct err *e)
{
	*l = (struct ledger){.store = store};
	pthread_mutex_init(&l->mutex, NULL);
	if (store && store_each(store, on_item, l, e))
		return -1;
	/* It is kept with the first server. */
	if (!l->key[0])
		make_key(l);
	return 0;
}

static void
free_server(struct ledger_server *server)
{
	for (size_t i = 0; i < server->n_placed; i++)
		free(server->placed[i].told);
	free(server->placed);
	free(server->nodes);
	free(server->host);
	free(server->address);
	free(server->user);
	free(server->key);
	free(server);
}

void
ledger_close(struct ledger *l)
{
	for (size_t i = 0; i < l->n_tiers; i++) {
		for (size_t j = 0; j < l->tiers[i]->n; j++)
			free_server(l->tiers[i]->servers[j]);
		free(l->tiers[i]->servers);
		free(l->tiers[i]);
	}
	for (size_t i = 0; i < l->n_sources; i++)
		free(l->sources[i].granted);
	for (size_t i = 0; i < l->n_events; i++)
		free(l->events[i].text);
	free(l->tiers);
	free(l->sources);
	free(l->events);
	free(l->lost);
	free(l->spec);
	free(l->directory);
	pthread_mutex_destroy(&l->mutex);
	*l = (struct ledger){.store = NULL};
}

int
ledger_spec(struct ledger *l, const char *directory, const char *text, struct err *e)
{
	const struct store_item items[] = {{"directory", directory, strlen(directory)},
					   {"spec", text, strlen(text)},
					   {"key", l->key, strlen(l->key)}};

	free(l->directory);
	free(l->spec);
	l->directory = strdup(directory);
	l->spec = strdup(text);
	if (!l->directory || !l->spec)
		return err_sys(e, "cannot keep the deployment");
	return store_put(l->store, items, 3, e);
}

int
ledger_bind(struct ledger *l, const struct deployment *d, struct err *e)
{
	for (size_t i = 0; i < d->n_tiers; i++) {
		struct ledger_tier *tier = tier_of(l, d->tiers[i].name);
		size_t at = i;

		if (!tier)
			return err_sys(e, "cannot read the state");
		while (l->tiers[at] != tier)
			at++;
		l->tiers[at] = l->tiers[i];
		l->tiers[i] = tier;
	}
	return 0;
}

/* ---- changes */

int
ledger_save_server(struct ledger *l, struct ledger_server *server, struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "server/%s", server->id);
	if (add_word(&value, "host", server->host ? server->host : "", e) == 0 &&
	    add_word(&value, "address", server->address ? server->address : "", e) == 0 &&
	    add_word(&value, "user", server->user ? server->user : "", e) == 0 &&
	    add_word(&value, "key", server->key ? server->key : "", e) == 0 &&
	    add_number(&value, "port", server->port, e) == 0 &&
	    add_word(&value, "state", lifecycle_state_name(server->state), e) == 0 &&
	    add_number(&value, "leaving", server->leaving, e) == 0 &&
	    add_number(&value, "since", server->since, e) == 0 &&
	    add_number(&value, "silent", server->silent, e) == 0)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

int
ledger_save_tier(struct ledger *l, const struct ledger_tier *tier, struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "tier/%s", tier->name);
	if (add_number(&value, "wanted", tier->wanted, e) == 0 &&
	    add_number(&value, "next", tier->next, e) == 0)
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
ledger_add_server(struct ledger *l, struct ledger_tier *tier, const struct deployment_host *host,
		  struct ledger_server **server, struct err *e)
{
	char id[LEDGER_ID_MAX + 12];
	struct ledger_server *new;

	snprintf(id, sizeof id, "%s-%u", tier->name, tier->next);
	new = server_of(l, id);
	if (!new || (host && settle_in(new, host)))
		return err_sys(e, "cannot add a server");
	new->since = ledger_now(l);
	*server = new;
	ledger_touch(tier);
	/* In one piece: a crash leaves no server on a host whose address is not known. */
	return ledger_save_tier(l, tier, e) || ledger_save_server(l, new, e) ? -1 : 0;
}

int
ledger_drop_server(struct ledger *l, struct ledger_server *server, struct err *e)
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
	free_server(server);
	ledger_touch(tier);
out:
	free(keys);
	free(items);
	return result;
}

int
ledger_save_placed(struct ledger *l, const struct ledger_server *server,
		   const struct ledger_placed *placed, struct err *e)
{
	char key[STORE_KEY_MAX], told_key[STORE_KEY_MAX];
	struct buf value = BUF_INIT;
	int result = -1;

	snprintf(key, sizeof key, "service/%s/%s", server->id, placed->id);
	snprintf(told_key, sizeof told_key, "told/%s/%s", server->id, placed->id);
	if (add_word(&value, "digest", placed->digest, e) == 0 &&
	    add_number(&value, "started", placed->started, e) == 0 &&
	    add_number(&value, "settled", placed->settled, e) == 0 &&
	    add_word(&value, "word", placed->word, e) == 0) {
		const struct store_item items[] = {{key, value.data, value.len},
						   {told_key, placed->told, placed->told_len}};

		result = store_put(l->store, items, 2, e);
	}
	buf_free(&value);
	return result;
}

int
ledger_add_node(struct ledger *l, struct ledger_server *server, const struct ledger_node *node,
		struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "proxy/%s/%s/%s", server->id, node->service, node->balancer);
	if (take_node(server, node->service, node->balancer, node->address))
		err_sys(e, "cannot keep a node");
	else if (add_word(&value, "address", node->address, e) == 0)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

int
ledger_drop_nodes(struct ledger *l, struct ledger_server *server, const char *balancer,
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
ledger_save_source(struct ledger *l, const struct ledger_source *source, struct err *e)
{
	struct buf value = BUF_INIT;
	char key[STORE_KEY_MAX];
	int result = -1;

	snprintf(key, sizeof key, "source/%s", source->name);
	if (add_number(&value, "loaded", source->loaded, e) == 0 &&
	    add_word(&value, "granted", source->granted ? source->granted : "", e) == 0 &&
	    add_word(&value, "hash", source->hash, e) == 0 &&
	    add_word(&value, "server", source->server, e) == 0)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

int
ledger_mark_lost(struct ledger *l, const char *host, bool is_lost, struct err *e)
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
	if (take_lost(l, host))
		return err_sys(e, "cannot keep that a host was lost");
	result = add_number(&value, "since", ledger_now(l), e);
	if (!result)
		result = put(l, key, &value, e);
	buf_free(&value);
	return result;
}

void
ledger_event(struct ledger *l, const char *word, const char *fmt, ...)
{
	struct err ignored = ERR_INIT;
	char text[600], value[700], keys[2][STORE_KEY_MAX];
	struct store_item items[2] = {{.key = keys[0]}, {.key = keys[1]}};
	long long number = l->n_events ? l->events[l->n_events - 1].number + 1 : 1;
	bool is_full = false;
	va_list args;
	int len;

	if (!l->store)
		return;
	len = snprintf(text, sizeof text, "%s ", word);
	va_start(args, fmt);
	vsnprintf(text + len, sizeof text - (size_t)len, fmt, args);
	va_end(args);
	text_printable(text, text, strlen(text));
	snprintf(value, sizeof value, "%lld %s", ledger_now(l), text);
	/* Keys sort as their numbers do. */
	snprintf(keys[0], sizeof keys[0], "event/%012lld", number);
	items[0].value = value;
	items[0].len = strlen(value);
	if (take_event(l, number, value))
		return;
	is_full = l->n_events > LEDGER_EVENTS_MAX;
	if (is_full) {
		snprintf(keys[1], sizeof keys[1], "event/%012lld", l->events[0].number);
		free(l->events[0].text);
		l->n_events--;
		memmove(l->events, l->events + 1, l->n_events * sizeof *l->events);
	}
	(void)!store_put(l->store, items, is_full ? 2 : 1, &ignored);
}
