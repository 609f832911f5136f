/* SPDX-License-Identifier: MIT */
/* timeline - how many servers a tier had during the last day, as a picture (SVG). */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "cli/markup.h"
#include "provision/ledger.h"

/*
 * timeline_add - a line of the tier's servers over the day before ledger_now, with a mark for each
 *                decision on its size.
 *
 * It is what the events tell that are kept, and begins with the oldest of them where that is less
 * than a day ago; without any it is a straight line.  Colours are the page's: classes plot, line,
 * mark and label.
 */
void timeline_add(struct markup *m, const struct ledger *l, const struct ledger_tier *tier);

#endif
