/* SPDX-License-Identifier: MIT */
/* test_origin - the image that a service came from is found, whole, or it is told why not. */
#include "command/origin.h"

#include <string.h>
#include <sys/stat.h>

#include "command/install.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

static struct service svc;
static struct origin origin;
static char digest[DIGEST_HEX];
static struct err err;

static void
begin(void)
{
	const struct install_request request = {.service_id = "a1",
						.customer_id = "c001",
						.user_id = "daemon",
						.image = scratch_path("x.zip"),
						.lock = lock};
	struct install_report report;

	scratch_zip("x.zip", ITEMS({"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755},
				   {"www/index", "hello", S_IFREG | 0644},
				   {"image.ini", "[persist]\nx=data\n", S_IFREG | 0644}));
	ck_assert_msg(install_service(&request, &report, &err) == 0, "%s", err.msg);
	memcpy(digest, report.digest, sizeof digest);
}

static void
setup(void)
{
	scratch_root_setup();
	umask(022);
	svc = SERVICE_INIT;
	origin = ORIGIN_INIT;
	err = ERR_INIT;
	begin();
}

static void
teardown(void)
{
	origin_close(&origin);
	service_close(&svc);
	scratch_root_teardown();
}

/* As a dry run does: without the lock. */
static int
open_origin(void)
{
	char found[DIGEST_HEX];

	ck_assert_msg(service_open(&svc, "a1", &err) == 0 &&
			      service_find_metadata(&svc, &err) == 0 &&
			      service_ask(&svc, &lock, &err) == 0,
		      "%s", err.msg);
	return origin_open(&origin, &svc, found, &err) || strcmp(found, digest) != 0 ? -1 : 0;
}

static const char *
kept_image(void)
{
	static char path[DIGEST_HEX + 64];

	snprintf(path, sizeof path, "services/.enstratus/images/%s.zip", digest);
	return path;
}

START_TEST(it_tells_what_it_brought)
{
	char hex[PRUNE_DIGEST_HEX], expected[PRUNE_DIGEST_HEX];
	const struct entry *entry;
	bool same;
	int fd;

	ck_assert_msg(open_origin() == 0, "%s", err.msg);
	ck_assert_uint_eq(origin.judge.n_entries, 3);
	ck_assert(manifest_persists(&origin.manifest, "data/db"));
	entry = judge_find(&origin.judge, "www/index");
	ck_assert_ptr_nonnull(entry);
	for (int i = 0; i < 2; i++) {
		scratch_write("installed", i ? "hullo" : "hello");
		fd = openat(scratch_fd, "installed", O_RDONLY | O_CLOEXEC);
		ck_assert_msg(origin_compare(&origin.source, entry, fd, hex, &same, &err) == 0,
			      "%s", err.msg);
		ck_assert_int_eq(same, i == 0);
		prune_digest_text(i ? "hullo" : "hello", expected);
		ck_assert_str_eq(hex, expected);
		close(fd);
	}
}
END_TEST

START_TEST(one_that_is_not_kept_is_unavailable)
{
	ck_assert_int_eq(unlinkat(scratch_fd, kept_image(), 0), 0);
	ck_assert_int_eq(open_origin(), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.msg, "is not kept any more"));
}
END_TEST

START_TEST(one_that_is_not_known_is_unavailable)
{
	if (_i)
		scratch_write("services/.enstratus/a1/state", "user=daemon\n");
	else
		ck_assert_int_eq(unlinkat(scratch_fd, "services/.enstratus/a1/state", 0), 0);
	ck_assert_int_eq(open_origin(), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.msg, "it is not known from which image it came"));
}
END_TEST

START_TEST(one_that_is_damaged_is_no_record)
{
	scratch_write(kept_image(), "damaged");
	ck_assert_int_eq(open_origin(), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, "the kept image is damaged"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_tells_what_it_brought);
	tcase_add_test(tc, one_that_is_not_kept_is_unavailable);
	tcase_add_loop_test(tc, one_that_is_not_known_is_unavailable, 0, 2);
	tcase_add_test(tc, one_that_is_damaged_is_no_record);
}
