/* SPDX-License-Identifier: MIT */
/* consistency - whether the sections of a deployment fit together. */
#ifndef PROVISION_CONSISTENCY_H
#define PROVISION_CONSISTENCY_H

#include "provision/deployment.h"
#include "provision/faults.h"

/*
 * consistency_check - find the places of all names, set what follows from the rest, as levels and
 *                     bounds, and add what is missing or does not fit to the faults.
 *
 * Files that are named must be there and can be read.
 */
void consistency_check(struct deployment *d, struct faults *faults);

#endif
