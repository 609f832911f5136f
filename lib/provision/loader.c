/* SPDX-License-Identifier: MIT */
/* loader - what the store has, read into a ledger. */
#include "provision/loader.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/text.h"
#include "base/words.h"
#include "provision/events.h"
#include "provision/fields.h"

#define EVENT_MOST 999999999999LL /* as its key has digits */
#define TIME_MOST 253402300799LL  /* the end of the year 9999, in seconds */

static char *
copy_of(const char *text)
{
	return *text ? strdup(text) : NULL;
}

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

/* -1: it is no such number. */
static int
to_number(const char *text, long long least, long long most, long long *number)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < least || value > most)
		return -1;
	*number = value;
	return 0;
}

/* The same of a field; one that is not there is left as it is. */
static int
take_number(const struct words *words, const char *name, long long least, long long most,
	    long long *number)
{
	const char *text = fields_value(words, name);

	return *text ? to_number(text, least, most, number) : 0;
}

static int
take_flag(const struct words *words, const char *name, bool *flag)
{
	long long number = 0;

	if (take_number(words, name, 0, 1, &number))
		return -1;
	*flag = number == 1;
	return 0;
}

static int
take_server(struct ledger_server *server, const struct words *words)
{
	long long port = 0;

	if (!lifecycle_state(fields_value(words, "state"), &server->state) ||
	    take_number(words, "port", 0, 65535, &port) ||
	    take_flag(words, "leaving", &server->leaving) ||
	    take_number(words, "since", 0, TIME_MOST, &server->since) ||
	    take_number(words, "silent", 0, TIME_MOST, &server->silent))
		return -1;
	server->port = (int)port;
	server->host = copy_of(fields_value(words, "host"));
	server->address = copy_of(fields_value(words, "address"));
	server->user = copy_of(fields_value(words, "user"));
	server->key = copy_of(fields_value(words, "key"));
	return 0;
}

static int
take_tier(struct ledger_tier *tier, const struct words *words)
{
	long long next = tier->next;

	if (take_number(words, "wanted", -1, UINT_MAX, &tier->wanted) ||
	    take_number(words, "forgotten", 0, TIME_MOST * 1000, &tier->forgotten_ms) ||
	    take_number(words, "next", 1, UINT_MAX, &next))
		return -1;
	/* A server that was read before may be beyond it. */
	if (next > tier->next)
		tier->next = (unsigned)next;
	return 0;
}

static int
take_placed(struct ledger_placed *placed, const struct words *words)
{
	snprintf(placed->digest, sizeof placed->digest, "%s", fields_value(words, "digest"));
	snprintf(placed->word, sizeof placed->word, "%s", fields_value(words, "word"));
	return take_flag(words, "started", &placed->started) ||
			       take_flag(words, "settled", &placed->settled)
		       ? -1
		       : 0;
}

static int
take_source(struct ledger_source *source, const struct words *words)
{
	if (take_flag(words, "loaded", &source->loaded))
		return -1;
	source->granted = copy_of(fields_value(words, "granted"));
	snprintf(source->hash, sizeof source->hash, "%s", fields_value(words, "hash"));
	snprintf(source->login, sizeof source->login, "%s", fields_value(words, "login"));
	snprintf(source->admitted, sizeof source->admitted, "%s", fields_value(words, "admitted"));
	snprintf(source->server, sizeof source->server, "%s", fields_value(words, "server"));
	return 0;
}

static int
take_event(struct ledger *l, const char *number_text, const char *value)
{
	long long number, time;
	char when[24];

	snprintf(when, sizeof when, "%.*s", (int)strcspn(value, " "), value);
	return to_number(number_text, 0, EVENT_MOST, &number) ||
			       to_number(when, 0, TIME_MOST, &time)
		       ? -1
		       : events_take(l, number, value);
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
	/* It was being made anew; see provision/observe. */
	if (n == 0 && strcmp(kind, "unfinished") == 0)
		return -1;
	if (n == 1 && strcmp(kind, "event") == 0)
		return take_event(l, parts[0], item->value);
	if (n == 1 && strcmp(kind, "lost") == 0)
		return ledger_take_lost(l, parts[0]);
	if (n == 1 && strcmp(kind, "tier") == 0)
		return (tier = ledger_tier(l, parts[0])) ? take_tier(tier, words) : -1;
	if (n == 1 && strcmp(kind, "source") == 0)
		return (source = ledger_source(l, parts[0])) ? take_source(source, words) : -1;
	if (n >= 1 && !(server = ledger_server(l, parts[0])))
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
		return ledger_take_node(server, parts[1], parts[2], fields_value(words, "address"));
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
		/* Nobody gave an argument here. */
		if (e->kind == ERR_USAGE)
			e->kind = ERR_UNSAFE;
		return err_wrap(e, "cannot read '%s' of the state (" STORE_ANEW ")", item->key);
	}
	result = take(l, key, parts, n, item, &words);
	words_free(&words);
	if (result < 0)
		return err_set(e, ERR_UNSAFE, "cannot read '%s' of the state; " STORE_ANEW,
			       item->key);
	return 0;
}

static void
make_key(struct ledger *l)
{
	unsigned char bytes[32];

	crypto_random(bytes, sizeof bytes);
	text_hex(l->key, bytes, sizeof bytes);
}

int
loader_open(struct ledger *l, struct store *store, struct err *e)
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
