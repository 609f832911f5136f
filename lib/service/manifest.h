/* SPDX-License-Identifier: MIT */
/* manifest - image.ini: what an image says about itself. */
#ifndef SERVICE_MANIFEST_H
#define SERVICE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MANIFEST_BYTES_MAX 65536 /* of the whole text */
#define MANIFEST_WORD_MAX 64	 /* bytes of name and of version */
#define MANIFEST_PATH_MAX 1024	 /* bytes of a path, as in an image */
#define MANIFEST_PERSIST_MAX 256 /* paths in all */
#define MANIFEST_KEY_MAX 256	 /* bytes of a key's name */
#define MANIFEST_REQUIRED_MAX 256
#define MANIFEST_ALLOWED_MAX 256
#define MANIFEST_UNKNOWN_MAX 300

/* What becomes of files that the configure hook left secrets in. */
enum manifest_residue { RESIDUE_WARN, RESIDUE_FAIL, RESIDUE_OFF };

struct manifest {
	char name[MANIFEST_WORD_MAX + 1], version[MANIFEST_WORD_MAX + 1]; /* "" when not given */
	/* What survives when the whole service is replaced: relative, no slash at the end. */
	char **persist;
	size_t n_persist;
	/* The keys without which a configuration is of no use to the configure hook. */
	char **required;
	size_t n_required;
	enum manifest_residue residue;
	/* Patterns of the paths that may hold secrets, as fnmatch(3) has them. */
	char **allowed;
	size_t n_allowed;
	char unknown[MANIFEST_UNKNOWN_MAX]; /* the first setting that there is not, or "" */
};

#define MANIFEST_INIT ((struct manifest){.persist = NULL})

/*
 * manifest_parse - read image.ini's [image] name and version, every path of [persist], and
 * [configure] required, residue and allow.
 *
 * Sections compare without case.  The first section or setting that is none of these is told in
 * m->unknown: a later agent may know it.  Each value in [persist], required and allow is a
 * comma-separated list.  m is the empty value, and stays it on failure.
 *
 * Fails:   ERR_UNSAFE, with the line, for text that is no INI or too large, a name or version that
 *          is too long, not UTF-8, has control characters or is given twice, a path that is
 *          unsafe, there twice, beneath another one, in bin/, or image.ini, for what can be no
 *          key's name or no pattern, and for a residue that is none; ERR_SYSTEM for memory.
 * Source:  enstratus-image(5).
 */
int manifest_parse(struct manifest *m, const char *text, size_t len, struct err *e)
	__attribute__((warn_unused_result));

/*
 * manifest_read_installed - that of an installed service; what is no regular file says nothing.
 *
 * dir_fd  the service's directory
 */
int manifest_read_installed(struct manifest *m, int dir_fd, struct err *e)
	__attribute__((warn_unused_result));

/* manifest_persists - true for a path that persists, or lies in one that does. */
bool manifest_persists(const struct manifest *m, const char *path);

void manifest_free(struct manifest *m);

#endif
