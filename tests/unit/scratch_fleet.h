/* SPDX-License-Identifier: MIT */
/* scratch_fleet - a small deployment, and hosts that only write down what they are asked. */
#ifndef TESTS_UNIT_SCRATCH_FLEET_H
#define TESTS_UNIT_SCRATCH_FLEET_H

#include "scratch_root.h"

#include "provision/act.h"
#include "provision/loader.h"
#include "provision/parser.h"
#include "provision/store.h"

static struct deployment fleet_d;
static struct ledger fleet_l;
static struct references fleet_references;
static struct planner fleet_planner;
static struct act fleet_act;
static struct err fleet_err;
/* What hosts were asked, a line each: ADDRESS PROGRAM ARGUMENT... */
static char fleet_asked[65536];
/* Asked for that program, a host at that address ends with the status; "" for any. */
static const char *fleet_bad_program = "-", *fleet_bad_address = "";
static int fleet_bad_status;
static const char *fleet_vote = "0\n";

static const char fleet_text[] =
	"[deployment]\n"
	"name = shop\n"
	"recovery-delay = 0\n"
	"backups = backups\n"
	"[host h1]\naddress = 10.0.0.1\n"
	"[host h2]\naddress = 10.0.0.2\n"
	"[host h3]\naddress = 10.0.0.3\n"
	"[host h4]\naddress = 10.0.0.4\n"
	"[tier db]\nhosts = h1, h4\nmin = 1\nmax = 1\n"
	"[tier web]\nhosts = h2, h3\nmin = 1\nmax = 2\nscaling = votes\n"
	"[service db]\ntier = db\nimage = image.zip\nrun-as = mysql\n"
	"port.3306 = TCP\nkey.admin = root file:secret\n"
	"[data source shop]\nservice = db\nuser = shop\npassword = file:secret\n"
	"dump = dump.sql\n"
	"[service web]\ntier = web\nimage = image.zip\nrun-as = www\n"
	"port.80 = HTTP\ndata-sources = shop\nbalancer = front\n"
	"[balancer front]\ntier = db\n";

static inline int
fleet_answer(void *arg, struct agents_call *call, struct err *e)
{
	const char *verb = call->words[0], *out = "";
	size_t len = strlen(fleet_asked);

	(void)arg;
	len += (size_t)snprintf(fleet_asked + len, sizeof fleet_asked - len, "%s",
				call->place.address);
	for (const char *const *word = call->words; *word; word++)
		len += (size_t)snprintf(fleet_asked + len, sizeof fleet_asked - len, " %s", *word);
	snprintf(fleet_asked + len, sizeof fleet_asked - len, "\n");
	buf_free(&call->out);
	call->status = 0;
	if (strcmp(verb, fleet_bad_program) == 0 &&
	    (!*fleet_bad_address || strcmp(fleet_bad_address, call->place.address) == 0)) {
		call->status = fleet_bad_status;
		return 0;
	}
	if (strcmp(verb, "receiveFile") == 0)
		out = strcmp(call->words[1], "--have") == 0 ? "0\n" : "/there/file\n";
	else if (strcmp(verb, "sendFile") == 0)
		out = strcmp(call->words[1], "--where") == 0 ? "/there/backup\n" : "";
	else if (strcmp(verb, "checkService") == 0)
		out = "OK\n";
	else if (strcmp(verb, "scaleCheck") == 0)
		out = fleet_vote;
	return buf_add(&call->out, out, strlen(out), e);
}

static inline void
fleet_read(const char *text, struct store *store)
{
	struct faults faults = FAULTS_INIT;

	ck_assert_msg(parser_read(&fleet_d, text, strlen(text), scratch_dir, &faults, &fleet_err) ==
			      0,
		      "%s", fleet_err.msg);
	ck_assert_int_eq(loader_open(&fleet_l, store, &fleet_err), 0);
	ck_assert_int_eq(ledger_bind(&fleet_l, &fleet_d, &fleet_err), 0);
	fleet_planner = (struct planner){
		.d = &fleet_d, .l = &fleet_l, .references = &fleet_references, .random = 1};
	ck_assert_int_eq(planner_digests(&fleet_planner, &fleet_err), 0);
	fleet_act = (struct act){.d = &fleet_d,
				 .l = &fleet_l,
				 .references = &fleet_references,
				 .planner = &fleet_planner,
				 .agents = {.fn = fleet_answer}};
}

static inline void
fleet_setup(void)
{
	scratch_root_setup();
	fleet_err = ERR_INIT;
	fleet_references = REFERENCES_INIT;
	scratch_write("image.zip", "an image");
	scratch_write("secret", "pass-word\n");
	scratch_write("dump.sql", "SELECT 1;\n");
	fleet_read(fleet_text, NULL);
}

static inline void
fleet_teardown(void)
{
	planner_free(&fleet_planner);
	ledger_close(&fleet_l);
	references_free(&fleet_references);
	deployment_free(&fleet_d);
	scratch_root_teardown();
}

/* The same with another deployment. */
static inline void
fleet_reread(const char *text)
{
	planner_free(&fleet_planner);
	ledger_close(&fleet_l);
	deployment_free(&fleet_d);
	fleet_read(text, NULL);
}

/* From now on what is done is kept; without a store there are no events. */
static inline struct store *
fleet_keep(void)
{
	char path[400];
	const struct store_options options = {.where = path};
	struct store *store;

	snprintf(path, sizeof path, "%s/state", scratch_dir);
	ck_assert_int_eq(store_open(&store, &options, &fleet_err), 0);
	ck_assert_int_eq(store_lock(store, "a test", &fleet_err), 0);
	ledger_close(&fleet_l);
	ck_assert_int_eq(loader_open(&fleet_l, store, &fleet_err), 0);
	ck_assert_int_eq(ledger_bind(&fleet_l, &fleet_d, &fleet_err), 0);
	return store;
}

/* The verbs that hosts were asked for, without what sends files. */
static inline const char *
fleet_verbs(void)
{
	static char verbs[8192];
	size_t len = 0;

	verbs[0] = '\0';
	for (const char *p = fleet_asked; *p; p = strchr(p, '\n') + 1) {
		const char *verb = strchr(p, ' ') + 1;

		if (strncmp(verb, "receiveFile", 11) != 0)
			len += (size_t)snprintf(verbs + len, sizeof verbs - len, "%.*s ",
						(int)strcspn(verb, " \n"), verb);
	}
	return verbs;
}

#endif
