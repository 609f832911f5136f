/* SPDX-License-Identifier: MIT */
/* judge - what an image may hold: every entry is judged before the first byte is written. */
#ifndef IMAGE_JUDGE_H
#define IMAGE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"

enum entry_kind { ENTRY_FILE, ENTRY_DIRECTORY, ENTRY_LINK };

/* One entry, judged; there may be many, hence the small numbers. */
struct entry {
	const char
		*name; /* UTF-8, relative, no empty, "." or ".." component, no slash at the end */
	const char *target; /* of a link; else NULL */
	uint64_t size;	    /* bytes of a file */
	time_t mtime;
	uint32_t index; /* the reader's own number for it */
	uint16_t mode;	/* permission bits; setuid, setgid, sticky and world-write are gone */
	uint8_t kind;	/* enum entry_kind */
};

/* The limits above which an image is refused: numbers in agent.cfg, not one can be switched off. */
struct judge_limits {
	uint64_t total_bytes; /* all entries unpacked */
	uint64_t entry_bytes; /* one entry unpacked */
	size_t entries;
	size_t name_bytes; /* of a whole name; a component is bounded by the file system's 255 */
	size_t depth;	   /* components of a name */
};

/* Source: enstratus-image(5), LIMITS. */
#define JUDGE_LIMITS                                       \
	((struct judge_limits){.total_bytes = 16ULL << 30, \
			       .entry_bytes = 8ULL << 30,  \
			       .entries = 500000,          \
			       .name_bytes = 1024,         \
			       .depth = 64})

/* What a caller delivers; of an image it is left out, or it would be taken for a delivery. */
#define JUDGE_CONFIGURATION "cfg/enstratus.cfg"

/* The entries of one image; after judge_finish sorted so that a directory precedes its content. */
struct judge {
	struct judge_limits limits;
	struct entry *entries;
	size_t n_entries, capacity;
	uint64_t total_bytes;
	struct arena strings;
	bool has_configuration; /* JUDGE_CONFIGURATION was there, and was left out */
	size_t n_dropped_bits;	/* entries that had setuid, setgid, sticky or world-write */
	size_t n_converted;	/* names that the reader found in another code than UTF-8 */
};

#define JUDGE_INIT ((struct judge){.limits = JUDGE_LIMITS})

/* What a reader found in the archive for one entry. */
struct judge_claim {
	const char *name; /* as stored; a slash at the end says directory */
	size_t name_len;
	const char *target; /* of a link, terminated; NULL when it is read later, see judge_link */
	mode_t mode;	    /* with file type bits; type 0 when the archive does not tell */
	uint64_t size;
	time_t mtime;
	uint32_t index;
};

/*
 * judge_add - judge one entry and keep it.
 *
 * "./" before a name is left out, and "./" alone, the service directory itself, is passed over: so
 * tar(1) names them when it packs ".".
 *
 * Fails:   ERR_UNSAFE, with the entry and the rule in the message; ERR_SYSTEM for memory.
 */
int judge_add(struct judge *j, const struct judge_claim *claim, struct err *e)
	__attribute__((warn_unused_result));

/*
 * judge_link - judge where a link that was added leads, and keep it: it may not leave the service
 * directory.
 *
 * target  terminated; judged as text, from the link's own directory; may have '..' only at its
 *         start: what it names may be a link too
 *
 * Fails:   ERR_UNSAFE; ERR_SYSTEM for memory.
 */
int judge_link(struct judge *j, struct entry *link, const char *target, struct err *e)
	__attribute__((warn_unused_result));

/* judge_find - the entry of that name, NULL for none; after judge_finish. */
const struct entry *judge_find(const struct judge *j, const char *name);

/*
 * judge_finish - judge the entries together: none twice, no file where a directory is needed, and
 * a bin/ directory at the top.  JUDGE_CONFIGURATION is left out, with what is beneath it.
 *
 * Fails:   ERR_UNSAFE.
 */
int judge_finish(struct judge *j, struct err *e) __attribute__((warn_unused_result));

/* judge_compare_names - below, at or above 0: in the order of the entries. */
int judge_compare_names(const char *left, const char *right);

/* judge_compare_places - for qsort(3) of pointers to entries: in the archive's order. */
int judge_compare_places(const void *a, const void *b);

/* judge_holds - true when path is an entry, or a directory that one lies in; after judge_finish. */
bool judge_holds(const struct judge *j, const char *path);

void judge_free(struct judge *j);

#endif
