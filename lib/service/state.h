/* SPDX-License-Identifier: MIT */
/* state - what the agent remembers of a service between two commands. */
#ifndef SERVICE_STATE_H
#define SERVICE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

#define STATE_IMAGE_MAX 255
#define STATE_STAGE_MAX 80
#define STATE_VERSION_MAX 64
#define STATE_KEPT_MAX 16 /* images that a service may go back to, the installed one included */
#define STATE_DIGEST_HEX 65

/* Empty strings and 0 where nothing is known. */
struct state {
	char customer_id[TEXT_ACCOUNT_MAX + 1];
	char user_id[TEXT_ACCOUNT_MAX + 1];
	char image[STATE_IMAGE_MAX + 1]; /* the image's file name, printable */
	char version[STATE_VERSION_MAX + 1];
	/* SHA-256 of the images it may go back to, in hex; the first is the installed one's. */
	char kept[STATE_KEPT_MAX][STATE_DIGEST_HEX];
	long long bytes;      /* that the installed image unpacked to */
	long long installed;  /* seconds since 1970 */
	long long configured; /* when configureService first succeeded, likewise */
	/* A commit under way, see service/stage.h. */
	char committing[STATE_STAGE_MAX + 1]; /* its stage's name */
	long long within;     /* 1: the stage is in the service directory, a mounted one */
	long long exchanging; /* the inode of the tree that is to become the service; else 0 */
	long long pruning;    /* 1: what service/prune.h lists goes with it */
	long long generation; /* the highest --generation seen */
	long long sequence;   /* of the latest sealed configuration that was used */
};

#define STATE_INIT ((struct state){.generation = 0})

/* state_is_there - true unless it is sure that there is no file `state` in meta_fd. */
bool state_is_there(int meta_fd);

/* state_load - read the file `state` in meta_fd; one that is missing is the empty state.
 *
 * Fails:   ERR_UNSAFE when it is damaged.
 */
int state_load(struct state *s, int meta_fd, struct err *e) __attribute__((warn_unused_result));

/* state_keep - note the digest of what is installed now; of those before it n_max - 1 stay. */
void state_keep(struct state *s, const char *digest, size_t n_max);

/* state_save - replace it in one step. */
int state_save(const struct state *s, int meta_fd, struct err *e)
	__attribute__((warn_unused_result));

/*
 * state_prepare - write a state beside the one that holds.
 * state_take - let the prepared one hold, in one step and with no more room.
 * state_drop - remove one that was prepared and not taken, which means nothing.
 */
int state_prepare(const struct state *s, int meta_fd, struct err *e)
	__attribute__((warn_unused_result));
int state_take(int meta_fd, struct err *e) __attribute__((warn_unused_result));
void state_drop(int meta_fd);

#endif
