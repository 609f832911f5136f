/* SPDX-License-Identifier: MIT */
/* account - the accounts that services belong to and that hooks run as. */
#include "service/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

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

/* The groups of a local account, by /etc/group; the one of its name becomes its first. */
static int
fill_groups(struct account *a, struct err *e)
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *group;
	int result = 0;

	while (file && !result && (group = fgetgrent(file)))
		if (strcmp(group->gr_name, a->name) == 0)
			a->gid = group->gr_gid;
		else if (is_member(group, a->name))
			result = add_group(a, group->gr_gid, e);
	if (file)
		fclose(file);
	return result ? result : add_group(a, a->gid, e);
}

/* Looks in /etc/passwd for a name or, where that is NULL, a number. */
static int
find_local(const char *name, uid_t uid, struct account *a, bool *found, struct err *e)
{
	FILE *file = fopen("/etc/passwd", "re");
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
	return *found && !result ? fill_groups(a, e) : result;
}

int
account_find(const char *name, struct account *a, bool *found, struct err *e)
{
	const struct passwd *pw;
	const struct group *group;

	if (find_local(name, 0, a, found, e))
		return -1;
	if (*found)
		return 0;
	errno = 0;
	pw = getpwnam(name);
	/* getpwnam(3): these mean that there is none. */
	if (!pw && errno && errno != ENOENT && errno != ESRCH && errno != EPERM)
		return err_sys(e, "cannot look up account '%s'", name);
	*found = pw != NULL;
	if (!pw)
		return 0;
	if (fill(a, pw, e))
		return -1;
	group = getgrnam(name);
	if (group)
		a->gid = group->gr_gid;
	return 0;
}

int
account_caller(struct account *a, struct err *e)
{
	const struct passwd *pw;
	bool found;

	if (find_local(NULL, geteuid(), a, &found, e))
		return -1;
	if (found)
		return 0;
	pw = getpwuid(geteuid());
	if (pw)
		return fill(a, pw, e);
	/* A user id without an account, as in many containers. */
	*a = (struct account){.uid = geteuid(), .gid = getegid(), .home = "/", .n_groups = 0};
	snprintf(a->name, sizeof a->name, "%u", (unsigned)a->uid);
	return 0;
}

int
account_agent(struct account *a, struct err *e)
{
	bool found = false;

	if (account_is_root() && find_local(ACCOUNT_AGENT, 0, a, &found, e))
		return -1;
	return found ? 0 : account_caller(a, e);
}

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

int
account_create(const char *name, struct err *e)
{
	char login[64], home[80];
	char *argv[14] = {"useradd", "--create-home", "--home-dir", home,
			  "--shell", "/bin/false",    "--badname"};
	char *envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", NULL};
	size_t n = 7;
	struct messages messages = {.len = 0};
	struct proc_spec spec = {.path = "/usr/sbin/useradd",
				 .argv = argv,
				 .envp = envp,
				 .dir_fd = -1,
				 .timeout_ms = 60000,
				 .grace_ms = 5000,
				 .output = keep_message,
				 .output_arg = &messages};
	struct proc_result result;

	snprintf(login, sizeof login, "%s", name);
	snprintf(home, sizeof home, "/home/%s", name);
	if (getgrnam(name)) { /* a group without its account: useradd wants to be told */
		argv[n++] = "--gid";
		argv[n++] = login;
	} else {
		argv[n++] = "--user-group";
	}
	argv[n] = login;
	if (proc_run(&spec, &result, e))
		return err_wrap(e, "cannot create account '%s'", name);
	text_printable(messages.text, messages.text, strcspn(messages.text, "\n"));
	if (result.status)
		return err_set(e, ERR_UNAVAILABLE, "cannot create account '%s': useradd: %s", name,
			       result.exec_failed ? strerror(result.exec_errno) : messages.text);
	log_note("created account '%s'", name);
	return 0;
}

struct proc_identity
account_identity(const struct account *a)
{
	return (struct proc_identity){
		.uid = a->uid, .gid = a->gid, .groups = a->groups, .n_groups = a->n_groups};
}
