/* SPDX-License-Identifier: MIT */
/* sealing - the host's key, the signers it trusts, and which configurations it takes. */
#include "service/sealing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/directory.h"
#include "base/fd.h"

enum policy { POLICY_ANY, POLICY_SIGNED, POLICY_REQUIRED };

#define POLICIES "any|signed|required"

/* --- keys --- */

/* A new file, whole and on the disk, or none; *made is false when there is one already. */
static int
create(int dir_fd, const char *name, const struct secret *text, bool *made, struct err *e)
{
	char temporary[NAME_MAX + 1];
	int fd, result;

	snprintf(temporary, sizeof temporary, ".key.%d", getpid());
	unlinkat(dir_fd, temporary, 0); /* of a process of that number that died */
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "cannot make key '%s'", name);
	result = fd_write_all(fd, secret_reveal(text), text->len, name, e);
	if (!result && fsync(fd))
		result = err_sys(e, "cannot write key '%s'", name);
	*made = !result && linkat(dir_fd, temporary, dir_fd, name, 0) == 0;
	if (!result && !*made && errno != EEXIST)
		result = err_sys(e, "cannot make key '%s'", name);
	fd_close(&fd);
	unlinkat(dir_fd, temporary, 0);
	(void)fsync(dir_fd);
	return result;
}

/* A key that is made and not needed, for there is one, costs nothing. */
static int
make_secret(int dir_fd, const char *name, const char *kind, bool *made, struct err *e)
{
	struct secret key = SECRET_INIT, text = SECRET_INIT;
	int result = -1;

	if (!secret_reserve(&key, CRYPTO_KEY_BYTES, e) && !secret_reserve(&text, KEYLINE_MAX, e)) {
		crypto_random(secret_edit(&key), CRYPTO_KEY_BYTES);
		text.len =
			keyline_format((char *)secret_edit(&text), kind, secret_edit(&key), NULL);
		result = create(dir_fd, name, &text, made, e);
	}
	secret_free(&text);
	secret_free(&key);
	return result;
}

int
sealing_pair(int dir_fd, const struct sealing_names *names, char line[static KEYLINE_MAX],
	     bool *made, struct err *e)
{
	bool is_host = strcmp(names->kind, KEYLINE_HOST_SECRET) == 0;
	unsigned char public[CRYPTO_KEY_BYTES];
	struct secret key = SECRET_INIT;
	struct stat st;
	size_t len;

	*made = false;
	if ((fstatat(dir_fd, names->secret, &st, 0) && errno == ENOENT &&
	     make_secret(dir_fd, names->secret, names->kind, made, e)) ||
	    sealing_load_key(dir_fd, names->secret, names->kind, &key, e)) {
		secret_free(&key);
		return -1;
	}
	if (is_host)
		crypto_x25519_public(secret_edit(&key), public);
	else
		crypto_ed25519_public(secret_edit(&key), public);
	secret_free(&key);
	len = keyline_format(line, is_host ? KEYLINE_HOST : KEYLINE_SIGNER, public, names->comment);
	return fd_replace_at(dir_fd, names->public, line, len, 0644, e);
}

static int
check_private(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, "cannot read key '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_UNSAFE, "key '%s' is not a regular file", path);
	if ((st.st_mode & 077) || (st.st_uid != geteuid() && st.st_uid != 0))
		return err_set(
			e, ERR_REFUSED,
			"key '%s' is not its owner's alone: make it yours, mode 0600, or make "
			"a new one if others may have read it",
			path);
	return 0;
}

int
sealing_load_key(int dir_fd, const char *path, const char *kind, struct secret *key, struct err *e)
{
	struct secret text = SECRET_INIT;
	int fd = openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), result = -1;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_UNAVAILABLE, "there is no key '%s': agentKeys makes it",
			       path);
	if (fd < 0)
		return err_sys(e, "cannot open key '%s'", path);
	if (!check_private(fd, path, e) && !secret_read(&text, fd, KEYLINE_MAX, path, e) &&
	    !secret_reserve(key, CRYPTO_KEY_BYTES, e)) {
		result = keyline_parse(secret_reveal(&text), text.len, kind, secret_edit(key), e)
				 ? err_wrap(e, "'%s'", path)
				 : 0;
		key->len = CRYPTO_KEY_BYTES;
	}
	secret_free(&text);
	fd_close(&fd);
	return result;
}

int
sealing_load_public(int dir_fd, const char *path, const char *kind,
		    unsigned char key[static CRYPTO_KEY_BYTES], struct err *e)
{
	struct buf text = BUF_INIT;
	int fd = openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int result = -1;

	if (fd < 0)
		return err_sys(e, "cannot open key '%s'", path);
	if (!fd_read_all(fd, &text, KEYLINE_MAX, path, e))
		result = keyline_parse(text.data ? text.data : "", text.len, kind, key, e)
				 ? err_wrap(e, "key '%s'", path)
				 : 0;
	buf_free(&text);
	fd_close(&fd);
	return result;
}

/* --- signers --- */

static bool
is_key_name(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && name[0] != '.' && strcmp(name + len - 4, ".pub") == 0;
}

static int
open_signers(const struct paths *paths, int *fd, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/keys/signers", paths->home);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 && errno != ENOENT && errno != ENOTDIR ? err_sys(e, "cannot open '%s'", path)
							      : 0;
}

/* The key of that id; id "" asks whether there is any, which goes by names alone. */
static int
find_signer(const struct paths *paths, const char *id, unsigned char key[static CRYPTO_KEY_BYTES],
	    bool *found, struct err *e)
{
	const struct dirent *entry;
	char name[KEYLINE_ID];
	DIR *dir = NULL;
	int fd = -1, result = 0;

	*found = false;
	if (open_signers(paths, &fd, e))
		return -1;
	if (fd >= 0 && !(dir = directory_read(fd, e)))
		result = -1;
	while (dir && !result && !*found && (entry = readdir(dir))) {
		if (!is_key_name(entry->d_name))
			continue;
		*found = id[0] == '\0';
		if (*found ||
		    (result = sealing_load_public(fd, entry->d_name, KEYLINE_SIGNER, key, e)))
			continue;
		keyline_id(key, name);
		*found = strcmp(name, id) == 0;
	}
	if (dir)
		closedir(dir);
	fd_close(&fd);
	return result;
}

/* --- what is taken --- */

static int
find_policy(const struct settings *settings, const struct paths *paths, enum policy *policy,
	    struct err *e)
{
	unsigned char ignored[CRYPTO_KEY_BYTES];
	char word[16] = "";
	bool any = false;

	if (settings_word(settings, "sealed", POLICIES, word, sizeof word, e) ||
	    (!word[0] && find_signer(paths, "", ignored, &any, e)))
		return -1;
	*policy = word[0] ? (enum policy)text_choose(POLICIES, word)
		  : any	  ? POLICY_SIGNED
			  : POLICY_ANY;
	return 0;
}

int
sealing_check_plain(const struct settings *settings, struct err *e)
{
	char word[16] = "";

	if (settings_word(settings, "sealed", POLICIES, word, sizeof word, e))
		return -1;
	return strcmp(word, "required") == 0
		       ? err_set(e, ERR_REFUSED,
				 "the configuration is not sealed, and agent.cfg says "
				 "sealed=required: see sealConfig(1)")
		       : 0;
}

static int
check_signature(const struct sealed *s, const struct settings *settings, const struct paths *paths,
		struct err *e)
{
	unsigned char key[CRYPTO_KEY_BYTES];
	enum policy policy = POLICY_REQUIRED;
	bool found = false;

	if (find_policy(settings, paths, &policy, e))
		return -1;
	if (!s->signer[0])
		return policy == POLICY_ANY
			       ? 0
			       : err_set(e, ERR_REFUSED,
					 "the sealed configuration must be signed, and is not");
	if (find_signer(paths, s->signer, key, &found, e))
		return -1;
	if (!found)
		return err_set(
			e, ERR_REFUSED,
			"the sealed configuration is signed by key %s, which is not trusted: "
			"its public half belongs into keys/signers",
			s->signer);
	return sealed_is_signed_by(s, key)
		       ? 0
		       : err_set(e, ERR_REFUSED,
				 "the sealed configuration's signature does not hold: it was "
				 "changed after it was signed");
}

static int
check_address(const struct sealed *s, const char *service_id, const unsigned char *secret,
	      long long now, struct err *e)
{
	unsigned char key[CRYPTO_KEY_BYTES];
	char id[KEYLINE_ID];

	crypto_x25519_public(secret, key);
	keyline_id(key, id);
	if (strcmp(s->host, id) != 0)
		return err_set(e, ERR_CUT,
			       "the configuration is sealed for another host: for key %s, and this "
			       "host's is %s",
			       s->host, id);
	if (strcmp(s->service, service_id) != 0)
		return err_set(e, ERR_CUT, "the configuration is sealed for service '%s'",
			       s->service);
	if (now > s->expires)
		return err_set(
			e, ERR_CUT,
			"the sealed configuration expired %lld seconds ago: seal it anew, or "
			"set this host's clock right",
			now - s->expires);
	return 0;
}

int
sealing_open(struct secret *text, const char *service_id, const struct sealing_host *host,
	     struct sealed *s, struct err *e)
{
	struct secret key = SECRET_INIT, plain = SECRET_INIT;
	char path[PATH_MAX];
	int result = -1;

	snprintf(path, sizeof path, "%s/keys/host.key", host->paths->home);
	if (sealed_parse(s, secret_reveal(text), text->len, e)) {
		err_wrap(e, "the sealed configuration");
		return -1;
	}
	if (!sealing_load_key(AT_FDCWD, path, KEYLINE_HOST_SECRET, &key, e) &&
	    !check_address(s, service_id, secret_edit(&key), host->now, e) &&
	    !check_signature(s, host->settings, host->paths, e))
		result = sealed_open(s, secret_edit(&key), &plain, e)
				 ? err_wrap(e, "the sealed configuration cannot be opened")
				 : 0;
	secret_free(&key);
	s->text = s->box = NULL;
	if (result) {
		secret_free(&plain);
		return -1;
	}
	secret_free(text);
	*text = plain;
	return 0;
}

int
sealing_check_use(const struct sealed *s, const char *event, const struct state *state,
		  struct err *e)
{
	if (strcmp(s->event, "any") != 0 && strcmp(s->event, event) != 0)
		return err_set(e, ERR_CUT,
			       "the configuration is sealed for event '%s', and this is '%s'",
			       s->event, event);
	if (s->sequence <= state->sequence)
		return err_set(e, ERR_CUT,
			       "the sealed configuration was used before, or a later one was: its "
			       "sequence is %lld, the latest %lld; seal it anew",
			       s->sequence, state->sequence);
	return 0;
}
