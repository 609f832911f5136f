/* SPDX-License-Identifier: MIT */
/* reference - secrets that a deployment names and does not hold. */
#include "provision/reference.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/wipe.h"
#include "base/words.h"
#include "provision/child.h"

#define COMMAND_S 60

/* What it prints goes from memory of the kernel's into guarded memory, and nowhere else. */
static int
run_command(const char *line, struct secret *value, struct err *e)
{
	struct words words = WORDS_INIT;
	struct child_result result = CHILD_RESULT_INIT;
	struct child_spec spec = {.input_fd = -1,
				  .output_fd = memfd_create("secret", MFD_CLOEXEC),
				  .timeout_s = COMMAND_S};
	char why[256];
	int outcome = -1;

	if (spec.output_fd < 0) {
		err_sys(e, "cannot keep what a command prints");
		goto out;
	}
	if (words_split(&words, line, e))
		goto out;
	spec.argv = words.argv;
	if (words.n == 0)
		err_set(e, ERR_UNSAFE, "the command is empty");
	else if (child_run(&spec, &result, e) == 0 && result.status)
		err_set(e, ERR_UNAVAILABLE, "'%s' ended with status %d: %s", words.argv[0],
			result.status, child_why(&result, why));
	else if (!e->kind && lseek(spec.output_fd, 0, SEEK_SET) == 0)
		outcome = secret_read(value, spec.output_fd, REFERENCE_VALUE_MAX, "the secret", e);
	if (wipe_fd(spec.output_fd, e))
		outcome = -1;
out:
	fd_close(&spec.output_fd);
	child_result_free(&result);
	words_free(&words);
	return outcome;
}

static int
read_value(const char *text, struct secret *value, struct err *e)
{
	bool is_fd = strncmp(text, "fd:", 3) == 0;
	int fd, result;

	if (strncmp(text, "command:", 8) == 0)
		return run_command(text + 8, value, e);
	fd = is_fd ? (int)strtol(text + 3, NULL, 10)
		   : open(text + sizeof "file:" - 1, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, "cannot open");
		e->kind = ERR_UNAVAILABLE;
		return -1;
	}
	result = secret_read(value, fd, REFERENCE_VALUE_MAX, "the secret", e);
	if (!is_fd)
		fd_close(&fd);
	return result;
}

int
references_get(struct references *references, const char *text, const struct secret **value,
	       struct err *e)
{
	struct reference *all, *new;
	struct secret read = SECRET_INIT;
	const char *bytes;

	for (size_t i = 0; i < references->n; i++)
		if (strcmp(references->all[i].text, text) == 0) {
			*value = &references->all[i].value;
			return 0;
		}
	if (read_value(text, &read, e))
		goto fail;
	bytes = secret_reveal(&read);
	while (read.len && (bytes[read.len - 1] == '\n' || bytes[read.len - 1] == '\r'))
		read.len--;
	if (read.len == 0 || memchr(bytes, '\n', read.len) || memchr(bytes, '\0', read.len)) {
		err_set(e, ERR_UNSAFE, "it is empty, or more than a line");
		goto fail;
	}
	all = reallocarray(references->all, references->n + 1, sizeof *all);
	if (!all) {
		err_sys(e, "cannot keep it");
		goto fail;
	}
	references->all = all;
	new = &all[references->n];
	new->text = strdup(text);
	new->value = read;
	if (!new->text) {
		err_sys(e, "cannot keep it");
		goto fail;
	}
	references->n++;
	*value = &new->value;
	return 0;
fail:
	secret_free(&read);
	return err_wrap(e, "cannot get the secret '%.100s'", text);
}

void
references_free(struct references *references)
{
	for (size_t i = 0; i < references->n; i++) {
		secret_free(&references->all[i].value);
		free(references->all[i].text);
	}
	free(references->all);
	*references = REFERENCES_INIT;
}
