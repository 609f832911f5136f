/* SPDX-License-Identifier: MIT */
/* source - an image's entries, whichever kind of archive they come in. */
#include "image/source.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/thread.h"

/* The kinds that images come in. */
static const struct kind {
	const char *name;
	const char *magic;
	size_t magic_len;
	const char *suffixes[2];
	bool is_tar;
	enum unpack_kind packing; /* of a tar */
} kinds[] = {
	{"zip", "PK\3\4", 4, {"zip"}, false, 0},
	{"zip", "PK\5\6", 4, {"zip"}, false, 0}, /* an empty one */
	/* With the marker of an archive that might have been split: APPNOTE 8.5.4, 8.5.5. */
	{"zip", "PK00PK\3\4", 8, {"zip"}, false, 0},
	{"zip", "PK\7\bPK\3\4", 8, {"zip"}, false, 0},
	{"tar.gz", "\x1f\x8b", 2, {"tar.gz", "tgz"}, true, UNPACK_GZIP},
	{"tar.bz2", "BZh", 3, {"tar.bz2"}, true, UNPACK_BZIP2},
	{"tar.xz", "\xfd\x37zXZ\0", 6, {"tar.xz"}, true, UNPACK_XZ},
};

static const struct kind *
find_kind(const char *head, size_t len)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (len >= kinds[i].magic_len &&
		    memcmp(head, kinds[i].magic, kinds[i].magic_len) == 0)
			return &kinds[i];
	return NULL;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n + 1 && name[len - n - 1] == '.' && strcasecmp(name + len - n, suffix) == 0;
}

static int
refuse_kind(struct err *e)
{
	return err_refuse(e, "kind", NULL, 0, 0);
}

static int
match_suffix(const struct kind *kind, const char *name, char suffix[static SOURCE_SUFFIX_MAX],
	     struct err *e)
{
	for (size_t i = 0; i < 2 && kind->suffixes[i]; i++)
		if (!name || ends_with(name, kind->suffixes[i])) {
			snprintf(suffix, SOURCE_SUFFIX_MAX, "%s", kind->suffixes[i]);
			return 0;
		}
	err_set(e, ERR_UNSAFE, "image '%s' is a %s archive, but its name does not end in .%s", name,
		kind->name, kind->suffixes[0]);
	return refuse_kind(e);
}

int
source_tell_kind(const char *head, size_t len, const char *name,
		 char suffix[static SOURCE_SUFFIX_MAX], struct err *e)
{
	const struct kind *kind = find_kind(head, len);

	if (kind)
		return match_suffix(kind, name, suffix, e);
	err_set(e, ERR_UNSAFE, "image '%s' is no archive: a service image is a zip or a tar.gz",
		name ? name : "-");
	return refuse_kind(e);
}

static void *
confirm(void *arg)
{
	struct source *source = arg;

	source->confirmed = zip_reader_confirm(&source->zip, source->judge, &source->refusal);
	return NULL;
}

int
source_open(struct source *source, struct arrival *image, struct judge *judge, struct err *e)
{
	struct err ignored = ERR_INIT;
	const struct kind *kind;
	char head[SOURCE_HEAD_MAX];
	size_t got = 0;

	*source = SOURCE_INIT;
	source->image = image;
	source->judge = judge;
	source->refusal = ERR_INIT;
	if (arrival_read(image, (struct arrival_range){0, sizeof head, sizeof head}, head, &got, e))
		return -1;
	kind = find_kind(head, got);
	source->is_tar = kind && kind->is_tar;
	if (source->is_tar) {
		source->confirmed = tar_reader_open(&source->tar, image, kind->packing, judge, e);
		return source->confirmed;
	}
	if (zip_reader_open(&source->zip, image, judge, e))
		return -1;
	if (thread_start(&source->confirming, confirm, source, &ignored) == 0)
		source->is_confirming = true;
	else
		confirm(source);
	return 0;
}

int
source_confirm(struct source *source, struct err *e)
{
	if (source->is_confirming)
		pthread_join(source->confirming, NULL);
	source->is_confirming = false;
	if (source->confirmed)
		*e = source->refusal;
	return source->confirmed;
}

void
source_share(struct source *copy, const struct source *of)
{
	*copy = SOURCE_INIT;
	copy->image = of->image;
	zip_reader_share(&copy->zip, &of->zip);
}

bool
source_is_shareable(const struct source *source, const struct entry *entry)
{
	return !source->is_tar && zip_reader_is_shareable(&source->zip, entry);
}

void
source_expect(struct source *source, const struct entry *last)
{
	uint64_t offset, len;

	if (source->is_tar)
		return;
	zip_reader_place(&source->zip, last, &offset, &len);
	source->zip.bound = offset + len;
}

int
source_start(struct source *source, const struct entry *entry, struct err *e)
{
	return source->is_tar ? tar_reader_start(&source->tar, entry, e)
			      : zip_reader_start(&source->zip, entry, e);
}

int
source_next(struct source *source, const struct entry *entry, void *data, size_t size, size_t *len,
	    struct err *e)
{
	return source->is_tar ? tar_reader_next(&source->tar, entry, data, size, len, e)
			      : zip_reader_next(&source->zip, entry, data, size, len, e);
}

void
source_end(struct source *source)
{
	if (!source->is_tar)
		zip_reader_end(&source->zip);
}

void
source_place(const struct source *source, const struct entry *entry, uint64_t *offset,
	     uint64_t *len)
{
	zip_reader_place(&source->zip, entry, offset, len);
}

int
source_read(struct source *source, const struct entry *entry, size_t limit, struct buf *out,
	    struct err *e)
{
	char part[4096];
	size_t len = 0;
	int result;

	if (entry->size > limit)
		return err_set(e, ERR_UNSAFE, "'%.160s' is larger than %zu bytes", entry->name,
			       limit);
	result = source_start(source, entry, e);
	while (!result && !(result = source_next(source, entry, part, sizeof part, &len, e)) && len)
		result = out->len + len > limit
				 ? err_set(e, ERR_UNSAFE, "'%.160s' is longer than it says",
					   entry->name)
				 : buf_add(out, part, len, e);
	source_end(source);
	return result ? -1 : 0;
}

void
source_close(struct source *source)
{
	struct err ignored = ERR_INIT;

	(void)!source_confirm(source, &ignored);
	tar_reader_close(&source->tar);
	zip_reader_close(&source->zip);
	*source = SOURCE_INIT;
}
