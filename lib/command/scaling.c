/* SPDX-License-Identifier: MIT */
/* scaling - the built-in rule of when a tier needs more servers, or fewer. */
#include "command/scaling.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "service/metadata.h"
#include "service/service.h"

#define STATE ".scaling" /* beside the metadata of services, whose names begin with no dot */
#define PERCENT_MAX 100000
#define SECONDS_MAX 86400
#define SILENCE_S 300

int
scaling_load(const struct settings *s, struct scaling_rule *rule, struct err *e)
{
	*rule = (struct scaling_rule){.upper = 75, .lower = 25, .breach_s = 300, .cooldown_s = 300};
	const struct {
		struct settings_number number;
		long long *value;
	} numbers[] = {
		{{"scaling", "upper", 0, PERCENT_MAX}, &rule->upper},
		{{"scaling", "lower", 0, PERCENT_MAX}, &rule->lower},
		{{"scaling", "pressure", 0, 100}, &rule->pressure},
		{{"scaling", "breach", 0, SECONDS_MAX}, &rule->breach_s},
		{{"scaling", "cooldown", 0, SECONDS_MAX}, &rule->cooldown_s},
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (settings_number(s, &numbers[i].number, numbers[i].value, e))
			return -1;
	return rule->lower > rule->upper
		       ? err_set(e, ERR_UNSAFE, "agent.cfg: [scaling] lower is above upper")
		       : 0;
}

/* Begins, goes on with or ends a time; true when it is long enough. */
static bool
lasts(bool is_so, long long needed_s, long long now, long long asked, long long *since)
{
	if (!is_so) {
		*since = 0;
		return false;
	}
	if (!*since || now < asked || now - asked > needed_s + SILENCE_S)
		*since = now;
	return now - *since >= needed_s;
}

enum scaling_vote
scaling_decide(const struct scaling_rule *rule, const struct usage *u, long long now,
	       struct scaling_state *state)
{
	double upper = (double)rule->upper, lower = (double)rule->lower;
	bool has_pressure = rule->pressure > 0 && u->pressure >= 0;
	bool is_above = u->cpu > upper || u->memory > upper ||
			(has_pressure && u->pressure > (double)rule->pressure);
	bool is_below =
		u->cpu < lower && u->memory < lower && !(has_pressure && u->pressure >= lower);
	bool up = lasts(is_above, rule->breach_s, now, state->asked, &state->above);
	bool down = lasts(is_below, rule->cooldown_s, now, state->asked, &state->below);

	state->asked = now;
	return up ? SCALING_UP : down ? SCALING_DOWN : SCALING_HOLD;
}

static void
read_state(int meta_root_fd, struct scaling_state *state)
{
	int fd = openat(meta_root_fd, STATE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[128];
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%lld %lld %lld", &state->above, &state->below, &state->asked) != 3)
		*state = (struct scaling_state){.asked = 0};
	fd_close(&fd);
}

static int
write_state(int meta_root_fd, const struct scaling_state *state, struct err *e)
{
	char text[128];
	int n = snprintf(text, sizeof text, "%lld %lld %lld\n", state->above, state->below,
			 state->asked);

	return fd_replace_at(meta_root_fd, STATE, text, (size_t)n, 0660, e);
}

int
scaling_vote(const struct paths *paths, const struct scaling_rule *rule, const struct usage *usage,
	     long long now, enum scaling_vote *vote, struct err *e)
{
	struct scaling_state state;
	int root_fd, meta_root_fd = -1, result = -1;

	root_fd = open(paths->services, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "there is no services directory '%s'",
			       paths->services);
	if (root_fd < 0)
		return err_sys(e, "cannot open the services directory '%s'", paths->services);
	if (!metadata_open(root_fd, &meta_root_fd, e)) {
		read_state(meta_root_fd, &state);
		*vote = scaling_decide(rule, usage, now, &state);
		result = write_state(meta_root_fd, &state, e);
	}
	fd_close(&meta_root_fd);
	fd_close(&root_fd);
	return result;
}
