/* SPDX-License-Identifier: MIT */
/* vote - what a server says of the size of its tier: more, fewer, or neither. */
#include "command/vote.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "hook/environment.h"
#include "hook/output.h"
#include "hook/override.h"
#include "hook/run.h"
#include "host/account.h"

#define TIMEOUT_S 10
#define GRACE_MS 5000
#define ARGS_MAX 64

bool
vote_read(const char *last, int status, enum scaling_vote *value)
{
	static const char *const words[] = {"-1", "0", "1"};

	for (int i = 0; i < 3; i++)
		if (strcmp(last, words[i]) == 0) {
			*value = (enum scaling_vote)(i - 1);
			return true;
		}
	if (status != 0 && status != 1 && status != 255)
		return false;
	*value = status == 255 ? SCALING_DOWN : (enum scaling_vote)status;
	return true;
}

/* What the custom program prints: relayed, and its last line kept. */
struct listener {
	struct output output;
	char line[64], last[64]; /* of standard output; longer ones are no vote in any case */
	size_t len;
};

static void
end_line(struct listener *l)
{
	size_t len = l->len;
	const char *text = text_trim(l->line, &len);

	l->len = 0;
	if (!len)
		return;
	memcpy(l->last, text, len);
	l->last[len] = '\0';
}

static void
listen_to(void *arg, int stream, const char *data, size_t len)
{
	struct listener *l = arg;

	output_take(&l->output, stream, data, len);
	if (stream != 1)
		return;
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\n')
			end_line(l);
		else if (l->len < sizeof l->line - 1)
			l->line[l->len++] = data[i];
	if (!len)
		end_line(l);
}

static int
abstain(struct vote *vote, const char *why)
{
	log_warning("no vote: %s", why);
	vote->value = SCALING_HOLD;
	vote->abstained = true;
	return 0;
}

static int
judge(const char *path, const struct proc_result *result, const struct listener *l, int timeout_s,
      struct vote *vote, struct err *e)
{
	struct err why = ERR_INIT;

	if (result->signal)
		return hook_judge("'" VOTE_SCRIPT "'", path, timeout_s, result, e);
	if (result->timed_out || result->died || result->exec_failed) {
		if (!hook_judge("'" VOTE_SCRIPT "'", path, timeout_s, result, &why))
			return abstain(vote, "'" VOTE_SCRIPT "' failed");
		return abstain(vote, why.msg);
	}
	if (vote_read(l->last, result->status, &vote->value))
		return 0;
	err_set(&why, ERR_STATUS, "'" VOTE_SCRIPT "' said '%s' and exited with status %d", l->last,
		result->status);
	return abstain(vote, why.msg);
}

/* In the temp directory, as a program may keep a file where it works. */
static int
ask_custom(const char *path, const struct paths *paths, char *const *args, int timeout_s,
	   struct vote *vote, struct err *e)
{
	struct environment environment = ENVIRONMENT_INIT;
	char *argv[ARGS_MAX + 2] = {(char *)path};
	struct listener listener = {.len = 0};
	struct account account;
	struct proc_result result;
	struct proc_spec spec = {.program = {.path = path, .argv = argv},
				 .keeper = {.timeout_ms = timeout_s * 1000, .grace_ms = GRACE_MS},
				 .output = listen_to,
				 .output_arg = &listener};
	int failed = -1, dir_fd = -1;

	vote->is_custom = true;
	for (size_t n = 0; n < ARGS_MAX && args[n]; n++)
		argv[n + 1] = args[n];
	output_open(&listener.output, VOTE_SCRIPT, NULL, -1);
	if (!account_caller(&account, e) && !paths_make_tmp(paths, &dir_fd, e) &&
	    !environment_make(&environment, &account, NULL, NULL, NULL, e)) {
		spec.program.envp = environment.entries;
		spec.program.dir_fd = dir_fd;
		failed = proc_run(&spec, &result, e);
	}
	environment_free(&environment);
	fd_close(&dir_fd);
	if (!failed)
		return judge(path, &result, &listener, timeout_s, vote, e);
	abstain(vote, e->msg);
	*e = ERR_INIT;
	return 0;
}

static int
ask_rule(const struct paths *paths, struct vote *vote)
{
	struct settings settings = SETTINGS_INIT;
	struct scaling_rule rule;
	struct err why = ERR_INIT;

	if (settings_load(&settings, paths, &why) || scaling_load(&settings, &rule, &why) ||
	    usage_read("/proc", &vote->usage, &why) ||
	    scaling_vote(paths, &rule, &vote->usage, (long long)time(NULL), &vote->value, &why))
		abstain(vote, why.msg);
	settings_free(&settings);
	return 0;
}

int
vote_take(char *const *args, int timeout_s, struct vote *vote, struct err *e)
{
	char path[PATH_MAX];
	struct paths paths;
	bool is_there;

	*vote = (struct vote){.value = SCALING_HOLD};
	if (!timeout_s)
		timeout_s = TIMEOUT_S;
	if (paths_load(&paths, e))
		return -1;
	if (override_pre(VOTE_SCRIPT, args, timeout_s, e)) {
		abstain(vote, e->msg);
		*e = ERR_INIT;
		return 0;
	}
	snprintf(path, sizeof path, "%.*s/custom/bin/" VOTE_SCRIPT, (int)sizeof path - 64,
		 paths.home);
	if (override_look(path, &is_there, e)) {
		abstain(vote, e->msg);
		*e = ERR_INIT;
	} else if (!is_there) {
		ask_rule(&paths, vote);
	} else if (ask_custom(path, &paths, args, timeout_s, vote, e)) {
		return -1;
	}
	return override_after(VOTE_SCRIPT, args, timeout_s, e);
}
