/* SPDX-License-Identifier: MIT */
/* drawing - what depends on what in a deployment, as a picture (SVG). */
#include "cli/drawing.h"

#include <stdlib.h>
#include <string.h>

#define BOX_WIDTH 150
#define BOX_HEIGHT 46
#define GAP_X 110 /* room for the word on an arrow */
#define GAP_Y 34
#define EDGE 12
#define LABEL_MAX 16 /* characters that are sure to have room */

struct arrow {
	size_t from, to; /* places of services */
	const char *label;
	bool balances;
};

struct drawing {
	const struct deployment *d;
	struct arrow *arrows;
	size_t n_arrows;
	size_t *column, *row; /* of each service */
	size_t n_columns, n_rows;
};

static void
add_arrow(struct drawing *w, size_t from, size_t to, const char *label, bool balances)
{
	for (size_t i = 0; i < w->n_arrows; i++)
		if (w->arrows[i].from == from && w->arrows[i].to == to)
			return;
	w->arrows[w->n_arrows++] =
		(struct arrow){.from = from, .to = to, .label = label, .balances = balances};
}

/* How many arrows there can be. */
static size_t
bound(const struct deployment *d)
{
	size_t n = 1 + d->n_services * d->n_balancers;

	for (size_t i = 0; i < d->n_services; i++)
		n += d->services[i].depends.n + d->services[i].sources.n;
	return n;
}

static void
find_arrows(struct drawing *w)
{
	const struct deployment *d = w->d;

	for (size_t i = 0; i < d->n_services; i++) {
		const struct deployment_service *s = &d->services[i];

		for (size_t j = 0; j < s->sources.n; j++)
			add_arrow(w, i, d->sources[s->sources.at[j]].service, s->sources.words[j],
				  false);
		for (size_t j = 0; j < s->depends.n; j++)
			add_arrow(w, i, s->depends.at[j], "", false);
		for (size_t j = 0; s->balancer_name && j < d->n_services; j++)
			if (d->services[j].tier == d->balancers[s->balancer].tier && j != i)
				add_arrow(w, j, i, s->balancer_name, true);
	}
}

/* What points at something is to the left of it; false when that is not possible for all. */
static bool
set_columns(struct drawing *w, bool with_balancers)
{
	bool moved = true;

	memset(w->column, 0, w->d->n_services * sizeof *w->column);
	for (size_t pass = 0; moved; pass++) {
		if (pass > w->d->n_services)
			return false;
		moved = false;
		for (size_t i = 0; i < w->n_arrows; i++) {
			const struct arrow *a = &w->arrows[i];

			if ((a->balances && !with_balancers) ||
			    w->column[a->to] > w->column[a->from])
				continue;
			w->column[a->to] = w->column[a->from] + 1;
			moved = true;
		}
	}
	return true;
}

static int
lay_out(struct drawing *w, struct err *e)
{
	size_t n = w->d->n_services, *taken = calloc(n + 1, sizeof *taken);

	if (!taken)
		return err_sys(e, "cannot draw");
	/* A balancer beside the database that its clients use makes a circle. */
	if (!set_columns(w, true) && !set_columns(w, false))
		memset(w->column, 0, n * sizeof *w->column);
	for (size_t i = 0; i < n; i++) {
		w->row[i] = taken[w->column[i]]++;
		if (w->row[i] >= w->n_rows)
			w->n_rows = w->row[i] + 1;
		if (w->column[i] >= w->n_columns)
			w->n_columns = w->column[i] + 1;
	}
	free(taken);
	return 0;
}

static unsigned
left_of(const struct drawing *w, size_t i)
{
	return EDGE + (unsigned)w->column[i] * (BOX_WIDTH + GAP_X);
}

static unsigned
top_of(const struct drawing *w, size_t i)
{
	return EDGE + (unsigned)w->row[i] * (BOX_HEIGHT + GAP_Y);
}

static void
draw_arrow(struct markup *m, const struct drawing *w, const struct arrow *a)
{
	unsigned x1 = left_of(w, a->from) + BOX_WIDTH, x2 = left_of(w, a->to);
	unsigned y1 = top_of(w, a->from) + BOX_HEIGHT / 2, y2 = top_of(w, a->to) + BOX_HEIGHT / 2;
	unsigned bend = GAP_X / 2;

	markup_raw(m,
		   "<path class=\"edge%s\" d=\"M%u %uC%u %u %d %u %u %u\" "
		   "marker-end=\"url(#arrow)\"/>",
		   a->balances ? " balances" : "", x1, y1, x1 + bend, y1, (int)x2 - (int)bend, y2,
		   x2, y2);
	if (!a->label[0])
		return;
	markup_raw(m, "<text class=\"label\" text-anchor=\"middle\" x=\"%u\" y=\"%u\">",
		   (x1 + x2) / 2, (y1 + y2) / 2 - 6);
	markup_text(m, "%.*s", LABEL_MAX, a->label);
	markup_raw(m, "</text>");
}

static void
draw_box(struct markup *m, const struct drawing *w, size_t i, const char *class)
{
	const struct deployment_service *s = &w->d->services[i];
	unsigned x = left_of(w, i), y = top_of(w, i);

	markup_raw(m, "<g class=\"node %s\"><title>", class);
	markup_text(m, "%s: %s", s->id, class);
	markup_raw(m, "</title><rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" rx=\"8\"/>", x, y,
		   BOX_WIDTH, BOX_HEIGHT);
	markup_raw(m, "<text x=\"%u\" y=\"%u\">", x + EDGE, y + 20);
	markup_text(m, "%.*s", LABEL_MAX, s->id);
	markup_raw(m, "</text><text class=\"label\" x=\"%u\" y=\"%u\">", x + EDGE, y + 36);
	markup_text(m, "tier %.*s", LABEL_MAX, w->d->tiers[s->tier].name);
	markup_raw(m, "</text></g>\n");
}

int
drawing_add(struct markup *m, const struct deployment *d, drawing_class_fn *class_of, void *arg,
	    struct err *e)
{
	struct drawing w = {.d = d,
			    .arrows = calloc(bound(d), sizeof *w.arrows),
			    .column = calloc(d->n_services + 1, sizeof *w.column),
			    .row = calloc(d->n_services + 1, sizeof *w.row)};
	int result = -1;

	if (!w.arrows || !w.column || !w.row) {
		err_sys(e, "cannot draw");
		goto out;
	}
	find_arrows(&w);
	if (lay_out(&w, e))
		goto out;
	markup_raw(m,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
		   "aria-label=\"what depends on what\" width=\"%zu\" height=\"%zu\">\n"
		   "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
		   "markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">"
		   "<path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
		   2 * EDGE + w.n_columns * (BOX_WIDTH + GAP_X) - (w.n_columns ? GAP_X : 0),
		   2 * EDGE + w.n_rows * (BOX_HEIGHT + GAP_Y) - (w.n_rows ? GAP_Y : 0));
	for (size_t i = 0; i < w.n_arrows; i++)
		draw_arrow(m, &w, &w.arrows[i]);
	for (size_t i = 0; i < d->n_services; i++)
		draw_box(m, &w, i, class_of(arg, &d->services[i]));
	markup_raw(m, "</svg>\n");
	result = 0;
out:
	free(w.arrows);
	free(w.column);
	free(w.row);
	return result;
}
