# SPDX-License-Identifier: MIT
"""Symbolic links that lead out, or that something is to be written through."""
from bzip2 import bzip2
from corpus import HOOK, OUTSIDE, harmless, refused
from zips import DEFLATED, DIRECTORY, LINK, Entry, zipped


def link(name, target, **lies):
    target = target if isinstance(target, bytes) else target.encode()
    return Entry(name, target, mode=LINK, **lies)


def bad(name, says, reason, *entries):
    refused("link-" + name, says, reason, *entries)


def good(name, reason, *entries, demands=()):
    harmless("link-" + name, reason, *entries, demands=demands)


bad("absolute", "absolute", "to a file of the system", link("www/l", "/etc/passwd"))
bad("absolute-outside", "absolute", "to a directory outside", link("www/l", OUTSIDE))
bad("root", "absolute", "to the root", link("www/l", "/"))
bad("proc", "absolute", "to the root by another way", link("www/l", "/proc/self/root"))
bad("up", "leaves", "to what is beside the services", link("www/l", "../../outside/file"))
bad("up-top", "leaves", "from the top to the services", link("l", ".."))
bad("up-deep", "leaves", "from deep within", link("a/b/c/l", "../../../../outside"))
bad("up-dotted", "leaves", "with dots between", link("www/l", ".././.././outside"))
bad("up-slashes", "leaves", "with many slashes", link("www/l", "..//..///outside"))
bad("up-back", "leaves", "out, and back by the service's name", link("www/l", "../../n1/www"))
bad("up-behind", r"'\.\.' behind a name", "whose name may be a link",
    link("www/l", "x/../../../outside"))
bad("up-via", r"'\.\.' behind a name", "through another link",
    link("www/a", "../bin"), link("www/l", "a/../../outside"))
bad("hook", "absolute", "a hook that is the system's shell", link("bin/enstratus-stop", "/bin/sh"))
bad("hook-up", "leaves", "a hook of another service",
    link("bin/enstratus-stop", "../../a1/bin/enstratus-start"))
harmless("link-cfg-file", "where the configuration is written: it is left out",
         link("cfg/enstratus.cfg", OUTSIDE + "/file"), demands=["!cfg/enstratus.cfg"])
bad("cfg", "'cfg' is not a directory", "the configuration's directory", link("cfg", "www"))
refused("link-bin", "'bin' is not a directory", "the hooks' directory",
        zipped(link("bin", "www"), Entry("www/enstratus-start", HOOK)))
bad("slash", "named like a directory", "a link with a slash at its end", link("www/l/", "../bin"))
bad("empty", "absolute or unusable", "to nothing", link("www/l", ""))
bad("nul", "unreadable", "ends early", link("www/l", b"index.html\0/../../../outside"))
bad("nul-first", "unreadable", "begins with its end", link("www/l", b"\0/etc/passwd"))
bad("newline", "unusable", "a control character", link("www/l", "index\n.html"))
bad("long", "too long", "as long as a path cannot be", link("www/l", "x/" * 2048))
bad("huge", "too long", "far longer than that", link("www/l", "x" * 100000))
bad("beneath", "needs a directory", "a link, and a file to write through it",
    link("www/l", "../bin"), Entry("www/l/enstratus-stop", HOOK))
bad("beneath-first", "needs a directory", "the file first",
    Entry("www/l/enstratus-stop", HOOK), link("www/l", "../bin"))
bad("beneath-directory", "needs a directory", "a directory beneath a link",
    link("www/l", "../bin"), Entry("www/l/d/", mode=DIRECTORY))
bad("beneath-link", "needs a directory", "a link beneath a link",
    link("www/l", "../bin"), link("www/l/m", "enstratus-start"))
bad("beneath-outside", "needs a directory|absolute", "a link out, and a file to write through it",
    link("www/l", OUTSIDE), Entry("www/l/new", b"new"))
bad("then-file", "twice", "a file to write through the link of its name",
    link("www/l", "index.html"), Entry("www/l", b"new"))
bad("then-file-outside", "twice|absolute", "likewise, and the link leads out",
    link("www/l", OUTSIDE + "/file"), Entry("www/l", b"new"))
bad("then-directory", "twice|needs a directory", "a directory of a link's name",
    link("www/l", "../bin"), Entry("www/l/", mode=DIRECTORY))
bad("file-first", "twice", "a link of a file's name", Entry("www/l", b"new"),
    link("www/l", "../bin"))
bad("over-file", "twice", "in the place of another entry", link("www/index.html", "../bin"))
bad("packed", "absolute", "a target that is compressed",
    link("www/l", "/etc/passwd", method=DEFLATED))
bad("bzip2", "absolute", "a target that only the library unpacks",
    link("www/l", "/etc/passwd", method=12, raw=bzip2(b"/etc/passwd")))
bad("os-x", "absolute", "another host that has modes", link("www/l", "/etc/passwd", host=19))
bad("crc", "damaged", "a target whose CRC is wrong", link("www/l", "index.html", crc=1))
bad("short", "two sizes|not as long|damaged", "a target that is longer than it says",
    link("www/l", "../../outside", size=10))
bad("two-sizes", "disagree", "a header says a shorter target",
    link("www/l", "index.html", local_size=5, local_compressed=5))

good("inside", "stays within", link("www/l", "index.html"), link("m", "www/l"),
     demands=["www/l", "m"])
good("up-inside", "up, but not out", link("a/b/l", "../../www/index.html"), demands=["a/b/l"])
good("top", "to the service directory", link("www/l", ".."), demands=["www/l"])
good("hook-inside", "a hook that is a link within", link("bin/enstratus-stop", "enstratus-start"))
good("self", "to itself", link("www/l", "l"))
good("loop", "in a circle", link("www/l", "m"), link("www/m", "l"))
good("chain", "longer than the system follows",
     *[link("www/l%d" % i, "l%d" % (i + 1)) for i in range(50)], Entry("www/l50", b"end"))
good("dangling", "to what is not there", link("www/l", "nowhere"))
good("case", "a link that only case tells from a directory", link("WWW", "bin"),
     Entry("www/new", b"new"), demands=["www/new=new", "!bin/new"])
good("dots", "three dots are a name", link("www/l", ".../x"))
good("no-mode", "a link's mode from a host that has none: a file",
     link("www/l", "/etc/passwd", host=0), demands=["www/l=/etc/passwd", "www/l:644"])
