/* SPDX-License-Identifier: MIT */
/* download - have fetchImage bring an image, and tell what has arrived. */
#include "command/download.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"
#include "host/account.h"

/* Enough for the directory of all but the most crowded archives: it then comes first. */
#define TAIL_BYTES (4u << 20)
#define LINE_BYTES 1024
#define ARGUMENTS_MAX 16
#define VARIABLES_MAX 16

/* A stream of the program, cut into lines. */
struct lines {
	char text[LINE_BYTES];
	size_t len;
};

struct download {
	struct arrival *image;
	const struct download_options *options;
	uint64_t size, have, tail;
	struct lines events, messages;
	char reason[LINE_BYTES]; /* its last error */
};

/* "size N", "tail N", "have N" and "done N".  Source: fetchImage(1), EVENTS. */
static void
take_event(struct download *d, const char *line)
{
	char word[8];
	uint64_t number;

	if (sscanf(line, "%7s %" SCNu64, word, &number) != 2)
		return;
	if (strcmp(word, "size") == 0)
		d->size = d->tail = number;
	else if (strcmp(word, "tail") == 0)
		d->tail = number;
	else if (strcmp(word, "have") == 0)
		d->have = number;
	else if (strcmp(word, "done") == 0)
		d->size = d->have = d->tail = number;
	/* Of an unknown size all arrives at once, in the end. */
	if (!d->size)
		return;
	arrival_tell(d->image, d->size, d->have, d->tail);
	if (d->options->progress)
		d->options->progress(d->options->progress_arg, d->have + d->size - d->tail,
				     d->size);
}

/* As "fetchImage[123]: error: why": what stands behind the name is said as our own. */
static void
take_message(struct download *d, const char *line)
{
	const char *text = strstr(line, "]: ");

	text = text ? text + 3 : line;
	if (strncmp(text, "error: ", 7) == 0)
		snprintf(d->reason, sizeof d->reason, "%s", text + 7);
	else if (strncmp(text, "warning: ", 9) == 0)
		log_warning("%s", text + 9);
	else
		log_note("%s", text);
}

static void
take_output(void *arg, int stream, const char *data, size_t len)
{
	struct download *d = arg;
	struct lines *lines = stream == 1 ? &d->events : &d->messages;

	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n') {
			if (lines->len < sizeof lines->text - 1)
				lines->text[lines->len++] = data[i];
			continue;
		}
		lines->text[lines->len] = '\0';
		lines->len = 0;
		if (stream == 1)
			take_event(d, lines->text);
		else
			take_message(d, lines->text);
	}
}

/* The program beside this one, wherever that is. */
static int
find_program(char *path, size_t size, struct err *e)
{
	ssize_t len = readlink("/proc/self/exe", path, size - sizeof "fetchImage");
	char *name;

	if (len < 0)
		return err_sys(e, "cannot find fetchImage");
	path[len] = '\0';
	name = strrchr(path, '/');
	memcpy(name ? name + 1 : path, "fetchImage", sizeof "fetchImage");
	return 0;
}

/* Who runs it; *identity stays NULL when that is the caller. */
static int
find_account(struct account *account, struct proc_identity *identity,
	     const struct proc_identity **chosen, struct err *e)
{
	static const char *const names[] = {"enstratus-fetch", "nobody"};
	bool found = false;

	*chosen = NULL;
	for (size_t i = 0; i < 2 && account_is_root() && !found; i++)
		if (account_find(names[i], account, &found, e))
			return -1;
	if (found) {
		*identity = account_identity(account);
		*chosen = identity;
	}
	return 0;
}

/* How curl is told of proxies; nothing else of the environment is handed on. */
static void
copy_variables(char **envp, char (*texts)[LINE_BYTES])
{
	static const char *const names[] = {"PATH",	 "http_proxy", "https_proxy", "HTTPS_PROXY",
					    "all_proxy", "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
	size_t n = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = secure_getenv(names[i]);

		if (value &&
		    snprintf(texts[n], LINE_BYTES, "%s=%s", names[i], value) < LINE_BYTES) {
			envp[n] = texts[n];
			n++;
		}
	}
	envp[n] = NULL;
}

/* The arguments for a URL; the strings are only read. */
static void
fill_arguments(char **argv, const char *url, const struct download_options *options, char *max,
	       char *tail)
{
	size_t n = 0;

	argv[n++] = "fetchImage";
	argv[n++] = "--max-bytes";
	argv[n++] = max;
	argv[n++] = "--tail";
	argv[n++] = tail;
	if (options->ca_file) {
		argv[n++] = "--ca-file";
		argv[n++] = (char *)(uintptr_t)options->ca_file;
	}
	if (options->pinned_key) {
		argv[n++] = "--pinned-key";
		argv[n++] = (char *)(uintptr_t)options->pinned_key;
	}
	argv[n++] = (char *)(uintptr_t)url;
	argv[n] = NULL;
}

static int
judge_result(const struct download *d, const struct proc_result *result, struct err *e)
{
	if (result->exec_failed)
		return err_set(e, ERR_UNAVAILABLE, "cannot run fetchImage: %s",
			       strerror(result->exec_errno));
	if (result->status == 0)
		return 0;
	if (result->status == ERR_UNSAFE) {
		err_set(e, ERR_UNSAFE, "%s", d->reason);
		return err_refuse(e, "max-bytes", NULL, 0, d->options->max_bytes);
	}
	return err_hook(e, result->signal ? 128 + result->signal : result->status, "%s",
			d->reason[0] ? d->reason : "fetchImage failed without a word");
}

int
download_run(const char *url, struct arrival *image, int state_fd,
	     const struct download_options *options, struct err *e)
{
	const int handed[] = {image->fd, state_fd};
	struct download *d = calloc(1, sizeof *d);
	char(*texts)[LINE_BYTES] = calloc(VARIABLES_MAX, sizeof *texts);
	char path[PATH_MAX], max[24], tail[24], *argv[ARGUMENTS_MAX], *envp[VARIABLES_MAX];
	struct account account;
	struct proc_identity identity;
	struct proc_spec spec = {.program = {.path = path,
					     .argv = argv,
					     .envp = envp,
					     .dir_fd = -1,
					     .handed = handed,
					     .n_handed = 2},
				 .keeper = {.grace_ms = 2000},
				 .stop_fd = options->stop_fd,
				 .output = take_output,
				 .output_arg = d};
	struct proc_result result = {0};
	int failed = -1;

	if (!d || !texts) {
		err_sys(e, "cannot fetch the image");
		goto out;
	}
	d->image = image;
	d->options = options;
	snprintf(max, sizeof max, "%" PRIu64, options->max_bytes);
	snprintf(tail, sizeof tail, "%u", TAIL_BYTES);
	fill_arguments(argv, url, options, max, tail);
	copy_variables(envp, texts);
	if (find_program(path, sizeof path, e) ||
	    find_account(&account, &identity, &spec.program.identity, e) ||
	    proc_run(&spec, &result, e))
		goto out;
	failed = judge_result(d, &result, e);
out:
	arrival_end(image, failed == 0);
	free(texts);
	free(d);
	return failed;
}
