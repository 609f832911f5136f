/* SPDX-License-Identifier: MIT */
/* environment - what a hook finds in its environment: a fixed list, nothing of the caller's. */
#include "hook/environment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
add(struct environment *env, const char *name, const char *value, struct err *e)
{
	if (env->n == ENVIRONMENT_MAX - 1)
		return err_set(e, ERR_INTERNAL, "no room for %s in the environment", name);
	if (asprintf(&env->entries[env->n], "%s=%s", name, value) < 0) {
		env->entries[env->n] = NULL;
		return err_sys(e, "cannot make the environment");
	}
	env->n++;
	return 0;
}

int
environment_program(const char *name, char path[static PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	size_t len = strlen(name);

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n <= 0 || (size_t)n + len >= PATH_MAX)
		return -1;
	memcpy(path + n, name, len + 1);
	return 0;
}

/* The agent's own programs last, where this one is: a hook calls enstratusCfg by its name. */
static int
add_path(struct environment *env, struct err *e)
{
	static const char path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char own[PATH_MAX], whole[sizeof path + PATH_MAX];
	size_t len;

	if (environment_program("", own))
		return add(env, "PATH", path, e);
	len = strlen(own);
	snprintf(whole, sizeof whole, "%s:%.*s", path, (int)(len > 1 ? len - 1 : len), own);
	return add(env, "PATH", whole, e);
}

/* Where the agent's files are, for a program that calls the agent's. */
static int
add_layout(struct environment *env, struct err *e)
{
	static const char *const names[] = {"ENSTRATUS_HOME", "ENSTRATUS_SERVICES_DIR",
					    "ENSTRATUS_TMP_DIR", "ENSTRATUS_RUN_DIR"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = secure_getenv(names[i]);

		if (value && add(env, names[i], value, e))
			return -1;
	}
	return 0;
}

int
environment_make(struct environment *env, const struct account *account, const struct service *svc,
		 const char *event, const char *changed, struct err *e)
{
	const char *zone = secure_getenv("TZ");

	*env = ENVIRONMENT_INIT;
	if (add_path(env, e) || add(env, "HOME", account->home, e) ||
	    add(env, "USER", account->name, e) || add(env, "LOGNAME", account->name, e) ||
	    add(env, "SHELL", "/bin/sh", e) || add(env, "LANG", "C.UTF-8", e) ||
	    /* tzset(3): the machine's own zone. */
	    add(env, "TZ", zone ? zone : ":/etc/localtime", e))
		return -1;
	if (!svc)
		return add_layout(env, e);
	if (add(env, "ENSTRATUS_SERVICE_ID", svc->id, e) ||
	    add(env, "ENSTRATUS_SERVICE_DIR", svc->path, e) ||
	    add(env, "ENSTRATUS_CUSTOMER_ID", svc->state.customer_id, e) ||
	    add(env, "ENSTRATUS_EVENT", event, e))
		return -1;
	if (changed && add(env, "ENSTRATUS_CHANGED", changed, e))
		return -1;
	return add(env, "ENSTRATUS_RUN_ID", svc->run_id, e);
}

void
environment_free(struct environment *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->entries[i]);
	*env = ENVIRONMENT_INIT;
}
