/* SPDX-License-Identifier: MIT */
/* fuzz_zip_structure - a whole zip archive of up to four entries, some of whose fields differ. */
#include <string.h>

#include "image/inflate.h"
#include "read_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define N_FIELDS 128

/* The input's first byte counts the entries; then each 4 bytes give a field's number and value. */
static struct {
	const unsigned char *changes;
	size_t n_changes, n_fields, len;
	unsigned char bytes[4096];
} zip;

static void
put(uint64_t value, size_t width)
{
	for (size_t i = 0; i < zip.n_changes; i++) {
		const unsigned char *c = zip.changes + i * 4;

		if (c[0] % N_FIELDS == zip.n_fields)
			value = c[1] & 1 ? c[2] | (unsigned)c[3] << 8
					 : value + c[2] - (uint64_t)c[3];
		if (c[0] % N_FIELDS == zip.n_fields && c[1] & 2)
			value = UINT64_MAX - value;
	}
	zip.n_fields++;
	for (size_t i = 0; i < width; i++, value >>= 8)
		zip.bytes[zip.len++] = (unsigned char)value;
}

static void
put_header(unsigned n, uint64_t offset, int is_central)
{
	static const char *const names[] = {"bin/", "bin/a", "cfg/b", "www/\x82"};
	const char *name = names[n % 4], text[] = "text";
	size_t len = strlen(name), size = name[len - 1] == '/' ? 0 : 4;

	put(is_central ? 0x02014b50 : 0x04034b50, 4);
	if (is_central)
		put(3 << 8 | 20, 2);
	put(20, 2);
	put(0, 2); /* flags */
	put(0, 2); /* method */
	put(0, 4); /* time */
	put(inflate_crc_of(text, size), 4);
	put(size, 4);
	put(size, 4);
	put(len, 2);
	put(n % 4 == 3 ? 16 : 12, 2); /* of the extra fields */
	if (is_central) {
		put(0, 2);
		put(0, 4); /* disk, internal attributes */
		put(0, 4);
		put(offset, 4);
	}
	memcpy(zip.bytes + zip.len, name, len);
	zip.len += len;
	put(n % 4 == 3 ? 0x7075 : 1, 2);
	put(n % 4 == 3 ? 12 : 8, 2);
	if (n % 4 == 3)
		put(1, 1), put(inflate_crc_of(name, len), 4), put(0x2f777777, 4), put(0xa9c378, 3);
	else
		put(size, 8);
	if (!is_central)
		memcpy(zip.bytes + zip.len, text, size), zip.len += size;
}

static void
put_end(unsigned n, size_t start)
{
	size_t end = zip.len;

	put(0x06064b50, 4), put(44, 8), put(45, 4), put(0, 4), put(0, 4);
	put(n, 8), put(n, 8), put(end - start, 8), put(start, 8);
	put(0x07064b50, 4), put(0, 4), put(end, 8), put(1, 4);
	put(0x06054b50, 4), put(0, 4), put(n, 2), put(n, 2);
	put(end - start, 4), put(start, 4), put(0, 2);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	size_t offsets[4], start, n = size ? data[0] % 5 : 0;

	zip.changes = data + 1;
	zip.n_changes = size ? (size - 1) / 4 : 0;
	zip.n_fields = zip.len = 0;
	for (unsigned i = 0; i < n; i++) {
		offsets[i] = zip.len;
		put_header(i, 0, 0);
	}
	start = zip.len;
	for (unsigned i = 0; i < n; i++)
		put_header(i, offsets[i], 1);
	put_end((unsigned)n, start);
	read_image(zip.bytes, zip.len);
	return 0;
}
