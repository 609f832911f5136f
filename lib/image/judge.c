/* SPDX-License-Identifier: MIT */
/* judge - what an image may hold: every entry is judged before the first byte is written. */
#include "image/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

static int
refuse(const struct judge_claim *claim, const char *rule, const char *why, struct err *e)
{
	char shown[160];
	size_t len = claim->name_len < sizeof shown - 1 ? claim->name_len : sizeof shown - 1;

	text_printable(shown, claim->name, len);
	err_set(e, ERR_UNSAFE, "entry '%s' %s", shown, why);
	return err_refuse(e, rule, claim->name, claim->name_len, 0);
}

/* For a limit that an operator can raise, by its name in agent.cfg. */
static int
refuse_excess(const struct judge_claim *claim, const char *what, uint64_t limit,
	      const char *setting, struct err *e)
{
	char why[128];

	snprintf(why, sizeof why, "has more than %" PRIu64 " %s (%s)", limit, what, setting);
	refuse(claim, setting, why, e);
	e->limit = limit;
	return -1;
}

static size_t
count_components(const char *name, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += name[i] == '/';
	return n;
}

/*
 * A slash at the end says directory to every reader; packers of systems without modes then store
 * that of a file, or what is no kind at all.
 */
static bool
is_named_a_directory(const struct judge_claim *claim)
{
	mode_t type = claim->mode & S_IFMT;

	return claim->name_len && claim->name[claim->name_len - 1] == '/' &&
	       (type == S_IFREG || type == S_IFMT);
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
		return refuse(claim, "type", "is neither file, directory nor symbolic link", e);
	}
	if (slash && *kind != ENTRY_DIRECTORY)
		return refuse(claim, "type", "is named like a directory and is none", e);
	if (*kind == ENTRY_DIRECTORY && claim->size)
		return refuse(claim, "type", "is a directory with content of its own", e);
	return 0;
}

/* The image as a whole is over a limit. */
static int
refuse_total(const char *what, uint64_t limit, const char *setting, struct err *e)
{
	err_set(e, ERR_UNSAFE, "the image has more than %" PRIu64 " %s (%s)", limit, what, setting);
	return err_refuse(e, setting, NULL, 0, limit);
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

/* The rules for the claim of one entry alone. */
static int
judge_claim(const struct judge *j, const struct judge_claim *claim, size_t len,
	    enum entry_kind *kind, struct err *e)
{
	const char *rule;

	if (len > j->limits.name_bytes)
		return refuse_excess(claim, "bytes in its name", j->limits.name_bytes, "max-name",
				     e);
	rule = text_path_rule(claim->name, len);
	if (rule)
		return refuse(claim, "name", rule, e);
	if (count_components(claim->name, len) > j->limits.depth)
		return refuse_excess(claim, "components in its name", j->limits.depth, "max-depth",
				     e);
	if (judge_kind(claim, len < claim->name_len, kind, e))
		return -1;
	if (claim->size > j->limits.entry_bytes)
		return refuse_excess(claim, "bytes unpacked", j->limits.entry_bytes,
				     "max-entry-bytes", e);
	if (claim->size > j->limits.total_bytes - j->total_bytes)
		return refuse_total("bytes unpacked", j->limits.total_bytes, "max-bytes", e);
	if (j->n_entries >= j->limits.entries)
		return refuse_total("entries", j->limits.entries, "max-entries", e);
	return 0;
}

int
judge_add(struct judge *j, const struct judge_claim *claim, struct err *e)
{
	struct judge_claim c = *claim;
	enum entry_kind kind = ENTRY_FILE;
	struct entry *entry;
	size_t len;

	if (c.name_len > 1 && c.name[0] == '.' && c.name[1] == '/') {
		c.name += 2;
		c.name_len -= 2;
		if (c.name_len == 0)
			return 0;
	}
	if (is_named_a_directory(&c))
		c.mode = 0;
	len = c.name_len - (c.name_len > 0 && c.name[c.name_len - 1] == '/');
	if (judge_claim(j, &c, len, &kind, e) || make_room(j, e))
		return -1;
	entry = &j->entries[j->n_entries];
	*entry = (struct entry){.name = arena_copy(&j->strings, c.name, len, e),
				.kind = (uint8_t)kind,
				.mode = (uint16_t)safe_mode(j, kind, c.mode),
				.size = kind == ENTRY_FILE ? c.size : 0,
				.mtime = c.mtime,
				.index = c.index};
	if (!entry->name)
		return -1;
	j->n_entries++;
	j->total_bytes += c.size;
	return kind == ENTRY_LINK && c.target ? judge_link(j, entry, c.target, e) : 0;
}

/* The rule that a link's target breaks, NULL for none. */
static const char *
broken_target_rule(const char *name, const char *target)
{
	long depth = 0;
	bool named = false;

	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/'))
		depth++;
	if (target[0] == '\0' || target[0] == '/' || text_has_control(target, strlen(target)))
		return "has an absolute or unusable target";
	for (const char *p = target; *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			/* Behind a name, which may be a link itself, it could lead anywhere. */
			if (named)
				return "has a '..' behind a name in its target";
			if (--depth < 0)
				return "leaves the service directory";
		} else if (!(len == 1 && p[0] == '.')) {
			named = true;
		}
		p += len;
	}
	return NULL;
}

int
judge_link(struct judge *j, struct entry *link, const char *target, struct err *e)
{
	const char *rule = broken_target_rule(link->name, target);

	if (rule) {
		err_set(e, ERR_UNSAFE, "link '%.160s' %s", link->name, rule);
		return err_refuse(e, "link", link->name, strlen(link->name), 0);
	}
	link->target = arena_copy(&j->strings, target, strlen(target), e);
	return link->target ? 0 : -1;
}

/* As strcmp, with '/' before every other byte: a directory is followed by all of its content. */
int
judge_compare_names(const char *left, const char *right)
{
	const unsigned char *a = (const unsigned char *)left, *b = (const unsigned char *)right;

	while (*a && *a == *b)
		a++, b++;
	return (*a == '/' ? 1 : *a) - (*b == '/' ? 1 : *b);
}

static int
compare(const void *left, const void *right)
{
	return judge_compare_names(((const struct entry *)left)->name,
				   ((const struct entry *)right)->name);
}

static bool
is_beneath(const char *name, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(name, directory, len) == 0 && name[len] == '/';
}

/* What macOS adds on its own. */
static bool
is_of_macos(const char *name)
{
	return strcmp(name, "__MACOSX") == 0 || is_beneath(name, "__MACOSX") ||
	       strcmp(name, ".DS_Store") == 0;
}

/* The one folder that everything is in; NULL when there is none. */
static const char *
find_wrapper(const struct judge *j, size_t *len)
{
	const char *top = NULL;

	for (size_t i = 0; i < j->n_entries; i++) {
		const struct entry *entry = &j->entries[i];

		if (is_of_macos(entry->name))
			continue;
		if (!top) {
			top = entry->name;
			*len = strcspn(top, "/");
		}
		if (strncmp(entry->name, top, *len) != 0 || strcspn(entry->name, "/") != *len ||
		    (entry->kind != ENTRY_DIRECTORY && !strchr(entry->name, '/')))
			return NULL;
	}
	return top;
}

static int
require_bin(const struct judge *j, struct err *e)
{
	size_t len = 0;
	const char *top = find_wrapper(j, &len);

	if (judge_holds(j, "bin"))
		return 0;
	if (top)
		err_set(e, ERR_UNSAFE,
			"the image has no bin/ at its top, only '%.*s/': pack what is in that "
			"folder, not the folder",
			(int)(len < 64 ? len : 64), top);
	else
		err_set(e, ERR_UNSAFE, "the image has no bin/ directory at its top");
	return err_refuse(e, "layout", NULL, 0, 0);
}

/* An entry that does not go together with another. */
static int
refuse_pair(const struct entry *entry, const char *rule, const char *why, struct err *e)
{
	err_set(e, ERR_UNSAFE, "entry '%.160s' %.200s", entry->name, why);
	return err_refuse(e, rule, entry->name, strlen(entry->name), 0);
}

static void
leave_out_configuration(struct judge *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_entries; i++) {
		const struct entry *entry = &j->entries[i];

		if (strcmp(entry->name, JUDGE_CONFIGURATION) == 0 ||
		    is_beneath(entry->name, JUDGE_CONFIGURATION))
			j->total_bytes -= entry->size;
		else
			j->entries[n++] = *entry;
	}
	j->has_configuration = n < j->n_entries;
	j->n_entries = n;
}

int
judge_finish(struct judge *j, struct err *e)
{
	const struct entry *leaf = NULL; /* the latest entry that is no directory */
	char why[200];

	if (j->n_entries)
		qsort(j->entries, j->n_entries, sizeof *j->entries, compare);
	for (size_t i = 0; i < j->n_entries; i++) {
		const struct entry *entry = &j->entries[i];

		if (i && strcmp(entry->name, entry[-1].name) == 0)
			return refuse_pair(entry, "duplicate", "is there twice", e);
		if (entry->kind != ENTRY_DIRECTORY &&
		    (strcmp(entry->name, "bin") == 0 || strcmp(entry->name, "cfg") == 0))
			return refuse_pair(entry, "layout", "is not a directory", e);
		if (leaf && is_beneath(entry->name, leaf->name)) {
			snprintf(why, sizeof why, "is a file where '%.120s' needs a directory",
				 entry->name);
			return refuse_pair(leaf, "duplicate", why, e);
		}
		if (entry->kind != ENTRY_DIRECTORY)
			leaf = entry;
	}
	leave_out_configuration(j);
	return require_bin(j, e);
}

/* The first entry that is not before that name; NULL for none. */
static const struct entry *
find_first(const struct judge *j, const char *name)
{
	const struct entry *first = j->entries;

	for (size_t n = j->n_entries, half = n / 2; n; half = n / 2) {
		bool is_before = judge_compare_names(first[half].name, name) < 0;

		n = is_before ? n - half - 1 : half;
		first += is_before ? half + 1 : 0;
	}
	return first < j->entries + j->n_entries ? first : NULL;
}

const struct entry *
judge_find(const struct judge *j, const char *name)
{
	const struct entry *first = find_first(j, name);

	return first && strcmp(first->name, name) == 0 ? first : NULL;
}

int
judge_compare_places(const void *a, const void *b)
{
	const struct entry *left = *(const struct entry *const *)a;
	const struct entry *right = *(const struct entry *const *)b;

	return left->index < right->index ? -1 : left->index > right->index;
}

bool
judge_holds(const struct judge *j, const char *path)
{
	const struct entry *first = find_first(j, path);

	return first && (strcmp(first->name, path) == 0 || is_beneath(first->name, path));
}

void
judge_free(struct judge *j)
{
	arena_free(&j->strings);
	free(j->entries);
	*j = JUDGE_INIT;
}
