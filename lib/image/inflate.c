/* SPDX-License-Identifier: MIT */
/* inflate - raw deflate data from a file to bytes, and their CRC. */
#include "image/inflate.h"

#include <errno.h>
#include <isa-l.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Large enough for many small entries, small enough for the second-level cache. */
#define WINDOW_BYTES (256u * 1024)

struct inflate {
	int fd;
	bool is_deflated;
	uint64_t next, left; /* compressed data that was not taken yet */
	uint32_t crc;
	uint64_t window_start;
	size_t window_len;
	struct inflate_state state;
	unsigned char window[WINDOW_BYTES];
};

struct inflate *
inflate_new(void)
{
	struct inflate *in = malloc(sizeof *in);

	if (in) {
		in->window_start = in->window_len = 0;
		isal_inflate_init(&in->state);
	}
	return in;
}

void
inflate_free(struct inflate *in)
{
	free(in);
}

int
inflate_peek(struct inflate *in, int fd, uint64_t offset, size_t len, const unsigned char **data,
	     size_t *got, struct err *e)
{
	uint64_t skip = offset - in->window_start;

	if (len > WINDOW_BYTES)
		len = WINDOW_BYTES;
	if (offset < in->window_start || skip > in->window_len || in->window_len - skip < len) {
		in->window_start = offset;
		in->window_len = 0;
		skip = 0;
		while (in->window_len < WINDOW_BYTES) {
			ssize_t n = pread(fd, in->window + in->window_len,
					  WINDOW_BYTES - in->window_len,
					  (off_t)(offset + in->window_len));

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return err_sys(e, "cannot read the image");
			if (n == 0)
				break;
			in->window_len += (size_t)n;
		}
	}
	*data = in->window + skip;
	*got = in->window_len - (size_t)skip;
	return 0;
}

void
inflate_start(struct inflate *in, int fd, uint64_t offset, uint64_t compressed, int is_deflated)
{
	in->fd = fd;
	in->is_deflated = is_deflated;
	in->next = offset;
	in->left = compressed;
	in->crc = 0;
	if (is_deflated) {
		isal_inflate_reset(&in->state);
		in->state.crc_flag = ISAL_DEFLATE;
		in->state.avail_in = 0;
	}
}

/* Takes compressed bytes from the window: all that is there, 0 only at the end of the data. */
static int
take(struct inflate *in, const unsigned char **data, size_t *len, struct err *e)
{
	size_t got;

	*len = 0;
	*data = in->window; /* an empty piece of it */
	if (in->left == 0)
		return 0;
	if (inflate_peek(in, in->fd, in->next, 1, data, &got, e))
		return -1;
	if (got == 0)
		return err_set(e, ERR_UNSAFE, "the image is cut off");
	*len = got < in->left ? got : (size_t)in->left;
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

static int
next_deflated(struct inflate *in, unsigned char *out, size_t size, size_t *len, struct err *e)
{
	struct inflate_state *state = &in->state;
	const unsigned char *data;
	size_t got;

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
inflate_crc(const struct inflate *in)
{
	return in->crc;
}
