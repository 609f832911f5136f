/* SPDX-License-Identifier: MIT */
/* deployment - what is to run where: a deployment file, read and checked. */
#include "provision/deployment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/words.h"
#include "cfg/ini.h"

#define NAME_MAX_LEN 32 /* of a tier, host, data source, balancer */
#define SHA256_LEN 64

/* How the value of a key is read. */
enum keep {
	KEEP_TEXT,
	KEEP_NAME,
	KEEP_PATH,
	KEEP_LIST,
	KEEP_NUMBER,
	KEEP_REFERENCE,
	KEEP_WORDS,
	KEEP_SCALING
};

enum section { DEPLOYMENT, HOSTS, HOST, TIER, SERVICE, SOURCE, BALANCER, N_SECTIONS };

/* What a heading begins with; a blank at the end: a name follows. */
static const char *const headings[N_SECTIONS] = {"deployment", "hosts",	       "host ",	   "tier ",
						 "service ",   "data source ", "balancer "};

#define AT(type, field) offsetof(struct type, field)

static const struct key {
	enum section section;
	const char *name;
	enum keep keep;
	size_t at; /* of the field */
	long long min, max;
} keys[] = {
	{DEPLOYMENT, "name", KEEP_NAME, AT(deployment, name), 0, 0},
	{DEPLOYMENT, "customer", KEEP_NAME, AT(deployment, customer), 0, 0},
	{DEPLOYMENT, "agent", KEEP_PATH, AT(deployment, agent), 0, 0},
	{DEPLOYMENT, "backups", KEEP_PATH, AT(deployment, backups), 0, 0},
	{DEPLOYMENT, "ssh-config", KEEP_PATH, AT(deployment, ssh_config), 0, 0},
	{DEPLOYMENT, "recovery-delay", KEEP_NUMBER, AT(deployment, recovery_s), 0, 86400},
	{HOSTS, "make", KEEP_WORDS, AT(deployment, make), 0, 0},
	{HOSTS, "destroy", KEEP_WORDS, AT(deployment, destroy), 0, 0},
	{HOST, "address", KEEP_TEXT, AT(deployment_host, address), 0, 0},
	{HOST, "port", KEEP_NUMBER, AT(deployment_host, port), 1, 65535},
	{HOST, "user", KEEP_NAME, AT(deployment_host, user), 0, 0},
	{HOST, "key", KEEP_PATH, AT(deployment_host, key), 0, 0},
	{TIER, "hosts", KEEP_LIST, AT(deployment_tier, hosts), 0, 0},
	{TIER, "min", KEEP_NUMBER, AT(deployment_tier, min), 0, 100000},
	{TIER, "max", KEEP_NUMBER, AT(deployment_tier, max), 1, 100000},
	{TIER, "breach-increment", KEEP_NUMBER, AT(deployment_tier, increment), 1, 1000},
	{TIER, "vote-interval", KEEP_NUMBER, AT(deployment_tier, interval_s), 1, 86400},
	{TIER, "scaling", KEEP_SCALING, AT(deployment_tier, votes), 0, 0},
	{SERVICE, "name", KEEP_TEXT, AT(deployment_service, name), 0, 0},
	{SERVICE, "image", KEEP_PATH, AT(deployment_service, image), 0, 0},
	{SERVICE, "sha256", KEEP_TEXT, AT(deployment_service, sha256), 0, 0},
	{SERVICE, "tier", KEEP_NAME, AT(deployment_service, tier_name), 0, 0},
	{SERVICE, "run-as", KEEP_NAME, AT(deployment_service, run_as), 0, 0},
	{SERVICE, "custom", KEEP_PATH, AT(deployment_service, custom), 0, 0},
	{SERVICE, "depends-on", KEEP_LIST, AT(deployment_service, depends), 0, 0},
	{SERVICE, "data-sources", KEEP_LIST, AT(deployment_service, sources), 0, 0},
	{SERVICE, "balancer", KEEP_NAME, AT(deployment_service, balancer_name), 0, 0},
	{SERVICE, "dns-name", KEEP_TEXT, AT(deployment_service, primary_name), 0, 0},
	{SERVICE, "other-dns-names", KEEP_TEXT, AT(deployment_service, secondary_names), 0, 0},
	{SERVICE, "timeout", KEEP_NUMBER, AT(deployment_service, timeout_s), 1, 86400},
	{SOURCE, "service", KEEP_NAME, AT(deployment_source, service_name), 0, 0},
	{SOURCE, "database", KEEP_TEXT, AT(deployment_source, database), 0, 0},
	{SOURCE, "user", KEEP_TEXT, AT(deployment_source, user), 0, 0},
	{SOURCE, "password", KEEP_REFERENCE, AT(deployment_source, password), 0, 0},
	{SOURCE, "dump", KEEP_PATH, AT(deployment_source, dump), 0, 0},
	{BALANCER, "tier", KEEP_NAME, AT(deployment_balancer, tier_name), 0, 0},
	{BALANCER, "address", KEEP_TEXT, AT(deployment_balancer, address), 0, 0},
};

#define N_KEYS (sizeof keys / sizeof *keys)

struct reader {
	struct deployment *d;
	struct deployment_faults *faults;
	bool *seen; /* keys of the section that is read */
	char section[64];
	enum section kind;
	void *at; /* the struct that the section fills; NULL: it is not known */
	bool is_out_of_memory;
};

static void __attribute__((format(printf, 3, 4)))
fault(struct reader *r, unsigned line, const char *fmt, ...)
{
	struct err ignored = ERR_INIT;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	text_printable(text, text, strlen(text));
	r->faults->n++;
	if (buf_addf(&r->faults->text, &ignored, "%u: %s\n", line, text))
		r->is_out_of_memory = true;
}

static void
on_fault(void *arg, unsigned line, const char *why)
{
	fault(arg, line, "%s", why);
}

static const char *
copy(struct reader *r, const char *s, size_t len)
{
	struct err ignored = ERR_INIT;
	const char *new = arena_copy(&r->d->arena, s, len, &ignored);

	if (!new)
		r->is_out_of_memory = true;
	return new ? new : "";
}

/* One more of an array, all zero; NULL when out of memory. */
static void *
grow(struct reader *r, void *array, size_t *n, size_t size)
{
	char **at = array;
	char *new = reallocarray(*at, *n + 1, size);

	if (!new) {
		r->is_out_of_memory = true;
		return NULL;
	}
	*at = new;
	memset(new + *n *size, 0, size);
	return new + (*n)++ *size;
}

/* ---- sections */

static bool
is_name(const char *name, size_t max)
{
	struct err ignored = ERR_INIT;

	return text_check_id("name", name, max, &ignored) == 0;
}

static size_t
find(const void *array, size_t n, size_t size, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(*(const char *const *)(const void *)((const char *)array + i * size),
			   name) == 0)
			return i;
	return DEPLOYMENT_NONE;
}

size_t
deployment_tier(const struct deployment *d, const char *name)
{
	return find(d->tiers, d->n_tiers, sizeof *d->tiers, name);
}

size_t
deployment_service(const struct deployment *d, const char *id)
{
	return find(d->services, d->n_services, sizeof *d->services, id);
}

size_t
deployment_host(const struct deployment *d, const char *name)
{
	return find(d->hosts, d->n_hosts, sizeof *d->hosts, name);
}

/* The struct of a section of that name, made when it is the first line of it. */
static void *
open_section(struct reader *r, const char *name, unsigned line)
{
	struct deployment *d = r->d;
	struct {
		void *array;
		size_t *n, size;
	} all[N_SECTIONS] = {
		[HOST] = {&d->hosts, &d->n_hosts, sizeof *d->hosts},
		[TIER] = {&d->tiers, &d->n_tiers, sizeof *d->tiers},
		[SERVICE] = {&d->services, &d->n_services, sizeof *d->services},
		[SOURCE] = {&d->sources, &d->n_sources, sizeof *d->sources},
		[BALANCER] = {&d->balancers, &d->n_balancers, sizeof *d->balancers},
	};
	size_t max = r->kind == SERVICE ? TEXT_SERVICE_ID_MAX : NAME_MAX_LEN;
	void *new;

	if (r->kind == DEPLOYMENT || r->kind == HOSTS)
		return d;
	if (!is_name(name, max)) {
		fault(r, line, "'%.80s' is no name: letters, digits, '.', '_' and '-', at most %zu",
		      name, max);
		return NULL;
	}
	if (find(*(void **)all[r->kind].array, *all[r->kind].n, all[r->kind].size, name) !=
	    DEPLOYMENT_NONE) {
		fault(r, line, "there is a section [%s] already", r->section);
		return NULL;
	}
	new = grow(r, all[r->kind].array, all[r->kind].n, all[r->kind].size);
	if (!new)
		return NULL;
	*(const char **)new = copy(r, name, strlen(name));
	if (r->kind == HOST)
		((struct deployment_host *)new)->line = line;
	if (r->kind == TIER)
		*(struct deployment_tier *)new =
			(struct deployment_tier){.name = ((struct deployment_tier *)new)->name,
						 .min = 1,
						 .max = 0,
						 .increment = 1,
						 .interval_s = 30,
						 .line = line};
	if (r->kind == SERVICE) {
		((struct deployment_service *)new)->line = line;
		((struct deployment_service *)new)->balancer = DEPLOYMENT_NONE;
	}
	if (r->kind == SOURCE)
		((struct deployment_source *)new)->line = line;
	if (r->kind == BALANCER)
		((struct deployment_balancer *)new)->line = line;
	return new;
}

static void
enter(struct reader *r, const char *section, unsigned line)
{
	memset(r->seen, 0, N_KEYS * sizeof *r->seen);
	snprintf(r->section, sizeof r->section, "%s", section);
	r->at = NULL;
	for (int i = 0; i < N_SECTIONS; i++) {
		size_t len = strlen(headings[i]);
		bool has_name = headings[i][len - 1] == ' ';

		if (has_name ? strncmp(section, headings[i], len) != 0
			     : strcmp(section, headings[i]) != 0)
			continue;
		r->kind = (enum section)i;
		r->at = open_section(r, section + len, line);
		return;
	}
	fault(r, line,
	      section[0] ? "there is no section [%s]: [deployment], [hosts], [host NAME], [tier "
			   "NAME], [service ID], [data source NAME], [balancer NAME]"
			 : "a line before the first section%s",
	      section);
}

/* ---- values */

static void
take_list(struct reader *r, struct deployment_list *list, const char *value)
{
	for (const char *p = value; *p; p += *p == ',') {
		size_t len = strcspn(p, ","), trimmed = len;
		const char *word = text_trim(p, &trimmed);
		const char **new;

		if (trimmed && (new = grow(r, &list->words, &list->n, sizeof *list->words)))
			*new = copy(r, word, trimmed);
		p += len;
	}
	list->at = calloc(list->n + 1, sizeof *list->at);
	if (!list->at)
		r->is_out_of_memory = true;
}

static const char *
take_path(struct reader *r, const char *value)
{
	char path[PATH_MAX];

	if (value[0] == '/' || strncmp(value, "https://", 8) == 0 ||
	    strncmp(value, "http://", 7) == 0)
		return copy(r, value, strlen(value));
	if (snprintf(path, sizeof path, "%s/%s", r->d->directory, value) >= (int)sizeof path)
		return NULL;
	return copy(r, path, strlen(path));
}

/* file:PATH, whose path may be relative; command:WORDS; fd:N. */
static const char *
take_reference(struct reader *r, const char *value)
{
	char text[PATH_MAX + 8];
	const char *path;

	if (strncmp(value, "command:", 8) == 0 && value[8])
		return copy(r, value, strlen(value));
	if (strncmp(value, "fd:", 3) == 0 && value[3] &&
	    strspn(value + 3, "0123456789") == strlen(value + 3))
		return copy(r, value, strlen(value));
	if (strncmp(value, "file:", 5) != 0 || !value[5] || !(path = take_path(r, value + 5)))
		return NULL;
	snprintf(text, sizeof text, "file:%s", path);
	return copy(r, text, strlen(text));
}

static bool
are_words(const char *value)
{
	struct words words = WORDS_INIT;
	struct err ignored = ERR_INIT;
	bool result = words_split(&words, value, &ignored) == 0 && words.n;

	words_free(&words);
	return result;
}

static void
take_value(struct reader *r, const struct key *key, const char *value, unsigned line)
{
	char *field = (char *)r->at + key->at;
	const char **text = (const char **)(void *)field;
	struct err why = ERR_INIT;
	int chosen;

	if (!value[0]) {
		fault(r, line, "%s is empty", key->name);
		return;
	}
	switch (key->keep) {
	case KEEP_NUMBER:
		if (text_number(key->name, value, key->min, key->max, (long long *)(void *)field,
				&why))
			fault(r, line, "%s", why.msg);
		return;
	case KEEP_LIST:
		take_list(r, (struct deployment_list *)(void *)field, value);
		return;
	case KEEP_SCALING:
		chosen = text_choose("none|votes", value);
		if (chosen < 0)
			fault(r, line, "scaling is one of none, votes, not '%.80s'", value);
		*(bool *)field = chosen == 1;
		return;
	case KEEP_NAME:
		if (!is_name(value, TEXT_SERVICE_ID_MAX))
			fault(r, line, "%s: '%.80s' is no name", key->name, value);
		*text = copy(r, value, strlen(value));
		return;
	case KEEP_WORDS:
		if (!are_words(value))
			fault(r, line, "%s: words with blanks between them, '' around odd ones",
			      key->name);
		*text = copy(r, value, strlen(value));
		return;
	case KEEP_REFERENCE:
		*text = take_reference(r, value);
		if (!*text)
			fault(r, line,
			      "%s is a reference, file:PATH, command:WORDS or fd:N, for no secret "
			      "stands here",
			      key->name);
		return;
	case KEEP_PATH:
		*text = take_path(r, value);
		if (!*text)
			fault(r, line, "%s: the path is too long", key->name);
		return;
	default:
		*text = copy(r, value, strlen(value));
	}
}

/* port.NUMBER = PROTOCOL [PUBLIC] */
static void
take_port(struct reader *r, const char *number, const char *value, unsigned line)
{
	struct deployment_service *s = r->at;
	struct deployment_port *port;
	struct err why = ERR_INIT;
	const char *blank = strchr(value, ' ');
	long long n;

	if (text_number("the port", number, 1, 65535, &n, &why) ||
	    (blank && text_number("the public port", blank + 1, 1, 65535, &n, &why))) {
		fault(r, line, "%s", why.msg);
		return;
	}
	port = grow(r, &s->ports, &s->n_ports, sizeof *s->ports);
	if (!port)
		return;
	port->number = copy(r, number, strlen(number));
	port->protocol = copy(r, value, blank ? (size_t)(blank - value) : strlen(value));
	port->public_number = blank ? copy(r, blank + 1, strlen(blank + 1)) : port->number;
}

/* key.NAME = USER REFERENCE */
static void
take_service_key(struct reader *r, const char *name, const char *value, unsigned line)
{
	struct deployment_service *s = r->at;
	const char *blank = strchr(value, ' ');
	struct deployment_key *key;

	if (!is_name(name, NAME_MAX_LEN) || !blank) {
		fault(r, line, "a key is key.NAME = USER REFERENCE");
		return;
	}
	key = grow(r, &s->keys, &s->n_keys, sizeof *s->keys);
	if (!key)
		return;
	key->name = copy(r, name, strlen(name));
	key->user = copy(r, value, (size_t)(blank - value));
	key->password = take_reference(r, blank + 1);
	if (!key->password)
		fault(r, line,
		      "the second word of key.%s is a reference: file:PATH, command:WORDS or fd:N",
		      name);
}

static int
on_item(void *arg, const struct ini_item *item, struct err *e)
{
	struct reader *r = arg;
	size_t len = item->value_len;
	const char *trimmed = text_trim(item->value, &len);
	char *value;

	(void)e;
	if (strcmp(r->section, item->section) != 0)
		enter(r, item->section, item->line);
	if (!r->at)
		return 0;
	value = strndup(trimmed, len);
	if (!value) {
		r->is_out_of_memory = true;
		return 0;
	}
	if (strlen(value) != len || text_has_control(value, len) || !text_is_utf8(value, len)) {
		fault(r, item->line, "%s has a control character or is not UTF-8", item->name);
	} else if (r->kind == SERVICE && strncmp(item->name, "port.", 5) == 0) {
		take_port(r, item->name + 5, value, item->line);
	} else if (r->kind == SERVICE && strncmp(item->name, "key.", 4) == 0) {
		take_service_key(r, item->name + 4, value, item->line);
	} else {
		size_t i = 0;

		while (i < N_KEYS &&
		       (keys[i].section != r->kind || strcmp(keys[i].name, item->name) != 0))
			i++;
		if (i == N_KEYS)
			fault(r, item->line, "[%s] has no key '%.80s'", r->section, item->name);
		else if (r->seen[i])
			fault(r, item->line, "%s is given twice", item->name);
		else
			take_value(r, &keys[i], value, item->line);
		if (i < N_KEYS)
			r->seen[i] = true;
	}
	free(value);
	return 0;
}

/* ---- the whole */

static void
need(struct reader *r, unsigned line, const char *what, const char *key, const void *value)
{
	if (!value)
		fault(r, line, "%s needs %s", what, key);
}

static void
check_tier(struct reader *r, struct deployment_tier *t)
{
	struct deployment *d = r->d;

	if (t->max == 0)
		t->max = t->hosts.n > (size_t)t->min ? (long long)t->hosts.n : t->min;
	if (t->min > t->max)
		fault(r, t->line, "[tier %s]: min %lld is above max %lld", t->name, t->min, t->max);
	for (size_t i = 0; i < t->hosts.n; i++) {
		t->hosts.at[i] = deployment_host(d, t->hosts.words[i]);
		if (t->hosts.at[i] == DEPLOYMENT_NONE)
			fault(r, t->line, "[tier %s]: there is no [host %.80s]", t->name,
			      t->hosts.words[i]);
	}
	if (t->hosts.n && (size_t)t->min > t->hosts.n && !d->make)
		fault(r, t->line, "[tier %s]: min %lld, but only %zu hosts and no [hosts] make",
		      t->name, t->min, t->hosts.n);
	if (!t->hosts.n && !d->make)
		fault(r, t->line, "[tier %s] needs hosts, or [hosts] make", t->name);
}

static void
check_image(struct reader *r, const struct deployment_service *s)
{
	static const char *const suffixes[] = {".zip", ".tar.gz", ".tgz", ".tar.bz2"};
	bool is_url = s->image && (strncmp(s->image, "http", 4) == 0);
	bool known = false;

	need(r, s->line, "a service", "image", s->image);
	if (s->sha256 && (strlen(s->sha256) != SHA256_LEN ||
			  strspn(s->sha256, "0123456789abcdef") != SHA256_LEN))
		fault(r, s->line, "[service %s]: sha256 is not 64 digits of 0-9 a-f", s->id);
	if (!s->image)
		return;
	for (size_t i = 0; i < 4; i++) {
		size_t len = strlen(s->image), n = strlen(suffixes[i]);

		known |= len > n && strcmp(s->image + len - n, suffixes[i]) == 0;
	}
	if (!known)
		fault(r, s->line, "[service %s]: an image ends in .zip, .tar.gz, .tgz or .tar.bz2",
		      s->id);
	if (is_url && !s->sha256)
		fault(r, s->line, "[service %s]: an image by URL needs its sha256", s->id);
	if (!is_url && access(s->image, R_OK))
		fault(r, s->line, "[service %s]: the image '%.200s' cannot be read", s->id,
		      s->image);
}

static void
check_service(struct reader *r, struct deployment_service *s)
{
	struct deployment *d = r->d;

	check_image(r, s);
	need(r, s->line, "a service", "tier", s->tier_name);
	need(r, s->line, "a service", "run-as", s->run_as);
	if (s->run_as && strlen(s->run_as) > TEXT_ACCOUNT_MAX)
		fault(r, s->line, "[service %s]: run-as has more than %d letters", s->id,
		      TEXT_ACCOUNT_MAX);
	if (!s->name)
		s->name = s->id;
	s->tier = s->tier_name ? deployment_tier(d, s->tier_name) : DEPLOYMENT_NONE;
	if (s->tier_name && s->tier == DEPLOYMENT_NONE)
		fault(r, s->line, "[service %s]: there is no [tier %s]", s->id, s->tier_name);
	if (s->custom && access(s->custom, R_OK))
		fault(r, s->line, "[service %s]: the file '%.200s' cannot be read", s->id,
		      s->custom);
	for (size_t i = 0; i < s->depends.n; i++) {
		s->depends.at[i] = deployment_service(d, s->depends.words[i]);
		if (s->depends.at[i] == DEPLOYMENT_NONE)
			fault(r, s->line, "[service %s]: there is no [service %.80s]", s->id,
			      s->depends.words[i]);
	}
	for (size_t i = 0; i < s->sources.n; i++) {
		s->sources.at[i] =
			find(d->sources, d->n_sources, sizeof *d->sources, s->sources.words[i]);
		if (s->sources.at[i] == DEPLOYMENT_NONE)
			fault(r, s->line, "[service %s]: there is no [data source %.80s]", s->id,
			      s->sources.words[i]);
	}
	if (!s->balancer_name)
		return;
	s->balancer = find(d->balancers, d->n_balancers, sizeof *d->balancers, s->balancer_name);
	if (s->balancer == DEPLOYMENT_NONE)
		fault(r, s->line, "[service %s]: there is no [balancer %s]", s->id,
		      s->balancer_name);
	if (s->n_ports == 0)
		fault(r, s->line, "[service %s]: what is behind a balancer needs a port.NUMBER",
		      s->id);
}

static void
check_source(struct reader *r, struct deployment_source *s)
{
	need(r, s->line, "a data source", "service", s->service_name);
	need(r, s->line, "a data source", "user", s->user);
	need(r, s->line, "a data source", "password", s->password);
	if (!s->database)
		s->database = s->name;
	s->service = s->service_name ? deployment_service(r->d, s->service_name) : DEPLOYMENT_NONE;
	if (s->service_name && s->service == DEPLOYMENT_NONE)
		fault(r, s->line, "[data source %s]: there is no [service %s]", s->name,
		      s->service_name);
	if (s->dump && access(s->dump, R_OK))
		fault(r, s->line, "[data source %s]: the dump '%.200s' cannot be read", s->name,
		      s->dump);
}

/* The services that one waits for, the second half being those of its data sources. */
static size_t
waits_for(const struct deployment *d, const struct deployment_service *s, size_t i)
{
	if (i < s->depends.n)
		return s->depends.at[i];
	i = s->sources.at[i - s->depends.n];
	return i == DEPLOYMENT_NONE ? i : d->sources[i].service;
}

/* Levels grow until nothing changes; where there is a circle they never end. */
static void
set_levels(struct reader *r)
{
	struct deployment *d = r->d;
	bool changed = true;

	for (size_t round = 0; changed; round++) {
		changed = false;
		for (size_t i = 0; i < d->n_services; i++) {
			struct deployment_service *s = &d->services[i];

			for (size_t j = 0; j < s->depends.n + s->sources.n; j++) {
				size_t other = waits_for(d, s, j);

				if (other == DEPLOYMENT_NONE || d->services[other].level < s->level)
					continue;
				if (round > d->n_services) {
					fault(r, s->line,
					      "[service %s] depends on itself, by way of "
					      "[service %s]",
					      s->id, d->services[other].id);
					return;
				}
				s->level = d->services[other].level + 1;
				changed = true;
			}
			if (s->level >= d->n_levels)
				d->n_levels = s->level + 1;
		}
	}
}

static void
check(struct reader *r)
{
	struct deployment *d = r->d;

	need(r, 1, "[deployment]", "name", d->name);
	if ((d->make != NULL) != (d->destroy != NULL))
		fault(r, 1, "[hosts] needs make and destroy");
	for (size_t i = 0; i < d->n_hosts; i++)
		if (!d->hosts[i].address)
			d->hosts[i].address = d->hosts[i].name;
	for (size_t i = 0; i < d->n_tiers; i++)
		check_tier(r, &d->tiers[i]);
	for (size_t i = 0; i < d->n_balancers; i++) {
		struct deployment_balancer *b = &d->balancers[i];

		need(r, b->line, "a balancer", "tier", b->tier_name);
		b->tier = b->tier_name ? deployment_tier(d, b->tier_name) : DEPLOYMENT_NONE;
		if (b->tier_name && b->tier == DEPLOYMENT_NONE)
			fault(r, b->line, "[balancer %s]: there is no [tier %s]", b->name,
			      b->tier_name);
	}
	for (size_t i = 0; i < d->n_sources; i++)
		check_source(r, &d->sources[i]);
	for (size_t i = 0; i < d->n_services; i++)
		check_service(r, &d->services[i]);
	if (d->n_services == 0)
		fault(r, 1, "there is no [service ID]");
	set_levels(r);
}

int
deployment_read(struct deployment *d, const char *text, size_t len, const char *directory,
		struct deployment_faults *faults, struct err *e)
{
	bool seen[N_KEYS] = {false};
	struct reader r = {.d = d, .faults = faults, .seen = seen};

	*d = DEPLOYMENT_INIT;
	snprintf(r.section, sizeof r.section, "\n"); /* none is called so */
	d->directory = copy(&r, directory, strlen(directory));
	d->customer = "c1";
	d->recovery_s = 120;
	d->agent = "/enstratus/bin";
	if (ini_parse_all(text, len, on_item, on_fault, &r, e))
		return -1;
	if (!r.is_out_of_memory)
		check(&r);
	if (r.is_out_of_memory)
		return err_set(e, ERR_SYSTEM, "out of memory");
	if (!faults->n)
		return 0;
	return err_set(e, ERR_UNSAFE, "the deployment has %zu mistake%s, the first in line %.200s",
		       faults->n, faults->n == 1 ? "" : "s", faults->text.data);
}

static void
free_list(struct deployment_list *list)
{
	free(list->words);
	free(list->at);
}

void
deployment_free(struct deployment *d)
{
	for (size_t i = 0; i < d->n_tiers; i++)
		free_list(&d->tiers[i].hosts);
	for (size_t i = 0; i < d->n_services; i++) {
		free_list(&d->services[i].depends);
		free_list(&d->services[i].sources);
		free(d->services[i].ports);
		free(d->services[i].keys);
	}
	free(d->hosts);
	free(d->tiers);
	free(d->services);
	free(d->sources);
	free(d->balancers);
	arena_free(&d->arena);
	*d = DEPLOYMENT_INIT;
}

void
deployment_faults_free(struct deployment_faults *faults)
{
	buf_free(&faults->text);
	*faults = DEPLOYMENT_FAULTS_INIT;
}
