#!/bin/sh
# SPDX-License-Identifier: MIT
# format - C stands as .clang-format lays it out.
. "$(dirname -- "$0")/common"

files '\.[ch]$' | each clang-format --dry-run -Werror
