/* SPDX-License-Identifier: MIT */
/* deployment - what is to run where. */
#ifndef PROVISION_DEPLOYMENT_H
#define PROVISION_DEPLOYMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define DEPLOYMENT_TEXT_MAX (1u << 20) /* bytes */
#define DEPLOYMENT_NONE ((size_t)-1)   /* the place of what is not there */

/* Words with commas between them, and the places of what they name. */
struct deployment_list {
	const char **words;
	size_t *at;
	size_t n;
};

struct deployment_host {
	const char *name, *address, *user, *key; /* user, key: NULL for ssh's own choice */
	long long port;				 /* 0: ssh's own */
	unsigned line;
};

struct deployment_tier {
	const char *name;
	struct deployment_list hosts; /* none: they are made */
	long long min, max, increment, interval_s;
	bool votes; /* whether its servers' votes change its size */
	unsigned line;
};

struct deployment_port {
	const char *number; /* the private one, where the service listens */
	const char *protocol, *public_number;
};

/* A secret by reference: file:PATH, command:WORDS, fd:N. */
struct deployment_key {
	const char *name, *user, *password; /* a service key's */
	unsigned line;
};

struct deployment_service {
	const char *id, *name, *image, *sha256, *run_as, *custom;
	const char *tier_name, *balancer_name, *primary_name, *secondary_names;
	size_t tier, balancer; /* places */
	struct deployment_list depends, sources;
	struct deployment_port *ports;
	size_t n_ports;
	struct deployment_key *keys;
	size_t n_keys;
	long long timeout_s; /* of its hooks; 0: the agent's own */
	size_t level;	     /* 0, or one more than that of all it depends on */
	unsigned line;
};

struct deployment_source {
	const char *name, *service_name, *database, *user, *password, *dump;
	size_t service; /* its place */
	unsigned line;
};

struct deployment_balancer {
	const char *name, *tier_name, *address; /* NULL: the address of each of its servers */
	size_t tier;
	unsigned line;
};

/* Where a key stands; owner is the name of its section's struct, NULL in one without a name. */
struct deployment_line {
	const char *owner, *key;
	unsigned line;
};

struct deployment {
	struct arena arena;
	const char *directory; /* that paths in the file are from */
	const char *name, *customer, *agent, *backups, *ssh_config, *known_hosts;
	const char *on_event; /* the directory of what is run for each event */
	const char *make, *destroy;
	long long recovery_s, recovery_limit, recovery_window_s, recovery_back_off_s;
	struct deployment_host *hosts;
	struct deployment_tier *tiers;
	struct deployment_service *services; /* in the order of the file */
	struct deployment_source *sources;
	struct deployment_balancer *balancers;
	struct deployment_line *lines;
	size_t n_lines;
	size_t n_hosts, n_tiers, n_services, n_sources, n_balancers, n_levels;
};

#define DEPLOYMENT_INIT ((struct deployment){.arena = ARENA_INIT})

void deployment_free(struct deployment *d);

/* deployment_tier, deployment_service - their places by name; DEPLOYMENT_NONE for none. */
size_t deployment_tier(const struct deployment *d, const char *name);
size_t deployment_service(const struct deployment *d, const char *id);
size_t deployment_host(const struct deployment *d, const char *name);

/* deployment_find - likewise in any array of structs of that size, which begin with their name. */
size_t deployment_find(const void *array, size_t n, size_t size, const char *name);

#endif
