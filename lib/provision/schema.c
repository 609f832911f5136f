/* SPDX-License-Identifier: MIT */
/* schema - the sections and keys of a deployment file. */
#include "provision/schema.h"

#include <stdbool.h>
#include <string.h>

#include "cfg/known.h"
#include "provision/deployment.h"

/* What a heading begins with; a blank at the end: a name follows. */
static const char *const headings[N_SECTIONS] = {"deployment", "hosts",	       "host ",	   "tier ",
						 "service ",   "data source ", "balancer "};

#define AT(type, field) offsetof(struct type, field)

const struct schema_key schema_keys[] = {
	{SECTION_DEPLOYMENT, "name", KEEP_NAME, AT(deployment, name), 0, 0},
	{SECTION_DEPLOYMENT, "customer", KEEP_NAME, AT(deployment, customer), 0, 0},
	{SECTION_DEPLOYMENT, "agent", KEEP_PATH, AT(deployment, agent), 0, 0},
	{SECTION_DEPLOYMENT, "backups", KEEP_PATH, AT(deployment, backups), 0, 0},
	{SECTION_DEPLOYMENT, "ssh-config", KEEP_PATH, AT(deployment, ssh_config), 0, 0},
	{SECTION_DEPLOYMENT, "known-hosts", KEEP_PATH, AT(deployment, known_hosts), 0, 0},
	{SECTION_DEPLOYMENT, "on-event", KEEP_PATH, AT(deployment, on_event), 0, 0},
	{SECTION_DEPLOYMENT, "recovery-delay", KEEP_NUMBER, AT(deployment, recovery_s), 0, 86400},
	{SECTION_DEPLOYMENT, "recovery-limit", KEEP_NUMBER, AT(deployment, recovery_limit), 0,
	 1000},
	{SECTION_DEPLOYMENT, "recovery-window", KEEP_NUMBER, AT(deployment, recovery_window_s), 1,
	 604800},
	{SECTION_DEPLOYMENT, "recovery-back-off", KEEP_NUMBER, AT(deployment, recovery_back_off_s),
	 1, 86400},
	{SECTION_HOSTS, "make", KEEP_WORDS, AT(deployment, make), 0, 0},
	{SECTION_HOSTS, "destroy", KEEP_WORDS, AT(deployment, destroy), 0, 0},
	{SECTION_HOST, "address", KEEP_TEXT, AT(deployment_host, address), 0, 0},
	{SECTION_HOST, "port", KEEP_NUMBER, AT(deployment_host, port), 1, 65535},
	{SECTION_HOST, "user", KEEP_NAME, AT(deployment_host, user), 0, 0},
	{SECTION_HOST, "key", KEEP_PATH, AT(deployment_host, key), 0, 0},
	{SECTION_TIER, "hosts", KEEP_LIST, AT(deployment_tier, hosts), 0, 0},
	{SECTION_TIER, "min", KEEP_NUMBER, AT(deployment_tier, min), 0, 100000},
	{SECTION_TIER, "max", KEEP_NUMBER, AT(deployment_tier, max), 1, 100000},
	{SECTION_TIER, "breach-increment", KEEP_NUMBER, AT(deployment_tier, increment), 1, 1000},
	{SECTION_TIER, "vote-interval", KEEP_NUMBER, AT(deployment_tier, interval_s), 1, 86400},
	{SECTION_TIER, "scaling", KEEP_SCALING, AT(deployment_tier, votes), 0, 0},
	{SECTION_SERVICE, "name", KEEP_TEXT, AT(deployment_service, name), 0, 0},
	{SECTION_SERVICE, "image", KEEP_PATH, AT(deployment_service, image), 0, 0},
	{SECTION_SERVICE, "sha256", KEEP_TEXT, AT(deployment_service, sha256), 0, 0},
	{SECTION_SERVICE, "tier", KEEP_NAME, AT(deployment_service, tier_name), 0, 0},
	{SECTION_SERVICE, "run-as", KEEP_NAME, AT(deployment_service, run_as), 0, 0},
	{SECTION_SERVICE, "custom", KEEP_PATH, AT(deployment_service, custom), 0, 0},
	{SECTION_SERVICE, "depends-on", KEEP_LIST, AT(deployment_service, depends), 0, 0},
	{SECTION_SERVICE, "data-sources", KEEP_LIST, AT(deployment_service, sources), 0, 0},
	{SECTION_SERVICE, "balancer", KEEP_NAME, AT(deployment_service, balancer_name), 0, 0},
	{SECTION_SERVICE, "dns-name", KEEP_TEXT, AT(deployment_service, primary_name), 0, 0},
	{SECTION_SERVICE, "other-dns-names", KEEP_TEXT, AT(deployment_service, secondary_names), 0,
	 0},
	{SECTION_SERVICE, "timeout", KEEP_NUMBER, AT(deployment_service, timeout_s), 1, 86400},
	{SECTION_SOURCE, "service", KEEP_NAME, AT(deployment_source, service_name), 0, 0},
	{SECTION_SOURCE, "database", KEEP_TEXT, AT(deployment_source, database), 0, 0},
	{SECTION_SOURCE, "user", KEEP_TEXT, AT(deployment_source, user), 0, 0},
	{SECTION_SOURCE, "password", KEEP_REFERENCE, AT(deployment_source, password), 0, 0},
	{SECTION_SOURCE, "dump", KEEP_PATH, AT(deployment_source, dump), 0, 0},
	{SECTION_BALANCER, "tier", KEEP_NAME, AT(deployment_balancer, tier_name), 0, 0},
	{SECTION_BALANCER, "address", KEEP_TEXT, AT(deployment_balancer, address), 0, 0},
};

_Static_assert(sizeof schema_keys / sizeof *schema_keys == SCHEMA_KEYS, "SCHEMA_KEYS is another");

enum schema_section
schema_section(const char *heading, const char **name)
{
	for (int i = 0; i < N_SECTIONS; i++) {
		size_t len = strlen(headings[i]);
		bool has_name = headings[i][len - 1] == ' ';

		if (has_name ? strncmp(heading, headings[i], len) != 0
			     : strcmp(heading, headings[i]) != 0)
			continue;
		*name = heading + len;
		return (enum schema_section)i;
	}
	return N_SECTIONS;
}

size_t
schema_find(enum schema_section section, const char *name)
{
	size_t i = 0;

	while (i < SCHEMA_KEYS &&
	       (schema_keys[i].section != section || strcmp(schema_keys[i].name, name) != 0))
		i++;
	return i;
}

const char *
schema_nearest(enum schema_section section, const char *name)
{
	struct known_nearest nearest = {.wanted = name};

	for (size_t i = 0; i < SCHEMA_KEYS; i++)
		if (schema_keys[i].section == section)
			known_consider(&nearest, schema_keys[i].name);
	if (section == SECTION_SERVICE) {
		known_consider(&nearest, "port.NUMBER");
		known_consider(&nearest, "key.NAME");
	}
	return nearest.word;
}

void
schema_defaults(enum schema_section section, void *new, unsigned line)
{
	if (section == SECTION_DEPLOYMENT) {
		struct deployment *d = new;

		d->customer = "c1";
		d->agent = "/enstratus/bin";
		d->recovery_s = 120;
		d->recovery_limit = 3;
		d->recovery_window_s = 3600;
		d->recovery_back_off_s = 60;
	}
	if (section == SECTION_HOST)
		((struct deployment_host *)new)->line = line;
	if (section == SECTION_TIER)
		*(struct deployment_tier *)new =
			(struct deployment_tier){.name = ((struct deployment_tier *)new)->name,
						 .min = 1,
						 .max = 0,
						 .increment = 1,
						 .interval_s = 30,
						 .line = line};
	if (section == SECTION_SERVICE) {
		((struct deployment_service *)new)->line = line;
		((struct deployment_service *)new)->balancer = DEPLOYMENT_NONE;
	}
	if (section == SECTION_SOURCE)
		((struct deployment_source *)new)->line = line;
	if (section == SECTION_BALANCER)
		((struct deployment_balancer *)new)->line = line;
}
