/* SPDX-License-Identifier: MIT */
/* handover - secret files that a hook is handed, and what keeps them secret. */
#ifndef HOOK_HANDOVER_H
#define HOOK_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/secret.h"
#include "cfg/document.h"
#include "cfg/mask.h"
#include "hook/guardian.h"
#include "hook/inputs.h"
#include "hook/run.h"
#include "host/account.h"
#include "host/settings.h"
#include "service/delivery.h"

/* Which protections were in force; nothing where nothing was delivered. */
struct handover_facts {
	bool is_delivered;
	const char *file_system;
	bool is_in_memory;
	enum delivery_swap swap;
	bool is_guarded; /* from before the first secret until after the wipe */
	mode_t mode;	 /* of the configuration */
	uid_t uid;
	gid_t gid;
	bool is_wiped;
};

/*
 * In this order: what the caller gave is read and accepted; its values are hidden; empty places are
 * made, and a guardian for them; the texts are written; the hook runs; everything is wiped.
 */
struct handover {
	struct service *svc;
	struct account user, agent;
	bool as_user; /* owners are set */
	struct mask mask;
	struct mask_stream streams[2]; /* of the hook's two outputs */
	struct delivery delivery;
	struct guardian guardian;
	struct inputs inputs;
	struct handover_facts facts;
};

/* One of the files: its name in cfg/ and its text, which is the caller's. */
struct handover_file {
	char name[RUNDIR_NAME_MAX];
	const struct secret *text;
};

void handover_init(struct handover *h, struct service *svc);

/*
 * handover_find_accounts - whose the files are to be: user_id's, and the group of the agent's.
 *
 * user_id  "" for the agent's account itself
 *
 * Not root, all is left the caller's, with a note.
 *
 * Fails:   ERR_NO_ACCOUNT.
 */
int handover_find_accounts(struct handover *h, const char *user_id, struct err *e)
	__attribute__((warn_unused_result));

/*
 * handover_hide  - add what a configuration has to hide to the mask.
 * handover_place - the mask is whole: make empty files, and the guardian that will wipe them and
 *                  the inputs.
 * handover_fill  - wait for the guardian, then write the texts.
 *
 * Signals MUST be held from handover_place to handover_wipe (base/proc.h).
 *
 * Fails:   as delivery_make, guardian_start, hidden_add_document, delivery_fill.
 */
int handover_hide(struct handover *h, const struct document *doc, const struct settings *settings,
		  struct err *e) __attribute__((warn_unused_result));
int handover_place(struct handover *h, const struct handover_file *files, size_t n, struct err *e)
	__attribute__((warn_unused_result));
int handover_fill(struct handover *h, const struct handover_file *files, size_t n, struct err *e)
	__attribute__((warn_unused_result));

/* handover_run - as hook_run, its output masked; the guardian acts only once its tree has ended. */
int handover_run(struct handover *h, const struct hook *hook, const char *const *args,
		 const struct hook_options *options, struct hook_outcome *outcome, struct err *e)
	__attribute__((warn_unused_result));

/*
 * handover_wipe - wipe what was delivered and what the caller gave, and dismiss the guardian.
 *
 * result  of all that was before it: returned, unless the wipe fails
 *
 * On every way out.  A wipe that fails is told as an error of its own, and is the error where
 * there was none.
 */
int handover_wipe(struct handover *h, int result, struct err *e)
	__attribute__((warn_unused_result));

/* handover_close - wait for the guardian's end and release the rest. */
void handover_close(struct handover *h);

#endif
