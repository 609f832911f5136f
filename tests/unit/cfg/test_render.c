/* SPDX-License-Identifier: MIT */
/* test_render - a template filled in with the values of a configuration. */
#include "cfg/render.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests.h"

#define CONFIG                                                                                 \
	"name=Shop\nempty=\nports=80,443\none=only\ncommas=,a,,b\nport.80.use=web\n"           \
	"port.443.use=tls\nport.80.nodes=n1,n2\nport.443.nodes=n3\nodd=it's \"a\\b\" <&> $x\n" \
	"[custom]\ntitle = old\ntitle= new one\n"

static struct document doc;
static struct secret out;
static struct err err;

static void
begin(void)
{
	int fd = memfd_create("cfg", MFD_CLOEXEC);

	doc = DOCUMENT_INIT;
	out = SECRET_INIT;
	err = ERR_INIT;
	ck_assert_int_eq(write(fd, CONFIG, sizeof CONFIG - 1), sizeof CONFIG - 1);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(document_read(&doc, fd, "the test", &err) == 0, "%s", err.msg);
	close(fd);
}

static void
end(void)
{
	secret_free(&out);
	document_free(&doc);
}

static const struct {
	const char *template, *expected;
} good[] = {
	{"", ""},
	{"no tag } { }} {", "no tag } { }} {"},
	{"a {{name}} b", "a Shop b"},
	{"{{ name }}{{name}}", "ShopShop"},
	{"{{name|x}} {{nope|x}} {{empty|a b}} {{nope|}}.", "Shop x a b ."},
	{"{{custom.title}}", " new one"},
	{"{{shell odd}}", "'it'\\''s \"a\\b\" <&> $x'"},
	{"{{sql odd}}", "'it''s \"a\\\\b\" <&> $x'"},
	{"{{json odd}}", "\"it's \\\"a\\\\b\\\" <&> $x\""},
	{"<a b='{{xml odd}}'/>", "<a b='it&#39;s &quot;a\\b&quot; &lt;&amp;&gt; $x'/>"},
	{"{{sql nope|it's}}", "'it''s'"},
	{"[{{#list ports}}{{.}};{{/list}}]", "[80;443;]"},
	{"{{#list one}}<{{.}}>{{/list}}", "<only>"},
	{"{{#list commas}}<{{.}}>{{/list}}", "<><a><><b>"},
	{"a\n  {{#list ports}}\n  {{.}} {{port.{.}.use}}\n  {{/list}}\nb\n",
	 "a\n  80 web\n  443 tls\nb\n"},
	{"{{#list ports}}{{shell .}} {{port.{.}.nope|none}},{{/list}}", "'80' none,'443' none,"},
	{"{{#list ports}}{{#list port.{.}.nodes}}{{.}} {{/list}}{{.}}|{{/list}}",
	 "n1 n2 80|n3 443|"},
	{"a {{#list nope}}{{missing}} {{#list port.{.}.x}}{{.}}{{/list}}{{/list}}b", "a b"},
	{"a  \n{{#list empty}}\n  b\n{{/list}}\nc", "a  \nc"},
	{"{\"a\":{{json nope|}}}", "{\"a\":\"\"}"},
	{"{{nope|{}}}", "{}"},
	{"{{#list ports}}{{port.{.}|{.}}}{{/list}}", "{.}{.}"},
};

START_TEST(a_template_is_filled_in)
{
	ck_assert_msg(render_template(&doc, good[_i].template, strlen(good[_i].template), &out,
				      &err) == 0,
		      "%s", err.msg);
	ck_assert_msg(
		out.len == strlen(good[_i].expected) &&
			(!out.len || memcmp(secret_edit(&out), good[_i].expected, out.len) == 0),
		"got '%.*s'", (int)out.len, secret_edit(&out) ? secret_reveal(&out) : "");
}
END_TEST

static const struct {
	const char *template;
	int status;
	const char *says;
} bad[] = {
	{"a\nb {{nope}}", 78, "line 2: the configuration lacks 'nope'"},
	{"{{sql empty}}", 78, "lacks 'empty'"},
	{"{{#list ports}}{{port.{.}.nope}}{{/list}}", 78, "lacks 'port.{.}.nope'"},
	{"{{name", 65, "no end of the tag"},
	{"{{port.{|x}}", 65, "no end of the tag"},
	{"{{name\n}}", 65, "no end of the tag"},
	{"{{}}", 65, "cannot be read"},
	{"{{a b c}}", 65, "unknown language 'a'"},
	{"{{shell name more}}", 65, "cannot be read"},
	{"{{python name}}", 65, "unknown language 'python'"},
	{"{{#if name}}", 65, "cannot be read"},
	{"{{#list}}", 65, "cannot be read"},
	{"{{/list}}", 65, "nothing is open"},
	{"{{#list ports}}a", 65, "has no {{/list}}"},
	{"{{#list nope}}a", 65, "has no {{/list}}"},
	{"{{.}}", 78, "lacks '.'"},
	{"{{#list one}}{{#list one}}{{#list one}}{{#list one}}{{#list one}}", 65, "too many loops"},
};

START_TEST(what_cannot_be_filled_in_is_refused)
{
	ck_assert_int_eq(
		render_template(&doc, bad[_i].template, strlen(bad[_i].template), &out, &err), -1);
	ck_assert_int_eq(err_status(&err), bad[_i].status);
	ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(a_key_with_a_nul_is_none)
{
	static const char template[] = "{{name\0\t|x}}";

	ck_assert_int_eq(render_template(&doc, template, sizeof template - 1, &out, &err), 0);
	ck_assert_uint_eq(out.len, 1);
	ck_assert_int_eq(secret_edit(&out)[0], 'x');
}
END_TEST

START_TEST(a_key_that_grows_too_long_is_refused)
{
	char template[512];

	snprintf(template, sizeof template, "{{#list one}}{{%0250d{.}{.}}}{{/list}}", 0);
	ck_assert_int_eq(render_template(&doc, template, strlen(template), &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "too long a key"));
}
END_TEST

START_TEST(loops_that_would_not_end_are_ended)
{
	static const char template[] = "{{#list v}}{{#list v}}{{#list v}}{{#list v}}"
				       "{{/list}}{{/list}}{{/list}}{{/list}}";
	char value[128];
	int fd = memfd_create("cfg", MFD_CLOEXEC);

	end();
	memset(value, ',', sizeof value);
	memcpy(value, "v=", 2);
	ck_assert_int_eq(write(fd, value, sizeof value), sizeof value);
	lseek(fd, 0, SEEK_SET);
	ck_assert_int_eq(document_read(&doc, fd, "the test", &err), 0);
	close(fd);
	ck_assert_int_eq(render_template(&doc, template, strlen(template), &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "turn more than"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_template_is_filled_in, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(tc, what_cannot_be_filled_in_is_refused, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tc, a_key_with_a_nul_is_none);
	tcase_add_test(tc, a_key_that_grows_too_long_is_refused);
	tcase_add_test(tc, loops_that_would_not_end_are_ended);
}
