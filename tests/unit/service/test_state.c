/* SPDX-License-Identifier: MIT */
/* test_state - what the agent remembers of a service. */
#include "service/state.h"

#include <string.h>

#include "scratch.h"
#include "tests.h"

static void
load(struct state *s)
{
	struct err e = ERR_INIT;

	ck_assert_msg(state_load(s, scratch_fd, &e) == 0, "%s", e.msg);
}

START_TEST(a_missing_file_is_the_empty_state)
{
	struct state s = {.generation = 7, .image = "x"};

	load(&s);
	ck_assert_str_eq(s.image, "");
	ck_assert_str_eq(s.user_id, "");
	ck_assert_int_eq(s.generation, 0);
	ck_assert_int_eq(s.installed, 0);
}
END_TEST

START_TEST(what_is_saved_is_loaded)
{
	struct state s = STATE_INIT, t;
	struct err e = ERR_INIT;

	memset(s.customer_id, 'c', sizeof s.customer_id - 1);
	memset(s.user_id, 'u', sizeof s.user_id - 1);
	memset(s.image, 'i', sizeof s.image - 1);
	memset(s.committing, 's', sizeof s.committing - 1);
	memset(s.version, 'v', sizeof s.version - 1);
	memcpy(s.image, "a=b ;c #d", 9);
	for (size_t i = 0; i < STATE_KEPT_MAX; i++)
		memset(s.kept[i], "0123456789abcdef"[i], STATE_DIGEST_HEX - 1);
	s.within = 1;
	s.exchanging = __LONG_LONG_MAX__;
	s.pruning = 1;
	s.installed = 1265333346;
	s.configured = 4102444800;
	s.generation = __LONG_LONG_MAX__;
	umask(077);
	ck_assert_msg(state_save(&s, scratch_fd, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(scratch_mode("state"), 0660);
	load(&t);
	ck_assert_str_eq(t.customer_id, s.customer_id);
	ck_assert_str_eq(t.user_id, s.user_id);
	ck_assert_str_eq(t.image, s.image);
	ck_assert_str_eq(t.version, s.version);
	ck_assert_str_eq(t.committing, s.committing);
	for (size_t i = 0; i < STATE_KEPT_MAX; i++)
		ck_assert_str_eq(t.kept[i], s.kept[i]);
	ck_assert_int_eq(t.within, 1);
	ck_assert_int_eq(t.exchanging, s.exchanging);
	ck_assert_int_eq(t.pruning, s.pruning);
	ck_assert_int_eq(t.installed, s.installed);
	ck_assert_int_eq(t.configured, s.configured);
	ck_assert_int_eq(t.generation, s.generation);
}
END_TEST

START_TEST(the_empty_state_is_saved_and_loaded)
{
	struct state s = STATE_INIT, t;
	struct err e = ERR_INIT;

	ck_assert_int_eq(state_save(&s, scratch_fd, &e), 0);
	load(&t);
	ck_assert_str_eq(t.customer_id, "");
	ck_assert_str_eq(t.kept[0], "");
	ck_assert_int_eq(t.generation, 0);
}
END_TEST

static const struct {
	const char *before, *digest, *after; /* a letter for each digest */
	size_t n_max;
} keeping[] = {
	{"", "a", "a", 3},	{"a", "b", "ba", 3},	   {"cba", "d", "dcb", 3},
	{"cba", "c", "cba", 3}, {"cba", "b", "bca", 3},	   {"cba", "a", "acb", 3},
	{"cba", "d", "d", 1},	{"fedcba", "a", "af", 2},  {"ba", "c", "cba", STATE_KEPT_MAX},
	{"cba", "c", "c", 1},	{"fedcb", "a", "afed", 4},
};

static void
letter_digest(char digest[static STATE_DIGEST_HEX], char letter)
{
	memset(digest, letter, STATE_DIGEST_HEX - 1);
	digest[STATE_DIGEST_HEX - 1] = '\0';
}

START_TEST(what_is_installed_is_kept_first_and_once)
{
	struct state s = STATE_INIT;
	char digest[STATE_DIGEST_HEX], kept[STATE_KEPT_MAX + 1] = "";

	for (size_t i = 0; keeping[_i].before[i]; i++)
		letter_digest(s.kept[i], keeping[_i].before[i]);
	letter_digest(digest, keeping[_i].digest[0]);
	state_keep(&s, digest, keeping[_i].n_max);
	for (size_t i = 0; i < STATE_KEPT_MAX; i++)
		kept[i] = s.kept[i][0];
	ck_assert_str_eq(kept, keeping[_i].after);
}
END_TEST

START_TEST(the_oldest_goes_when_the_list_is_full)
{
	struct state s = STATE_INIT;
	char digest[STATE_DIGEST_HEX];

	for (int i = 0; i <= STATE_KEPT_MAX; i++) {
		letter_digest(digest, (char)('A' + i));
		state_keep(&s, digest, STATE_KEPT_MAX);
	}
	ck_assert_int_eq(s.kept[0][0], 'A' + STATE_KEPT_MAX);
	ck_assert_int_eq(s.kept[STATE_KEPT_MAX - 1][0], 'B');
}
END_TEST

START_TEST(saving_replaces_in_one_step)
{
	struct state s = STATE_INIT;
	struct err e = ERR_INIT;
	struct stat before, after;

	ck_assert_int_eq(state_save(&s, scratch_fd, &e), 0);
	ck_assert_int_eq(stat(scratch_path("state"), &before), 0);
	ck_assert_int_eq(linkat(scratch_fd, "state", scratch_fd, "old", 0), 0);
	s.generation = 9;
	ck_assert_int_eq(state_save(&s, scratch_fd, &e), 0);
	ck_assert_int_eq(stat(scratch_path("state"), &after), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
	ck_assert_ptr_nonnull(strstr(scratch_read("old"), "generation=0"));
}
END_TEST

START_TEST(a_later_version_s_names_are_ignored)
{
	struct state s;

	scratch_write("state", "[service]\nuser=www\ncolour=blue\n[more]\nx=y\n");
	load(&s);
	ck_assert_str_eq(s.user_id, "www");
}
END_TEST

#define LONG "0123456789012345678901234567890123456789"

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const damaged[] = {
	"garbage\n",
	"[service\n",
	"generation=many\n",
	"generation=-1\n",
	"generation=1x\n",
	"generation=99999999999999999999\n",
	"installed=\n",
	"configured=1.5\n",
	"customer=" LONG "\n",
	"user=" LONG "\n",
	"image=" LONG LONG LONG LONG LONG LONG LONG "\n",
	"committing=" LONG LONG LONG "\n",
	"version=" LONG LONG "\n",
	"within=yes\n",
	"exchanging=-5\n",
	"pruning=x\n",
	"kept=0123\n",
	"kept=" D64 "0\n",
	"kept=" D64 "," D64 ",0\n",
	"kept=," D64 "\n",
	"kept=" D64 D64 "\n",
	"kept=" D64 "," D64 "," D64 "," D64 "," D64 "," D64 "," D64 "," D64 "," D64 "," D64 "," D64
	"," D64 "," D64 "," D64 "," D64 "," D64 "," D64 "\n",
};

START_TEST(a_damaged_file_is_refused)
{
	struct state s;
	struct err e = ERR_INIT;

	scratch_write("state", damaged[_i]);
	ck_assert_int_eq(state_load(&s, scratch_fd, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	ck_assert_ptr_nonnull(strstr(e.msg, "state"));
}
END_TEST

START_TEST(a_file_that_is_too_large_or_a_link_is_refused)
{
	char text[16385];
	struct state s;
	struct err e = ERR_INIT;

	memset(text, '#', sizeof text);
	scratch_write_bytes("state", text, sizeof text);
	ck_assert_int_eq(state_load(&s, scratch_fd, &e), -1);
	ck_assert_int_eq(unlinkat(scratch_fd, "state", 0), 0);
	scratch_write("elsewhere", "user=root\n");
	ck_assert_int_eq(symlinkat("elsewhere", scratch_fd, "state"), 0);
	ck_assert_int_eq(state_load(&s, scratch_fd, &e), -1);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(tc, a_missing_file_is_the_empty_state);
	tcase_add_test(tc, what_is_saved_is_loaded);
	tcase_add_test(tc, the_empty_state_is_saved_and_loaded);
	tcase_add_loop_test(tc, what_is_installed_is_kept_first_and_once, 0,
			    sizeof keeping / sizeof *keeping);
	tcase_add_test(tc, the_oldest_goes_when_the_list_is_full);
	tcase_add_test(tc, saving_replaces_in_one_step);
	tcase_add_test(tc, a_later_version_s_names_are_ignored);
	tcase_add_loop_test(tc, a_damaged_file_is_refused, 0, sizeof damaged / sizeof *damaged);
	tcase_add_test(tc, a_file_that_is_too_large_or_a_link_is_refused);
}
