/* SPDX-License-Identifier: MIT */
/* zip - read a zip archive: its entries for the judge, and the bytes of each. */
#include "image/zip.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

static int
refuse_archive(int code, struct err *e)
{
	zip_error_t error;

	zip_error_init_with_code(&error, code);
	if (code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS)
		err_set(e, ERR_UNSAFE, "not a whole, consistent zip archive (cut off?): %s",
			zip_error_strerror(&error));
	else
		err_set(e, ERR_UNSAFE, "cannot read the zip archive: %s",
			zip_error_strerror(&error));
	zip_error_fini(&error);
	return -1;
}

static mode_t
stored_mode(zip_t *archive, zip_uint64_t index)
{
	zip_uint8_t system;
	zip_uint32_t attributes;

	if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes))
		return 0;
	/* Only Unix and its kin keep a mode in the upper half. */
	if (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X)
		return 0;
	return (mode_t)(attributes >> 16);
}

static int
read_target(zip_t *archive, const struct judge_claim *claim, struct err *e)
{
	char target[PATH_MAX];
	zip_file_t *file;
	zip_int64_t n;

	if (claim->size >= sizeof target)
		return err_set(e, ERR_UNSAFE, "link '%.160s' has too long a target", claim->name);
	file = zip_fopen_index(archive, claim->index, 0);
	n = file ? zip_fread(file, target, claim->size) : -1;
	if (file)
		zip_fclose(file);
	if (n < 0 || (zip_uint64_t)n != claim->size || memchr(target, '\0', (size_t)n))
		return err_set(e, ERR_UNSAFE, "link '%.160s' has no readable target", claim->name);
	target[n] = '\0';
	return judge_link(claim->name, target, e);
}

static int
judge_entry(zip_t *archive, zip_uint64_t index, struct judge *judge, struct err *e)
{
	struct judge_claim claim;
	zip_stat_t st;

	if (zip_stat_index(archive, index, ZIP_FL_ENC_RAW, &st))
		return err_set(e, ERR_UNSAFE, "entry %llu of the archive cannot be read: %s",
			       (unsigned long long)index, zip_strerror(archive));
	claim = (struct judge_claim){.name = st.name,
				     .name_len = strlen(st.name),
				     .mode = stored_mode(archive, index),
				     .size = st.size,
				     .mtime = st.mtime,
				     .index = index};
	if (judge_add(judge, &claim, e))
		return -1;
	if (st.encryption_method != ZIP_EM_NONE)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is encrypted", st.name);
	if (!zip_compression_method_supported(st.comp_method, 0))
		return err_set(e, ERR_UNSAFE,
			       "entry '%.160s' is compressed by method %u, which is not supported",
			       st.name, st.comp_method);
	if (S_ISLNK(claim.mode))
		return read_target(archive, &claim, e);
	return 0;
}

int
zip_reader_open(struct zip_reader *zip, int fd, struct judge *judge, struct err *e)
{
	int code = 0, own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	zip_t *archive;
	zip_int64_t n;

	if (own < 0 || lseek(own, 0, SEEK_SET))
		return err_sys(e, "cannot read the image");
	archive = zip_fdopen(own, ZIP_CHECKCONS, &code);
	if (!archive) {
		close(own);
		return refuse_archive(code, e);
	}
	zip->archive = archive;
	n = zip_get_num_entries(archive, 0);
	for (zip_int64_t i = 0; i < n; i++)
		if (judge_entry(archive, (zip_uint64_t)i, judge, e))
			return -1;
	return judge_finish(judge, e);
}

int
zip_reader_start(struct zip_reader *zip, const struct entry *entry, struct err *e)
{
	zip->entry = zip_fopen_index(zip->archive, entry->index, 0);
	if (!zip->entry)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' cannot be read: %s", entry->name,
			       zip_strerror(zip->archive));
	return 0;
}

int
zip_reader_next(struct zip_reader *zip, const struct entry *entry, void *data, size_t size,
		size_t *len, struct err *e)
{
	zip_int64_t n = zip_fread(zip->entry, data, size);

	if (n < 0)
		return err_set(e, ERR_UNSAFE, "entry '%.160s' is damaged: %s", entry->name,
			       zip_file_strerror(zip->entry));
	*len = (size_t)n;
	return 0;
}

void
zip_reader_end(struct zip_reader *zip)
{
	if (zip->entry)
		zip_fclose(zip->entry);
	zip->entry = NULL;
}

void
zip_reader_close(struct zip_reader *zip)
{
	zip_reader_end(zip);
	if (zip->archive)
		zip_discard(zip->archive);
	*zip = ZIP_READER_INIT;
}
