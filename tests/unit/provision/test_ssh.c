/* SPDX-License-Identifier: MIT */
/* test_ssh - how a host is called; the real sshd is called by tests/e2e/provision.sh. */
#include "provision/ssh.h"

#include <sys/wait.h>

#include "scratch_root.h"

#include "base/proc.h"
#include "tests.h"

START_TEST(the_sockets_are_in_a_private_directory)
{
	struct ssh ssh;
	struct stat st;
	struct err e = ERR_INIT;

	ck_assert_int_eq(ssh_open(&ssh, NULL, "/agent", &e), 0);
	ck_assert_int_eq(lstat(ssh.sockets, &st), 0);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_uint_eq(st.st_mode & 022, 0);
}
END_TEST

START_TEST(the_line_is_quoted_and_the_options_are_strict)
{
	static const char *const words[] = {"startProxy", "a b", "$(id)", NULL};
	struct agents_call call = AGENTS_CALL_INIT;
	char path[4096];
	struct ssh ssh;
	struct err e = ERR_INIT;

	scratch_script("bin/ssh", "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
	snprintf(path, sizeof path, "%s/bin:%s", scratch_dir, getenv("PATH"));
	setenv("PATH", path, 1);
	ck_assert_int_eq(ssh_open(&ssh, NULL, "/agent", &e), 0);
	call.place = (struct agents_place){.address = "10.0.0.1", .user = "op", .port = 2222};
	call.words = words;
	ck_assert_int_eq(ssh_call(&ssh, &call, &e), 0);
	ck_assert_ptr_nonnull(
		strstr(call.out.data,
		       "<-p><2222><-l><op><--><10.0.0.1></agent/startProxy 'a b' '$(id)'>"));
	ck_assert_ptr_nonnull(
		strstr(call.out.data, "<-oBatchMode=yes><-oStrictHostKeyChecking=yes>"));
	agents_call_free(&call);
}
END_TEST

/* The socket that a call would share. */
static void
find_socket(const char *config, const struct agents_place *place, char path[static 400])
{
	static const char *const words[] = {"checkService", NULL};
	struct agents_call call = AGENTS_CALL_INIT;
	struct ssh ssh;
	struct err e = ERR_INIT;

	ck_assert_int_eq(ssh_open(&ssh, config, "/agent", &e), 0);
	call.place = *place;
	call.words = words;
	ck_assert_int_eq(ssh_call(&ssh, &call, &e), 0);
	ck_assert_int_eq(sscanf(call.out.data, "%399s", path), 1);
	ck_assert_uint_lt(strlen(path), 108);
	agents_call_free(&call);
}

START_TEST(what_leads_elsewhere_shares_no_connection)
{
	static const struct {
		const char *config;
		struct agents_place place;
	} others[] = {
		{"/other", {.address = "10.0.0.1", .user = "op", .key = "/key"}},
		{NULL, {.address = "10.0.0.1", .user = "op", .key = "/key"}},
		{"/one", {.address = "10.0.0.2", .user = "op", .key = "/key"}},
		{"/one", {.address = "10.0.0.1", .user = "ap", .key = "/key"}},
		{"/one", {.address = "10.0.0.1", .user = "op", .key = "/yek"}},
		{"/one", {.address = "10.0.0.1", .user = "op"}},
		{"/one", {.address = "10.0.0.1", .user = "op", .key = "/key", .port = 22}},
	};
	const struct agents_place place = {.address = "10.0.0.1", .user = "op", .key = "/key"};
	char path[4096], one[400], other[400];

	scratch_script("bin/ssh", "#!/bin/sh\nfor w; do case $w in ControlPath=*) "
				  "echo \"${w#*=}\" ;; esac; done\n");
	snprintf(path, sizeof path, "%s/bin:%s", scratch_dir, getenv("PATH"));
	setenv("PATH", path, 1);
	find_socket("/one", &place, one);
	find_socket("/one", &place, other);
	ck_assert_str_eq(one, other);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		find_socket(others[i].config, &others[i].place, other);
		ck_assert_str_ne(one, other);
	}
}
END_TEST

START_TEST(the_status_and_the_reason_come_back)
{
	static const char *const words[] = {"startService", "a1", NULL};
	struct agents_call call = AGENTS_CALL_INIT;
	char path[4096];
	struct ssh ssh;
	struct err e = ERR_INIT;

	scratch_script("bin/ssh",
		       "#!/bin/sh\necho 'startService[1]: error: it is so' >&2\nexit 66\n");
	snprintf(path, sizeof path, "%s/bin:%s", scratch_dir, getenv("PATH"));
	setenv("PATH", path, 1);
	ck_assert_int_eq(ssh_open(&ssh, NULL, "/agent", &e), 0);
	call.place.address = "10.0.0.1";
	call.words = words;
	ck_assert_int_eq(ssh_call(&ssh, &call, &e), 0);
	ck_assert_int_eq(call.status, 66);
	ck_assert_str_eq(call.why, "it is so");
	agents_call_free(&call);
}
END_TEST

START_TEST(a_shell_can_be_ended_by_its_keys)
{
	static char *const none[] = {NULL};
	const struct agents_place place = {.address = "10.0.0.1"};
	char path[4096], said[64] = "";
	struct ssh ssh;
	struct err e = ERR_INIT;
	int fd, status;
	pid_t pid;

	/* No other program: a shell holds its own signals back while it starts one. */
	scratch_script("bin/ssh", "#!/bin/sh\n"
				  "while read -r name mask; do\n"
				  "[ \"$name\" != SigBlk: ] || echo \"$mask\" >\"${0%/*}/said\"\n"
				  "done </proc/self/status\n");
	snprintf(path, sizeof path, "%s/bin:%s", scratch_dir, getenv("PATH"));
	setenv("PATH", path, 1);
	ck_assert_int_eq(ssh_open(&ssh, NULL, "/agent", &e), 0);
	pid = fork();
	if (pid == 0) {
		proc_hold_signals();
		_exit(ssh_become(&ssh, &place, none, &e) ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	fd = openat(scratch_fd, "bin/said", O_RDONLY | O_CLOEXEC);
	ck_assert_int_gt(read(fd, said, sizeof said - 1), 0);
	close(fd);
	ck_assert_str_eq(said, "0000000000000000\n");
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, the_sockets_are_in_a_private_directory);
	tcase_add_test(tc, the_line_is_quoted_and_the_options_are_strict);
	tcase_add_test(tc, what_leads_elsewhere_shares_no_connection);
	tcase_add_test(tc, the_status_and_the_reason_come_back);
	tcase_add_test(tc, a_shell_can_be_ended_by_its_keys);
}
