/* SPDX-License-Identifier: MIT */
/* output - what a hook prints: filtered, cut into lines, logged, relayed, and kept where asked. */
#ifndef HOOK_OUTPUT_H
#define HOOK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lines.h"

/* Bytes of the first line that are kept: a state word and its reason. */
#define OUTPUT_FIRST_MAX 256

/*
 * What every byte passes before anything else sees it: cfg/mask, where there are secrets.  It is a
 * pair of pointers so that a program without secrets does not load what keeps them.
 */
typedef void output_sink_fn(void *arg, const char *data, size_t len);
struct output_filter {
	void (*feed)(void *state, int stream, const char *data, size_t len, output_sink_fn *sink,
		     void *arg); /* len 0 is the end of that stream */
	void *state;
};

/* One of the two streams, with the line that is not at its end yet. */
struct output_stream {
	struct output *output;
	int number;
	struct lines lines;
};

struct output {
	const char *hook;
	const struct output_filter *filter; /* NULL: everything passes */
	int log_fd;			    /* every line goes there as well; -1 for none */
	bool shows_first;		    /* the caller prints `first`: it is not relayed */
	struct output_stream streams[2];
	char first[OUTPUT_FIRST_MAX + 1]; /* the first line of standard output that is not blank */
};

/* output_open - hook, filter and log_fd are the caller's and outlive it. */
void output_open(struct output *o, const char *hook, const struct output_filter *filter,
		 int log_fd);

/* output_take - a proc_output_fn; arg is a struct output. */
void output_take(void *arg, int stream, const char *data, size_t len);

#endif
