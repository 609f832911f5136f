/* SPDX-License-Identifier: MIT */
/* state - what the agent remembers of a service between two commands. */
#ifndef SERVICE_STATE_H
#define SERVICE_STATE_H

#include "base/err.h"
#include "base/text.h"

#define STATE_IMAGE_MAX 255
#define STATE_STAGE_MAX 80

/* Empty strings and 0 where nothing is known. */
struct state {
	char customer_id[TEXT_ACCOUNT_MAX + 1];
	char user_id[TEXT_ACCOUNT_MAX + 1];
	char image[STATE_IMAGE_MAX + 1]; /* the image's file name, printable */
	long long installed;		 /* seconds since 1970 */
	long long configured;		 /* when configureService first succeeded, likewise */
	char committing[STATE_STAGE_MAX +
			1];   /* the stage of a commit under way; see service/stage.h */
	long long generation; /* the highest --generation seen */
};

#define STATE_INIT ((struct state){.generation = 0})

/* state_load - read the file `state` in book_fd; one that is missing is the empty state.
 *
 * Fails:   ERR_UNSAFE when it is damaged.
 */
int state_load(struct state *s, int book_fd, struct err *e) __attribute__((warn_unused_result));

/* state_save - replace it in one step. */
int state_save(const struct state *s, int book_fd, struct err *e)
	__attribute__((warn_unused_result));

#endif
