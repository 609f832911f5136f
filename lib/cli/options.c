/* SPDX-License-Identifier: MIT */
/* options - the table of all options of all programs, and what --help says of them. */
#include "cli/options.h"

#define SECONDS_MAX 86400
#define SEAL_SECONDS_MAX (366LL * 86400)
#define AT(field) offsetof(struct cli, field)
#define NO_LIMIT __LONG_LONG_MAX__

const struct options_row options_rows[] = {
	{'h', "help", NULL, 0, OPTIONS_KEEP_CALL, 0, 0, 0, "print this and exit"},
	{'q', "quiet", NULL, 0, OPTIONS_KEEP_CALL, 0, 0, 0, "print errors and warnings only"},
	{'V', "version", NULL, 0, OPTIONS_KEEP_CALL, 0, 0, 0, "print the version and exit"},
	{'v', "verbose", NULL, 0, OPTIONS_KEEP_CALL, 0, 0, 0, "print what is done"},
	{'i', NULL, NULL, CLI_TAG, OPTIONS_KEEP_NOTHING, 0, 0, 0, "accepted and ignored"},
	{'t', NULL, "TAG", CLI_TAG, OPTIONS_KEEP_TEXT, AT(tag), 0, 0,
	 "what the record begins with"},
	{0, "all", NULL, CLI_DEPLOY, OPTIONS_KEEP_TRUE, AT(all), 0, 0,
	 "change: send every configuration again"},
	{0, "audit", NULL, CLI_AUDIT, OPTIONS_KEEP_TRUE, AT(audit), 0, 0,
	 "print which protections were in force"},
	{0, "ca-file", "FILE", CLI_DOWNLOAD | CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(ca_file), 0, 0,
	 "certificates to trust in the place of the system's"},
	{0, "cert", "FILE", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(cert), 0, 0,
	 "the certificate to show to etcd"},
	{0, "check", NULL, CLI_LIST, OPTIONS_KEEP_TRUE, AT(check), 0, 0,
	 "ask the services themselves, as checkService does"},
	{0, "config", "FILE", CLI_CONFIG, OPTIONS_KEEP_TEXT, AT(config), 0, 0,
	 "the configuration; - for standard input"},
	{0, "csv", "FILE", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(csv), 0, 0,
	 "vote, watch, simulate: write down each round"},
	{0, "default", "VALUE", CLI_FALLBACK, OPTIONS_KEEP_TEXT, AT(fallback), 0, 0,
	 "what to print for a key that is absent or empty"},
	{0, "drop", NULL, CLI_PART, OPTIONS_KEEP_TRUE, AT(drop), 0, 0,
	 "remove it, and what is there of it"},
	{0, "dry-run", NULL, CLI_DRY_RUN, OPTIONS_KEEP_TRUE, AT(dry_run), 0, 0,
	 "judge everything, write nothing"},
	{0, "event", "NAME", CLI_SEAL, OPTIONS_KEEP_TEXT, AT(event), 0, 0,
	 "what it may be used for: deploy, change, ... (any)"},
	{0, "expires", "SECONDS", CLI_SEAL, OPTIONS_KEEP_NUMBER, AT(expires_s), 1, SEAL_SECONDS_MAX,
	 "how long it may be used (3600)"},
	{0, "follow", NULL, CLI_DEPLOY, OPTIONS_KEEP_TRUE, AT(follow), 0, 0,
	 "events: go on with those that come"},
	{0, "force", NULL, CLI_REMOVE, OPTIONS_KEEP_TRUE, AT(force), 0, 0,
	 "go on when a hook fails"},
	{0, "generation", "N", CLI_GENERATION, OPTIONS_KEEP_NUMBER, AT(generation), 0, NO_LIMIT,
	 "refuse when the service has seen a higher N"},
	{0, "have", NULL, CLI_PART, OPTIONS_KEEP_TRUE, AT(have), 0, 0,
	 "only tell how much of it is there"},
	{0, "html", "FILE", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(html), 0, 0,
	 "status, watch: write a page of how it stands"},
	{0, "if-changed", NULL, CLI_IF_CHANGED, OPTIONS_KEEP_TRUE, AT(if_changed), 0, 0,
	 "run no hook when nothing differs from the last time"},
	{0, "json", NULL, CLI_JSON, OPTIONS_KEEP_TRUE, AT(json), 0, 0,
	 "answer with one JSON document"},
	{0, "keep-data", NULL, CLI_REMOVE, OPTIONS_KEEP_TRUE, AT(keep_data), 0, 0,
	 "keep what image.ini lists to persist"},
	{0, "key", "FILE", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(key), 0, 0, "the key of --cert"},
	{0, "load", "FILE", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(load), 0, 0,
	 "simulate: the load, lines TIME TIER SERVERS"},
	{0, "login", "FILE", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(login), 0, 0,
	 "the line NAME:PASSWORD, as etcd has it"},
	{0, "max-bytes", "N", CLI_RETRY, OPTIONS_KEEP_NUMBER, AT(max_bytes), 1, NO_LIMIT,
	 "refuse a download that is larger (no limit)"},
	{0, "observe", NULL, CLI_DEPLOY, OPTIONS_KEEP_TRUE, AT(observe), 0, 0,
	 "up: make the state anew from what is on the hosts; status: ask them"},
	{0, "on-hangup", "continue|abort", CLI_ON_HANGUP, OPTIONS_KEEP_CALL, 0, 0, 0,
	 "what to do when the connection is lost (continue)"},
	{0, "parallel", "N", CLI_DEPLOY, OPTIONS_KEEP_NUMBER, AT(parallel), 1, 256,
	 "how many hosts are worked on at once (8)"},
	{0, "pinned-key", "KEY", CLI_DOWNLOAD, OPTIONS_KEEP_TEXT, AT(pinned_key), 0, 0,
	 "the server's public key: sha256//BASE64 or a file"},
	{0, "progress", "auto|json|none", CLI_DOWNLOAD, OPTIONS_KEEP_CALL, 0, 0, 0,
	 "how a download is shown (auto: on a terminal)"},
	{0, "prune", NULL, CLI_REPLACE, OPTIONS_KEEP_TRUE, AT(prune), 0, 0,
	 "what the last image brought and this one lacks goes, if unchanged"},
	{0, "purge", NULL, CLI_REMOVE, OPTIONS_KEEP_TRUE, AT(purge), 0, 0,
	 "forget it too, and the images that were kept for it"},
	{0, "replace", NULL, CLI_REPLACE, OPTIONS_KEEP_TRUE, AT(replace), 0, 0,
	 "what the image lacks goes, but for what it lists to persist"},
	{0, "require-ok", NULL, CLI_CHECK, OPTIONS_KEEP_TRUE, AT(require_ok), 0, 0,
	 "exit with status 1 unless all are OK"},
	{0, "required", NULL, CLI_FALLBACK, OPTIONS_KEEP_TRUE, AT(required), 0, 0,
	 "fail when the key is absent or empty"},
	{0, "retries", "N", CLI_RETRY, OPTIONS_KEEP_NUMBER, AT(retries), 0, 100,
	 "how often to try again without any progress (5)"},
	{0, "rounds", "N", CLI_DEPLOY, OPTIONS_KEEP_NUMBER, AT(rounds), 1, NO_LIMIT,
	 "end watch (never) or simulate (a day) after so many"},
	{0, "run", "ID", CLI_HISTORY | CLI_GENERATION, OPTIONS_KEEP_TEXT, AT(run), 0, 0,
	 "the run's id, eight hexadecimal digits"},
	{0, "sealed", NULL, CLI_SEALED, OPTIONS_KEEP_TRUE, AT(sealed), 0, 0,
	 "the configuration is sealed for this host"},
	{0, "seed", "N", CLI_DEPLOY, OPTIONS_KEEP_NUMBER, AT(seed), 0, NO_LIMIT,
	 "choose the same servers again when there are too many"},
	{0, "sequence", "N", CLI_SEAL, OPTIONS_KEEP_NUMBER, AT(sequence), 1, NO_LIMIT,
	 "higher than that of the one before (the time)"},
	{0, "services", "LIST", CLI_DOOR, OPTIONS_KEEP_TEXT, AT(services), 0, 0,
	 "the services that may be named (all)"},
	{0, "sha256", "HEX", CLI_TRUST, OPTIONS_KEEP_TEXT, AT(sha256), 0, 0,
	 "refuse an image of another digest"},
	{0, "sign", "FILE", CLI_SEAL, OPTIONS_KEEP_TEXT, AT(sign), 0, 0,
	 "the secret key to sign with"},
	{0, "signature", "FILE", CLI_TRUST, OPTIONS_KEEP_TEXT, AT(signature), 0, 0,
	 "the image's signature (IMAGE.minisig)"},
	{0, "signer", "FILE", CLI_SIGNER, OPTIONS_KEEP_TEXT, AT(signer), 0, 0,
	 "make a signer's pair: FILE and FILE.pub"},
	{0, "stall-timeout", "SECONDS", CLI_RETRY, OPTIONS_KEEP_NUMBER, AT(stall_timeout_s), 1,
	 SECONDS_MAX, "give a silent connection up after it (30)"},
	{0, "state", "STORE", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(state), 0, 0,
	 "a file, or etcd://HOST:PORT,... (provision.state)"},
	{0, "strict", NULL, CLI_STRICT, OPTIONS_KEEP_TRUE, AT(strict), 0, 0,
	 "what was added is a difference too"},
	{0, "sweep", "KEY=N,...", CLI_DEPLOY, OPTIONS_KEEP_TEXT, AT(sweep), 0, 0,
	 "simulate: once for each value of a number of the rule"},
	{0, "tail", "BYTES", CLI_RETRY, OPTIONS_KEEP_NUMBER, AT(tail_bytes), 0, 1 << 30,
	 "get so much of the end first (0)"},
	{0, "timeout", "SECONDS", 0, OPTIONS_KEEP_SECONDS, AT(timeout_s), 1, SECONDS_MAX,
	 "time limit of the hook"},
	{0, "to", "FILE", CLI_SEAL, OPTIONS_KEEP_TEXT, AT(to), 0, 0, "the public key of the host"},
	{0, "verbs", "LIST", CLI_DOOR, OPTIONS_KEEP_TEXT, AT(verbs), 0, 0,
	 "the programs that may be run (all that fit)"},
	{0, "wait", "SECONDS", 0, OPTIONS_KEEP_SECONDS, AT(wait_s), 0, SECONDS_MAX,
	 "how long to wait for the service's lock (0)"},
	{0, "wait-ok", "SECONDS", CLI_CHECK, OPTIONS_KEEP_SECONDS, AT(wait_ok_s), 1, SECONDS_MAX,
	 "ask again until all are OK, and require it then"},
	{0, "where", NULL, CLI_PLACE, OPTIONS_KEEP_TRUE, AT(where), 0, 0,
	 "only make room for it, and print its path"},
	{0, "yes", NULL, CLI_REMOVE | CLI_DEPLOY, OPTIONS_KEEP_TRUE, AT(yes), 0, 0,
	 "do not ask whether it is meant"},
};

_Static_assert(sizeof options_rows / sizeof *options_rows == OPTIONS_N,
	       "OPTIONS_N is their number");

bool
options_has(const struct cli_spec *spec, const struct options_row *row)
{
	return row->needs == 0 || (row->needs & spec->options);
}

void
options_print_syntax(FILE *out, const char *label, const struct cli_spec *spec)
{
	fprintf(out, "%s%s [-", label, spec->name);
	for (size_t i = 0; i < OPTIONS_N; i++)
		if (options_has(spec, &options_rows[i]) && options_rows[i].letter &&
		    !options_rows[i].value)
			putc(options_rows[i].letter, out);
	putc(']', out);
	for (size_t i = 0; i < OPTIONS_N; i++) {
		if (!options_has(spec, &options_rows[i]) ||
		    (options_rows[i].letter && !options_rows[i].value))
			continue;
		if (options_rows[i].name)
			fprintf(out, " [--%s", options_rows[i].name);
		else
			fprintf(out, " [-%c", options_rows[i].letter);
		fprintf(out, options_rows[i].value ? " %s]" : "]", options_rows[i].value);
	}
	fprintf(out, "%s%s\n", spec->args[0] ? " " : "", spec->args);
}

static const char *
help_of(const struct cli_spec *spec, const struct options_row *row)
{
	if (row->at == AT(timeout_s) && spec->timeout_help)
		return spec->timeout_help;
	if (row->at == AT(wait_s) && spec->wait_help)
		return spec->wait_help;
	return row->help;
}

void
options_print_help(const struct cli_spec *spec)
{
	options_print_syntax(stdout, "", spec);
	printf("\n%s\n\n", spec->summary);
	for (size_t i = 0; i < OPTIONS_N; i++) {
		char left[64], letter[4] = "  ";

		if (!options_has(spec, &options_rows[i]))
			continue;
		if (options_rows[i].letter)
			snprintf(letter, sizeof letter, "-%c", options_rows[i].letter);
		snprintf(left, sizeof left, "%s%s%s%s%s%s", letter,
			 !options_rows[i].name	  ? ""
			 : options_rows[i].letter ? ", "
						  : "  ",
			 options_rows[i].name ? "--" : "",
			 options_rows[i].name ? options_rows[i].name : "",
			 options_rows[i].value ? " " : "",
			 options_rows[i].value ? options_rows[i].value : "");
		printf("  %-32s %s\n", left, help_of(spec, &options_rows[i]));
	}
	printf("\nSee %s(1) and enstratus-agent(7).\n", spec->name);
}
