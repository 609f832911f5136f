/* SPDX-License-Identifier: MIT */
/* test_fetch - download one file over HTTP, from a server that says what it is told to. */
#include "cluster/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/proc.h"
#include "scratch.h"
#include "tests.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define ETAG "ETag: \"v1\"\r\n"

static struct err e;
static struct part p;
static pid_t server;
static char url[64];

static int
hear(void *arg, const struct receiver_event *event, struct err *err)
{
	(void)arg, (void)event, (void)err;
	return 0;
}

static void
begin(void)
{
	scratch_setup();
	e = ERR_INIT;
	p = PART_INIT;
	server = 0;
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	proc_hold_signals();
}

static void
end(void)
{
	if (server) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	part_close(&p);
	scratch_teardown();
}

/* One connection: its request, to the end of its head, into the file `asked`. */
static void
serve_one(int listener, const char *answer, int log_fd)
{
	int peer = accept(listener, NULL, NULL);
	char text[4096];
	size_t len = 0;
	ssize_t n;

	while (len < 4 || memcmp(text + len - 4, "\r\n\r\n", 4) != 0) {
		n = read(peer, text + len, sizeof text - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (write(log_fd, text, len) != (ssize_t)len ||
	    write(peer, answer, strlen(answer)) != (ssize_t)strlen(answer))
		_exit(1);
	close(peer);
}

/* A server that gives these answers, one a connection, until NULL. */
static void
serve(const char *const *answers)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int log_fd = openat(scratch_fd, "asked", O_WRONLY | O_CREAT | O_APPEND, 0600);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/image.zip?token=sesame",
		 ntohs(address.sin_port));
	fflush(NULL);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0) {
		while (*answers)
			serve_one(listener, *answers++, log_fd);
		_exit(0);
	}
	close(listener);
	close(log_fd);
}

static struct fetch_request
request(void)
{
	return (struct fetch_request){.url = url,
				      .user_agent = "enstratus-agent/test",
				      .max_bytes = -1,
				      .tail_bytes = -1,
				      .retries = 2,
				      .stall_s = 5,
				      .reader_fd = -1,
				      .event = hear};
}

static int
fetch_it(const struct fetch_request *r)
{
	if (part_open(&p, scratch_path("f"), 0, &e) || fetch(r, &p, &e))
		return -1;
	return part_finish(&p, &e);
}

static const struct {
	const char *url, *ca_file, *key;
	int status;
	const char *says;
} judged[] = {
	{"http://host/x", NULL, NULL, 0, ""},
	{"https://host:8443/x?y=z#a", NULL, NULL, 0, ""},
	{"HTTPS://[::1]/x", NULL, "sha256//AAAA", 0, ""},
	{"https://host", "/dev/null", "/dev/null", 0, ""},
	{"", NULL, NULL, 1, "not a whole URL"},
	{"host/x", NULL, NULL, 1, "not a whole URL"},
	{"/x", NULL, NULL, 1, "not a whole URL"},
	{"http://", NULL, NULL, 1, "not a whole URL"},
	{"http://ho st/x", NULL, NULL, 1, "not a whole URL"},
	{"http://host/a b", NULL, NULL, 1, "not a whole URL"},
	{"http://host/a\nb", NULL, NULL, 1, "not a whole URL"},
	{"http://host:99999/", NULL, NULL, 1, "not a whole URL"},
	{"ftp://host/x", NULL, NULL, 1, "neither http nor https"},
	{"file:///etc/hostname", NULL, NULL, 1, "neither http nor https"},
	{"http://user:sesame@host/x", NULL, NULL, 1, "user or password"},
	{"https://user@host/x", NULL, NULL, 1, "user or password"},
	{"https://@host/x", NULL, NULL, 1, "user or password"},
	{"http://host/x", NULL, "sha256//AAAA", 1, "with https only"},
	{"https://host/x", "/no/such/file", NULL, 69, "certificates '/no/such/file'"},
	{"https://host/x", NULL, "/no/such/file", 69, "pinned key '/no/such/file'"},
};

START_TEST(a_url_is_judged_before_anything_is_opened)
{
	struct fetch_request r = {
		.url = judged[_i].url, .ca_file = judged[_i].ca_file, .pinned_key = judged[_i].key};

	ck_assert_int_eq(fetch_judge(&r, &e), judged[_i].status ? -1 : 0);
	ck_assert_int_eq(err_status(&e), judged[_i].status);
	ck_assert_msg(strstr(e.msg, judged[_i].says) != NULL, "%s", e.msg);
	ck_assert_ptr_null(strstr(e.msg, "sesame"));
}
END_TEST

START_TEST(a_request_says_little_and_the_whole_comes)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\n" ETAG "Content-Length: 5\r\n\r\nhello", NULL};
	struct fetch_request r;

	serve(answers);
	r = request();
	ck_assert_msg(fetch_it(&r) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("f"), "hello");
	ck_assert_ptr_eq(
		scratch_read("asked"),
		strstr(scratch_read("asked"), "GET /image.zip?token=sesame HTTP/1.1\r\nHost: "));
	ck_assert_ptr_nonnull(
		strstr(scratch_read("asked"), "\r\nUser-Agent: enstratus-agent/test\r\n"));
	ck_assert_ptr_nonnull(strstr(scratch_read("asked"), "\r\nAccept-Encoding: identity\r\n"));
	ck_assert_ptr_null(strstr(scratch_read("asked"), "Range"));
}
END_TEST

START_TEST(a_cut_is_gone_on_from)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\n" ETAG "Content-Length: 10\r\n\r\n01234",
		"HTTP/1.1 503 Busy\r\n\r\nwait", "",
		"HTTP/1.1 206 Part\r\n" ETAG
		"Content-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56789",
		NULL};
	struct fetch_request r;

	serve(answers);
	r = request();
	r.retries = 3;
	ck_assert_msg(fetch_it(&r) == 0, "%s", e.msg);
	ck_assert_str_eq(scratch_read("f"), "0123456789");
	ck_assert_ptr_nonnull(strstr(scratch_read("asked"), "\r\nRange: bytes=5-\r\n"));
	ck_assert_ptr_nonnull(strstr(scratch_read("asked"), "\r\nIf-Range: \"v1\"\r\n"));
}
END_TEST

static const struct {
	const char *answer;
	int status;
	const char *says;
} failures[] = {
	{"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n", 20, "answered 404: "},
	{"HTTP/1.1 404 None\r\n\r\nsome words", 20, "answered 404: "},
	{"HTTP/1.1 302 There\r\n\r\n", 69, "redirect leads nowhere"},
	{"HTTP/1.1 302 There\r\nLocation: ftp://host/\r\n\r\n", 69, "neither http nor https"},
	{"HTTP/1.1 302 There\r\nLocation: http://a:sesame@host/\r\n\r\n", 69, "user or password"},
	{"HTTP/1.1 206 Part\r\nContent-Range: bytes 0-4/5\r\n\r\nhello", 69, "other bytes"},
	{"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\nhello", 69,
	 "compressed"},
	{"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\nhello", 65, "larger than 100 bytes"},
	{"hello\r\n", 69, ""},
};

START_TEST(what_does_not_pass_is_not_tried_again)
{
	const char *const answers[] = {failures[_i].answer, NULL};
	struct fetch_request r;

	serve(answers);
	r = request();
	r.max_bytes = 100;
	ck_assert_int_eq(fetch_it(&r), -1);
	ck_assert_int_eq(err_status(&e), failures[_i].status);
	ck_assert_msg(strstr(e.msg, failures[_i].says) != NULL, "%s", e.msg);
	ck_assert_msg(strncmp(e.msg, "cannot fetch 'http://127.0.0.1:", 31) == 0, "%s", e.msg);
	ck_assert_ptr_null(strstr(e.msg, "sesame"));
	ck_assert_ptr_null(strstr(e.msg, "given up"));
	part_close(&p);
	ck_assert(!scratch_exists("f") && !scratch_exists("f.part"));
}
END_TEST

START_TEST(what_may_pass_is_tried_so_often)
{
	static const char *const answers[] = {"", "HTTP/1.1 502 Bad\r\n\r\n",
					      "HTTP/1.1 429 Many\r\n\r\n", NULL};
	struct fetch_request r;

	serve(answers);
	r = request();
	ck_assert_int_eq(fetch_it(&r), -1);
	ck_assert_int_eq(err_status(&e), 69);
	ck_assert_ptr_nonnull(strstr(e.msg, "given up after 3 tries: the server answered 429: "));
}
END_TEST

START_TEST(a_signal_ends_it)
{
	static const char *const answers[] = {NULL};
	struct fetch_request r;

	serve(answers);
	r = request();
	raise(SIGINT);
	ck_assert_int_eq(fetch_it(&r), -1);
	ck_assert_int_eq(err_status(&e), 128 + SIGINT);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_url_is_judged_before_anything_is_opened, 0, COUNT(judged));
	tcase_add_test(tc, a_request_says_little_and_the_whole_comes);
	tcase_add_test(tc, a_cut_is_gone_on_from);
	tcase_add_loop_test(tc, what_does_not_pass_is_not_tried_again, 0, COUNT(failures));
	tcase_add_test(tc, what_may_pass_is_tried_so_often);
	tcase_add_test(tc, a_signal_ends_it);
}
