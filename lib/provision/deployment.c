/* SPDX-License-Identifier: MIT */
/* deployment - what is to run where. */
#include "provision/deployment.h"

#include <stdlib.h>
#include <string.h>

size_t
deployment_find(const void *array, size_t n, size_t size, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(*(const char *const *)(const void *)((const char *)array + i * size),
			   name) == 0)
			return i;
	return DEPLOYMENT_NONE;
}

size_t
deployment_tier(const struct deployment *d, const char *name)
{
	return deployment_find(d->tiers, d->n_tiers, sizeof *d->tiers, name);
}

size_t
deployment_service(const struct deployment *d, const char *id)
{
	return deployment_find(d->services, d->n_services, sizeof *d->services, id);
}

size_t
deployment_host(const struct deployment *d, const char *name)
{
	return deployment_find(d->hosts, d->n_hosts, sizeof *d->hosts, name);
}

static void
free_list(struct deployment_list *list)
{
	free(list->words);
	free(list->at);
}

void
deployment_free(struct deployment *d)
{
	for (size_t i = 0; i < d->n_tiers; i++)
		free_list(&d->tiers[i].hosts);
	for (size_t i = 0; i < d->n_services; i++) {
		free_list(&d->services[i].depends);
		free_list(&d->services[i].sources);
		free(d->services[i].ports);
		free(d->services[i].keys);
	}
	free(d->hosts);
	free(d->tiers);
	free(d->services);
	free(d->sources);
	free(d->balancers);
	free(d->lines);
	arena_free(&d->arena);
	*d = DEPLOYMENT_INIT;
}
