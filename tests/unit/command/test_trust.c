/* SPDX-License-Identifier: MIT */
/* test_trust - what an image has to prove, by the operator's policy and keys. */
#include "command/trust.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "scratch_signer.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define IMAGE "the image"
#define D16 "0123456789abcdef"
#define DIGEST D16 D16 D16 D16

static struct signer ours, another;
static struct paths paths;
static struct settings settings;
static struct trust trust;
static struct err err;

static void
begin(void)
{
	scratch_setup();
	ck_assert_int_ge(sodium_init(), 0);
	signer_make(&ours, 'o');
	signer_make(&another, 'a');
	snprintf(paths.home, sizeof paths.home, "%s", scratch_dir);
	settings = SETTINGS_INIT;
	err = ERR_INIT;
	scratch_write("w/x.zip", IMAGE);
}

static void
finish(void)
{
	settings_free(&settings);
	scratch_teardown();
}

static void
set(const char *config)
{
	scratch_write("cfg/agent.cfg", config);
	settings_free(&settings);
	ck_assert_msg(settings_load(&settings, &paths, &err) == 0, "%s", err.msg);
}

static int
open_trust(const struct trust_request *request)
{
	err = ERR_INIT;
	return trust_open(&trust, request, &paths, &settings, &err);
}

static struct trust_request
request_image(void)
{
	return (struct trust_request){.image = scratch_path("w/x.zip")};
}

static void
says(enum err_kind kind, const char *words)
{
	ck_assert_msg(err.kind == kind, "kind %d: %s", (int)err.kind, err.msg);
	ck_assert_msg(strstr(err.msg, words) != NULL, "'%s' not in '%s'", words, err.msg);
}

enum { NONE, OURS, ANOTHERS, BOTH, GARBAGE };
enum { TAKEN, CHECKED, REFUSED };

static const struct {
	const char *config;
	int keys, signature, result;
} policies[] = {
	/* Without a word about it, the first trusted key is what makes signatures necessary. */
	{"", NONE, NONE, TAKEN},
	{"", NONE, OURS, TAKEN},
	{"", NONE, GARBAGE, REFUSED},
	{"", OURS, NONE, REFUSED},
	{"", OURS, OURS, CHECKED},
	{"", OURS, ANOTHERS, REFUSED},
	{"", OURS, GARBAGE, REFUSED},
	{"", ANOTHERS, OURS, REFUSED},
	{"", BOTH, OURS, CHECKED},
	{"", BOTH, ANOTHERS, CHECKED},
	{"", BOTH, NONE, REFUSED},
	/* Any image; but a signature that is there counts, and so it needs its key. */
	{"[images]\nsignatures=if-present\n", NONE, NONE, TAKEN},
	{"[images]\nsignatures=if-present\n", NONE, OURS, REFUSED},
	{"[images]\nsignatures=if-present\n", OURS, NONE, TAKEN},
	{"[images]\nsignatures=if-present\n", OURS, OURS, CHECKED},
	{"[images]\nsignatures=if-present\n", OURS, ANOTHERS, REFUSED},
	{"[images]\nsignatures=if-present\n", OURS, GARBAGE, REFUSED},
	{"[images]\nsignatures=required\n", NONE, NONE, REFUSED},
	{"[images]\nsignatures=required\n", NONE, OURS, REFUSED},
	{"[images]\nsignatures=required\n", OURS, NONE, REFUSED},
	{"[images]\nsignatures=required\n", OURS, OURS, CHECKED},
	{"[images]\nsignatures=required\n", ANOTHERS, OURS, REFUSED},
	/* Whichever section it stands in. */
	{"[hooks]\nsignatures=required\n", NONE, NONE, REFUSED},
};

START_TEST(policy_and_keys_decide_what_is_demanded)
{
	const struct trust_request request = request_image();
	int keys = policies[_i].keys, signature = policies[_i].signature;
	int result = policies[_i].result;

	set(policies[_i].config);
	if (keys == OURS || keys == BOTH)
		signer_trust(&ours, "ours.pub");
	if (keys == ANOTHERS || keys == BOTH)
		signer_trust(&another, "another.pub");
	if (signature == GARBAGE)
		scratch_write("w/x.zip.minisig", "garbage\n");
	else if (signature != NONE)
		signer_sign(signature == OURS ? &ours : &another, IMAGE, "ED", "c",
			    "w/x.zip.minisig");
	if (result == REFUSED) {
		ck_assert_int_eq(open_trust(&request), -1);
		says(ERR_REFUSED, "");
		return;
	}
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	ck_assert(trust.has_key == (result == CHECKED));
	ck_assert(trust_demands(&trust) == (result == CHECKED));
}
END_TEST

START_TEST(only_pub_files_are_keys)
{
	const struct trust_request request = request_image();

	if (_i == 0)
		scratch_write("keys", "no directory");
	if (_i == 1) {
		signer_trust(&ours, "ours.key");
		signer_trust(&ours, ".hidden.pub");
		scratch_write("keys/README", "put keys here\n");
	}
	set("");
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	ck_assert(!trust_demands(&trust));
}
END_TEST

START_TEST(a_key_that_is_none_is_no_reason_to_take_anything)
{
	const struct trust_request request = request_image();

	scratch_write("keys/broken.pub", "garbage\n");
	ck_assert_int_eq(open_trust(&request), -1);
	says(ERR_REFUSED, "there is no signature");
	signer_sign(&ours, IMAGE, "ED", "c", "w/x.zip.minisig");
	ck_assert_int_eq(open_trust(&request), -1);
	says(ERR_REFUSED, "broken.pub");
}
END_TEST

START_TEST(a_word_that_is_no_policy_is_refused)
{
	const struct trust_request request = request_image();

	set("[images]\nsignatures=required|if-present\n");
	ck_assert_int_eq(open_trust(&request), -1);
	says(ERR_UNSAFE, "signatures is one of required|if-present");
}
END_TEST

START_TEST(a_signature_that_is_given_must_hold)
{
	struct trust_request request = request_image();

	set("[images]\nsignatures=if-present\n");
	request.signature = scratch_path("w/other.sig");
	ck_assert_int_eq(open_trust(&request), -1);
	says(ERR_REFUSED, "there is no signature '");
	signer_sign(&ours, IMAGE, "ED", "c", "w/other.sig");
	ck_assert_int_eq(open_trust(&request), -1);
	says(ERR_REFUSED, "key 6F6F6F6F6F6F6F6F is none");
	signer_trust(&ours, "ours.pub");
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	ck_assert(trust.has_key);
	/* The one beside the image is not looked at. */
	signer_sign(&another, IMAGE, "ED", "c", "w/x.zip.minisig");
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	ck_assert_mem_eq(trust.key, ours.key, sizeof ours.key);
}
END_TEST

START_TEST(a_signature_that_cannot_be_read_is_refused)
{
	const struct trust_request request = request_image();
	char *text;

	if (_i == 0) {
		scratch_mkdir("w/x.zip.minisig/");
	} else {
		text = malloc(SIGNATURE_BYTES_MAX + 2);
		memset(text, 'x', SIGNATURE_BYTES_MAX + 1);
		scratch_write_bytes("w/x.zip.minisig", text, SIGNATURE_BYTES_MAX + 1);
		free(text);
	}
	ck_assert_int_eq(open_trust(&request), -1);
	signer_trust(&ours, "ours.pub");
	ck_assert_int_eq(open_trust(&request), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "w/x.zip.minisig'"));
}
END_TEST

/* With no program beside this one that fetches, whatever is asked of the network fails. */
static const struct {
	const char *url;
	bool has_digest, has_key;
	const char *says; /* NULL where it is taken */
} urls[] = {
	{"http://127.0.0.1:1/x.zip", false, false, "give its --sha256"},
	{"http://127.0.0.1:1/x.zip", true, false, NULL},
	{"http://127.0.0.1:1/x.zip", false, true, "the image must be signed"},
	{"http://127.0.0.1:1/x.zip", true, true, "the image must be signed"},
	{"https://127.0.0.1:1/x.zip", false, false, NULL},
	{"https://127.0.0.1:1/x.zip", true, false, NULL},
	{"https://127.0.0.1:1/x.zip", false, true, "the image must be signed"},
	{"https://127.0.0.1:1/x.zip", true, true, "the image must be signed"},
};

START_TEST(an_image_by_http_has_to_be_known_by_digest_or_signature)
{
	const struct trust_request request = {.image = urls[_i].url,
					      .sha256 = urls[_i].has_digest ? DIGEST : NULL};

	if (urls[_i].has_key)
		signer_trust(&ours, "ours.pub");
	if (urls[_i].says) {
		ck_assert_int_eq(open_trust(&request), -1);
		/* With a key the signature is asked for: fetchImage is not there in a test. */
		says(urls[_i].has_key ? ERR_UNAVAILABLE : ERR_REFUSED, urls[_i].says);
	} else {
		ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
		ck_assert(trust_demands(&trust) == urls[_i].has_digest);
	}
}
END_TEST

static const struct {
	const char *config;
	bool has_digest, has_signature;
	int kind; /* of the error, 0 for none */
} streams[] = {
	{"", false, false, ERR_USAGE},
	{"", true, false, 0},
	{"", false, true, 0},
	{"", true, true, 0},
	{"[images]\nsignatures=if-present\n", false, false, ERR_USAGE},
	{"[images]\nsignatures=if-present\n", true, false, 0},
	{"[images]\nsignatures=required\n", true, false, ERR_REFUSED},
	{"[images]\nsignatures=required\n", true, true, 0},
};

START_TEST(of_a_stream_digest_or_signature_is_given)
{
	struct trust_request request = {.image = TRUST_STREAM,
					.sha256 = streams[_i].has_digest ? DIGEST : NULL};

	/* What has the name that a file "-" would have is no signature of it. */
	scratch_write("-.minisig", "garbage\n");
	ck_assert_int_eq(fchdir(scratch_fd), 0);
	signer_sign(&ours, IMAGE, "ED", "c", "w/x.sig");
	if (streams[_i].has_signature) {
		signer_trust(&ours, "ours.pub");
		request.signature = scratch_path("w/x.sig");
	}
	set(streams[_i].config);
	ck_assert_int_eq(open_trust(&request), streams[_i].kind ? -1 : 0);
	ck_assert_msg((int)err.kind == streams[_i].kind, "%s", err.msg);
	if (!streams[_i].kind) {
		ck_assert(trust.has_key == streams[_i].has_signature);
		ck_assert(trust_demands(&trust));
	}
}
END_TEST

START_TEST(a_url_is_told_by_its_scheme)
{
	ck_assert(trust_is_url("http://x"));
	ck_assert(trust_is_url("https://x"));
	ck_assert(!trust_is_url("HTTP://x"));
	ck_assert(!trust_is_url("ftp://x"));
	ck_assert(!trust_is_url("http:/x"));
	ck_assert(!trust_is_url("/http://x"));
	ck_assert(!trust_is_url(""));
}
END_TEST

static const char *const digests[] = {"",	  "0",	      D16,
				      DIGEST "0", DIGEST " ", "g" D16 D16 D16 "123456789abcdef"};

START_TEST(a_digest_that_is_none_is_a_wrong_argument)
{
	struct trust_request request = request_image();

	request.sha256 = digests[_i];
	ck_assert_int_eq(open_trust(&request), -1);
	says(ERR_USAGE, "--sha256");
}
END_TEST

static int
check_image(const char *digest)
{
	int fd = openat(scratch_fd, "w/x.zip", O_RDONLY | O_CLOEXEC), result;

	err = ERR_INIT;
	result = trust_check(&trust, fd, digest, &err);
	close(fd);
	return result;
}

START_TEST(the_digest_must_be_the_one_that_was_given)
{
	struct trust_request request = request_image();
	char upper[] = DIGEST, other[] = DIGEST;

	for (char *p = upper; *p; p++)
		*p = (char)(*p >= 'a' ? *p - 'a' + 'A' : *p);
	request.sha256 = upper;
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	ck_assert_str_eq(trust.sha256, DIGEST);
	ck_assert(trust_demands(&trust));
	ck_assert_int_eq(check_image(DIGEST), 0);
	for (size_t i = 0; i < sizeof other - 1; i++) {
		other[i] ^= 1;
		ck_assert_int_eq(check_image(other), -1);
		says(ERR_REFUSED, "its SHA-256 is ");
		other[i] ^= 1;
	}
}
END_TEST

START_TEST(a_signature_must_be_of_this_image_and_comment)
{
	const struct trust_request request = request_image();

	signer_trust(&ours, "ours.pub");
	signer_sign(&ours, IMAGE, _i ? "Ed" : "ED", "of today", "w/x.zip.minisig");
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	ck_assert_msg(check_image(DIGEST) == 0, "%s", err.msg);
	trust.signature.comment[0]++;
	ck_assert_int_eq(check_image(DIGEST), -1);
	says(ERR_REFUSED, "");
	trust.signature.comment[0]--;
	scratch_write("w/x.zip", "the imagE");
	ck_assert_int_eq(check_image(DIGEST), -1);
	says(ERR_REFUSED, "");
}
END_TEST

/* Somebody else signs, and gives the key the id of one that is trusted. */
START_TEST(the_id_of_a_trusted_key_is_not_enough)
{
	const struct trust_request request = request_image();
	struct signer liar = another;

	memcpy(liar.id, ours.id, sizeof liar.id);
	signer_trust(&ours, "ours.pub");
	signer_sign(&liar, IMAGE, _i ? "Ed" : "ED", "c", "w/x.zip.minisig");
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	ck_assert_int_eq(check_image(DIGEST), -1);
	says(ERR_REFUSED, "");
}
END_TEST

#define V64 D16 D16 D16 D16

static const struct {
	const char *comment, *service, *name, *version;
	const char *says; /* NULL where they agree */
} words[] = {
	{"timestamp:1 file:x.zip", "a1", "", "", NULL},
	{"id=a1", "a1", "", "", NULL},
	{"id=wordpress", "a1", "wordpress", "", NULL},
	{"id=a1", "a1", "wordpress", "", NULL},
	{"id=a2", "a1", "", "", "signed for 'a2'"},
	{"id=a2", "a1", "wordpress", "", "signed for 'a2'"},
	{"id=", "a1", "x", "", "signed for ''"},
	/* Nothing that is there and empty, or too long, is the same as what is not there. */
	{"id=", "a1", "", "", "signed for ''"},
	{"id=" V64 "0", "a1", "", "", "signed for ''"},
	{"version=" V64 "0", "a1", "", "", "as version ''"},
	{"x id=a2 id=a1", "a1", "", "", "signed for 'a2'"},
	{"version=5.8", "a1", "", "5.8", NULL},
	{"version=5.8", "a1", "", "5.8.1", "as version '5.8'"},
	{"version=5.8", "a1", "", "", "image.ini says ''"},
	{"id=a1 version=5.8", "a1", "", "5.9", "as version '5.8'"},
	{"id=a2 version=5.8", "a1", "", "5.8", "signed for 'a2'"},
	{"version=" V64, "a1", "", V64, NULL},
	{"version=" V64 "0", "a1", "", V64, "as version ''"},
};

START_TEST(a_signed_comment_says_for_what_it_is)
{
	const struct trust_request request = request_image();
	struct manifest m = MANIFEST_INIT;
	int result;

	snprintf(m.name, sizeof m.name, "%s", words[_i].name);
	snprintf(m.version, sizeof m.version, "%s", words[_i].version);
	signer_trust(&ours, "ours.pub");
	signer_sign(&ours, IMAGE, "ED", words[_i].comment, "w/x.zip.minisig");
	ck_assert_msg(open_trust(&request) == 0, "%s", err.msg);
	result = trust_check_words(&trust, words[_i].service, &m, &err);
	if (words[_i].says) {
		ck_assert_int_eq(result, -1);
		says(ERR_REFUSED, words[_i].says);
	} else {
		ck_assert_msg(result == 0, "%s", err.msg);
	}
	/* What nobody trusted has signed says nothing. */
	trust.has_key = false;
	ck_assert_int_eq(trust_check_words(&trust, words[_i].service, &m, &err), 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, finish);
	tcase_add_loop_test(tc, policy_and_keys_decide_what_is_demanded, 0, (int)COUNT(policies));
	tcase_add_loop_test(tc, only_pub_files_are_keys, 0, 2);
	tcase_add_test(tc, a_key_that_is_none_is_no_reason_to_take_anything);
	tcase_add_test(tc, a_word_that_is_no_policy_is_refused);
	tcase_add_test(tc, a_signature_that_is_given_must_hold);
	tcase_add_loop_test(tc, a_signature_that_cannot_be_read_is_refused, 0, 2);
	tcase_add_loop_test(tc, an_image_by_http_has_to_be_known_by_digest_or_signature, 0,
			    (int)COUNT(urls));
	tcase_add_loop_test(tc, of_a_stream_digest_or_signature_is_given, 0, COUNT(streams));
	tcase_add_test(tc, a_url_is_told_by_its_scheme);
	tcase_add_loop_test(tc, a_digest_that_is_none_is_a_wrong_argument, 0, (int)COUNT(digests));
	tcase_add_test(tc, the_digest_must_be_the_one_that_was_given);
	tcase_add_loop_test(tc, a_signature_must_be_of_this_image_and_comment, 0, 2);
	tcase_add_loop_test(tc, the_id_of_a_trusted_key_is_not_enough, 0, 2);
	tcase_add_loop_test(tc, a_signed_comment_says_for_what_it_is, 0, (int)COUNT(words));
}
