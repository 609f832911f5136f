/* SPDX-License-Identifier: MIT */
/* test_verify - every way in which a service can differ from its image, and its word. */
#include "command/verify.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/directory.h"
#include "base/fd.h"
#include "command/install.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LARGE ((size_t)300000)

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static char large[LARGE + 1];

/* As root everything goes to "daemon", which every Debian has. */
static void
install(const char *persist)
{
	const struct install_request request = {.service_id = "a1",
						.customer_id = "c001",
						.user_id = "daemon",
						.image = scratch_path("x.zip"),
						.lock = lock};
	struct install_report report;
	struct err e = ERR_INIT;

	memset(large, 'x', LARGE);
	scratch_zip("x.zip",
		    ITEMS({"www/index", "hello", S_IFREG | 0644},
			  {"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0644},
			  {"bin/lib/helper", "x", S_IFREG | 0644},
			  {"cfg/own.conf", "x=y", S_IFREG | 0600},
			  {"www/current", "index", S_IFLNK | 0777}, {"data/", NULL, S_IFDIR | 0755},
			  {"data/seed", "seed", S_IFREG | 0644}, {"data2/x", "x", S_IFREG | 0666},
			  {"large", large, S_IFREG | 0640}, {"empty", "", S_IFREG | 0644},
			  {"image.ini", persist, S_IFREG | 0644}));
	ck_assert_msg(install_service(&request, &report, &e) == 0, "%s", e.msg);
}

static struct buf found;

static void
note(void *arg, enum verify_finding finding, const char *path)
{
	struct err e = ERR_INIT;

	ck_assert_ptr_eq(arg, &found);
	ck_assert_int_eq(buf_addf(&found, &e, "%s %s\n", verify_word(finding), path), 0);
}

static int
verify(char digest[static DIGEST_HEX], size_t *n_checked, struct err *e)
{
	struct service svc = SERVICE_INIT;
	int result;

	*e = ERR_INIT;
	buf_free(&found);
	ck_assert_int_eq(buf_addf(&found, e, "%s", ""), 0);
	ck_assert_msg(service_open(&svc, "a1", e) == 0 && service_lock(&svc, &lock, e) == 0, "%s",
		      e->msg);
	result = verify_service(&svc, note, &found, digest, n_checked, e);
	service_close(&svc);
	return result;
}

static const char *
findings(void)
{
	char digest[DIGEST_HEX];
	size_t n_checked = 0;
	struct err e;

	ck_assert_msg(verify(digest, &n_checked, &e) == 0, "%s", e.msg);
	return found.len ? found.data : "";
}

static void
begin(void)
{
	scratch_root_setup();
	umask(022);
	found = BUF_INIT;
}

static void
finish(void)
{
	buf_free(&found);
	scratch_root_teardown();
}

enum { WRITE, MODE, REMOVE, DIRECTORY, LINK, FIFO };

static void
change(int how, const char *name, const char *what)
{
	char path[128];
	struct err e = ERR_INIT;
	struct stat st;

	snprintf(path, sizeof path, "services/a1/%s", name);
	if (how == MODE) {
		ck_assert_int_eq(fchmodat(scratch_fd, path, (mode_t)strtoul(what, NULL, 8), 0), 0);
		return;
	}
	if (how != WRITE)
		ck_assert_int_eq(directory_remove_tree(scratch_fd, path, &e), 0);
	if (how == WRITE)
		scratch_write(path, what);
	if (how == DIRECTORY)
		ck_assert_int_eq(mkdirat(scratch_fd, path, 0755), 0);
	if (how == LINK)
		ck_assert_int_eq(symlinkat(what, scratch_fd, path), 0);
	if (how == FIFO)
		ck_assert_int_eq(mkfifoat(scratch_fd, path, 0644), 0);
	/* The owner is another matter. */
	if (how == LINK) {
		ck_assert_int_eq(fstatat(scratch_fd, "services/a1/large", &st, 0), 0);
		ck_assert_int_eq(
			fchownat(scratch_fd, path, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW), 0);
	}
}

static const struct {
	int how;
	const char *path, *what, *findings;
} changes[] = {
	{WRITE, "www/index", "hellO", "differs www/index\n"},
	{WRITE, "www/index", "hello!", "differs www/index\n"},
	{WRITE, "www/index", "hell", "differs www/index\n"},
	{WRITE, "www/index", "", "differs www/index\n"},
	{WRITE, "empty", "x", "differs empty\n"},
	{WRITE, "www/index", "hello", ""},
	{WRITE, "bin/enstratus-start", "#!/bin/ed\n", "differs bin/enstratus-start\n"},
	{WRITE, "cfg/own.conf", "x=z", "differs cfg/own.conf\n"},
	{MODE, "www/index", "0664", "mode www/index\n"},
	{MODE, "www/index", "04644", "mode www/index\n"},
	{MODE, "bin/enstratus-start", "0755", "mode bin/enstratus-start\n"},
	{MODE, "bin/enstratus-start", "0644", "mode bin/enstratus-start\n"},
	{MODE, "bin/lib/helper", "0750", "mode bin/lib/helper\n"},
	{MODE, "cfg/own.conf", "0600", "mode cfg/own.conf\n"},
	{MODE, "data2/x", "0666", "mode data2/x\n"},
	{MODE, "data", "0700", ""},
	{REMOVE, "www/index", NULL, "missing www/index\n"},
	{REMOVE, "www/current", NULL, "missing www/current\n"},
	{REMOVE, "data2", NULL, "missing data2/x\n"},
	{REMOVE, "data", NULL, "missing data\nmissing data/seed\n"},
	{DIRECTORY, "www/index", NULL, "type www/index\n"},
	{LINK, "www/index", "/etc/passwd", "type www/index\n"},
	{FIFO, "www/index", NULL, "type www/index\n"},
	{LINK, "data", "/mnt", "type data\ntype data/seed\n"},
	{LINK, "data2", "data", "type data2/x\n"},
	{LINK, "www/current", "index2", "differs www/current\n"},
	{LINK, "www/current", "inde", "differs www/current\n"},
	{LINK, "www/current", "index", ""},
	{DIRECTORY, "www/current", NULL, "type www/current\n"},
	{WRITE, "bin/enstratus-stop", "x", "extra bin/enstratus-stop\n"},
	{WRITE, "bin/.hidden", "x", "extra bin/.hidden\n"},
	{LINK, "bin/enstratus-check", "/bin/true", "extra bin/enstratus-check\n"},
	{DIRECTORY, "bin/more", NULL, "extra bin/more\n"},
	{WRITE, "bin/lib/other", "x", "extra bin/lib/other\n"},
	{LINK, "bin", "data", "type bin/enstratus-start\ntype bin/lib/helper\n"},
	{REMOVE, "bin", NULL, "missing bin/enstratus-start\nmissing bin/lib/helper\n"},
	{WRITE, "www/own", "x", "added www/own\n"},
	{WRITE, "own", "x", "added own\n"},
	{LINK, "data/own", "/etc", "added data/own\n"},
	{WRITE, "cfg/own.cert", "x", "added cfg/own.cert\n"},
	/* Of a directory, not what is in it. */
	{WRITE, "log/today/1", "x", "added log\n"},
	{WRITE, "data2/log/1", "x", "added data2/log\n"},
	/* What the agent delivers, and every file system has, is nobody's. */
	{WRITE, "cfg/enstratus.cfg", "x", ""},
	{LINK, "cfg/enstratus.cfg", "/run/none", ""},
	{DIRECTORY, "lost+found", NULL, ""},
};

START_TEST(each_difference_has_its_word)
{
	install("");
	ck_assert_str_eq(findings(), "");
	change(changes[_i].how, changes[_i].path, changes[_i].what);
	ck_assert_str_eq(findings(), changes[_i].findings);
}
END_TEST

START_TEST(content_and_mode_are_two_findings)
{
	install("");
	change(WRITE, "www/index", "HELLO");
	change(MODE, "www/index", "0600");
	ck_assert_str_eq(findings(), "differs www/index\nmode www/index\n");
}
END_TEST

/* Around the pieces in which files are compared. */
START_TEST(one_byte_of_a_large_file_is_enough)
{
	static const off_t places[] = {0, 131071, 131072, 262144, LARGE - 1};
	int fd;

	install("");
	fd = openat(scratch_fd, "services/a1/large", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "y", 1, places[_i]), 1);
	ck_assert_str_eq(findings(), "differs large\n");
	ck_assert_int_eq(pwrite(fd, "x", 1, places[_i]), 1);
	ck_assert_str_eq(findings(), "");
	close(fd);
}
END_TEST

START_TEST(what_persists_is_the_service_s_own)
{
	struct err e;
	char digest[DIGEST_HEX];
	size_t n_all = 0, n_checked = 0;

	install("");
	ck_assert_int_eq(verify(digest, &n_all, &e), 0);
	ck_assert_uint_eq(n_all, 11);
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "services", &e), 0);
	scratch_mkdir("services/");
	install("[persist]\nx=data,cfg/own.conf\n");
	change(WRITE, "data/seed", "other");
	change(REMOVE, "cfg/own.conf", NULL);
	change(MODE, "data", "0700");
	ck_assert_int_eq(verify(digest, &n_checked, &e), 0);
	ck_assert_str_eq(found.data, "");
	ck_assert_uint_eq(n_checked, n_all - 3);
	change(WRITE, "data/more", "x");
	ck_assert_str_eq(findings(), "");
	/* And its neighbour is not. */
	change(WRITE, "data2/x", "y");
	ck_assert_str_eq(findings(), "differs data2/x\n");
}
END_TEST

START_TEST(where_something_persists_the_rest_was_added)
{
	install("[persist]\nx=var/lib/db,www/files\n");
	change(WRITE, "var/lib/db/table", "x");
	change(WRITE, "www/files/a", "x");
	ck_assert_str_eq(findings(), "");
	change(WRITE, "var/lib/other", "x");
	ck_assert_str_eq(findings(), "added var/lib/other\n");
}
END_TEST

static const struct {
	const char *path;
	uid_t uid;
	gid_t gid; /* -1: as it is */
	const char *findings;
} owners[] = {
	{"www/index", 0, (gid_t)-1, "owner www/index\n"},
	{"www/index", (uid_t)-1, 0, "owner www/index\n"},
	{"www/current", 0, 0, "owner www/current\n"},
	{"bin/enstratus-start", 0, (gid_t)-1, "owner bin/enstratus-start\n"},
	{"bin/enstratus-start", (uid_t)-1, 9, "owner bin/enstratus-start\n"},
	{"cfg/own.conf", (uid_t)-1, 9, "owner cfg/own.conf\n"},
	{"bin/lib/helper", 0, 0, "owner bin/lib/helper\n"},
	/* A daemon may have a directory to itself. */
	{"data", 0, 0, ""},
};

START_TEST(another_owner_is_found_by_root)
{
	char path[128];

	if (geteuid() != 0) {
		fprintf(stderr, "skipped another_owner_is_found_by_root: needs root\n");
		return;
	}
	install("");
	snprintf(path, sizeof path, "services/a1/%s", owners[_i].path);
	ck_assert_int_eq(
		fchownat(scratch_fd, path, owners[_i].uid, owners[_i].gid, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert_str_eq(findings(), owners[_i].findings);
}
END_TEST

START_TEST(the_digest_is_the_image_s)
{
	struct err e;
	char digest[DIGEST_HEX] = "", name[160];
	size_t n_checked = 0;

	install("");
	ck_assert_int_eq(verify(digest, &n_checked, &e), 0);
	snprintf(name, sizeof name, "services/.enstratus/images/%s.zip", digest);
	ck_assert(scratch_exists(name));
	/* The image of another service, or a damaged one, is not what it is compared with. */
	scratch_write(name, "another");
	ck_assert_int_eq(verify(digest, &n_checked, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.msg, "the kept image is damaged"));
	ck_assert_int_eq(unlinkat(scratch_fd, name, 0), 0);
	ck_assert_int_eq(verify(digest, &n_checked, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.msg, "is not kept any more"));
	ck_assert_str_eq(found.data, "");
}
END_TEST

START_TEST(a_service_of_no_known_image_cannot_be_compared)
{
	struct err e;
	char digest[DIGEST_HEX] = "";
	size_t n_checked = 0;

	scratch_mkdir("services/a1/bin/");
	ck_assert_int_eq(verify(digest, &n_checked, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(e.msg, "it is not known from which image"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, each_difference_has_its_word, 0, (int)COUNT(changes));
	tcase_add_test(tc, content_and_mode_are_two_findings);
	tcase_add_loop_test(tc, one_byte_of_a_large_file_is_enough, 0, 5);
	tcase_add_test(tc, what_persists_is_the_service_s_own);
	tcase_add_test(tc, where_something_persists_the_rest_was_added);
	tcase_add_loop_test(tc, another_owner_is_found_by_root, 0, (int)COUNT(owners));
	tcase_add_test(tc, the_digest_is_the_image_s);
	tcase_add_test(tc, a_service_of_no_known_image_cannot_be_compared);
}
