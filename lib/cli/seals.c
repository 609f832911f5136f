/* SPDX-License-Identifier: MIT */
/* seals - what agentKeys and sealConfig answer: a public key, a sealed configuration. */
#include "cli/seals.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cfg/document.h"
#include "service/sealing.h"

#define EXPIRES_S 3600

/* --- keys --- */

/* A directory that all may read; one that is there is left as it is, and opening it tells. */
static void
make_public(int dir_fd, const char *path)
{
	mode_t mask = umask(022);

	mkdirat(dir_fd, path, 0755);
	umask(mask);
}

/* The pair of this host, in the agent's own directory. */
static int
pair_host(char line[static KEYLINE_MAX], bool *made, struct err *e)
{
	char path[PATH_MAX], host[256] = "";
	const struct sealing_names names = {"host.key", "host.public", KEYLINE_HOST_SECRET, host};
	struct paths paths;
	int fd, result;

	if (paths_load(&paths, e))
		return -1;
	snprintf(path, sizeof path, "%s/keys", paths.home);
	make_public(AT_FDCWD, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", path);
	make_public(fd, "signers"); /* their keys are copied there by hand */
	(void)gethostname(host, sizeof host - 1);
	result = sealing_pair(fd, &names, line, made, e);
	fd_close(&fd);
	return result ? err_wrap(e, "'%s'", path) : 0;
}

/* A pair of one who seals, in files of any place. */
static int
pair_signer(const char *path, char line[static KEYLINE_MAX], bool *made, struct err *e)
{
	char public[NAME_MAX + 1];
	const char *name;
	int fd, result;

	fd = fd_open_parent(path, &name);
	if (fd < 0)
		return err_sys(e, "cannot open the directory of '%s'", path);
	if (snprintf(public, sizeof public, "%s.pub", name) >= (int)sizeof public)
		result = err_set(e, ERR_USAGE, "the name is too long");
	else
		result = sealing_pair(fd,
				      &(struct sealing_names){.secret = name,
							      .public = public,
							      .kind = KEYLINE_SIGNER_SECRET},
				      line, made, e);
	fd_close(&fd);
	return result ? err_wrap(e, "--signer '%s'", path) : 0;
}

static int
print_key(struct cli *cli, char *line, bool made, struct err *e)
{
	const char *kind = cli->signer ? KEYLINE_SIGNER : KEYLINE_HOST;
	unsigned char key[CRYPTO_KEY_BYTES];
	char id[KEYLINE_ID];
	struct json json;

	if (keyline_parse(line, strlen(line), kind, key, e))
		return -1;
	keyline_id(key, id);
	if (made)
		log_note("made a pair of keys, id %s", id);
	if (!cli->json) {
		fputs(line, stdout);
		return 0;
	}
	line[strcspn(line, "\n")] = '\0';
	cli_json(cli, &json, 0);
	json_text(&json, "id", id);
	json_text(&json, "public", line);
	json_bool(&json, "made", made);
	return cli_answer_json(cli, &json, e);
}

int
seals_keys(struct cli *cli, struct err *e)
{
	char line[KEYLINE_MAX];
	bool made = false;

	if (cli->signer ? pair_signer(cli->signer, line, &made, e) : pair_host(line, &made, e))
		return -1;
	return print_key(cli, line, made, e);
}

/* --- a configuration --- */

static int
describe(const struct cli *cli, struct sealed *s, struct err *e)
{
	const char *event = cli->event ? cli->event : "any";
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (text_check_id("service id", cli->args[0], TEXT_SERVICE_ID_MAX, e))
		return -1;
	if (text_choose(SEALED_EVENTS, event) < 0)
		return err_set(e, ERR_USAGE, "--event is one of %s, not '%.80s'", SEALED_EVENTS,
			       event);
	snprintf(s->service, sizeof s->service, "%s", cli->args[0]);
	snprintf(s->event, sizeof s->event, "%s", event);
	s->expires = now.tv_sec + (cli->expires_s < 0 ? EXPIRES_S : cli->expires_s);
	s->sequence =
		cli->sequence < 0 ? now.tv_sec * 1000000LL + now.tv_nsec / 1000 : cli->sequence;
	return 0;
}

static int
check_service_id(const struct cli *cli, const struct document *doc, struct err *e)
{
	size_t len;
	const char *id = document_get(doc, "serviceId", &len);

	return id && (len != strlen(cli->args[0]) || memcmp(id, cli->args[0], len) != 0)
		       ? err_set(e, ERR_UNSAFE,
				 "the configuration is of another service: its serviceId is not "
				 "'%s'",
				 cli->args[0])
		       : 0;
}

int
seals_config(const struct cli *cli, struct err *e)
{
	unsigned char host[CRYPTO_KEY_BYTES];
	struct document doc = DOCUMENT_INIT;
	struct secret signer = SECRET_INIT;
	struct sealed s = {.host = ""};
	struct buf out = BUF_INIT;
	int result = -1;

	if (!cli->to)
		return err_set(e, ERR_USAGE,
			       "--to FILE is needed: the public key that agentKeys "
			       "prints on the host");
	if (!describe(cli, &s, e) &&
	    !sealing_load_public(AT_FDCWD, cli->to, KEYLINE_HOST, host, e) &&
	    (!cli->sign ||
	     !sealing_load_key(AT_FDCWD, cli->sign, KEYLINE_SIGNER_SECRET, &signer, e)) &&
	    !document_read_path(&doc, cli->n_args > 1 ? cli->args[1] : NULL, e) &&
	    !check_service_id(cli, &doc, e) &&
	    !sealed_make(&s, host, cli->sign ? secret_edit(&signer) : NULL, &doc.text, &out, e))
		result = fd_write_all(STDOUT_FILENO, out.data, out.len, "standard output", e);
	if (!result)
		log_detail("sealed for key %s, sequence %lld", s.host, s.sequence);
	buf_free(&out);
	secret_free(&signer);
	document_free(&doc);
	return result;
}
