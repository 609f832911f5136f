/* SPDX-License-Identifier: MIT */
/* listing - the ids of all services that are installed. */
#include "service/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Its kind stands beside the name on most file systems. */
static bool
is_directory(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static int
keep_id(char ***ids, size_t *n, const char *name, struct err *e)
{
	char **larger = realloc(*ids, (*n + 1) * sizeof **ids);

	if (larger) {
		*ids = larger;
		larger[*n] = strdup(name);
	}
	if (!larger || !larger[*n])
		return err_sys(e, "cannot list the services");
	++*n;
	return 0;
}

int
listing_read(const struct paths *paths, char ***ids, size_t *n, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct dirent *entry;
	int result = 0;
	DIR *dir = opendir(paths->services);

	*ids = NULL;
	*n = 0;
	if (!dir && errno == ENOENT)
		return err_set(e, ERR_NO_SERVICE, "there is no services directory '%s'",
			       paths->services);
	if (!dir)
		return err_sys(e, "cannot open the services directory '%s'", paths->services);
	while (!result && (entry = readdir(dir)))
		/* A volume of its own has a lost+found, which is no service. */
		if (!text_check_id("", entry->d_name, TEXT_SERVICE_ID_MAX, &ignored) &&
		    strcmp(entry->d_name, "lost+found") != 0 && is_directory(dir, entry))
			result = keep_id(ids, n, entry->d_name, e);
	closedir(dir);
	if (*n)
		qsort(*ids, *n, sizeof **ids, compare);
	return result;
}

void
listing_free(char **ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(ids[i]);
	free(ids);
}
