/* SPDX-License-Identifier: MIT */
/* run - the one way in which a hook is run. */
#include "hook/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "hook/environment.h"
#include "host/account.h"
#include "host/settings.h"
#include "service/history.h"
#include "service/rundir.h"
#include "service/stage.h"

#define GRACE_MS 5000 /* between SIGTERM and SIGKILL; source: enstratus-agent(7), TIME LIMITS */
#define TIMEOUT_MAX_S 86400

int
hook_lock(struct service *svc, const struct service_lock_request *lock, struct err *e)
{
	struct err cut_off = ERR_INIT;

	if (service_lock(svc, lock, e))
		return -1;
	/* A service must be stopped and looked at even where its update cannot be finished. */
	if (stage_recover(svc, &cut_off))
		log_error("%s", cut_off.msg);
	return rundir_sweep(svc, e);
}

int
hook_open(struct service *svc, const char *id, const struct service_lock_request *lock,
	  struct err *e)
{
	return service_open(svc, id, e) || hook_lock(svc, lock, e) ? -1 : 0;
}

static bool
is_executable(const struct service *svc, const char *path)
{
	struct stat st;

	return fstatat(svc->dir_fd, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       fd_may(svc->dir_fd, path, X_OK);
}

/*
 * The name in bin/ under which the hook is there, NULL for none, and whether it can be executed.
 * What is no regular file, a link that leads nowhere among it, is there and cannot.
 */
static int
find_name(const struct service *svc, const struct hook *hook, const char **name, bool *can_run,
	  struct err *e)
{
	char path[128];
	struct stat st;

	*name = NULL;
	*can_run = false;
	for (int i = -1; i < CONTRACT_OLD_NAMES_MAX; i++) {
		const char *try = i < 0 ? hook->name : hook->old_names[i];

		if (!try)
			break;
		snprintf(path, sizeof path, "bin/%s", try);
		if (fstatat(svc->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW)) {
			if (errno != ENOENT && errno != ENOTDIR)
				return err_sys(e, "cannot look at hook '%s'", path);
			continue;
		}
		*name = try;
		*can_run = is_executable(svc, path);
		return 0;
	}
	return 0;
}

bool
hook_can_run(const struct service *svc, const struct hook *hook)
{
	struct err ignored = ERR_INIT;
	const char *name;
	bool can_run;

	return find_name(svc, hook, &name, &can_run, &ignored) || can_run;
}

/* True for a hook that would be executable, were it not for its file system. */
static bool
is_on_noexec(const struct service *svc, const char *name)
{
	char path[128];
	struct statvfs fs;
	struct stat st;
	bool is_noexec = false;
	int fd;

	snprintf(path, sizeof path, "bin/%s", name);
	fd = openat(svc->dir_fd, path, O_PATH | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && fstatvfs(fd, &fs) == 0)
		is_noexec = (st.st_mode & 0111) && (fs.f_flag & ST_NOEXEC);
	fd_close(&fd);
	return is_noexec;
}

/* 1 when there is nothing to run and that is a success. */
static int
missing(const struct service *svc, const struct hook *hook, const char *name,
	struct hook_outcome *outcome, struct err *e)
{
	int status = name ? hook->not_executable_status : hook->absent_status;
	const char *what = name ? "is not an executable file" : "is not there";

	if (name && is_on_noexec(svc, name)) {
		what = "cannot be run: its file system is mounted noexec";
		/* It is there and meant to be run: as good as absent it is not. */
		if (status == 0)
			return err_hook(e, 126, "hook 'bin/%s' %s", name, what);
	}
	outcome->absent = true;
	if (status == 0) {
		log_note("hook '%s' %s", name ? name : hook->name, what);
		return 1;
	}
	if (status == 10)
		return err_set(e, ERR_HOOK_MISSING, "hook 'bin/%s' %s", name ? name : hook->name,
			       what);
	return err_hook(e, status, "hook 'bin/%s' %s", name ? name : hook->name, what);
}

static int
time_limit(const struct service *svc, const struct hook *hook, const struct hook_options *options,
	   int *timeout_s, struct err *e)
{
	struct settings settings = SETTINGS_INIT;
	long long seconds = hook->timeout_s;
	char name[64];
	const struct settings_number limit = {"hooks", name, 1, TIMEOUT_MAX_S};
	int result = 0;

	if (options->timeout_s) {
		*timeout_s = options->timeout_s;
		return 0;
	}
	snprintf(name, sizeof name, "%s.timeout", hook->name);
	if (settings_load(&settings, &svc->paths, e) ||
	    settings_number(&settings, &limit, &seconds, e))
		result = -1;
	*timeout_s = (int)seconds;
	settings_free(&settings);
	return result;
}

/* A log that cannot be written is no reason not to stop a service. */
static int
open_log(const struct service *svc, const struct hook *hook)
{
	struct err e = ERR_INIT;
	struct stat st;
	int dir_fd, fd;

	if (!hook->log_file)
		return -1;
	if (paths_make_tmp(&svc->paths, &dir_fd, &e)) {
		log_warning("no '%s': %s", hook->log_file, e.msg);
		return -1;
	}
	fd = openat(dir_fd, hook->log_file,
		    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0660);
	if (fd < 0)
		log_warning("cannot open '%s/%s': %s", svc->paths.tmp, hook->log_file,
			    strerror(errno));
	fd_close(&dir_fd);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
		       ((st.st_mode & 07777) == 0660 || fchmod(fd, 0660) == 0 || errno == EPERM)))
		return fd;
	log_warning("'%s/%s' is no file of its own: nothing is written there", svc->paths.tmp,
		    hook->log_file);
	fd_close(&fd);
	return -1;
}

/* Why a file that is there could not be executed, by how it begins. */
static int
judge_exec_failure(const char *what, const char *path, int code, struct err *e)
{
	static const char mark[] = "\xef\xbb\xbf"; /* a UTF-8 byte order mark */
	static const char elf[] = "\177ELF";
	char begin[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? 0 : read(fd, begin, sizeof begin - 1);
	size_t line = strcspn(begin, "\n");

	fd_close(&fd);
	if (strncmp(begin, mark, 3) == 0)
		return err_hook(e, 126, "%s begins with a byte order mark: save it without one",
				what);
	if (strncmp(begin, "#!", 2) == 0 && line && begin[line - 1] == '\r')
		return err_hook(e, code == ENOENT ? 127 : 126,
				"%s has the line ends of Windows (CRLF): save it with LF alone",
				what);
	if (strncmp(begin, "#!", 2) == 0) {
		const char *name = begin + 2 + strspn(begin + 2, " \t");
		int len = (int)strcspn(name, " \t\n");

		return code == ENOENT
			       ? err_hook(e, 127,
					  "%s names an interpreter that is not there: '%.*s'", what,
					  len, name)
			       : err_hook(e, 126,
					  "%s names an interpreter that cannot be run, '%.*s': %s",
					  what, len, name, strerror(code));
	}
	if (strncmp(begin, elf, 4) == 0 && code == ENOEXEC)
		return err_hook(e, 126, "%s is a program for another kind of machine", what);
	if (strncmp(begin, elf, 4) == 0 && code == ENOENT)
		return err_hook(e, 127, "%s is a program whose loader is not there", what);
	if (code == ENOEXEC)
		return err_hook(e, 126,
				n == 0 ? "%s is empty" : "%s is no program: has it no '#!' line?",
				what);
	return err_hook(e, code == ENOENT ? 127 : 126, "%s cannot be run: %s", what,
			strerror(code));
}

int
hook_judge(const char *what, const char *path, int timeout_s, const struct proc_result *result,
	   struct err *e)
{
	if (result->unkillable)
		log_warning("%s left processes that could not be killed", what);
	if (result->exec_failed)
		return judge_exec_failure(what, path, result->exec_errno, e);
	if (result->signal)
		return err_hook(e, 128 + result->signal, "%s was ended: this command got %s", what,
				result->signal == SIGHUP ? "a hang-up" : strsignal(result->signal));
	if (result->timed_out)
		return err_set(e, ERR_TIMEOUT, "%s ran past its %d s and was killed", what,
			       timeout_s);
	if (result->died)
		return err_hook(e, result->status, "%s died of signal %d (%s)", what,
				result->status - 128, strsignal(result->status - 128));
	if (result->status)
		return err_hook(e, result->status, "%s exited with status %d", what,
				result->status);
	if (result->held_output)
		log_warning(
			"%s left a process that holds its output: what it prints from now on is "
			"not shown here",
			what);
	return 0;
}

/* All that a run needs, so that one place releases it. */
struct run {
	const char *name; /* the hook's, in bin/ */
	int timeout_s;
	struct account account;
	struct environment environment;
	struct output output;
	char path[PATH_MAX];
	char *argv[HOOK_ARGS_MAX + 2];
	char log_path[PATH_MAX], log_tag[128];
	char *log_argv[4], *log_envp[1];
};

/*
 * What the hook leaves behind may print later: log(1) reads that.  Where secrets are at hand nobody
 * does, for then nothing would mask them.
 */
static struct keeper_reader
late_reader(struct run *run, const struct service *svc, bool has_secrets)
{
	if (has_secrets || environment_program("log", run->log_path))
		return (struct keeper_reader){.path = NULL};
	snprintf(run->log_tag, sizeof run->log_tag, "%s/%s", svc->id, run->name);
	run->log_argv[0] = run->log_path;
	run->log_argv[1] = (char *)"-t";
	run->log_argv[2] = run->log_tag;
	run->log_argv[3] = run->log_envp[0] = NULL;
	return (struct keeper_reader){run->log_path, run->log_argv, run->log_envp};
}

static int
execute(struct run *run, struct service *svc, const struct hook *hook,
	const struct hook_options *options, struct hook_outcome *outcome, struct err *e)
{
	struct keeper_reader reader = late_reader(run, svc, options->filter != NULL);
	struct proc_identity identity;
	struct proc_result result;
	char what[128];
	struct proc_spec spec = {
		.program = {.path = run->path,
			    .argv = run->argv,
			    .dir_fd = svc->dir_fd,
			    .stdin_fd = options->stdin_fd},
		.keeper = {.hold_fds = {svc->lock_fd > 0 ? svc->lock_fd : 0, options->hold_fd},
			   .timeout_ms = run->timeout_s * 1000,
			   .grace_ms = GRACE_MS,
			   .reader = &reader},
		.abort_on_hangup = options->abort_on_hangup,
		.output = output_take,
		.output_arg = &run->output};

	if (hook->as_caller ? account_caller(&run->account, e) : account_agent(&run->account, e))
		return -1;
	if (environment_make(&run->environment, &run->account, svc,
			     options->event ? options->event : hook->event, options->changed, e))
		return -1;
	spec.program.envp = run->environment.entries;
	identity = account_identity(&run->account);
	if (account_is_root() && run->account.uid != 0)
		spec.program.identity = &identity;
	if (snprintf(run->path, sizeof run->path, "%s/bin/%s", svc->path, run->name) >=
	    (int)sizeof run->path)
		return err_set(e, ERR_INTERNAL, "the path of hook '%s' is too long", run->name);
	log_detail("run %s: running '%s' as '%s', for at most %d s", svc->run_id, run->path,
		   run->account.name, run->timeout_s);
	if (proc_run(&spec, &result, e))
		return -1;
	outcome->signal = result.signal;
	outcome->timed_out = result.timed_out;
	snprintf(what, sizeof what, "hook '%s'", run->name);
	return hook_judge(what, run->path, run->timeout_s, &result, e);
}

/* What the history says of a run that has ended. */
static void
sum_up(struct hook_outcome *outcome, long long began_ms, const struct err *e)
{
	struct history_run *run = &outcome->run;

	run->status = err_status(e);
	history_ended(run, began_ms);
	if (outcome->timed_out)
		snprintf(run->ended, sizeof run->ended, "timeout");
	else if (outcome->signal)
		snprintf(run->ended, sizeof run->ended, "signal-%d", outcome->signal);
}

int
hook_run(struct service *svc, const struct hook *hook, const char *const *args,
	 const struct hook_options *options, struct hook_outcome *outcome, struct err *e)
{
	struct run run = {.environment = ENVIRONMENT_INIT};
	int result, log_fd;
	long long began_ms;
	bool can_run;
	size_t n = 0;

	*outcome = HOOK_OUTCOME_INIT;
	if (find_name(svc, hook, &run.name, &can_run, e))
		return -1;
	if (!can_run) {
		result = missing(svc, hook, run.name, outcome, e);
		return result > 0 ? 0 : result;
	}
	if (time_limit(svc, hook, options, &run.timeout_s, e))
		return -1;
	run.argv[n++] = run.path;
	for (; *args; args++) {
		if (n > HOOK_ARGS_MAX)
			return err_set(e, ERR_USAGE, "more than %d arguments for hook '%s'",
				       HOOK_ARGS_MAX, run.name);
		run.argv[n++] = (char *)*args; /* execve(2) takes them so and writes to none */
	}
	log_fd = open_log(svc, hook);
	output_open(&run.output, run.name, options->filter, log_fd);
	run.output.shows_first = options->shows_first;
	began_ms = history_clock();
	history_name(svc, options->event ? options->event : hook->event, run.name, options->changed,
		     &outcome->run);
	if (!hook->is_question)
		history_begin(svc, &outcome->run, began_ms);
	result = execute(&run, svc, hook, options, outcome, e);
	sum_up(outcome, began_ms, e);
	if (!hook->is_question)
		history_note(svc, &outcome->run);
	snprintf(outcome->first, sizeof outcome->first, "%s", run.output.first);
	fd_close(&log_fd);
	environment_free(&run.environment);
	return result;
}
