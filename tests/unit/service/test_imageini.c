/* SPDX-License-Identifier: MIT */
/* test_imageini - image.ini is read from the top of an image, or refused with its rule. */
#include "service/imageini.h"

#include "scratch_image.h"
#include "tests.h"

static struct manifest m;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	m = MANIFEST_INIT;
	err = ERR_INIT;
}

static void
finish(void)
{
	manifest_free(&m);
	scratch_teardown();
}

#define HOOK                                 \
	{                                    \
		"bin/x", "x", S_IFREG | 0755 \
	}

static int
read_image(const struct item *items)
{
	struct arrival image;
	struct source source = SOURCE_INIT;
	struct judge judge = JUDGE_INIT;
	int fd, result;

	scratch_zip("x.zip", items);
	fd = openat(scratch_fd, "x.zip", O_RDONLY | O_CLOEXEC);
	ck_assert_msg(arrival_open_whole(&image, fd, &err) == 0 &&
			      source_open(&source, &image, &judge, &err) == 0,
		      "%s", err.msg);
	result = imageini_read(&m, &source, &judge, &err);
	source_close(&source);
	judge_free(&judge);
	arrival_close(&image);
	close(fd);
	return result;
}

START_TEST(an_image_s_own_is_read_from_its_top_alone)
{
	ck_assert_msg(read_image(ITEMS(HOOK, {"image.ini", "[image]\nname=top\n", S_IFREG | 0644},
				       {"www/image.ini", "[image]\nname=www\n", S_IFREG | 0644})) ==
			      0,
		      "%s", err.msg);
	ck_assert_str_eq(m.name, "top");
}
END_TEST

START_TEST(an_image_need_not_have_one)
{
	ck_assert_int_eq(read_image(ITEMS(HOOK, {"www/image.ini", "garbage", S_IFREG | 0644})), 0);
	ck_assert_int_eq(read_image(ITEMS(HOOK, {"image.ini/", NULL, S_IFDIR | 0755})), 0);
	ck_assert_int_eq(read_image(ITEMS(HOOK, {"image.ini", "bin/x", S_IFLNK | 0777})), 0);
	ck_assert_int_eq(read_image(ITEMS(HOOK, {"image.ini", "", S_IFREG | 0644})), 0);
	ck_assert_str_eq(m.name, "");
}
END_TEST

START_TEST(one_that_is_bad_or_too_large_is_refused)
{
	char *large = malloc(MANIFEST_BYTES_MAX + 2);

	memset(large, '\n', MANIFEST_BYTES_MAX + 1);
	large[MANIFEST_BYTES_MAX + 1] = '\0';
	ck_assert_int_eq(read_image(ITEMS(HOOK, {"image.ini", _i ? large : "x\n", S_IFREG | 0644})),
			 -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_str_eq(err.rule, "manifest");
	ck_assert_str_eq(err.entry, "image.ini");
	free(large);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, an_image_s_own_is_read_from_its_top_alone);
	tcase_add_test(tc, an_image_need_not_have_one);
	tcase_add_loop_test(tc, one_that_is_bad_or_too_large_is_refused, 0, 2);
}
