/* SPDX-License-Identifier: MIT */
/* known - the settings that a file can have, and what a misspelt one was meant to be. */
#ifndef CFG_KNOWN_H
#define CFG_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

/* Source: of each table the page of its file. */
struct known_section {
	const char *name;	  /* compared without case; NULL: what counts in any section */
	const char *const *names; /* the last is NULL; NULL: any */
};

#define KNOWN_NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KNOWN_WHY_MAX 256

/*
 * known_is - true when there is such a setting.
 *
 * why  else says what is wrong, and which one is nearest if one is near
 */
bool known_is(const struct known_section *sections, size_t n, const char *section, const char *name,
	      char why[static KNOWN_WHY_MAX]);

/* The nearest of several words to one that is not there; word is NULL when none is near. */
struct known_nearest {
	const char *wanted, *word;
	size_t distance;
};

/* known_consider - take a word for the nearest, if it is. */
void known_consider(struct known_nearest *nearest, const char *word);

#endif
