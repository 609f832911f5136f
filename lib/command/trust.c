/* SPDX-License-Identifier: MIT */
/* trust - which images may be installed: digest, signature, and what the operator demands. */
#include "command/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "command/download.h"
#include "image/keys.h"

#define SUFFIX ".minisig"

/* Whether an image is to be signed. */
enum need {
	NEED_NOTHING, /* nobody has said anything of signatures, and there is no key */
	NEED_IF_PRESENT,
	NEED_ALWAYS
};

bool
trust_is_stream(const char *image)
{
	return strcmp(image, TRUST_STREAM) == 0;
}

bool
trust_is_url(const char *image)
{
	return strncmp(image, "https://", 8) == 0 || strncmp(image, "http://", 7) == 0;
}

/* image with the suffix, before a URL's query; NULL with e filled. */
static char *
name_signature(const char *image, struct err *e)
{
	size_t len = trust_is_url(image) ? strcspn(image, "?#") : strlen(image);
	char *name = NULL;

	if (asprintf(&name, "%.*s" SUFFIX "%s", (int)len, image, image + len) < 0) {
		err_sys(e, "cannot look for the signature");
		return NULL;
	}
	return name;
}

/* *found is false when there is no such file. */
static int
read_file(const char *path, struct buf *text, bool *found, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), result;

	*found = fd >= 0;
	/* A name that is too long no file has: the image's own may leave no room for the suffix. */
	if (fd < 0)
		return errno == ENOENT || errno == ENAMETOOLONG
			       ? 0
			       : err_sys(e, "cannot open signature '%s'", path);
	result = fd_read_all(fd, text, SIGNATURE_BYTES_MAX, path, e);
	*found = result == 0;
	fd_close(&fd);
	return result;
}

static int
fetch(const char *url, const struct trust_request *request, struct buf *text, struct err *e)
{
	const struct download_options options = {.ca_file = request->ca_file,
						 .pinned_key = request->pinned_key,
						 .max_bytes = SIGNATURE_BYTES_MAX};
	struct arrival arrival;
	int fd = memfd_create("signature", MFD_CLOEXEC);
	int state_fd = memfd_create("state", MFD_CLOEXEC), result = -1;

	arrival_open(&arrival, fd);
	if (fd < 0 || state_fd < 0)
		err_sys(e, "cannot fetch the signature");
	else if (!download_run(url, &arrival, state_fd, &options, e))
		result = lseek(fd, 0, SEEK_SET)
				 ? err_sys(e, "cannot read the signature")
				 : fd_read_all(fd, text, SIGNATURE_BYTES_MAX, url, e);
	arrival_close(&arrival);
	fd_close(&state_fd);
	fd_close(&fd);
	return result;
}

/* A signature that was not got; a server that cannot be asked says nothing of the image. */
static int
refuse_unsigned(const char *name, bool is_failed, struct err *e)
{
	int status = is_failed ? err_status(e) : 0;

	if (!is_failed)
		err_set(e, ERR_REFUSED, "there is no signature '%.200s'", name);
	err_wrap(e, "the image must be signed");
	if (trust_is_url(name) && (status == ERR_UNAVAILABLE || status >= 128))
		return -1;
	e->kind = ERR_REFUSED;
	e->rule = NULL;
	return -1;
}

/* A server that has no such file has no signature either: *found is false then. */
static int
ask_server(const char *url, const struct trust_request *request, struct buf *text, bool *found,
	   struct err *e)
{
	struct err why = ERR_INIT;

	*found = fetch(url, request, text, &why) == 0;
	if (*found || err_status(&why) == ERR_IMAGE)
		return 0;
	*e = why;
	return -1;
}

/* The signature's text; *found is false where there is none and none is demanded. */
static int
get_text(const struct trust_request *request, enum need need, struct buf *text, bool *found,
	 struct err *e)
{
	const char *given = request->signature;
	char *beside = given ? NULL : name_signature(request->image, e);
	const char *name = given ? given : beside;
	int result = 0;

	*found = false;
	if (!name)
		return -1;
	if (!given && trust_is_stream(request->image))
		result = 0;
	else if (!trust_is_url(name))
		result = read_file(name, text, found, e);
	else if (need == NEED_IF_PRESENT)
		result = ask_server(name, request, text, found, e);
	else if (need == NEED_ALWAYS)
		*found = (result = fetch(name, request, text, e)) == 0;
	if (need == NEED_ALWAYS && !*found)
		result = refuse_unsigned(name, result != 0, e);
	free(beside);
	return result;
}

static int
open_keys(const struct paths *paths, int *fd, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/keys", paths->home);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 && errno != ENOENT && errno != ENOTDIR ? err_sys(e, "cannot open '%s'", path)
							      : 0;
}

static int
find_key(struct trust *t, int keys_fd, enum need need, struct err *e)
{
	char name[SIGNATURE_KEY_NAME];

	if (keys_find(keys_fd, &t->signature, t->key, &t->has_key, e))
		return -1;
	if (t->has_key)
		return 0;
	signature_key_name(&t->signature, name);
	if (need != NEED_NOTHING)
		return err_set(e, ERR_REFUSED,
			       "%s must be signed by a trusted key, and key %s is none: its "
			       "public half belongs into the directory keys",
			       need == NEED_ALWAYS ? "the image" : "an image with a signature",
			       name);
	log_warning("the image's signature is not checked: there is no key %s", name);
	return 0;
}

static int
find_need(const struct settings *settings, int keys_fd, enum need *need, struct err *e)
{
	char word[16] = "";
	bool any = false;

	if (settings_word(settings, "signatures", "required|if-present", word, sizeof word, e))
		return -1;
	if (!word[0] && keys_any(keys_fd, &any, e))
		return -1;
	if (any || strcmp(word, "required") == 0)
		*need = NEED_ALWAYS;
	else
		*need = word[0] ? NEED_IF_PRESENT : NEED_NOTHING;
	return 0;
}

/* Nothing lies beside it, and where it ends nobody knows. */
static int
check_stream(const struct trust_request *request, enum need need, struct err *e)
{
	if (request->signature)
		return 0;
	if (!request->sha256)
		return err_set(e, ERR_USAGE,
			       "what comes on standard input may be cut off anywhere: give its "
			       "--sha256 or --signature");
	return need == NEED_ALWAYS
		       ? err_set(e, ERR_REFUSED,
				 "the image must be signed: of standard input give its --signature")
		       : 0;
}

int
trust_open(struct trust *t, const struct trust_request *request, const struct paths *paths,
	   const struct settings *settings, struct err *e)
{
	struct buf text = BUF_INIT;
	enum need need = NEED_NOTHING;
	bool found = false;
	int keys_fd = -1, result = -1;

	*t = TRUST_INIT;
	if ((request->sha256 && digest_take("--sha256", request->sha256, t->sha256, e)) ||
	    open_keys(paths, &keys_fd, e) || find_need(settings, keys_fd, &need, e))
		goto out;
	if (request->signature)
		need = NEED_ALWAYS;
	if (trust_is_stream(request->image) && check_stream(request, need, e))
		goto out;
	if (strncmp(request->image, "http://", 7) == 0 && need != NEED_ALWAYS && !request->sha256) {
		err_set(e, ERR_REFUSED,
			"an image that comes by http can be anybody's: give its --sha256, or "
			"demand a signature, or use https");
		goto out;
	}
	if (get_text(request, need, &text, &found, e))
		goto out;
	result = 0;
	if (found)
		result = signature_parse(&t->signature, text.data ? text.data : "", text.len, e) ||
					 find_key(t, keys_fd, need, e)
				 ? -1
				 : 0;
out:
	buf_free(&text);
	fd_close(&keys_fd);
	return result;
}

bool
trust_demands(const struct trust *t)
{
	return t->has_key || t->sha256[0];
}

int
trust_check(const struct trust *t, int fd, const char *digest, struct err *e)
{
	if (t->sha256[0] && strcmp(t->sha256, digest) != 0)
		return err_set(e, ERR_REFUSED, "the image is another one: its SHA-256 is %s",
			       digest);
	if (!t->has_key)
		return 0;
	if (signature_check(&t->signature, t->key, fd, e))
		return -1;
	log_note("signed, and its comment says: %s", t->signature.comment);
	return 0;
}

int
trust_check_words(const struct trust *t, const char *service_id, const struct manifest *m,
		  struct err *e)
{
	char value[MANIFEST_WORD_MAX + 1]; /* empty also for one that is too long to be wanted */

	if (!t->has_key)
		return 0;
	/* An empty value is nobody's, also where image.ini has none: it may have been too long. */
	if (signature_comment_value(&t->signature, "id", value, sizeof value) &&
	    (!value[0] || (strcmp(value, service_id) != 0 && strcmp(value, m->name) != 0)))
		return err_set(
			e, ERR_REFUSED,
			"the image is signed for '%.64s', which is neither this service's id "
			"nor the name in its image.ini",
			value);
	if (signature_comment_value(&t->signature, "version", value, sizeof value) &&
	    (!value[0] || strcmp(value, m->version) != 0))
		return err_set(
			e, ERR_REFUSED,
			"the image is signed as version '%.64s', and its image.ini says '%s'",
			value, m->version);
	return 0;
}
