/* SPDX-License-Identifier: MIT */
/* test_install - from an image file to a service, and what is refused without a trace. */
#include "command/install.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "host/account.h"
#include "scratch_image.h"
#include "scratch_root.h"
#include "tests.h"

static void
make_image(const char *name)
{
	scratch_zip(name,
		    ITEMS({"bin/", NULL, S_IFDIR | 0755},
			  {"bin/enstratus-start", "#!/bin/sh\nexit 0\n", S_IFREG | 0644},
			  {"cfg/", NULL, S_IFDIR | 0755}, {"cfg/own.conf", "x", S_IFREG | 0600},
			  {"data/", NULL, S_IFDIR | 0755},
			  {"www/index.html", "hello", S_IFREG | 0666},
			  {"www/current", "index.html", S_IFLNK | 0777}));
}

/* As root everything goes to "daemon", which every Debian has; else the name only has to be one. */
static const struct install_request model = {
	.service_id = "a1",
	.customer_id = "c001",
	.user_id = "daemon",
	.lock = {.command = "installService", .generation = -1},
};

static int
install(const char *image, bool dry_run, struct install_report *report, struct err *e)
{
	struct install_request request = model;

	request.image = scratch_path(image);
	request.dry_run = dry_run;
	*e = ERR_INIT;
	return install_service(&request, report, e);
}

static void
install_well(const char *image, struct install_report *report)
{
	struct err e;

	ck_assert_msg(install(image, false, report, &e) == 0, "%s", e.msg);
}

/* Nothing of a service, and no stage, is there. */
static void
check_no_trace(void)
{
	ck_assert(!scratch_exists("services/a1"));
	ck_assert(!scratch_exists("services/.enstratus/a1"));
	if (scratch_exists("services/.enstratus/.stage")) {
		ck_assert_int_eq(unlinkat(scratch_fd, "services/.enstratus/.stage", AT_REMOVEDIR),
				 0);
	}
}

static void
refuse(const char *image, enum err_kind kind, const char *words)
{
	struct install_report report;
	struct err e;

	ck_assert_int_eq(install(image, false, &report, &e), -1);
	ck_assert_msg(e.kind == kind, "kind %d: %s", (int)e.kind, e.msg);
	ck_assert_msg(strstr(e.msg, words) != NULL, "'%s' not in '%s'", words, e.msg);
	ck_assert_ptr_nonnull(strstr(e.msg, "cannot install 'a1'"));
}

START_TEST(an_image_becomes_a_service)
{
	struct install_report report;
	char target[32] = "";
	struct stat st;

	umask(077);
	make_image("w/site.zip");
	install_well("w/site.zip", &report);
	ck_assert_str_eq(report.type, "zip");
	ck_assert_uint_eq(report.n_entries, 7);
	ck_assert_uint_eq(report.n_dropped_bits, 1);
	ck_assert(!report.update);
	ck_assert_uint_eq(scratch_mode("services/a1"), 0775);
	ck_assert_uint_eq(scratch_mode("services/a1/bin"), 02750);
	ck_assert_uint_eq(scratch_mode("services/a1/bin/enstratus-start"), 0750);
	ck_assert_uint_eq(scratch_mode("services/a1/cfg"), 0770);
	ck_assert_uint_eq(scratch_mode("services/a1/cfg/own.conf"), 0770);
	ck_assert_uint_eq(scratch_mode("services/a1/www/index.html"), 0664);
	/* As in the image: nothing of the stage's own mode is inherited. */
	ck_assert_uint_eq(scratch_mode("services/a1/data"), 0755);
	ck_assert_uint_eq(scratch_mode("services/a1/www"), 0755);
	ck_assert_str_eq(scratch_read("services/a1/www/index.html"), "hello");
	ck_assert_int_eq(readlinkat(scratch_fd, "services/a1/www/current", target, 31), 10);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("services/.enstratus/a1/state"),
		       "customer=c001\nuser=daemon\nimage=site.zip\nversion=\ninstalled="));
	ck_assert_int_eq(stat(scratch_path("services/a1/www/index.html"), &st), 0);
	ck_assert_uint_eq(st.st_uid, geteuid() ? geteuid() : 1);
	ck_assert_int_eq(unlinkat(scratch_fd, "services/.enstratus/.stage", AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(a_second_image_is_an_overlay)
{
	struct install_report report;

	make_image("w/site.zip");
	install_well("w/site.zip", &report);
	scratch_write("services/a1/data/db", "kept");
	scratch_write("services/a1/www/index.html", "edited");
	scratch_zip("w/next.zip", ITEMS({"bin/enstratus-stop", "#!/bin/sh\n", S_IFREG | 0755},
					{"www/index.html", "second", S_IFREG | 0644}));
	install_well("w/next.zip", &report);
	ck_assert(report.update);
	ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
	ck_assert_str_eq(scratch_read("services/a1/www/index.html"), "second");
	ck_assert_uint_eq(scratch_mode("services/a1/bin/enstratus-stop"), 0750);
	ck_assert_uint_eq(scratch_mode("services/a1/bin/enstratus-start"), 0750);
	ck_assert_ptr_nonnull(
		strstr(scratch_read("services/.enstratus/a1/state"), "image=next.zip"));
}
END_TEST

START_TEST(a_dry_run_writes_nothing)
{
	struct install_report report;
	struct err e;

	make_image("w/site.zip");
	ck_assert_msg(install("w/site.zip", true, &report, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(report.type, "zip");
	ck_assert_uint_eq(report.n_entries, 7);
	ck_assert_uint_gt(report.bytes, 0);
	ck_assert(!report.update);
	/* Not even the agent's own directory. */
	ck_assert_int_eq(unlinkat(scratch_fd, "services", AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(a_dry_run_over_a_service_says_so_and_changes_nothing)
{
	struct install_report report;
	struct err e;

	scratch_write("services/a1/www/index.html", "old");
	make_image("w/site.zip");
	ck_assert_msg(install("w/site.zip", true, &report, &e) == 0, "%s", e.msg);
	ck_assert(report.update);
	ck_assert_str_eq(scratch_read("services/a1/www/index.html"), "old");
	ck_assert(!scratch_exists("services/a1/bin"));
	ck_assert(!scratch_exists("services/.enstratus"));
}
END_TEST

START_TEST(a_dry_run_is_refused_where_the_run_would_be)
{
	struct install_report report;
	struct err e;

	scratch_write("services/a1/bin", "a file");
	make_image("w/site.zip");
	ck_assert_int_eq(install("w/site.zip", true, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(e.msg, "would not install 'a1'"));
}
END_TEST

/* On a fresh machine the run makes the services directory, so a dry run must not refuse. */
START_TEST(a_dry_run_agrees_with_the_run_where_there_are_no_services_yet)
{
	struct install_report report;
	struct err e;

	make_image("w/site.zip");
	ck_assert_int_eq(unlinkat(scratch_fd, "services", AT_REMOVEDIR), 0);
	ck_assert_msg(install("w/site.zip", true, &report, &e) == 0, "%s", e.msg);
	ck_assert(!scratch_exists("services"));
}
END_TEST

START_TEST(a_missing_services_directory_is_made)
{
	struct install_report report;

	umask(077);
	make_image("w/site.zip");
	ck_assert_int_eq(unlinkat(scratch_fd, "services", AT_REMOVEDIR), 0);
	install_well("w/site.zip", &report);
	ck_assert_uint_eq(scratch_mode("services"), 0755);
}
END_TEST

START_TEST(an_image_that_is_not_there_is_status_20)
{
	refuse("w/none.zip", ERR_IMAGE, "cannot open image");
	scratch_mkdir("w/directory.zip/");
	refuse("w/directory.zip", ERR_IMAGE, "not a regular file");
	ck_assert_int_eq(mkfifoat(scratch_fd, "w/fifo.zip", 0600), 0);
	refuse("w/fifo.zip", ERR_IMAGE, "not a regular file");
	check_no_trace();
}
END_TEST

START_TEST(an_image_of_another_kind_leaves_nothing)
{
	make_image("w/image.tar.gz");
	refuse("w/image.tar.gz", ERR_UNSAFE, "is a zip archive, but its name does not end in .zip");
	check_no_trace();
}
END_TEST

static const struct item unsafe[][3] = {
	{{"bin/x", "x", S_IFREG | 0644}, {"../escape", "x", S_IFREG | 0644}, {NULL, NULL, 0}},
	{{"bin/x", "x", S_IFREG | 0644}, {"/etc/escape", "x", S_IFREG | 0644}, {NULL, NULL, 0}},
	{{"bin/x", "x", S_IFREG | 0644}, {"a", "../../x", S_IFLNK | 0777}, {NULL, NULL, 0}},
	{{"bin/x", "x", S_IFREG | 0644}, {"dev", "", S_IFCHR | 0600}, {NULL, NULL, 0}},
	{{"bin/x", "x", S_IFREG | 0644}, {"bin/x/y", "x", S_IFREG | 0644}, {NULL, NULL, 0}},
	{{"www/x", "x", S_IFREG | 0644}, {NULL, NULL, 0}, {NULL, NULL, 0}},
};

START_TEST(a_refused_image_leaves_nothing)
{
	scratch_zip("w/bad.zip", unsafe[_i]);
	refuse("w/bad.zip", ERR_UNSAFE, "");
	check_no_trace();
	ck_assert(!scratch_exists("escape"));
	ck_assert(!scratch_exists("services/escape"));
}
END_TEST

START_TEST(a_damaged_image_leaves_the_service_as_it_was)
{
	char data[8192];
	ssize_t len;
	int fd;

	scratch_write("services/a1/www/index.html", "old");
	scratch_zip("w/bad.zip", ITEMS({"bin/x", "first", S_IFREG | 0644},
				       {"www/index.html", "UNIQUECONTENT", S_IFREG | 0644}));
	fd = openat(scratch_fd, "w/bad.zip", O_RDWR | O_CLOEXEC);
	len = read(fd, data, sizeof data);
	for (ssize_t i = 0; i + 13 < len; i++)
		if (memcmp(data + i, "UNIQUECONTENT", 13) == 0)
			ck_assert_int_eq(pwrite(fd, "X", 1, i), 1);
	close(fd);
	refuse("w/bad.zip", ERR_UNSAFE, "");
	ck_assert_str_eq(scratch_read("services/a1/www/index.html"), "old");
	ck_assert(!scratch_exists("services/a1/bin"));
	ck_assert_int_eq(unlinkat(scratch_fd, "services/.enstratus/.stage", AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(a_damaged_new_image_leaves_nothing)
{
	char data[8192];
	ssize_t len;
	int fd;

	scratch_zip("w/bad.zip", ITEMS({"bin/x", "UNIQUECONTENT", S_IFREG | 0644}));
	fd = openat(scratch_fd, "w/bad.zip", O_RDWR | O_CLOEXEC);
	len = read(fd, data, sizeof data);
	for (ssize_t i = 0; i + 13 < len; i++)
		if (memcmp(data + i, "UNIQUECONTENT", 13) == 0)
			ck_assert_int_eq(pwrite(fd, "X", 1, i), 1);
	close(fd);
	refuse("w/bad.zip", ERR_UNSAFE, "");
	check_no_trace();
}
END_TEST

START_TEST(a_file_and_a_directory_of_one_name_conflict)
{
	make_image("w/site.zip");
	if (_i == 0)
		scratch_write("services/a1/data", "a file");
	else
		scratch_mkdir("services/a1/www/index.html/");
	refuse("w/site.zip", ERR_UNSAFE, _i == 0 ? "has a file or link" : "has a directory");
	ck_assert(!scratch_exists("services/a1/bin"));
	/* The service was there before, and so its bookkeeping may stay. */
	ck_assert(scratch_exists("services/a1"));
}
END_TEST

START_TEST(nothing_is_put_through_a_link)
{
	make_image("w/site.zip");
	scratch_mkdir("outside/");
	scratch_mkdir("services/a1/");
	ck_assert_int_eq(symlinkat("../../outside", scratch_fd, "services/a1/www"), 0);
	refuse("w/site.zip", ERR_UNSAFE, "has a file or link");
	ck_assert(!scratch_exists("outside/index.html"));
}
END_TEST

START_TEST(a_link_to_a_volume_may_stand_for_an_empty_directory)
{
	struct install_report report;

	make_image("w/site.zip");
	scratch_mkdir("volume/");
	scratch_mkdir("services/a1/");
	ck_assert_int_eq(symlinkat("../../volume", scratch_fd, "services/a1/data"), 0);
	install_well("w/site.zip", &report);
	ck_assert_uint_eq(scratch_mode("services/a1/data"), 0777);
	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/data", 0), 0);
}
END_TEST

static const struct {
	const char *service, *customer, *user;
} ids[] = {
	{"../a1", "c001", "daemon"}, {"", "c001", "daemon"},
	{"a1", "c 1", "daemon"},     {"a1", "", "daemon"},
	{"a1", "c001", "-daemon"},   {"a1", "c001", "a/b"},
	{"a1", "c001", ""},	     {"a1", "c001", "a23456789012345678901234567890123"},
};

START_TEST(bad_ids_are_refused_before_anything)
{
	struct install_request request = model;
	struct install_report report;
	struct err e = ERR_INIT;

	make_image("w/site.zip");
	request.image = scratch_path("w/site.zip");
	request.service_id = ids[_i].service;
	request.customer_id = ids[_i].customer;
	request.user_id = ids[_i].user;
	ck_assert_int_eq(install_service(&request, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ck_assert_int_eq(unlinkat(scratch_fd, "services", AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(a_locked_service_is_busy_and_untouched)
{
	struct service_lock_request other = {.command = "other", .generation = -1};
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	make_image("w/site.zip");
	scratch_write("services/a1/www/index.html", "old");
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_int_eq(service_lock(&svc, &other, &e), 0);
	refuse("w/site.zip", ERR_BUSY, "other (pid");
	ck_assert_str_eq(scratch_read("services/a1/www/index.html"), "old");
	service_close(&svc);
}
END_TEST

START_TEST(a_stale_generation_leaves_nothing_new)
{
	struct install_request request = model;
	struct install_report report;
	struct err e = ERR_INIT;

	make_image("w/site.zip");
	request.image = scratch_path("w/site.zip");
	request.lock.generation = 7;
	ck_assert_int_eq(install_service(&request, &report, &e), 0);
	scratch_write("services/a1/www/index.html", "old");
	request.lock.generation = 6;
	ck_assert_int_eq(install_service(&request, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CUT);
	ck_assert_str_eq(scratch_read("services/a1/www/index.html"), "old");
	ck_assert_ptr_nonnull(strstr(scratch_read("services/.enstratus/a1/state"), "generation=7"));
}
END_TEST

static const struct item persisting[] = {
	{"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755},
	{"image.ini", "[persist]\nx=data/db\n", S_IFREG | 0644},
	{"data/", NULL, S_IFDIR | 0755},
	{NULL, NULL, 0},
};

static int
replace(const char *image, struct install_report *report, struct err *e)
{
	struct install_request request = model;

	request.image = scratch_path(image);
	request.replace = true;
	*e = ERR_INIT;
	return install_service(&request, report, e);
}

START_TEST(replacing_keeps_what_persists_in_either_image)
{
	struct install_report report;
	struct err e;

	scratch_zip("w/first.zip", persisting);
	install_well("w/first.zip", &report);
	scratch_write("services/a1/data/db", "kept");
	scratch_write("services/a1/www/own", "own");
	scratch_write("services/a1/data/other", "own");
	scratch_zip("w/second.zip", ITEMS({"bin/enstratus-stop", "#!/bin/sh\n", S_IFREG | 0755},
					  {"image.ini", "[persist]\nx=www\n", S_IFREG | 0644}));
	ck_assert_msg(replace("w/second.zip", &report, &e) == 0, "%s", e.msg);
	ck_assert(report.update);
	ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
	ck_assert_str_eq(scratch_read("services/a1/www/own"), "own");
	ck_assert(!scratch_exists("services/a1/data/other"));
	ck_assert(!scratch_exists("services/a1/bin/enstratus-start"));
	ck_assert_uint_eq(scratch_mode("services/a1/bin/enstratus-stop"), 0750);
	ck_assert_int_eq(unlinkat(scratch_fd, "services/.enstratus/.stage", AT_REMOVEDIR), 0);
}
END_TEST

static int
prune(const char *image, bool dry_run, struct install_report *report, struct err *e)
{
	struct install_request request = model;

	request.image = scratch_path(image);
	request.prune = true;
	request.dry_run = dry_run;
	*e = ERR_INIT;
	return install_service(&request, report, e);
}

START_TEST(pruning_takes_what_the_last_image_brought)
{
	struct install_report report;
	struct err e;

	make_image("w/site.zip");
	scratch_zip("w/next.zip", ITEMS({"bin/enstratus-stop", "#!/bin/sh\n", S_IFREG | 0755}));
	install_well("w/site.zip", &report);
	scratch_write("services/a1/www/own", "own");
	scratch_write("services/a1/cfg/own.conf", "edited");
	ck_assert_msg(prune("w/next.zip", true, &report, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(report.n_pruned, 4);
	ck_assert_uint_eq(report.n_changed, 1);
	ck_assert(scratch_exists("services/a1/www/index.html"));
	ck_assert_msg(prune("w/next.zip", false, &report, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(report.n_pruned, 4);
	ck_assert_uint_eq(report.n_changed, 1);
	ck_assert(!scratch_exists("services/a1/www/index.html"));
	ck_assert(!scratch_exists("services/a1/www/current"));
	ck_assert(!scratch_exists("services/a1/bin/enstratus-start"));
	ck_assert(!scratch_exists("services/a1/data"));
	ck_assert_str_eq(scratch_read("services/a1/www/own"), "own");
	ck_assert_str_eq(scratch_read("services/a1/cfg/own.conf"), "edited");
	ck_assert(!scratch_exists("services/.enstratus/a1/prune"));
}
END_TEST

START_TEST(what_replaces_all_prunes_nothing)
{
	struct install_request request = model;
	struct install_report report;
	struct err e = ERR_INIT;

	request.image = scratch_path("w/none.zip");
	request.prune = request.replace = true;
	ck_assert_int_eq(install_service(&request, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_USAGE);
	check_no_trace();
}
END_TEST

/* A service of no image that is known: all of it is kept, and each file counted once. */
START_TEST(a_dry_run_counts_what_it_would_do)
{
	struct install_report report;
	struct err e;

	scratch_write("services/a1/www/index.html", "old");
	scratch_write("services/a1/data/db", "own");
	make_image("w/site.zip");
	ck_assert_msg(prune("w/site.zip", true, &report, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(report.counts.n_added, 5);
	ck_assert_uint_eq(report.counts.n_replaced, 1);
	ck_assert_uint_eq(report.counts.n_kept, 1);
	ck_assert_uint_eq(report.n_pruned, 0);
	ck_assert(!scratch_exists("services/.enstratus"));
}
END_TEST

/* As long as it is not known what is to persist, nothing is replaced. */
START_TEST(an_installed_image_ini_that_cannot_be_read_changes_nothing)
{
	struct install_report report;
	struct err e;

	if (_i == 0 && geteuid() == 0) {
		fprintf(stderr, "skipped part of an_installed_image_ini: root reads any\n");
		return;
	}
	scratch_zip("w/first.zip", persisting);
	install_well("w/first.zip", &report);
	scratch_write("services/a1/data/db", "kept");
	if (_i == 0)
		ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/image.ini", 0, 0), 0);
	else
		scratch_write("services/a1/image.ini", "[persist]\nx=data/db\ngarbage\n");
	scratch_zip("w/second.zip", ITEMS({"bin/x", "x", S_IFREG | 0755}));
	ck_assert_int_eq(replace("w/second.zip", &report, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.msg, "the installed image.ini"));
	ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
}
END_TEST

START_TEST(an_image_ini_that_is_a_directory_says_nothing)
{
	struct install_report report;
	struct err e;

	scratch_zip("w/first.zip",
		    ITEMS({"bin/x", "x", S_IFREG | 0755}, {"image.ini/", NULL, S_IFDIR | 0755}));
	install_well("w/first.zip", &report);
	ck_assert_msg(replace("w/first.zip", &report, &e) == 0, "%s", e.msg);
}
END_TEST

START_TEST(an_image_that_has_no_place_for_what_persists_changes_nothing)
{
	struct install_report report;
	struct err e;

	scratch_zip("w/first.zip", persisting);
	install_well("w/first.zip", &report);
	scratch_write("services/a1/data/db", "kept");
	scratch_zip("w/second.zip",
		    ITEMS({"bin/x", "x", S_IFREG | 0755}, {"data", "a file", S_IFREG | 0644}));
	ck_assert_int_eq(replace("w/second.zip", &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
	ck_assert(scratch_exists("services/a1/bin/enstratus-start"));
	ck_assert_ptr_nonnull(strstr(scratch_read("services/.enstratus/a1/state"),
				     "image=first.zip\nversion=\n"));
	ck_assert_ptr_nonnull(
		strstr(scratch_read("services/.enstratus/a1/state"), "committing=\n"));
}
END_TEST

/* Cut off behind the exchange, and since then something stands where the data is to go. */
START_TEST(what_persists_is_not_lost_when_an_exchange_cannot_be_finished)
{
	struct install_report report;
	struct stat st;
	struct err e;
	char state[128];

	scratch_zip("w/first.zip", persisting);
	install_well("w/first.zip", &report);
	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/data", AT_REMOVEDIR), 0);
	scratch_write("services/a1/data", "in the way");
	scratch_write("services/.enstratus/.stage/a1.0123abcd/data/db", "kept");
	scratch_write("services/.enstratus/a1/persist", "data/db\n");
	ck_assert_int_eq(stat(scratch_path("services/a1"), &st), 0);
	snprintf(state, sizeof state, "user=daemon\ncommitting=a1.0123abcd\nexchanging=%lld\n",
		 (long long)st.st_ino);
	scratch_write("services/.enstratus/a1/state", state);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(install("w/first.zip", false, &report, &e), -1);
		ck_assert_ptr_nonnull(strstr(e.msg, "cut off"));
		ck_assert_str_eq(scratch_read("services/.enstratus/.stage/a1.0123abcd/data/db"),
				 "kept");
	}
	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/data", 0), 0);
	install_well("w/first.zip", &report);
	ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
}
END_TEST

static void
make_version(const char *version)
{
	char name[32];

	snprintf(name, sizeof name, "w/%s.zip", version);
	scratch_zip(name, ITEMS({"bin/enstratus-start", "#!/bin/sh\n", S_IFREG | 0755},
				{"version", version, S_IFREG | 0644}));
}

static int
roll_back(const char *digest, struct install_report *report, struct err *e)
{
	const struct install_request request = {
		.service_id = "a1", .kept = digest, .lock = {.command = "test", .generation = -1}};

	*e = ERR_INIT;
	return install_service(&request, report, e);
}

static int
count_images(void)
{
	glob_t images;
	int n = 0;

	if (glob(scratch_path("services/.enstratus/images/*"), 0, NULL, &images) == 0) {
		n = (int)images.gl_pathc;
		globfree(&images);
	}
	return n;
}

START_TEST(an_earlier_image_is_installed_again)
{
	struct install_report first, second, report;
	struct err e;

	make_version("one");
	make_version("two");
	install_well("w/one.zip", &first);
	ck_assert_int_eq(roll_back(NULL, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	install_well("w/two.zip", &second);
	ck_assert_int_eq(unlinkat(scratch_fd, "w/one.zip", 0), 0);
	/* Back, and back again to what it was. */
	ck_assert_msg(roll_back(NULL, &report, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("services/a1/version"), "one");
	ck_assert_str_eq(report.digest, first.digest);
	ck_assert(report.update);
	ck_assert_msg(roll_back(NULL, &report, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("services/a1/version"), "two");
	first.digest[20] = '\0';
	ck_assert_msg(roll_back(first.digest, &report, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("services/a1/version"), "one");
	ck_assert_ptr_nonnull(strstr(scratch_read("services/.enstratus/a1/state"),
				     "customer=c001\nuser=daemon\n"));
	ck_assert_int_eq(count_images(), 2);
	ck_assert_int_eq(roll_back("0123456789", &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(no_more_images_are_kept_than_the_operator_says)
{
	struct install_report report;
	struct err e;

	scratch_write("home/cfg/agent.cfg", _i ? "[images]\nkeep=1\n" : "");
	make_version("one");
	make_version("two");
	make_version("three");
	make_version("four");
	install_well("w/one.zip", &report);
	install_well("w/two.zip", &report);
	install_well("w/three.zip", &report);
	install_well("w/four.zip", &report);
	install_well("w/four.zip", &report);
	ck_assert_int_eq(count_images(), _i ? 1 : 3);
	ck_assert_int_eq(roll_back(NULL, &report, &e), _i ? -1 : 0);
	ck_assert_str_eq(scratch_read("services/a1/version"), _i ? "four" : "three");
}
END_TEST

START_TEST(a_kept_image_that_is_damaged_is_not_installed)
{
	struct install_report first, report;
	struct err e;
	char name[160];
	int fd;

	make_version("one");
	make_version("two");
	install_well("w/one.zip", &first);
	install_well("w/two.zip", &report);
	snprintf(name, sizeof name, "services/.enstratus/images/%s.zip", first.digest);
	fd = openat(scratch_fd, name, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "X", 1, 40), 1);
	close(fd);
	ck_assert_int_eq(roll_back(NULL, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.msg, "the kept image is damaged"));
	ck_assert_str_eq(scratch_read("services/a1/version"), "two");
}
END_TEST

START_TEST(an_image_that_is_kept_need_not_be_brought_again)
{
	struct install_request request = model;
	struct install_report report;
	struct err e = ERR_INIT;
	char digest[DIGEST_HEX];

	make_version("one");
	make_version("two");
	install_well("w/one.zip", &report);
	memcpy(digest, report.digest, sizeof digest);
	request.service_id = "a2";
	request.sha256 = digest;
	request.image = scratch_path("w/nowhere.zip");
	ck_assert_msg(install_service(&request, &report, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("services/a2/version"), "one");
	/* One that is not has to be what its digest says. */
	digest[0] = digest[0] == '0' ? '1' : '0';
	request.service_id = "a3";
	request.image = scratch_path("w/two.zip");
	ck_assert_int_eq(install_service(&request, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_REFUSED);
	ck_assert(!scratch_exists("services/a3"));
	ck_assert_int_eq(count_images(), 1);
}
END_TEST

START_TEST(an_image_that_is_refused_is_not_kept)
{
	scratch_zip("w/bad.zip", unsafe[0]);
	refuse("w/bad.zip", ERR_UNSAFE, "");
	ck_assert_int_eq(count_images(), 0);
	scratch_write("home/cfg/agent.cfg", "[images]\nsignatures=required\n");
	make_image("w/site.zip");
	refuse("w/site.zip", ERR_REFUSED, "the image must be signed");
	ck_assert_int_eq(count_images(), 0);
	check_no_trace();
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, an_image_becomes_a_service);
	tcase_add_test(tc, a_second_image_is_an_overlay);
	tcase_add_test(tc, a_dry_run_writes_nothing);
	tcase_add_test(tc, a_dry_run_over_a_service_says_so_and_changes_nothing);
	tcase_add_test(tc, a_dry_run_is_refused_where_the_run_would_be);
	tcase_add_test(tc, a_dry_run_agrees_with_the_run_where_there_are_no_services_yet);
	tcase_add_test(tc, a_missing_services_directory_is_made);
	tcase_add_test(tc, an_image_that_is_not_there_is_status_20);
	tcase_add_test(tc, an_image_of_another_kind_leaves_nothing);
	tcase_add_loop_test(tc, a_refused_image_leaves_nothing, 0, sizeof unsafe / sizeof *unsafe);
	tcase_add_test(tc, a_damaged_image_leaves_the_service_as_it_was);
	tcase_add_test(tc, a_damaged_new_image_leaves_nothing);
	tcase_add_loop_test(tc, a_file_and_a_directory_of_one_name_conflict, 0, 2);
	tcase_add_test(tc, nothing_is_put_through_a_link);
	tcase_add_test(tc, a_link_to_a_volume_may_stand_for_an_empty_directory);
	tcase_add_loop_test(tc, bad_ids_are_refused_before_anything, 0, sizeof ids / sizeof *ids);
	tcase_add_test(tc, a_locked_service_is_busy_and_untouched);
	tcase_add_test(tc, pruning_takes_what_the_last_image_brought);
	tcase_add_test(tc, what_replaces_all_prunes_nothing);
	tcase_add_test(tc, a_dry_run_counts_what_it_would_do);
	tcase_add_test(tc, replacing_keeps_what_persists_in_either_image);
	tcase_add_loop_test(tc, an_installed_image_ini_that_cannot_be_read_changes_nothing, 0, 2);
	tcase_add_test(tc, an_image_ini_that_is_a_directory_says_nothing);
	tcase_add_test(tc, an_image_that_has_no_place_for_what_persists_changes_nothing);
	tcase_add_test(tc, what_persists_is_not_lost_when_an_exchange_cannot_be_finished);
	tcase_add_test(tc, an_earlier_image_is_installed_again);
	tcase_add_loop_test(tc, no_more_images_are_kept_than_the_operator_says, 0, 2);
	tcase_add_test(tc, a_kept_image_that_is_damaged_is_not_installed);
	tcase_add_test(tc, an_image_that_is_kept_need_not_be_brought_again);
	tcase_add_test(tc, an_image_that_is_refused_is_not_kept);
	tcase_add_test(tc, a_stale_generation_leaves_nothing_new);
}
