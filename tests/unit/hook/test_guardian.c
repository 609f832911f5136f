/* SPDX-License-Identifier: MIT */
/* test_guardian - who acts when a process dies, and who does not when it ends well. */
#include "scratch.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/descendants.h"
#include "base/secret.h"
#include "hook/guardian.h"
#include "tests.h"

#define MARKER "a-secret-of-the-parent"

static struct secret secret;
static int report = -1; /* the guardian's only way to be seen */

static void
act(void *arg)
{
	const char *told = arg;
	char text[256];
	int n = snprintf(text, sizeof text, "%s sid=%d pid=%d secret=%s", told, getsid(0), getpid(),
			 secret_edit(&secret) &&
					 memcmp(secret_edit(&secret), MARKER, sizeof MARKER) == 0
				 ? "seen"
				 : "none");

	(void)!write(report, text, (size_t)n);
}

/* Forks a process that has a guardian and then ends in the given way; what the guardian said. */
static const char *
said_after(int way)
{
	static char text[256];
	struct err e = ERR_INIT;
	int fds[2];
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct guardian g = GUARDIAN_INIT;

		signal(SIGTERM, SIG_DFL);
		close(fds[0]);
		report = fds[1];
		if (secret_append(&secret, MARKER, sizeof MARKER, &e) ||
		    guardian_start(&g, act, "acted", &e) || guardian_ready(&g, &e))
			_exit(1);
		if (way == 0) {
			guardian_dismiss(&g);
			guardian_close(&g);
		}
		if (way > 0)
			raise(way);
		_exit(0);
	}
	close(fds[1]);
	waitpid(pid, NULL, 0);
	/* The end of the pipe is the end of the guardian. */
	memset(text, 0, sizeof text);
	n = read(fds[0], text, sizeof text - 1);
	ck_assert_int_ge(n, 0);
	close(fds[0]);
	return text;
}

START_TEST(one_that_is_dismissed_does_nothing_and_is_gone)
{
	ck_assert_str_eq(said_after(0), "");
}
END_TEST

static const int ends[] = {-1, SIGKILL, SIGTERM, SIGSEGV, SIGABRT};

START_TEST(it_acts_after_any_other_end)
{
	ck_assert_int_eq(strncmp(said_after(ends[_i]), "acted ", 6), 0);
}
END_TEST

START_TEST(it_is_in_a_session_of_its_own)
{
	char own[32];

	snprintf(own, sizeof own, "sid=%d ", getsid(0));
	ck_assert_ptr_null(strstr(said_after(SIGKILL), own));
}
END_TEST

START_TEST(it_has_no_secret_in_its_memory)
{
	ck_assert_ptr_nonnull(strstr(said_after(SIGKILL), "secret=none"));
}
END_TEST

START_TEST(it_is_no_descendant_and_survives_kill_0)
{
	struct guardian g = GUARDIAN_INIT;
	struct err e = ERR_INIT;
	struct pollfd ended;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	report = fds[1];
	ck_assert_int_eq(guardian_start(&g, act, "acted", &e), 0);
	ck_assert_int_eq(guardian_ready(&g, &e), 0);
	close(fds[1]);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_uint_eq(descendants_signal(0), 0);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	ended = (struct pollfd){.fd = fds[0], .events = POLLIN};
	ck_assert_int_eq(poll(&ended, 1, 0), 0);
	guardian_dismiss(&g);
	guardian_close(&g);
	/* A process that ends closes what it has open in no order that is promised. */
	ck_assert_int_eq(poll(&ended, 1, 60000), 1);
	ck_assert(!g.is_lost);
	guardian_dismiss(&g); /* the empty value */
	guardian_close(&g);
	close(fds[0]);
}
END_TEST

/* Whoever was handed its descriptor may still be at work. */
START_TEST(it_waits_for_all_who_hold_its_descriptor)
{
	struct err e = ERR_INIT;
	struct pollfd acted;
	int fds[2], line[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, line), 0);
	report = fds[1];
	pid = fork();
	if (pid == 0) {
		struct guardian g = GUARDIAN_INIT;

		close(line[0]);
		if (guardian_start(&g, act, "acted", &e) || guardian_ready(&g, &e))
			_exit(1);
		if (fork() == 0) {
			char byte;

			(void)!read(line[1], &byte, 1); /* holds it until it is told to go */
			_exit(0);
		}
		raise(SIGKILL);
	}
	close(fds[1]);
	waitpid(pid, NULL, 0);
	acted = (struct pollfd){.fd = fds[0], .events = POLLIN};
	ck_assert_int_eq(poll(&acted, 1, 300), 0);
	ck_assert_int_eq(write(line[0], "", 1), 1);
	ck_assert_int_eq(poll(&acted, 1, 60000), 1);
	close(line[0]);
	close(line[1]);
	close(fds[0]);
}
END_TEST

void
add_tests(TCase *tc)
{
	/* A group of its own: one test sends a signal to all of it. */
	setpgid(0, 0);
	tcase_add_test(tc, one_that_is_dismissed_does_nothing_and_is_gone);
	tcase_add_loop_test(tc, it_acts_after_any_other_end, 0, sizeof ends / sizeof *ends);
	tcase_add_test(tc, it_is_in_a_session_of_its_own);
	tcase_add_test(tc, it_has_no_secret_in_its_memory);
	tcase_add_test(tc, it_is_no_descendant_and_survives_kill_0);
	tcase_add_test(tc, it_waits_for_all_who_hold_its_descriptor);
}
