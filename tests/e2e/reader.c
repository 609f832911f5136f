/* SPDX-License-Identifier: MIT */
/*
 * reader - read the files of a service over and over, and tell what is of neither of two versions.
 *
 * Every file and link that both reference trees have is opened by its whole path, read to its end
 * and compared with both.  SIGTERM ends it, after a whole round; so do many findings.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONTENT_MAX (64 * 1024)
#define ITEMS_MAX 1000
#define FINDINGS_MAX 20
#define VERSIONS 2

struct content {
	char bytes[CONTENT_MAX];
	size_t len;
};

/* A file or link, and what it holds in each version. */
struct item {
	char *path; /* beneath the tree */
	bool is_link;
	struct content *versions[VERSIONS];
};

static struct item items[ITEMS_MAX];
static size_t n_items, root_length;

/* Returns -1 with errno set when it cannot be read. */
static int
read_file(const char *path, struct content *content)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	content->len = 0;
	while (content->len < CONTENT_MAX &&
	       (n = read(fd, content->bytes + content->len, CONTENT_MAX - content->len)) > 0)
		content->len += (size_t)n;
	error = n > 0 ? EFBIG : errno;
	close(fd);
	errno = error;
	return n == 0 ? 0 : -1;
}

static int
read_item(const char *path, bool is_link, struct content *content)
{
	ssize_t len;

	if (!is_link)
		return read_file(path, content);
	len = readlink(path, content->bytes, CONTENT_MAX);
	content->len = len < 0 ? 0 : (size_t)len;
	return len < 0 ? -1 : 0;
}

static int
keep_item(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	(void)place;
	if (kind != FTW_F && kind != FTW_SL)
		return 0;
	if (n_items == ITEMS_MAX)
		return -1;
	items[n_items] =
		(struct item){.path = strdup(path + root_length + 1), .is_link = kind == FTW_SL};
	return items[n_items++].path ? 0 : -1;
}

/* Drops what only the first tree has. */
static int
load_versions(char *const roots[VERSIONS])
{
	char path[PATH_MAX];
	size_t n = 0;

	for (size_t i = 0; i < n_items; i++) {
		struct item *item = &items[i];
		int error = 0;

		for (int v = 0; v < VERSIONS && !error; v++) {
			item->versions[v] = malloc(sizeof *item->versions[v]);
			snprintf(path, sizeof path, "%s/%s", roots[v], item->path);
			if (!item->versions[v])
				error = ENOMEM;
			else if (read_item(path, item->is_link, item->versions[v]))
				error = errno;
		}
		if (error && error != ENOENT) {
			fprintf(stderr, "reader: cannot read '%s': %s\n", path, strerror(error));
			return -1;
		}
		if (!error)
			items[n++] = *item;
	}
	n_items = n;
	return 0;
}

static bool
holds(const struct content *got, const struct content *version)
{
	return got->len == version->len && memcmp(got->bytes, version->bytes, got->len) == 0;
}

/* Reads all of them once; counts in seen[] which version each is of. */
static int
read_round(const char *tree, unsigned long seen[VERSIONS])
{
	static struct content got;
	char path[PATH_MAX];
	int n_findings = 0;

	for (size_t i = 0; i < n_items; i++) {
		snprintf(path, sizeof path, "%s/%s", tree, items[i].path);
		if (read_item(path, items[i].is_link, &got)) {
			printf("%s: %s\n", items[i].path, strerror(errno));
			n_findings++;
		} else if (holds(&got, items[i].versions[0])) {
			seen[0]++;
		} else if (holds(&got, items[i].versions[1])) {
			seen[1]++;
		} else {
			printf("%s: %zu bytes of neither version\n", items[i].path, got.len);
			n_findings++;
		}
	}
	return n_findings;
}

int
main(int argc, char **argv)
{
	const struct timespec at_once = {.tv_sec = 0};
	unsigned long seen[VERSIONS] = {0}, n_rounds = 0;
	int n_findings = 0;
	sigset_t end;

	if (argc != 4) {
		fputs("Syntax: reader OLD_TREE NEW_TREE SERVICE_DIRECTORY\n", stderr);
		return 1;
	}
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	root_length = strlen(argv[1]);
	if (nftw(argv[1], keep_item, 16, FTW_PHYS) || load_versions(argv + 1) || !n_items) {
		fputs("reader: cannot load the two versions\n", stderr);
		return 1;
	}
	do {
		n_findings += read_round(argv[3], seen);
		n_rounds++;
	} while (n_findings < FINDINGS_MAX && sigtimedwait(&end, NULL, &at_once) < 0);
	printf("read %zu files %lu times: %lu old, %lu new, %d neither\n", n_items, n_rounds,
	       seen[0], seen[1], n_findings);
	return fflush(stdout) || n_findings;
}
