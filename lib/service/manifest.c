/* SPDX-License-Identifier: MIT */
/* manifest - image.ini: what an image says about itself. */
#include "service/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/text.h"
#include "cfg/ini.h"
#include "cfg/known.h"

/* outer itself, or beneath it; neither is terminated. */
static bool
is_within(const char *path, size_t len, const char *outer, size_t outer_len)
{
	return len >= outer_len && memcmp(path, outer, outer_len) == 0 &&
	       (len == outer_len || path[outer_len] == '/');
}

static int
set_word(char word[static MANIFEST_WORD_MAX + 1], const struct ini_item *item, struct err *e)
{
	size_t len = item->value_len;
	const char *value = text_trim(item->value, &len);

	if (word[0])
		return err_set(e, ERR_UNSAFE, "line %u: there is a second %s", item->line,
			       item->name);
	if (len > MANIFEST_WORD_MAX)
		return err_set(e, ERR_UNSAFE, "line %u: the %s is longer than %d bytes", item->line,
			       item->name, MANIFEST_WORD_MAX);
	if (text_has_control(value, len) || !text_is_utf8(value, len))
		return err_set(e, ERR_UNSAFE,
			       "line %u: the %s has a control character or is not UTF-8",
			       item->line, item->name);
	memcpy(word, value, len);
	word[len] = '\0';
	return 0;
}

static int
refuse(unsigned line, const char *path, size_t len, const char *rule, struct err *e)
{
	char shown[160];

	len = len < sizeof shown ? len : sizeof shown - 1;
	text_printable(shown, path, len);
	return err_set(e, ERR_UNSAFE, "line %u: path '%s' %s", line, shown, rule);
}

/* The rule that a path breaks, alone or with those that are there. */
static const char *
broken_rule(const struct manifest *m, const char *path, size_t len)
{
	const char *rule = text_path_rule(path, len);

	if (rule)
		return rule;
	if (is_within(path, len, "bin", 3))
		return "is in bin/, and hooks come from the image";
	if (is_within(path, len, "image.ini", 9))
		return "is the image's own";
	for (size_t i = 0; i < m->n_persist; i++) {
		size_t other_len = strlen(m->persist[i]);

		if (len == other_len && memcmp(path, m->persist[i], len) == 0)
			return "is there twice";
		if (is_within(path, len, m->persist[i], other_len))
			return "is beneath a path that is there too";
		if (is_within(m->persist[i], other_len, path, len))
			return "is above a path that is there too";
	}
	return NULL;
}

static int
add_path(struct manifest *m, unsigned line, const char *path, size_t len, struct err *e)
{
	const char *rule;
	char *copy;

	path = text_trim(path, &len);
	if (len > 1 && path[len - 1] == '/')
		len--;
	if (len > MANIFEST_PATH_MAX)
		return err_set(e, ERR_UNSAFE, "line %u: a path is longer than %d bytes", line,
			       MANIFEST_PATH_MAX);
	if (m->n_persist == MANIFEST_PERSIST_MAX)
		return err_set(e, ERR_UNSAFE, "line %u: there are more than %d paths", line,
			       MANIFEST_PERSIST_MAX);
	rule = broken_rule(m, path, len);
	if (rule)
		return refuse(line, path, len, rule, e);
	if (!m->persist)
		m->persist = calloc(MANIFEST_PERSIST_MAX, sizeof *m->persist);
	copy = m->persist ? strndup(path, len) : NULL;
	if (!copy)
		return err_sys(e, "cannot keep a path");
	m->persist[m->n_persist++] = copy;
	return 0;
}

/* What enstratus-cfg(5) lets a key be. */
static int
add_key(struct manifest *m, unsigned line, const char *key, size_t len, struct err *e)
{
	char *copy;

	key = text_trim(key, &len);
	if (len == 0 || len > MANIFEST_KEY_MAX || memchr(key, '=', len) ||
	    text_has_control(key, len) || !text_is_utf8(key, len))
		return err_set(e, ERR_UNSAFE, "line %u: a required key is no name of a key", line);
	if (m->n_required == MANIFEST_REQUIRED_MAX)
		return err_set(e, ERR_UNSAFE, "line %u: there are more than %d required keys", line,
			       MANIFEST_REQUIRED_MAX);
	if (!m->required)
		m->required = calloc(MANIFEST_REQUIRED_MAX, sizeof *m->required);
	copy = m->required ? strndup(key, len) : NULL;
	if (!copy)
		return err_sys(e, "cannot keep a key");
	m->required[m->n_required++] = copy;
	return 0;
}

static int
add_pattern(struct manifest *m, unsigned line, const char *pattern, size_t len, struct err *e)
{
	char *copy;

	pattern = text_trim(pattern, &len);
	if (len == 0 || len > MANIFEST_PATH_MAX || pattern[0] == '/' ||
	    text_has_control(pattern, len) || !text_is_utf8(pattern, len))
		return err_set(e, ERR_UNSAFE,
			       "line %u: what is allowed is no pattern of a path in the service",
			       line);
	if (m->n_allowed == MANIFEST_ALLOWED_MAX)
		return err_set(e, ERR_UNSAFE, "line %u: there are more than %d patterns", line,
			       MANIFEST_ALLOWED_MAX);
	if (!m->allowed)
		m->allowed = calloc(MANIFEST_ALLOWED_MAX, sizeof *m->allowed);
	copy = m->allowed ? strndup(pattern, len) : NULL;
	if (!copy)
		return err_sys(e, "cannot keep a pattern");
	m->allowed[m->n_allowed++] = copy;
	return 0;
}

static int
set_residue(struct manifest *m, const struct ini_item *item, struct err *e)
{
	static const char *const words[] = {
		[RESIDUE_WARN] = "warn", [RESIDUE_FAIL] = "fail", [RESIDUE_OFF] = "off"};
	size_t len = item->value_len;
	const char *value = text_trim(item->value, &len);

	for (int i = RESIDUE_WARN; i <= RESIDUE_OFF; i++)
		if (len == strlen(words[i]) && memcmp(value, words[i], len) == 0) {
			m->residue = (enum manifest_residue)i;
			return 0;
		}
	return err_set(e, ERR_UNSAFE, "line %u: residue is one of warn|fail|off", item->line);
}

typedef int add_fn(struct manifest *m, unsigned line, const char *text, size_t len, struct err *e);

static int
add_list(struct manifest *m, const struct ini_item *item, add_fn *add, struct err *e)
{
	const char *text = item->value;
	size_t left = item->value_len;

	for (;;) {
		const char *comma = memchr(text, ',', left);
		size_t len = comma ? (size_t)(comma - text) : left;

		if (add(m, item->line, text, len, e))
			return -1;
		if (!comma)
			return 0;
		text += len + 1;
		left -= len + 1;
	}
}

static int
take_configure(struct manifest *m, const struct ini_item *item, struct err *e)
{
	if (strcmp(item->name, "required") == 0)
		return add_list(m, item, add_key, e);
	if (strcmp(item->name, "allow") == 0)
		return add_list(m, item, add_pattern, e);
	return strcmp(item->name, "residue") == 0 ? set_residue(m, item, e) : 0;
}

/* Source: enstratus-image(5). */
static const struct known_section known[] = {
	{"image", KNOWN_NAMES("name", "version")},
	{"persist", NULL},
	{"configure", KNOWN_NAMES("required", "residue", "allow")},
};

static void
note_unknown(struct manifest *m, const struct ini_item *item)
{
	char why[KNOWN_WHY_MAX];

	if (!m->unknown[0] &&
	    !known_is(known, sizeof known / sizeof *known, item->section, item->name, why))
		snprintf(m->unknown, sizeof m->unknown, "line %u: %s", item->line, why);
}

static int
take_item(void *arg, const struct ini_item *item, struct err *e)
{
	struct manifest *m = arg;

	note_unknown(m, item);
	if (strcasecmp(item->section, "persist") == 0)
		return add_list(m, item, add_path, e);
	if (strcasecmp(item->section, "configure") == 0)
		return take_configure(m, item, e);
	if (strcasecmp(item->section, "image") != 0)
		return 0;
	if (strcmp(item->name, "name") == 0)
		return set_word(m->name, item, e);
	return strcmp(item->name, "version") == 0 ? set_word(m->version, item, e) : 0;
}

int
manifest_parse(struct manifest *m, const char *text, size_t len, struct err *e)
{
	struct manifest parsed = MANIFEST_INIT;

	if (len > MANIFEST_BYTES_MAX)
		return err_set(e, ERR_UNSAFE, "image.ini is larger than %d bytes",
			       MANIFEST_BYTES_MAX);
	if (ini_parse_text(text, len, take_item, &parsed, e)) {
		manifest_free(&parsed);
		return err_wrap(e, "image.ini");
	}
	*m = parsed;
	return 0;
}

int
manifest_read_installed(struct manifest *m, int dir_fd, struct err *e)
{
	int fd = fd_open_within(dir_fd, "image.ini", O_RDONLY | O_NONBLOCK), result = 0;
	struct buf text = BUF_INIT;
	struct stat st;

	if (fd < 0 && errno != ENOENT && errno != ELOOP)
		return err_sys(e, "cannot open the installed image.ini");
	/* As imageini_read: whatever else has that name says nothing. */
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		result = fd_read_all(fd, &text, MANIFEST_BYTES_MAX, "image.ini", e) ||
					 manifest_parse(m, text.data ? text.data : "", text.len, e)
				 ? -1
				 : 0;
	fd_close(&fd);
	buf_free(&text);
	return result ? err_wrap(e, "the installed image.ini") : 0;
}

bool
manifest_persists(const struct manifest *m, const char *path)
{
	for (size_t i = 0; i < m->n_persist; i++)
		if (is_within(path, strlen(path), m->persist[i], strlen(m->persist[i])))
			return true;
	return false;
}

void
manifest_free(struct manifest *m)
{
	for (size_t i = 0; i < m->n_persist; i++)
		free(m->persist[i]);
	free(m->persist);
	for (size_t i = 0; i < m->n_required; i++)
		free(m->required[i]);
	free(m->required);
	for (size_t i = 0; i < m->n_allowed; i++)
		free(m->allowed[i]);
	free(m->allowed);
	*m = MANIFEST_INIT;
}
