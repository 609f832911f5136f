/* SPDX-License-Identifier: MIT */
/* test_hostkeys - the keys by which hosts are known; those of a real sshd: e2e/killed.sh. */
#include "provision/hostkeys.h"

#include "scratch_root.h"
#include "tests.h"

static struct ssh ssh;
static struct err err;
static char known[400];

/* Programs that do what ssh(1) and ssh-keygen(1) would do, of a host with the key KEY. */
static void
begin(void)
{
	char path[4096];

	scratch_root_setup();
	err = ERR_INIT;
	scratch_script("bin/ssh", "#!/bin/sh\n"
				  "for w; do case $w in -oUserKnownHostsFile=*) file=${w#*=} ;; "
				  "--) [ -z \"$KEY\" ] || eval \"echo \\\"h1 ssh-ed25519 $KEY\\\" "
				  ">$file\" ;; esac; done\n"
				  "echo 'no route to host' >&2; exit 255\n");
	scratch_script("bin/ssh-keygen", "#!/bin/sh\necho \"256 SHA256:of-$KEY h1 (ED25519)\"\n");
	snprintf(path, sizeof path, "%s/bin:%s", scratch_dir, getenv("PATH"));
	setenv("PATH", path, 1);
	setenv("KEY", "AAAA", 1);
	ck_assert_int_eq(ssh_open(&ssh, NULL, "/agent", &err), 0);
	snprintf(known, sizeof known, "%s/known_hosts", scratch_dir);
	ssh.known_hosts = known;
}

static int
ask(struct hostkeys_found *found)
{
	const struct agents_place place = {.address = "h1"};

	err = ERR_INIT;
	return hostkeys_ask(&ssh, &place, found, &err);
}

START_TEST(what_was_kept_is_known)
{
	struct hostkeys_found found;

	ck_assert_msg(ask(&found) == 0, "%s", err.msg);
	ck_assert_str_eq(found.line.data, "h1 ssh-ed25519 AAAA\n");
	ck_assert_str_eq(found.fingerprint, "256 SHA256:of-AAAA h1 (ED25519)");
	ck_assert(!found.is_known);
	ck_assert_int_eq(hostkeys_keep(&ssh, &found, &err), 0);
	hostkeys_free(&found);
	ck_assert_int_eq(ask(&found), 0);
	ck_assert(found.is_known);
	hostkeys_free(&found);
}
END_TEST

START_TEST(another_key_of_that_name_is_refused)
{
	struct hostkeys_found found;

	scratch_write("known_hosts", "h2 ssh-ed25519 AAAA\nh1 ssh-ed25519 BBBB\n");
	ck_assert_int_eq(ask(&found), -1);
	ck_assert_int_eq(err.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(err.msg, "h1 has another key"));
	hostkeys_free(&found);
	scratch_write("known_hosts", "h1 ssh-rsa BBBB\nh1.example ssh-ed25519 BBBB\n");
	ck_assert_int_eq(ask(&found), 0);
	ck_assert(!found.is_known);
	hostkeys_free(&found);
}
END_TEST

START_TEST(a_host_that_shows_none_is_told)
{
	struct hostkeys_found found;

	setenv("KEY", "", 1);
	ck_assert_int_eq(ask(&found), -1);
	ck_assert_int_eq(err.kind, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.msg, "h1 shows no host key: no route to host");
	hostkeys_free(&found);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, scratch_root_teardown);
	tcase_add_test(tc, what_was_kept_is_known);
	tcase_add_test(tc, another_key_of_that_name_is_refused);
	tcase_add_test(tc, a_host_that_shows_none_is_told);
}
