/* SPDX-License-Identifier: MIT */
/* test_stage - the stage of an image, and the step by which it becomes the service. */
#include "service/stage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/directory.h"
#include "base/fd.h"
#include "cut_off.h"
#include "scratch_root.h"
#include "tests.h"

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};
static const struct stage_plan overlay = {.sync = true};

/* A service that may not be there yet, locked. */
static struct service
open_new(const char *id)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	ck_assert_msg(service_open_new(&svc, id, &e) == 0, "%s", e.msg);
	ck_assert_msg(service_lock(&svc, &lock, &e) == 0, "%s", e.msg);
	return svc;
}

static struct stage
open_stage(const struct service *svc)
{
	struct stage stage = STAGE_INIT;
	struct err e = ERR_INIT;

	ck_assert_msg(stage_open(&stage, svc, &e) == 0, "%s", e.msg);
	return stage;
}

static void
write_at(int dir_fd, const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int
count_stages(void)
{
	DIR *dir = opendir(scratch_path("services/.enstratus/.stage"));
	struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void
commit(struct stage *stage, struct service *svc)
{
	struct err e = ERR_INIT;

	ck_assert_msg(stage_commit(stage, svc, &overlay, &e) == 0, "%s", e.msg);
	stage_close(stage);
	ck_assert_int_eq(count_stages(), 0);
}

START_TEST(a_new_service_appears_whole)
{
	struct service svc = open_new("a1");
	struct stage stage = open_stage(&svc);
	char name[128];

	snprintf(name, sizeof name, "services/.enstratus/.stage/a1.%s", svc.run_id);
	ck_assert(scratch_exists(name));
	ck_assert_int_eq(mkdirat(stage.fd, "bin", 0755), 0);
	write_at(stage.fd, "bin/hook", "new");
	ck_assert(!scratch_exists("services/a1"));
	commit(&stage, &svc);
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "new");
	ck_assert_int_ge(svc.dir_fd, 0);
	ck_assert_int_eq(faccessat(svc.dir_fd, "bin/hook", F_OK, 0), 0);
	service_close(&svc);
}
END_TEST

START_TEST(an_overlay_replaces_what_it_has_and_keeps_the_rest)
{
	struct service svc;
	struct stage stage;
	struct stat before, after;
	int old;

	scratch_write("services/a1/bin/hook", "old");
	scratch_write("services/a1/data/db", "kept");
	scratch_write("services/a1/www/img/own.png", "kept too");
	ck_assert_int_eq(symlinkat("old-target", scratch_fd, "services/a1/link"), 0);
	ck_assert_int_eq(symlinkat("old-target", scratch_fd, "services/a1/kept-link"), 0);
	ck_assert_int_eq(stat(scratch_path("services/a1"), &before), 0);
	old = openat(scratch_fd, "services/a1/bin/hook", O_RDONLY | O_CLOEXEC);
	svc = open_new("a1");
	stage = open_stage(&svc);
	ck_assert_int_eq(mkdirat(stage.fd, "bin", 0755), 0);
	write_at(stage.fd, "bin/hook", "new");
	ck_assert_int_eq(mkdirat(stage.fd, "www", 0755), 0);
	ck_assert_int_eq(mkdirat(stage.fd, "www/img", 0755), 0);
	write_at(stage.fd, "www/img/logo.png", "new");
	ck_assert_int_eq(mkdirat(stage.fd, "log", 0750), 0);
	ck_assert_int_eq(fchmodat(stage.fd, "log", 0750, 0), 0);
	ck_assert_int_eq(symlinkat("new-target", stage.fd, "link"), 0);
	umask(077);
	commit(&stage, &svc);
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "new");
	ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
	ck_assert_str_eq(scratch_read("services/a1/www/img/own.png"), "kept too");
	ck_assert_str_eq(scratch_read("services/a1/www/img/logo.png"), "new");
	ck_assert_uint_eq(scratch_mode("services/a1/log"), 0750);
	ck_assert(scratch_exists("services/a1/kept-link"));
	{
		char target[64] = "";

		ck_assert_int_gt(
			readlinkat(scratch_fd, "services/a1/link", target, sizeof target - 1), 0);
		ck_assert_str_eq(target, "new-target");
	}
	/* The service directory is the same one, and who reads the old file reads it whole. */
	ck_assert_int_eq(stat(scratch_path("services/a1"), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	{
		char text[8] = "";

		ck_assert_int_eq(read(old, text, sizeof text), 3);
		ck_assert_str_eq(text, "old");
	}
	close(old);
	service_close(&svc);
}
END_TEST

START_TEST(an_existing_directory_keeps_its_mode)
{
	struct service svc;
	struct stage stage;

	scratch_write("services/a1/data/db", "kept");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/data", 0700, 0), 0);
	svc = open_new("a1");
	stage = open_stage(&svc);
	ck_assert_int_eq(mkdirat(stage.fd, "data", 0755), 0);
	commit(&stage, &svc);
	ck_assert_uint_eq(scratch_mode("services/a1/data"), 0700);
	service_close(&svc);
}
END_TEST

START_TEST(a_link_of_the_operator_stays_where_the_image_has_an_empty_directory)
{
	struct service svc;
	struct stage stage;

	scratch_mkdir("volume/");
	scratch_mkdir("services/a1/");
	ck_assert_int_eq(symlinkat("../../volume", scratch_fd, "services/a1/data"), 0);
	svc = open_new("a1");
	stage = open_stage(&svc);
	ck_assert_int_eq(mkdirat(stage.fd, "data", 0755), 0);
	commit(&stage, &svc);
	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/data", 0), 0);
	service_close(&svc);
}
END_TEST

START_TEST(what_is_not_committed_leaves_nothing)
{
	struct service svc = open_new("a1");
	struct stage stage = open_stage(&svc);

	ck_assert_int_eq(mkdirat(stage.fd, "deep", 0755), 0);
	ck_assert_int_eq(mkdirat(stage.fd, "deep/er", 0755), 0);
	write_at(stage.fd, "deep/er/file", "x");
	ck_assert_int_eq(symlinkat("/etc", stage.fd, "deep/link"), 0);
	stage_close(&stage);
	ck_assert_int_eq(count_stages(), 0);
	ck_assert(!scratch_exists("services/a1"));
	stage_close(&stage);
	service_close(&svc);
}
END_TEST

START_TEST(a_stale_stage_of_the_same_service_alone_is_removed)
{
	static const char *const others[] = {"a1.b.0123abcd", "a12.0123abcd", "a2.0123abcd",
					     "b1.0123abcd"};
	struct service svc = open_new("a1");
	struct stage stage;
	char name[128];

	scratch_write("services/.enstratus/.stage/a1.0123abcd/bin/hook", "stale");
	scratch_write("services/.enstratus/.stage/a1.89abcdef/x", "stale");
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "services/.enstratus/.stage/%s/x", others[i]);
		scratch_write(name, "another's");
	}
	stage = open_stage(&svc);
	ck_assert(!scratch_exists("services/.enstratus/.stage/a1.0123abcd"));
	ck_assert(!scratch_exists("services/.enstratus/.stage/a1.89abcdef"));
	stage_close(&stage);
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "services/.enstratus/.stage/%s/x", others[i]);
		ck_assert_str_eq(scratch_read(name), "another's");
	}
	service_close(&svc);
}
END_TEST

START_TEST(a_stage_that_is_a_link_is_refused)
{
	struct service svc = open_new("a1");
	struct stage stage = STAGE_INIT;
	struct err e = ERR_INIT;

	scratch_write("elsewhere/a1.0123abcd/x", "canary");
	ck_assert_int_eq(symlinkat("../../elsewhere", scratch_fd, "services/.enstratus/.stage"), 0);
	ck_assert_int_eq(stage_open(&stage, &svc, &e), -1);
	stage_close(&stage);
	ck_assert_str_eq(scratch_read("elsewhere/a1.0123abcd/x"), "canary");
	service_close(&svc);
}
END_TEST

/* Where a run that is cut off in a commit leaves things: marked, and the stage not yet moved. */
static struct service
cut_off(const char *id)
{
	struct service svc = open_new(id);
	struct stage stage = open_stage(&svc);
	struct err e = ERR_INIT;

	ck_assert_int_eq(mkdirat(stage.fd, "bin", 0755), 0);
	write_at(stage.fd, "bin/hook", "new");
	snprintf(svc.state.committing, sizeof svc.state.committing, "%s", stage.name);
	ck_assert_int_eq(state_save(&svc.state, svc.meta_fd, &e), 0);
	close(stage.fd);
	close(stage.parent_fd);
	service_close(&svc);
	return open_new(id);
}

START_TEST(a_commit_that_was_cut_off_is_carried_to_its_end)
{
	struct service svc;
	struct err e = ERR_INIT;

	scratch_write("services/a1/bin/hook", "old");
	svc = cut_off("a1");
	ck_assert_msg(stage_recover(&svc, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "new");
	ck_assert_str_eq(svc.state.committing, "");
	ck_assert_ptr_null(strstr(scratch_read("services/.enstratus/a1/state"), "committing=a1"));
	ck_assert_int_eq(count_stages(), 0);
	ck_assert_int_eq(stage_recover(&svc, &e), 0);
	service_close(&svc);
}
END_TEST

/* What an image lacks keeps its owner, also when another command finishes its installation. */
START_TEST(what_the_image_lacks_keeps_its_owner)
{
	struct service svc;
	struct err e = ERR_INIT;
	struct stat st;

	if (geteuid()) {
		fprintf(stderr, "skipped what_the_image_lacks_keeps_its_owner: needs root\n");
		return;
	}
	scratch_write("services/a1/data/table", "rows");
	ck_assert_int_eq(fchownat(scratch_fd, "services/a1/data/table", 4321, 4322, 0), 0);
	scratch_write("services/a1/bin/hook", "old");
	svc = cut_off("a1");
	snprintf(svc.state.user_id, sizeof svc.state.user_id, "daemon");
	ck_assert_msg(stage_recover(&svc, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(fstatat(scratch_fd, "services/a1/data/table", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, 4321);
	ck_assert_uint_eq(st.st_gid, 4322);
	ck_assert_int_eq(fstatat(scratch_fd, "services/a1/bin/hook", &st, 0), 0);
	ck_assert_uint_ne(st.st_uid, 0);
	service_close(&svc);
}
END_TEST

/* A link is put in the place of a directory before the update is finished: the mark stays. */
START_TEST(an_update_whose_way_is_barred_stays_marked_until_it_is_free)
{
	struct service svc;
	struct err e = ERR_INIT;

	scratch_write("services/a1/bin/hook", "old");
	svc = cut_off("a1");
	ck_assert_int_eq(renameat(scratch_fd, "services/a1/bin", scratch_fd, "services/a1/was"), 0);
	ck_assert_int_eq(symlinkat("was", scratch_fd, "services/a1/bin"), 0);
	ck_assert_int_eq(stage_recover(&svc, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.msg, "'bin'"));
	service_close(&svc);
	e = ERR_INIT;
	ck_assert_int_eq(unlinkat(scratch_fd, "services/a1/bin", 0), 0);
	ck_assert_int_eq(renameat(scratch_fd, "services/a1/was", scratch_fd, "services/a1/bin"), 0);
	svc = open_new("a1");
	ck_assert_str_ne(svc.state.committing, "");
	ck_assert_msg(stage_recover(&svc, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "new");
	service_close(&svc);
}
END_TEST

/* Cut off behind the rename, and then the operator removed the service. */
START_TEST(a_service_that_is_gone_since_can_be_installed_again)
{
	struct service svc = cut_off("a1");
	struct err e = ERR_INIT;

	ck_assert_int_eq(directory_remove_tree(scratch_fd, "services/.enstratus/.stage", &e), 0);
	scratch_mkdir("services/.enstratus/.stage/");
	ck_assert_msg(stage_recover(&svc, &e) == 0, "%s", e.msg);
	service_close(&svc);
}
END_TEST

/* An operator or hook made it so; a plain user may not rename into it as it is. */
START_TEST(a_read_only_directory_is_updated_too)
{
	struct service svc;
	struct stage stage;
	struct err e = ERR_INIT;
	mode_t mode;
	int result;

	if (geteuid() == 0)
		fprintf(stderr, "skipped part of a_read_only_directory: root may write there\n");
	scratch_write("services/a1/lib/code", "old");
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/lib", 0555, 0), 0);
	svc = open_new("a1");
	stage = open_stage(&svc);
	ck_assert_int_eq(mkdirat(stage.fd, "lib", 0755), 0);
	write_at(stage.fd, "lib/code", "new");
	result = stage_commit(&stage, &svc, &overlay, &e);
	mode = scratch_mode("services/a1/lib");
	/* Whatever came of it, the teardown has to get at them. */
	ck_assert_int_eq(fchmodat(scratch_fd, "services/a1/lib", 0755, 0), 0);
	stage_close(&stage);
	ck_assert_msg(result == 0, "%s", e.msg);
	ck_assert_uint_eq(mode, 0555);
	ck_assert_str_eq(scratch_read("services/a1/lib/code"), "new");
	ck_assert_int_eq(count_stages(), 0);
	service_close(&svc);
}
END_TEST

static const char *const persist[] = {"data", "app/state"};

/* BLAKE2b of "old".  Source: b2sum(1). */
#define OLD                                                                \
	"598c141a2e034f166743a10289597f8c50e1ed6848042b49e796a2c8388afe1f" \
	"e25f604413aeb9561cd97e93a460c336ddd7d1e8f0ae849ccbc70aa67892147f"

/* The old "gone" (of make_service), and a file that is another by now. */
static const char prune[] =
	"file " OLD " gone\nfile " OLD " data/db\ndirectory - empty\nfile " OLD " empty/gone\n";

/* Over a service, laid or exchanged; a new one; and with what is pruned. */
static const struct stage_plan plans[] = {
	{.sync = true},
	{.sync = true, .replace = true, .persist = persist, .n_persist = 2},
	{.sync = false, .replace = true, .persist = persist, .n_persist = 2},
	{.sync = true},
	{.sync = true, .prune = prune, .prune_len = sizeof prune - 1},
};
#define NEW 3
#define PRUNING 4

/* A whole commit, from the lock on. */
static void
run_commit(void *plan)
{
	struct service svc = SERVICE_INIT;
	struct stage stage = STAGE_INIT;
	struct err e = ERR_INIT;

	if (service_open_new(&svc, "a1", &e) || service_lock(&svc, &lock, &e) ||
	    stage_open(&stage, &svc, &e) || mkdirat(stage.fd, "bin", 0755) ||
	    mkdirat(stage.fd, "data", 0755))
		_exit(1);
	write_at(stage.fd, "bin/hook", "new");
	write_at(stage.fd, "data/seed", "new");
	write_at(stage.fd, "version", "new");
	snprintf(svc.state.image, sizeof svc.state.image, "new.zip");
	if (stage_commit(&stage, &svc, plan, &e))
		_exit(1);
	stage_close(&stage);
	service_close(&svc);
}

static void
make_service(int plan)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(directory_remove_tree(scratch_fd, "services", &e), 0);
	scratch_mkdir("services/");
	if (plan == NEW)
		return;
	scratch_write("services/a1/bin/hook", "old");
	scratch_write("services/a1/version", "old");
	scratch_write("services/a1/gone", "old");
	scratch_write("services/a1/empty/gone", "old");
	scratch_write("services/a1/data/db", "kept");
	scratch_write("services/a1/app/state", "kept");
	scratch_write("services/.enstratus/a1/state", "image=old.zip\n");
}

/* Of either image, whole: never of both, and the data is there.  True for the new one. */
static bool
check_whole(const struct service *svc, int plan)
{
	bool is_new = strcmp(svc->state.image, "new.zip") == 0 && svc->dir_fd >= 0;
	const char *word = is_new ? "new" : "old";

	if (plan == NEW && !is_new) {
		ck_assert(!scratch_exists("services/a1"));
		return false;
	}
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), word);
	ck_assert_str_eq(scratch_read("services/a1/version"), word);
	ck_assert(scratch_exists("services/a1/gone") == (plan != NEW && !(is_new && plan)));
	ck_assert(scratch_exists("services/a1/empty") == scratch_exists("services/a1/gone"));
	ck_assert(scratch_exists("services/a1/data/seed") ==
		  (is_new && (plan == 0 || plan >= NEW)));
	if (plan != NEW) {
		ck_assert_str_eq(scratch_read("services/a1/data/db"), "kept");
		ck_assert_str_eq(scratch_read("services/a1/app/state"), "kept");
	}
	return is_new;
}

START_TEST(cut_off_anywhere_a_commit_is_undone_or_carried_to_its_end)
{
	struct stage_plan plan = plans[_i];
	struct err e = ERR_INIT;
	bool was_cut = true, is_new = false;
	int n_old = 0, n_new = 0;

	if (!cut_off_is_possible("cut_off_anywhere_a_commit_is_undone_or_carried_to_its_end"))
		return;
	for (int n = 1; was_cut && n < 5000; n++) {
		struct service svc;
		struct stage stage;

		make_service(_i);
		was_cut = cut_off_at(n, run_commit, &plan);
		svc = open_new("a1");
		ck_assert_msg(stage_recover(&svc, &e) == 0, "%s", e.msg);
		/* Once the new one is there it is there to stay. */
		ck_assert(!is_new || check_whole(&svc, _i));
		is_new = check_whole(&svc, _i);
		++*(is_new ? &n_new : &n_old);
		/* The next installation removes what is left. */
		stage = open_stage(&svc);
		stage_close(&stage);
		ck_assert_int_eq(count_stages(), 0);
		/* The list goes with the mark; one of a run that died before is the next one's. */
		ck_assert(!is_new || !scratch_exists("services/.enstratus/a1/prune"));
		service_close(&svc);
	}
	ck_assert(!was_cut && is_new);
	ck_assert_int_gt(n_old, 10);
	ck_assert_int_gt(n_new, _i == NEW ? 0 : 10);
}
END_TEST

START_TEST(a_commit_that_fails_keeps_what_is_left_of_it)
{
	struct service svc;
	struct stage stage;
	struct err e = ERR_INIT;

	scratch_write("services/a1/version/in-the-way", "old");
	svc = open_new("a1");
	stage = open_stage(&svc);
	write_at(stage.fd, "version", "new");
	ck_assert_int_eq(stage_commit(&stage, &svc, &overlay, &e), -1);
	stage_close(&stage);
	ck_assert_int_eq(count_stages(), 1);
	service_close(&svc);
	ck_assert_int_eq(directory_remove_tree(scratch_fd, "services/a1/version", &e), 0);
	svc = open_new("a1");
	e = ERR_INIT;
	ck_assert_msg(stage_recover(&svc, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("services/a1/version"), "new");
	service_close(&svc);
}
END_TEST

START_TEST(a_state_that_names_no_stage_of_this_service_is_damaged)
{
	static const char *const names[] = {"a2.0123abcd", "a1.0123abc",  "a1",
					    "a1./../else", "../a1.01234", "a1.0123abcd/"};
	struct service svc;
	struct err e = ERR_INIT;

	scratch_write("services/a1/bin/hook", "old");
	scratch_write("services/.enstratus/.stage/else/bin/hook", "another's");
	scratch_write("services/.enstratus/.stage/a2.0123abcd/bin/hook", "another's");
	svc = open_new("a1");
	snprintf(svc.state.committing, sizeof svc.state.committing, "%s", names[_i]);
	ck_assert_int_eq(stage_recover(&svc, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "old");
	ck_assert_int_eq(count_stages(), 2);
	service_close(&svc);
}
END_TEST

/* What has the rest of it is in the service's own file system. */
START_TEST(a_commit_within_a_file_system_that_is_not_mounted_waits)
{
	struct service svc;
	struct err e = ERR_INIT;

	scratch_write("services/a1/bin/hook", "old");
	svc = cut_off("a1");
	svc.state.within = 1;
	ck_assert_int_eq(stage_recover(&svc, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(scratch_read("services/a1/bin/hook"), "old");
	ck_assert_str_ne(svc.state.committing, "");
	service_close(&svc);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, a_new_service_appears_whole);
	tcase_add_test(tc, an_overlay_replaces_what_it_has_and_keeps_the_rest);
	tcase_add_test(tc, an_existing_directory_keeps_its_mode);
	tcase_add_test(tc, a_link_of_the_operator_stays_where_the_image_has_an_empty_directory);
	tcase_add_test(tc, what_is_not_committed_leaves_nothing);
	tcase_add_test(tc, a_stale_stage_of_the_same_service_alone_is_removed);
	tcase_add_test(tc, a_stage_that_is_a_link_is_refused);
	tcase_add_test(tc, a_commit_that_was_cut_off_is_carried_to_its_end);
	tcase_add_test(tc, what_the_image_lacks_keeps_its_owner);
	tcase_add_test(tc, an_update_whose_way_is_barred_stays_marked_until_it_is_free);
	tcase_add_test(tc, a_service_that_is_gone_since_can_be_installed_again);
	tcase_add_test(tc, a_read_only_directory_is_updated_too);
	tcase_add_loop_test(tc, cut_off_anywhere_a_commit_is_undone_or_carried_to_its_end, 0,
			    sizeof plans / sizeof *plans);
	tcase_add_test(tc, a_commit_that_fails_keeps_what_is_left_of_it);
	tcase_add_loop_test(tc, a_state_that_names_no_stage_of_this_service_is_damaged, 0, 6);
	tcase_add_test(tc, a_commit_within_a_file_system_that_is_not_mounted_waits);
}
