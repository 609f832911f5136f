/* SPDX-License-Identifier: MIT */
/* audit - what configureService answers: which protections were in force. */
#include "cli/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/runs.h"
#include "host/account.h"

#define ROWS 7

struct row {
	const char *name; /* as in the document; the table shows blanks for dashes */
	bool in_force;
	char how[160];
};

static void __attribute__((format(printf, 4, 5)))
set(struct row *row, const char *name, bool in_force, const char *fmt, ...)
{
	va_list ap;

	row->name = name;
	row->in_force = in_force;
	va_start(ap, fmt);
	vsnprintf(row->how, sizeof row->how, fmt, ap);
	va_end(ap);
}

static void
set_swap(struct row *row, const struct handover_facts *facts)
{
	static const char *const how[] = {
		[DELIVERY_SWAP_NEVER] = "the file system is never swapped",
		[DELIVERY_SWAP_LOCKED] = "locked in memory",
		[DELIVERY_SWAP_NONE] = "not locked in memory, and there is no swap space",
		[DELIVERY_SWAP_POSSIBLE] = "it could be written to swap space",
	};

	if (facts->is_in_memory)
		set(row, "swap", facts->swap != DELIVERY_SWAP_POSSIBLE, "%s", how[facts->swap]);
	else
		set(row, "swap", false, "it was on a disk");
}

static void
set_owner(struct row *row, const struct handover_facts *facts)
{
	char user[ACCOUNT_NAME_MAX + 1], group[ACCOUNT_NAME_MAX + 1];

	account_names(facts->uid, facts->gid, user, group);
	set(row, "owner", geteuid() == 0, "%s, group %s%s", user, group,
	    geteuid() == 0 ? "" : ": only root gives files away");
}

static void
set_residue(struct row *row, const struct configure_report *report)
{
	bool searched = report->residue && strcmp(report->residue, "off") != 0;

	if (!searched)
		set(row, "residue", false, "%s",
		    report->residue ? "off in image.ini" : "not searched");
	else if (report->n_residue == 0)
		set(row, "residue", true, "searched, nothing found (%s)", report->residue);
	else
		set(row, "residue", true, "searched, secrets found in %zu file%s (%s)",
		    report->n_residue, report->n_residue == 1 ? "" : "s", report->residue);
}

static size_t
make_rows(struct row rows[static ROWS], const struct configure_report *report)
{
	const struct handover_facts *facts = &report->facts;

	if (!facts->is_delivered)
		return 0;
	set(&rows[0], "file-system", facts->is_in_memory, "%s, %s", facts->file_system,
	    facts->is_in_memory ? "in memory" : "on a disk");
	set_swap(&rows[1], facts);
	set(&rows[2], "guardian", facts->is_guarded, "%s",
	    facts->is_guarded ? "there from before the first byte until after the wipe"
			      : "it was killed meanwhile");
	set(&rows[3], "mode", (facts->mode & 027) == 0, "%04o", (unsigned)facts->mode);
	set_owner(&rows[4], facts);
	set(&rows[5], "wipe", facts->is_wiped, "%s",
	    facts->is_wiped ? "overwritten, cut and removed" : "it failed");
	set_residue(&rows[6], report);
	return ROWS;
}

static void
print_table(const struct row *rows, size_t n)
{
	char name[32];

	if (n == 0)
		puts("nothing was delivered");
	else
		printf("%-12s  %-8s  %s\n", "PROTECTION", "IN FORCE", "HOW");
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "%s", rows[i].name);
		for (char *dash = name; (dash = strchr(dash, '-'));)
			*dash = ' ';
		printf("%-12s  %-8s  %s\n", name, rows[i].in_force ? "yes" : "no", rows[i].how);
	}
}

/* Names, with commas between. */
static void
add_changed(struct json *json, const char *names)
{
	json_open(json, "changed", '[');
	while (names && *names) {
		size_t len = strcspn(names, ",");
		char name[256];

		snprintf(name, sizeof name, "%.*s", (int)len, names);
		json_text(json, NULL, name);
		names += len + (names[len] == ',');
	}
	json_close(json, ']');
}

static int
answer_json(struct cli *cli, const struct configure_report *report, const struct row *rows,
	    size_t n, const struct err *failed, struct err *e)
{
	struct json json;

	cli_json(cli, &json, err_status(failed));
	json_text(&json, "service", cli->args[2]);
	if (failed->kind)
		json_text(&json, "error", failed->msg);
	if (report->event)
		json_text(&json, "event", report->event);
	if (report->run.hook[0])
		runs_add(&json, "hook", &report->run);
	json_bool(&json, "told", report->is_told);
	add_changed(&json, report->changed);
	json_number(&json, "residue", (long long)report->n_residue);
	json_open(&json, "protections", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&json, NULL, '{');
		json_text(&json, "name", rows[i].name);
		json_bool(&json, "inForce", rows[i].in_force);
		json_text(&json, "how", rows[i].how);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	return cli_answer_json(cli, &json, e);
}

int
audit_answer(struct cli *cli, const struct configure_report *report, const struct err *failed,
	     struct err *e)
{
	struct row rows[ROWS];
	size_t n = make_rows(rows, report);

	if (cli->json)
		return answer_json(cli, report, rows, n, failed, e);
	if (cli->audit)
		print_table(rows, n);
	return 0;
}
