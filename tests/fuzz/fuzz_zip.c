/* SPDX-License-Identifier: MIT */
/* fuzz_zip - any bytes as an image: judged, and every entry that is accepted read to its end. */
#include <sys/mman.h>
#include <unistd.h>

#include "image/zip.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static char part[65536];
	struct zip_reader zip = ZIP_READER_INIT;
	struct judge j = JUDGE_INIT;
	struct err e = ERR_INIT;
	int fd = memfd_create("zip", 0);

	j.limits.total_bytes = 1 << 20; /* what a run reads in no time */
	if (pwrite(fd, data, size, 0) == (ssize_t)size && !zip_reader_open(&zip, fd, &j, &e))
		for (size_t i = 0, len = 1; i < j.n_entries; zip_reader_end(&zip), i++, len = 1)
			for (int bad = zip_reader_start(&zip, &j.entries[i], &e); !bad && len;)
				bad = zip_reader_next(&zip, &j.entries[i], part, sizeof part, &len,
						      &e);
	zip_reader_close(&zip);
	judge_free(&j);
	return close(fd);
}
