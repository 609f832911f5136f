/* SPDX-License-Identifier: MIT */
/* candidate - the image that is to be a service: named, brought, verified and judged. */
#include "command/candidate.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "service/imageini.h"

/* The last component of a path or URL. */
static void
take_name(struct candidate *c, const char *image)
{
	size_t len = trust_is_url(image) ? strcspn(image, "?#") : strlen(image), start = len;

	while (start > 0 && image[start - 1] != '/')
		start--;
	len -= start;
	snprintf(c->name, sizeof c->name, "%.*s",
		 (int)(len < STATE_IMAGE_MAX ? len : STATE_IMAGE_MAX), image + start);
	text_printable(c->name, c->name, strlen(c->name));
}

static int
open_image(const char *path, int *fd, struct err *e)
{
	struct stat st;

	/* O_NONBLOCK: a FIFO must not hang us. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 || fstat(*fd, &st))
		err_sys(e, "cannot open image '%s'", path);
	else if (!S_ISREG(st.st_mode))
		err_set(e, ERR_IMAGE, "image '%s' is not a regular file", path);
	else
		return 0;
	e->kind = ERR_IMAGE;
	fd_close(fd);
	return -1;
}

/* A descriptor of its own, for whoever takes it closes it. */
static int
open_stream(int *fd, struct err *e)
{
	if (isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE,
			       "the image is to come on standard input, which is a terminal");
	*fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return *fd < 0 ? err_sys(e, "cannot read standard input") : 0;
}

int
candidate_open(struct candidate *c, const struct settings *settings, struct err *e)
{
	const struct install_request *request = c->request;
	const struct trust_request trust = {.image = request->image,
					    .sha256 = request->sha256,
					    .signature = request->signature,
					    .ca_file = request->ca_file,
					    .pinned_key = request->pinned_key};

	take_name(c, request->image);
	if (trust_is_stream(request->image) && open_stream(&c->image_fd, e))
		return -1;
	/* Of a digest it may be kept already, and then need not be there. */
	if (c->image_fd < 0 && !trust_is_url(request->image) && !request->sha256 &&
	    open_image(request->image, &c->image_fd, e))
		return -1;
	return trust_open(&c->trust, &trust, &c->svc->paths, settings, e)
		       ? err_wrap(e, "image '%s'", c->name)
		       : 0;
}

static int
judge_digest(const char *digest, struct err *e)
{
	size_t len = strspn(digest, "0123456789abcdef");

	if (len > 0 && len < DIGEST_HEX && !digest[len])
		return 0;
	return err_set(e, ERR_USAGE,
		       "'%.80s' is no SHA-256, nor the beginning of one, in lower-case hexadecimal "
		       "digits",
		       digest);
}

/* A trial looks at what is kept, and changes nothing there. */
static int
open_kept(struct candidate *c, struct images *images, struct err *e)
{
	if (c->request->dry_run)
		return service_find_metadata(c->svc, e) || images_look(images, c->svc, e) ? -1 : 0;
	return service_open_metadata(c->svc, e) || images_open(images, c->svc, e) ? -1 : 0;
}

int
candidate_find_kept(struct candidate *c, struct err *e)
{
	const char *digest = c->request->kept, *wanted;
	struct images images = IMAGES_INIT;
	struct state state = STATE_INIT;
	int meta_fd, result = -1;

	if ((digest && judge_digest(digest, e)) || service_find_metadata(c->svc, e))
		return -1;
	meta_fd = fd_open_beneath(c->svc->meta_root_fd, c->svc->id, O_RDONLY | O_DIRECTORY, 0);
	if (meta_fd >= 0 && state_load(&state, meta_fd, e))
		goto out;
	if (c->svc->dir_fd < 0 && !state.kept[0][0]) {
		err_set(e, ERR_NO_SERVICE, "no such service: there is no '%s'", c->svc->path);
		goto out;
	}
	wanted = digest ? digest : state.kept[c->svc->dir_fd < 0 ? 0 : 1];
	if (!wanted[0]) {
		err_set(e, ERR_UNAVAILABLE, "there is no earlier image to go back to");
		goto out;
	}
	if (open_kept(c, &images, e) || images_find(&images, wanted, c->kept, e))
		goto out;
	if (c->kept[0]) {
		take_name(c, c->kept);
		result = 0;
	} else {
		err_set(e, ERR_UNAVAILABLE, "no image '%.64s' is kept", wanted);
	}
out:
	images_close(&images);
	fd_close(&meta_fd);
	return result;
}

/* Lets the image's bytes begin to come.  svc is NULL where nothing may be written. */
static int
begin(struct candidate *c, struct service *svc, struct err *e)
{
	const struct install_request *request = c->request;
	const struct download_options options = {.ca_file = request->ca_file,
						 .pinned_key = request->pinned_key,
						 .max_bytes = c->judge.limits.total_bytes,
						 .progress = request->progress,
						 .progress_arg = request->progress_arg};
	int fd;

	if (c->kept[0])
		return import_kept(&c->import, c->kept, c->svc, e);
	if (trust_is_url(request->image))
		return import_url(&c->import, request->image, &options, svc, e);
	if (c->image_fd < 0 && open_image(request->image, &c->image_fd, e))
		return -1;
	fd = c->image_fd;
	c->image_fd = -1;
	return trust_is_stream(request->image)
		       ? import_stream(&c->import, fd, c->judge.limits.total_bytes, svc, e)
		       : import_file(&c->import, fd, svc, e);
}

static int
tell_kind(struct candidate *c, struct err *e)
{
	bool has_name = c->kept[0] || !trust_is_stream(c->request->image);
	char head[SOURCE_HEAD_MAX];
	size_t got = 0;

	return arrival_read(&c->import.image, (struct arrival_range){0, sizeof head, sizeof head},
			    head, &got, e) ||
			       source_tell_kind(head, got, has_name ? c->name : NULL,
						c->report->type, e)
		       ? -1
		       : 0;
}

int
candidate_verify(struct candidate *c, struct err *e)
{
	struct trust *trust = &c->trust;

	if (import_finish(&c->import, e))
		return -1;
	snprintf(c->report->digest, sizeof c->report->digest, "%s", c->import.digest);
	/* A kept image is known by its digest. */
	if (c->kept[0] && strncmp(c->kept, c->import.digest, DIGEST_HEX - 1) != 0)
		return err_set(e, ERR_IO, "the kept image is damaged: its digest is %s",
			       c->import.digest);
	if (!c->is_verified && trust_check(trust, c->import.image.fd, c->import.digest, e))
		return -1;
	c->is_verified = true;
	if (trust->has_key)
		snprintf(c->report->comment, sizeof c->report->comment, "%.255s",
			 trust->signature.comment);
	return 0;
}

static int
read_manifest(struct candidate *c, struct err *e)
{
	if (imageini_read(&c->manifest, &c->source, &c->judge, e))
		return -1;
	snprintf(c->report->version, sizeof c->report->version, "%s", c->manifest.version);
	return trust_check_words(&c->trust, c->request->service_id, &c->manifest, e);
}

int
candidate_judge(struct candidate *c, struct err *e)
{
	/* What came over a network is unpacked while it comes, and verified in the end. */
	bool is_here = c->kept[0] || !trust_is_url(c->request->image);

	if (is_here && (c->kept[0] || trust_demands(&c->trust)) && candidate_verify(c, e))
		return -1;
	if (tell_kind(c, e))
		return -1;
	if (source_open(&c->source, &c->import.image, &c->judge, e) || read_manifest(c, e))
		return err_wrap(e, "image '%s'", c->name);
	if (c->judge.has_configuration)
		log_warning("the image's own %s is not installed: configureService delivers it",
			    JUDGE_CONFIGURATION);
	c->report->n_entries = c->judge.n_entries;
	c->report->n_dropped_bits = c->judge.n_dropped_bits;
	c->report->bytes = c->judge.total_bytes;
	if (c->judge.n_dropped_bits)
		log_note("%zu entries lose their setuid, setgid, sticky or world-write bits",
			 c->judge.n_dropped_bits);
	if (c->judge.n_converted)
		log_note("names that are not in UTF-8, and taken to be in code page 437: %zu",
			 c->judge.n_converted);
	return 0;
}

int
candidate_confirm(struct candidate *c, struct err *e)
{
	return source_confirm(&c->source, e) ? err_wrap(e, "image '%s'", c->name) : 0;
}

/* An image that is kept already, as its digest tells, is brought by nobody again. */
static int
look_for_kept(struct candidate *c, struct err *e)
{
	struct images images = IMAGES_INIT;
	int result;

	/* A stream is read to its end all the same: who writes it must not fail by SIGPIPE. */
	if (!c->trust.sha256[0] || c->svc->root_fd < 0 || trust_is_stream(c->request->image))
		return 0;
	if (open_kept(c, &images, e))
		return -1;
	result = images_find(&images, c->trust.sha256, c->kept, e);
	images_close(&images);
	if (c->kept[0])
		log_note("image %.12s is kept already", c->kept);
	return result;
}

int
candidate_begin(struct candidate *c, struct service *svc, struct err *e)
{
	if (look_for_kept(c, e) || begin(c, svc, e))
		return -1;
	if (!c->kept[0] || !c->request->image)
		return 0;
	if (import_finish(&c->import, e))
		return -1;
	if (strcmp(c->trust.sha256, c->import.digest) == 0)
		return 0;
	log_warning("the kept image %.12s is damaged, and is got anew", c->kept);
	import_close(&c->import);
	c->kept[0] = '\0';
	return begin(c, svc, e);
}
