/* SPDX-License-Identifier: MIT */
/* consistency - whether the sections of a deployment fit together. */
#include "provision/consistency.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define SHA256_LEN 64

struct checking {
	struct deployment *d;
	struct faults *faults;
};

static void
need(struct checking *c, unsigned line, const char *what, const char *key, const void *value)
{
	if (!value)
		faults_add(c->faults, line, "%s needs %s", what, key);
}

static void
check_tier(struct checking *c, struct deployment_tier *t)
{
	struct deployment *d = c->d;

	if (t->max == 0)
		t->max = t->hosts.n > (size_t)t->min ? (long long)t->hosts.n : t->min;
	if (t->min > t->max)
		faults_add(c->faults, t->line, "[tier %s]: min %lld is above max %lld", t->name,
			   t->min, t->max);
	for (size_t i = 0; i < t->hosts.n; i++) {
		t->hosts.at[i] = deployment_host(d, t->hosts.words[i]);
		if (t->hosts.at[i] == DEPLOYMENT_NONE)
			faults_add(c->faults, t->line, "[tier %s]: there is no [host %.80s]",
				   t->name, t->hosts.words[i]);
	}
	if (t->hosts.n && (size_t)t->min > t->hosts.n && !d->make)
		faults_add(c->faults, t->line,
			   "[tier %s]: min %lld, but only %zu hosts and no [hosts] make", t->name,
			   t->min, t->hosts.n);
	if (!t->hosts.n && !d->make)
		faults_add(c->faults, t->line, "[tier %s] needs hosts, or [hosts] make", t->name);
}

static void
check_image(struct checking *c, const struct deployment_service *s)
{
	static const char *const suffixes[] = {".zip", ".tar.gz", ".tgz", ".tar.bz2"};
	bool is_url = s->image && (strncmp(s->image, "http", 4) == 0);
	bool known = false;

	need(c, s->line, "a service", "image", s->image);
	if (s->sha256 && (strlen(s->sha256) != SHA256_LEN ||
			  strspn(s->sha256, "0123456789abcdef") != SHA256_LEN))
		faults_add(c->faults, s->line, "[service %s]: sha256 is not 64 digits of 0-9 a-f",
			   s->id);
	if (!s->image)
		return;
	for (size_t i = 0; i < 4; i++) {
		size_t len = strlen(s->image), n = strlen(suffixes[i]);

		known |= len > n && strcmp(s->image + len - n, suffixes[i]) == 0;
	}
	if (!known)
		faults_add(c->faults, s->line,
			   "[service %s]: an image ends in .zip, .tar.gz, .tgz or .tar.bz2", s->id);
	if (is_url && !s->sha256)
		faults_add(c->faults, s->line, "[service %s]: an image by URL needs its sha256",
			   s->id);
	if (!is_url && access(s->image, R_OK))
		faults_add(c->faults, s->line, "[service %s]: the image '%.200s' cannot be read",
			   s->id, s->image);
}

static void
check_service(struct checking *c, struct deployment_service *s)
{
	struct deployment *d = c->d;

	check_image(c, s);
	need(c, s->line, "a service", "tier", s->tier_name);
	need(c, s->line, "a service", "run-as", s->run_as);
	if (s->run_as && strlen(s->run_as) > TEXT_ACCOUNT_MAX)
		faults_add(c->faults, s->line, "[service %s]: run-as has more than %d letters",
			   s->id, TEXT_ACCOUNT_MAX);
	if (!s->name)
		s->name = s->id;
	s->tier = s->tier_name ? deployment_tier(d, s->tier_name) : DEPLOYMENT_NONE;
	if (s->tier_name && s->tier == DEPLOYMENT_NONE)
		faults_add(c->faults, s->line, "[service %s]: there is no [tier %s]", s->id,
			   s->tier_name);
	if (s->custom && access(s->custom, R_OK))
		faults_add(c->faults, s->line, "[service %s]: the file '%.200s' cannot be read",
			   s->id, s->custom);
	for (size_t i = 0; i < s->depends.n; i++) {
		s->depends.at[i] = deployment_service(d, s->depends.words[i]);
		if (s->depends.at[i] == DEPLOYMENT_NONE)
			faults_add(c->faults, s->line, "[service %s]: there is no [service %.80s]",
				   s->id, s->depends.words[i]);
	}
	for (size_t i = 0; i < s->sources.n; i++) {
		s->sources.at[i] = deployment_find(d->sources, d->n_sources, sizeof *d->sources,
						   s->sources.words[i]);
		if (s->sources.at[i] == DEPLOYMENT_NONE)
			faults_add(c->faults, s->line,
				   "[service %s]: there is no [data source %.80s]", s->id,
				   s->sources.words[i]);
	}
	if (!s->balancer_name)
		return;
	s->balancer = deployment_find(d->balancers, d->n_balancers, sizeof *d->balancers,
				      s->balancer_name);
	if (s->balancer == DEPLOYMENT_NONE)
		faults_add(c->faults, s->line, "[service %s]: there is no [balancer %s]", s->id,
			   s->balancer_name);
	if (s->n_ports == 0)
		faults_add(c->faults, s->line,
			   "[service %s]: what is behind a balancer needs a port.NUMBER", s->id);
}

static void
check_source(struct checking *c, struct deployment_source *s)
{
	need(c, s->line, "a data source", "service", s->service_name);
	need(c, s->line, "a data source", "user", s->user);
	need(c, s->line, "a data source", "password", s->password);
	if (!s->database)
		s->database = s->name;
	s->service = s->service_name ? deployment_service(c->d, s->service_name) : DEPLOYMENT_NONE;
	if (s->service_name && s->service == DEPLOYMENT_NONE)
		faults_add(c->faults, s->line, "[data source %s]: there is no [service %s]",
			   s->name, s->service_name);
	if (s->dump && access(s->dump, R_OK))
		faults_add(c->faults, s->line, "[data source %s]: the dump '%.200s' cannot be read",
			   s->name, s->dump);
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
set_levels(struct checking *c)
{
	struct deployment *d = c->d;
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
					faults_add(c->faults, s->line,
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

void
consistency_check(struct deployment *d, struct faults *faults)
{
	struct checking all = {.d = d, .faults = faults}, *c = &all;

	need(c, 1, "[deployment]", "name", d->name);
	if ((d->make != NULL) != (d->destroy != NULL))
		faults_add(c->faults, 1, "[hosts] needs make and destroy");
	for (size_t i = 0; i < d->n_hosts; i++)
		if (!d->hosts[i].address)
			d->hosts[i].address = d->hosts[i].name;
	for (size_t i = 0; i < d->n_tiers; i++)
		check_tier(c, &d->tiers[i]);
	for (size_t i = 0; i < d->n_balancers; i++) {
		struct deployment_balancer *b = &d->balancers[i];

		need(c, b->line, "a balancer", "tier", b->tier_name);
		b->tier = b->tier_name ? deployment_tier(d, b->tier_name) : DEPLOYMENT_NONE;
		if (b->tier_name && b->tier == DEPLOYMENT_NONE)
			faults_add(c->faults, b->line, "[balancer %s]: there is no [tier %s]",
				   b->name, b->tier_name);
	}
	for (size_t i = 0; i < d->n_sources; i++)
		check_source(c, &d->sources[i]);
	for (size_t i = 0; i < d->n_services; i++)
		check_service(c, &d->services[i]);
	if (d->n_services == 0)
		faults_add(c->faults, 1, "there is no [service ID]");
	set_levels(c);
}
