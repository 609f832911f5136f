/* SPDX-License-Identifier: MIT */
/* hidden - which values of a configuration are to be masked. */
#include "cfg/hidden.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cfg/forms.h"

#define CUSTOM_MIN 8
#define PEM_LINE_MIN 4
#define KEY_MAX 150 /* Source: enstratus-cfg(5), LIMITS */

static bool
is_letter_or_digit(char c)
{
	return isalnum((unsigned char)c) != 0;
}

/* What is left of a key without the marks between its words, in lower case. */
static size_t
flatten(const char *key, size_t len, char flat[static KEY_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < KEY_MAX; i++)
		if (is_letter_or_digit(key[i]))
			flat[n++] = (char)tolower((unsigned char)key[i]);
	return n;
}

/* A word of the key by itself: passDb, DB_PASS, db.pass1, but not passenger. */
static bool
has_word(const char *key, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++) {
		bool starts =
			i == 0 || !isalpha((unsigned char)key[i - 1]) ||
			(islower((unsigned char)key[i - 1]) && isupper((unsigned char)key[i]));
		bool ends = i + n == len || !isalpha((unsigned char)key[i + n]) ||
			    (islower((unsigned char)key[i + n - 1]) &&
			     isupper((unsigned char)key[i + n]));

		if (starts && ends && strncasecmp(key + i, word, n) == 0)
			return true;
	}
	return false;
}

/* Source: enstratus-cfg(5), SECRETS. */
static bool
names_secret(const char *key, size_t len)
{
	static const char *const parts[] = {
		"password",  "passwd",	  "passphrase",	   "secret",  "credential", "token",
		"apikey",    "accesskey", "privatekey",	   "authkey", "signingkey", "sharedkey",
		"masterkey", "sshkey",	  "encryptionkey", "privkey", "cryptkey",
	};
	static const char *const words[] = {"pass", "pwd", "pw", "psk", "creds"};
	char flat[KEY_MAX];
	size_t n = flatten(key, len, flat);

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (memmem(flat, n, parts[i], strlen(parts[i])))
			return true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (has_word(key, len, words[i]))
			return true;
	return false;
}

/* A list of patterns, from which words are taken one by one. */
static bool
is_listed(const char *patterns, const char *key)
{
	char pattern[1024]; /* what agent.cfg has room for */
	size_t len;

	for (; patterns && *patterns; patterns += len) {
		patterns += strspn(patterns, " \t,");
		len = strcspn(patterns, " \t,");
		if (len == 0 || len >= sizeof pattern)
			continue;
		memcpy(pattern, patterns, len);
		pattern[len] = '\0';
		if (fnmatch(pattern, key, 0) == 0)
			return true;
	}
	return false;
}

/* --- a configuration's values, one by one --- */

enum rank { BY_KEY, BY_PLACE }; /* secret by its key, or for being in [custom] */

/* What is done with each value. */
struct visitor {
	struct mask *mask;
	const char *patterns;
	int (*visit)(struct visitor *v, const char *value, size_t len, struct err *e);
	enum rank rank; /* of those that are visited */
	bool any_rank;
	size_t name;	    /* number of the present one, the same in every walk */
	struct secret room; /* for its forms */
};

static int
visit(struct visitor *v, enum rank rank, const char *value, size_t len, struct err *e)
{
	return len && (v->any_rank || rank == v->rank) ? v->visit(v, value, len, e) : 0;
}

/* A value, and what is left of it when a shell has taken its blanks and quotes. */
static int
visit_bare(struct visitor *v, enum rank rank, const char *value, size_t len, struct err *e)
{
	size_t whole = len;
	const char *bare = text_trim(value, &len);

	if (len != whole && visit(v, rank, value, whole, e))
		return -1;
	if (visit(v, rank, bare, len, e))
		return -1;
	if (len > 2 && (bare[0] == '"' || bare[0] == '\'') && bare[len - 1] == bare[0])
		return visit(v, rank, bare + 1, len - 2, e);
	return 0;
}

/* The name of what is visited next; it is kept on the first walk. */
static int
begin_name(struct visitor *v, const char *name, size_t len, struct err *e)
{
	return ++v->name <= v->mask->n_names ? 0 : mask_keep_name(v->mask, name, len, e);
}

/* A key, which no NUL ends, with something before it. */
static bool
matches(const struct visitor *v, const char *before, const char *key, size_t len)
{
	char name[256] = "";
	size_t n = strlen(before);

	memcpy(name, before, n);
	memcpy(name + n, key, len < sizeof name - n ? len : sizeof name - n - 1);
	return is_listed(v->patterns, name);
}

static bool
is_secret_key(const struct visitor *v, const char *key, size_t len)
{
	return names_secret(key, len) || matches(v, "", key, len);
}

/* Of "# export NAME" the name; none where it looks like none, for then it may be a secret. */
static const char *
name_within(const char *key, size_t *len)
{
	size_t start = *len;

	while (start > 0 &&
	       (isalnum((unsigned char)key[start - 1]) || strchr("._-", key[start - 1])))
		start--;
	*len -= start;
	if (*len > KEY_MAX || (start > 0 && !strchr("#; \t", key[start - 1])))
		*len = 0;
	return key + start;
}

static bool
is_secret_custom(const struct visitor *v, const char *key, size_t len)
{
	size_t name_len = len;
	const char *name = name_within(key, &name_len);

	return is_secret_key(v, key, len) || (name_len && (matches(v, "", name, name_len) ||
							   matches(v, "custom.", name, name_len)));
}

/* By its key, or its number where it has none that people may be told. */
static int
begin_custom_name(struct visitor *v, const char *key, size_t len, unsigned line, struct err *e)
{
	char by_number[48];

	key = name_within(key, &len);
	if (len)
		return begin_name(v, key, len, e);
	snprintf(by_number, sizeof by_number, "[custom], line %u", line);
	return begin_name(v, by_number, strlen(by_number), e);
}

static int
visit_custom_line(struct visitor *v, const char *line, size_t len, unsigned number, struct err *e)
{
	const char *equals = memchr(line, '=', len), *key = line;
	size_t key_len = 0;
	enum rank rank = BY_PLACE;

	if (equals) {
		key_len = (size_t)(equals - line);
		key = text_trim(line, &key_len);
		if (is_secret_custom(v, key, key_len))
			rank = BY_KEY;
		len -= (size_t)(equals + 1 - line);
		line = equals + 1;
	}
	line = text_trim(line, &len);
	if (rank != BY_KEY && len < CUSTOM_MIN)
		return 0;
	if (begin_custom_name(v, key, key_len, number, e))
		return -1;
	return visit_bare(v, rank, line, len, e);
}

static int
visit_custom(struct visitor *v, const struct document *doc, struct err *e)
{
	const char *text = secret_reveal(&doc->text);
	unsigned number = 1;

	for (size_t i = 0; i < doc->custom; i++)
		number += text[i] == '\n';
	for (size_t i = doc->custom; i < doc->text.len; number++) {
		const char *end = memchr(text + i, '\n', doc->text.len - i);
		size_t len = end ? (size_t)(end - text) - i : doc->text.len - i;

		if (visit_custom_line(v, text + i, len, number, e))
			return -1;
		i += len + 1;
	}
	return 0;
}

static int
visit_document(struct visitor *v, const struct document *doc, struct err *e)
{
	v->name = 0;
	for (size_t i = 0; i < doc->n_entries; i++) {
		const char *key = doc->entries[i].key;

		if ((strncmp(key, "serviceKey.", 11) == 0 || is_secret_key(v, key, strlen(key))) &&
		    (begin_name(v, key, strlen(key), e) ||
		     visit_bare(v, BY_KEY, document_value(doc, &doc->entries[i]),
				doc->entries[i].value_len, e)))
			return -1;
	}
	return visit_custom(v, doc, e);
}

static int
add_value(struct visitor *v, const char *value, size_t len, struct err *e)
{
	return mask_add_named(v->mask, value, len, v->name, e);
}

static int
add_form(void *arg, const char *form, size_t len, struct err *e)
{
	struct visitor *v = arg;

	return mask_add_form(v->mask, form, len, v->name, HIDDEN_NODES_MAX, e);
}

static int
add_forms(struct visitor *v, const char *value, size_t len, struct err *e)
{
	return forms_each(value, len, &v->room, add_form, v, e);
}

int
hidden_add_document(struct mask *m, const struct document *doc, const char *patterns, struct err *e)
{
	struct visitor v = {.mask = m,
			    .patterns = patterns,
			    .visit = add_value,
			    .any_rank = true,
			    .room = SECRET_INIT};
	int result = visit_document(&v, doc, e);

	v.visit = add_forms;
	v.any_rank = false;
	for (int rank = BY_KEY; rank <= BY_PLACE && !result; rank++) {
		v.rank = (enum rank)rank;
		result = visit_document(&v, doc, e);
	}
	secret_free(&v.room);
	return result;
}

int
hidden_add_keys(struct mask *m, const struct secret *secret, bool is_key, struct err *e)
{
	static const char begin[] = "-----BEGIN ", kind[] = "PRIVATE KEY", rule[] = "-----";
	const char *text = secret_reveal(secret);
	bool inside = false;

	for (size_t i = 0; i < secret->len;) {
		const char *end = memchr(text + i, '\n', secret->len - i), *line = text + i;
		size_t whole = end ? (size_t)(end - line) : secret->len - i, len = whole;

		line = text_trim(line, &len);
		if (len >= sizeof rule - 1 && memcmp(line, rule, sizeof rule - 1) == 0)
			inside = len >= sizeof begin - 1 &&
				 memcmp(line, begin, sizeof begin - 1) == 0 &&
				 memmem(line, len, kind, sizeof kind - 1);
		else if ((inside || is_key) && len >= PEM_LINE_MIN && mask_add(m, line, len, e))
			return -1;
		i += whole + 1;
	}
	return 0;
}
