/* SPDX-License-Identifier: MIT */
/* test_syslog - the system's log gets whole records, and never holds who writes them. */
#include "base/syslog.h"

#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

#define SKIPPED 77
#define PRIORITY (3 << 3 | 5) /* a daemon's notice; RFC 3164 section 4.1.1 */

/* A process whose /dev is its own ends with 0 where what it saw is right. */
static int
listen_anew(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unlink("/dev/log");
	return bind(fd, (struct sockaddr *)&address, sizeof address) ? -1 : fd;
}

static bool
got(int fd, const char *words)
{
	char record[2 * SYSLOG_RECORD_MAX];
	ssize_t n = recv(fd, record, sizeof record - 1, MSG_DONTWAIT);

	record[n > 0 ? n : 0] = '\0';
	return strstr(record, words) != NULL;
}

static int
see_that_nothing_is_there(void)
{
	return syslog_is_there() || syslog_send(PRIORITY, "tag", "text");
}

static int
see_a_record(void)
{
	char head[64];
	int fd = listen_anew();

	snprintf(head, sizeof head, " tag[%d]: some text", getpid());
	return !syslog_is_there() || !syslog_send(PRIORITY, "tag", "some text") || !got(fd, head);
}

static int
see_that_a_long_record_is_cut(void)
{
	static char text[2 * SYSLOG_RECORD_MAX], record[2 * SYSLOG_RECORD_MAX];
	int fd = listen_anew();

	memset(text, 'x', sizeof text - 1);
	return !syslog_send(PRIORITY, "tag", text) ||
	       recv(fd, record, sizeof record, MSG_DONTWAIT) != SYSLOG_RECORD_MAX - 1;
}

/* Far more than any queue takes; libc's call would stand still for ever. */
static int
see_that_one_that_does_not_read_holds_nobody(void)
{
	int fd = listen_anew();

	for (int i = 0; i < 10000; i++)
		if (!syslog_send(PRIORITY, "tag", "text"))
			return 1;
	return !got(fd, "text");
}

static int
see_that_one_started_anew_gets_the_next(void)
{
	int before = listen_anew(), after;

	if (!syslog_send(PRIORITY, "tag", "first") || !got(before, "first"))
		return 1;
	close(before);
	after = listen_anew();
	return !syslog_send(PRIORITY, "tag", "second") || !got(after, "second");
}

static int (*const scenes[])(void) = {
	see_that_nothing_is_there, see_a_record, see_that_a_long_record_is_cut,
	see_that_one_that_does_not_read_holds_nobody, see_that_one_started_anew_gets_the_next};

START_TEST(a_record_reaches_a_log_that_reads_and_no_other_holds_us)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", "/dev", "tmpfs", 0, ""))
			_exit(SKIPPED);
		_exit(scenes[_i]());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		fprintf(stderr, "skipped syslog: no mount namespace of our own, not root?\n");
	else
		ck_assert_int_eq(status, 0);
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_record_reaches_a_log_that_reads_and_no_other_holds_us, 0,
			    sizeof scenes / sizeof *scenes);
}
