/* SPDX-License-Identifier: MIT */
/* known - the settings that a file can have, and what a misspelt one was meant to be. */
#include "cfg/known.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 64 /* bytes of the words that are compared */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many characters are to be put in, taken out or changed.  Source: Levenshtein, 1965. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t changed = corner + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);

			corner = row[j];
			row[j] = least(changed, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[len];
}

void
known_consider(struct known_nearest *nearest, const char *word)
{
	size_t d;

	if (strlen(nearest->wanted) > WORD_MAX || strlen(word) > WORD_MAX)
		return;
	d = distance(nearest->wanted, word);
	if (d <= strlen(word) / 2 && (!nearest->word || d < nearest->distance)) {
		nearest->word = word;
		nearest->distance = d;
	}
}

static bool
has_name(const struct known_section *section, const char *name)
{
	for (const char *const *known = section->names; known && *known; known++)
		if (strcmp(*known, name) == 0)
			return true;
	return !section->names;
}

static bool
is_section(const struct known_section *section, const char *name)
{
	return section->name && strcasecmp(section->name, name) == 0;
}

/* There is no such section, or none is open. */
static void
say_section(const struct known_section *sections, size_t n, const char *section, const char *name,
	    char why[static KNOWN_WHY_MAX])
{
	struct known_nearest nearest = {.wanted = section};

	for (size_t i = 0; i < n; i++)
		if (sections[i].name)
			known_consider(&nearest, sections[i].name);
	if (!section[0])
		snprintf(why, KNOWN_WHY_MAX, "'%.64s' stands in no section", name);
	else if (nearest.word)
		snprintf(why, KNOWN_WHY_MAX, "there is no section [%.64s]; the nearest is [%s]",
			 section, nearest.word);
	else
		snprintf(why, KNOWN_WHY_MAX, "there is no section [%.64s]", section);
}

static void
say_name(const struct known_section *sections, size_t n, const char *section, const char *name,
	 char why[static KNOWN_WHY_MAX])
{
	struct known_nearest nearest = {.wanted = name};

	for (size_t i = 0; i < n; i++) {
		if (sections[i].name && sections[i].names && has_name(&sections[i], name)) {
			snprintf(why, KNOWN_WHY_MAX, "'%.64s' belongs into [%s]", name,
				 sections[i].name);
			return;
		}
		for (const char *const *known = sections[i].names; known && *known; known++)
			if (!sections[i].name || is_section(&sections[i], section))
				known_consider(&nearest, *known);
	}
	if (nearest.word)
		snprintf(why, KNOWN_WHY_MAX,
			 "there is no setting '%.64s' in [%.64s]; the nearest is '%s'", name,
			 section, nearest.word);
	else
		snprintf(why, KNOWN_WHY_MAX, "there is no setting '%.64s' in [%.64s]", name,
			 section);
}

bool
known_is(const struct known_section *sections, size_t n, const char *section, const char *name,
	 char why[static KNOWN_WHY_MAX])
{
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		found = found || is_section(&sections[i], section);
		if ((!sections[i].name || is_section(&sections[i], section)) &&
		    has_name(&sections[i], name))
			return true;
	}
	if (found)
		say_name(sections, n, section, name, why);
	else
		say_section(sections, n, section, name, why);
	return false;
}
