/* SPDX-License-Identifier: MIT */
/*
 * test_document - a delivered configuration: what is carried, what is refused, and that it is
 * whole.
 */
#include "cfg/document.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

/* In every value of a text that is refused: no message may show it. */
#define MARKER "xMARKERx"

enum source { REGULAR, PIPE, SOCKET };

/* Writes to the other end while this process reads: a text may be larger than a pipe. */
static pid_t
write_from_child(int fd, int other, const char *text, size_t len)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(other);
		while (len) {
			ssize_t n = write(fd, text, len);

			if (n <= 0)
				break;
			text += n;
			len -= (size_t)n;
		}
		_exit(0);
	}
	close(fd);
	return pid;
}

/* document_read's result for a text that comes from such a source. */
static int
read_from(enum source source, const char *text, size_t len, struct document *doc, struct err *e)
{
	int fds[2], result;
	pid_t pid = -1;

	*doc = DOCUMENT_INIT;
	if (source == REGULAR) {
		fds[0] = memfd_create("cfg", MFD_CLOEXEC);
		ck_assert_int_ge(fds[0], 0);
		ck_assert_int_eq(write(fds[0], text, len), (ssize_t)len);
		ck_assert_int_eq(lseek(fds[0], 0, SEEK_SET), 0);
	} else {
		ck_assert_int_eq(
			source == PIPE ? pipe(fds) : socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		if (len <= 4096) {
			ck_assert_int_eq(write(fds[1], text, len), (ssize_t)len);
			close(fds[1]);
		} else {
			pid = write_from_child(fds[1], fds[0], text, len);
		}
	}
	result = document_read(doc, fds[0], "the test", e);
	close(fds[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	ck_assert_msg(!strstr(e->msg, "MARKER"), "the message shows a value: %s", e->msg);
	if (result) {
		ck_assert_int_ne(e->kind, ERR_NONE);
		ck_assert_str_ne(e->msg, "");
	}
	return result;
}

static void
accept_bytes(struct document *doc, const char *text, size_t len)
{
	struct err e = ERR_INIT;

	ck_assert_msg(read_from(REGULAR, text, len, doc, &e) == 0, "%s", e.msg);
}

static void
refuse_bytes(const char *text, size_t len, enum err_kind kind, const char *words)
{
	struct document doc;
	struct err e = ERR_INIT;

	ck_assert_msg(read_from(REGULAR, text, len, &doc, &e) != 0, "accepted");
	ck_assert_msg(e.kind == kind, "kind %d: %s", (int)e.kind, e.msg);
	ck_assert_msg(strstr(e.msg, words) != NULL, "'%s' not in '%s'", words, e.msg);
	document_free(&doc);
}

static void
check_value(const struct document *doc, const char *key, const char *expected)
{
	size_t len = 0;
	const char *value = document_get(doc, key, &len);

	ck_assert_msg(value != NULL, "no %s", key);
	ck_assert_msg(len == strlen(expected) && memcmp(value, expected, len) == 0,
		      "%s is '%.*s', not '%s'", key, (int)len, value, expected);
}

/* The text with its trailer; the caller frees it. */
static char *
with_trailer(const char *text, size_t len, size_t *out_len)
{
	char hex[SECRET_SHA256_HEX], *out = malloc(len + 100);
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(secret_append(&s, text, len, &e), 0);
	secret_sha256(&s, len, hex);
	secret_free(&s);
	memcpy(out, text, len);
	*out_len = len + (size_t)sprintf(out + len, "# sha256 %s\n", hex);
	return out;
}

static const char of_2010[] = "# enStratus service configuration file\n"
			      "# Generated Fri Feb 05 01:29:06 UTC 2010\n"
			      "[enstratus]\n"
			      "serverId=48914\n"
			      "serviceId=a7464\n"
			      "port.80.publicPort=80\n"
			      "dataSources=wordpress\n"
			      "dataSource.wordpress.servicePassword=" MARKER "\n"
			      "[custom]\n"
			      "colour=blue\n";

static const char of_2011[] = "[enStratus]\r\n"
			      "serviceId=a7464\r\n"
			      "dependencies=DATA_SOURCE-1426\r\n"
			      "dependency.DATA_SOURCE-1426.password=" MARKER "\r\n"
			      "\r\n"
			      "[Custom]\r\n"
			      "colour=blue\r\n";

START_TEST(the_dialect_of_2010_is_read)
{
	struct document doc;

	accept_bytes(&doc, of_2010, sizeof of_2010 - 1);
	ck_assert_uint_eq(doc.n_entries, 5);
	ck_assert_uint_eq(doc.n_repeated, 0);
	ck_assert_str_eq(doc.entries[0].key, "serverId");
	ck_assert_uint_eq(doc.entries[0].line, 4);
	check_value(&doc, "dataSource.wordpress.servicePassword", MARKER);
	ck_assert_uint_eq(doc.text.len - doc.custom, strlen("colour=blue\n"));
	document_free(&doc);
}
END_TEST

START_TEST(the_dialect_of_2011_is_read)
{
	struct document doc;

	accept_bytes(&doc, of_2011, sizeof of_2011 - 1);
	ck_assert_uint_eq(doc.n_entries, 3);
	check_value(&doc, "dependency.DATA_SOURCE-1426.password", MARKER);
	ck_assert_int_eq(memcmp(secret_reveal(&doc.text) + doc.custom, "colour=blue\n", 12), 0);
	ck_assert_uint_eq(doc.text.len - doc.custom, 12);
	document_free(&doc);
}
END_TEST

START_TEST(just_the_keys_are_enough)
{
	struct document doc;

	accept_bytes(&doc, "name=Wordpress\nrole=master", 26);
	ck_assert_uint_eq(doc.n_entries, 2);
	check_value(&doc, "role", "master");
	ck_assert_uint_eq(doc.custom, doc.text.len);
	document_free(&doc);
}
END_TEST

START_TEST(the_last_of_repeated_keys_counts)
{
	static const char text[] = "role=a\nname=b\nrole=c\n[enSTRATUS]\nrole=d\n";
	struct document doc;

	accept_bytes(&doc, text, sizeof text - 1);
	ck_assert_uint_eq(doc.n_entries, 2);
	ck_assert_uint_eq(doc.n_repeated, 2);
	ck_assert_str_eq(doc.entries[0].key, "role");
	check_value(&doc, "role", "d");
	ck_assert_uint_eq(doc.entries[0].line, 5);
	document_free(&doc);
}
END_TEST

static const struct {
	const char *text, *key, *value;
} values[] = {
	{"k=\n", "k", ""},
	{"k=", "k", ""},
	{"k=a=b==c\n", "k", "a=b==c"},
	{"k=a;b ; c\n", "k", "a;b ; c"},
	{"k=a#b # c\n", "k", "a#b # c"},
	{"k=\"quoted\" 'too'\n", "k", "\"quoted\" 'too'"},
	{"k= leading\n", "k", " leading"},
	{"k=trailing \n", "k", "trailing "},
	{"k=\t\n", "k", "\t"},
	{"k=gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80\n", "k",
	 "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80"},
	{"k=\xff\xfe raw\n", "k", "\xff\xfe raw"},
	{"k=a\rb\r\r\n", "k", "ab"},
	{"k=[custom]\n", "k", "[custom]"},
	{"k=[enstratus]\n", "k", "[enstratus]"},
	{"k=\\n \\x00 $HOME `id`\n", "k", "\\n \\x00 $HOME `id`"},
	{"; comment\n#k=no\n\n \t\nk=v\n", "k", "v"},
	{"port.80.dnsNames=example.com,www.example.com\n", "port.80.dnsNames",
	 "example.com,www.example.com"},
	{"a_b-c+d@e/f=v\n", "a_b-c+d@e/f", "v"},
};

START_TEST(a_value_is_carried_as_it_is)
{
	struct document doc;

	accept_bytes(&doc, values[_i].text, strlen(values[_i].text));
	ck_assert_uint_eq(doc.n_entries, 1);
	check_value(&doc, values[_i].key, values[_i].value);
	document_free(&doc);
}
END_TEST

/* "k=" and so many bytes, then more lines. */
static char *
long_value(size_t len, size_t *out_len)
{
	static const char more[] = "\nrole=" MARKER "\n";
	char *text = malloc(len + 100);

	ck_assert_ptr_nonnull(text);
	memcpy(text, "k=", 2);
	for (size_t i = 0; i < len; i++)
		text[2 + i] = (char)('a' + i % 26);
	memcpy(text + 2, MARKER, strlen(MARKER));
	strcpy(text + 2 + len, more);
	*out_len = 2 + len + sizeof more - 1;
	return text;
}

START_TEST(a_value_of_64_kib_is_carried_whole)
{
	size_t len, value_len;
	char *text = long_value(DOCUMENT_VALUE_MAX, &len), *whole;
	const char *value;
	struct document doc;
	struct err e = ERR_INIT;

	whole = with_trailer(text, len, &len);
	ck_assert_msg(read_from((enum source)_i, whole, len, &doc, &e) == 0, "%s", e.msg);
	value = document_get(&doc, "k", &value_len);
	ck_assert_uint_eq(value_len, DOCUMENT_VALUE_MAX);
	ck_assert_int_eq(memcmp(value, text + 2, value_len), 0);
	check_value(&doc, "role", MARKER);
	document_free(&doc);
	free(text);
	free(whole);
}
END_TEST

START_TEST(one_byte_more_is_refused)
{
	size_t len;
	char *text = long_value(DOCUMENT_VALUE_MAX + 1, &len);

	refuse_bytes(text, len, ERR_UNSAFE, "line 1: the value is longer than 65536 bytes");
	free(text);
}
END_TEST

START_TEST(a_text_over_one_mib_is_refused)
{
	size_t len = DOCUMENT_TEXT_MAX + 1;
	char *text = malloc(len);

	ck_assert_ptr_nonnull(text);
	memset(text, '#', len);
	memcpy(text, "k=" MARKER "\n", 11);
	refuse_bytes(text, len, ERR_UNSAFE, "larger than 1048576 bytes");
	free(text);
}
END_TEST

START_TEST(a_text_of_one_mib_is_read)
{
	size_t len = DOCUMENT_TEXT_MAX;
	char *text = malloc(len);
	struct document doc;

	ck_assert_ptr_nonnull(text);
	memset(text, '#', len);
	memcpy(text, "k=v\n", 4);
	accept_bytes(&doc, text, len);
	check_value(&doc, "k", "v");
	document_free(&doc);
	free(text);
}
END_TEST

/* n keys, "k0=..." and so on. */
static char *
many_keys(int n, size_t *len)
{
	char *text = malloc((size_t)n * 32);

	ck_assert_ptr_nonnull(text);
	*len = 0;
	for (int i = 0; i < n; i++)
		*len += (size_t)sprintf(text + *len, "k%d=" MARKER "\n", i);
	return text;
}

START_TEST(a_byte_order_mark_is_no_part_of_the_text)
{
	static const char text[] = "\xef\xbb\xbfk=v\n[custom]\nc\n";
	struct document doc;

	accept_bytes(&doc, text, sizeof text - 1);
	ck_assert_str_eq(doc.entries[0].key, "k");
	ck_assert_uint_eq(doc.text.len, sizeof text - 1 - 3);
	ck_assert_int_eq(memcmp(secret_reveal(&doc.text) + doc.custom, "c\n", 2), 0);
	document_free(&doc);
}
END_TEST

START_TEST(as_many_keys_as_the_limit_are_read)
{
	size_t len;
	char *text = many_keys(DOCUMENT_KEYS_MAX, &len);
	struct document doc;

	accept_bytes(&doc, text, len);
	ck_assert_uint_eq(doc.n_entries, DOCUMENT_KEYS_MAX);
	check_value(&doc, "k4095", MARKER);
	document_free(&doc);
	free(text);
}
END_TEST

START_TEST(one_key_more_is_refused)
{
	size_t len;
	char *text = many_keys(DOCUMENT_KEYS_MAX + 1, &len);

	refuse_bytes(text, len, ERR_UNSAFE, "line 4097: more than 4096 keys");
	free(text);
}
END_TEST

#define NAME_150                                                                        \
	"n23456789.123456789.123456789.123456789.123456789.123456789.123456789.1234567" \
	"n23456789.123456789.123456789.123456789.123456789.123456789.123456789.123"

static const struct {
	const char *text;
	size_t len;
	const char *words;
} refused[] = {
#define REFUSED(text, words)                 \
	{                                    \
		text, sizeof text - 1, words \
	}
	REFUSED("", "holds no configuration key"),
	REFUSED("# nothing\n[enstratus]\n[custom]\nk=" MARKER "\n", "holds no configuration key"),
	REFUSED("a=b\nk=" MARKER "\0\n", "line 2: a NUL byte"),
	REFUSED("\0", "line 1: a NUL byte"),
	REFUSED("k=v\n[custom]\n\n" MARKER "\0", "line 4: a NUL byte"),
	REFUSED("k=v\nk2 =" MARKER "\n", "line 2: a blank before '='"),
	REFUSED("k\t=" MARKER "\n", "line 1: a blank before '='"),
	REFUSED("k x=" MARKER "\n", "line 1: the name"),
	REFUSED("k=v\n\n" MARKER "\n", "line 3: neither"),
	REFUSED("=" MARKER "\n", "line 1: there is no name"),
	REFUSED("k:" MARKER "\n", "line 1: neither"),
	REFUSED("k:x=" MARKER "\n", "line 1: the name"),
	REFUSED("k=v\n k=" MARKER "\n", "line 2: a line starts with a blank"),
	REFUSED("k=v\n\tcontinued " MARKER "\n", "line 2: a line starts with a blank"),
	REFUSED("k\xc3\xa9=" MARKER "\n", "line 1: the name"),
	REFUSED("k=1\n\xef\xbb\xbfk=" MARKER "\n", "line 2: the name"),
	REFUSED("k\x01=" MARKER "\n", "line 1: the name"),
	REFUSED(NAME_150 "x=" MARKER "\n", "line 1: the name"),
	REFUSED("k=" MARKER "\n[other]\na=" MARKER "\n",
		"line 3: section [other] is neither [enstratus] nor [custom]"),
	REFUSED("[enstratus\nk=" MARKER "\n", "line 1: a section heading"),
	REFUSED("[enstratus] x\nk=" MARKER "\n", "line 1: a section heading"),
	REFUSED("[]\nk=" MARKER "\n", "line 1: the section's name"),
	REFUSED("[custom]\nk=v\n[enstratus]\nk=" MARKER "\n",
		"line 3: section [enstratus] within [custom]"),
	REFUSED("k=v\n[custom]\n \t[enStratus]\nk=" MARKER "\n",
		"line 3: section [enstratus] within [custom]"),
};

START_TEST(what_cannot_be_carried_is_refused_with_its_line_and_no_value)
{
	refuse_bytes(refused[_i].text, refused[_i].len, ERR_UNSAFE, refused[_i].words);
}
END_TEST

START_TEST(a_name_of_150_bytes_is_read)
{
	struct document doc;

	ck_assert_uint_eq(strlen(NAME_150), 150);
	accept_bytes(&doc, NAME_150 "=v\n", 153);
	check_value(&doc, NAME_150, "v");
	document_free(&doc);
}
END_TEST

START_TEST(the_user_s_text_is_verbatim)
{
	static const char custom[] = "no key at all\n"
				     "  indented = yes ; really\n"
				     "[section of the user]\n"
				     "[unclosed\n"
				     "[enstratus\n"
				     "[]\n"
				     "[custom]\n"
				     "# [enstratus] in a comment\n"
				     "=\n"
				     "\n"
				     "\xff\xfe\x01 and the end";
	char text[500] = "k=v\n[custom]\n";
	struct document doc;

	strcat(text, custom);
	accept_bytes(&doc, text, strlen(text));
	ck_assert_uint_eq(doc.n_entries, 1);
	ck_assert_uint_eq(doc.text.len - doc.custom, sizeof custom - 1);
	ck_assert_int_eq(memcmp(secret_reveal(&doc.text) + doc.custom, custom, sizeof custom - 1),
			 0);
	document_free(&doc);
}
END_TEST

START_TEST(the_right_trailer_is_accepted_and_cut_off)
{
	size_t len;
	char *text = with_trailer(of_2011, sizeof of_2011 - 1, &len);
	struct document doc;
	struct err e = ERR_INIT;

	ck_assert_msg(read_from((enum source)_i, text, len, &doc, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(doc.text.len - doc.custom, strlen("colour=blue\n"));
	document_free(&doc);
	/* Nothing is lost with the last newline, nor by one of the other kind. */
	ck_assert_msg(read_from((enum source)_i, text, len - 1, &doc, &e) == 0, "%s", e.msg);
	document_free(&doc);
	text[len - 1] = '\r';
	text[len] = '\n';
	ck_assert_msg(read_from((enum source)_i, text, len + 1, &doc, &e) == 0, "%s", e.msg);
	document_free(&doc);
	free(text);
}
END_TEST

START_TEST(a_trailer_in_capitals_is_accepted)
{
	size_t len, start;
	char *text = with_trailer("k=v\n", 4, &len);
	struct document doc;
	struct err e = ERR_INIT;

	start = 4 + strlen("# sha256 ");
	for (size_t i = start; i < len; i++)
		if (text[i] >= 'a' && text[i] <= 'f')
			text[i] = (char)(text[i] - 32);
	ck_assert_msg(read_from(PIPE, text, len, &doc, &e) == 0, "%s", e.msg);
	document_free(&doc);
	free(text);
}
END_TEST

START_TEST(a_wrong_trailer_is_refused)
{
	size_t len;
	char *text = with_trailer(of_2010, sizeof of_2010 - 1, &len);
	struct document doc;
	struct err e = ERR_INIT;

	text[len - 2] = text[len - 2] == '0' ? '1' : '0';
	ck_assert_int_eq(read_from((enum source)_i, text, len, &doc, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CUT);
	ck_assert_ptr_nonnull(strstr(e.msg, "damaged"));
	document_free(&doc);
	free(text);
}
END_TEST

START_TEST(any_changed_byte_is_noticed)
{
	size_t len;
	char *text = with_trailer(of_2010, sizeof of_2010 - 1, &len);

	for (size_t i = 0; i < sizeof of_2010 - 1; i += 3) {
		struct document doc;
		struct err e = ERR_INIT;

		text[i] ^= 0x01;
		ck_assert_int_eq(read_from(PIPE, text, len, &doc, &e), -1);
		ck_assert_int_eq(e.kind, ERR_CUT);
		document_free(&doc);
		text[i] ^= 0x01;
	}
	free(text);
}
END_TEST

START_TEST(a_stream_without_its_trailer_is_refused_as_cut_off)
{
	struct document doc;
	struct err e = ERR_INIT;

	ck_assert_int_eq(read_from((enum source)_i, of_2010, sizeof of_2010 - 1, &doc, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CUT);
	ck_assert_int_eq(err_status(&e), 76);
	document_free(&doc);
}
END_TEST

START_TEST(a_regular_file_needs_no_trailer)
{
	struct document doc;

	accept_bytes(&doc, of_2010, sizeof of_2010 - 1);
	document_free(&doc);
}
END_TEST

START_TEST(a_text_behind_the_trailer_is_refused)
{
	size_t len;
	char *text = with_trailer("k=v\n", 4, &len);
	struct document doc;
	struct err e = ERR_INIT;

	strcpy(text + len, "k=" MARKER "\n");
	ck_assert_int_eq(read_from(PIPE, text, len + 11, &doc, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CUT);
	document_free(&doc);
	free(text);
}
END_TEST

/* The last newline alone is not missed: every byte before it is proven. */
START_TEST(every_truncation_of_a_stream_is_noticed)
{
	size_t len;
	char *text = with_trailer(of_2010, sizeof of_2010 - 1, &len);

	for (size_t cut = 0; cut < len - 1; cut++) {
		struct document doc;
		struct err e = ERR_INIT;

		ck_assert_msg(read_from((enum source)_i, text, cut, &doc, &e) == -1,
			      "accepted when cut at byte %zu", cut);
		ck_assert_int_eq(e.kind, ERR_CUT);
		document_free(&doc);
	}
	free(text);
}
END_TEST

START_TEST(a_long_text_in_two_halves_through_a_pipe_is_whole)
{
	size_t len, whole_len;
	char *text = many_keys(3000, &len), *whole = with_trailer(text, len, &whole_len);
	struct document doc;
	struct err e = ERR_INIT;

	ck_assert_uint_gt(whole_len, 40000);
	ck_assert_msg(read_from(PIPE, whole, whole_len, &doc, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(doc.n_entries, 3000);
	document_free(&doc);
	ck_assert_int_eq(read_from(PIPE, whole, whole_len / 2, &doc, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CUT);
	document_free(&doc);
	free(text);
	free(whole);
}
END_TEST

START_TEST(a_directory_is_no_configuration)
{
	struct document doc = DOCUMENT_INIT;
	struct err e = ERR_INIT;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(document_read(&doc, fd, "the test", &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSAFE);
	close(fd);
	document_free(&doc);
}
END_TEST

START_TEST(an_unknown_key_has_no_value)
{
	struct document doc;
	size_t len = 7;

	accept_bytes(&doc, "name=x\n", 7);
	ck_assert_ptr_null(document_get(&doc, "nam", &len));
	ck_assert_ptr_null(document_get(&doc, "Name", &len));
	document_free(&doc);
	document_free(&doc);
	ck_assert_ptr_null(document_get(&doc, "name", &len));
}
END_TEST

static const struct {
	const char *key;
	bool is_there;
} asked[] = {
	{"name", true},	  {"empty", true}, {"own", true},     {"own2", true},
	{"Name", false},  {"nam", false},  {"names", false},  {"none", false},
	{"value", false}, {"", false},	   {"a line", false}, {"last", true},
};

START_TEST(keys_are_asked_for_in_both_sections)
{
	struct document doc = DOCUMENT_INIT;
	struct err e = ERR_INIT;
	int fd = memfd_create("cfg", MFD_CLOEXEC);
	static const char text[] = "[enstratus]\nname=value\nempty=\n[custom]\nown=none=1\n"
				   "  own2 = x\na line\nlast=";

	ck_assert_int_eq(write(fd, text, sizeof text - 1), (ssize_t)(sizeof text - 1));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(document_read(&doc, fd, "test", &e) == 0, "%s", e.msg);
	ck_assert_int_eq(document_has(&doc, asked[_i].key), asked[_i].is_there);
	document_free(&doc);
	close(fd);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_test(tc, the_dialect_of_2010_is_read);
	tcase_add_test(tc, the_dialect_of_2011_is_read);
	tcase_add_test(tc, just_the_keys_are_enough);
	tcase_add_test(tc, the_last_of_repeated_keys_counts);
	tcase_add_loop_test(tc, a_value_is_carried_as_it_is, 0, sizeof values / sizeof *values);
	tcase_add_loop_test(tc, a_value_of_64_kib_is_carried_whole, REGULAR, SOCKET + 1);
	tcase_add_test(tc, one_byte_more_is_refused);
	tcase_add_test(tc, a_text_over_one_mib_is_refused);
	tcase_add_test(tc, a_text_of_one_mib_is_read);
	tcase_add_test(tc, a_byte_order_mark_is_no_part_of_the_text);
	tcase_add_test(tc, as_many_keys_as_the_limit_are_read);
	tcase_add_test(tc, one_key_more_is_refused);
	tcase_add_loop_test(tc, what_cannot_be_carried_is_refused_with_its_line_and_no_value, 0,
			    sizeof refused / sizeof *refused);
	tcase_add_test(tc, a_name_of_150_bytes_is_read);
	tcase_add_test(tc, the_user_s_text_is_verbatim);
	tcase_add_loop_test(tc, the_right_trailer_is_accepted_and_cut_off, REGULAR, SOCKET + 1);
	tcase_add_test(tc, a_trailer_in_capitals_is_accepted);
	tcase_add_loop_test(tc, a_wrong_trailer_is_refused, REGULAR, SOCKET + 1);
	tcase_add_test(tc, any_changed_byte_is_noticed);
	tcase_add_loop_test(tc, a_stream_without_its_trailer_is_refused_as_cut_off, PIPE,
			    SOCKET + 1);
	tcase_add_test(tc, a_regular_file_needs_no_trailer);
	tcase_add_test(tc, a_text_behind_the_trailer_is_refused);
	tcase_add_loop_test(tc, every_truncation_of_a_stream_is_noticed, PIPE, SOCKET + 1);
	tcase_add_test(tc, a_long_text_in_two_halves_through_a_pipe_is_whole);
	tcase_add_test(tc, a_directory_is_no_configuration);
	tcase_add_test(tc, an_unknown_key_has_no_value);
	tcase_add_loop_test(tc, keys_are_asked_for_in_both_sections, 0,
			    sizeof asked / sizeof *asked);
}
