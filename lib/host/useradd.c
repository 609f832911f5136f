/* SPDX-License-Identifier: MIT */
/* useradd - making an account, one at a time on this machine. */
#include "host/useradd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "host/account.h"

#define USERADD "/usr/sbin/useradd"
#define LOCK_FILE "/etc/.pwd.lock"
#define LOCK_POLL_MS 25
#define LOCK_LIMIT_MS 120000
#define USERADD_LIMIT_MS 60000

struct messages {
	char text[256];
	size_t len;
};

static void
keep_message(void *arg, int stream, const char *data, size_t len)
{
	struct messages *m = arg;

	(void)stream;
	for (size_t i = 0; i < len && m->len < sizeof m->text - 1; i++)
		m->text[m->len++] = data[i];
}

/*
 * One account is made at a time, by whichever commands of whichever services directories.  The file
 * is libc's own (lckpwdf(3)), which only root can open; that and useradd(8) lock it by fcntl(2),
 * which is not in the way of flock(2) unless the file lies on NFS.
 */
static int
lock_accounts(int *fd, struct err *e)
{
	struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};

	*fd = open(LOCK_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0 && errno == EROFS)
		return 0; /* no account is made there: useradd_check says why */
	if (*fd < 0)
		return err_sys(e, "cannot open '" LOCK_FILE "'");
	if (strcmp(fd_file_system(*fd), "nfs") == 0)
		return 0;
	for (int waited = 0; flock(*fd, LOCK_EX | LOCK_NB); waited += LOCK_POLL_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "cannot lock '" LOCK_FILE "'");
		if (proc_interrupted(e))
			return -1;
		if (waited >= LOCK_LIMIT_MS)
			return err_set(e, ERR_BUSY,
				       "another command is making an account since %d s",
				       LOCK_LIMIT_MS / 1000);
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int
judge_result(const char *name, const struct proc_result *result, struct messages *messages,
	     struct err *e)
{
	if (result->signal)
		return err_hook(e, 128 + result->signal,
				"cannot create account '%s': this command got %s", name,
				strsignal(result->signal));
	if (result->timed_out)
		return err_set(
			e, ERR_UNAVAILABLE,
			"cannot create account '%s': useradd ran past its %d s and was killed",
			name, USERADD_LIMIT_MS / 1000);
	text_printable(messages->text, messages->text, strcspn(messages->text, "\n"));
	if (result->status && !messages->text[0])
		snprintf(messages->text, sizeof messages->text, "it ended with status %d",
			 result->status);
	if (result->status)
		return err_set(e, ERR_UNAVAILABLE, "cannot create account '%s': useradd: %s", name,
			       result->exec_failed ? strerror(result->exec_errno) : messages->text);
	return 0;
}

/* What is made where it is missing is asked for where it is there. */
int
useradd_check(const char *name, struct err *e)
{
	static const struct {
		const char *path;
		int mode;
		bool is_made;
	} needs[] = {
		{USERADD, X_OK, false},	     {"/etc", W_OK, false},
		{"/etc/passwd", W_OK, true}, {"/etc/shadow", W_OK, true},
		{"/etc/group", W_OK, true},  {"/etc/gshadow", W_OK, true},
		{"/home", W_OK, true},
	};

	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (!fd_may(AT_FDCWD, needs[i].path, needs[i].mode) &&
		    !(errno == ENOENT && needs[i].is_made))
			return err_set(e, ERR_UNAVAILABLE, "cannot create account '%s': '%s': %s",
				       name, needs[i].path, strerror(errno));
	return 0;
}

static int
add_user(const char *name, struct err *e)
{
	char login[64], home[80];
	char *argv[14] = {"useradd", "--create-home", "--home-dir", home,
			  "--shell", "/bin/false",    "--badname"};
	char *envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", NULL};
	size_t n = 7;
	struct messages messages = {.len = 0};
	struct proc_spec spec = {
		.program = {.path = USERADD, .argv = argv, .envp = envp, .dir_fd = -1},
		.keeper = {.timeout_ms = USERADD_LIMIT_MS, .grace_ms = 5000},
		.output = keep_message,
		.output_arg = &messages};
	struct proc_result result;
	char group[ACCOUNT_NAME_MAX + 1];
	gid_t gid;

	snprintf(login, sizeof login, "%s", name);
	snprintf(home, sizeof home, "/home/%s", name);
	if (useradd_check(name, e) || account_find_group(name, 0, group, &gid, e))
		return -1;
	if (group[0]) { /* a group without its account: useradd wants to be told */
		argv[n++] = "--gid";
		argv[n++] = login;
	} else {
		argv[n++] = "--user-group";
	}
	argv[n] = login;
	if (proc_run(&spec, &result, e))
		return err_wrap(e, "cannot create account '%s'", name);
	if (judge_result(name, &result, &messages, e))
		return -1;
	log_note("created account '%s'", name);
	return 0;
}

int
useradd_create(const char *name, struct err *e)
{
	struct account there;
	bool found = false;
	int fd = -1, result;

	result = lock_accounts(&fd, e) || account_find(name, &there, &found, e) ? -1 : 0;
	if (!result && !found)
		result = add_user(name, e);
	fd_close(&fd);
	return result;
}
