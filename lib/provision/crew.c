/* SPDX-License-Identifier: MIT */
/* crew - do what a plan says, on several hosts at once, until nothing is left to do. */
#include "provision/crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "provision/difference.h"
#include "provision/events.h"
#include "provision/staffing.h"
#include "provision/step.h"

#define ROUNDS_MAX 100 /* of plans; a round more means that steps do not do what they are for */

/* ---- several at once */

struct pool {
	pthread_mutex_t mutex;
	size_t next, n;
	crew_fn *fn;
	void *arg;
	struct err first;
};

static void *
work(void *arg)
{
	struct pool *pool = arg;

	for (;;) {
		struct err e = ERR_INIT;
		size_t i;

		pthread_mutex_lock(&pool->mutex);
		i = pool->next++;
		pthread_mutex_unlock(&pool->mutex);
		if (i >= pool->n)
			return NULL;
		if (pool->fn(pool->arg, i, &e) == 0)
			continue;
		pthread_mutex_lock(&pool->mutex);
		if (!pool->first.kind)
			pool->first = e;
		pthread_mutex_unlock(&pool->mutex);
	}
}

int
crew_each(size_t n, int parallel, crew_fn *fn, void *arg, struct err *e)
{
	struct pool pool = {.n = n, .fn = fn, .arg = arg, .first = ERR_INIT};
	size_t n_threads = n < (size_t)parallel ? n : (size_t)parallel, started = 0;
	pthread_t *threads = calloc(n_threads + 1, sizeof *threads);

	if (!threads)
		return err_sys(e, "cannot begin");
	pthread_mutex_init(&pool.mutex, NULL);
	/* This thread is one of them. */
	while (started + 1 < n_threads &&
	       thread_start(&threads[started], work, &pool, &pool.first) == 0)
		started++;
	work(&pool);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&pool.mutex);
	free(threads);
	if (!pool.first.kind)
		return 0;
	*e = pool.first;
	return -1;
}

/* ---- stages */

struct stage {
	struct act *a;
	const struct planner_step *steps;
	size_t *begins; /* of each server's; one more is the end */
};

static int
do_server(void *arg, size_t i, struct err *e)
{
	const struct stage *stage = arg;
	int result = 0;

	for (size_t j = stage->begins[i]; j < stage->begins[i + 1] && !result; j++)
		result = step_do(stage->a, &stage->steps[j], e);
	return result;
}

static int
do_stage(struct act *a, const struct planner_step *steps, size_t n, int parallel, struct err *e)
{
	struct stage stage = {.a = a, .steps = steps, .begins = calloc(n + 1, sizeof(size_t))};
	size_t n_servers = 0;
	int result;

	if (!stage.begins)
		return err_sys(e, "cannot begin");
	for (size_t i = 0; i < n; i++)
		if (i == 0 || steps[i].server != steps[i - 1].server)
			stage.begins[n_servers++] = i;
	stage.begins[n_servers] = n;
	result = crew_each(n_servers, parallel, do_server, &stage, e);
	free(stage.begins);
	return result;
}

/* As many stages as the plan holds good for: servers that are new or gone make another one. */
static int
do_plan(struct act *a, const struct plan *plan, int parallel, struct err *e)
{
	size_t begin = 0, end;

	for (; begin < plan->n; begin = end) {
		enum lifecycle_step kind = plan->steps[begin].kind;

		for (end = begin; end < plan->n &&
				  plan->steps[end].stage == plan->steps[begin].stage &&
				  plan->steps[end].turn == plan->steps[begin].turn;)
			end++;
		if (do_stage(a, plan->steps + begin, end - begin, parallel, e))
			return -1;
		if (kind == STEP_DESTROY || kind == STEP_MAKE)
			return 0;
	}
	a->planner->again = false;
	return 0;
}

static int
settle(struct act *a, bool all, int parallel, struct err *e)
{
	struct plan plan = PLAN_INIT;
	int result = difference_unsettled(a->planner, all, &plan, e) ||
				     do_stage(a, plan.steps, plan.n, parallel, e)
			     ? -1
			     : 0;

	plan_free(&plan);
	return result;
}

static int
do_all(struct act *a, int parallel, bool *did, struct err *e)
{
	bool done = false;

	for (int round = 0; !done; round++) {
		struct plan plan = PLAN_INIT;
		int result = staffing_tiers(a->planner, e) || difference_plan(a->planner, &plan, e)
				     ? -1
				     : 0;

		done = plan.n == 0;
		*did |= !done;
		if (!result && round == ROUNDS_MAX)
			result = err_set(e, ERR_INTERNAL,
					 "after %d rounds there is still %s to be done on %s",
					 round, lifecycle_row(plan.steps[0].kind)->verb,
					 plan.steps[0].server->id);
		if (!result && !done)
			result = do_plan(a, &plan, parallel, e);
		plan_free(&plan);
		if (result)
			return -1;
	}
	/* They may have waited for a grant. */
	return a->planner->shallow ? 0 : settle(a, false, parallel, e);
}

int
crew_up(struct act *a, int parallel, struct err *e)
{
	bool did = false;
	int result = do_all(a, parallel, &did, e);

	if (result || did)
		events_add(a->l, result ? "stopped" : "settled", "%s",
			   result ? e->msg : a->d->name);
	return result;
}

int
crew_check(struct act *a, int parallel, struct err *e)
{
	return settle(a, true, parallel, e);
}
