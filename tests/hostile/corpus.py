# SPDX-License-Identifier: MIT
"""corpus - how an archive is added to the corpus, and the harmless image that each is made from.

    refused("name-absolute", "absolute name", "a name that is not beneath the service",
            Entry("/x"))

is an archive of the harmless image and that entry; whatever is no entry is the archive's bytes.
"""
import sys

from zips import Entry, zipped

OUTSIDE = sys.argv[2]  # generate.py's: a directory that no archive may come to
HOOK = b"#!/bin/sh\nexit 0\n"
PAGE = b"<p>hello, hello, hello, hello</p>\n"
CASES = []


def image(*more, **archive):
    """The harmless image, with more entries and with whatever zipped() is to say of it."""
    return zipped(Entry("bin/enstratus-start", HOOK, mode=0o100755),
                  Entry("www/index.html", PAGE, method=8), *more, **archive)


def case(name, expectation, says, reason, content, demands=()):
    """An archive: bytes, entries of an image, or a function that makes the file of a path.

    expectation  refused (65), a status, harmless (0, and the checks hold), or either of
                 refused and harmless
    says         what the error line says, a regular expression
    demands      of a harmless one: PATH, !PATH, PATH=TEXT, PATH:MODE
    """
    if isinstance(content[0], Entry):
        content = [image(*content)]
    if "." not in name:
        name += ".zip"
    CASES.append((name, expectation, says, " ".join(demands), reason, content[0]))


def refused(name, says, reason, *content):
    case(name, "refused", says, reason, content)


def harmless(name, reason, *content, demands=()):
    case(name, "harmless", "", reason, content, demands)


def either(name, reason, *content, demands=()):
    case(name, "either", "", reason, content, demands)
