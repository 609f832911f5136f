/* SPDX-License-Identifier: MIT */
/* test_writer - the canonical enstratus.cfg: its order, and what hooks of 2010 grep out of it. */
#include "cfg/writer.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests.h"

/* 2010-02-05 01:29:06 UTC: the contract's own example. */
#define MOMENT 1265333346
#define HEAD                                         \
	"# enStratus service configuration file\n"   \
	"# Generated Fri Feb 05 01:29:06 UTC 2010\n" \
	"[enstratus]\n"

static struct document
document_of(const char *text, size_t len)
{
	struct document doc = DOCUMENT_INIT;
	struct err e = ERR_INIT;
	int fd = memfd_create("cfg", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(document_read(&doc, fd, "the test", &e) == 0, "%s", e.msg);
	close(fd);
	return doc;
}

/* The canonical form of a text, terminated; the caller frees it. */
static char *
generate(const char *text)
{
	struct document doc = document_of(text, strlen(text));
	struct secret out = SECRET_INIT;
	struct err e = ERR_INIT;
	char *copy;

	ck_assert_int_eq(writer_generate(&doc, MOMENT, &out, &e), 0);
	copy = strndup(secret_reveal(&out), out.len);
	ck_assert_ptr_nonnull(copy);
	secret_free(&out);
	document_free(&doc);
	return copy;
}

static void
check_output(const char *text, const char *expected)
{
	char *out = generate(text);

	ck_assert_str_eq(out, expected);
	free(out);
}

/* Every key of the contract's section 6, in its order. */
static const char *const ordered[] = {
	"serverId=48914\n",
	"serviceId=a7464\n",
	"name=Wordpress\n",
	"customerId=c100\n",
	"port.80.protocol=TCP\n",
	"port.80.publicPort=80\n",
	"port.80.privatePort=8080\n",
	"port.80.dnsNames=example.com,www.example.com\n",
	"addresses=10.1.2.3\n",
	"runAsUser=www\n",
	"userId=c100\n",
	"role=master\n",
	"dependencies=DATA_SOURCE-1426\n",
	"dependency.DATA_SOURCE-1426.dependencyType=DATA_SOURCE\n",
	"dependency.DATA_SOURCE-1426.dependencyName=wordpress\n",
	"dependency.DATA_SOURCE-1426.databaseType=VM_DYNAMIC\n",
	"dependency.DATA_SOURCE-1426.readHosts=10.0.0.5\n",
	"dependency.DATA_SOURCE-1426.writeHosts=10.0.0.5\n",
	"dependency.DATA_SOURCE-1426.user=wp\n",
	"dependency.DATA_SOURCE-1426.password=pw\n",
	"serviceKeys=admin\n",
	"serviceKey.admin.user=root\n",
	"serviceKey.admin.password=pw2\n",
	"customer.own=stands before the deprecated ones\n",
	"protocol=TCP\n",
	"publicPort=80\n",
	"privatePort=8080\n",
	"proxyPort=80\n",
	"primaryAddress=10.1.2.3\n",
	"dataSources=wordpress\n",
	"dataSource.wordpress.read=10.0.0.5\n",
	"dataSource.wordpress.write=10.0.0.5\n",
	"dataSource.wordpress.serviceUser=wp\n",
	"dataSource.wordpress.servicePassword=pw\n",
};

#define N_ORDERED (sizeof ordered / sizeof *ordered)
#define FIRST_DEPRECATED 24

static void
expected_text(char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "%s", HEAD);

	for (size_t i = 0; i < N_ORDERED; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
				      i == FIRST_DEPRECATED ? "#BEGIN DEPRECATED SECTION\n" : "",
				      ordered[i]);
	snprintf(out + n, size - n, "#END DEPRECATED SECTION\n[custom]\n");
}

START_TEST(keys_in_any_order_come_out_in_the_contract_s)
{
	size_t order[N_ORDERED], n = 0;
	char text[4096], expected[4096];
	uint32_t x = (uint32_t)_i * 7919u + 1;

	for (size_t i = 0; i < N_ORDERED; i++)
		order[i] = i;
	for (size_t i = N_ORDERED - 1; i > 0 && _i; i--) {
		size_t k, swapped = order[i];

		x = x * 1664525u + 1013904223u;
		k = (x >> 8) % (i + 1);
		order[i] = order[k];
		order[k] = swapped;
	}
	for (size_t i = 0; i < N_ORDERED; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s", ordered[order[i]]);
	expected_text(expected, sizeof expected);
	check_output(text, expected);
}
END_TEST

START_TEST(groups_come_in_the_order_given_each_in_one_piece)
{
	check_output("port.443.privatePort=8443\n"
		     "port.80.publicPort=80\n"
		     "dependency.B.user=b\n"
		     "port.443.publicPort=443\n"
		     "port.8.publicPort=8\n"
		     "dependency.A.user=a\n"
		     "dependency.B.dependencyType=SERVICE\n"
		     "port.80.protocol=TCP\n",
		     HEAD "port.443.publicPort=443\n"
			  "port.443.privatePort=8443\n"
			  "port.80.protocol=TCP\n"
			  "port.80.publicPort=80\n"
			  "port.8.publicPort=8\n"
			  "dependency.B.dependencyType=SERVICE\n"
			  "dependency.B.user=b\n"
			  "dependency.A.user=a\n"
			  "[custom]\n");
}
END_TEST

START_TEST(an_unknown_field_of_a_group_stays_with_it)
{
	check_output("port.80.colour=blue\nrole=r\nport.80.protocol=TCP\nport.81.x=y\n",
		     HEAD "port.80.protocol=TCP\nport.80.colour=blue\nport.81.x=y\nrole=r\n"
			  "[custom]\n");
}
END_TEST

START_TEST(a_group_s_name_may_have_dots)
{
	check_output("dataSource.my.db.write=w\ndataSource.my.db.read=r\ndataSource.my.read=q\n",
		     HEAD "dataSource.my.db.read=r\ndataSource.my.db.write=w\n"
			  "dataSource.my.read=q\n[custom]\n");
}
END_TEST

START_TEST(odd_keys_of_a_prefix_are_kept_too)
{
	check_output("port.=a\nport.80=b\nport..c=d\ndependency.x.=e\n",
		     HEAD "dependency.x.=e\nport.=a\nport.80=b\nport..c=d\n[custom]\n");
}
END_TEST

static const char of_2010[] = "# enStratus service configuration file\n"
			      "# Generated Thu Jan 01 00:00:00 UTC 2009\n"
			      "[enstratus]\n"
			      "serverId=48914\n"
			      "serviceId=a7464\n"
			      "name=Wordpress\n"
			      "customerId=c100\n"
			      "port.80.protocol=TCP\n"
			      "port.80.publicPort=80\n"
			      "port.80.privatePort=8080\n"
			      "runAsUser=www\n"
			      "primaryAddress=10.1.2.3\n"
			      "dataSources=wordpress\n"
			      "dataSource.wordpress.read=10.0.0.5\n"
			      "dataSource.wordpress.write=10.0.0.6\n"
			      "dataSource.wordpress.serviceUser=wp\n"
			      "dataSource.wordpress.servicePassword=pw\n"
			      "[custom]\n";

START_TEST(an_input_of_2010_gives_a_file_of_2010)
{
	const char *keys = strstr(of_2010, "serverId");
	char *out = generate(of_2010);

	ck_assert_ptr_null(strstr(out, "DEPRECATED"));
	ck_assert_ptr_null(strstr(out, "dependenc"));
	ck_assert_ptr_null(strstr(out, "serviceKey"));
	ck_assert_int_eq(strncmp(out, HEAD, strlen(HEAD)), 0);
	ck_assert_str_eq(out + strlen(HEAD), keys);
	free(out);
}
END_TEST

/* What `grep KEY $2 | cut -f 2 -d=` of a published hook yields. */
static const struct {
	const char *key, *value;
} greps[] = {
	{"serverId", "48914"},	   {"serviceId", "a7464"},	 {"name", "Wordpress"},
	{"read", "10.0.0.5"},	   {"write", "10.0.0.6"},	 {"serviceUser", "wp"},
	{"servicePassword", "pw"}, {"dataSources", "wordpress"}, {"primaryAddress", "10.1.2.3"},
	{"publicPort", "80"},	   {"privatePort", "8080"},
};

START_TEST(an_unanchored_grep_of_2010_finds_one_line)
{
	char *out = generate(of_2010), *line, *rest = NULL;
	const char *found = NULL;
	char value[64] = "";

	for (line = strtok_r(out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strstr(line, greps[_i].key))
			continue;
		ck_assert_msg(!found, "'%s' is in '%s' and in '%s'", greps[_i].key, found, line);
		found = line;
		ck_assert_ptr_nonnull(strchr(line, '='));
		snprintf(value, sizeof value, "%s", strchr(line, '=') + 1);
	}
	ck_assert_str_eq(value, greps[_i].value);
	free(out);
}
END_TEST

START_TEST(no_line_of_ours_holds_a_word_that_hooks_look_for)
{
	static const char *const words[] = {
		"name",		  "read",	 "write",	"serverId",
		"serviceId",	  "serviceUser", "dataSources", "servicePassword",
		"primaryAddress", "publicPort",	 "privatePort"};
	/* New and deprecated keys, so that the marks are there, and none with one of the words. */
	char *out = generate("dependencies=x\nprotocol=TCP\n[custom]\n");

	ck_assert_ptr_nonnull(strstr(out, "#BEGIN DEPRECATED SECTION\n"));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		ck_assert_msg(!strstr(out, words[i]), "'%s' in '%s'", words[i], out);
	free(out);
}
END_TEST

START_TEST(the_marks_need_both_newer_and_deprecated_keys)
{
	check_output("protocol=TCP\nrole=r\n", HEAD "role=r\nprotocol=TCP\n[custom]\n");
	check_output("dependencies=d\nrole=r\n", HEAD "role=r\ndependencies=d\n[custom]\n");
	check_output("protocol=TCP\nserviceKeys=k\n",
		     HEAD "serviceKeys=k\n#BEGIN DEPRECATED SECTION\nprotocol=TCP\n"
			  "#END DEPRECATED SECTION\n[custom]\n");
}
END_TEST

START_TEST(the_user_s_text_comes_last_and_verbatim)
{
	check_output("name=x\n[custom]\nzeta = 1\n[other]\n  # odd\n\n\nalpha\n",
		     HEAD "name=x\n[custom]\nzeta = 1\n[other]\n  # odd\n\n\nalpha\n");
	/* A last line without its end gets one; carriage returns are gone. */
	check_output("name=x\r\n[custom]\r\nzeta = 1\r\nalpha",
		     HEAD "name=x\n[custom]\nzeta = 1\nalpha\n");
}
END_TEST

START_TEST(values_are_written_as_they_are)
{
	check_output("name= a=b;c#d 'e' \"f\" \xc3\xa9 \nrole=\n",
		     HEAD "name= a=b;c#d 'e' \"f\" \xc3\xa9 \nrole=\n[custom]\n");
}
END_TEST

START_TEST(a_repeated_key_is_written_once_with_its_last_value)
{
	check_output("role=a\nname=x\nrole=b\n", HEAD "name=x\nrole=b\n[custom]\n");
}
END_TEST

static const struct {
	time_t moment;
	const char *line;
} dates[] = {
	{MOMENT, "# Generated Fri Feb 05 01:29:06 UTC 2010\n"},
	{0, "# Generated Thu Jan 01 00:00:00 UTC 1970\n"},
	{951782399, "# Generated Mon Feb 28 23:59:59 UTC 2000\n"},
	{951782400, "# Generated Tue Feb 29 00:00:00 UTC 2000\n"},
	{4102444800, "# Generated Fri Jan 01 00:00:00 UTC 2100\n"},
};

START_TEST(the_second_line_is_the_date_in_utc)
{
	struct document doc = document_of("name=x\n", 7);
	struct secret out = SECRET_INIT;
	struct err e = ERR_INIT;
	const char *second;

	ck_assert_int_eq(setenv("TZ", "Asia/Tokyo", 1), 0);
	tzset();
	ck_assert_int_eq(writer_generate(&doc, dates[_i].moment, &out, &e), 0);
	second = memchr(secret_reveal(&out), '\n', out.len);
	ck_assert_ptr_nonnull(second);
	ck_assert_int_eq(strncmp(second + 1, dates[_i].line, strlen(dates[_i].line)), 0);
	secret_free(&out);
	document_free(&doc);
}
END_TEST

START_TEST(what_is_written_reads_back_the_same)
{
	char text[4096], *once, *twice;

	expected_text(text, sizeof text);
	strncat(text, "own = text\n[heading]\n", sizeof text - strlen(text) - 1);
	once = generate(text);
	ck_assert_str_eq(once, text);
	twice = generate(once);
	ck_assert_str_eq(twice, once);
	free(once);
	free(twice);
}
END_TEST

START_TEST(a_value_of_64_kib_is_written_whole)
{
	size_t len = DOCUMENT_VALUE_MAX;
	char *text = malloc(len + 20), *out;

	ck_assert_ptr_nonnull(text);
	memcpy(text, "role=", 5);
	memset(text + 5, 'x', len);
	memcpy(text + 5 + len, "\n", 2);
	out = generate(text);
	ck_assert_uint_eq(strlen(out), strlen(HEAD) + 5 + len + 1 + strlen("[custom]\n"));
	ck_assert_int_eq(strncmp(out + strlen(HEAD), text, len + 6), 0);
	free(out);
	free(text);
}
END_TEST

START_TEST(the_text_is_appended_to_what_is_there)
{
	struct document doc = document_of("name=x\n", 7);
	struct secret out = SECRET_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(secret_append(&out, "before\n", 7, &e), 0);
	ck_assert_int_eq(writer_generate(&doc, MOMENT, &out, &e), 0);
	ck_assert_int_eq(memcmp(secret_reveal(&out), "before\n# enStratus", 18), 0);
	secret_free(&out);
	document_free(&doc);
}
END_TEST

/* As many keys as a document may have, two to a group, the fields and the groups out of order. */
START_TEST(as_many_groups_as_fit_are_all_written_in_order)
{
	enum { N_GROUPS = DOCUMENT_KEYS_MAX / 2, STEP = 1021 }; /* without a common divisor */
	char *text = malloc(DOCUMENT_KEYS_MAX * 40), *out, *p;
	size_t n = 0;

	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < N_GROUPS; i++)
		n += (size_t)snprintf(text + n, 40, "dependency.%d.password=p\n",
				      i * STEP % N_GROUPS);
	for (int i = 0; i < N_GROUPS; i++)
		n += (size_t)snprintf(text + n, 40, "dependency.%d.user=u\n", i);
	out = generate(text);
	p = out + strlen(HEAD);
	for (int i = 0; i < N_GROUPS; i++) {
		char group[80];

		snprintf(group, sizeof group,
			 "dependency.%1$d.user=u\ndependency.%1$d.password=p\n",
			 i * STEP % N_GROUPS);
		ck_assert_int_eq(strncmp(p, group, strlen(group)), 0);
		p += strlen(group);
	}
	ck_assert_str_eq(p, "[custom]\n");
	free(out);
	free(text);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, keys_in_any_order_come_out_in_the_contract_s, 0, 50);
	tcase_add_test(tc, groups_come_in_the_order_given_each_in_one_piece);
	tcase_add_test(tc, an_unknown_field_of_a_group_stays_with_it);
	tcase_add_test(tc, a_group_s_name_may_have_dots);
	tcase_add_test(tc, odd_keys_of_a_prefix_are_kept_too);
	tcase_add_test(tc, an_input_of_2010_gives_a_file_of_2010);
	tcase_add_loop_test(tc, an_unanchored_grep_of_2010_finds_one_line, 0,
			    sizeof greps / sizeof *greps);
	tcase_add_test(tc, no_line_of_ours_holds_a_word_that_hooks_look_for);
	tcase_add_test(tc, the_marks_need_both_newer_and_deprecated_keys);
	tcase_add_test(tc, the_user_s_text_comes_last_and_verbatim);
	tcase_add_test(tc, values_are_written_as_they_are);
	tcase_add_test(tc, a_repeated_key_is_written_once_with_its_last_value);
	tcase_add_loop_test(tc, the_second_line_is_the_date_in_utc, 0,
			    sizeof dates / sizeof *dates);
	tcase_add_test(tc, what_is_written_reads_back_the_same);
	tcase_add_test(tc, a_value_of_64_kib_is_written_whole);
	tcase_add_test(tc, the_text_is_appended_to_what_is_there);
	tcase_add_test(tc, as_many_groups_as_fit_are_all_written_in_order);
}
