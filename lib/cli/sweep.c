/* SPDX-License-Identifier: MIT */
/* sweep - provision simulate --sweep: the same load once for each value of a number. */
#include "cli/sweep.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "cli/simulation.h"
#include "provision/schema.h"

#define PERCENT_MAX 100000

struct sweep {
	struct cli *cli;
	struct deployment *d;
	const struct schema_key *key;
	size_t tier; /* the one whose number it is; DEPLOYMENT_NONE: of all that vote */
	char name[80];
	const char *values;
	struct model_rule rule;
	FILE *csv; /* NULL: none */
	struct json json;
};

/* Source: enstratus-agent.cfg(5). */
static const struct schema_key rule_keys[] = {
	{N_SECTIONS, "upper", KEEP_NUMBER, offsetof(struct model_rule, upper), 0, PERCENT_MAX},
	{N_SECTIONS, "lower", KEEP_NUMBER, offsetof(struct model_rule, lower), 0, PERCENT_MAX},
};

#define N_RULE_KEYS (sizeof rule_keys / sizeof *rule_keys)

/* The nth of all keys; NULL where that is no number that a simulation goes by. */
static const struct schema_key *
nth_key(size_t n)
{
	const struct schema_key *key =
		n < SCHEMA_KEYS ? &schema_keys[n] : &rule_keys[n - SCHEMA_KEYS];

	return key->keep == KEEP_NUMBER &&
			       (key->section == SECTION_TIER || key->section == N_SECTIONS ||
				key->section == SECTION_DEPLOYMENT)
		       ? key
		       : NULL;
}

static int
find_key(struct sweep *s, const char *name, struct err *e)
{
	char names[200] = "";
	size_t len = 0;

	for (size_t i = 0; i < SCHEMA_KEYS + N_RULE_KEYS; i++) {
		const struct schema_key *key = nth_key(i);

		if (!key)
			continue;
		if (strcmp(key->name, name) == 0) {
			s->key = key;
			return 0;
		}
		if (len < sizeof names)
			len += (size_t)snprintf(names + len, sizeof names - len, "%s%s",
						len ? ", " : "", key->name);
	}
	return err_set(e, ERR_USAGE, "--sweep: '%s' is none of %s", name, names);
}

/* "[TIER.]KEY=N,..."; names may have dots, keys have none. */
static int
take_option(struct sweep *s, struct err *e)
{
	const char *equals = strchr(s->cli->sweep, '='), *key = s->name;
	char *dot;

	if (!equals || !equals[1] || (size_t)(equals - s->cli->sweep) >= sizeof s->name)
		return err_set(e, ERR_USAGE, "it is: --sweep [TIER.]KEY=N,...");
	snprintf(s->name, sizeof s->name, "%.*s", (int)(equals - s->cli->sweep), s->cli->sweep);
	s->values = equals + 1;
	s->tier = DEPLOYMENT_NONE;
	dot = strrchr(s->name, '.');
	if (dot) {
		*dot = '\0';
		s->tier = deployment_tier(s->d, s->name);
		if (s->tier == DEPLOYMENT_NONE)
			return err_set(e, ERR_USAGE, "--sweep: there is no [tier %s]", s->name);
		*dot = '.';
		key = dot + 1;
	}
	if (find_key(s, key, e))
		return -1;
	return dot && s->key->section != SECTION_TIER
		       ? err_set(e, ERR_USAGE, "--sweep: '%s' is no key of a tier", key)
		       : 0;
}

static void
put(void *section, const struct schema_key *key, long long value)
{
	*(long long *)(void *)((char *)section + key->at) = value;
}

static int
put_value(struct sweep *s, long long value, struct err *e)
{
	struct deployment *d = s->d;

	if (s->key->section == SECTION_DEPLOYMENT)
		put(d, s->key, value);
	if (s->key->section == N_SECTIONS)
		put(&s->rule, s->key, value);
	if (s->rule.lower > s->rule.upper)
		return err_set(e, ERR_USAGE, "--sweep: %s=%lld: lower is above upper", s->name,
			       value);
	for (size_t i = 0; i < d->n_tiers && s->key->section == SECTION_TIER; i++) {
		struct deployment_tier *tier = &d->tiers[i];

		if (s->tier == DEPLOYMENT_NONE ? !tier->votes : s->tier != i)
			continue;
		put(tier, s->key, value);
		if (tier->min > tier->max)
			return err_set(e, ERR_USAGE,
				       "--sweep: %s=%lld: min of [tier %s] is above its max",
				       s->name, value, tier->name);
	}
	return 0;
}

/* ---- what is told */

static void
tell_begin(struct sweep *s)
{
	if (s->csv)
		fprintf(s->csv,
			"%s,server_hours,refused_server_hours,seconds_to_scale,oscillations,"
			"started,ended\n",
			s->name);
	if (!s->cli->json) {
		printf("%-16s %12s %12s %12s %12s\n", s->name, "server-hours", "refused",
		       "s to scale", "oscillations");
		return;
	}
	cli_json(s->cli, &s->json, 0);
	json_text(&s->json, "key", s->name);
	json_open(&s->json, "values", '[');
}

static void
tell(struct sweep *s, long long value, const struct tally_facts *f)
{
	double paid = f->sum.paid / 3600, refused = f->sum.refused / 3600;

	if (s->csv)
		fprintf(s->csv, "%lld,%.2f,%.2f,%lld,%lld,%lld,%lld\n", value, paid, refused,
			f->to_scale_s, f->oscillations, f->started, f->ended);
	if (!s->cli->json) {
		printf("%-16lld %12.2f %12.2f %12lld %12lld\n", value, paid, refused, f->to_scale_s,
		       f->oscillations);
		return;
	}
	json_open(&s->json, NULL, '{');
	json_number(&s->json, "value", value);
	tally_json(f, &s->json);
	json_close(&s->json, '}');
}

/* ---- all of it */

/* The value that begins at `at`, and where the next one does; NULL: it is the last. */
static int
take_value(const struct sweep *s, const char **at, long long *value, struct err *e)
{
	size_t len = strcspn(*at, ",");
	char text[24];

	snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text), *at);
	*at = (*at)[len] ? *at + len + 1 : NULL;
	return text_number(s->name, text, s->key->min, s->key->max, value, e);
}

/* Each value once; plays false: they are only looked at. */
static int
each_value(struct sweep *s, bool plays, struct err *e)
{
	struct cli one = *s->cli;

	one.csv = NULL; /* that is not of its rounds */
	for (const char *at = s->values; at;) {
		struct tally_facts facts;
		long long value;

		if (take_value(s, &at, &value, e) || put_value(s, value, e))
			return -1;
		if (!plays)
			continue;
		if (simulation_run(&one, s->d, &s->rule, &facts, e))
			return -1;
		tell(s, value, &facts);
	}
	return 0;
}

int
sweep_run(struct cli *cli, struct deployment *d, struct err *e)
{
	struct sweep s = {.cli = cli, .d = d, .rule = MODEL_RULE, .json = JSON_INIT};
	int result;

	if (take_option(&s, e) || each_value(&s, false, e))
		return -1;
	s.csv = cli->csv ? fopen(cli->csv, "we") : NULL;
	if (cli->csv && !s.csv)
		return err_sys(e, "cannot write '%s'", cli->csv);
	tell_begin(&s);
	result = each_value(&s, true, e);
	if (s.csv && fclose(s.csv) && !result)
		result = err_sys(e, "cannot write '%s'", cli->csv);
	if (cli->json && !result) {
		json_close(&s.json, ']');
		return cli_answer_json(cli, &s.json, e);
	}
	json_free(&s.json);
	return result;
}
