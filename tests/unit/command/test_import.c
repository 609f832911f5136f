/* SPDX-License-Identifier: MIT */
/* test_import - an image becomes a file of the agent's own, known by its digest. */
#include "command/import.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/crypto.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/proc.h"
#include "scratch_root.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIB ((size_t)1 << 20)
#define URL "https://127.0.0.1:1/x.zip"
#define DIRECTORY "services/.enstratus/images/"

static struct service svc;
static struct import in;
static struct err err;
static int n_fds;

static int
count(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += !directory_is_dot(entry->d_name);
	if (dir)
		closedir(dir);
	return n;
}

static void
begin(void)
{
	scratch_root_setup();
	svc = SERVICE_INIT;
	in = IMPORT_INIT;
	err = ERR_INIT;
	ck_assert_int_eq(service_open_new(&svc, "a1", &err) || service_open_metadata(&svc, &err),
			 0);
	n_fds = count("/proc/self/fd");
}

static void
finish(void)
{
	import_close(&in);
	import_close(&in);
	ck_assert_int_eq(count("/proc/self/fd"), n_fds);
	service_close(&svc);
	scratch_root_teardown();
}

static int
n_images(void)
{
	return count(scratch_path(DIRECTORY));
}

/* A file of that many bytes, no two pages of which are the same; its digest in hex. */
static void
make_file(const char *name, size_t size, char hex[static DIGEST_HEX])
{
	unsigned char *data = malloc(size + !size);

	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)(i ^ i >> 8 ^ i >> 16);
	scratch_write_bytes(name, data, size);
	crypto_sha256(data, size, hex);
	free(data);
}

static int
open_file(const char *name)
{
	int fd = openat(scratch_fd, name, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
take_file(const char *name, struct service *service)
{
	ck_assert_msg(import_file(&in, open_file(name), service, &err) == 0, "%s", err.msg);
}

static void
await(void)
{
	ck_assert_msg(import_finish(&in, &err) == 0, "%s", err.msg);
}

/* The digest of a file as it is now. */
static void
hash_file(int fd, char hex[static DIGEST_HEX])
{
	struct stat st;
	char *data;

	ck_assert_int_eq(fstat(fd, &st), 0);
	data = malloc((size_t)st.st_size + 1);
	ck_assert_int_eq(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	crypto_sha256(data, (size_t)st.st_size, hex);
	free(data);
}

/* Around the end that is copied first, and the pieces. */
static const size_t sizes[] = {0,	1,	     65535,	  65536,       4 * MIB - 1,
			       4 * MIB, 4 * MIB + 1, 5 * MIB - 1, 5 * MIB + 1, 9 * MIB + 12345};

START_TEST(a_file_is_copied_and_hashed)
{
	char hex[DIGEST_HEX], copied[DIGEST_HEX], name[IMAGES_NAME_MAX + 64];

	make_file("w/x.zip", sizes[_i], hex);
	take_file("w/x.zip", &svc);
	await();
	await();
	ck_assert_str_eq(in.digest, hex);
	hash_file(in.image.fd, copied);
	ck_assert_str_eq(copied, hex);
	snprintf(name, sizeof name, DIRECTORY IMAGES_COPY "%s", svc.run_id);
	ck_assert_uint_eq(scratch_mode(name), 0600);
	ck_assert_int_eq(n_images(), 1);
	/* Nobody wanted it. */
	import_close(&in);
	ck_assert_int_eq(n_images(), 0);
}
END_TEST

START_TEST(what_is_kept_has_its_digest_for_a_name)
{
	char hex[DIGEST_HEX], name[IMAGES_NAME_MAX + 64];

	for (int i = 0; i < 2; i++) {
		make_file("w/x.zip", 5 * MIB, hex);
		take_file("w/x.zip", &svc);
		await();
		ck_assert_msg(import_keep(&in, "zip", &err) == 0, "%s", err.msg);
		import_close(&in);
	}
	ck_assert_int_eq(n_images(), 1);
	snprintf(name, sizeof name, DIRECTORY "%s.zip", hex);
	ck_assert_uint_eq(scratch_mode(name), 0640);
	snprintf(name, sizeof name, "%s.zip", hex);
	ck_assert_msg(import_kept(&in, name, &svc, &err) == 0, "%s", err.msg);
	await();
	ck_assert_str_eq(in.digest, hex);
	ck_assert_int_eq(import_keep(&in, "zip", &err), 0);
	import_close(&in);
	ck_assert_int_eq(n_images(), 1);
}
END_TEST

START_TEST(a_kept_image_that_is_gone_or_a_link_is_a_failure)
{
	scratch_write("outside", "canary");
	scratch_mkdir(DIRECTORY);
	if (_i)
		ck_assert_int_eq(symlinkat("../../../outside", scratch_fd, DIRECTORY "x.zip"), 0);
	ck_assert_int_eq(import_kept(&in, "x.zip", &svc, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "cannot open the kept image"));
}
END_TEST

/* A pipe that somebody fills with a file's bytes, and whose end they keep open or not. */
struct writer {
	pthread_t thread;
	const char *name;
	int fd;
	bool goes_on;
};

static void *
write_file(void *arg)
{
	struct writer *w = arg;
	int from = open_file(w->name);
	static char part[65536];
	ssize_t n;

	/* 1,000 bytes at a time: less than a pipe holds, and not what is read at once. */
	while ((n = read(from, part, 1000)) > 0)
		if (write(w->fd, part, (size_t)n) != n)
			break;
	close(from);
	if (!w->goes_on)
		close(w->fd);
	return NULL;
}

static void
take_stream(struct writer *w, uint64_t max_bytes, struct service *service)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	w->fd = ends[1];
	ck_assert_int_eq(pthread_create(&w->thread, NULL, write_file, w), 0);
	ck_assert_msg(import_stream(&in, ends[0], max_bytes, service, &err) == 0, "%s", err.msg);
}

START_TEST(a_stream_is_taken_to_its_end)
{
	struct writer w = {.name = "w/x.zip"};
	struct service *service = _i % 2 ? NULL : &svc;
	char hex[DIGEST_HEX], copied[DIGEST_HEX];
	size_t size = sizes[_i / 2];

	make_file("w/x.zip", size, hex);
	take_stream(&w, size, service);
	await();
	ck_assert_str_eq(in.digest, hex);
	hash_file(in.image.fd, copied);
	ck_assert_str_eq(copied, hex);
	if (service) {
		ck_assert_msg(import_keep(&in, "zip", &err) == 0, "%s", err.msg);
		ck_assert_int_eq(n_images(), 1);
	} else {
		ck_assert(!scratch_exists(DIRECTORY));
	}
	pthread_join(w.thread, NULL);
}
END_TEST

START_TEST(a_stream_that_is_too_long_is_refused)
{
	struct writer w = {.name = "w/x.zip"};
	uint64_t size = 0;
	char hex[DIGEST_HEX];

	make_file("w/x.zip", 5 * MIB, hex);
	take_stream(&w, 5 * MIB - 1, &svc);
	ck_assert_int_eq(arrival_size(&in.image, &size, &err), -1);
	ck_assert_int_eq(import_finish(&in, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_str_eq(err.rule, "max-bytes");
	ck_assert_uint_eq(err.limit, 5 * MIB - 1);
	import_close(&in);
	ck_assert_int_eq(n_images(), 0);
	pthread_join(w.thread, NULL);
}
END_TEST

START_TEST(a_stream_that_does_not_end_is_given_up)
{
	struct writer w = {.name = "w/x.zip", .goes_on = true};
	char hex[DIGEST_HEX];

	make_file("w/x.zip", 100000, hex);
	take_stream(&w, MIB, &svc);
	pthread_join(w.thread, NULL);
	if (_i) {
		/* As by a signal that somebody else's commands are to end by as well. */
		proc_hold_signals();
		kill(getpid(), SIGTERM);
		ck_assert_int_eq(import_finish(&in, &err), -1);
		ck_assert_int_eq(err_status(&err), 128 + SIGTERM);
	}
	import_close(&in);
	ck_assert_int_eq(n_images(), 0);
	close(w.fd);
}
END_TEST

START_TEST(a_dry_run_uses_the_file_itself_and_writes_nothing)
{
	char hex[DIGEST_HEX];

	make_file("w/x.zip", 5 * MIB, hex);
	take_file("w/x.zip", NULL);
	await();
	ck_assert_str_eq(in.digest, hex);
	ck_assert_int_eq(import_keep(&in, "zip", &err), 0);
	import_close(&in);
	ck_assert(!scratch_exists(DIRECTORY));
	ck_assert(scratch_exists("w/x.zip"));
}
END_TEST

START_TEST(what_the_caller_does_to_the_file_afterwards_is_no_matter)
{
	char hex[DIGEST_HEX], data[5] = "";
	size_t got = 0;

	scratch_write("w/x.zip", "first");
	crypto_sha256("first", 5, hex);
	take_file("w/x.zip", &svc);
	await();
	scratch_write("w/x.zip", "later");
	ck_assert_int_eq(arrival_read(&in.image, (struct arrival_range){0, 5, 5}, data, &got, &err),
			 0);
	ck_assert_mem_eq(data, "first", 5);
	ck_assert_int_eq(import_keep(&in, "zip", &err), 0);
	ck_assert_str_eq(in.digest, hex);
	hash_file(in.fd, hex);
	ck_assert_str_eq(in.digest, hex);
}
END_TEST

/* Long enough to be still on its way when its end has arrived, which is the first to do so. */
#define LONG (256 * MIB)

static int
take_long(void)
{
	uint64_t size = 0;
	int fd;

	scratch_write("w/x.zip", "");
	fd = open_file("w/x.zip");
	ck_assert_int_eq(ftruncate(fd, LONG), 0);
	take_file("w/x.zip", &svc);
	ck_assert_msg(arrival_size(&in.image, &size, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(size, LONG);
	return fd;
}

/* True where a file system shares its blocks, so that a copy is there at once. */
static bool
is_shared(const char *test)
{
	bool shared = arrival_is_there(&in.image, LONG - 5 * MIB, MIB);

	if (shared)
		fprintf(stderr, "skipped %s: nothing is copied here\n", test);
	return shared;
}

START_TEST(the_digest_is_that_of_what_was_copied_whatever_was_read)
{
	char hex[DIGEST_HEX];
	int fd = take_long();

	for (size_t at = LONG; at > MIB; at -= MIB)
		ck_assert_int_eq(pwrite(fd, "changed", 7, (off_t)(at - MIB / 2)), 7);
	close(fd);
	await();
	hash_file(in.fd, hex);
	ck_assert_str_eq(in.digest, hex);
}
END_TEST

START_TEST(a_file_that_is_cut_while_it_is_read_is_refused)
{
	char data[16];
	size_t got = 0;
	int fd = take_long();

	if (is_shared("a_file_that_is_cut_while_it_is_read_is_refused")) {
		close(fd);
		return;
	}
	ck_assert_int_eq(ftruncate(fd, 1000), 0);
	close(fd);
	/* Whoever waits for the rest is told, not left to wait. */
	ck_assert_int_eq(
		arrival_read(&in.image,
			     (struct arrival_range){LONG - 5 * MIB, sizeof data, sizeof data}, data,
			     &got, &err),
		-1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	err = ERR_INIT;
	ck_assert_int_eq(import_finish(&in, &err), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.msg, "became shorter while it was read"));
	err = ERR_INIT;
	ck_assert_int_eq(import_finish(&in, &err), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	import_close(&in);
	ck_assert_int_eq(n_images(), 0);
}
END_TEST

START_TEST(an_image_that_is_not_wanted_any_more_leaves_nothing)
{
	struct stat st;
	int fd = take_long();

	close(fd);
	if (is_shared("an_image_that_is_not_wanted_any_more_leaves_nothing"))
		return;
	import_abandon(&in);
	if (_i)
		import_abandon(&in);
	fd = dup(in.fd);
	import_close(&in);
	ck_assert_int_eq(n_images(), 0);
	/* And it was not copied to its end first. */
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_lt(st.st_blocks * 512, (off_t)LONG);
	close(fd);
}
END_TEST

START_TEST(a_full_disk_leaves_nothing)
{
	char hex[DIGEST_HEX];

	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		fprintf(stderr, "skipped a_full_disk_leaves_nothing: %s\n",
			geteuid() ? "needs root" : strerror(errno));
		return;
	}
	make_file("w/x.zip", 9 * MIB, hex);
	service_close(&svc);
	ck_assert_int_eq(mount("none", scratch_path("services"), "tmpfs", 0, "size=6m,mode=755"),
			 0);
	ck_assert_int_eq(service_open_new(&svc, "a1", &err) || service_open_metadata(&svc, &err),
			 0);
	take_file("w/x.zip", &svc);
	ck_assert_int_eq(import_finish(&in, &err), -1);
	ck_assert_int_eq(err.kind, ERR_IO);
	import_close(&in);
	ck_assert_int_eq(count(scratch_path(DIRECTORY)), 0);
	service_close(&svc);
	ck_assert_int_eq(umount(scratch_path("services")), 0);
	ck_assert_int_eq(service_open_new(&svc, "a1", &err) || service_open_metadata(&svc, &err),
			 0);
}
END_TEST

static const struct download_options options = {.max_bytes = 1000};

/* There is no program beside this one that fetches: as when a download fails at its start. */
START_TEST(a_download_that_brought_nothing_leaves_nothing)
{
	uint64_t size = 0;

	ck_assert_msg(import_url(&in, URL, &options, _i ? &svc : NULL, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(arrival_size(&in.image, &size, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	err = ERR_INIT;
	ck_assert_int_eq(import_finish(&in, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.msg, "cannot run fetchImage"));
	import_close(&in);
	ck_assert_int_eq(n_images(), 0);
}
END_TEST

START_TEST(a_download_that_was_cut_off_stays_for_the_next_run)
{
	char hex[DIGEST_HEX], part[128], state[160];

	crypto_sha256(URL, strlen(URL), hex);
	snprintf(part, sizeof part, DIRECTORY IMAGES_DOWNLOAD "%s", hex);
	snprintf(state, sizeof state, "%s.state", part);
	scratch_write(part, "the first half");
	scratch_write(state, "the state");
	ck_assert_int_eq(import_url(&in, URL, &options, &svc, &err), 0);
	ck_assert_ptr_nonnull(strstr(part, in.part));
	ck_assert_int_eq(import_finish(&in, &err), -1);
	import_close(&in);
	ck_assert_int_eq(n_images(), 2);
	ck_assert_str_eq(scratch_read(part), "the first half");
	ck_assert_str_eq(scratch_read(state), "the state");
}
END_TEST

START_TEST(a_download_that_another_run_is_at_is_left_to_it)
{
	struct images other = IMAGES_INIT;
	char hex[DIGEST_HEX], name[IMAGES_NAME_MAX];
	int fd = -1;

	crypto_sha256(URL, strlen(URL), hex);
	snprintf(name, sizeof name, IMAGES_DOWNLOAD "%s", hex);
	ck_assert_int_eq(images_open(&other, &svc, &err), 0);
	ck_assert_int_eq(images_begin(&other, name, &fd, &err), 0);
	ck_assert_int_eq(write(fd, "another's", 9), 9);
	ck_assert_msg(import_url(&in, URL, &options, &svc, &err) == 0, "%s", err.msg);
	ck_assert_ptr_eq(strstr(in.part, IMAGES_COPY), in.part);
	ck_assert_int_eq(import_finish(&in, &err), -1);
	import_close(&in);
	ck_assert_int_eq(n_images(), 1);
	close(fd);
	images_close(&other);
}
END_TEST

START_TEST(what_was_never_begun_can_be_closed)
{
	struct err e = ERR_INIT;

	import_abandon(&in);
	import_close(&in);
	/* And what could not be begun: a file where the images should be. */
	scratch_write("w/x.zip", "x");
	scratch_write("services/.enstratus/images", "in the way");
	ck_assert_int_eq(import_file(&in, open_file("w/x.zip"), &svc, &e), -1);
	ck_assert_str_ne(e.msg, "");
	import_close(&in);
	ck_assert_str_eq(scratch_read("services/.enstratus/images"), "in the way");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, a_file_is_copied_and_hashed, 0, (int)COUNT(sizes));
	tcase_add_test(tc, what_is_kept_has_its_digest_for_a_name);
	tcase_add_loop_test(tc, a_kept_image_that_is_gone_or_a_link_is_a_failure, 0, 2);
	tcase_add_loop_test(tc, a_stream_is_taken_to_its_end, 0, 2 * COUNT(sizes));
	tcase_add_test(tc, a_stream_that_is_too_long_is_refused);
	tcase_add_loop_test(tc, a_stream_that_does_not_end_is_given_up, 0, 2);
	tcase_add_test(tc, a_dry_run_uses_the_file_itself_and_writes_nothing);
	tcase_add_test(tc, what_the_caller_does_to_the_file_afterwards_is_no_matter);
	tcase_add_test(tc, the_digest_is_that_of_what_was_copied_whatever_was_read);
	tcase_add_test(tc, a_file_that_is_cut_while_it_is_read_is_refused);
	tcase_add_loop_test(tc, an_image_that_is_not_wanted_any_more_leaves_nothing, 0, 2);
	tcase_add_test(tc, a_full_disk_leaves_nothing);
	tcase_add_loop_test(tc, a_download_that_brought_nothing_leaves_nothing, 0, 2);
	tcase_add_test(tc, a_download_that_was_cut_off_stays_for_the_next_run);
	tcase_add_test(tc, a_download_that_another_run_is_at_is_left_to_it);
	tcase_add_test(tc, what_was_never_begun_can_be_closed);
}
