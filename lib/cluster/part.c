/* SPDX-License-Identifier: MIT */
/* part - a download that is not whole yet: its bytes, and what is known of them. */
#include "cluster/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"

#define LOCK_POLL_MS 50
#define SAVE_BYTES (1 << 20)
#define BEGIN "fetchImage 1\n"
#define END "end\n"

/* What belongs to another could be changed by him at any time. */
static int
judge_file(int fd, const char *name, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, "cannot read '%s'", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1)
		return err_set(e, ERR_UNSAFE, "'%s' is not a regular file of one name", name);
	if (st.st_uid != geteuid())
		return err_set(e, ERR_UNSAFE, "'%s' belongs to another account", name);
	if ((st.st_mode & 07777) != 0600 && fchmod(fd, 0600))
		return err_sys(e, "cannot set the mode of '%s'", name);
	return 0;
}

static int
open_file(const struct part *p, const char *name, int *fd, struct err *e)
{
	*fd = openat(p->dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_sys(e, "cannot open '%s'", name);
	if (judge_file(*fd, name, e)) {
		fd_close(fd); /* it is not ours to remove */
		return -1;
	}
	return 0;
}

/* The run that we waited for has renamed or removed what we have locked. */
static bool
is_current(const struct part *p)
{
	struct stat held, named;

	return fstat(p->data_fd, &held) == 0 &&
	       fstatat(p->dir_fd, p->data_name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static int
lock(struct part *p, int wait_ms, struct err *e)
{
	struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};

	for (long long waited = 0;;) {
		if (p->data_fd < 0 && open_file(p, p->data_name, &p->data_fd, e))
			return -1;
		if (flock(p->data_fd, LOCK_EX | LOCK_NB) == 0) {
			if (is_current(p))
				return 0;
			fd_close(&p->data_fd);
			continue;
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "cannot lock '%s'", p->data_name);
		if (proc_interrupted(e))
			return -1;
		if (waited >= wait_ms)
			return err_set(e, ERR_BUSY, "another run is fetching '%s'", p->name);
		nanosleep(&pause, NULL);
		waited += LOCK_POLL_MS;
	}
}

static int
set_names(struct part *p, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t dir_len = (size_t)(name - path);
	char dir[4096] = ".";
	struct stat st;

	snprintf(p->name, sizeof p->name, "%s", name);
	if (!name[0] || directory_is_dot(name))
		return err_set(e, ERR_USAGE, "'%.80s' does not end in a file's name", path);
	if (dir_len >= sizeof dir ||
	    snprintf(p->data_name, sizeof p->data_name, "%s.part", name) >=
		    (int)sizeof p->data_name ||
	    snprintf(p->state_name, sizeof p->state_name, "%s.part.state", name) >=
		    (int)sizeof p->state_name)
		return err_set(e, ERR_USAGE, "the name '%.80s...' is too long", path);
	if (slash)
		snprintf(dir, sizeof dir, "%.*s", (int)dir_len, path);
	p->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir_fd < 0)
		return err_sys(e, "cannot open the directory '%s'", dir);
	if (fstatat(p->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return err_set(e, ERR_USAGE, "'%s' is a directory", path);
	return 0;
}

static int
take(struct part *p, struct err *e)
{
	static const int fds[] = {PART_DATA_FD, PART_STATE_FD};

	for (int i = 0; i < 2; i++) {
		struct stat st;
		int flags = fcntl(fds[i], F_GETFL);

		if (flags < 0 || fstat(fds[i], &st) || !S_ISREG(st.st_mode) ||
		    (flags & O_ACCMODE) != O_RDWR || (flags & O_APPEND))
			return err_set(e, ERR_USAGE,
				       "descriptor %d is not a regular file for reading and "
				       "writing, as it has to be without FILE",
				       fds[i]);
	}
	snprintf(p->data_name, sizeof p->data_name, "the data file");
	snprintf(p->state_name, sizeof p->state_name, "the state file");
	p->data_fd = PART_DATA_FD;
	p->state_fd = PART_STATE_FD;
	return 0;
}

int
part_open(struct part *p, const char *path, int wait_ms, struct err *e)
{
	if (!path)
		return take(p, e);
	if (set_names(p, path, e) || lock(p, wait_ms, e))
		return -1;
	return open_file(p, p->state_name, &p->state_fd, e);
}

/* Where there is none, every run is as of one boot. */
static void
read_boot_id(char id[static PART_BOOT_ID])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, PART_BOOT_ID - 1);

	id[n > 0 ? n : 0] = '\0';
	fd_close(&fd);
}

static bool
is_usable(const struct part *p, const struct part_facts *old)
{
	struct stat st;

	return strcmp(old->url, p->facts.url) == 0 && strcmp(old->boot, p->facts.boot) == 0 &&
	       old->validator[0] && fstat(p->data_fd, &st) == 0 && st.st_size >= old->have &&
	       st.st_size >= old->tail_have;
}

int
part_load(struct part *p, const char *url, struct err *e)
{
	struct part_facts old = PART_FACTS_INIT;
	char text[PART_TEXT_MAX] = "";
	ssize_t n = pread(p->state_fd, text, sizeof text - 1, 0);

	p->facts = PART_FACTS_INIT;
	if (n < 0)
		return err_sys(e, "cannot read '%s'", p->state_name);
	text[n] = '\0';
	crypto_sha256(url, strlen(url), p->facts.url);
	read_boot_id(p->facts.boot);
	if (!part_parse(text, &old) || !is_usable(p, &old))
		return part_reset(p, e);
	p->facts = old;
	p->saved = part_received(&old);
	return 0;
}

int
part_reset(struct part *p, struct err *e)
{
	struct part_facts empty = PART_FACTS_INIT;

	memcpy(empty.url, p->facts.url, sizeof empty.url);
	memcpy(empty.boot, p->facts.boot, sizeof empty.boot);
	p->facts = empty;
	p->saved = 0;
	/* The state first: it must never tell of bytes that are not there. */
	if (ftruncate(p->state_fd, 0))
		return err_sys(e, "cannot empty '%s'", p->state_name);
	if (ftruncate(p->data_fd, 0))
		return err_sys(e, "cannot empty '%s'", p->data_name);
	return 0;
}

static int
write_at(int fd, const char *name, long long offset, const char *data, size_t len, struct err *e)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write '%s'", name);
		data += n;
		offset += n;
		len -= (size_t)n;
	}
	return 0;
}

int
part_write(const struct part *p, long long offset, const void *data, size_t len, struct err *e)
{
	return write_at(p->data_fd, p->data_name, offset, data, len, e);
}

int
part_save(struct part *p, struct err *e)
{
	char text[PART_TEXT_MAX];

	/* What stands behind the last line is never read, so that one write is enough. */
	part_format(&p->facts, text);
	p->saved = part_received(&p->facts);
	return write_at(p->state_fd, p->state_name, 0, text, strlen(text), e);
}

int
part_save_some(struct part *p, struct err *e)
{
	return part_received(&p->facts) - p->saved < SAVE_BYTES ? 0 : part_save(p, e);
}

int
part_finish(struct part *p, struct err *e)
{
	if (p->dir_fd < 0)
		return part_save(p, e);
	if (fsync(p->data_fd))
		return err_sys(e, "cannot sync '%s'", p->data_name);
	if (renameat(p->dir_fd, p->data_name, p->dir_fd, p->name))
		return err_sys(e, "cannot rename '%s' to '%s'", p->data_name, p->name);
	unlinkat(p->dir_fd, p->state_name, 0);
	fd_close(&p->state_fd);
	if (fsync(p->dir_fd))
		return err_sys(e, "cannot sync the directory of '%s'", p->name);
	return 0;
}

void
part_close(struct part *p)
{
	struct err ignored = ERR_INIT;

	if (p->state_fd >= 0 && part_received(&p->facts)) {
		if (part_save(p, &ignored))
			log_detail("%s", ignored.msg);
	} else if (p->state_fd >= 0 && p->dir_fd >= 0) {
		unlinkat(p->dir_fd, p->state_name, 0);
		unlinkat(p->dir_fd, p->data_name, 0);
	}
	fd_close(&p->state_fd);
	fd_close(&p->data_fd);
	fd_close(&p->dir_fd);
}

long long
part_end(const struct part_facts *facts)
{
	return facts->tail >= 0 ? facts->tail : facts->size;
}

long long
part_received(const struct part_facts *facts)
{
	return facts->have + (facts->tail >= 0 ? facts->tail_have - facts->tail : 0);
}

bool
part_is_whole(const struct part_facts *facts)
{
	return facts->size >= 0 && facts->have >= part_end(facts) &&
	       (facts->tail < 0 || facts->tail_have == facts->size);
}

void
part_format(const struct part_facts *facts, char text[static PART_TEXT_MAX])
{
	/* A tail that is not whole is got again. */
	bool tail = facts->tail >= 0 && facts->tail_have == facts->size;

	snprintf(text, PART_TEXT_MAX,
		 BEGIN "url %s\nboot %s\nvalidator %s\nsize %lld\ntail %lld\nhave %lld\n" END,
		 facts->url, facts->boot, facts->validator, facts->size, tail ? facts->tail : -1,
		 facts->have);
}

/* The rest of the line after `key` and a blank, which fits; *text is then behind the line. */
static bool
take_line(const char **text, const char *key, char *value, size_t size)
{
	size_t len = strlen(key), end = strcspn(*text, "\n");

	if (strncmp(*text, key, len) != 0 || (*text)[len] != ' ' || (*text)[end] != '\n' ||
	    end - len - 1 >= size)
		return false;
	memcpy(value, *text + len + 1, end - len - 1);
	value[end - len - 1] = '\0';
	*text += end + 1;
	return true;
}

static bool
take_number(const char **text, const char *key, long long *number)
{
	struct err ignored = ERR_INIT;
	char value[24];

	return take_line(text, key, value, sizeof value) &&
	       text_number(key, value, -1, __LONG_LONG_MAX__, number, &ignored) == 0;
}

bool
part_parse(const char *text, struct part_facts *facts)
{
	struct part_facts f = PART_FACTS_INIT;

	if (strncmp(text, BEGIN, strlen(BEGIN)) != 0)
		return false;
	text += strlen(BEGIN);
	if (!take_line(&text, "url", f.url, sizeof f.url) ||
	    !take_line(&text, "boot", f.boot, sizeof f.boot) ||
	    !take_line(&text, "validator", f.validator, sizeof f.validator) ||
	    !take_number(&text, "size", &f.size) || !take_number(&text, "tail", &f.tail) ||
	    !take_number(&text, "have", &f.have) || strncmp(text, END, strlen(END)) != 0)
		return false;
	f.tail_have = f.tail >= 0 ? f.size : -1;
	if (f.have < 0 || (f.size >= 0 && f.have > f.size) || f.tail > f.size ||
	    (f.tail >= 0 && f.have > f.tail))
		return false;
	*facts = f;
	return true;
}
