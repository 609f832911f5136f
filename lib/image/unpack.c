/* SPDX-License-Identifier: MIT */
/* unpack - a file that is packed as a whole, by gzip, bzip2 or xz, to a stream of bytes. */
#include "image/unpack.h"

#include <bzlib.h>
#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>

#include "image/inflate.h"

#define PART_BYTES (64u * 1024)
#define XZ_MEMORY (72u << 20) /* bytes; xz -9 has a dictionary of 64 MiB */
#define GZIP_FLAGS 3	      /* where a gzip header has them, and those that are none yet: */
#define GZIP_RESERVED 0xe0u   /* RFC 1952 section 2.3.1.2 */

struct unpack {
	struct arrival *image;
	enum unpack_kind kind;
	uint64_t offset; /* of what is decoded next */
	bool is_ended;	 /* a stream is, and another may begin */
	struct gunzip *gzip;
	bz_stream bzip2;
	lzma_stream xz;
	uint64_t in_offset; /* in[] is from there */
	size_t in_len;
	unsigned char in[PART_BYTES], out[PART_BYTES];
};

static int
begin(struct unpack *u, struct err *e)
{
	bool is_ready = false;

	u->is_ended = false;
	switch (u->kind) {
	case UNPACK_GZIP:
		if (u->gzip)
			gunzip_begin(u->gzip);
		else
			u->gzip = gunzip_new();
		is_ready = u->gzip;
		break;
	case UNPACK_BZIP2:
		BZ2_bzDecompressEnd(&u->bzip2);
		is_ready = BZ2_bzDecompressInit(&u->bzip2, 0, 0) == BZ_OK;
		break;
	case UNPACK_XZ:
		is_ready = lzma_stream_decoder(&u->xz, XZ_MEMORY,
					       LZMA_TELL_NO_CHECK | LZMA_TELL_UNSUPPORTED_CHECK) ==
			   LZMA_OK;
		break;
	}
	if (is_ready)
		return 0;
	errno = ENOMEM; /* the only reason that any of them has */
	return err_sys(e, "cannot read the image");
}

void
unpack_close(struct unpack *u)
{
	if (u) {
		BZ2_bzDecompressEnd(&u->bzip2);
		lzma_end(&u->xz);
		free(u->gzip);
	}
	free(u);
}

struct unpack *
unpack_open(struct arrival *image, enum unpack_kind kind, struct err *e)
{
	struct unpack *u = calloc(1, sizeof *u);

	if (!u) {
		err_sys(e, "cannot read the image");
		return NULL;
	}
	u->image = image;
	u->kind = kind;
	if (begin(u, e) == 0)
		return u;
	unpack_close(u);
	return NULL;
}

static int
refuse(const char *why, struct err *e)
{
	err_set(e, ERR_UNSAFE, "the archive's packing %s", why);
	return err_refuse(e, "data", NULL, 0, 0);
}

/* Decode some of the n bytes at in, to u->out: *made bytes. */
static int
step_gzip(struct unpack *u, const unsigned char *in, size_t n, size_t *made, struct err *e)
{
	if (u->offset == 0 && n > GZIP_FLAGS && (in[GZIP_FLAGS] & GZIP_RESERVED))
		return refuse("is of an unknown kind", e);
	*made = PART_BYTES;
	if (gunzip_step(u->gzip, in, &n, u->out, made, &u->is_ended))
		return refuse("is damaged, or followed by something else", e);
	u->offset += n;
	return 0;
}

static int
step_bzip2(struct unpack *u, unsigned char *in, size_t n, size_t *made, struct err *e)
{
	bz_stream *s = &u->bzip2;
	int result;

	s->next_in = (char *)in;
	s->avail_in = (unsigned)n;
	s->next_out = (char *)u->out;
	s->avail_out = PART_BYTES;
	result = BZ2_bzDecompress(s);
	if (result == BZ_MEM_ERROR) {
		errno = ENOMEM;
		return err_sys(e, "cannot read the image");
	}
	if (result != BZ_OK && result != BZ_STREAM_END)
		return refuse("is damaged, or followed by something else", e);
	*made = PART_BYTES - s->avail_out;
	u->offset += n - s->avail_in;
	u->is_ended = result == BZ_STREAM_END;
	return 0;
}

static int
step_xz(struct unpack *u, const unsigned char *in, size_t n, size_t *made, struct err *e)
{
	lzma_stream *s = &u->xz;
	lzma_ret result;

	s->next_in = in;
	s->avail_in = n;
	s->next_out = u->out;
	s->avail_out = PART_BYTES;
	result = lzma_code(s, LZMA_RUN);
	if (result == LZMA_MEM_ERROR) {
		errno = ENOMEM;
		return err_sys(e, "cannot read the image");
	}
	if (result == LZMA_MEMLIMIT_ERROR)
		return refuse("needs more memory than that of xz -9", e);
	if (result == LZMA_NO_CHECK || result == LZMA_UNSUPPORTED_CHECK)
		return refuse("has no checksum that is known", e);
	if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR)
		return refuse("is damaged, or followed by something else", e);
	*made = PART_BYTES - s->avail_out;
	u->offset += n - s->avail_in;
	u->is_ended = result == LZMA_STREAM_END;
	return 0;
}

static int
step(struct unpack *u, unsigned char *in, size_t n, size_t *made, struct err *e)
{
	switch (u->kind) {
	case UNPACK_GZIP:
		return step_gzip(u, in, n, made, e);
	case UNPACK_BZIP2:
		return step_bzip2(u, in, n, made, e);
	default:
		return step_xz(u, in, n, made, e);
	}
}

/* What is to be decoded next; *n is 0 at the end of the file. */
static int
peek(struct unpack *u, unsigned char **in, size_t *n, struct err *e)
{
	if (u->offset < u->in_offset || u->offset >= u->in_offset + u->in_len) {
		u->in_offset = u->offset;
		if (arrival_read(u->image,
				 (struct arrival_range){u->offset, GZIP_FLAGS + 1, PART_BYTES},
				 u->in, &u->in_len, e))
			return -1;
	}
	*in = u->in + (u->offset - u->in_offset);
	*n = u->in_len - (size_t)(u->offset - u->in_offset);
	return 0;
}

int
unpack_next(struct unpack *u, const void **data, size_t *len, struct err *e)
{
	*data = u->out;
	*len = 0;
	while (*len == 0) {
		uint64_t before = u->offset;
		unsigned char *in;
		size_t n;

		if (peek(u, &in, &n, e))
			return -1;
		if (u->is_ended && n == 0)
			return 0;
		/* Several streams, as pbzip2 makes them, are one to every reader. */
		if (u->is_ended && begin(u, e))
			return -1;
		if (step(u, in, n, len, e))
			return -1;
		if (*len == 0 && u->offset == before && !u->is_ended)
			return refuse("ends too early, or is followed by something else", e);
	}
	return 0;
}
