/* SPDX-License-Identifier: MIT */
/* test_candidate - an image that is asked for: its name, its kind, what is in it. */
#include "command/candidate.h"

#include <string.h>

#include "base/fd.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

static struct install_request request;
static struct install_report report;
static struct service svc;
static struct settings settings;
static struct candidate candidate;

/* Of a service that is not there, for a trial. */
static void
setup(void)
{
	struct err e = ERR_INIT;

	scratch_root_setup();
	svc = SERVICE_INIT;
	settings = SETTINGS_INIT;
	candidate = CANDIDATE_INIT;
	request = (struct install_request){.service_id = "a1", .dry_run = true};
	report = (struct install_report){.n_entries = 0};
	candidate.request = &request;
	candidate.report = &report;
	candidate.svc = &svc;
	scratch_mkdir("services/");
	ck_assert_msg(service_open_new(&svc, "a1", &e) == 0, "%s", e.msg);
	ck_assert_msg(settings_load(&settings, &svc.paths, &e) == 0, "%s", e.msg);
}

static void
teardown(void)
{
	import_abandon(&candidate.import);
	source_close(&candidate.source);
	fd_close(&candidate.image_fd);
	import_close(&candidate.import);
	manifest_free(&candidate.manifest);
	judge_free(&candidate.judge);
	settings_free(&settings);
	service_close(&svc);
	scratch_root_teardown();
}

/* As far as install_service does it without writing. */
static int
judge(const char *image, struct err *e)
{
	struct candidate *c = &candidate;

	request.image = scratch_path(image);
	*e = ERR_INIT;
	return candidate_open(c, &settings, e) || candidate_begin(c, NULL, e) ||
			       candidate_judge(c, e) || candidate_confirm(c, e) ||
			       candidate_verify(c, e)
		       ? -1
		       : 0;
}

static void
make_image(const char *name)
{
	scratch_zip(name, ITEMS({"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755},
				{"www/index.html", "hello", S_IFREG | 0666}));
}

START_TEST(a_good_image_is_told_of)
{
	struct err e;

	make_image("w/SITE.1.0.ZIP"); /* the suffix counts in any case */
	ck_assert_msg(judge("w/SITE.1.0.ZIP", &e) == 0, "%s", e.msg);
	ck_assert_str_eq(candidate.name, "SITE.1.0.ZIP");
	ck_assert_str_eq(report.type, "zip");
	ck_assert_uint_eq(report.n_entries, 2);
	ck_assert_uint_eq(report.n_dropped_bits, 1);
	ck_assert_uint_eq(strlen(report.digest), DIGEST_HEX - 1);
	ck_assert(candidate.is_verified);
}
END_TEST

static const struct {
	const char *name, *head, *words;
} types[] = {
	{"w/image.tar.gz", NULL, "is a zip archive, but its name does not end in .zip"},
	{"w/image", NULL, "does not end in .zip"},
	{"w/image.zip.bak", NULL, "does not end in .zip"},
	{"w/imagezip", NULL, "does not end in .zip"},
	{"w/.zip", NULL, "does not end in .zip"},
	{"w/image.zip", "\x1f\x8b\x08\x00", "is a tar.gz archive, but its name"},
	{"w/image.tgz", "\x1f\x8b\x08\x01", "packing ends too early"},
	{"w/image.tar.bz2", "BZh9", "packing ends too early"},
	{"w/image.zip", "hello", "is no archive"},
	{"w/image.zip", "", "is no archive"},
	{"w/image.zip", "P", "is no archive"},
	{"w/image.zip", "PK\3\4", "image"},
};

START_TEST(content_and_suffix_must_agree)
{
	struct err e;

	if (types[_i].head)
		scratch_write(types[_i].name, types[_i].head);
	else
		make_image(types[_i].name);
	ck_assert_int_eq(judge(types[_i].name, &e), -1);
	ck_assert_msg(e.kind == ERR_UNSAFE, "kind %d: %s", (int)e.kind, e.msg);
	ck_assert_msg(strstr(e.msg, types[_i].words) != NULL, "%s", e.msg);
}
END_TEST

START_TEST(another_digest_than_the_demanded_one_is_refused)
{
	struct err e;

	make_image("w/site.zip");
	request.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	ck_assert_int_eq(judge("w/site.zip", &e), -1);
	ck_assert_msg(e.kind == ERR_REFUSED, "kind %d: %s", (int)e.kind, e.msg);
	ck_assert(!candidate.is_verified);
}
END_TEST

static const struct {
	const char *digest;
	enum err_kind kind;
} kept[] = {
	{NULL, ERR_NO_SERVICE},
	{"0123", ERR_NO_SERVICE},
	{"", ERR_USAGE},
	{"0123x", ERR_USAGE},
};

START_TEST(of_a_service_that_never_was_no_image_is_kept)
{
	struct err e = ERR_INIT;

	request.kept = kept[_i].digest;
	ck_assert_int_eq(candidate_find_kept(&candidate, &e), -1);
	ck_assert_msg(e.kind == kept[_i].kind, "kind %d: %s", (int)e.kind, e.msg);
	ck_assert_str_eq(candidate.name, "");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_good_image_is_told_of);
	tcase_add_loop_test(tc, content_and_suffix_must_agree, 0, sizeof types / sizeof *types);
	tcase_add_test(tc, another_digest_than_the_demanded_one_is_refused);
	tcase_add_loop_test(tc, of_a_service_that_never_was_no_image_is_kept, 0,
			    sizeof kept / sizeof *kept);
}
