/* SPDX-License-Identifier: MIT */
/* proxy - which kind of balancer this server is, and its programs. */
#include "command/proxy.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "hook/override.h"
#include "host/settings.h"

/* Those that the agent itself knows. */
static const struct {
	const char *type, *program;
} known[] = {
	{"haproxy", "/usr/sbin/haproxy"},
	{"nginx", "/usr/sbin/nginx"},
};

static int
find_type(const struct paths *paths, char type[static PROXY_TYPE_MAX + 1], struct err *e)
{
	struct settings settings = SETTINGS_INIT;
	int result;

	type[0] = '\0';
	result = settings_load(&settings, paths, e) || settings_word(&settings, "proxy", NULL, type,
								     PROXY_TYPE_MAX + 1, e)
			 ? -1
			 : 0;
	settings_free(&settings);
	if (result)
		return -1;
	if (type[0] && text_check_id("agent.cfg: proxy", type, PROXY_TYPE_MAX, e)) {
		e->kind = ERR_UNSAFE;
		return -1;
	}
	for (size_t i = 0; i < sizeof known / sizeof *known && !type[0]; i++)
		if (access(known[i].program, X_OK) == 0)
			snprintf(type, PROXY_TYPE_MAX + 1, "%s", known[i].type);
	return type[0] ? 0
		       : err_set(e, ERR_PROXY,
				 "no balancer is installed: neither haproxy nor nginx, and "
				 "agent.cfg has no proxy=");
}

int
proxy_run(const char *action, char *const *args, int timeout_s, struct err *e)
{
	static const char *const places[] = {"custom/bin", "bin"};
	char type[PROXY_TYPE_MAX + 1], path[PATH_MAX], base[PROXY_TYPE_MAX + 32];
	struct paths paths;
	bool is_there;

	if (paths_load(&paths, e) || find_type(&paths, type, e))
		return -1;
	snprintf(base, sizeof base, "%s-%s", type, action);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, sizeof path, "%.*s/%s/%s", (int)PATHS_MAX, paths.home, places[i],
			 base);
		if (override_look(path, &is_there, e))
			return -1;
		if (!is_there)
			continue;
		if (!override_program(path, base, args, timeout_s, e))
			return 0;
		/* Whatever its own status was: it is in the message. */
		if (e->kind == ERR_STATUS && e->status < 128)
			e->kind = ERR_PROXY;
		return -1;
	}
	return err_set(e, ERR_PROXY, "there is no program '%s' for the balancer '%s'", base, type);
}
