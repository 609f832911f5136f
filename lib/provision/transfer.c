/* SPDX-License-Identifier: MIT */
/* transfer - files that are sent to hosts, a part after the other. */
#include "provision/transfer.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "provision/engine.h"

#define TRIES 6
#define REST_MS 500
#define CUT 76

static const char *
suffix_of(const char *path)
{
	static const char *const known[] = {".zip",    ".tar.gz", ".tgz", ".tar.bz2",
					    ".tar.xz", ".sql.gz", ".sql", ".gz"};
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t n = strlen(known[i]);

		if (len > n && strcmp(path + len - n, known[i]) == 0)
			return known[i];
	}
	return "";
}

int
transfer_path(const struct act_task *t, const char *text, char remote[static PATH_MAX])
{
	size_t len = text ? strcspn(text, "\n") : 0;

	if (len == 0 || len >= PATH_MAX || text[0] != '/')
		return err_set(t->e, ERR_UNAVAILABLE, "%s on %s answered nothing that is known",
			       t->call.words[0], t->step->server->id);
	snprintf(remote, PATH_MAX, "%.*s", (int)len, text);
	return 0;
}

/* Open a file for reading, and write down how many bytes it has. */
static int
open_sized(const char *path, char size_text[static 24], struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		fd_close(&fd);
		return err_sys(e, "cannot open '%s'", path);
	}
	snprintf(size_text, 24, "%lld", (long long)st.st_size);
	return fd;
}

static bool
was_cut_off(const struct agents_call *call)
{
	return call->status == CUT || call->status == AGENTS_LOST || call->status == AGENTS_BUSY;
}

int
transfer_send(struct act_task *t, const char *path, const char *digest,
	      char remote[static PATH_MAX])
{
	const struct ledger_server *server = t->step->server;
	char size_text[24];
	const char *suffix = suffix_of(path);
	const char *have[] = {"receiveFile", "--have", digest, size_text, suffix, NULL};
	const char *take[] = {"receiveFile", digest, size_text, suffix, NULL};
	int fd = open_sized(path, size_text, t->e), result = -1;

	if (fd < 0)
		return -1;
	for (int tries = 0; tries < TRIES; tries++) {
		char *rest;
		long long from;

		if (act_demand(t, server, have))
			break;
		from = strtoll(t->call.out.data ? t->call.out.data : "", &rest, 10);
		if (*rest == ' ') {
			result = transfer_path(t, rest + 1, remote);
			break;
		}
		if (lseek(fd, from, SEEK_SET) < 0) {
			err_sys(t->e, "cannot read '%s'", path);
			break;
		}
		t->call.input_fd = fd;
		result = act_ask(t, server, take);
		t->call.input_fd = -1;
		if (result)
			break;
		if (t->call.status == 0) {
			result = transfer_path(t, t->call.out.data, remote);
			break;
		}
		/* What was cut off is gone on with. */
		result = -1;
		if (!was_cut_off(&t->call) || tries + 1 == TRIES) {
			act_refuse(t, server);
			break;
		}
		if (engine_rest(REST_MS, t->e))
			break;
	}
	fd_close(&fd);
	return result;
}

int
transfer_drop(struct act_task *t, const char *path, const char *digest)
{
	const char *words[] = {"receiveFile", "--drop", digest, "0", suffix_of(path), NULL};

	return act_demand(t, t->step->server, words);
}
