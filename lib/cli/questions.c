/* SPDX-License-Identifier: MIT */
/* questions - what enstratusCfg answers to a hook that asks for its configuration. */
#include "cli/questions.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "cfg/document.h"
#include "cfg/forms.h"
#include "cfg/render.h"

#define CONFIG "cfg/enstratus.cfg" /* of the service whose directory a hook begins in */
#define VARIABLE "cfg_"

struct question {
	const struct cli *cli;
	const char *argument; /* NULL for none */
	struct document document;
	struct secret answer;
	bool in_custom, needs_comma; /* where the JSON document is */
};

static int
put_text(struct question *q, const char *text, struct err *e)
{
	return secret_append(&q->answer, text, strlen(text), e);
}

static int
put_line(struct question *q, const char *value, size_t len, struct err *e)
{
	return secret_append(&q->answer, value, len, e) || put_text(q, "\n", e) ? -1 : 0;
}

/* *value is NULL where there is none and none is needed. */
static int
find(struct question *q, const char **value, size_t *len, struct err *e)
{
	const char *key = q->argument;

	*value = document_find(&q->document, key, strlen(key), len);
	if (*value && *len)
		return 0;
	*value = NULL;
	if (q->cli->required)
		return err_set(e, ERR_LACKING, "the configuration lacks '%.150s'", key);
	if (q->cli->fallback) {
		*value = q->cli->fallback;
		*len = strlen(*value);
	}
	return 0;
}

static int
get(struct question *q, struct err *e)
{
	const char *value;
	size_t len;

	if (find(q, &value, &len, e))
		return -1;
	return value ? put_line(q, value, len, e) : 0;
}

static int
list(struct question *q, struct err *e)
{
	const char *value, *comma;
	size_t len, part;

	if (find(q, &value, &len, e))
		return -1;
	for (; value; value = comma ? comma + 1 : NULL) {
		comma = memchr(value, ',', len);
		part = comma ? (size_t)(comma - value) : len;
		len -= comma ? part + 1 : part;
		if (part && put_line(q, value, part, e))
			return -1;
	}
	return 0;
}

/* True when an item's whole name begins with what was asked for. */
static bool
is_wanted(const struct question *q, const struct document_item *item)
{
	const char *prefix = q->argument ? q->argument : "";
	size_t n = strlen(prefix), skip = 0;

	if (item->is_custom) {
		skip = sizeof DOCUMENT_CUSTOM - 1;
		if (strncmp(prefix, DOCUMENT_CUSTOM, n < skip ? n : skip) != 0)
			return false;
		prefix += n < skip ? n : skip;
		n -= n < skip ? n : skip;
	}
	return n <= item->name_len && memcmp(prefix, item->name, n) == 0;
}

static int
put_key(void *arg, const struct document_item *item, struct err *e)
{
	struct question *q = arg;

	if (!is_wanted(q, item))
		return 0;
	return (item->is_custom && put_text(q, DOCUMENT_CUSTOM, e)) ||
			       put_line(q, item->name, item->name_len, e)
		       ? -1
		       : 0;
}

static int
put_variable(void *arg, const struct document_item *item, struct err *e)
{
	struct question *q = arg;
	size_t start;

	if (!is_wanted(q, item))
		return 0;
	if (put_text(q, VARIABLE, e) || (item->is_custom && put_text(q, DOCUMENT_CUSTOM, e)))
		return -1;
	start = q->answer.len - (item->is_custom ? 1 : 0); /* the dot of its name */
	if (secret_append(&q->answer, item->name, item->name_len, e))
		return -1;
	for (size_t i = start; i < q->answer.len; i++)
		if (secret_edit(&q->answer)[i] >= 0x80 || !isalnum(secret_edit(&q->answer)[i]))
			secret_edit(&q->answer)[i] = '_';
	return put_text(q, "=", e) ||
			       forms_quote(FORMS_SHELL, item->value, item->value_len, &q->answer,
					   e) ||
			       put_text(q, "\n", e)
		       ? -1
		       : 0;
}

static int
put_member(void *arg, const struct document_item *item, struct err *e)
{
	struct question *q = arg;

	if (item->is_custom != q->in_custom)
		return 0;
	if (q->needs_comma && put_text(q, ",", e))
		return -1;
	q->needs_comma = true;
	return forms_quote(FORMS_JSON, item->name, item->name_len, &q->answer, e) ||
			       put_text(q, ":", e) ||
			       forms_quote(FORMS_JSON, item->value, item->value_len, &q->answer, e)
		       ? -1
		       : 0;
}

static int
keys(struct question *q, struct err *e)
{
	return document_each(&q->document, put_key, q, e);
}

static int
shell(struct question *q, struct err *e)
{
	return document_each(&q->document, put_variable, q, e);
}

static int
json(struct question *q, struct err *e)
{
	if (put_text(q, "{\"enstratus\":{", e) || document_each(&q->document, put_member, q, e) ||
	    put_text(q, "},\"custom\":{", e))
		return -1;
	q->in_custom = true;
	q->needs_comma = false;
	return document_each(&q->document, put_member, q, e) || put_text(q, "}}\n", e) ? -1 : 0;
}

static int
render(struct question *q, struct err *e)
{
	struct buf template = BUF_INIT;
	int result = -1, fd = open(q->argument, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, "cannot open the template '%s'", q->argument);
	if (!fd_read_all(fd, &template, RENDER_TEMPLATE_MAX, q->argument, e) &&
	    (result = render_template(&q->document, template.data ? template.data : "",
				      template.len, &q->answer, e)))
		err_wrap(e, "template '%s'", q->argument);
	buf_free(&template);
	fd_close(&fd);
	return result;
}

static const struct verb {
	const char *name;
	int (*act)(struct question *q, struct err *e);
	int n_least, n_most; /* arguments */
} verbs[] = {
	{"get", get, 1, 1},	{"keys", keys, 0, 1}, {"list", list, 1, 1},
	{"shell", shell, 0, 1}, {"json", json, 0, 0}, {"render", render, 1, 1},
};

static const struct verb *
find_verb(const struct cli *cli, struct err *e)
{
	int n = cli->n_args - 1;

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].name, cli->args[0]) != 0)
			continue;
		if (n >= verbs[i].n_least && n <= verbs[i].n_most)
			return &verbs[i];
		err_set(e, ERR_USAGE, "'%s' takes %s", cli->args[0],
			verbs[i].n_most == 0 ? "nothing more"
			: verbs[i].n_least   ? "one argument"
					     : "one argument or none");
		return NULL;
	}
	err_set(e, ERR_USAGE, "'%.40s' is none of get, keys, list, shell, json, render",
		cli->args[0]);
	return NULL;
}

int
questions_answer(const struct cli *cli, struct err *e)
{
	struct question q = {.cli = cli,
			     .argument = cli->args[1],
			     .document = DOCUMENT_INIT,
			     .answer = SECRET_INIT};
	const struct verb *verb = find_verb(cli, e);
	int result = -1;

	if (verb && !document_read_path(&q.document, cli->config ? cli->config : CONFIG, e) &&
	    !verb->act(&q, e))
		result = fd_write_all(STDOUT_FILENO, secret_reveal(&q.answer), q.answer.len,
				      "standard output", e);
	secret_free(&q.answer);
	document_free(&q.document);
	return result;
}
