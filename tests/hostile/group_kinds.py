# SPDX-License-Identifier: MIT
"""Images that are no zip, or are named for what they are not."""
import os
import socket

from bzip2 import bzip2
from corpus import case, either, harmless, image, refused
from tars import gzipped, member, tarred
from zips import zipped

GOOD = image()
TAR = tarred(member("bin/enstratus-start", b"#!/bin/sh\n", mode=0o755))

harmless("control", "the image that all others are made of", GOOD,
         demands=["bin/enstratus-start:750"])
harmless("control.ZIP", "its suffix in capitals", GOOD)
for suffix in "tar.gz", "tgz", "tar.bz2", "tar", "zip.bak", "zip.", "jar", "exe":
    refused("kind-zip-named." + suffix, "does not end in", "a zip named ." + suffix, GOOD)
refused("kind-gzip", "does not end in", "a tar.gz named .zip", gzipped(TAR))
refused("kind-bzip2", "does not end in", "a tar.bz2 named .zip", bzip2(TAR))
refused("kind-bzip2.tar.gz", "does not end in", "a tar.bz2 named .tar.gz", bzip2(TAR))
refused("kind-gzip.tar.bz2", "does not end in", "a tar.gz named .tar.bz2", gzipped(TAR))
refused("kind-tar", "no archive", "a plain tar named .zip", TAR)
refused("kind-tar.tar", "no archive", "a plain tar", TAR)
refused("kind-program", "no archive", "a program named .zip", b"\x7fELF\2\1\1" + bytes(500))
refused("kind-script", "no archive", "a script named .zip", b"#!/bin/sh\nexit 0\n")
refused("kind-text", "no archive", "a page that says what went wrong",
        b"<html>404 Not Found</html>\n")
refused("kind-7z", "no archive", "another kind of archive", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(500))
refused("kind-rar", "no archive", "another kind of archive", b"Rar!\x1a\7\0" + bytes(500))
refused("kind-xz.tar.xz", "damaged", "an xz of zeros", b"\xfd7zXZ\0" + bytes(500))
refused("kind-zstd.tar.zst", "no archive", "another kind of archive",
        b"\x28\xb5\x2f\xfd" + bytes(500))
refused("kind-empty", "no archive", "nothing at all", b"")
refused("kind-empty.tar.gz", "no archive", "nothing at all", b"")
refused("kind-byte", "no archive", "one byte", b"P")
refused("kind-magic", "", "the first four bytes of a zip", b"PK\3\4")
refused("kind-end", "no bin/|directory", "only an end record", zipped())
refused("kind-zeros", "no archive", "a megabyte of zeros", bytes(1 << 20))

# Self-extractors: whoever runs them does not get what whoever unpacks them gets.
STUB = b"#!/bin/sh\nexec rm -rf /nonexistent\n"
refused("stub", "no archive", "a program before it", STUB + GOOD)
refused("stub-counted", "no archive", "likewise, and the offsets know of it", image(prefix=STUB))
refused("stub-elf", "no archive", "a compiled program before it",
        image(prefix=b"\x7fELF" + bytes(100)))
refused("stub-gzip.tar.gz", "", "a tar.gz before it: another archive to another reader",
        image(prefix=gzipped(TAR)))
refused("stub-zip", "where it should be", "another archive before it", GOOD + image())
refused("stub-local", "where it should be", "something that begins like a zip before it",
        b"PK\3\4" + bytes(60) + GOOD)
either("stub-zip-counted", "another archive before it, and the offsets know of it",
       image(prefix=GOOD))
either("stub-local-counted", "something that begins like a zip before it, likewise",
       image(prefix=b"PK\3\4" + bytes(60)))


def special(name, reason, make):
    case(name, "20", "not a regular file|No such|cannot open", reason, [make])


def listening(path):
    here = os.getcwd()
    os.chdir(os.path.dirname(path))  # a socket's path is short
    socket.socket(socket.AF_UNIX).bind(os.path.basename(path))
    os.chdir(here)


special("special-fifo", "a FIFO that nobody writes to", os.mkfifo)
special("special-directory", "a directory", os.mkdir)
special("special-socket", "a socket", listening)
special("special-zero", "a link to a device without an end",
        lambda path: os.symlink("/dev/zero", path))
special("special-terminal", "a link to the terminal", lambda path: os.symlink("/dev/tty", path))
special("special-dangling", "a link to nothing", lambda path: os.symlink("nowhere", path))
special("special-loop", "a link to itself", lambda path: os.symlink(os.path.basename(path), path))
special("special-fifo.tar.gz", "a FIFO that nobody writes to", os.mkfifo)
