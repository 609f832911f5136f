/* SPDX-License-Identifier: MIT */
/* install - from an image file to an installed service. */
#include "service/install.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "image/extract.h"
#include "image/judge.h"
#include "image/zip.h"
#include "service/account.h"
#include "service/ownership.h"
#include "service/rundir.h"
#include "service/settings.h"
#include "service/stage.h"

/*
 * The archive kinds that images come in; the content tells which, the name must agree at its
 * end.
 */
static const struct kind {
	const char *name;
	const char *magic;
	size_t magic_len;
	const char *suffixes[3];
	bool readable;
} kinds[] = {
	{"zip", "PK\3\4", 4, {"zip"}, true},
	{"zip", "PK\5\6", 4, {"zip"}, true}, /* an empty one */
	{"tar.gz", "\x1f\x8b", 2, {"tar.gz", "tgz"}, false},
	{"tar.bz2", "BZh", 3, {"tar.bz2"}, false},
};

/* Moving a tree into its place holds a few descriptors for each level. */
#define DEPTH_MAX 200

/* An image on its way to be a service. */
struct install {
	const struct install_request *request;
	struct install_report *report;
	struct service svc;
	struct zip_reader zip;
	struct judge judge;
	struct stage stage;
	struct account user, agent;
	bool as_user; /* everything is given to user; not without root */
	int image_fd;
};

static int
open_image(struct install *in, struct err *e)
{
	const char *path = in->request->image;
	struct stat st;

	/* O_NONBLOCK: a FIFO must not hang us. */
	in->image_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (in->image_fd < 0 || fstat(in->image_fd, &st)) {
		err_sys(e, "cannot open image '%s'", path);
		e->kind = ERR_IMAGE;
		return -1;
	}
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_IMAGE, "image '%s' is not a regular file", path);
	return 0;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n + 1 && name[len - n - 1] == '.' && strcasecmp(name + len - n, suffix) == 0;
}

static int
tell_kind(struct install *in, struct err *e)
{
	const char *path = in->request->image;
	char head[4] = "";
	ssize_t n = pread(in->image_fd, head, sizeof head, 0);

	if (n < 0) {
		err_sys(e, "cannot read image '%s'", path);
		e->kind = ERR_IMAGE;
		return -1;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const struct kind *kind = &kinds[i];

		if ((size_t)n < kind->magic_len || memcmp(head, kind->magic, kind->magic_len) != 0)
			continue;
		for (size_t k = 0; k < 3 && kind->suffixes[k]; k++)
			if (ends_with(path, kind->suffixes[k]))
				in->report->type = kind->suffixes[k];
		if (!in->report->type)
			return err_set(
				e, ERR_UNSAFE,
				"image '%s' is a %s archive, but its name does not end in .%s",
				path, kind->name, kind->suffixes[0]);
		if (!kind->readable)
			return err_set(e, ERR_UNSAFE,
				       "image '%s' is a %s archive, which this version cannot "
				       "unpack: pack it as a zip",
				       path, kind->name);
		return 0;
	}
	return err_set(e, ERR_UNSAFE, "image '%s' is no archive: a service image is a zip", path);
}

/* The operator's limits in the place of the built-in ones. */
static int
load_limits(struct install *in, struct err *e)
{
	struct judge_limits *limits = &in->judge.limits;
	const struct {
		const char *name;
		long long max, value;
	} defaults[] = {
		{"max-bytes", INT64_MAX, (long long)limits->total_bytes},
		{"max-entry-bytes", INT64_MAX, (long long)limits->entry_bytes},
		{"max-entries", 100000000, (long long)limits->entries},
		{"max-name", PATH_MAX - 1, (long long)limits->name_bytes},
		{"max-depth", DEPTH_MAX, (long long)limits->depth},
	};
	long long values[sizeof defaults / sizeof *defaults];
	struct settings settings = SETTINGS_INIT;
	int result = settings_load(&settings, &in->svc.paths, e);

	for (size_t i = 0; i < sizeof defaults / sizeof *defaults && !result; i++) {
		values[i] = defaults[i].value;
		result = settings_number(&settings, "images", defaults[i].name, 1, defaults[i].max,
					 &values[i], e);
	}
	if (!result)
		*limits = (struct judge_limits){.total_bytes = (uint64_t)values[0],
						.entry_bytes = (uint64_t)values[1],
						.entries = (size_t)values[2],
						.name_bytes = (size_t)values[3],
						.depth = (size_t)values[4]};
	settings_free(&settings);
	return result;
}

static int
judge_image(struct install *in, struct err *e)
{
	if (paths_load(&in->svc.paths, e) || load_limits(in, e) || open_image(in, e) ||
	    tell_kind(in, e))
		return -1;
	if (zip_reader_open(&in->zip, in->image_fd, &in->judge, e))
		return err_wrap(e, "image '%s'", in->request->image);
	in->report->n_entries = in->judge.n_entries;
	in->report->n_dropped_bits = in->judge.n_dropped_bits;
	in->report->bytes = in->judge.total_bytes;
	if (in->judge.n_dropped_bits)
		log_note("%zu entries lose their setuid, setgid, sticky or world-write bits",
			 in->judge.n_dropped_bits);
	return 0;
}

static int
check_room(const struct install *in, struct err *e)
{
	struct statvfs fs;
	uint64_t room, needed;

	if (fstatvfs(in->svc.root_fd, &fs))
		return err_sys(e, "cannot look at the file system of '%s'", in->svc.paths.services);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	/* A block for each entry: the least that it takes beside its bytes. */
	needed = in->judge.total_bytes + (uint64_t)in->judge.n_entries * fs.f_frsize;
	if (needed > room)
		return err_set(e, ERR_IO,
			       "the image needs %" PRIu64 " bytes and '%s' has %" PRIu64 " free",
			       needed, in->svc.paths.services, room);
	return 0;
}

static bool
has_content(const struct judge *judge, size_t i)
{
	size_t len = strlen(judge->entries[i].name);

	return i + 1 < judge->n_entries &&
	       strncmp(judge->entries[i + 1].name, judge->entries[i].name, len) == 0 &&
	       judge->entries[i + 1].name[len] == '/';
}

/* A directory where the service has a file, or the other way round, is refused beforehand. */
static int
check_entry(const struct install *in, size_t i, struct err *e)
{
	const struct entry *entry = &in->judge.entries[i];
	int fd = fd_open_beneath(in->svc.dir_fd, entry->name, O_PATH | O_NOFOLLOW, 0);
	bool is_directory = entry->kind == ENTRY_DIRECTORY;
	const char *there = "a file or link";
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno != ENOTDIR && errno != ELOOP)
		return err_sys(e, "cannot look at '%.160s' of the service", entry->name);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		fd_close(&fd);
		if (S_ISDIR(st.st_mode) == is_directory)
			return 0;
		/* An operator may have put a link in an empty directory's place. */
		if (S_ISLNK(st.st_mode) && !has_content(&in->judge, i))
			return 0;
		there = S_ISDIR(st.st_mode) ? "a directory" : there;
	}
	fd_close(&fd);
	return err_set(
		e, ERR_UNSAFE,
		"entry '%.160s' cannot be put where the service has %s: move that away first",
		entry->name, there);
}

static int
check_conflicts(const struct install *in, struct err *e)
{
	/* These two are made by the agent where an image lacks them. */
	static const char *const shared[] = {"bin", "cfg"};
	struct stat st, root;

	if (in->svc.dir_fd >= 0 && fstat(in->svc.dir_fd, &st) == 0 &&
	    fstat(in->svc.root_fd, &root) == 0 && st.st_dev != root.st_dev)
		return err_set(e, ERR_UNAVAILABLE,
			       "the service is a file system of its own, which this version cannot "
			       "update: files cannot be renamed into it");

	for (size_t i = 0; in->svc.dir_fd >= 0 && i < 2; i++)
		if (fstatat(in->svc.dir_fd, shared[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode))
			return err_set(e, ERR_UNSAFE,
				       "the service's '%s' is not a directory: move it away first",
				       shared[i]);
	for (size_t i = 0; in->svc.dir_fd >= 0 && i < in->judge.n_entries; i++)
		if (check_entry(in, i, e))
			return -1;
	return 0;
}

static int
prepare_accounts(struct install *in, struct err *e)
{
	const char *name = in->request->user_id;
	bool found;

	if (account_agent(&in->agent, e))
		return -1;
	if (!account_is_root()) {
		log_note("not root: no account is made, and everything belongs to '%s'",
			 in->agent.name);
		return 0;
	}
	in->as_user = true;
	if (account_find(name, &in->user, &found, e))
		return -1;
	if (found)
		return 0;
	if (account_create(name, e) || account_find(name, &in->user, &found, e))
		return -1;
	return found ? 0 : err_set(e, ERR_UNAVAILABLE, "account '%s' was not created", name);
}

/* The state that goes with the new tree; the commit saves it. */
static void
note_state(struct install *in)
{
	struct state *state = &in->svc.state;
	const char *base = strrchr(in->request->image, '/');
	size_t len;

	base = base ? base + 1 : in->request->image;
	len = strlen(base) < STATE_IMAGE_MAX ? strlen(base) : STATE_IMAGE_MAX;
	snprintf(state->customer_id, sizeof state->customer_id, "%s", in->request->customer_id);
	snprintf(state->user_id, sizeof state->user_id, "%s", in->request->user_id);
	text_printable(state->image, base, len);
	state->installed = time(NULL);
	state->committing[0] = '\0';
}

static int
unpack(struct install *in, struct err *e)
{
	const struct account *user = in->as_user ? &in->user : NULL;
	struct extract_owner owner = {.change = user != NULL};

	if (user) {
		owner.uid = user->uid;
		owner.gid = user->gid;
	}
	if (stage_open(&in->stage, &in->svc, e) ||
	    extract_tree(&in->zip, &in->judge, in->stage.fd, &owner, e) ||
	    ownership_settle(in->stage.fd, user, &in->agent, e))
		return -1;
	note_state(in);
	return stage_commit(&in->stage, &in->svc, e);
}

static int
make_services_directory(const char *path, struct err *e)
{
	if (mkdir(path, 0755))
		return errno == EEXIST
			       ? 0
			       : err_sys(e, "cannot make the services directory '%s'", path);
	return chmod(path, 0755) ? err_sys(e, "cannot set the mode of '%s'", path) : 0;
}

static int
install(struct install *in, struct err *e)
{
	const struct install_request *request = in->request;
	struct err cut_off = ERR_INIT;

	if (text_check_id("service id", request->service_id, TEXT_SERVICE_ID_MAX, e) ||
	    text_check_id("customer id", request->customer_id, TEXT_ACCOUNT_MAX, e) ||
	    text_check_id("user id", request->user_id, TEXT_ACCOUNT_MAX, e) || judge_image(in, e))
		return -1;
	if (!request->dry_run && make_services_directory(in->svc.paths.services, e))
		return -1;
	/* Without the directory of all services, which would be made, nothing is in conflict. */
	if (request->dry_run && access(in->svc.paths.services, F_OK) && errno == ENOENT)
		return 0;
	if (service_open_new(&in->svc, request->service_id, e))
		return -1;
	if (request->dry_run) {
		in->report->update = in->svc.dir_fd >= 0;
		return check_room(in, e) || check_conflicts(in, e) ? -1 : 0;
	}
	if (service_lock(&in->svc, &request->claim, e))
		return -1;
	proc_hold_signals();
	/* It may have come or gone while we waited for the lock. */
	fd_close(&in->svc.dir_fd);
	in->svc.dir_fd = fd_open_beneath(in->svc.root_fd, in->svc.id, O_RDONLY | O_DIRECTORY, 0);
	if (in->svc.dir_fd < 0 && errno != ENOENT)
		return err_sys(e, "cannot open '%s'", in->svc.path);
	if (stage_recover(&in->svc, &cut_off)) {
		/* This image supersedes the one that could not be finished. */
		log_warning("%s", cut_off.msg);
		in->svc.state.committing[0] = '\0';
	}
	in->report->update = in->svc.dir_fd >= 0;
	if (in->report->update && rundir_sweep(&in->svc, e))
		return -1;
	return check_room(in, e) || check_conflicts(in, e) || prepare_accounts(in, e) ||
			       unpack(in, e)
		       ? -1
		       : 0;
}

int
install_service(const struct install_request *request, struct install_report *report, struct err *e)
{
	struct install in = {.request = request,
			     .report = report,
			     .svc = SERVICE_INIT,
			     .zip = ZIP_READER_INIT,
			     .judge = JUDGE_INIT,
			     .stage = STAGE_INIT,
			     .image_fd = -1};
	int result;

	*report = (struct install_report){.type = NULL};
	result = install(&in, e);
	stage_close(&in.stage);
	if (result && in.svc.dir_fd < 0)
		service_forget(&in.svc);
	service_close(&in.svc);
	zip_reader_close(&in.zip);
	judge_free(&in.judge);
	fd_close(&in.image_fd);
	if (result)
		err_wrap(e, request->dry_run ? "would not install '%s'" : "cannot install '%s'",
			 request->service_id);
	return result;
}
