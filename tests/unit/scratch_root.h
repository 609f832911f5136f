/* SPDX-License-Identifier: MIT */
/* scratch_root - a whole agent's root of a test's own: services, settings, run-time storage. */
#ifndef TESTS_UNIT_SCRATCH_ROOT_H
#define TESTS_UNIT_SCRATCH_ROOT_H

#include "scratch.h"

#include <glob.h>

/* A place for services, and memory-backed storage, of this test's own. */
static char scratch_run_dir[64];

/* What failed tests left there; scratch.h does the same in its own place. */
static void
remove_run_dirs(void)
{
	char pattern[64];
	glob_t found;

	snprintf(pattern, sizeof pattern, "/dev/shm/unit.%d.*", scratch_owner);
	if (getpid() != scratch_owner || glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		nftw(found.gl_pathv[i], scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	globfree(&found);
}

static void __attribute__((constructor)) scratch_root_begin(void)
{
	atexit(remove_run_dirs);
}

/* A checked fixture: tcase_add_checked_fixture(tc, scratch_root_setup, scratch_root_teardown). */
static inline void
scratch_root_setup(void)
{
	scratch_setup();
	ck_assert_int_eq(chmod(scratch_dir, 0755), 0);
	scratch_mkdir("home/cfg/");
	scratch_mkdir("services/");
	snprintf(scratch_run_dir, sizeof scratch_run_dir, "/dev/shm/unit.%d.XXXXXX", scratch_owner);
	ck_assert_ptr_nonnull(mkdtemp(scratch_run_dir));
	setenv("ENSTRATUS_HOME", scratch_path("home"), 1);
	setenv("ENSTRATUS_SERVICES_DIR", scratch_path("services"), 1);
	setenv("ENSTRATUS_TMP_DIR", scratch_path("tmp"), 1);
	setenv("ENSTRATUS_RUN_DIR", scratch_run_dir, 1);
}

static inline void
scratch_root_teardown(void)
{
	nftw(scratch_run_dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	scratch_teardown();
}

#endif
