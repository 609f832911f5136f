/* SPDX-License-Identifier: MIT */
/* judge - what an image may hold: every entry is judged before the first byte is written. */
#include "image/judge.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

#define COMPONENT_MAX 255 /* NAME_MAX of Linux file systems */

static int
refuse(const struct judge_claim *claim, const char *rule, struct err *e)
{
	char shown[160];
	size_t len = claim->name_len < sizeof shown - 1 ? claim->name_len : sizeof shown - 1;

	text_printable(shown, claim->name, len);
	return err_set(e, ERR_UNSAFE, "entry '%s' %s", shown, rule);
}

/* For a limit that an operator can raise, by its name in agent.cfg. */
static int
refuse_excess(const struct judge_claim *claim, const char *what, uint64_t limit,
	      const char *setting, struct err *e)
{
	char rule[128];

	snprintf(rule, sizeof rule, "%s more than %" PRIu64 " (%s)", what, limit, setting);
	return refuse(claim, rule, e);
}

/* C0, DEL, and C1 as UTF-8 has it. */
static bool
has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f ||
		    (i + 1 < len && (unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
			return true;
	return false;
}

/* The rule that a name breaks, NULL for none.  len is without the slash at the end. */
static const char *
broken_rule(const char *name, size_t len)
{
	size_t start = 0;

	if (len == 0)
		return "has no name";
	if (name[0] == '/')
		return "has an absolute name";
	if (memchr(name, '\\', len))
		return "has a backslash in its name";
	if (len >= 2 && name[1] == ':' && (name[0] | 32) >= 'a' && (name[0] | 32) <= 'z')
		return "has a drive letter in its name";
	if (has_control(name, len))
		return "has a control character in its name";
	if (!text_is_utf8(name, len))
		return "has a name that is not UTF-8";
	for (size_t i = 0; i <= len; i++) {
		const char *part = name + start;

		if (i < len && name[i] != '/')
			continue;
		if (i == start)
			return "has an empty component in its name";
		if (i - start == 1 && part[0] == '.')
			return "has a '.' component in its name";
		if (i - start == 2 && part[0] == '.' && part[1] == '.')
			return "has a '..' component in its name";
		if (i - start > COMPONENT_MAX)
			return "has too long a component in its name";
		start = i + 1;
	}
	return NULL;
}

static size_t
count_components(const char *name, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += name[i] == '/';
	return n;
}

static int
judge_kind(const struct judge_claim *claim, bool slash, enum entry_kind *kind, struct err *e)
{
	switch (claim->mode & S_IFMT) {
	case 0:
		*kind = slash ? ENTRY_DIRECTORY : ENTRY_FILE;
		break;
	case S_IFREG:
		*kind = ENTRY_FILE;
		break;
	case S_IFDIR:
		*kind = ENTRY_DIRECTORY;
		break;
	case S_IFLNK:
		*kind = ENTRY_LINK;
		break;
	default:
		return refuse(claim, "is neither file, directory nor symbolic link", e);
	}
	if (slash && *kind != ENTRY_DIRECTORY)
		return refuse(claim, "is named like a directory and is none", e);
	if (*kind == ENTRY_DIRECTORY && claim->size)
		return refuse(claim, "is a directory with content of its own", e);
	return 0;
}

static int
make_room(struct judge *j, struct err *e)
{
	size_t capacity = j->capacity ? j->capacity * 2 : 256;
	struct entry *entries;

	if (j->n_entries < j->capacity)
		return 0;
	entries = realloc(j->entries, capacity * sizeof *entries);
	if (!entries)
		return err_sys(e, "cannot keep the list of entries");
	j->entries = entries;
	j->capacity = capacity;
	return 0;
}

static mode_t
safe_mode(struct judge *j, enum entry_kind kind, mode_t mode)
{
	mode_t bits = mode & 07777;

	if ((mode & S_IFMT) == 0 && bits == 0)
		return kind == ENTRY_DIRECTORY ? 0755 : 0644;
	if (kind != ENTRY_LINK && (bits & (S_ISUID | S_ISGID | S_ISVTX | S_IWOTH)))
		j->n_dropped_bits++;
	bits &= 0775;
	/* The owner must be able to replace what it owns. */
	return bits | (kind == ENTRY_DIRECTORY ? 0700 : 0600);
}

int
judge_add(struct judge *j, const struct judge_claim *claim, struct err *e)
{
	size_t len = claim->name_len;
	bool slash = len > 0 && claim->name[len - 1] == '/';
	struct entry *entry;
	enum entry_kind kind = ENTRY_FILE;
	const char *rule;

	len -= slash;
	if (len > j->limits.name_bytes)
		return refuse_excess(claim, "has a name whose bytes are", j->limits.name_bytes,
				     "max-name", e);
	rule = broken_rule(claim->name, len);
	if (rule)
		return refuse(claim, rule, e);
	if (count_components(claim->name, len) > j->limits.depth)
		return refuse_excess(claim, "has a name whose components are", j->limits.depth,
				     "max-depth", e);
	if (judge_kind(claim, slash, &kind, e))
		return -1;
	if (claim->size > j->limits.entry_bytes)
		return refuse_excess(claim, "unpacks to bytes that are", j->limits.entry_bytes,
				     "max-entry-bytes", e);
	if (claim->size > j->limits.total_bytes - j->total_bytes)
		return err_set(e, ERR_UNSAFE,
			       "the image unpacks to more than %" PRIu64 " bytes (max-bytes)",
			       j->limits.total_bytes);
	if (j->n_entries >= j->limits.entries)
		return err_set(e, ERR_UNSAFE, "the image has more than %zu entries (max-entries)",
			       j->limits.entries);
	if (make_room(j, e))
		return -1;
	entry = &j->entries[j->n_entries];
	*entry = (struct entry){.kind = kind,
				.mode = safe_mode(j, kind, claim->mode),
				.size = claim->size,
				.mtime = claim->mtime,
				.index = claim->index};
	entry->name = strndup(claim->name, len);
	if (!entry->name)
		return err_sys(e, "cannot keep the list of entries");
	j->n_entries++;
	j->total_bytes += claim->size;
	return 0;
}

int
judge_link(const char *name, const char *target, struct err *e)
{
	long depth = 0;
	bool named = false;

	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/'))
		depth++;
	if (target[0] == '\0' || target[0] == '/' || has_control(target, strlen(target)))
		return err_set(e, ERR_UNSAFE, "link '%.160s' has an absolute or unusable target",
			       name);
	for (const char *p = target; *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			/* Behind a name, which may be a link itself, it could lead anywhere. */
			if (named)
				return err_set(
					e, ERR_UNSAFE,
					"link '%.160s' has a '..' behind a name in its target",
					name);
			if (--depth < 0)
				return err_set(e, ERR_UNSAFE,
					       "link '%.160s' leaves the service directory", name);
		} else if (!(len == 1 && p[0] == '.')) {
			named = true;
		}
		p += len;
	}
	return 0;
}

/* As strcmp, with '/' before every other byte: a directory is followed by all of its content. */
static int
compare(const void *left, const void *right)
{
	const unsigned char *a = (const unsigned char *)((const struct entry *)left)->name;
	const unsigned char *b = (const unsigned char *)((const struct entry *)right)->name;

	while (*a && *a == *b)
		a++, b++;
	return (*a == '/' ? 1 : *a) - (*b == '/' ? 1 : *b);
}

static bool
is_beneath(const char *name, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(name, directory, len) == 0 && name[len] == '/';
}

static int
require_bin(const struct judge *j, struct err *e)
{
	const char *top = j->n_entries ? j->entries[0].name : "";
	size_t len = strcspn(top, "/");

	for (size_t i = 0; i < j->n_entries; i++) {
		const struct entry *entry = &j->entries[i];

		if (is_beneath(entry->name, "bin") ||
		    (strcmp(entry->name, "bin") == 0 && entry->kind == ENTRY_DIRECTORY))
			return 0;
		if (strncmp(entry->name, top, len) != 0 || strcspn(entry->name, "/") != len ||
		    (entry->kind != ENTRY_DIRECTORY && !strchr(entry->name, '/')))
			len = 0;
	}
	if (len)
		return err_set(
			e, ERR_UNSAFE,
			"the image has no bin/ at its top, only '%.*s/': pack what is in that "
			"folder, not the folder",
			(int)(len < 64 ? len : 64), top);
	return err_set(e, ERR_UNSAFE, "the image has no bin/ directory at its top");
}

int
judge_finish(struct judge *j, struct err *e)
{
	const struct entry *leaf = NULL; /* the latest entry that is no directory */

	if (j->n_entries)
		qsort(j->entries, j->n_entries, sizeof *j->entries, compare);
	for (size_t i = 0; i < j->n_entries; i++) {
		const struct entry *entry = &j->entries[i];

		if (i && strcmp(entry->name, entry[-1].name) == 0)
			return err_set(e, ERR_UNSAFE, "entry '%.160s' is there twice", entry->name);
		if (entry->kind != ENTRY_DIRECTORY &&
		    (strcmp(entry->name, "bin") == 0 || strcmp(entry->name, "cfg") == 0))
			return err_set(e, ERR_UNSAFE, "entry '%s' is not a directory", entry->name);
		if (leaf && is_beneath(entry->name, leaf->name))
			return err_set(e, ERR_UNSAFE,
				       "entry '%.160s' is a file where '%.160s' needs a directory",
				       leaf->name, entry->name);
		if (entry->kind != ENTRY_DIRECTORY)
			leaf = entry;
	}
	return require_bin(j, e);
}

void
judge_free(struct judge *j)
{
	for (size_t i = 0; i < j->n_entries; i++)
		free(j->entries[i].name);
	free(j->entries);
	*j = JUDGE_INIT;
}
