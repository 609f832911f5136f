/* SPDX-License-Identifier: MIT */
/* settings - agent.cfg: numbers and words that an operator sets for all services. */
#include "host/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/text.h"
#include "cfg/ini.h"
#include "cfg/known.h"

#define SETTINGS_MAX 65536

struct wanted {
	const char *section; /* NULL for any */
	const char *name;
	char value[1024];
	bool found;
};

/* Source: enstratus-agent.cfg(5). */
static const struct known_section known[] = {
	{NULL, KNOWN_NAMES("mask", "proxy", "proxy-config", "proxy-drain", "proxy-main",
			   "proxy-pid", "sealed", "signatures", "sync")},
	{"configure", KNOWN_NAMES(NULL)},
	{"hooks", KNOWN_NAMES("enstratus-backupDataSource.timeout",
			      "enstratus-backupService.timeout", "enstratus-check.timeout",
			      "enstratus-configure.timeout", "enstratus-dbgrant.timeout",
			      "enstratus-dbrevoke.timeout", "enstratus-installds.timeout",
			      "enstratus-lock.timeout", "enstratus-remove.timeout",
			      "enstratus-start.timeout", "enstratus-stop.timeout")},
	{"images", KNOWN_NAMES("keep", "max-bytes", "max-depth", "max-entries", "max-entry-bytes",
			       "max-name")},
	{"proxy", KNOWN_NAMES(NULL)},
	{"scaling", KNOWN_NAMES("breach", "cooldown", "lower", "pressure", "upper")},
};

/* A limit that does not exist would be believed in. */
static int
check_known(void *arg, const struct ini_item *item, struct err *e)
{
	char why[KNOWN_WHY_MAX];

	(void)arg;
	return known_is(known, sizeof known / sizeof *known, item->section, item->name, why)
		       ? 0
		       : err_set(e, ERR_UNSAFE, "line %u: %s", item->line, why);
}

static int
match(void *arg, const struct ini_item *item, struct err *e)
{
	struct wanted *wanted = arg;
	size_t len = item->value_len;
	const char *value = text_trim(item->value, &len);

	if ((wanted->section && strcasecmp(item->section, wanted->section) != 0) ||
	    strcmp(item->name, wanted->name) != 0)
		return 0;
	if (len >= sizeof wanted->value)
		return err_set(e, ERR_UNSAFE, "line %u: the value is too long", item->line);
	memcpy(wanted->value, value, len);
	wanted->value[len] = '\0';
	wanted->found = true;
	return 0;
}

int
settings_load(struct settings *s, const struct paths *paths, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, result = -1;

	snprintf(path, sizeof path, "%s/cfg/agent.cfg", paths->home);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0
							   : err_sys(e, "cannot open '%s'", path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		err_set(e, ERR_UNSAFE, "'%s' is not a regular file", path);
		goto out;
	}
	if (fd_read_all(fd, &s->text, SETTINGS_MAX, path, e))
		goto out;
	if (ini_parse_text(s->text.data, s->text.len, check_known, NULL, e)) {
		err_wrap(e, "'%s'", path);
		goto out;
	}
	result = 0;
out:
	fd_close(&fd);
	return result;
}

int
settings_number(const struct settings *s, const struct settings_number *number, long long *value,
		struct err *e)
{
	struct wanted wanted = {.section = number->section, .name = number->name};

	if (ini_parse_text(s->text.data, s->text.len, match, &wanted, e))
		return err_wrap(e, "agent.cfg");
	if (!wanted.found)
		return 0;
	if (text_number(number->name, wanted.value, number->least, number->most, value, e)) {
		err_wrap(e, "agent.cfg: [%s]", number->section);
		e->kind = ERR_UNSAFE;
		return -1;
	}
	return 0;
}

int
settings_word(const struct settings *s, const char *name, const char *words, char *value,
	      size_t size, struct err *e)
{
	struct wanted wanted = {.name = name};

	if (ini_parse_text(s->text.data, s->text.len, match, &wanted, e))
		return err_wrap(e, "agent.cfg");
	if (!wanted.found)
		return 0;
	if (words && text_choose(words, wanted.value) < 0)
		return err_set(e, ERR_UNSAFE, "agent.cfg: %s is one of %s, not '%.80s'", name,
			       words, wanted.value);
	if (strlen(wanted.value) >= size)
		return err_set(e, ERR_UNSAFE, "agent.cfg: the value of %s is too long", name);
	memcpy(value, wanted.value, strlen(wanted.value) + 1);
	return 0;
}

void
settings_free(struct settings *s)
{
	buf_free(&s->text);
}
