/* SPDX-License-Identifier: MIT */
/* test_holder - who holds a service's lock. */
#include "service/holder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "scratch.h"
#include "tests.h"

static int
open_lock(void)
{
	return openat(scratch_fd, SERVICE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
}

START_TEST(what_is_noted_is_read)
{
	struct holder_info info;
	int fd = open_lock();

	ck_assert(!holder_read(fd, &info));
	ck_assert(holder_note(fd, "aCommandWithAVeryLongName", "0123abcd"));
	ck_assert(holder_note(fd, "startService", "89abcdef"));
	ck_assert(holder_read(fd, &info));
	ck_assert_str_eq(info.command, "startService");
	ck_assert_str_eq(info.run_id, "89abcdef");
	ck_assert_int_eq(info.pid, getpid());
	ck_assert_int_le(info.since, time(NULL));
	ck_assert_int_gt(info.since, time(NULL) - 3600);
	fd_close(&fd);
}
END_TEST

START_TEST(what_an_earlier_version_wrote_is_read)
{
	struct holder_info info;
	int fd = open_lock();

	scratch_write(SERVICE_LOCK, "startService 42 1265333346\n\n\n");
	ck_assert(holder_read(fd, &info));
	ck_assert_int_eq(info.pid, 42);
	ck_assert_str_eq(info.run_id, "");
	scratch_write(SERVICE_LOCK, "garbage");
	ck_assert(!holder_read(fd, &info));
	fd_close(&fd);
}
END_TEST

START_TEST(a_run_is_the_holder_while_it_has_the_lock)
{
	int fd;

	ck_assert(!holder_is(scratch_fd, "0123abcd")); /* there is no lock */
	fd = open_lock();
	ck_assert(holder_note(fd, "startService", "0123abcd"));
	ck_assert(!holder_is(scratch_fd, "0123abcd"));
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	ck_assert(holder_is(scratch_fd, "0123abcd"));
	ck_assert(!holder_is(scratch_fd, "89abcdef"));
	fd_close(&fd);
	ck_assert(!holder_is(scratch_fd, "0123abcd"));
	/* And who asks does not keep it. */
	fd = open_lock();
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	fd_close(&fd);
}
END_TEST

START_TEST(what_cannot_be_written_is_told)
{
	ck_assert(!holder_note(-1, "startService", "0123abcd"));
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(tc, what_is_noted_is_read);
	tcase_add_test(tc, what_an_earlier_version_wrote_is_read);
	tcase_add_test(tc, a_run_is_the_holder_while_it_has_the_lock);
	tcase_add_test(tc, what_cannot_be_written_is_told);
}
