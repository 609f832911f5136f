/* SPDX-License-Identifier: MIT */
/* replay - a fuzz target on the files it is given, without the fuzzer. */
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
/* What a target that mutates by itself calls of the fuzzer; nothing mutates here. */
size_t LLVMFuzzerMutate(unsigned char *data, size_t size, size_t max_size);

size_t
LLVMFuzzerMutate(unsigned char *data, size_t size, size_t max_size)
{
	(void)data;
	(void)max_size;
	return size;
}

int
main(int argc, char **argv)
{
	static unsigned char data[1 << 20];

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "re");
		unsigned char *input;
		size_t size;

		if (!file) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		size = fread(data, 1, sizeof data, file);
		fclose(file);
		/* As large as it is said to be, for a sanitizer to see one byte too many. */
		input = malloc(size ? size : 1);
		if (!input)
			return EXIT_FAILURE;
		for (size_t j = 0; j < size; j++)
			input[j] = data[j];
		printf("%s\n", argv[i]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(input, size);
		free(input);
	}
	return EXIT_SUCCESS;
}
