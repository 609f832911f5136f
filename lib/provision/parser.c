/* SPDX-License-Identifier: MIT */
/* parser - the text of a deployment file, read and checked. */
#include "provision/parser.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"
#include "cfg/ini.h"
#include "provision/consistency.h"
#include "provision/schema.h"

#define A_REFERENCE "a reference, file:PATH, command:WORDS or fd:N, for no secret stands here"
#define NAME_MAX_LEN 32 /* of a tier, host, data source, balancer */

struct reader {
	struct deployment *d;
	struct faults *faults;
	char section[64];
	enum schema_section kind;
	void *at; /* the struct that the section fills; NULL: it is not known */
	bool is_out_of_memory;
};

static void
on_fault(void *arg, unsigned line, const char *why)
{
	struct reader *r = arg;

	faults_add(r->faults, line, "%s", why);
}

static const char *
copy(struct reader *r, const char *s, size_t len)
{
	struct err ignored = ERR_INIT;
	const char *new = arena_copy(&r->d->arena, s, len, &ignored);

	if (!new)
		r->is_out_of_memory = true;
	return new ? new : "";
}

/* One more of an array, all zero; NULL when out of memory. */
static void *
grow(struct reader *r, void *array, size_t *n, size_t size)
{
	char **at = array;
	char *new = reallocarray(*at, *n + 1, size);

	if (!new) {
		r->is_out_of_memory = true;
		return NULL;
	}
	*at = new;
	memset(new + *n *size, 0, size);
	return new + (*n)++ *size;
}

/* ---- sections */

static bool
is_name(const char *name, size_t max)
{
	struct err ignored = ERR_INIT;

	return text_check_id("name", name, max, &ignored) == 0;
}

/* The struct of a section of that name, made when it is the first line of it. */
static void *
open_section(struct reader *r, const char *name, unsigned line)
{
	struct deployment *d = r->d;
	struct {
		void *array;
		size_t *n, size;
	} all[N_SECTIONS] = {
		[SECTION_HOST] = {&d->hosts, &d->n_hosts, sizeof *d->hosts},
		[SECTION_TIER] = {&d->tiers, &d->n_tiers, sizeof *d->tiers},
		[SECTION_SERVICE] = {&d->services, &d->n_services, sizeof *d->services},
		[SECTION_SOURCE] = {&d->sources, &d->n_sources, sizeof *d->sources},
		[SECTION_BALANCER] = {&d->balancers, &d->n_balancers, sizeof *d->balancers},
	};
	size_t max = r->kind == SECTION_SERVICE ? TEXT_SERVICE_ID_MAX : NAME_MAX_LEN;
	void *new;

	if (r->kind == SECTION_DEPLOYMENT || r->kind == SECTION_HOSTS)
		return d;
	if (!is_name(name, max)) {
		faults_add(r->faults, line,
			   "'%.80s' is no name: letters, digits, '.', '_' and '-', at most %zu",
			   name, max);
		return NULL;
	}
	if (deployment_find(*(void **)all[r->kind].array, *all[r->kind].n, all[r->kind].size,
			    name) != DEPLOYMENT_NONE) {
		faults_add(r->faults, line, "there is a section [%s] already", r->section);
		return NULL;
	}
	new = grow(r, all[r->kind].array, all[r->kind].n, all[r->kind].size);
	if (!new)
		return NULL;
	*(const char **)new = copy(r, name, strlen(name));
	schema_defaults(r->kind, new, line);
	return new;
}

static void
enter(struct reader *r, const char *section, unsigned line)
{
	enum schema_section kind;
	const char *name;

	snprintf(r->section, sizeof r->section, "%s", section);
	r->at = NULL;
	kind = schema_section(section, &name);
	if (kind != N_SECTIONS) {
		r->kind = kind;
		r->at = open_section(r, name, line);
		return;
	}
	faults_add(r->faults, line,
		   section[0]
			   ? "there is no section [%s]: [deployment], [hosts], [host NAME], [tier "
			     "NAME], [service ID], [data source NAME], [balancer NAME]"
			   : "a line before the first section%s",
		   section);
}

/* ---- values */

/* Keeps where a key stands, for what is found later; false when it stood elsewhere already. */
static bool
is_first(struct reader *r, const char *key, unsigned line)
{
	bool has_name = r->kind != SECTION_DEPLOYMENT && r->kind != SECTION_HOSTS;
	const char *owner = has_name ? *(const char **)r->at : NULL;
	struct deployment_line *new;

	for (size_t i = 0; i < r->d->n_lines; i++)
		if (r->d->lines[i].owner == owner && r->d->lines[i].key == key)
			return false;
	new = grow(r, &r->d->lines, &r->d->n_lines, sizeof *new);
	if (new)
		*new = (struct deployment_line){.owner = owner, .key = key, .line = line};
	return true;
}

static void
say_unknown(struct reader *r, const char *name, unsigned line)
{
	const char *nearest = schema_nearest(r->kind, name);

	faults_add(r->faults, line, "[%s] has no key '%.80s'%s%s", r->section, name,
		   nearest ? "; the nearest is " : " (see enstratus-deployment(5))",
		   nearest ? nearest : "");
}

static void
take_list(struct reader *r, struct deployment_list *list, const char *value)
{
	for (const char *p = value; *p; p += *p == ',') {
		size_t len = strcspn(p, ","), trimmed = len;
		const char *word = text_trim(p, &trimmed);
		const char **new;

		if (trimmed && (new = grow(r, &list->words, &list->n, sizeof *list->words)))
			*new = copy(r, word, trimmed);
		p += len;
	}
	list->at = calloc(list->n + 1, sizeof *list->at);
	if (!list->at)
		r->is_out_of_memory = true;
}

static const char *
take_path(struct reader *r, const char *value)
{
	char path[PATH_MAX];

	if (value[0] == '/' || strncmp(value, "https://", 8) == 0 ||
	    strncmp(value, "http://", 7) == 0)
		return copy(r, value, strlen(value));
	if (snprintf(path, sizeof path, "%s/%s", r->d->directory, value) >= (int)sizeof path)
		return NULL;
	return copy(r, path, strlen(path));
}

/* file:PATH, whose path may be relative; command:WORDS; fd:N. */
static const char *
take_reference(struct reader *r, const char *value)
{
	char text[PATH_MAX + 8];
	const char *path;

	if (strncmp(value, "command:", 8) == 0 && value[8])
		return copy(r, value, strlen(value));
	if (strncmp(value, "fd:", 3) == 0 && value[3] &&
	    strspn(value + 3, "0123456789") == strlen(value + 3))
		return copy(r, value, strlen(value));
	if (strncmp(value, "file:", 5) != 0 || !value[5] || !(path = take_path(r, value + 5)))
		return NULL;
	snprintf(text, sizeof text, "file:%s", path);
	return copy(r, text, strlen(text));
}

static bool
are_words(const char *value)
{
	struct words words = WORDS_INIT;
	struct err ignored = ERR_INIT;
	bool result = words_split(&words, value, &ignored) == 0 && words.n;

	words_free(&words);
	return result;
}

static void
take_number(struct reader *r, const struct schema_key *key, long long *number, const char *value,
	    unsigned line)
{
	struct err why = ERR_INIT;

	if (text_number(key->name, value, key->min, key->max, number, &why))
		faults_add(r->faults, line, "%s", why.msg);
}

static void
take_value(struct reader *r, const struct schema_key *key, const char *value, unsigned line)
{
	char *field = (char *)r->at + key->at;
	const char **text = (const char **)(void *)field;
	int chosen;

	if (!value[0]) {
		faults_add(r->faults, line, "%s is empty: leave it out, or say what it is",
			   key->name);
		return;
	}
	switch (key->keep) {
	case KEEP_NUMBER:
		take_number(r, key, (long long *)(void *)field, value, line);
		return;
	case KEEP_LIST:
		take_list(r, (struct deployment_list *)(void *)field, value);
		return;
	case KEEP_SCALING:
		chosen = text_choose("none|votes", value);
		*(bool *)field = chosen == 1;
		if (chosen < 0)
			faults_add(r->faults, line, "scaling is one of none, votes, not '%.80s'",
				   value);
		return;
	case KEEP_NAME:
		if (!is_name(value, TEXT_SERVICE_ID_MAX))
			faults_add(r->faults, line,
				   "%s: '%.80s' is no name: letters, digits, '.', '_' and '-'",
				   key->name, value);
		break;
	case KEEP_WORDS:
		if (!are_words(value))
			faults_add(r->faults, line,
				   "%s: words with blanks between them, '' around odd ones",
				   key->name);
		break;
	case KEEP_REFERENCE:
		*text = take_reference(r, value);
		if (!*text)
			faults_add(r->faults, line, "%s is " A_REFERENCE, key->name);
		return;
	case KEEP_PATH:
		*text = take_path(r, value);
		if (!*text)
			faults_add(r->faults, line, "%s: the path is too long", key->name);
		return;
	default:
		break;
	}
	*text = copy(r, value, strlen(value));
}

/* port.NUMBER = PROTOCOL [PUBLIC] */
static void
take_port(struct reader *r, const char *number, const char *value, unsigned line)
{
	struct deployment_service *s = r->at;
	struct deployment_port *port;
	struct err why = ERR_INIT;
	const char *blank = strchr(value, ' ');
	long long n;

	if (text_number("the port", number, 1, 65535, &n, &why) ||
	    (blank && text_number("the public port", blank + 1, 1, 65535, &n, &why))) {
		faults_add(r->faults, line, "%s", why.msg);
		return;
	}
	if (deployment_find(s->ports, s->n_ports, sizeof *s->ports, number) != DEPLOYMENT_NONE)
		faults_add(r->faults, line, "port.%s is given twice", number);
	port = grow(r, &s->ports, &s->n_ports, sizeof *s->ports);
	if (!port)
		return;
	port->number = copy(r, number, strlen(number));
	port->protocol = copy(r, value, blank ? (size_t)(blank - value) : strlen(value));
	port->public_number = blank ? copy(r, blank + 1, strlen(blank + 1)) : port->number;
}

/* key.NAME = USER REFERENCE */
static void
take_service_key(struct reader *r, const char *name, const char *value, unsigned line)
{
	struct deployment_service *s = r->at;
	const char *blank = strchr(value, ' ');
	struct deployment_key *key;

	if (!is_name(name, NAME_MAX_LEN) || !blank) {
		faults_add(r->faults, line, "a key is key.NAME = USER REFERENCE");
		return;
	}
	if (deployment_find(s->keys, s->n_keys, sizeof *s->keys, name) != DEPLOYMENT_NONE)
		faults_add(r->faults, line, "key.%s is given twice", name);
	key = grow(r, &s->keys, &s->n_keys, sizeof *s->keys);
	if (!key)
		return;
	key->line = line;
	key->name = copy(r, name, strlen(name));
	key->user = copy(r, value, (size_t)(blank - value));
	key->password = take_reference(r, blank + 1);
	if (!key->password)
		faults_add(r->faults, line, "key.%s: the second word is " A_REFERENCE, name);
}

/* ---- the whole */

static int
on_item(void *arg, const struct ini_item *item, struct err *e)
{
	struct reader *r = arg;
	size_t len = item->value_len;
	const char *trimmed = text_trim(item->value, &len);
	const char *value = copy(r, trimmed, len);

	(void)e;
	if (!item->name[0] || strcmp(r->section, item->section) != 0)
		enter(r, item->section, item->line);
	if (!r->at || !item->name[0])
		return 0;
	if (strlen(value) != len || text_has_control(value, len) || !text_is_utf8(value, len)) {
		faults_add(r->faults, item->line, "%s has a control character or is not UTF-8",
			   item->name);
	} else if (r->kind == SECTION_SERVICE && strncmp(item->name, "port.", 5) == 0) {
		take_port(r, item->name + 5, value, item->line);
	} else if (r->kind == SECTION_SERVICE && strncmp(item->name, "key.", 4) == 0) {
		take_service_key(r, item->name + 4, value, item->line);
	} else {
		size_t i = schema_find(r->kind, item->name);

		if (i == SCHEMA_KEYS)
			say_unknown(r, item->name, item->line);
		else if (!is_first(r, schema_keys[i].name, item->line))
			faults_add(r->faults, item->line, "%s is given twice: take one of them out",
				   item->name);
		else
			take_value(r, &schema_keys[i], value, item->line);
	}
	return 0;
}

int
parser_read(struct deployment *d, const char *text, size_t len, const char *directory,
	    struct faults *faults, struct err *e)
{
	struct reader r = {.d = d, .faults = faults};

	*d = DEPLOYMENT_INIT;
	snprintf(r.section, sizeof r.section, "\n"); /* none is called so */
	d->directory = copy(&r, directory, strlen(directory));
	schema_defaults(SECTION_DEPLOYMENT, d, 0);
	if (ini_parse_all(text, len, on_item, on_fault, &r, e))
		return -1;
	if (!d->known_hosts)
		d->known_hosts = take_path(&r, "known_hosts");
	if (!d->on_event)
		d->on_event = take_path(&r, "on-event");
	if (!r.is_out_of_memory && !faults->is_out_of_memory)
		consistency_check(d, faults);
	if (r.is_out_of_memory || faults->is_out_of_memory)
		return err_set(e, ERR_SYSTEM, "out of memory");
	if (!faults->n)
		return 0;
	return err_set(e, ERR_UNSAFE, "the deployment has %zu mistake%s, the first in line %.*s",
		       faults->n, faults->n == 1 ? "" : "s", (int)strcspn(faults->text.data, "\n"),
		       faults->text.data);
}
