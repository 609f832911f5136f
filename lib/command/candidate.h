/* SPDX-License-Identifier: MIT */
/* candidate - the image that is to be a service: named, brought, verified and judged. */
#ifndef COMMAND_CANDIDATE_H
#define COMMAND_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "command/import.h"
#include "command/trust.h"
#include "host/settings.h"
#include "image/digest.h"
#include "image/judge.h"
#include "image/source.h"
#include "service/images.h"
#include "service/manifest.h"
#include "service/service.h"

/* What install_service is asked for. */
struct install_request {
	const char *service_id;
	/* Of the service; NULL keeps those that it has. */
	const char *customer_id, *user_id;
	const char *image; /* path, URL or TRUST_STREAM; NULL for a kept image */
	const char *kept;  /* its digest or the beginning of it; NULL for the one before this */
	const char *sha256, *signature, *ca_file, *pinned_key;	    /* or NULL */
	void (*progress)(void *arg, uint64_t done, uint64_t total); /* of a download; or NULL */
	void *progress_arg;
	bool dry_run; /* judge everything, write nothing */
	bool replace; /* the tree is exchanged, not laid over */
	bool prune;   /* of what it is laid over goes what the last image brought and it lacks */
	struct service_lock_request lock;
};

/* Of an update, paths; see command/preview.h. */
struct install_counts {
	size_t n_added, n_replaced, n_unchanged, n_kept, n_removed, n_owners;
};

/* What was installed, or with dry_run would have been. */
struct install_report {
	char type[SOURCE_SUFFIX_MAX]; /* the image's suffix, "zip" */
	size_t n_entries, n_dropped_bits;
	uint64_t bytes;
	bool update; /* over an existing service */
	/* With prune: paths that went, and those that stay because they were changed. */
	size_t n_pruned, n_changed;
	struct install_counts counts; /* of an update with dry_run; else zeros */
	char digest[DIGEST_HEX];
	char version[STATE_VERSION_MAX + 1];
	char comment[256]; /* the trusted comment of a signature that was checked; "" for none */
};

/* What is shared with install_service, which closes each part of it in its own time. */
struct candidate {
	const struct install_request *request;
	struct install_report *report;
	struct service *svc;
	struct trust trust;
	struct import import;
	struct source source;
	struct judge judge;
	struct manifest manifest;
	int image_fd;			/* of a file, until import takes it */
	char kept[IMAGES_NAME_MAX];	/* the file's name of a kept image */
	char name[STATE_IMAGE_MAX + 1]; /* of the image, for messages and the state */
	bool is_verified;		/* digest and signature hold */
};

#define CANDIDATE_INIT                                 \
	((struct candidate){.trust = TRUST_INIT,       \
			    .import = IMPORT_INIT,     \
			    .source = SOURCE_INIT,     \
			    .judge = JUDGE_INIT,       \
			    .manifest = MANIFEST_INIT, \
			    .image_fd = -1})

/*
 * candidate_open      - name the image of the request, and find what is demanded of it.
 * candidate_find_kept - the kept one of the request's digest, or the one that was installed before
 *                       this; of a service that was removed the one that it was.
 *
 * Fails:   ERR_IMAGE for a file that is missing or cannot be read; as trust_open; ERR_USAGE for
 *          what is no digest; ERR_NO_SERVICE; ERR_UNAVAILABLE when no such image is kept.
 */
int candidate_open(struct candidate *c, const struct settings *settings, struct err *e)
	__attribute__((warn_unused_result));
int candidate_find_kept(struct candidate *c, struct err *e) __attribute__((warn_unused_result));

/*
 * candidate_begin - let the image's bytes begin to come, and of those that are kept make sure.
 *
 * svc  NULL where nothing may be written
 *
 * Fails:   as import_file, import_stream, import_url and import_kept.
 */
int candidate_begin(struct candidate *c, struct service *svc, struct err *e)
	__attribute__((warn_unused_result));

/*
 * candidate_judge   - judge all that the image's directory and image.ini tell, and report it; what
 *                     is demanded of a file is checked before it is looked into.
 * candidate_confirm - make sure of what only the bytes of the entries tell.
 * candidate_verify  - wait for all of the image: its digest and signature must be what is demanded.
 *
 * Fails:   ERR_UNSAFE for what it holds; ERR_REFUSED for a digest or signature; ERR_IO for a kept
 *          image that is damaged; as import_finish.
 */
int candidate_judge(struct candidate *c, struct err *e) __attribute__((warn_unused_result));
int candidate_confirm(struct candidate *c, struct err *e) __attribute__((warn_unused_result));
int candidate_verify(struct candidate *c, struct err *e) __attribute__((warn_unused_result));

#endif
