/* SPDX-License-Identifier: MIT */
/* findings - what verifyService answers: a line for each difference, or one document. */
#include "cli/findings.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command/verify.h"
#include "service/stage.h"

#define FINDINGS_STATUS 1 /* as of diff(1): there are differences */

struct findings {
	struct cli *cli;
	struct json json;
	size_t n; /* those that are differences */
};

static void
take(void *arg, enum verify_finding finding, const char *path)
{
	struct findings *f = arg;
	bool counts = finding != VERIFY_ADDED || f->cli->strict;
	char shown[PATH_MAX];

	f->n += counts;
	if (f->cli->json) {
		json_open(&f->json, NULL, '{');
		json_text(&f->json, "finding", verify_word(finding));
		json_text(&f->json, "path", path);
		json_close(&f->json, '}');
		return;
	}
	if (!counts && f->cli->quiet)
		return;
	snprintf(shown, sizeof shown, "%s", path);
	text_printable(shown, shown, strlen(shown));
	printf("%s\t%s\n", verify_word(finding), shown);
}

static int
differ(size_t n, struct err *e)
{
	return n ? err_hook(e, FINDINGS_STATUS, "%zu %s from the image", n,
			    n == 1 ? "difference" : "differences")
		 : 0;
}

int
findings_answer(struct cli *cli, struct err *e)
{
	struct findings f = {.cli = cli, .json = JSON_INIT};
	struct service svc = SERVICE_INIT;
	char digest[DIGEST_HEX];
	size_t n_checked = 0;
	int result = -1;

	/* The status is known only afterwards: it is written when the document is. */
	json_open(&f.json, "findings", '[');
	if (service_open(&svc, cli->args[0], e) || service_lock(&svc, &CLI_LOCK_REQUEST(cli), e) ||
	    stage_recover(&svc, e) || verify_service(&svc, take, &f, digest, &n_checked, e))
		goto out;
	json_close(&f.json, ']');
	if (cli->json) {
		struct json answer;

		cli_json(cli, &answer, f.n ? FINDINGS_STATUS : 0);
		json_text(&answer, "service", svc.id);
		json_text(&answer, "digest", digest);
		json_number(&answer, "checked", (long long)n_checked);
		json_append(&answer, &f.json);
		if (cli_answer_json(cli, &answer, e))
			goto out;
	}
	result = differ(f.n, e);
out:
	json_free(&f.json);
	service_close(&svc);
	return result;
}
