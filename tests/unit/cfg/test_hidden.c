/* SPDX-License-Identifier: MIT */
/* test_hidden - the values that are secret are told by their keys, and found in all their forms. */
#include "cfg/hidden.h"

#include <sys/mman.h>
#include <unistd.h>

#include "scratch_mask.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The document of a text; it needs no trailer, for it is a regular file's. */
static struct document
document_of(const char *text)
{
	struct document doc = DOCUMENT_INIT;
	struct err e = ERR_INIT;
	int fd = memfd_create("cfg", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(document_read(&doc, fd, "test", &e) == 0, "%s", e.msg);
	close(fd);
	return doc;
}

/* The last of them is longer than any key. */
#define Q10 "qqqqqqqqqq"
#define Q50 Q10 Q10 Q10 Q10 Q10
#define PATTERNS "my.tok*,pin  *.port custom.door my?token [" Q50 Q50 Q50 "]uick"

static const struct {
	const char *cfg, *text, *expected;
} documents[] = {
	{"dependency.D.password=pw1\n", "pw1", "***"},
	{"dataSource.d.servicePassword=pw1\n", "pw1", "***"},
	{"DB_PASSWORD=pw1\n", "pw1", "***"},
	{"clientSecret=pw1\n", "pw1", "***"},
	{"A_SECRET=pw1\n", "pw1", "***"},
	{"serviceKey.admin.user=root1\n", "root1", "***"},
	{"serviceKey.admin.password=pw1\n", "pw1", "***"},
	{"serviceKeys=admin1\n", "admin1", "admin1"},
	{"runAsUser=www-data\n", "www-data", "www-data"},
	{"servicePassword=\nname=x\n", "x", "x"},
	{"name=a=b\npassword=p=q;r\n", "p=q;r a=b", "*** a=b"},
	{"name=x\n[custom]\ntoken=12345678\n", "is 12345678", "is ***"},
	{"name=x\n[custom]\nother=1234567\n", "is 1234567", "is 1234567"},
	{"db.passwd=pw1\nDB_PASS=pw2\nsmtpPass=pw3\n", "pw1 pw2 pw3", "*** *** ***"},
	{"apiKey=k1\nAPI_KEY2=k2\nx.private-key=k3\n", "k1 k2 k3", "*** *** ***"},
	{"access_token=t1\nCREDENTIALS=t2\nPassPhrase=t3\n", "t1 t2 t3", "*** *** ***"},
	{"passenger=p1\nbypass=p2\nkeyboard=p3\n", "p1 p2 p3", "p1 p2 p3"},
	{"name=x\n[custom]\na whole line\n", "say a whole line.", "say ***."},
	{"name=x\n[custom]\n# apiToken=commented1\n", "commented1", "***"},
	{"name=x\n[custom]\ndbPassword=hunt3r2\n", "is hunt3r2", "is ***"},
	{"name=x\n[custom]\nquoted='hunter2hunter2'\n", "is hunter2hunter2", "is ***"},
	{"name=x\n[custom]\ntoken= 12345678 ", "is 12345678", "is ***"},
	{"name=x\nmy.port=81\npin=99\nport=82\n", "81 99 82", "*** *** 82"},
	{"name=x\n[custom]\npin=1234\nspin=5678\nmy.token=a\n", "1234 5678 a", "*** 5678 ***"},
	{"quick=77\n", "77", "***"},
	{"name=x\n[custom]\n#pin = 1234\n", "1234", "***"},
	{"name=x\n[custom]\n  export pin=1234\n", "1234", "***"},
	{"name=x\n[custom]\npins=1234\npin x=5678\na/pin=9012", "1234 5678 9012", "1234 5678 9012"},
	{"name=x\ndoor=1234\n[custom]\ndoor=5678\n", "1234 5678", "1234 ***"},
	{"name=x\n[custom]\nmy token=12\nlong=34\n", "12 34", "*** 34"},
	{"password=hunter2\n", "aHVudGVyMg== 68756e74657232", "*** ***"},
	{"password=hunter2\n", "user:hunter2 is dXNlcjpodW50ZXIy", "user:*** is dXNlcjp***"},
	{"password=a&b c'd\n", "a%26b%20c%27d a%26b+c%27d", "*** ***"},
	{"password=a&b c'd\n", "a\\&b\\ c\\'d 'a&b c'\\''d'", "*** '***'"},
	{"password=a\"b\\cdef\n", "{\"p\": \"a\\\"b\\\\cdef\"}", "{\"p\": \"***\"}"},
	{"password=a<b>&\"'\n", "a&lt;b&gt;&amp;&quot;&#39; a&lt;b&gt;&amp;&quot;&apos;",
	 "*** ***"},
	{"name=x\n[custom]\nx=hunter2hunter2\n", "aHVudGVyMmh1bnRlcjI=", "***"},
};

START_TEST(the_secrets_of_a_document_are_told_by_their_keys)
{
	struct document doc = document_of(documents[_i].cfg);
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(hidden_add_document(&m, &doc, PATTERNS, &e), 0);
	mask_finish(&m);
	check_masked(m, documents[_i].text, documents[_i].expected);
	document_free(&doc);
}
END_TEST

/* Values that are too many for all of their forms: no plain one is left out. */
START_TEST(forms_have_an_end_and_plain_values_have_none)
{
	enum { N = 15, LEN = 60000 };
	char *cfg = malloc(N * (LEN + 20) + 1), *at = cfg;
	struct document doc;
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;
	struct got got;

	for (int i = 0; i < N; i++) {
		at += sprintf(at, "%s%d=", i == 1 ? "[custom]\nk" : i ? "k" : "password", i);
		fill_long(at, LEN);
		at[0] = (char)('A' + i);
		at[LEN] = '\n';
		at += LEN + 1;
	}
	*at = '\0';
	doc = document_of(cfg);
	ck_assert_int_eq(hidden_add_document(&m, &doc, NULL, &e), 0);
	mask_finish(&m);
	ck_assert_uint_gt(m.n_left_out, 0);
	ck_assert_uint_le(m.automaton.n_nodes, HIDDEN_NODES_MAX);
	for (int i = 0; i < N; i++) {
		const char *value = memchr(cfg, 'A' + i, (size_t)(at - cfg));

		got = feed_in_steps(&m, value, LEN, 16384);
		check_text(&got, "***");
		free(got.text);
	}
	mask_free(&m);
	document_free(&doc);
	free(cfg);
}
END_TEST

/* By which names the bytes are known, in pieces of any size. */
static void
search(const struct mask *m, const char *text, size_t step, char names[static 256])
{
	size_t len = strlen(text);
	struct mask_search s;
	struct err e = ERR_INIT;

	ck_assert_int_eq(mask_search_open(&s, m, &e), 0);
	for (size_t i = 0; i < len; i += step)
		mask_search(&s, text + i, len - i < step ? len - i : step);
	names[0] = '\0';
	for (size_t i = 0; i < m->n_names; i++)
		if (s.found[i])
			strcat(strcat(names, names[0] ? "," : ""), m->names[i]);
	mask_search_close(&s);
}

static const struct {
	const char *text, *names;
} searched[] = {
	{"", ""},
	{"nothing", ""},
	{"x hunter2 y", "a.password"},
	{"x hunter2sesame-3 y", "a.password,b.password"},
	{"xysesame-3", "b.password,c.password"},
	{"pw1", ""}, /* too short to be told from chance */
	{"aHVudGVyMg==", "a.password"},
	{"hunt\ner2", "a.password"},
	{"12345678 and a whole line", "token,[custom], line 8"},
};

START_TEST(values_are_found_by_name)
{
	struct document doc = document_of("a.password=hunter2\nb.password=sesame-3\n"
					  "c.password=xysesame-3\nd.password=pw1\nname=nothing\n"
					  "[custom]\ntoken=12345678\na whole line\n");
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;
	char names[256];

	ck_assert_int_eq(hidden_add_document(&m, &doc, NULL, &e), 0);
	mask_finish(&m);
	for (size_t step = 1; step < 30; step++) {
		search(&m, searched[_i].text, step, names);
		ck_assert_str_eq(names, searched[_i].names);
	}
	mask_free(&m);
	document_free(&doc);
}
END_TEST

/* People are told names, so what looks like none, and may be a secret, is none. */
START_TEST(values_have_the_names_of_their_keys)
{
	static const char *const names[] = {"DB_PASSWORD",
					    "token",
					    "pin",
					    "quoted",
					    "[custom], line 7",
					    "API_KEY",
					    "[custom], line 9",
					    "[custom], line 10"};
	struct document doc = document_of("name=x\n"
					  "DB_PASSWORD=pw1\n"
					  "[custom]\n"
					  "token=12345678\n"
					  "# pin = 1234567890\n"
					  "quoted='12345678'\n"
					  "a line without a key\n"
					  "export API_KEY=12345678\n"
					  "https://user:pw@host/?a=12345678\n"
					  "=12345678\n");
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(hidden_add_document(&m, &doc, NULL, &e), 0);
	ck_assert_uint_eq(m.n_names, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		ck_assert_str_eq(m.names[i], names[i]);
	mask_free(&m);
	document_free(&doc);
}
END_TEST

static const char *const formed[][2] = {
	{"Y3VzdG9tIG9uZQ==", "one"},
	{"68756e7465723232", "a.password,b.password"},
	{"YW5vdGhlciB2YWx1ZQ", "last.secret"},
	{"IGFub3RoZXIgdmFsdWU=", "last.secret"},
};

/* Of the walks over a document each has the same names. */
START_TEST(forms_are_found_by_the_name_of_their_value)
{
	struct document doc = document_of("a.password=hunter22\n"
					  "empty.password=\n"
					  "last.secret= another value\n"
					  "b.password=hunter22\n"
					  "[custom]\n"
					  "one=custom one\n");
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;
	char names[256];

	ck_assert_int_eq(hidden_add_document(&m, &doc, NULL, &e), 0);
	mask_finish(&m);
	search(&m, formed[_i][0], 5, names);
	ck_assert_str_eq(names, formed[_i][1]);
	mask_free(&m);
	document_free(&doc);
}
END_TEST

/* What is secret by its key has its forms first, wherever it stands. */
START_TEST(forms_of_custom_values_are_left_out_first)
{
	enum { N = 15, LEN = 60000 };
	char *cfg = malloc((N + 1) * (LEN + 20)), *at = cfg;
	struct document doc;
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;
	struct got got;

	at += sprintf(at, "name=x\n[custom]\n");
	for (int i = 0; i < N; i++) {
		at += sprintf(at, "k%d=", i);
		fill_long(at, LEN);
		at[0] = (char)('A' + i);
		at[LEN] = '\n';
		at += LEN + 1;
	}
	sprintf(at, "myPassword=hunter2\n");
	doc = document_of(cfg);
	ck_assert_int_eq(hidden_add_document(&m, &doc, NULL, &e), 0);
	mask_finish(&m);
	ck_assert_uint_gt(m.n_left_out, 0);
	got = feed_in_steps(&m, "68756e74657232 aHVudGVyMg==", 27, 4);
	check_text(&got, "*** ***");
	free(got.text);
	mask_free(&m);
	document_free(&doc);
	free(cfg);
}
END_TEST

START_TEST(the_lines_of_a_private_key_are_masked)
{
	static const char pem[] = "-----BEGIN PRIVATE KEY-----\r\n"
				  "MIIEvQIBADANBgkqhkiG9w0BAQ\r\n"
				  "  c3VwZXJzZWNyZXRrZXliYXNl\n"
				  "short==\n"
				  "-----END PRIVATE KEY-----\n"
				  "-----BEGIN CERTIFICATE-----\n"
				  "QW55Ym9keSBtYXkgc2VlIHRoaXM=\n"
				  "-----END CERTIFICATE-----\n";
	struct secret text = SECRET_INIT;
	struct mask m = MASK_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(secret_append(&text, pem, sizeof pem - 1, &e), 0);
	ck_assert_int_eq(hidden_add_keys(&m, &text, false, &e), 0);
	mask_finish(&m);
	check_masked(m,
		     "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n"
		     "c3VwZXJzZWNyZXRrZXliYXNl\nshort==\nQW55Ym9keSBtYXkgc2VlIHRoaXM=\n",
		     "-----BEGIN PRIVATE KEY-----\n***\n***\n***\nQW55Ym9keSBtYXkgc2VlIHRoaXM=\n");
	secret_free(&text);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, the_secrets_of_a_document_are_told_by_their_keys, 0,
			    sizeof documents / sizeof *documents);
	tcase_add_test(tc, forms_have_an_end_and_plain_values_have_none);
	tcase_add_loop_test(tc, values_are_found_by_name, 0, sizeof searched / sizeof *searched);
	tcase_add_test(tc, values_have_the_names_of_their_keys);
	tcase_add_loop_test(tc, forms_are_found_by_the_name_of_their_value, 0, COUNT(formed));
	tcase_add_test(tc, forms_of_custom_values_are_left_out_first);
	tcase_add_test(tc, the_lines_of_a_private_key_are_masked);
}
