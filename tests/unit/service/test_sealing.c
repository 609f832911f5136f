/* SPDX-License-Identifier: MIT */
/* test_sealing - keys are made once and kept private; what is taken is what the host demands. */
#include "service/sealing.h"

#include <fcntl.h>

#include "scratch_root.h"
#include "tests.h"

#define TEXT "name=Shop\n"
#define NOW 1000
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct paths paths;
static struct settings settings;
static struct err err;
static char host_line[KEYLINE_MAX], signer_line[KEYLINE_MAX];
static unsigned char host[CRYPTO_KEY_BYTES];
static struct secret signer;

static int
pair(const char *dir, const char *name, const char *public, const char *kind, char *line,
     bool *made)
{
	const struct sealing_names names = {.secret = name, .public = public, .kind = kind};
	int fd = openat(scratch_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

	ck_assert_int_ge(fd, 0);
	result = sealing_pair(fd, &names, line, made, &err);
	close(fd);
	return result;
}

static void
begin(void)
{
	bool made;

	scratch_root_setup();
	err = ERR_INIT;
	settings = SETTINGS_INIT;
	signer = SECRET_INIT;
	scratch_mkdir("home/keys/signers/");
	ck_assert_int_eq(paths_load(&paths, &err), 0);
	ck_assert_msg(!pair("home/keys", "host.key", "host.public", KEYLINE_HOST_SECRET, host_line,
			    &made),
		      "%s", err.msg);
	ck_assert(made);
	ck_assert_int_eq(
		pair(".", "server", "server.pub", KEYLINE_SIGNER_SECRET, signer_line, &made), 0);
	ck_assert_int_eq(keyline_parse(host_line, strlen(host_line), KEYLINE_HOST, host, &err), 0);
	ck_assert_int_eq(
		sealing_load_key(scratch_fd, "server", KEYLINE_SIGNER_SECRET, &signer, &err), 0);
}

static void
finish(void)
{
	secret_free(&signer);
	settings_free(&settings);
	scratch_root_teardown();
}

static void
load_settings(const char *text)
{
	settings_free(&settings);
	scratch_write("home/cfg/agent.cfg", text);
	ck_assert_int_eq(settings_load(&settings, &paths, &err), 0);
}

static void
trust_signer(void)
{
	scratch_write("home/keys/signers/server.pub", signer_line);
}

/* Seals for a1, and opens it as `service` at `now`. */
static int
take(bool is_signed, const char *service, long long now)
{
	struct sealed s = {.service = "a1", .event = "any", .sequence = 5, .expires = NOW};
	struct secret text = SECRET_INIT;
	struct buf blob = BUF_INIT;
	int result;

	err = ERR_INIT;
	ck_assert_int_eq(secret_append(&text, TEXT, strlen(TEXT), &err), 0);
	ck_assert_int_eq(
		sealed_make(&s, host, is_signed ? secret_edit(&signer) : NULL, &text, &blob, &err),
		0);
	text.len = 0;
	ck_assert_int_eq(secret_append(&text, blob.data, blob.len, &err), 0);
	result = sealing_open(&text, service, &(struct sealing_host){&paths, &settings, now}, &s,
			      &err);
	if (!result) {
		ck_assert_uint_eq(text.len, strlen(TEXT));
		ck_assert_mem_eq(secret_reveal(&text), TEXT, text.len);
		ck_assert_int_eq(s.sequence, 5);
	}
	buf_free(&blob);
	secret_free(&text);
	return result;
}

static void
refused(int status, const char *words)
{
	ck_assert_msg(err_status(&err) == status, "%d: %s", err_status(&err), err.msg);
	ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
}

/* --- keys --- */

START_TEST(a_pair_is_made_once)
{
	char again[KEYLINE_MAX];
	bool made = true;

	ck_assert_int_eq(scratch_mode("home/keys/host.key"), 0600);
	ck_assert_int_eq(scratch_mode("home/keys/host.public"), 0644);
	ck_assert_str_eq(scratch_read("home/keys/host.public"), host_line);
	ck_assert_int_eq(
		pair("home/keys", "host.key", "host.public", KEYLINE_HOST_SECRET, again, &made), 0);
	ck_assert(!made);
	ck_assert_str_eq(again, host_line);
	unlink(scratch_path("home/keys/host.public"));
	ck_assert_int_eq(
		pair("home/keys", "host.key", "host.public", KEYLINE_HOST_SECRET, again, &made), 0);
	ck_assert_str_eq(scratch_read("home/keys/host.public"), host_line);
}
END_TEST

START_TEST(a_file_that_is_no_key_is_kept)
{
	char line[KEYLINE_MAX];
	bool made;

	scratch_write("mine", "my own text\n");
	ck_assert_int_eq(chmod(scratch_path("mine"), 0600), 0);
	ck_assert_int_eq(pair(".", "mine", "mine.pub", KEYLINE_SIGNER_SECRET, line, &made), -1);
	refused(65, "is not a line of 'enstratus-signer-secret'");
	ck_assert_str_eq(scratch_read("mine"), "my own text\n");
	ck_assert(!scratch_exists("mine.pub"));
	/* A host's key is not taken for a signer's. */
	ck_assert_int_eq(pair("home/keys", "host.key", "x.pub", KEYLINE_SIGNER_SECRET, line, &made),
			 -1);
}
END_TEST

static const mode_t open_modes[] = {0640, 0604, 0620, 0610, 0666};

START_TEST(a_key_that_others_may_read_is_refused)
{
	ck_assert_int_eq(chmod(scratch_path("home/keys/host.key"), open_modes[_i]), 0);
	ck_assert_int_eq(take(false, "a1", NOW), -1);
	refused(77, "is not its owner's alone");
}
END_TEST

START_TEST(a_host_without_a_key_says_so)
{
	unlink(scratch_path("home/keys/host.key"));
	ck_assert_int_eq(take(false, "a1", NOW), -1);
	refused(69, "agentKeys makes it");
}
END_TEST

/* --- what is taken --- */

static const struct {
	const char *settings;
	bool has_signer, is_signed;
	int status; /* 0: taken */
	const char *words;
} cases[] = {
	{"", false, false, 0, NULL},
	{"", true, false, 77, "must be signed, and is not"},
	{"", true, true, 0, NULL},
	{"", false, true, 77, "which is not trusted"},
	{"sealed=any\n", true, false, 0, NULL},
	{"sealed=any\n", false, true, 77, "which is not trusted"},
	{"sealed=signed\n", false, false, 77, "must be signed"},
	{"sealed=signed\n", true, true, 0, NULL},
	{"sealed=required\n", true, false, 77, "must be signed"},
	{"[configure]\nsealed=required\n", true, true, 0, NULL},
	{"sealed=maybe\n", true, true, 65, "sealed"},
};

START_TEST(policy_and_signature)
{
	load_settings(cases[_i].settings);
	if (cases[_i].has_signer)
		trust_signer();
	ck_assert_int_eq(take(cases[_i].is_signed, "a1", NOW), cases[_i].status ? -1 : 0);
	if (cases[_i].status)
		refused(cases[_i].status, cases[_i].words);
}
END_TEST

static const struct {
	const char *settings;
	int status;
} plain[] = {{"", 0}, {"sealed=any\n", 0}, {"sealed=signed\n", 0}, {"sealed=required\n", 77}};

START_TEST(plain_text_is_refused_where_sealed_is_required)
{
	load_settings(plain[_i].settings);
	ck_assert_int_eq(sealing_check_plain(&settings, &err), plain[_i].status ? -1 : 0);
	ck_assert_int_eq(err_status(&err), plain[_i].status);
}
END_TEST

START_TEST(another_service_an_expired_one_another_host)
{
	char line[KEYLINE_MAX];
	bool made;

	ck_assert_int_eq(take(false, "a2", NOW), -1);
	refused(76, "sealed for service 'a1'");
	ck_assert_int_eq(take(false, "a1", NOW + 1), -1);
	refused(76, "expired 1 seconds ago");
	unlink(scratch_path("home/keys/host.key"));
	ck_assert_int_eq(
		pair("home/keys", "host.key", "host.public", KEYLINE_HOST_SECRET, line, &made), 0);
	ck_assert_int_eq(take(false, "a1", NOW), -1);
	refused(76, "sealed for another host");
}
END_TEST

/* Trusted by its id, for a key of the same name that is another. */
START_TEST(a_signature_that_does_not_hold)
{
	struct sealed s = {.service = "a1", .event = "any", .sequence = 5, .expires = NOW};
	struct secret text = SECRET_INIT;
	struct buf blob = BUF_INIT;

	trust_signer();
	ck_assert_int_eq(secret_append(&text, TEXT, strlen(TEXT), &err), 0);
	ck_assert_int_eq(sealed_make(&s, host, secret_edit(&signer), &text, &blob, &err), 0);
	memcpy(strstr(blob.data, "sequence 5"), "sequence 6", 10);
	text.len = 0;
	ck_assert_int_eq(secret_append(&text, blob.data, blob.len, &err), 0);
	ck_assert_int_eq(
		sealing_open(&text, "a1", &(struct sealing_host){&paths, &settings, NOW}, &s, &err),
		-1);
	refused(77, "does not hold");
	buf_free(&blob);
	secret_free(&text);
}
END_TEST

START_TEST(a_file_among_the_signers_that_is_no_key)
{
	scratch_write("home/keys/signers/README", "not looked at\n");
	scratch_write("home/keys/signers/.old.pub", "not looked at\n");
	ck_assert_int_eq(take(false, "a1", NOW), 0);
	scratch_write("home/keys/signers/x.pub", "no key\n");
	ck_assert_int_eq(take(true, "a1", NOW), -1);
	refused(65, "'x.pub'");
}
END_TEST

static const struct {
	const char *sealed_for, *event;
	long long latest;
	const char *words; /* NULL: it may be used */
} uses[] = {
	{"any", "deploy", 0, NULL},
	{"any", "grant", 4, NULL},
	{"change", "change", 4, NULL},
	{"deploy", "change", 0, "sealed for event 'deploy', and this is 'change'"},
	{"any", "deploy", 5, "used before"},
	{"any", "deploy", 6, "used before, or a later one was"},
};

START_TEST(used_once_and_for_its_event)
{
	struct sealed s = {.sequence = 5};
	struct state state = {.sequence = uses[_i].latest};

	snprintf(s.event, sizeof s.event, "%s", uses[_i].sealed_for);
	if (!uses[_i].words) {
		ck_assert_int_eq(sealing_check_use(&s, uses[_i].event, &state, &err), 0);
		return;
	}
	ck_assert_int_eq(sealing_check_use(&s, uses[_i].event, &state, &err), -1);
	refused(76, uses[_i].words);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_test(tc, a_pair_is_made_once);
	tcase_add_test(tc, a_file_that_is_no_key_is_kept);
	tcase_add_loop_test(tc, a_key_that_others_may_read_is_refused, 0, COUNT(open_modes));
	tcase_add_test(tc, a_host_without_a_key_says_so);
	tcase_add_loop_test(tc, policy_and_signature, 0, COUNT(cases));
	tcase_add_loop_test(tc, plain_text_is_refused_where_sealed_is_required, 0, COUNT(plain));
	tcase_add_test(tc, another_service_an_expired_one_another_host);
	tcase_add_test(tc, a_signature_that_does_not_hold);
	tcase_add_test(tc, a_file_among_the_signers_that_is_no_key);
	tcase_add_loop_test(tc, used_once_and_for_its_event, 0, COUNT(uses));
}
