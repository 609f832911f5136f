/* SPDX-License-Identifier: MIT */
/* scratch_image - an image of a test's own, in its scratch directory. */
#ifndef TESTS_UNIT_SCRATCH_IMAGE_H
#define TESTS_UNIT_SCRATCH_IMAGE_H

#include "scratch.h"

#include <zip.h>

/* One entry: a name with a slash at its end is a directory; of a link the content is its target. */
struct item {
	const char *name, *content;
	mode_t mode;
};

/* A list of items, with its end. */
#define ITEMS(...) ((const struct item[]){__VA_ARGS__, {NULL, NULL, 0}})

static inline void
scratch_zip(const char *name, const struct item *items)
{
	zip_t *archive;
	int code = 0;

	scratch_mkdir(name);
	archive = zip_open(scratch_path(name), ZIP_CREATE | ZIP_TRUNCATE, &code);
	ck_assert_ptr_nonnull(archive);
	for (; items->name; items++) {
		zip_int64_t index;

		if (items->name[strlen(items->name) - 1] == '/') {
			index = zip_dir_add(archive, items->name, ZIP_FL_ENC_UTF_8);
		} else {
			zip_source_t *source = zip_source_buffer(archive, items->content,
								 strlen(items->content), 0);

			index = zip_file_add(archive, items->name, source, ZIP_FL_ENC_UTF_8);
		}
		ck_assert_int_ge(index, 0);
		ck_assert_int_eq(zip_file_set_external_attributes(archive, (zip_uint64_t)index, 0,
								  ZIP_OPSYS_UNIX,
								  (zip_uint32_t)items->mode << 16),
				 0);
	}
	ck_assert_int_eq(zip_close(archive), 0);
}

#endif
