/* SPDX-License-Identifier: MIT */
/* hostkeys - the keys by which a deployment's hosts are known. */
#include "provision/hostkeys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "provision/child.h"

#define FILE_MAX_BYTES (1u << 20)
#define KEYGEN_S 60

/* All of a file; one that is not there has nothing. */
static int
read_file(const char *path, struct buf *text, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return errno == ENOENT ? buf_add(text, "", 0, e)
				       : err_sys(e, "cannot open '%s'", path);
	result = fd_read_all(fd, text, FILE_MAX_BYTES, path, e) || buf_add(text, "", 0, e) ? -1 : 0;
	fd_close(&fd);
	return result;
}

static int
fingerprint(const char *file, char text[static 256], struct err *e)
{
	char *argv[] = {"ssh-keygen", "-l", "-f", (char *)file, NULL};
	const struct child_spec spec = {
		.argv = argv, .input_fd = -1, .output_fd = -1, .timeout_s = KEYGEN_S};
	struct child_result result;
	int outcome = child_run(&spec, &result, e);
	size_t len = result.out.data ? strcspn(result.out.data, "\n") : 0;

	if (!outcome && (result.status || len == 0 || len > 255))
		outcome = err_set(e, ERR_UNAVAILABLE, "ssh-keygen(1) cannot read a host's key");
	if (!outcome)
		text_printable(text, result.out.data, len);
	child_result_free(&result);
	return outcome;
}

/* Whether the file has the same line, or another key of that name. */
static int
compare(const char *path, struct hostkeys_found *found, struct err *e)
{
	const char *line = found->line.data;
	size_t name_len = strcspn(line, " ") + 1, kind_len;
	struct buf text = BUF_INIT;
	int result = read_file(path, &text, e);

	kind_len = name_len + strcspn(line + name_len, " ") + 1;
	for (const char *p = result ? "" : text.data; *p && !found->is_known;) {
		size_t len = strcspn(p, "\n");

		len += p[len] == '\n';
		found->is_known = len == found->line.len && memcmp(p, line, len) == 0;
		if (!found->is_known && strncmp(p, line, kind_len) == 0) {
			result = err_set(e, ERR_UNSAFE,
					 "%.*s has another key than the one that '%s' has for it: "
					 "if that is meant, remove its line there",
					 (int)name_len - 1, line, path);
			break;
		}
		p += len;
	}
	buf_free(&text);
	return result;
}

int
hostkeys_ask(const struct ssh *ssh, const struct agents_place *place, struct hostkeys_found *found,
	     struct err *e)
{
	char file[PATH_MAX + 32];
	int result;

	*found = HOSTKEYS_FOUND_INIT;
	snprintf(file, sizeof file, "%s/known-%d", ssh->sockets, (int)getpid());
	unlink(file);
	result = ssh_meet(ssh, place, file, e) || read_file(file, &found->line, e) ||
				 fingerprint(file, found->fingerprint, e) ||
				 compare(ssh->known_hosts, found, e)
			 ? -1
			 : 0;
	unlink(file);
	return result;
}

int
hostkeys_keep(const struct ssh *ssh, const struct hostkeys_found *found, struct err *e)
{
	struct buf text = BUF_INIT;
	const char *name;
	int dir_fd = fd_open_parent(ssh->known_hosts, &name), result = -1;

	if (dir_fd < 0)
		err_sys(e, "cannot open the directory of '%s'", ssh->known_hosts);
	else if (read_file(ssh->known_hosts, &text, e) == 0 &&
		 buf_add(&text, found->line.data, found->line.len, e) == 0)
		result = fd_replace_at(dir_fd, name, text.data, text.len, 0644, e);
	fd_close(&dir_fd);
	buf_free(&text);
	return result;
}

void
hostkeys_free(struct hostkeys_found *found)
{
	buf_free(&found->line);
}
