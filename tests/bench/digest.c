/* SPDX-License-Identifier: MIT */
/* digest - print a file's SHA-256 as the agent computes it, to compare with other programs. */
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "image/arrival.h"
#include "image/digest.h"

int
main(int argc, char **argv)
{
	struct arrival file;
	struct err err = ERR_INIT;
	char hex[DIGEST_HEX];
	int fd, result;

	if (argc != 2) {
		fputs("Syntax: digest FILE\n", stderr);
		return 1;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror("digest: cannot open the file");
		return 1;
	}
	result = arrival_open_whole(&file, fd, &err);
	if (!result) {
		result = digest_arrival(&file, hex, &err);
		arrival_close(&file);
	}
	fd_close(&fd);
	if (result)
		fprintf(stderr, "digest: %s\n", err.msg);
	else
		printf("%s  %s\n", hex, argv[1]);
	return result || fflush(stdout) ? 1 : 0;
}
