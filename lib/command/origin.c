/* SPDX-License-Identifier: MIT */
/* origin - the image that a service came from, as it is kept: the record of what it brought. */
#include "command/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/text.h"
#include "service/imageini.h"

#define PART_BYTES (64u * 1024)

/* The file's name of the kept image. */
static int
find(struct service *svc, const char *digest, char name[static IMAGES_NAME_MAX], struct err *e)
{
	struct images images = IMAGES_INIT;
	int result;

	if (!digest[0])
		return err_set(e, ERR_UNAVAILABLE, "it is not known from which image it came");
	if (service_find_metadata(svc, e) || images_look(&images, svc, e))
		return -1;
	result = images_find(&images, digest, name, e);
	images_close(&images);
	if (result)
		return -1;
	return name[0] ? 0
		       : err_set(e, ERR_UNAVAILABLE, "its image %.12s is not kept any more",
				 digest);
}

int
origin_open(struct origin *o, struct service *svc, char digest[static DIGEST_HEX], struct err *e)
{
	char name[IMAGES_NAME_MAX] = "", head[SOURCE_HEAD_MAX], suffix[SOURCE_SUFFIX_MAX];
	size_t got = 0;

	snprintf(digest, DIGEST_HEX, "%s", svc->state.kept[0]);
	if (find(svc, digest, name, e) || import_kept(&o->import, name, svc, e) ||
	    import_finish(&o->import, e))
		return -1;
	if (strcmp(o->import.digest, digest) != 0)
		return err_set(e, ERR_IO, "the kept image is damaged: its digest is %s",
			       o->import.digest);
	if (arrival_read(&o->import.image, (struct arrival_range){0, sizeof head, sizeof head},
			 head, &got, e) ||
	    source_tell_kind(head, got, name, suffix, e) ||
	    source_open(&o->source, &o->import.image, &o->judge, e) ||
	    source_confirm(&o->source, e))
		return -1;
	return imageini_read(&o->manifest, &o->source, &o->judge, e);
}

/* Of an entry, as prune_digest of a file. */
static int
digest_entry(struct source *source, const struct entry *entry, char hex[static PRUNE_DIGEST_HEX],
	     struct err *e)
{
	unsigned char digest[CRYPTO_BLAKE2B_BYTES];
	struct crypto_blake2b *hash = NULL;
	char *part = malloc(PART_BYTES);
	int result = part ? crypto_blake2b_new(&hash, e) : err_sys(e, "cannot hash a file");
	size_t len = 1;

	if (!result) {
		result = source_start(source, entry, e);
		while (!result && len) {
			result = source_next(source, entry, part, PART_BYTES, &len, e);
			if (!result)
				crypto_blake2b_add(hash, part, len);
		}
		source_end(source);
	}
	if (!result) {
		crypto_blake2b_finish(hash, digest);
		text_hex(hex, digest, sizeof digest);
	}
	crypto_blake2b_free(hash);
	free(part);
	return result;
}

int
origin_compare(struct source *source, const struct entry *entry, int fd,
	       char digest[static PRUNE_DIGEST_HEX], bool *same, struct err *e)
{
	char brought[PRUNE_DIGEST_HEX];

	*same = false;
	if (prune_digest(fd, digest, e) || digest_entry(source, entry, brought, e))
		return -1;
	*same = strcmp(digest, brought) == 0;
	return 0;
}

void
origin_close(struct origin *o)
{
	import_abandon(&o->import);
	source_close(&o->source);
	import_close(&o->import);
	manifest_free(&o->manifest);
	judge_free(&o->judge);
}
