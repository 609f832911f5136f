/* SPDX-License-Identifier: MIT */
/* scratch_task - a step of the small deployment, under way. */
#ifndef TESTS_UNIT_SCRATCH_TASK_H
#define TESTS_UNIT_SCRATCH_TASK_H

#include "scratch_fleet.h"

#include "provision/act.h"
#include "provision/staffing.h"

static struct planner_step task_step;
static struct act_task task;

/* A step of that service, by its place, on a server; what hosts were asked before is forgotten. */
static inline struct act_task *
task_of(const char *server, size_t service)
{
	struct ledger_server *found = ledger_find_server(&fleet_l, server);

	ck_assert_ptr_nonnull(found);
	fleet_err = ERR_INIT;
	fleet_asked[0] = '\0';
	task_step = (struct planner_step){
		.server = found, .about = found, .service = service, .source = 0, .balancer = 0};
	snprintf(task_step.id, sizeof task_step.id, "%s", fleet_d.services[service].id);
	agents_call_free(&task.call);
	task = (struct act_task){
		.a = &fleet_act, .step = &task_step, .call = AGENTS_CALL_INIT, .e = &fleet_err};
	return &task;
}

static inline struct ledger_placed *
task_placed(void)
{
	return ledger_placed(task_step.server, task_step.id);
}

/* A checked fixture: the servers are there, and nothing was done on them yet. */
static inline void
task_setup(void)
{
	fleet_setup();
	ck_assert_int_eq(staffing_tiers(&fleet_planner, &fleet_err), 0);
	task.call = AGENTS_CALL_INIT;
}

static inline void
task_teardown(void)
{
	agents_call_free(&task.call);
	fleet_teardown();
}

#endif
