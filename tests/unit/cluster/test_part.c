/* SPDX-License-Identifier: MIT */
/* test_part - a download that is not whole yet: its bytes, and what is known of them. */
#include "cluster/part.h"

#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/proc.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define URL "https://host/image.zip?token=sesame"

static struct err e;
static struct part p;

static void
begin(void)
{
	scratch_setup();
	e = ERR_INIT;
	p = PART_INIT;
}

static void
end(void)
{
	part_close(&p);
	scratch_teardown();
}

static void
open_part(const char *name)
{
	p = PART_INIT;
	ck_assert_msg(part_open(&p, scratch_path(name), 0, &e) == 0, "%s", e.msg);
	ck_assert_msg(part_load(&p, URL, &e) == 0, "%s", e.msg);
}

/* ten bytes of twenty, and an ETag */
static void
put_half(void)
{
	ck_assert_int_eq(part_write(&p, 0, "0123456789", 10, &e), 0);
	strcpy(p.facts.validator, "\"v1\"");
	p.facts.size = 20;
	p.facts.have = 10;
}

/* ---- text */

static const struct part_facts good[] = {
	{.url = "ab",
	 .boot = "cd",
	 .validator = "\"v 1\"",
	 .size = 20,
	 .have = 10,
	 .tail = -1,
	 .tail_have = -1},
	{.url = "ab",
	 .boot = "",
	 .validator = "",
	 .size = -1,
	 .have = 10,
	 .tail = -1,
	 .tail_have = -1},
	{.url = "ab",
	 .boot = "cd",
	 .validator = "x",
	 .size = 20,
	 .have = 10,
	 .tail = 15,
	 .tail_have = 20},
	{.url = "ab",
	 .boot = "cd",
	 .validator = "x",
	 .size = 0,
	 .have = 0,
	 .tail = 0,
	 .tail_have = 0},
	{.url = "ab",
	 .boot = "cd",
	 .validator = "x",
	 .size = __LONG_LONG_MAX__,
	 .have = __LONG_LONG_MAX__,
	 .tail = -1,
	 .tail_have = -1},
};

START_TEST(facts_come_back_from_their_text)
{
	struct part_facts facts = PART_FACTS_INIT;
	char text[PART_TEXT_MAX];

	part_format(&good[_i], text);
	strcat(text, "what stood there before\n");
	ck_assert(part_parse(text, &facts));
	ck_assert_str_eq(facts.url, good[_i].url);
	ck_assert_str_eq(facts.boot, good[_i].boot);
	ck_assert_str_eq(facts.validator, good[_i].validator);
	ck_assert_int_eq(facts.size, good[_i].size);
	ck_assert_int_eq(facts.have, good[_i].have);
	ck_assert_int_eq(facts.tail, good[_i].tail);
	ck_assert_int_eq(facts.tail_have, good[_i].tail_have);
}
END_TEST

START_TEST(a_text_that_is_cut_anywhere_is_refused)
{
	struct part_facts facts = {.size = 77};
	char text[PART_TEXT_MAX];

	part_format(&good[0], text);
	for (size_t len = strlen(text); len-- > 0;) {
		text[len] = '\0';
		ck_assert(!part_parse(text, &facts));
		ck_assert_int_eq(facts.size, 77);
	}
}
END_TEST

START_TEST(the_longest_text_fits)
{
	struct part_facts facts = {.size = __LONG_LONG_MAX__,
				   .have = __LONG_LONG_MAX__,
				   .tail = -1},
			  back;
	char text[PART_TEXT_MAX];

	memset(facts.url, 'u', sizeof facts.url - 1);
	memset(facts.boot, 'b', sizeof facts.boot - 1);
	memset(facts.validator, 'v', sizeof facts.validator - 1);
	part_format(&facts, text);
	ck_assert(part_parse(text, &back));
	ck_assert_str_eq(back.validator, facts.validator);
}
END_TEST

#define LINES(size, tail, have)                                                              \
	"fetchImage 1\nurl u\nboot b\nvalidator v\nsize " size "\ntail " tail "\nhave " have \
	"\nend\n"

static const char *const bad[] = {
	"",
	"fetchImage 2\nurl u\nboot b\nvalidator v\nsize 20\ntail -1\nhave 10\nend\n",
	"fetchImage 1\nboot b\nurl u\nvalidator v\nsize 20\ntail -1\nhave 10\nend\n",
	"fetchImage 1\nurl\nboot b\nvalidator v\nsize 20\ntail -1\nhave 10\nend\n",
	LINES("20", "-1", "-1"),
	LINES("20", "-1", "21"),
	LINES("20", "21", "10"),
	LINES("20", "5", "10"),
	LINES("-1", "5", "1"),
	LINES("-2", "-1", "1"),
	LINES("20", "-1", "1x"),
	LINES("20", "-1", ""),
	LINES("20", "-1", " 1"),
	LINES("20", "-1", "0x1"),
	LINES("99999999999999999999", "-1", "1"),
	LINES("9999999999999999999999999999999999", "-1", "1"),
};

START_TEST(a_text_that_makes_no_sense_is_refused)
{
	struct part_facts facts;

	ck_assert(!part_parse(bad[_i], &facts));
	ck_assert(part_parse(LINES("20", "-1", "10"), &facts));
}
END_TEST

/* ---- numbers */

START_TEST(a_part_is_whole_when_both_ranges_are)
{
	struct part_facts facts = {.size = 20, .have = 10, .tail = -1, .tail_have = -1};

	ck_assert(!part_is_whole(&facts));
	ck_assert_int_eq(part_end(&facts), 20);
	ck_assert_int_eq(part_received(&facts), 10);
	facts.tail = 15;
	facts.tail_have = 18;
	ck_assert_int_eq(part_end(&facts), 15);
	ck_assert_int_eq(part_received(&facts), 13);
	facts.have = 15;
	ck_assert(!part_is_whole(&facts));
	facts.tail_have = 20;
	ck_assert(part_is_whole(&facts));
	facts = (struct part_facts){.size = -1, .have = 10, .tail = -1, .tail_have = -1};
	ck_assert(!part_is_whole(&facts));
	facts.size = 10;
	ck_assert(part_is_whole(&facts));
}
END_TEST

/* ---- files */

START_TEST(it_is_renamed_when_it_is_whole)
{
	open_part("image.zip");
	put_half();
	ck_assert_int_eq(scratch_mode("image.zip.part"), 0600);
	ck_assert_int_eq(scratch_mode("image.zip.part.state"), 0600);
	ck_assert_int_eq(part_finish(&p, &e), 0);
	part_close(&p);
	ck_assert_str_eq(scratch_read("image.zip"), "0123456789");
	ck_assert(!scratch_exists("image.zip.part"));
	ck_assert(!scratch_exists("image.zip.part.state"));
}
END_TEST

START_TEST(what_is_there_is_found_again)
{
	open_part("image.zip");
	put_half();
	part_close(&p);
	ck_assert_ptr_null(strstr(scratch_read("image.zip.part.state"), "sesame"));
	open_part("image.zip");
	ck_assert_int_eq(p.facts.have, 10);
	ck_assert_int_eq(p.facts.size, 20);
	ck_assert_str_eq(p.facts.validator, "\"v1\"");
}
END_TEST

START_TEST(it_is_saved_each_mib)
{
	open_part("image.zip");
	put_half();
	ck_assert_int_eq(part_save_some(&p, &e), 0);
	ck_assert_str_eq(scratch_read("image.zip.part.state"), "");
	p.facts.size = p.facts.have = 1 << 20;
	ck_assert_int_eq(part_save_some(&p, &e), 0);
	ck_assert_ptr_nonnull(strstr(scratch_read("image.zip.part.state"), "have 1048576\nend\n"));
}
END_TEST

static void
change_url(void)
{
	p.facts.url[0] ^= 1;
}
static void
change_boot(void)
{
	p.facts.boot[0] ^= 1;
}
static void
drop_validator(void)
{
	p.facts.validator[0] = '\0';
}
static void
lose_bytes(void)
{
	p.facts.have = 11;
}
static void
lose_tail(void)
{
	p.facts.tail = 15;
	p.facts.tail_have = 20;
}

static void (*const changes[])(void) = {change_url, change_boot, drop_validator, lose_bytes,
					lose_tail};

START_TEST(what_cannot_be_relied_on_is_forgotten)
{
	open_part("image.zip");
	put_half();
	changes[_i]();
	part_close(&p);
	open_part("image.zip");
	ck_assert_int_eq(p.facts.have, 0);
	ck_assert_int_eq(p.facts.size, -1);
	ck_assert_int_eq(p.facts.tail, -1);
	ck_assert_str_eq(scratch_read("image.zip.part"), "");
	ck_assert_str_eq(scratch_read("image.zip.part.state"), "");
}
END_TEST

START_TEST(files_that_hold_nothing_go)
{
	open_part("image.zip");
	part_close(&p);
	ck_assert(!scratch_exists("image.zip.part"));
	ck_assert(!scratch_exists("image.zip.part.state"));
	part_close(&p);
	p = PART_INIT;
	part_close(&p);
}
END_TEST

START_TEST(a_reset_forgets_all_but_the_url)
{
	char url[CRYPTO_SHA256_HEX];

	open_part("image.zip");
	memcpy(url, p.facts.url, sizeof url);
	put_half();
	ck_assert_int_eq(part_save(&p, &e), 0);
	ck_assert_int_eq(part_reset(&p, &e), 0);
	ck_assert_int_eq(p.facts.have, 0);
	ck_assert_str_eq(p.facts.validator, "");
	ck_assert_str_eq(p.facts.url, url);
	ck_assert_str_eq(scratch_read("image.zip.part"), "");
	ck_assert_str_eq(scratch_read("image.zip.part.state"), "");
}
END_TEST

START_TEST(bytes_go_to_their_place)
{
	open_part("image.zip");
	ck_assert_int_eq(part_write(&p, 5, "tail", 4, &e), 0);
	ck_assert_int_eq(part_write(&p, 0, "head-", 5, &e), 0);
	ck_assert_str_eq(scratch_read("image.zip.part"), "head-tail");
}
END_TEST

/* ---- names and locks */

static const struct {
	const char *name;
	int status;
} names[] = {
	{"", 1}, {"/", 1}, {".", 1}, {"sub/..", 1}, {"sub/", 1}, {"sub", 1}, {"none/file", 71},
};

START_TEST(a_name_is_that_of_a_file)
{
	char path[512];

	scratch_mkdir("sub/");
	snprintf(path, sizeof path, "%s/%s", scratch_dir, names[_i].name);
	ck_assert_int_eq(part_open(&p, names[_i].name[0] ? path : "", 0, &e), -1);
	ck_assert_int_eq(err_status(&e), names[_i].status);
}
END_TEST

START_TEST(a_name_has_room_for_what_is_added)
{
	char name[256] = "";

	memset(name, 'n', 244);
	ck_assert_int_eq(part_open(&p, scratch_path(name), 0, &e), 0);
	part_close(&p);
	memset(name, 'n', 245);
	p = PART_INIT;
	ck_assert_int_eq(part_open(&p, scratch_path(name), 0, &e), -1);
	ck_assert_int_eq(err_status(&e), 1);
}
END_TEST

START_TEST(what_is_no_file_of_ours_is_refused_and_left_alone)
{
	scratch_write("victim", "kept");
	ck_assert_int_eq(symlinkat("victim", scratch_fd, "a.part"), 0);
	ck_assert_int_eq(part_open(&p, scratch_path("a"), 0, &e), -1);
	part_close(&p);
	ck_assert_int_eq(mkfifoat(scratch_fd, "b.part", 0600), 0);
	p = PART_INIT;
	ck_assert_int_eq(part_open(&p, scratch_path("b"), 0, &e), -1);
	ck_assert_int_eq(err_status(&e), 65);
	part_close(&p);
	ck_assert_int_eq(linkat(scratch_fd, "victim", scratch_fd, "c.part", 0), 0);
	p = PART_INIT;
	ck_assert_int_eq(part_open(&p, scratch_path("c"), 0, &e), -1);
	ck_assert_int_eq(err_status(&e), 65);
	part_close(&p);
	ck_assert_int_eq(linkat(scratch_fd, "victim", scratch_fd, "d.part.state", 0), 0);
	p = PART_INIT;
	ck_assert_int_eq(part_open(&p, scratch_path("d"), 0, &e), -1);
	part_close(&p);
	ck_assert(scratch_exists("b.part") && scratch_exists("c.part") &&
		  scratch_exists("d.part.state"));
	ck_assert_str_eq(scratch_read("victim"), "kept");
}
END_TEST

START_TEST(one_run_at_a_time)
{
	struct part second = PART_INIT;

	open_part("image.zip");
	ck_assert_int_eq(part_open(&second, scratch_path("image.zip"), 0, &e), -1);
	ck_assert_int_eq(err_status(&e), 75);
	part_close(&second);
	ck_assert(scratch_exists("image.zip.part"));
	proc_hold_signals();
	raise(SIGTERM);
	second = PART_INIT;
	ck_assert_int_eq(part_open(&second, scratch_path("image.zip"), 60000, &e), -1);
	ck_assert_int_eq(err_status(&e), 128 + SIGTERM);
	part_close(&second);
}
END_TEST

START_TEST(whoever_waits_gets_a_file_of_his_own)
{
	pid_t pid;
	int status;

	open_part("image.zip");
	put_half();
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct part second = PART_INIT;

		if (part_open(&second, scratch_path("image.zip"), 20000, &e) ||
		    part_load(&second, URL, &e) || second.facts.have ||
		    part_write(&second, 0, "second", 6, &e))
			_exit(1);
		second.facts.have = 6;
		_exit(part_finish(&second, &e) ? 2 : 0);
	}
	poll(NULL, 0, 100);
	ck_assert_int_eq(part_finish(&p, &e), 0);
	ck_assert_str_eq(scratch_read("image.zip"), "0123456789");
	/* The child has the descriptor too, and with it the lock. */
	ck_assert_int_eq(flock(p.data_fd, LOCK_UN), 0);
	part_close(&p);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(scratch_read("image.zip"), "second");
	ck_assert(!scratch_exists("image.zip.part"));
}
END_TEST

/* ---- handed over */

/* Opens them as 3 and 4, in a process of the test's own. */
static void
hand_over(int data_flags, int state_flags)
{
	int data = openat(scratch_fd, "data", data_flags | O_CREAT, 0644);
	int state = openat(scratch_fd, "state", state_flags | O_CREAT, 0644);

	data = fcntl(data, F_DUPFD, 10);
	state = fcntl(state, F_DUPFD, 10);
	scratch_fd = fcntl(scratch_fd, F_DUPFD, 20);
	ck_assert_int_eq(dup2(data, PART_DATA_FD), PART_DATA_FD);
	ck_assert_int_eq(dup2(state, PART_STATE_FD), PART_STATE_FD);
}

static void
in_a_child(void (*test)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		test();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

#define OR_EXIT(n, condition)     \
	do {                      \
		if (!(condition)) \
			_exit(n); \
	} while (0)

static void
use_handed(void)
{
	hand_over(O_RDWR, O_RDWR);
	OR_EXIT(1, part_open(&p, NULL, 0, &e) == 0);
	OR_EXIT(2, part_load(&p, URL, &e) == 0);
	put_half();
	OR_EXIT(3, part_finish(&p, &e) == 0);
	part_close(&p);
	hand_over(O_RDWR, O_RDWR);
	OR_EXIT(4, part_open(&p, NULL, 0, &e) == 0);
	OR_EXIT(5, part_load(&p, URL, &e) == 0 && p.facts.have == 10);
	OR_EXIT(6, part_reset(&p, &e) == 0);
	part_close(&p);
	OR_EXIT(7, scratch_exists("data") && scratch_exists("state"));
}

static void
refuse_handed(void)
{
	static const int flags[][2] = {{O_RDONLY, O_RDWR},
				       {O_WRONLY, O_RDWR},
				       {O_RDWR, O_RDONLY},
				       {O_RDWR | O_APPEND, O_RDWR},
				       {O_RDWR, O_RDWR | O_APPEND}};

	for (int i = 0; i < COUNT(flags); i++) {
		hand_over(flags[i][0], flags[i][1]);
		OR_EXIT(1, part_open(&p, NULL, 0, &e) == -1 && err_status(&e) == 1);
	}
	OR_EXIT(2, dup2(open("/dev/null", O_RDWR), PART_DATA_FD) == PART_DATA_FD);
	OR_EXIT(3, part_open(&p, NULL, 0, &e) == -1 && err_status(&e) == 1);
	close(PART_DATA_FD);
	OR_EXIT(4, part_open(&p, NULL, 0, &e) == -1 && err_status(&e) == 1);
}

START_TEST(what_is_handed_over_is_used_and_stays)
{
	in_a_child(use_handed);
}
END_TEST

START_TEST(what_is_handed_over_can_be_read_and_written)
{
	in_a_child(refuse_handed);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, facts_come_back_from_their_text, 0, COUNT(good));
	tcase_add_test(tc, a_text_that_is_cut_anywhere_is_refused);
	tcase_add_test(tc, the_longest_text_fits);
	tcase_add_loop_test(tc, a_text_that_makes_no_sense_is_refused, 0, COUNT(bad));
	tcase_add_test(tc, a_part_is_whole_when_both_ranges_are);
	tcase_add_test(tc, it_is_renamed_when_it_is_whole);
	tcase_add_test(tc, what_is_there_is_found_again);
	tcase_add_test(tc, it_is_saved_each_mib);
	tcase_add_loop_test(tc, what_cannot_be_relied_on_is_forgotten, 0, COUNT(changes));
	tcase_add_test(tc, files_that_hold_nothing_go);
	tcase_add_test(tc, a_reset_forgets_all_but_the_url);
	tcase_add_test(tc, bytes_go_to_their_place);
	tcase_add_loop_test(tc, a_name_is_that_of_a_file, 0, COUNT(names));
	tcase_add_test(tc, a_name_has_room_for_what_is_added);
	tcase_add_test(tc, what_is_no_file_of_ours_is_refused_and_left_alone);
	tcase_add_test(tc, one_run_at_a_time);
	tcase_add_test(tc, whoever_waits_gets_a_file_of_his_own);
	tcase_add_test(tc, what_is_handed_over_is_used_and_stays);
	tcase_add_test(tc, what_is_handed_over_can_be_read_and_written);
}
