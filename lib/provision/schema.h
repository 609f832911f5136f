/* SPDX-License-Identifier: MIT */
/* schema - the sections and keys of a deployment file. */
#ifndef PROVISION_SCHEMA_H
#define PROVISION_SCHEMA_H

#include <stddef.h>

#define SCHEMA_KEYS 42 /* of all sections */

/* How the value of a key is read. */
enum schema_keep {
	KEEP_TEXT,
	KEEP_NAME,
	KEEP_PATH,
	KEEP_LIST,
	KEEP_NUMBER,
	KEEP_REFERENCE,
	KEEP_WORDS,
	KEEP_SCALING
};

enum schema_section {
	SECTION_DEPLOYMENT,
	SECTION_HOSTS,
	SECTION_HOST,
	SECTION_TIER,
	SECTION_SERVICE,
	SECTION_SOURCE,
	SECTION_BALANCER,
	N_SECTIONS
};

struct schema_key {
	enum schema_section section;
	const char *name;
	enum schema_keep keep;
	size_t at; /* of the field in the struct of its section (provision/deployment) */
	long long min, max;
};

/* Source: enstratus-deployment(5). */
extern const struct schema_key schema_keys[];

/* schema_section - that of a heading, and the name that follows in it; N_SECTIONS for none. */
enum schema_section schema_section(const char *heading, const char **name);

/* schema_find - the place of a key among all; SCHEMA_KEYS for none. */
size_t schema_find(enum schema_section section, const char *name);

/* schema_nearest - the key of the section whose name is nearest to one that is none; or NULL. */
const char *schema_nearest(enum schema_section section, const char *name);

/*
 * schema_defaults - set the line of a section, and what is so when no key of it says otherwise.
 *
 * new  its struct, which has its name and is zero else; a deployment may have more
 */
void schema_defaults(enum schema_section section, void *new, unsigned line);

#endif
