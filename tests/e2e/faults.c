/* SPDX-License-Identifier: MIT */
/*
 * faults - kill a program at one moment after another, and look for what it left of a secret.
 *
 *     faults scan MARKER PATH...               status 1 and a line for each place that holds it
 *     faults memory MARKER PID                 the same for the memory of a process
 *     faults kill RUNS SEED MARKER LOCK INPUT OUTPUT PATH... -- PROGRAM ARG...
 *
 * kill: RUNS times the program runs, standard input from INPUT and both outputs to OUTPUT, is
 * killed by SIGKILL at a random moment of its usual length, and LOCK is waited for, which whoever
 * cleans up holds.  Then all is scanned.  The length follows the machine's load, so that about two
 * in three are killed alive.  It ends with "killed N of RUNS, found in M".
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PART (256u << 10)
#define PATIENCE_S 20
#define WARM_UP 9

static const char *marker;
static size_t marker_len, n_found;

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
found(const char *path, const char *how)
{
	n_found++;
	printf("found in %s: %s\n", how, path);
}

/* Overlapping parts, so that a marker across their border is seen. */
static bool
stream_holds(int fd)
{
	static char part[PART];
	size_t kept = 0;
	ssize_t n;

	while ((n = read(fd, part + kept, sizeof part - kept)) > 0) {
		size_t len = kept + (size_t)n;

		if (memmem(part, len, marker, marker_len))
			return true;
		kept = len < marker_len ? len : marker_len - 1;
		memmove(part, part + len - kept, kept);
	}
	return false;
}

static int
look(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	char target[PATH_MAX];
	ssize_t len;
	int fd;

	(void)kind, (void)walk;
	if (memmem(path, strlen(path), marker, marker_len))
		found(path, "a name");
	if (S_ISLNK(st->st_mode) && (len = readlink(path, target, sizeof target)) > 0 &&
	    memmem(target, (size_t)len, marker, marker_len))
		found(path, "a link");
	if (!S_ISREG(st->st_mode))
		return 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (stream_holds(fd))
		found(path, "a file");
	close(fd);
	return 0;
}

static void
scan(char **paths)
{
	for (; *paths && strcmp(*paths, "--") != 0; paths++)
		nftw(*paths, look, 32, FTW_PHYS);
}

/* --- memory --- */

static bool
range_holds(int fd, unsigned long start, unsigned long end)
{
	size_t size = end - start;
	char *bytes = malloc(size);
	ssize_t n = bytes ? pread(fd, bytes, size, (off_t)start) : -1;
	bool holds = n > 0 && memmem(bytes, (size_t)n, marker, marker_len);

	free(bytes);
	return holds;
}

static void
scan_memory(const char *pid)
{
	char path[64], line[512], permissions[8];
	unsigned long start, end;
	FILE *maps;
	int fd;

	snprintf(path, sizeof path, "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof path, "/proc/%s/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || fd < 0)
		give_up(path);
	while (fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, permissions) == 3 &&
		    range_holds(fd, start, end)) {
			line[strcspn(line, "\n")] = '\0';
			found(line, "memory");
		}
	close(fd);
	fclose(maps);
}

/* --- kills --- */

static pid_t
start(const char *input, const char *output, char **argv)
{
	pid_t pid = fork();
	int in, out;

	if (pid != 0)
		return pid;
	in = open(input, O_RDONLY);
	out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(125);
	execv(argv[0], argv);
	_exit(125);
}

static long
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* Whoever still works on the service holds its lock. */
static void
wait_for_lock(const char *lock)
{
	long end = now_us() + PATIENCE_S * 1000000L;
	int fd = open(lock, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		give_up(lock);
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (now_us() > end)
			give_up("the lock is still held");
		usleep(500);
	}
	close(fd);
}

static int
compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

/* The median of some whole runs. */
static long
usual_length(const char *input, const char *output, char **argv)
{
	long lengths[WARM_UP];
	int status;

	for (int i = 0; i < WARM_UP; i++) {
		long begun = now_us();
		pid_t pid = start(input, output, argv);

		if (waitpid(pid, &status, 0) != pid || status != 0)
			give_up("a whole run failed");
		lengths[i] = now_us() - begun;
	}
	qsort(lengths, WARM_UP, sizeof *lengths, compare);
	return lengths[WARM_UP / 2];
}

static int
kill_all(char **args)
{
	int runs = atoi(args[0]), n_killed = 0, n_bad = 0;
	const char *lock = args[3], *input = args[4], *output = args[5];
	char **paths = args + 6, **argv = paths;
	long length;

	while (*argv && strcmp(*argv, "--") != 0)
		argv++;
	if (!*argv || !*++argv)
		give_up("no program");
	srandom((unsigned)atoi(args[1]));
	length = usual_length(input, output, argv);
	for (int i = 0; i < runs; i++) {
		long moment = random() % length;
		size_t before = n_found;
		int status = 0;
		pid_t pid = start(input, output, argv);

		usleep((useconds_t)moment);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		n_killed += WIFSIGNALED(status);
		length += WIFSIGNALED(status) ? length / 64 : -length / 32;
		wait_for_lock(lock);
		scan(paths);
		if (n_found == before)
			continue;
		n_bad++;
		printf("run %d, killed after %ld of %ld us\n", i, moment, length);
		if (n_bad == 10)
			break;
	}
	printf("killed %d of %d, found in %d\n", n_killed, runs, n_bad);
	return n_bad ? 1 : 0;
}

int
main(int argc, char **argv)
{
	bool is_kill = argc > 8 && strcmp(argv[1], "kill") == 0;

	if (argc < 4) {
		fputs("faults: see its source\n", stderr);
		return 2;
	}
	marker = is_kill ? argv[4] : argv[2];
	marker_len = strlen(marker);
	if (is_kill)
		return kill_all(argv + 2);
	if (strcmp(argv[1], "memory") == 0)
		scan_memory(argv[3]);
	else
		scan(argv + 3);
	return n_found ? 1 : 0;
}
