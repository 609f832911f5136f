/* SPDX-License-Identifier: MIT */
/* test_output - what a hook prints: lines, the first of them, and the copy in a file. */
#include "hook/output.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scratch.h"
#include "tests.h"

static int
open_copy(void)
{
	int fd = openat(scratch_fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
take(struct output *o, int stream, const char *text)
{
	output_take(o, stream, text, strlen(text));
}

static void
end(struct output *o)
{
	output_take(o, 1, "", 0);
	output_take(o, 2, "", 0);
	if (o->log_fd >= 0)
		close(o->log_fd);
}

static const struct {
	const char *parts[4], *copy, *first;
} table[] = {
	{{"OK\n"}, "OK\n", "OK"},
	{{"OK"}, "OK\n", "OK"},
	{{"O", "K", "\n"}, "OK\n", "OK"},
	{{"OK\nmore\n"}, "OK\nmore\n", "OK"},
	{{"\n \n\tOK  \nmore\n"}, "\n \n\tOK  \nmore\n", "OK"},
	{{""}, "", ""},
	{{"\n"}, "\n", ""},
	{{"a\x1b[31mb\x07\n"}, "a?[31mb?\n", "a?[31mb?"},
	{{"\xc3\xa4 \xff\n"}, "\xc3\xa4 ?\n", "\xc3\xa4 ?"},
	{{"caf\xc3", "\xa9\n"}, "caf\xc3\xa9\n", "caf\xc3\xa9"},
};

START_TEST(lines_are_cut_copied_and_made_printable)
{
	struct output o;

	output_open(&o, "enstratus-check", NULL, open_copy());
	for (size_t i = 0; i < 4 && table[_i].parts[i]; i++)
		if (table[_i].parts[i][0])
			take(&o, 1, table[_i].parts[i]);
	end(&o);
	ck_assert_str_eq(scratch_read("log"), table[_i].copy);
	ck_assert_str_eq(o.first, table[_i].first);
}
END_TEST

/* CONTRACT: the first line of what the hook printed, trimmed.  A carriage return is a blank. */
START_TEST(a_first_line_with_a_carriage_return_is_trimmed)
{
	struct output o;

	output_open(&o, "enstratus-check", NULL, -1);
	take(&o, 1, "OK\r\n");
	end(&o);
	ck_assert_str_eq(o.first, "OK");
}
END_TEST

START_TEST(standard_error_is_copied_but_never_the_first_line)
{
	struct output o;

	output_open(&o, "enstratus-check", NULL, open_copy());
	take(&o, 2, "warning\n");
	take(&o, 1, "OK\n");
	end(&o);
	ck_assert_str_eq(scratch_read("log"), "warning\nOK\n");
	ck_assert_str_eq(o.first, "OK");
}
END_TEST

START_TEST(the_two_streams_do_not_cut_each_other_s_lines)
{
	struct output o;

	output_open(&o, "enstratus-check", NULL, open_copy());
	take(&o, 1, "one ");
	take(&o, 2, "two ");
	take(&o, 1, "one\n");
	take(&o, 2, "two\n");
	end(&o);
	ck_assert_str_eq(scratch_read("log"), "one one\ntwo two\n");
}
END_TEST

/* All of it comes out, in lines that a record can carry, none cut within a character. */
START_TEST(a_long_line_becomes_several)
{
	size_t len = 5000, i = 0, n = 0;
	char *text = malloc(len + 8);
	struct output o;
	const char *copy;

	ck_assert_ptr_nonnull(text);
	while (i < (size_t)_i)
		text[i++] = 'x';
	while (i < len) {
		memcpy(text + i, "\xe2\x82\xac", 3);
		i += 3;
	}
	text[i] = '\0';
	output_open(&o, "enstratus-check", NULL, open_copy());
	for (size_t at = 0; at < i; at += 700)
		output_take(&o, 1, text + at, i - at < 700 ? i - at : 700);
	end(&o);
	copy = scratch_read("log");
	while (*copy) {
		size_t line = strcspn(copy, "\n");

		ck_assert_uint_le(line, LOG_OUTPUT_MAX);
		ck_assert(text_is_utf8(copy, line));
		ck_assert_int_eq(memcmp(copy, text + n, line), 0);
		n += line;
		copy += line + 1;
	}
	ck_assert_uint_eq(n, i);
	free(text);
}
END_TEST

START_TEST(bytes_that_are_no_utf8_cannot_stop_a_long_line)
{
	char *text = malloc(10000);
	struct output o;

	ck_assert_ptr_nonnull(text);
	memset(text, _i ? 0x80 : 0xf0, 10000);
	output_open(&o, "enstratus-check", NULL, open_copy());
	output_take(&o, 1, text, 10000);
	end(&o);
	ck_assert_uint_ge(strlen(scratch_read("log")), 10000);
	free(text);
}
END_TEST

START_TEST(a_long_first_line_is_kept_in_part_and_in_whole_characters)
{
	char text[800] = "x";
	struct output o;

	for (size_t i = 1; i < 701; i += 2)
		memcpy(text + i, "\xc3\xa4", 3);
	output_open(&o, "enstratus-check", NULL, -1);
	take(&o, 1, text);
	end(&o);
	ck_assert_uint_ge(strlen(o.first), OUTPUT_FIRST_MAX - 3);
	ck_assert_uint_le(strlen(o.first), OUTPUT_FIRST_MAX);
	ck_assert_msg(text_is_utf8(o.first, strlen(o.first)), "cut within a character");
}
END_TEST

/* A filter that turns every 'x' into 'y' and counts the ends. */
static void
feed(void *state, int stream, const char *data, size_t len, output_sink_fn *sink, void *arg)
{
	int *ends = state;

	if (len == 0) {
		ends[stream]++;
		sink(arg, "[end]", 5);
	}
	for (size_t i = 0; i < len; i++)
		sink(arg, data[i] == 'x' ? "y" : data + i, 1);
}

START_TEST(a_filter_sees_every_byte_first_and_each_end_once)
{
	int ends[3] = {0};
	struct output_filter filter = {.feed = feed, .state = ends};
	struct output o;

	output_open(&o, "enstratus-check", &filter, open_copy());
	take(&o, 1, "axb\n");
	take(&o, 2, "x\n");
	end(&o);
	ck_assert_str_eq(scratch_read("log"), "ayb\ny\n[end]\n[end]\n");
	ck_assert_str_eq(o.first, "ayb");
	ck_assert_int_eq(ends[1], 1);
	ck_assert_int_eq(ends[2], 1);
}
END_TEST

START_TEST(a_copy_that_cannot_be_written_is_given_up)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct output o;

	if (fd < 0) {
		fprintf(stderr, "skipped a_copy_that_cannot_be_written: there is no /dev/full\n");
		return;
	}
	output_open(&o, "enstratus-check", NULL, fd);
	take(&o, 1, "one\ntwo\n");
	ck_assert_int_eq(o.log_fd, -1);
	ck_assert_str_eq(o.first, "one");
	end(&o);
	close(fd);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_loop_test(tc, lines_are_cut_copied_and_made_printable, 0,
			    sizeof table / sizeof *table);
	tcase_add_test(tc, a_first_line_with_a_carriage_return_is_trimmed);
	tcase_add_test(tc, standard_error_is_copied_but_never_the_first_line);
	tcase_add_test(tc, the_two_streams_do_not_cut_each_other_s_lines);
	tcase_add_loop_test(tc, a_long_line_becomes_several, 0, 4);
	tcase_add_loop_test(tc, bytes_that_are_no_utf8_cannot_stop_a_long_line, 0, 2);
	tcase_add_test(tc, a_long_first_line_is_kept_in_part_and_in_whole_characters);
	tcase_add_test(tc, a_filter_sees_every_byte_first_and_each_end_once);
	tcase_add_test(tc, a_copy_that_cannot_be_written_is_given_up);
}
