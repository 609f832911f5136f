/* SPDX-License-Identifier: MIT */
/* part - a download that is not whole yet: its bytes, and what is known of them. */
#ifndef CLUSTER_PART_H
#define CLUSTER_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/crypto.h"
#include "base/err.h"

#define PART_VALIDATOR_MAX 256
#define PART_BOOT_ID 37 /* of /proc/sys/kernel/random/boot_id, terminated */
#define PART_TEXT_MAX 640

/* What is known; the numbers are bytes. */
struct part_facts {
	char url[CRYPTO_SHA256_HEX];	    /* the digest, for a URL may hold a token */
	char boot[PART_BOOT_ID];	    /* during which the bytes were written */
	char validator[PART_VALIDATOR_MAX]; /* for If-Range: strong ETag or date; "" for none */
	long long size;			    /* of the whole; -1 while it is not known */
	long long have;			    /* [0, have) is there */
	long long tail, tail_have;	    /* so is [tail, tail_have); -1 when there is none */
};

/* Two files, and with part_open their names; it holds descriptors. */
struct part {
	int data_fd, state_fd;
	int dir_fd; /* of the names; -1 when the files were handed over */
	char name[256], data_name[256], state_name[256];
	struct part_facts facts;
	long long saved; /* part_received when it was last saved */
};

#define PART_FACTS_INIT ((struct part_facts){.size = -1, .tail = -1, .tail_have = -1})
#define PART_INIT \
	((struct part){.data_fd = -1, .state_fd = -1, .dir_fd = -1, .facts = PART_FACTS_INIT})

/* The descriptors of data and state where a caller hands them over. */
#define PART_DATA_FD 3
#define PART_STATE_FD 4

/*
 * part_open - PATH.part and PATH.part.state, made where they are missing, and locked.
 *
 * path     NULL: the two descriptors, which the part takes
 * wait_ms  how long to wait for another download of the same file
 *
 * Fails:   ERR_BUSY when it is under way elsewhere; ERR_UNSAFE for what is no regular file, has
 *          other names or belongs to another account; ERR_STATUS for a held signal meanwhile;
 *          ERR_USAGE for descriptors that are not of regular files, open for reading and writing.
 */
int part_open(struct part *p, const char *path, int wait_ms, struct err *e)
	__attribute__((warn_unused_result));

/*
 * part_load - what an earlier run has left of this URL; else the part is made empty.
 *
 * Nothing is used that another URL, another boot of the machine (bytes are not synced while they
 * come) or a damaged state has left, nor what cannot be told from a changed file.
 */
int part_load(struct part *p, const char *url, struct err *e) __attribute__((warn_unused_result));

/* part_reset - forget all but the URL: the data is cut to nothing, the state too. */
int part_reset(struct part *p, struct err *e) __attribute__((warn_unused_result));

/* part_write - bytes at their place; facts are the caller's to change. */
int part_write(const struct part *p, long long offset, const void *data, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/* part_save - write the state down, at once or (part_save_some) each MiB. */
int part_save(struct part *p, struct err *e) __attribute__((warn_unused_result));
int part_save_some(struct part *p, struct err *e) __attribute__((warn_unused_result));

/*
 * part_finish - the part is whole: sync, rename to the file's own name, forget the state.
 *
 * What was handed over is only saved: the names are the caller's.
 */
int part_finish(struct part *p, struct err *e) __attribute__((warn_unused_result));

/* part_close - keep the state for the next run; files that hold nothing go. */
void part_close(struct part *p);

/* part_end - where [0, have) will end, part_received - bytes that are there, of both ranges. */
long long part_end(const struct part_facts *facts);
long long part_received(const struct part_facts *facts);
bool part_is_whole(const struct part_facts *facts);

/*
 * part_format, part_parse - the facts as text and back.
 *
 * part_parse returns false for all that part_format does not write; facts is then unchanged.
 */
void part_format(const struct part_facts *facts, char text[static PART_TEXT_MAX]);
bool part_parse(const char *text, struct part_facts *facts);

#endif
