/* SPDX-License-Identifier: MIT */
/* inflate - deflated data to bytes, and their checksum. */
#include "image/inflate.h"

#include <isa-l.h>
#include <libdeflate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Large enough for many small entries, small enough for the second-level cache. */
#define WINDOW_BYTES (256u * 1024)
#define WHOLE_BYTES 1024u /* below it, making libdeflate's tables costs more than it saves */

struct inflate {
	struct arrival *image;
	bool is_deflated, is_begun;
	uint64_t bound;	     /* of reading ahead */
	uint64_t next, left; /* compressed data that was not taken yet */
	uint64_t expected;   /* bytes that come out */
	uint32_t crc;
	uint64_t window_start;
	size_t window_len;
	struct libdeflate_decompressor *whole; /* of data that is whole in the window */
	struct inflate_state state;	       /* of all other */
	unsigned char window[WINDOW_BYTES];
};

struct inflate *
inflate_new(void)
{
	struct inflate *in = malloc(sizeof *in);

	if (!in)
		return NULL;
	in->window_start = in->window_len = 0;
	in->bound = UINT64_MAX;
	isal_inflate_init(&in->state);
	in->whole = libdeflate_alloc_decompressor();
	if (!in->whole) {
		free(in);
		return NULL;
	}
	return in;
}

void
inflate_free(struct inflate *in)
{
	if (in)
		libdeflate_free_decompressor(in->whole);
	free(in);
}

int
inflate_peek(struct inflate *in, struct arrival *image, uint64_t offset, size_t len,
	     struct inflate_piece *piece, struct err *e)
{
	uint64_t skip = offset - in->window_start, ahead = WINDOW_BYTES;

	if (len > WINDOW_BYTES)
		len = WINDOW_BYTES;
	if (in->bound > offset && in->bound - offset < ahead)
		ahead = in->bound - offset;
	if (ahead < len)
		ahead = len;
	if (offset < in->window_start || skip > in->window_len || in->window_len - skip < len) {
		in->window_start = offset;
		in->window_len = 0;
		skip = 0;
		if (arrival_read(image, (struct arrival_range){offset, len, (size_t)ahead},
				 in->window, &in->window_len, e))
			return -1;
	}
	piece->data = in->window + skip;
	piece->len = in->window_len - (size_t)skip;
	return 0;
}

void
inflate_bound(struct inflate *in, uint64_t end)
{
	in->bound = end;
}

void
inflate_start(struct inflate *in, struct arrival *image, uint64_t offset, uint64_t compressed,
	      uint64_t size, int is_deflated)
{
	in->image = image;
	in->is_deflated = is_deflated;
	in->is_begun = false;
	in->next = offset;
	in->left = compressed;
	in->expected = size;
	in->crc = 0;
}

/* Takes compressed bytes from the window: all that is there, 0 only at the end of the data. */
static int
take(struct inflate *in, const unsigned char **data, size_t *len, struct err *e)
{
	struct inflate_piece piece;

	*len = 0;
	*data = in->window; /* an empty piece of it */
	if (in->left == 0)
		return 0;
	if (inflate_peek(in, in->image, in->next, 1, &piece, e))
		return -1;
	if (piece.len == 0)
		return err_set(e, ERR_UNSAFE, "the image is cut off");
	*data = piece.data;
	*len = piece.len < in->left ? piece.len : (size_t)in->left;
	in->next += *len;
	in->left -= *len;
	return 0;
}

static int
next_stored(struct inflate *in, unsigned char *out, size_t size, size_t *len, struct err *e)
{
	const unsigned char *data;
	size_t got;

	while (*len < size && in->left) {
		if (take(in, &data, &got, e))
			return -1;
		if (got > size - *len) { /* give back what does not fit */
			in->next -= got - (size - *len);
			in->left += got - (size - *len);
			got = size - *len;
		}
		memcpy(out + *len, data, got);
		*len += got;
	}
	return 0;
}

/* All at once.  Sets *len to 0 where that does not go; next_deflated then finds what is wrong. */
static int
inflate_whole(struct inflate *in, unsigned char *out, size_t *len, struct err *e)
{
	struct inflate_piece piece;
	size_t used, made;

	if (inflate_peek(in, in->image, in->next, (size_t)in->left, &piece, e))
		return -1;
	if (piece.len < in->left ||
	    libdeflate_deflate_decompress_ex(in->whole, piece.data, (size_t)in->left, out,
					     (size_t)in->expected, &used, &made) ||
	    used != in->left)
		return 0;
	in->next += used;
	in->left = 0;
	in->state.block_state = ISAL_BLOCK_FINISH;
	*len = made;
	return 0;
}

/* The first bytes of an entry: all of them if *len is not 0. */
static int
begin(struct inflate *in, unsigned char *out, size_t size, size_t *len, struct err *e)
{
	in->is_begun = true;
	isal_inflate_reset(&in->state);
	in->state.crc_flag = ISAL_DEFLATE;
	in->state.avail_in = 0;
	return in->expected >= WHOLE_BYTES && in->expected <= size && in->left <= WINDOW_BYTES
		       ? inflate_whole(in, out, len, e)
		       : 0;
}

static int
next_deflated(struct inflate *in, unsigned char *out, size_t size, size_t *len, struct err *e)
{
	struct inflate_state *state = &in->state;
	const unsigned char *data;
	size_t got;

	if (!in->is_begun && (begin(in, out, size, len, e) || *len))
		return *len ? 0 : -1;
	state->next_out = out;
	state->avail_out = (uint32_t)size;
	while (state->avail_out && state->block_state != ISAL_BLOCK_FINISH) {
		uint32_t room = state->avail_out;

		if (state->avail_in == 0) {
			if (take(in, &data, &got, e))
				return -1;
			/* ISA-L writes to nothing that next_in points at. */
			state->next_in = (uint8_t *)(uintptr_t)data;
			state->avail_in = (uint32_t)got;
		}
		if (isal_inflate(state) != ISAL_DECOMP_OK)
			return err_set(e, ERR_UNSAFE, "its data is damaged");
		if (state->avail_in == 0 && in->left == 0 && state->avail_out == room &&
		    state->block_state != ISAL_BLOCK_FINISH)
			return err_set(e, ERR_UNSAFE, "its data ends too early");
	}
	*len = size - state->avail_out;
	/* What the decoder took ahead are whole bytes of its bit buffer. */
	if (state->block_state == ISAL_BLOCK_FINISH &&
	    (in->left || state->avail_in || state->read_in_length >= 8))
		return err_set(e, ERR_UNSAFE, "its data goes on after its end");
	return 0;
}

int
inflate_next(struct inflate *in, void *data, size_t size, size_t *len, struct err *e)
{
	int result;

	*len = 0;
	if (in->is_deflated)
		result = next_deflated(in, data, size, len, e);
	else
		result = next_stored(in, data, size, len, e);
	if (result == 0 && *len)
		in->crc = crc32_gzip_refl(in->crc, data, *len);
	return result;
}

uint32_t
inflate_crc_of(const void *data, size_t len)
{
	return crc32_gzip_refl(0, data, len);
}

uint32_t
inflate_crc(const struct inflate *in)
{
	return in->crc;
}

struct gunzip {
	struct inflate_state state;
};

struct gunzip *
gunzip_new(void)
{
	struct gunzip *g = malloc(sizeof *g);

	if (g)
		gunzip_begin(g);
	return g;
}

void
gunzip_begin(struct gunzip *g)
{
	isal_inflate_init(&g->state);
	g->state.crc_flag = ISAL_GZIP;
}

int
gunzip_step(struct gunzip *g, const void *data, size_t *n, void *out, size_t *len, bool *is_ended)
{
	struct inflate_state *s = &g->state;

	s->next_in = (uint8_t *)(uintptr_t)data;
	s->avail_in = (uint32_t)*n;
	s->next_out = out;
	s->avail_out = (uint32_t)*len;
	if (isal_inflate(s) != ISAL_DECOMP_OK)
		return -1;
	*n -= s->avail_in;
	*len -= s->avail_out;
	*is_ended = s->block_state == ISAL_BLOCK_FINISH;
	if (*is_ended) /* what it took ahead are whole bytes of its bit buffer */
		*n -= (unsigned)s->read_in_length / 8;
	return 0;
}
