/* SPDX-License-Identifier: MIT */
/* fuzz_zip - any bytes as an image, those that begin as a zip archive first of all. */
#include "read_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	read_image(data, size);
	return 0;
}
