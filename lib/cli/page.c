/* SPDX-License-Identifier: MIT */
/* page - how a deployment stands, as one page of HTML that needs nothing else. */
#include "cli/page.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "cli/drawing.h"
#include "cli/markup.h"
#include "cli/timeline.h"

#define EVENTS_SHOWN 50

/* Contrast is 4.5 or more in both schemes; a state is never told by its colour alone. */
static const char style[] =
	":root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f24;--dim:#57606a;"
	"--line:#d0d7de;--good:#116329;--good-bg:#dafbe1;--busy:#7d4e00;--busy-bg:#fff1c2;"
	"--bad:#a40e26;--bad-bg:#ffebe9}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#161b22;--ink:#e6edf3;"
	"--dim:#9ea7b3;--line:#30363d;--good:#56d364;--good-bg:#12261e;--busy:#e3b341;"
	"--busy-bg:#2a2111;--bad:#ff7b72;--bad-bg:#2d1517}}\n"
	"*{box-sizing:border-box}body{margin:0 auto;max-width:72rem;padding:1rem;"
	"background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}"
	"h3{font-size:1rem;margin:0}\n"
	"p{margin:.2rem 0}.dim,time{color:var(--dim);font-size:.875rem}\n"
	".tiers{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,"
	"minmax(min(100%,20rem),1fr))}\n"
	".card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;"
	"padding:.75rem;overflow-wrap:anywhere}.wide{overflow-x:auto}\n"
	".server{border-top:1px solid var(--line);margin-top:.6rem;padding-top:.6rem}"
	".server ul,.events{list-style:none;margin:.3rem 0 0;padding:0}\n"
	".row{display:flex;flex-wrap:wrap;gap:.25rem .5rem;align-items:baseline;"
	"justify-content:space-between}\n"
	".state{border:1px solid currentColor;border-radius:1rem;font-size:.8rem;"
	"padding:0 .5rem;white-space:nowrap}\n"
	".good{color:var(--good);background:var(--good-bg)}"
	".busy{color:var(--busy);background:var(--busy-bg)}"
	".bad{color:var(--bad);background:var(--bad-bg)}"
	".off{color:var(--dim)}\n"
	".events{padding:0 0 .3rem}.events li{border-top:1px solid var(--line);"
	"padding:.3rem .75rem}"
	".events li:first-child{border:0}.events time{margin-right:.5rem}time{white-space:nowrap}\n"
	"svg{display:block}svg text{fill:var(--ink);font:600 14px system-ui,sans-serif}"
	"svg .label{fill:var(--dim);font:12px system-ui,sans-serif}\n"
	".node rect{fill:var(--card);stroke:var(--dim);stroke-width:1.5}"
	".node.good rect{fill:var(--good-bg);stroke:var(--good)}"
	".node.busy rect{fill:var(--busy-bg);stroke:var(--busy)}"
	".node.bad rect{fill:var(--bad-bg);stroke:var(--bad)}\n"
	".edge{fill:none;stroke:var(--dim);stroke-width:1.5}"
	".balances{stroke-dasharray:5 4}.head{fill:var(--dim)}\n"
	".plot{width:100%;height:auto;margin-top:.4rem}"
	".line{fill:none;stroke:var(--good);stroke-width:2}.mark{fill:var(--busy)}\n";

/* The classes, the worst last. */
static const char *const classes[] = {"off", "good", "busy", "bad"};

enum { OFF, GOOD, BUSY, BAD };

static int
server_class(const struct ledger_server *s)
{
	if (s->state == SERVER_LOST || s->silent)
		return BAD;
	return s->state == SERVER_RUNNING ? GOOD : BUSY;
}

static int
placed_class(const struct ledger_placed *p)
{
	if (!p->started)
		return BUSY;
	return strcmp(p->word, "OK") == 0 ? GOOD : p->word[0] ? BAD : BUSY;
}

/* Of a server and all that is on it. */
static int
worst_class(const struct ledger_server *s)
{
	int worst = server_class(s);

	for (size_t i = 0; i < s->n_placed; i++)
		if (s->placed[i].digest[0] && placed_class(&s->placed[i]) > worst)
			worst = placed_class(&s->placed[i]);
	return worst;
}

static const char *
placed_word(const struct ledger_placed *p)
{
	return p->word[0] ? p->word : p->started ? "started" : "installed";
}

static const struct ledger_placed *
find_placed(const struct ledger_server *server, const char *id)
{
	for (size_t i = 0; i < server->n_placed; i++)
		if (server->placed[i].digest[0] && strcmp(server->placed[i].id, id) == 0)
			return &server->placed[i];
	return NULL;
}

/* Of a service: the worst of all servers that have it. */
static const char *
class_of(void *arg, const struct deployment_service *s)
{
	const struct ledger *l = arg;
	const struct ledger_tier *tier = l->tiers[s->tier];
	int worst = OFF;

	for (size_t i = 0; i < tier->n; i++) {
		const struct ledger_placed *placed = find_placed(tier->servers[i], s->id);
		int class = placed ? placed_class(placed) : BUSY;

		if (server_class(tier->servers[i]) == BAD)
			class = BAD;
		if (class > worst)
			worst = class;
	}
	return classes[worst];
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
add_time(struct markup *m, long long at)
{
	time_t seconds = (time_t)at;
	struct tm t;
	char text[32] = "?";

	if (gmtime_r(&seconds, &t))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &t);
	markup_raw(m, "<time datetime=\"%s\">%.10s %.8s UTC</time>", text, text,
		   text[1] ? text + 11 : "");
}

static void
add_state(struct markup *m, int class, const char *word)
{
	markup_raw(m, "<span class=\"state %s\">", classes[class]);
	markup_text(m, "%s", word);
	markup_raw(m, "</span>");
}

static void
add_server(struct markup *m, const struct ledger_server *s)
{
	markup_raw(m, "<div class=\"server\"><div class=\"row\"><strong>");
	markup_text(m, "%s", s->id);
	markup_raw(m, "</strong>");
	add_state(m, server_class(s),
		  s->silent && s->state != SERVER_LOST ? "does not answer"
						       : lifecycle_state_name(s->state));
	markup_raw(m, "</div><p class=\"dim\">");
	markup_text(m, "%s%s%s", s->host ? s->host : "", s->host ? " at " : "",
		    s->address ? s->address : "no address yet");
	markup_raw(m, ", since ");
	add_time(m, s->since);
	markup_raw(m, "</p><ul>\n");
	for (size_t i = 0; i < s->n_placed; i++) {
		const struct ledger_placed *p = &s->placed[i];

		if (!p->digest[0])
			continue;
		markup_raw(m, "<li class=\"row\"><span>");
		markup_text(m, "%s", p->id);
		markup_raw(m, " <span class=\"dim\">");
		markup_text(m, "%.12s", p->digest);
		markup_raw(m, "</span></span>");
		add_state(m, placed_class(p), placed_word(p));
		markup_raw(m, "</li>\n");
	}
	markup_raw(m, "</ul></div>\n");
}

static void
add_tier(struct markup *m, const struct deployment *d, const struct ledger *l,
	 const struct ledger_tier *tier)
{
	size_t at = deployment_tier(d, tier->name);

	markup_raw(m, "<section class=\"card\"><h3>");
	markup_text(m, "%s", tier->name);
	markup_raw(m, "</h3><p class=\"dim\">");
	if (at == DEPLOYMENT_NONE)
		markup_text(m, "%zu server%s, no tier of the deployment any more", tier->n,
			    plural(tier->n));
	else
		markup_text(m, "%zu server%s of %lld wanted, %lld to %lld%s", tier->n,
			    plural(tier->n), tier->wanted, d->tiers[at].min, d->tiers[at].max,
			    d->tiers[at].votes ? " by votes" : "");
	markup_raw(m, "</p>\n");
	timeline_add(m, l, tier);
	for (size_t i = 0; i < tier->n; i++)
		add_server(m, tier->servers[i]);
	markup_raw(m, "</section>\n");
}

/* The newest first. */
static void
add_events(struct markup *m, const struct ledger *l)
{
	markup_raw(m, "<h2>Last events</h2>\n<ul class=\"events card\">\n");
	for (size_t i = 0; i < l->n_events && i < EVENTS_SHOWN; i++) {
		const struct ledger_event *event = &l->events[l->n_events - 1 - i];

		markup_raw(m, "<li>");
		add_time(m, event->time);
		markup_raw(m, " <span>");
		markup_text(m, "%s", event->text);
		markup_raw(m, "</span></li>\n");
	}
	if (l->n_events == 0)
		markup_raw(m, "<li class=\"dim\">none yet</li>\n");
	markup_raw(m, "</ul>\n");
}

static void
add_summary(struct markup *m, const struct ledger *l)
{
	size_t n[4] = {0}, all = 0;

	for (size_t i = 0; i < l->n_tiers; i++)
		for (size_t j = 0; j < l->tiers[i]->n; j++, all++)
			n[worst_class(l->tiers[i]->servers[j])]++;
	markup_raw(m, "<p class=\"row\"><span>");
	markup_text(m, "%zu server%s", all, plural(all));
	markup_raw(m, "</span><span>");
	if (n[BAD])
		add_state(m, BAD, "not as it should be");
	else if (n[BUSY])
		add_state(m, BUSY, "being worked on");
	else
		add_state(m, all ? GOOD : OFF, all ? "all run" : "nothing runs");
	markup_raw(m, "</span></p>\n");
}

static int
make(struct markup *m, const struct deployment *d, const struct ledger *l, struct err *e)
{
	markup_raw(m, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" "
		      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
	markup_text(m, "%s", d->name);
	markup_raw(m, "</title>\n<style>\n%s</style></head>\n<body><header><h1>", style);
	markup_text(m, "%s", d->name);
	markup_raw(m, "</h1>\n<p class=\"dim\">as of ");
	add_time(m, ledger_now(l));
	markup_raw(m, "</p>\n");
	add_summary(m, l);
	markup_raw(m, "</header>\n<main><h2>What depends on what</h2>\n<div class=\"card wide\">");
	if (drawing_add(m, d, class_of, (void *)l, e))
		return -1;
	markup_raw(m, "</div>\n<h2>Tiers</h2>\n<div class=\"tiers\">\n");
	for (size_t i = 0; i < l->n_tiers; i++)
		add_tier(m, d, l, l->tiers[i]);
	markup_raw(m, "</div>\n");
	add_events(m, l);
	markup_raw(m, "</main></body></html>\n");
	return m->failed ? err_sys(e, "cannot write a page") : 0;
}

int
page_write(const struct deployment *d, const struct ledger *l, const char *path, struct err *e)
{
	struct markup m = MARKUP_INIT;
	const char *name;
	int dir_fd = fd_open_parent(path, &name), result;

	if (dir_fd < 0)
		return err_sys(e, "cannot write '%s'", path);
	result = make(&m, d, l, e) || fd_replace_at(dir_fd, name, m.text.data, m.text.len, 0644, e)
			 ? -1
			 : 0;
	fd_close(&dir_fd);
	markup_free(&m);
	return result;
}
