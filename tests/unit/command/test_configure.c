/* SPDX-License-Identifier: MIT */
/* test_configure - the life of an enstratus.cfg, from its delivery to the wipe. */
#include "command/configure.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/secret.h"
#include "scratch_root.h"
#include "tests.h"

#define HOOK "services/a1/bin/enstratus-configure"
#define CFG "services/a1/cfg/enstratus.cfg"
#define KEYS "serviceId=a1\nname=Site\ndataSource.d.servicePassword=hunter2\n"
#define USER "daemon" /* every Debian has it; without root the name only has to be one */

static const struct service_lock_request lock = {.command = "testCommand", .generation = -1};

static const struct configure_request model = {.user_id = USER, .customer_id = "c001"};

static struct configure_report report; /* of the latest run */

static int
configure(const struct configure_request *request, struct err *e)
{
	struct hook_options options = {.timeout_s = 20};
	struct service svc = SERVICE_INIT;
	int result;

	*e = ERR_INIT;
	scratch_mkdir("services/a1/cfg/");
	ck_assert_msg(service_open(&svc, "a1", e) == 0, "%s", e->msg);
	configure_report_free(&report);
	result = configure_service(&svc, request, &lock, &options, &report, e);
	service_close(&svc);
	ck_assert_ptr_null(strstr(e->msg, "hunter2"));
	return result;
}

static void
configure_well(const struct configure_request *request)
{
	struct err e;

	ck_assert_msg(configure(request, &e) == 0, "%s", e.msg);
}

static void
refuse(const struct configure_request *request, enum err_kind kind, const char *words)
{
	struct err e;

	ck_assert_int_eq(configure(request, &e), -1);
	ck_assert_msg(e.kind == kind, "kind %d: %s", (int)e.kind, e.msg);
	ck_assert_msg(strstr(e.msg, words) != NULL, "'%s' not in '%s'", words, e.msg);
}

/* No configuration is anywhere: not in cfg/, not in memory-backed storage. */
static void
check_nothing_is_left(void)
{
	ck_assert(!scratch_exists(CFG));
	ck_assert_msg(rmdir(scratch_run_dir) == 0, "something is in the run directory");
	ck_assert_int_eq(mkdir(scratch_run_dir, 0700), 0);
}

/* The hook keeps what it saw in "seen", outside the service. */
static void
make_hook(const char *more)
{
	char script[9000];

	snprintf(script, sizeof script,
		 "#!/bin/sh\nprintf '%%s|' \"$@\" >'%s'\ncat cfg/enstratus.cfg >'%s'\n%s\n",
		 scratch_path("args"), scratch_path("seen"), more);
	scratch_script(HOOK, script);
}

static int
feed_stdin(const char *text, size_t len)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], text, len), (ssize_t)len);
	close(fds[1]);
	ck_assert_int_ge(dup2(fds[0], STDIN_FILENO), 0);
	return close(fds[0]);
}

static size_t
with_trailer(char *out, size_t size, const char *text)
{
	char hex[SECRET_SHA256_HEX];
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;

	ck_assert_int_eq(secret_append(&s, text, strlen(text), &e), 0);
	secret_sha256(&s, s.len, hex);
	secret_free(&s);
	return (size_t)snprintf(out, size, "%s# sha256 %s\n", text, hex);
}

START_TEST(a_delivered_configuration_reaches_the_hook_and_is_gone)
{
	char expected[9000];
	const char *seen;

	scratch_write(CFG, KEYS);
	make_hook("[ -L cfg/enstratus.cfg ] && [ \"$(pwd)/cfg/enstratus.cfg\" = \"$2\" ] && "
		  "cat \"$2\" >/dev/null");
	configure_well(&model);
	snprintf(expected, sizeof expected, "a1|%s|", scratch_path(CFG));
	ck_assert_str_eq(scratch_read("args"), expected);
	seen = scratch_read("seen");
	ck_assert_int_eq(strncmp(seen, "# enStratus service configuration file\n# Generated ", 50),
			 0);
	ck_assert_ptr_nonnull(strstr(seen, "\n[enstratus]\n" KEYS "[custom]\n"));
	check_nothing_is_left();
	ck_assert_ptr_nonnull(
		strstr(scratch_read("services/.enstratus/a1/state"), "user=" USER "\n"));
	ck_assert_ptr_null(strstr(scratch_read("services/.enstratus/a1/state"), "configured=0\n"));
}
END_TEST

START_TEST(a_configuration_comes_by_standard_input)
{
	struct configure_request request = model;
	char text[500];
	size_t len = with_trailer(text, sizeof text, KEYS);

	feed_stdin(text, len);
	make_hook("");
	request.config.path = "-";
	configure_well(&request);
	ck_assert_ptr_nonnull(strstr(scratch_read("seen"), KEYS));
	check_nothing_is_left();
}
END_TEST

START_TEST(a_cut_off_input_changes_nothing)
{
	struct configure_request request = model;
	char text[500];
	size_t len = with_trailer(text, sizeof text, KEYS);

	feed_stdin(text, len - 10);
	make_hook("");
	request.config.path = "-";
	refuse(&request, ERR_CUT, "standard input");
	ck_assert(!scratch_exists("seen"));
	check_nothing_is_left();
}
END_TEST

START_TEST(a_configuration_file_of_the_agent_s_directories_is_wiped)
{
	struct configure_request request = model;

	scratch_write("tmp/given.cfg", KEYS);
	make_hook("");
	request.config.path = scratch_path("tmp/given.cfg");
	configure_well(&request);
	ck_assert(!scratch_exists("tmp/given.cfg"));
	check_nothing_is_left();
}
END_TEST

START_TEST(a_configuration_file_of_another_place_is_left)
{
	struct configure_request request = model;

	scratch_write("elsewhere/given.cfg", KEYS);
	make_hook("");
	request.config.path = scratch_path("elsewhere/given.cfg");
	configure_well(&request);
	ck_assert_str_eq(scratch_read("elsewhere/given.cfg"), KEYS);
	check_nothing_is_left();
}
END_TEST

START_TEST(a_missing_configuration_is_refused)
{
	struct configure_request request = model;

	make_hook("");
	refuse(&request, ERR_UNSAFE, "there is no configuration");
	request.config.path = scratch_path("none");
	refuse(&request, ERR_UNSAFE, "cannot open configuration");
	ck_assert(!scratch_exists("seen"));
}
END_TEST

START_TEST(a_link_at_the_delivered_name_is_not_followed)
{
	struct err e;

	scratch_write("elsewhere/given.cfg", KEYS);
	scratch_mkdir("services/a1/cfg/");
	ck_assert_int_eq(symlinkat(scratch_path("elsewhere/given.cfg"), scratch_fd, CFG), 0);
	make_hook("");
	ck_assert_int_eq(configure(&model, &e), -1);
	ck_assert(!scratch_exists("seen"));
	ck_assert_str_eq(scratch_read("elsewhere/given.cfg"), KEYS);
}
END_TEST

static const struct {
	const char *text, *words;
} bad[] = {
	{"serviceId=a2\npassword=hunter2\n", "of another service"},
	{"serviceId=\npassword=hunter2\n", "of another service"},
	{"password = hunter2\n", "line 1: a blank before '='"},
	{"password hunter2\n", "line 1"},
	{"name=x\n[other]\npassword=hunter2\n", "section [other]"},
	{"# hunter2\n", "holds no configuration key"},
};

START_TEST(a_bad_delivered_configuration_is_refused_and_wiped)
{
	int fd;

	scratch_write(CFG, bad[_i].text);
	fd = openat(scratch_fd, CFG, O_RDONLY | O_CLOEXEC);
	make_hook("");
	refuse(&model, ERR_UNSAFE, bad[_i].words);
	ck_assert(!scratch_exists("seen"));
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	close(fd);
	check_nothing_is_left();
}
END_TEST

START_TEST(an_absent_hook_is_a_success_and_everything_is_wiped)
{
	scratch_write(CFG, KEYS);
	configure_well(&model);
	check_nothing_is_left();
}
END_TEST

static const struct {
	const char *script;
	int status;
} failures[] = {
	{"exit 7", 7},
	{"kill -9 $$", 137},
	{"cp cfg/enstratus.cfg x; rm cfg/enstratus.cfg; mv x cfg/enstratus.cfg; exit 3", 3},
	{"sed -i s/Site/Other/ cfg/enstratus.cfg; exit 4", 4},
	{"rm cfg/enstratus.cfg; ln -s /etc/passwd cfg/enstratus.cfg; exit 5", 5},
	{"rm cfg/enstratus.cfg; mkdir cfg/enstratus.cfg; echo x >cfg/enstratus.cfg/x; exit 6", 6},
};

START_TEST(a_failing_hook_leaves_nothing)
{
	struct err e;

	scratch_write(CFG, KEYS);
	make_hook(failures[_i].script);
	ck_assert_int_eq(configure(&model, &e), -1);
	ck_assert_int_eq(err_status(&e), failures[_i].status);
	check_nothing_is_left();
	ck_assert_int_eq(access("/etc/passwd", R_OK), 0);
}
END_TEST

START_TEST(a_hook_past_its_time_leaves_nothing)
{
	struct hook_options options = {.timeout_s = 1};
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_write(CFG, KEYS);
	make_hook("exec sleep 60");
	ck_assert_int_eq(service_open(&svc, "a1", &e), 0);
	ck_assert_int_eq(configure_service(&svc, &model, &lock, &options, &report, &e), -1);
	ck_assert_int_eq(e.kind, ERR_TIMEOUT);
	service_close(&svc);
	check_nothing_is_left();
}
END_TEST

/* In a child of this test: the signal is sent by the hook to the process that runs it. */
START_TEST(a_signal_ends_the_run_and_leaves_nothing)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
	char script[80];
	int status;
	pid_t pid;

	scratch_write(CFG, KEYS);
	snprintf(script, sizeof script,
		 "kill -%d $(cut -d ' ' -f 4 /proc/$PPID/stat); exec sleep 60", signals[_i]);
	make_hook(script);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct err e;

		_exit(configure(&model, &e) ? err_status(&e) : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 128 + signals[_i]);
	check_nothing_is_left();
}
END_TEST

/* SIGKILL: the guardian wipes, and holds the lock for as long as that takes. */
START_TEST(what_a_killed_run_left_is_gone_when_the_next_command_has_the_lock)
{
	struct service_lock_request patient = {
		.command = "test", .wait_ms = 10000, .generation = -1};
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;
	int status;
	pid_t pid;

	scratch_write(CFG, KEYS);
	make_hook("kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat)");
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		configure(&model, &e);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(hook_open(&svc, "a1", &patient, &e), 0);
	service_close(&svc);
	check_nothing_is_left();
}
END_TEST

START_TEST(ssl_files_reach_the_hook_and_are_wiped)
{
	static const char *const names[] = {"elsewhere/c.pem", "elsewhere/k.pem",
					    "elsewhere/ca.pem"};
	struct configure_request request = model;
	char expected[20000];
	int n_files = 2 + _i, n;

	scratch_write(CFG, KEYS);
	for (int i = 0; i < n_files; i++) {
		scratch_write(names[i], names[i]);
		request.ssl_files[i] = scratch_path(names[i]);
	}
	request.ssl_address = "10.0.0.9";
	make_hook("shift 3; cat \"$@\" >ssl; [ $# = 2 ] || [ \"$3\" = \"$PWD/cfg/a1.chained\" ]");
	configure_well(&request);
	n = snprintf(expected, sizeof expected, "a1|%s|10.0.0.9|%s|", scratch_path(CFG),
		     scratch_path("services/a1/cfg/a1.cert"));
	n += snprintf(expected + n, sizeof expected - (size_t)n, "%s|",
		      scratch_path("services/a1/cfg/a1.key"));
	if (n_files == 3)
		snprintf(expected + n, sizeof expected - (size_t)n, "%s|",
			 scratch_path("services/a1/cfg/a1.chained"));
	ck_assert_str_eq(scratch_read("args"), expected);
	ck_assert_str_eq(scratch_read("services/a1/ssl"),
			 n_files == 2 ? "elsewhere/c.pemelsewhere/k.pem"
				      : "elsewhere/c.pemelsewhere/k.pemelsewhere/ca.pem");
	for (int i = 0; i < n_files; i++)
		ck_assert(!scratch_exists(names[i]));
	ck_assert(!scratch_exists("services/a1/cfg/a1.cert"));
	ck_assert(!scratch_exists("services/a1/cfg/a1.key"));
	ck_assert(!scratch_exists("services/a1/cfg/a1.chained"));
	check_nothing_is_left();
}
END_TEST

START_TEST(a_missing_ssl_file_is_refused_and_the_others_are_left)
{
	struct configure_request request = model;

	scratch_write(CFG, KEYS);
	scratch_write("elsewhere/c.pem", "CERT");
	request.ssl_address = "10.0.0.9";
	request.ssl_files[0] = scratch_path("elsewhere/c.pem");
	request.ssl_files[1] = scratch_path("elsewhere/none.pem");
	make_hook("");
	refuse(&request, ERR_UNAVAILABLE, "none.pem");
	ck_assert_str_eq(scratch_read("elsewhere/c.pem"), "CERT");
	ck_assert(!scratch_exists("seen"));
	check_nothing_is_left();
}
END_TEST

START_TEST(an_unknown_account_is_refused)
{
	struct configure_request request = model;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped an_unknown_account: only root asks for accounts\n");
		return;
	}
	request.user_id = "no-such-account";
	scratch_write(CFG, KEYS);
	make_hook("");
	refuse(&request, ERR_NO_ACCOUNT, "no-such-account");
	ck_assert(!scratch_exists("seen"));
	check_nothing_is_left();
}
END_TEST

START_TEST(the_first_run_is_a_deployment_and_the_next_a_change)
{
	make_hook("echo $ENSTRATUS_EVENT $ENSTRATUS_CUSTOMER_ID >>events");
	scratch_write(CFG, KEYS);
	configure_well(&model);
	scratch_write(CFG, KEYS);
	configure_well(&model);
	ck_assert_str_eq(scratch_read("services/a1/events"), "deploy c001\nchange c001\n");
}
END_TEST

/* What the hook prints is relayed on standard error, without the secrets. */
START_TEST(secrets_are_masked_in_what_the_hook_prints)
{
	int saved = dup(STDERR_FILENO);
	int fd = openat(scratch_fd, "relayed", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int result;
	struct err e;

	scratch_write(CFG, KEYS);
	make_hook("grep servicePassword cfg/enstratus.cfg\n"
		  "cat cfg/enstratus.cfg >&2\n"
		  "printf hun; printf ter2; echo");
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	log_open("test", LOG_NORMAL);
	result = configure(&model, &e);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	close(fd);
	ck_assert_msg(result == 0, "%s", e.msg);
	ck_assert_ptr_null(strstr(scratch_read("relayed"), "hunter2"));
	ck_assert_ptr_nonnull(strstr(scratch_read("relayed"),
				     "enstratus-configure: dataSource.d.servicePassword=***\n"));
	ck_assert_ptr_nonnull(strstr(scratch_read("relayed"), "enstratus-configure: name=Site\n"));
	ck_assert_ptr_nonnull(strstr(scratch_read("relayed"), "enstratus-configure: ***\n"));
}
END_TEST

START_TEST(a_busy_service_keeps_its_configuration)
{
	struct service svc = SERVICE_INIT;
	struct err e = ERR_INIT;

	scratch_write(CFG, KEYS);
	make_hook("");
	ck_assert_int_eq(hook_open(&svc, "a1", &lock, &e), 0);
	refuse(&model, ERR_BUSY, "testCommand");
	ck_assert_str_eq(scratch_read(CFG), KEYS);
	service_close(&svc);
}
END_TEST

/* A signal beside the hook ends no run that has something to undo. */
START_TEST(the_signals_that_end_a_run_are_held)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};

	struct err e;

	scratch_write(CFG, KEYS);
	make_hook("exit 0");
	ck_assert_int_eq(configure(&model, &e), 0);
	for (size_t i = 0; i < 3; i++) {
		raise(signals[i]);
		ck_assert_int_ne(proc_signal_pending(), 0);
	}
}
END_TEST

void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown);
	tcase_add_test(tc, the_signals_that_end_a_run_are_held);
	tcase_add_test(tc, a_delivered_configuration_reaches_the_hook_and_is_gone);
	tcase_add_test(tc, a_configuration_comes_by_standard_input);
	tcase_add_test(tc, a_cut_off_input_changes_nothing);
	tcase_add_test(tc, a_configuration_file_of_the_agent_s_directories_is_wiped);
	tcase_add_test(tc, a_configuration_file_of_another_place_is_left);
	tcase_add_test(tc, a_missing_configuration_is_refused);
	tcase_add_test(tc, a_link_at_the_delivered_name_is_not_followed);
	tcase_add_loop_test(tc, a_bad_delivered_configuration_is_refused_and_wiped, 0,
			    sizeof bad / sizeof *bad);
	tcase_add_test(tc, an_absent_hook_is_a_success_and_everything_is_wiped);
	tcase_add_loop_test(tc, a_failing_hook_leaves_nothing, 0,
			    sizeof failures / sizeof *failures);
	tcase_add_test(tc, a_hook_past_its_time_leaves_nothing);
	tcase_add_loop_test(tc, a_signal_ends_the_run_and_leaves_nothing, 0, 3);
	tcase_add_test(tc, what_a_killed_run_left_is_gone_when_the_next_command_has_the_lock);
	tcase_add_loop_test(tc, ssl_files_reach_the_hook_and_are_wiped, 0, 2);
	tcase_add_test(tc, a_missing_ssl_file_is_refused_and_the_others_are_left);
	tcase_add_test(tc, an_unknown_account_is_refused);
	tcase_add_test(tc, the_first_run_is_a_deployment_and_the_next_a_change);
	tcase_add_test(tc, secrets_are_masked_in_what_the_hook_prints);
	tcase_add_test(tc, a_busy_service_keeps_its_configuration);
}
