/* SPDX-License-Identifier: MIT */
/* table - rows of columns, for a terminal or for a program. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

/*
 * table_print - print a row of n columns.
 *
 * widths  of the columns on a terminal; the last one's does not count
 * width   of the first column there; 0 where there is no terminal: then a tab is between two
 */
void table_print(const char *const *columns, const int *widths, size_t n, int width);

/* table_size - as ls -h has it: three digits and a unit; "-" for none. */
#define TABLE_SIZE_BYTES 16
void table_size(char text[static TABLE_SIZE_BYTES], long long bytes);

#endif
