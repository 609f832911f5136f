/* SPDX-License-Identifier: MIT */
/*
 * pairs - run commands in turn, many times, and compare how long each takes with the first.
 *
 * A round runs each candidate BATCH times; a round's sample is the mean of its batch.  Whatever
 * slows the machine for a while slows all candidates of a round, so the ratio is taken within each
 * round and the median of those is printed, not the ratio of two medians.  The peak of memory is
 * the highest of all rounds.
 *
 * What is printed of a candidate includes the children it waited for.  The peak of memory is never
 * below this program's own: the kernel carries it over an exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 1001
#define BATCH_MAX 10000
#define CANDIDATES_MAX 32

extern char **environ;

struct candidate {
	const char *name;
	char **argv;
	bool failed;
	double wall_ms[ROUNDS_MAX], cpu_ms[ROUNDS_MAX];
	long peak_kib;
};

struct bench {
	int n_rounds, batch;
	char *prepare; /* run before each run, not measured; NULL for none */
	posix_spawn_file_actions_t quiet;
	struct candidate *candidates;
	int n_candidates;
};

/* One run. */
struct sample {
	double wall_ms, cpu_ms;
	long peak_kib;
};

static int
syntax(FILE *out)
{
	fputs("Syntax: pairs [-h] [-n ROUNDS] [-b BATCH] [-p PREPARE] NAME COMMAND [ARG...]"
	      " [-- NAME COMMAND [ARG...]]...\n",
	      out);
	return 1;
}

static int
help(void)
{
	syntax(stdout);
	puts("\nRun the candidates in turn and print what each takes, also as ratios to the\n"
	     "first.  No ARG can be \"--\".  Standard input, where it is a file, is read anew by\n"
	     "each run.\n\n"
	     "  -n ROUNDS   how often all are run, after one round that does not count (11)\n"
	     "  -b BATCH    how often in a row each is run in a round (1)\n"
	     "  -p PREPARE  a program to run before each run, with the candidate's NAME; it is\n"
	     "              not measured");
	return fflush(stdout) ? 1 : 0;
}

static int
take_number(char letter, const char *text, int max, int *out)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < 1 || number > max) {
		fprintf(stderr, "pairs: -%c: '%s' is not a number from 1 to %d\n", letter, text,
			max);
		return -1;
	}
	*out = (int)number;
	return 0;
}

static int
read_options(struct bench *b, int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "+hn:b:p:")) != -1)
		switch (letter) {
		case 'h':
			exit(help());
		case 'n':
			if (take_number('n', optarg, ROUNDS_MAX, &b->n_rounds))
				return -1;
			break;
		case 'b':
			if (take_number('b', optarg, BATCH_MAX, &b->batch))
				return -1;
			break;
		case 'p':
			b->prepare = optarg;
			break;
		default:
			syntax(stderr);
			return -1;
		}
	return 0;
}

/* Cuts the arguments at each "--" into candidates. */
static int
read_candidates(struct bench *b, char **args)
{
	b->candidates = calloc(CANDIDATES_MAX, sizeof *b->candidates);
	if (!b->candidates) {
		perror("pairs: cannot keep the candidates");
		return -1;
	}
	for (bool more = true; more;) {
		struct candidate *c = &b->candidates[b->n_candidates];
		char **end = args;

		while (*end && strcmp(*end, "--") != 0)
			end++;
		if (end - args < 2) {
			fprintf(stderr, "pairs: candidate %d has no %s\n", b->n_candidates + 1,
				end == args ? "name" : "command");
			syntax(stderr);
			return -1;
		}
		if (b->n_candidates == CANDIDATES_MAX) {
			fprintf(stderr, "pairs: more than %d candidates\n", CANDIDATES_MAX);
			return -1;
		}
		c->name = args[0];
		c->argv = args + 1;
		b->n_candidates++;
		more = *end != NULL;
		*end = NULL; /* ends c->argv */
		args = end + 1;
	}
	return 0;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
to_ms(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

/* Starts a program, waits for it; says what went wrong with `name` if anything did. */
static int
run(const struct bench *b, const char *name, char **argv, struct sample *sample)
{
	struct rusage usage;
	int status, error;
	double start;
	pid_t pid;

	lseek(STDIN_FILENO, 0, SEEK_SET); /* a pipe or a terminal stays as it is */
	start = now_ms();
	error = posix_spawnp(&pid, argv[0], &b->quiet, NULL, argv, environ);
	if (error) {
		fprintf(stderr, "pairs: %s: cannot run '%s': %s\n", name, argv[0], strerror(error));
		return -1;
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR) {
			fprintf(stderr, "pairs: %s: cannot wait: %s\n", name, strerror(errno));
			return -1;
		}
	*sample = (struct sample){.wall_ms = now_ms() - start,
				  .cpu_ms = to_ms(&usage.ru_utime) + to_ms(&usage.ru_stime),
				  .peak_kib = usage.ru_maxrss};
	if (WIFSIGNALED(status))
		fprintf(stderr, "pairs: %s: '%s' died of signal %d\n", name, argv[0],
			WTERMSIG(status));
	else if (WEXITSTATUS(status))
		fprintf(stderr, "pairs: %s: '%s' exited with status %d\n", name, argv[0],
			WEXITSTATUS(status));
	return status ? -1 : 0;
}

static int
run_batch(const struct bench *b, struct candidate *c, struct sample *mean)
{
	char *prepare[] = {b->prepare, (char *)c->name, NULL}; /* exec takes them so */
	struct sample one;

	*mean = (struct sample){.wall_ms = 0};
	for (int i = 0; i < b->batch; i++) {
		if ((b->prepare && run(b, c->name, prepare, &one)) ||
		    run(b, c->name, c->argv, &one))
			return -1;
		mean->wall_ms += one.wall_ms / b->batch;
		mean->cpu_ms += one.cpu_ms / b->batch;
		if (one.peak_kib > mean->peak_kib)
			mean->peak_kib = one.peak_kib;
	}
	return 0;
}

/* Round -1 is the one that does not count. */
static void
run_round(struct bench *b, int round)
{
	for (int i = 0; i < b->n_candidates; i++) {
		struct candidate *c = &b->candidates[i];
		struct sample mean;

		if (c->failed)
			continue;
		c->failed = run_batch(b, c, &mean) != 0;
		if (c->failed || round < 0)
			continue;
		c->wall_ms[round] = mean.wall_ms;
		c->cpu_ms[round] = mean.cpu_ms;
		if (mean.peak_kib > c->peak_kib)
			c->peak_kib = mean.peak_kib;
	}
}

static int
compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double
median(const double *values, int n)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, (size_t)n * sizeof *sorted);
	qsort(sorted, (size_t)n, sizeof *sorted, compare);
	return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

/* The median of how often the first candidate's values go into this one's, round by round. */
static double
median_ratio(const double *values, const double *first, int n)
{
	double ratios[ROUNDS_MAX];

	for (int i = 0; i < n; i++)
		ratios[i] = values[i] / first[i];
	return median(ratios, n);
}

static void
print_candidate(const struct candidate *c, const struct candidate *first, int n)
{
	printf("%-18s %10.2f %10.2f %10.1f ", c->name, median(c->wall_ms, n), median(c->cpu_ms, n),
	       (double)c->peak_kib / 1024);
	if (first->failed)
		printf("%7s %7s %7s\n", "-", "-", "-");
	else
		printf("%7.2f %7.2f %7.2f\n", median_ratio(c->wall_ms, first->wall_ms, n),
		       median_ratio(c->cpu_ms, first->cpu_ms, n),
		       (double)c->peak_kib / (double)first->peak_kib);
}

static int
print_table(const struct bench *b)
{
	bool failed = false;

	printf("%-18s %10s %10s %10s %7s %7s %7s\n", "", "wall ms", "cpu ms", "peak MiB", "x wall",
	       "x cpu", "x peak");
	for (int i = 0; i < b->n_candidates; i++) {
		const struct candidate *c = &b->candidates[i];

		if (c->failed) {
			printf("%-18s %10s\n", c->name, "failed");
			failed = true;
		} else {
			print_candidate(c, &b->candidates[0], b->n_rounds);
		}
	}
	if (fflush(stdout)) {
		perror("pairs: cannot print the table");
		return 1;
	}
	return failed;
}

int
main(int argc, char **argv)
{
	struct bench b = {.n_rounds = 11, .batch = 1};
	int status = 1;

	if (read_options(&b, argc, argv))
		return 1;
	if (posix_spawn_file_actions_init(&b.quiet) ||
	    posix_spawn_file_actions_addopen(&b.quiet, 1, "/dev/null", O_WRONLY, 0) ||
	    posix_spawn_file_actions_addopen(&b.quiet, 2, "/dev/null", O_WRONLY, 0)) {
		fputs("pairs: out of memory\n", stderr);
		return 1;
	}
	if (read_candidates(&b, argv + optind) == 0) {
		for (int round = -1; round < b.n_rounds; round++)
			run_round(&b, round);
		status = print_table(&b);
	}
	posix_spawn_file_actions_destroy(&b.quiet);
	free(b.candidates);
	return status;
}
