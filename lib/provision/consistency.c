/* SPDX-License-Identifier: MIT */
/* consistency - whether the sections of a deployment fit together. */
#include "provision/consistency.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cfg/known.h"

#define SHA256_LEN 64
#define CIRCLE ((size_t)-1) /* a level that is not known, and in a circle never is */

struct checking {
	struct deployment *d;
	struct faults *faults;
};

/* Where a key of a section stands; the section itself when it is not there. */
static unsigned
line_of(const struct checking *c, const char *owner, const char *key, unsigned section)
{
	for (size_t i = 0; i < c->d->n_lines; i++)
		if (c->d->lines[i].owner == owner && strcmp(c->d->lines[i].key, key) == 0)
			return c->d->lines[i].line;
	return section;
}

/* What is named somewhere, and what there is of its kind; each struct begins with its name. */
struct naming {
	const char *owner, *key, *section, *kind;
	unsigned line;
	const void *array;
	size_t n, size;
};

/* The place of what is named, or a fault that tells of the nearest. */
static size_t
find(struct checking *c, const struct naming *naming, const char *name)
{
	size_t at = deployment_find(naming->array, naming->n, naming->size, name);
	struct known_nearest nearest = {.wanted = name};

	if (at != DEPLOYMENT_NONE)
		return at;
	for (size_t i = 0; i < naming->n; i++)
		known_consider(&nearest,
			       *(const char *const *)(const void *)((const char *)naming->array +
								    i * naming->size));
	faults_add(c->faults, line_of(c, naming->owner, naming->key, naming->line),
		   "[%s%s]: there is no [%s%.80s]%s%s%s%s", naming->section, naming->owner,
		   naming->kind, name, nearest.word ? "; the nearest is [" : "; make that section",
		   nearest.word ? naming->kind : "", nearest.word ? nearest.word : "",
		   nearest.word ? "]" : "");
	return DEPLOYMENT_NONE;
}

static void
need(struct checking *c, unsigned line, const char *what, const char *key, const void *value)
{
	if (!value)
		faults_add(c->faults, line, "%s needs %s", what, key);
}

/* A file that a section names, as "service db" has it; NULL for none. */
static void
need_file(struct checking *c, unsigned line, const char *section, const char *what,
	  const char *path)
{
	if (path && !c->faults->no_files && access(path, R_OK))
		faults_add(c->faults, line, "[%s]: the %s '%.200s' cannot be read", section, what,
			   path);
}

static void
need_secret(struct checking *c, unsigned line, const char *section, const char *reference)
{
	if (reference && strncmp(reference, "file:", 5) == 0)
		need_file(c, line, section, "secret", reference + 5);
}

static void
check_tier(struct checking *c, struct deployment_tier *t)
{
	struct deployment *d = c->d;
	const struct naming hosts = {t->name, "hosts",	"tier ",    "host ",
				     t->line, d->hosts, d->n_hosts, sizeof *d->hosts};

	if (t->max == 0)
		t->max = t->hosts.n > (size_t)t->min ? (long long)t->hosts.n : t->min;
	if (t->min > t->max)
		faults_add(c->faults, line_of(c, t->name, "min", t->line),
			   "[tier %s]: min %lld is above max %lld", t->name, t->min, t->max);
	for (size_t i = 0; i < t->hosts.n; i++) {
		t->hosts.at[i] = find(c, &hosts, t->hosts.words[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(t->hosts.words[i], t->hosts.words[j]) == 0)
				faults_add(c->faults, line_of(c, t->name, "hosts", t->line),
					   "[tier %s]: host %s is given twice", t->name,
					   t->hosts.words[i]);
	}
	if (t->hosts.n && (size_t)t->min > t->hosts.n && !d->make)
		faults_add(c->faults, line_of(c, t->name, "hosts", t->line),
			   "[tier %s]: min %lld, but only %zu hosts and no [hosts] make", t->name,
			   t->min, t->hosts.n);
	if (!t->hosts.n && !d->make)
		faults_add(c->faults, t->line, "[tier %s] needs hosts, or [hosts] make", t->name);
}

static void
check_image(struct checking *c, const struct deployment_service *s)
{
	static const char *const suffixes[] = {".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"};
	bool is_url = s->image && (strncmp(s->image, "http", 4) == 0);
	bool known = false;

	need(c, s->line, "a service", "image", s->image);
	if (s->sha256 && (strlen(s->sha256) != SHA256_LEN ||
			  strspn(s->sha256, "0123456789abcdef") != SHA256_LEN))
		faults_add(c->faults, line_of(c, s->id, "sha256", s->line),
			   "[service %s]: sha256 is not 64 digits of 0-9 a-f", s->id);
	if (!s->image)
		return;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		size_t len = strlen(s->image), n = strlen(suffixes[i]);

		known |= len > n && strcmp(s->image + len - n, suffixes[i]) == 0;
	}
	if (!known)
		faults_add(
			c->faults, line_of(c, s->id, "image", s->line),
			"[service %s]: an image ends in .zip, .tar.gz, .tgz, .tar.bz2 or .tar.xz",
			s->id);
	if (is_url && !s->sha256)
		faults_add(c->faults, line_of(c, s->id, "image", s->line),
			   "[service %s]: an image by URL needs its sha256", s->id);
}

static void
need_files(struct checking *c, const struct deployment_service *s)
{
	bool is_url = s->image && strncmp(s->image, "http", 4) == 0;
	char section[100];

	snprintf(section, sizeof section, "service %s", s->id);
	if (!is_url)
		need_file(c, line_of(c, s->id, "image", s->line), section, "image", s->image);
	need_file(c, line_of(c, s->id, "custom", s->line), section, "file", s->custom);
	for (size_t i = 0; i < s->n_keys; i++)
		need_secret(c, s->keys[i].line, section, s->keys[i].password);
}

static void
check_service(struct checking *c, struct deployment_service *s)
{
	struct deployment *d = c->d;
	const struct naming tiers = {s->id,   "tier",	"service ", "tier ",
				     s->line, d->tiers, d->n_tiers, sizeof *d->tiers};
	const struct naming services = {s->id,	 "depends-on", "service ",    "service ",
					s->line, d->services,  d->n_services, sizeof *d->services};
	const struct naming sources = {s->id,	"data-sources", "service ",   "data source ",
				       s->line, d->sources,	d->n_sources, sizeof *d->sources};
	const struct naming balancers = {
		s->id,	 "balancer",   "service ",     "balancer ",
		s->line, d->balancers, d->n_balancers, sizeof *d->balancers};

	check_image(c, s);
	need(c, s->line, "a service", "tier", s->tier_name);
	need(c, s->line, "a service", "run-as", s->run_as);
	if (s->run_as && strlen(s->run_as) > TEXT_ACCOUNT_MAX)
		faults_add(c->faults, line_of(c, s->id, "run-as", s->line),
			   "[service %s]: run-as has more than %d letters", s->id,
			   TEXT_ACCOUNT_MAX);
	if (!s->name)
		s->name = s->id;
	s->tier = s->tier_name ? find(c, &tiers, s->tier_name) : DEPLOYMENT_NONE;
	need_files(c, s);
	for (size_t i = 0; i < s->depends.n; i++)
		s->depends.at[i] = find(c, &services, s->depends.words[i]);
	for (size_t i = 0; i < s->sources.n; i++)
		s->sources.at[i] = find(c, &sources, s->sources.words[i]);
	if (!s->balancer_name)
		return;
	s->balancer = find(c, &balancers, s->balancer_name);
	if (s->n_ports == 0)
		faults_add(c->faults, line_of(c, s->id, "balancer", s->line),
			   "[service %s]: what is behind a balancer needs a port.NUMBER", s->id);
}

static void
check_source(struct checking *c, struct deployment_source *s)
{
	const struct naming services = {
		s->name, "service",	 "data source ",   "service ",
		s->line, c->d->services, c->d->n_services, sizeof *c->d->services};
	char section[100];

	need(c, s->line, "a data source", "service", s->service_name);
	need(c, s->line, "a data source", "user", s->user);
	need(c, s->line, "a data source", "password", s->password);
	if (!s->database)
		s->database = s->name;
	s->service = s->service_name ? find(c, &services, s->service_name) : DEPLOYMENT_NONE;
	snprintf(section, sizeof section, "data source %s", s->name);
	need_file(c, line_of(c, s->name, "dump", s->line), section, "dump", s->dump);
	need_secret(c, line_of(c, s->name, "password", s->line), section, s->password);
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

/* One of those without a level that a service waits for. */
static size_t
next_of(const struct deployment *d, size_t service)
{
	const struct deployment_service *s = &d->services[service];

	for (size_t j = 0; j < s->depends.n + s->sources.n; j++) {
		size_t other = waits_for(d, s, j);

		if (other != DEPLOYMENT_NONE && d->services[other].level == CIRCLE)
			return other;
	}
	return service;
}

/* Names the members of the circle that a service is in, or waits for, and gives them a level. */
static void
say_circle(struct checking *c, size_t at)
{
	struct deployment *d = c->d;
	const struct deployment_service *first;
	char members[512];
	size_t len = 0;

	/* So many steps end in it. */
	for (size_t i = 0; i < d->n_services; i++)
		at = next_of(d, at);
	first = &d->services[at];
	while (d->services[at].level == CIRCLE) {
		size_t next = next_of(d, at);

		if (len < sizeof members)
			len += (size_t)snprintf(members + len, sizeof members - len, "%s, ",
						d->services[at].id);
		d->services[at].level = 0;
		at = next;
	}
	faults_add(c->faults,
		   line_of(c, first->id, first->depends.n ? "depends-on" : "data-sources",
			   first->line),
		   "[service %s] waits for itself: %s%s; one of them has to do without the next",
		   first->id, members, first->id);
}

/* The level of a service whose others have theirs; false while one of them has none. */
static bool
set_level(const struct deployment *d, struct deployment_service *s)
{
	size_t level = 0;

	for (size_t j = 0; j < s->depends.n + s->sources.n; j++) {
		size_t other = waits_for(d, s, j);

		if (other == DEPLOYMENT_NONE)
			continue;
		if (d->services[other].level == CIRCLE)
			return false;
		if (d->services[other].level >= level)
			level = d->services[other].level + 1;
	}
	s->level = level;
	return true;
}

/* Those that never get a level are in a circle, or wait for one. */
static void
set_levels(struct checking *c)
{
	struct deployment *d = c->d;
	size_t left;

	for (size_t i = 0; i < d->n_services; i++)
		d->services[i].level = CIRCLE;
	do {
		bool changed = false;

		left = DEPLOYMENT_NONE;
		for (size_t i = 0; i < d->n_services; i++) {
			if (d->services[i].level != CIRCLE)
				continue;
			if (set_level(d, &d->services[i]))
				changed = true;
			else
				left = i;
		}
		if (!changed && left != DEPLOYMENT_NONE)
			say_circle(c, left);
	} while (left != DEPLOYMENT_NONE);
	for (size_t i = 0; i < d->n_services; i++)
		if (d->services[i].level >= d->n_levels)
			d->n_levels = d->services[i].level + 1;
}

void
consistency_check(struct deployment *d, struct faults *faults)
{
	struct checking all = {.d = d, .faults = faults}, *c = &all;

	need(c, 1, "[deployment]", "name", d->name);
	if ((d->make != NULL) != (d->destroy != NULL))
		faults_add(c->faults, line_of(c, NULL, "make", line_of(c, NULL, "destroy", 1)),
			   "[hosts] needs make and destroy");
	for (size_t i = 0; i < d->n_hosts; i++)
		if (!d->hosts[i].address)
			d->hosts[i].address = d->hosts[i].name;
	for (size_t i = 0; i < d->n_tiers; i++)
		check_tier(c, &d->tiers[i]);
	for (size_t i = 0; i < d->n_balancers; i++) {
		struct deployment_balancer *b = &d->balancers[i];
		const struct naming tiers = {b->name, "tier",	"balancer ", "tier ",
					     b->line, d->tiers, d->n_tiers,  sizeof *d->tiers};

		need(c, b->line, "a balancer", "tier", b->tier_name);
		b->tier = b->tier_name ? find(c, &tiers, b->tier_name) : DEPLOYMENT_NONE;
	}
	for (size_t i = 0; i < d->n_sources; i++)
		check_source(c, &d->sources[i]);
	for (size_t i = 0; i < d->n_services; i++)
		check_service(c, &d->services[i]);
	if (d->n_services == 0)
		faults_add(c->faults, 1, "there is no [service ID]");
	set_levels(c);
}
