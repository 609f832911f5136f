# SPDX-License-Identifier: MIT
"""generate - write the corpus of hostile archives and its manifest.

    python3 generate.py DIRECTORY OUTSIDE

The manifest is a line for each archive: its file, what is expected, what the error says, what is
demanded of the installed tree, and why; a tab stands between them.  See corpus.py for the words.
"""
import importlib
import os
import sys

from corpus import CASES

GROUPS = "names links types bombs sizes structure methods kinds tarballs"
for group in GROUPS.split():
    importlib.import_module("group_" + group)

directory = sys.argv[1]
names = [name for name, *_ in CASES]
twice = {name for name in names if names.count(name) > 1}
if twice:
    sys.exit("generate: twice in the corpus: " + ", ".join(sorted(twice)))
with open(os.path.join(directory, "manifest"), "w", encoding="utf-8") as manifest:
    for *line, content in CASES:
        manifest.write("\t".join(line) + "\n")
        path = os.path.join(directory, line[0])
        if callable(content):
            content(path)
            continue
        with open(path, "wb") as file:
            file.write(content)
