/* SPDX-License-Identifier: MIT */
/* test_survey - which hooks an image brings, and what they will fail of on this host. */
#include "command/survey.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "scratch_image.h"
#include "tests.h"

#define START                                                        \
	{                                                            \
		"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755 \
	}

/* What is said of an image, all of it. */
static const char *
survey(const struct item *items)
{
	struct source source = SOURCE_INIT;
	struct judge judge = JUDGE_INIT;
	struct err e = ERR_INIT;
	struct arrival image;
	int fd, result, said, old = dup(STDERR_FILENO);

	scratch_zip("x.zip", items);
	scratch_write("said", "");
	fd = openat(scratch_fd, "x.zip", O_RDONLY | O_CLOEXEC);
	said = openat(scratch_fd, "said", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(dup2(said, STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_VERBOSE);
	result = arrival_open_whole(&image, fd, &e) || source_open(&source, &image, &judge, &e) ||
		 source_confirm(&source, &e) || survey_hooks(&source, &judge, &e);
	ck_assert_int_eq(dup2(old, STDERR_FILENO), STDERR_FILENO);
	ck_assert_msg(!result, "%s", e.msg);
	source_close(&source);
	judge_free(&judge);
	arrival_close(&image);
	close(fd);
	close(said);
	close(old);
	return scratch_read("said");
}

static const struct {
	struct item item;
	const char *said; /* NULL: no warning */
} table[] = {
	{{"bin/enstratus-stop", "#!/bin/sh\n", S_IFREG | 0755}, NULL},
	{{"bin/enStratus-stop", "#! /bin/sh -e\n", S_IFREG | 0755}, NULL},
	{{"bin/enstratus-stop", "\177ELF", S_IFREG | 0755}, NULL},
	{{"bin/enstratus-stop", "enstratus-start", S_IFLNK | 0777}, NULL},
	{{"bin/helper", "no line", S_IFREG | 0755}, NULL},
	{{"lib/enstratus-restart", "", S_IFREG | 0755}, NULL},
	{{"bin/enstratus-stop", "", S_IFREG | 0755}, "has no '#!' line"},
	{{"bin/enstratus-stop", "echo\n", S_IFREG | 0755}, "has no '#!' line"},
	{{"bin/enstratus-stop", "#!/bin/sh\r\n", S_IFREG | 0755}, "Windows"},
	{{"bin/enstratus-stop", "#!/none\n", S_IFREG | 0755}, "this host lacks: '/none'"},
	{{"bin/enstratus-restart", "", S_IFREG | 0755}, "is no hook"},
	{{"bin/Enstratus-stop", "", S_IFREG | 0755}, "is no hook"},
};

START_TEST(what_an_author_did_not_mean_is_warned_of)
{
	const char *said = survey(ITEMS(START, table[_i].item));

	if (table[_i].said)
		ck_assert_msg(strstr(said, table[_i].said) != NULL, "%s", said);
	else
		ck_assert_msg(strstr(said, "warning: ") == NULL, "%s", said);
}
END_TEST

START_TEST(each_hook_is_told)
{
	const char *said = survey(ITEMS(START, {"bin/other", "", S_IFREG | 0755}));

	ck_assert_ptr_nonnull(strstr(said, "hook 'bin/enstratus-start'"));
	ck_assert_ptr_null(strstr(said, "other"));
}
END_TEST

START_TEST(without_a_start_hook_it_cannot_be_started)
{
	ck_assert_ptr_nonnull(strstr(survey(ITEMS({"bin/other", "", S_IFREG | 0755})),
				     "the image has no 'bin/enstratus-start'"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_loop_test(tc, what_an_author_did_not_mean_is_warned_of, 0,
			    sizeof table / sizeof *table);
	tcase_add_test(tc, each_hook_is_told);
	tcase_add_test(tc, without_a_start_hook_it_cannot_be_started);
}
