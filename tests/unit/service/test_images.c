/* SPDX-License-Identifier: MIT */
/* test_images - images that are kept by their digest, what is pruned, and what dead runs leave. */
#include "service/images.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>

#include "base/directory.h"
#include "base/fd.h"
#include "scratch_root.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DIRECTORY "services/.enstratus/images/"
#define D15 "123456789abcdef"
/* Digests that differ in their first character, and one that begins like the first. */
#define REST D15 "0" D15 "0" D15 "0" D15
#define DIGEST_A "a" REST
#define DIGEST_A2 "a1234f6789abcdef0" D15 "0" D15 "0" D15
#define DIGEST_B "b" REST
#define DIGEST_C "c" REST

static struct service svc;
static struct images images;
static struct err err;

static void
begin(void)
{
	scratch_root_setup();
	svc = SERVICE_INIT;
	images = IMAGES_INIT;
	err = ERR_INIT;
	ck_assert_int_eq(service_open_new(&svc, "a1", &err) || service_open_metadata(&svc, &err),
			 0);
}

static void
finish(void)
{
	images_close(&images);
	service_close(&svc);
	scratch_root_teardown();
}

static void
open_images(void)
{
	images_close(&images);
	ck_assert_msg(images_open(&images, &svc, &err) == 0, "%s", err.msg);
}

/* A file among the images, of that age. */
static void
put(const char *name, long long age_s)
{
	char path[256];
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - age_s}};

	snprintf(path, sizeof path, DIRECTORY "%s", name);
	scratch_write(path, name);
	ck_assert_int_eq(utimensat(scratch_fd, path, times, 0), 0);
}

static bool
is_there(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, DIRECTORY "%s", name);
	return scratch_exists(path);
}

START_TEST(an_image_on_its_way_is_kept_by_its_digest)
{
	int fd = -1;

	umask(077);
	open_images();
	ck_assert_uint_eq(scratch_mode(DIRECTORY), 02770);
	ck_assert_int_eq(images_begin(&images, IMAGES_COPY "x", &fd, &err), 0);
	ck_assert_uint_eq(scratch_mode(DIRECTORY IMAGES_COPY "x"), 0600);
	ck_assert_int_eq(write(fd, "image", 5), 5);
	ck_assert_msg(images_keep(&images, IMAGES_COPY "x", DIGEST_A, "zip", &err) == 0, "%s",
		      err.msg);
	close(fd);
	ck_assert(!is_there(IMAGES_COPY "x"));
	ck_assert_str_eq(scratch_read(DIRECTORY DIGEST_A ".zip"), "image");
	ck_assert_uint_eq(scratch_mode(DIRECTORY DIGEST_A ".zip"), 0640);
}
END_TEST

START_TEST(a_part_that_is_there_is_gone_on_with)
{
	int fd = -1;
	char text[16] = "";

	put(IMAGES_DOWNLOAD "x", 60);
	open_images();
	ck_assert_int_eq(images_begin(&images, IMAGES_DOWNLOAD "x", &fd, &err), 0);
	ck_assert_int_eq(read(fd, text, sizeof text - 1), 6);
	ck_assert_str_eq(text, IMAGES_DOWNLOAD "x");
	close(fd);
}
END_TEST

START_TEST(a_part_is_of_one_run_alone)
{
	struct images other = IMAGES_INIT;
	int fd = -1, second = -1;

	open_images();
	ck_assert_int_eq(images_open(&other, &svc, &err), 0);
	ck_assert_int_eq(images_begin(&images, IMAGES_DOWNLOAD "x", &fd, &err), 0);
	ck_assert_int_eq(images_begin(&other, IMAGES_DOWNLOAD "x", &second, &err), -2);
	ck_assert_int_eq(second, -1);
	close(fd);
	ck_assert_int_eq(images_begin(&other, IMAGES_DOWNLOAD "x", &second, &err), 0);
	close(second);
	images_close(&other);
}
END_TEST

START_TEST(a_link_is_not_followed)
{
	int fd = -1;

	open_images();
	scratch_write("outside", "canary");
	ck_assert_int_eq(symlinkat("../../../outside", images.fd, IMAGES_DOWNLOAD "x"), 0);
	ck_assert_int_eq(images_begin(&images, IMAGES_DOWNLOAD "x", &fd, &err), -1);
	ck_assert_int_eq(fd, -1);
	ck_assert_str_ne(err.msg, "");
	ck_assert_int_eq(directory_remove_tree(scratch_fd, DIRECTORY, &err), 0);
	ck_assert_int_eq(symlinkat("../../outside", scratch_fd, "services/.enstratus/images"), 0);
	images_close(&images);
	ck_assert_int_eq(images_open(&images, &svc, &err), -1);
	ck_assert_str_eq(scratch_read("outside"), "canary");
}
END_TEST

static const struct {
	const char *digest;
	const char *name; /* "" for none, NULL for several */
} finding[] = {
	{DIGEST_A, DIGEST_A ".zip"},
	{DIGEST_A2, DIGEST_A2 ".tgz"},
	{"a1234f", DIGEST_A2 ".tgz"},
	{"a12345", DIGEST_A ".zip"},
	{"a1234", NULL},
	{"a", NULL},
	{"b", DIGEST_B ".zip"},
	{DIGEST_B, DIGEST_B ".zip"},
	{"c", ""},
	{DIGEST_C, ""},
	{"d", ""},
	{"B", ""},
	{DIGEST_B "0", ""},
	{".", ""},
	{"../", ""},
};

START_TEST(an_image_is_found_by_the_beginning_of_its_digest)
{
	char name[IMAGES_NAME_MAX] = "before";
	int result;

	put(DIGEST_A ".zip", 0);
	put(DIGEST_A2 ".tgz", 0);
	put(DIGEST_B ".zip", 0);
	/* None of these is one. */
	put("d123.zip", 0);
	put(DIGEST_C, 0);
	put(DIGEST_C "0.zip", 0);
	put("C" REST ".zip", 0);
	put(IMAGES_COPY DIGEST_C ".zip", 0);
	put("state", 0);
	open_images();
	result = images_find(&images, finding[_i].digest, name, &err);
	if (finding[_i].name) {
		ck_assert_msg(result == 0, "%s", err.msg);
		ck_assert_str_eq(name, finding[_i].name);
	} else {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.kind, ERR_USAGE);
	}
}
END_TEST

START_TEST(only_what_some_service_goes_back_to_stays)
{
	scratch_write("services/.enstratus/a1/state", "kept=" DIGEST_A "\n");
	scratch_write("services/.enstratus/a2/state", "user=www\nkept=" DIGEST_A "," DIGEST_B "\n");
	scratch_mkdir("services/.enstratus/a3/");
	scratch_mkdir("services/.enstratus/.stage/a1.0123abcd/");
	put(DIGEST_A ".zip", 0);
	put(DIGEST_B ".zip", 0);
	put(DIGEST_C ".zip", 0);
	put(DIGEST_A2 ".zip", 0);
	put(IMAGES_DOWNLOAD "x", 0);
	put("notes", 0);
	open_images();
	images_prune(&images);
	ck_assert(is_there(DIGEST_A ".zip"));
	ck_assert(is_there(DIGEST_B ".zip"));
	ck_assert(!is_there(DIGEST_C ".zip"));
	ck_assert(!is_there(DIGEST_A2 ".zip"));
	ck_assert(is_there(IMAGES_DOWNLOAD "x"));
	ck_assert(is_there("notes"));
}
END_TEST

/* Its metadata directory is that of the images itself. */
START_TEST(a_service_may_be_called_images)
{
	put(DIGEST_A ".zip", 0);
	put(DIGEST_B ".zip", 0);
	put("lock", 0);
	scratch_write(DIRECTORY "state", "kept=" DIGEST_A "\n");
	open_images();
	images_prune(&images);
	ck_assert(is_there(DIGEST_A ".zip"));
	ck_assert(!is_there(DIGEST_B ".zip"));
	ck_assert(is_there("state") && is_there("lock"));
}
END_TEST

START_TEST(what_a_damaged_state_may_want_stays)
{
	scratch_write("services/.enstratus/a1/state", "kept=" DIGEST_A "\n");
	scratch_write("services/.enstratus/a2/state", "garbage\n");
	put(DIGEST_C ".zip", 0);
	open_images();
	images_prune(&images);
	ck_assert(is_there(DIGEST_C ".zip"));
}
END_TEST

START_TEST(nobody_prunes_between_keeping_and_closing)
{
	struct images other = IMAGES_INIT;
	int fd = -1;

	open_images();
	ck_assert_int_eq(images_open(&other, &svc, &err), 0);
	ck_assert_int_eq(images_begin(&images, IMAGES_COPY "x", &fd, &err), 0);
	ck_assert_int_eq(images_keep(&images, IMAGES_COPY "x", DIGEST_A, "zip", &err), 0);
	close(fd);
	images_prune(&other);
	ck_assert(is_there(DIGEST_A ".zip"));
	images_close(&images);
	images_prune(&other);
	ck_assert(!is_there(DIGEST_A ".zip"));
	images_close(&other);
}
END_TEST

#define DAY (24 * 3600)

static const struct {
	const char *name;
	long long age_s;
	bool stays, stays_locked;
} leftovers[] = {
	{IMAGES_COPY "0123abcd", 0, false, true},
	{IMAGES_COPY "0123abcd", 30 * DAY, false, true},
	{IMAGES_DOWNLOAD REST, 0, true, true},
	{IMAGES_DOWNLOAD REST, 7 * DAY - 600, true, true},
	{IMAGES_DOWNLOAD REST, 7 * DAY + 600, false, true},
	{IMAGES_DOWNLOAD REST ".state", 6 * DAY, true, true},
	{IMAGES_DOWNLOAD REST ".state", 8 * DAY, false, true},
	{DIGEST_A ".zip", 800 * DAY, true, true},
	{"notes", 800 * DAY, true, true},
	{".copy", 800 * DAY, true, true},
};

START_TEST(what_dead_runs_left_goes_when_it_is_of_no_use)
{
	int fd;

	put(leftovers[_i].name, leftovers[_i].age_s);
	fd = open(scratch_path(DIRECTORY), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	images.fd = fd;
	fd = openat(images.fd, leftovers[_i].name, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	open_images();
	ck_assert(is_there(leftovers[_i].name) == leftovers[_i].stays_locked);
	close(fd);
	open_images();
	ck_assert(is_there(leftovers[_i].name) == leftovers[_i].stays);
}
END_TEST

/* Runs sweep when they begin, and what another is just making is none of a dead one. */
START_TEST(a_file_that_is_just_made_is_not_swept)
{
	pid_t sweepers[2];
	int fd = -1, status;

	open_images();
	for (int i = 0; i < 2; i++) {
		sweepers[i] = fork();
		for (struct images other = IMAGES_INIT; sweepers[i] == 0; images_close(&other))
			if (images_open(&other, &svc, &err))
				_exit(1);
	}
	for (int i = 0; i < 10000; i++) {
		const char *name = i % 2 ? IMAGES_COPY "x" : IMAGES_DOWNLOAD "x";

		ck_assert_msg(images_begin(&images, name, &fd, &err) == 0, "%d: %s", i, err.msg);
		ck_assert_msg(images_keep(&images, name, DIGEST_A, "zip", &err) == 0, "%d: %s", i,
			      err.msg);
		close(fd);
	}
	for (int i = 0; i < 2; i++) {
		kill(sweepers[i], SIGKILL);
		ck_assert_int_eq(waitpid(sweepers[i], &status, 0), sweepers[i]);
		ck_assert(WIFSIGNALED(status));
	}
}
END_TEST

START_TEST(who_only_looks_makes_and_removes_nothing)
{
	struct images other = IMAGES_INIT;
	char name[IMAGES_NAME_MAX] = "unset";

	ck_assert_int_eq(images_look(&other, &svc, &err), 0);
	ck_assert_int_eq(other.fd, -1);
	ck_assert_int_eq(images_find(&other, DIGEST_A, name, &err), 0);
	ck_assert_str_eq(name, "");
	ck_assert(!scratch_exists("services/.enstratus/images"));
	images_close(&other);
	open_images();
	put(IMAGES_COPY "dead", 10);
	put(DIGEST_A ".zip", 10);
	ck_assert_int_eq(images_look(&other, &svc, &err), 0);
	ck_assert_int_eq(images_find(&other, DIGEST_A, name, &err), 0);
	ck_assert_str_eq(name, DIGEST_A ".zip");
	ck_assert(scratch_exists("services/.enstratus/images/" IMAGES_COPY "dead"));
	images_close(&other);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, an_image_on_its_way_is_kept_by_its_digest);
	tcase_add_test(tc, a_part_that_is_there_is_gone_on_with);
	tcase_add_test(tc, a_part_is_of_one_run_alone);
	tcase_add_test(tc, a_link_is_not_followed);
	tcase_add_loop_test(tc, an_image_is_found_by_the_beginning_of_its_digest, 0,
			    (int)COUNT(finding));
	tcase_add_test(tc, only_what_some_service_goes_back_to_stays);
	tcase_add_test(tc, a_service_may_be_called_images);
	tcase_add_test(tc, what_a_damaged_state_may_want_stays);
	tcase_add_test(tc, nobody_prunes_between_keeping_and_closing);
	tcase_add_loop_test(tc, what_dead_runs_left_goes_when_it_is_of_no_use, 0,
			    (int)COUNT(leftovers));
	tcase_add_test(tc, a_file_that_is_just_made_is_not_swept);
	tcase_add_test(tc, who_only_looks_makes_and_removes_nothing);
}
