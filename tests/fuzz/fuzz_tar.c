/* SPDX-License-Identifier: MIT */
/* fuzz_tar - any bytes as a tar archive, packed here; and as one that is packed already. */
#include <libdeflate.h>
#include <string.h>

#include "read_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Level 0 stores: it costs next to nothing, and the checksum is always right. */
static void
read_tar(const unsigned char *data, size_t size)
{
	struct libdeflate_compressor *gzip = libdeflate_alloc_compressor(0);
	size_t bound = libdeflate_gzip_compress_bound(gzip, size);
	unsigned char *packed = malloc(bound);

	read_image(packed, libdeflate_gzip_compress(gzip, data, size, packed, bound));
	free(packed);
	libdeflate_free_compressor(gzip);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (size > 2 && (memcmp(data, "\x1f\x8b", 2) == 0 || memcmp(data, "BZ", 2) == 0 ||
			 memcmp(data, "\xfd\x37", 2) == 0))
		read_image(data, size);
	else
		read_tar(data, size);
	return 0;
}
