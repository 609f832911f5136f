/* SPDX-License-Identifier: MIT */
/* account - the accounts that services belong to and that hooks run as. */
#include "host/account.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"

#define ACCOUNTS_MAX (64u << 20) /* bytes of a file of accounts */
#define GETENT "/usr/bin/getent"
#define GETENT_NONE 2 /* its status for what is not there; source: getent(1) */

bool
account_is_root(void)
{
	return geteuid() == 0;
}

/* Of an account that a name service has; where the group of its name is there, that one counts. */
static int
fill(struct account *a, const struct passwd *pw, struct err *e)
{
	if (strlen(pw->pw_name) >= sizeof a->name || strlen(pw->pw_dir) >= sizeof a->home)
		return err_set(e, ERR_SYSTEM, "account '%.80s' has too long a name or home",
			       pw->pw_name);
	snprintf(a->name, sizeof a->name, "%s", pw->pw_name);
	snprintf(a->home, sizeof a->home, "%s", pw->pw_dir);
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	a->n_groups = 0;
	return 0;
}

static bool
is_member(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member; member++)
		if (strcmp(*member, name) == 0)
			return true;
	return false;
}

static int
add_group(struct account *a, gid_t gid, struct err *e)
{
	if (a->n_groups == ACCOUNT_GROUPS_MAX)
		return err_set(e, ERR_SYSTEM, "account '%s' is in more than %d groups", a->name,
			       ACCOUNT_GROUPS_MAX);
	a->groups[a->n_groups++] = gid;
	return 0;
}

/*
 * A stream of a text in memory: fgetpwent(3) and fgetgrent(3) ask where they are at every line, of
 * the kernel when it is a file.
 */
static FILE *
stream_of(struct buf *text)
{
	return text->len ? fmemopen(text->data, text->len, "r") : NULL;
}

static void
read_file(const char *path, struct buf *text)
{
	struct err ignored = ERR_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fd_read_all(fd, text, ACCOUNTS_MAX, path, &ignored))
		text->len = 0;
	fd_close(&fd);
}

/*
 * Asks the name services, by getent(1): libc's own calls would load whatever they are made of into
 * this process, and cannot be linked statically.  Text is empty where there is none.
 *
 * Not by proc_run, for another thread may be in it.
 */
static int
ask_services(const char *database, const char *key, struct buf *text, struct err *e)
{
	char *argv[] = {"getent", (char *)database, (char *)key, NULL};
	char *envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", NULL};
	posix_spawn_file_actions_t actions;
	int fds[2], status = 0, failed;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return err_sys(e, "cannot ask for '%s'", key);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	failed = posix_spawn(&pid, GETENT, &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	fd_close(&fds[1]);
	if (!failed) {
		failed = fd_read_all(fds[0], text, ACCOUNTS_MAX, GETENT, e);
		/* That other thread may have reaped it; what it printed is here all the same. */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (!failed && status && WEXITSTATUS(status) != GETENT_NONE)
			failed = err_set(e, ERR_SYSTEM,
					 "cannot look up '%s': getent ended with status %d", key,
					 WEXITSTATUS(status));
	} else {
		failed = 0; /* without it there are the files alone */
	}
	fd_close(&fds[0]);
	return failed;
}

/* The groups of a local account, by /etc/group; the one of its name becomes its first. */
static int
fill_groups(struct account *a, struct err *e)
{
	struct buf text = BUF_INIT;
	const struct group *group;
	int result = 0;
	FILE *file;

	read_file("/etc/group", &text);
	file = stream_of(&text);
	while (file && !result && (group = fgetgrent(file)))
		if (strcmp(group->gr_name, a->name) == 0)
			a->gid = group->gr_gid;
		else if (is_member(group, a->name))
			result = add_group(a, group->gr_gid, e);
	if (file)
		fclose(file);
	buf_free(&text);
	return result ? result : add_group(a, a->gid, e);
}

/* Looks in lines of accounts for a name or, where that is NULL, a number. */
static int
find_in(struct buf *text, const char *name, uid_t uid, struct account *a, bool *found,
	struct err *e)
{
	FILE *file = stream_of(text);
	const struct passwd *pw;
	int result = 0;

	*found = false;
	while (file && !*found && (pw = fgetpwent(file))) {
		if (name ? strcmp(pw->pw_name, name) != 0 : pw->pw_uid != uid)
			continue;
		*found = true;
		result = fill(a, pw, e);
	}
	if (file)
		fclose(file);
	return result;
}

static int
find_local(const char *name, uid_t uid, struct account *a, bool *found, struct err *e)
{
	struct buf text = BUF_INIT;
	int result;

	read_file("/etc/passwd", &text);
	result = find_in(&text, name, uid, a, found, e);
	buf_free(&text);
	return *found && !result ? fill_groups(a, e) : result;
}

int
account_find_group(const char *name, gid_t gid, char found[static ACCOUNT_NAME_MAX + 1],
		   gid_t *found_gid, struct err *e)
{
	char key[ACCOUNT_NAME_MAX + 1];
	int result = 0;

	found[0] = '\0';
	if (name)
		snprintf(key, sizeof key, "%s", name);
	else
		snprintf(key, sizeof key, "%u", (unsigned)gid);
	for (int services = 0; services < 2 && !result && !found[0]; services++) {
		struct buf text = BUF_INIT;
		const struct group *group;
		FILE *file;

		if (services)
			result = ask_services("group", key, &text, e);
		else
			read_file("/etc/group", &text);
		file = stream_of(&text);
		while (file && !found[0] && (group = fgetgrent(file)))
			if (name ? strcmp(group->gr_name, name) == 0 : group->gr_gid == gid) {
				snprintf(found, ACCOUNT_NAME_MAX + 1, "%s", group->gr_name);
				*found_gid = group->gr_gid;
			}
		if (file)
			fclose(file);
		buf_free(&text);
	}
	return result;
}

/* Of the name services: where the group of its name is there, that one counts. */
static int
find_service(const char *name, uid_t uid, struct account *a, bool *found, struct err *e)
{
	char key[ACCOUNT_NAME_MAX + 1], group[ACCOUNT_NAME_MAX + 1];
	struct buf text = BUF_INIT;
	gid_t gid;
	int result;

	if (name)
		snprintf(key, sizeof key, "%s", name);
	else
		snprintf(key, sizeof key, "%u", (unsigned)uid);
	result = ask_services("passwd", key, &text, e) || find_in(&text, name, uid, a, found, e)
			 ? -1
			 : 0;
	buf_free(&text);
	if (result || !*found || !name)
		return result;
	result = account_find_group(a->name, 0, group, &gid, e);
	if (!result && group[0])
		a->gid = gid;
	return result;
}

int
account_find(const char *name, struct account *a, bool *found, struct err *e)
{
	*found = false;
	return find_local(name, 0, a, found, e) || (!*found && find_service(name, 0, a, found, e))
		       ? -1
		       : 0;
}

/*
 * What was found once stays for this process, which asks at every step of a run; what was not found
 * may be made meanwhile.
 */
struct memory {
	bool is_found;
	uid_t asked_as;
	struct account account;
};

static bool
recall(const struct memory *memory, struct account *a)
{
	bool is_there = memory->is_found && memory->asked_as == geteuid();

	if (is_there)
		*a = memory->account;
	return is_there;
}

static void
keep(struct memory *memory, const struct account *a)
{
	*memory = (struct memory){true, geteuid(), *a};
}

int
account_caller(struct account *a, struct err *e)
{
	static struct memory memory;
	bool found = false;

	if (recall(&memory, a))
		return 0;
	if (find_local(NULL, geteuid(), a, &found, e) ||
	    (!found && find_service(NULL, geteuid(), a, &found, e)))
		return -1;
	if (found) {
		keep(&memory, a);
		return 0;
	}
	/* A user id without an account, as in many containers. */
	*a = (struct account){.uid = geteuid(), .gid = getegid(), .home = "/", .n_groups = 0};
	snprintf(a->name, sizeof a->name, "%u", (unsigned)a->uid);
	return 0;
}

void
account_names(uid_t uid, gid_t gid, char user[static ACCOUNT_NAME_MAX + 1],
	      char group[static ACCOUNT_NAME_MAX + 1])
{
	struct err ignored = ERR_INIT;
	bool found = false;
	struct account a;
	gid_t found_gid;

	if (find_local(NULL, uid, &a, &found, &ignored) ||
	    (!found && find_service(NULL, uid, &a, &found, &ignored)) || !found)
		snprintf(user, ACCOUNT_NAME_MAX + 1, "%u", (unsigned)uid);
	else
		snprintf(user, ACCOUNT_NAME_MAX + 1, "%s", a.name);
	if (account_find_group(NULL, gid, group, &found_gid, &ignored) || !group[0])
		snprintf(group, ACCOUNT_NAME_MAX + 1, "%u", (unsigned)gid);
}

int
account_agent(struct account *a, struct err *e)
{
	static struct memory memory;
	bool found = false;

	if (recall(&memory, a))
		return 0;
	if (account_is_root() && find_local(ACCOUNT_AGENT, 0, a, &found, e))
		return -1;
	if (!found)
		return account_caller(a, e);
	keep(&memory, a);
	return 0;
}

int
account_check_name(const char *name, struct err *e)
{
	if (text_check_id("user id", name, TEXT_ACCOUNT_MAX, e))
		return -1;
	return name[strspn(name, "0123456789")]
		       ? 0
		       : err_set(e, ERR_USAGE,
				 "user id '%s' is of digits only: other programs would take it for "
				 "a user's number",
				 name);
}

struct proc_identity
account_identity(const struct account *a)
{
	return (struct proc_identity){
		.uid = a->uid, .gid = a->gid, .groups = a->groups, .n_groups = a->n_groups};
}
