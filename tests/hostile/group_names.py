# SPDX-License-Identifier: MIT
"""Names that lead elsewhere, or that two readers take for two names."""
import struct
import zlib

from corpus import OUTSIDE, harmless, refused
from zips import DIRECTORY, Entry, extra


def bad(name, says, reason, entry_name):
    refused("name-" + name, says, reason, Entry(entry_name, b"new"))


def good(name, reason, entry_name):
    harmless("name-" + name, reason, Entry(entry_name, b"new"))


bad("absolute", "absolute name", "begins at the root", OUTSIDE + "/new")
bad("absolute-twice", "absolute name", "two slashes are the root too", "/" + OUTSIDE + "/new")
bad("root", "no name|absolute", "the root itself", "/")
bad("up", r"'\.\.' component", "climbs to the other services", "../outside/new")
bad("up-over", r"'\.\.' component", "climbs into another service", "../a1/www/new")
bad("up-far", r"'\.\.' component", "climbs to the root", "../" * 12 + OUTSIDE[1:] + "/new")
bad("up-inside", r"'\.\.' component", "climbs further than it went down", "www/../../outside/new")
bad("up-back", r"'\.\.' component", "climbs and comes back", "www/../www/new")
bad("up-last", r"'\.\.' component", "ends above", "www/..")
bad("up-directory", r"'\.\.' component", "a directory above", "www/../")
bad("up-alone", r"'\.\.' component", "the directory of the services", "..")
bad("up-behind-dot", r"'\.\.' component", "behind a ./ that is left out", "./../outside/new")
bad("backslash-up", "backslash", "climbs for a reader that knows backslashes", "..\\outside\\new")
bad("backslash", "backslash", "a directory to some, a file to others", "www\\new")
bad("backslash-share", "backslash", "another machine", "\\\\host\\share\\new")
bad("drive", "drive letter", "another disk", "C:new")
bad("drive-slash", "drive letter", "another disk's root", "c:/new")
bad("nul", "NUL", "ends early for those who read C strings", b"www/new\0.txt")
bad("nul-up", "NUL", "climbs behind the NUL", b"www/new\0/../../../outside/new")
bad("nul-alone", "NUL", "nothing but a NUL", b"\0")
bad("newline", "control", "forges a line of a listing", "www/a\nb")
bad("tab", "control", "a tab", "www/a\tb")
bad("escape", "control", "speaks to a terminal", "www/\x1b[2J")
bad("delete", "control", "DEL", "www/a\x7fb")
bad("c1-nel", "control", "U+0085, a line's end to some", "www/a\u0085b")
bad("c1-csi", "control", "U+009B speaks to a terminal", "www/\u009b2J")

# Neither UTF-8 nor said to be: code page 437; said to be, or UTF-8 to one reader only: refused.
for name, reason, entry_name in (
        ("not-utf8", "a byte that UTF-8 has not", b"www/\xfe"),
        ("latin1", "ISO 8859-1", "www/gr\u00fc\u00df".encode("latin-1")),
        ("lone-byte", "a continuation that continues nothing", b"www/a\x80b"),
        ("cut-sequence", "a sequence cut at the name's end", b"www/a\xe2\x82")):
    harmless("name-" + name, reason, Entry(entry_name, b"new"),
             demands=[entry_name.decode("cp437") + "=new"])
    refused("name-" + name + "-said", "not UTF-8", reason, Entry(entry_name, b"new", flags=0x800))
for name, reason, entry_name in (
        ("overlong-slash", "a slash in two bytes", b"..\xc0\xafoutside\xc0\xafnew"),
        ("overlong-dots", "dots in two bytes", b"\xc0\xae\xc0\xae/outside/new"),
        ("overlong-three", "a slash in three bytes", b"..\xe0\x80\xafoutside"),
        ("surrogate", "half a surrogate pair", b"www/\xed\xa0\x80"),
        ("beyond-unicode", "over U+10FFFF", b"www/\xf4\x90\x80\x80")):
    bad(name, "in two ways", reason, entry_name)
    refused("name-" + name + "-said", "not UTF-8", reason, Entry(entry_name, b"new", flags=0x800))
bad("empty", "no name", "no name at all", "")
bad("empty-component", "empty component", "two slashes", "www//new")
bad("slashes-last", "empty component", "ends with two slashes", "www/new//")
bad("dot-inside", r"'\.' component", "another spelling of www/new", "www/./new")
bad("dot-twice", r"'\.' component", "only one ./ is left out", "././www/new")
bad("dot-slashes", "absolute|empty", "absolute behind a ./", ".//" + OUTSIDE + "/new")
bad("dot-alone", r"'\.' component", "the service directory as a file", ".")
bad("component-256", "too long a component", "no file system takes it", "www/" + "x" * 256)
bad("long-1025", "max-name", "over the limit of a name", "/".join(["x" * 204] * 5 + ["y"]))
bad("long-65535", "max-name|does not fit", "as long as the format can say", "x/" * 32767 + "y")
bad("deep-65", "max-depth", "one component too many", "d/" * 64 + "x")
bad("deep-65-directory", "max-depth", "likewise, and a directory", "d/" * 65)

good("component-255", "the longest that there is", "www/" + "x" * 255)
good("deep-64", "as deep as is allowed", "d/" * 63 + "x")
good("dots-last", "dots at the end, which other systems drop", "www/new...")
good("dots-three", "three dots are a name", "www/.../new")
good("blank-last", "a blank at the end", "www/new ")
good("dash", "an option to a careless hook", "-rf")
good("shell", "a command to a careless hook", "www/$(touch new);`touch new`|*")
good("home", "a home to a careless hook", "~/new")
good("percent", "a format to a careless log", "www/%s%n%n%n")
good("direction", "U+202E turns the text around", "www/\u202etxt.exe")
good("books", "named like the agent's own books, but within the service", ".enstratus/a1/state")
good("stage", "named like a stage, but within the service", ".enstratus-stage/a1.0badcafe/x")
harmless("name-dot", "the service directory itself, as tar and zip name it",
         Entry("./", mode=0o047777), Entry("./www/new", b"new"), demands=["www/new=new"])
harmless("name-utf8-unsaid", "UTF-8 whose flag is not set", Entry("www/\u00fc", b"new"))
harmless("name-utf8-said", "UTF-8 whose flag is set", Entry("www/\u00fc", b"new", flags=0x800))
refused("name-utf8-lie", "not UTF-8", "the flag says UTF-8, the bytes do not",
        Entry(b"www/\xfc", b"new", flags=0x800))
refused("name-utf8-one", "disagree", "only one header says UTF-8",
        Entry("www/\u00fc", b"new", central_flags=0x800))


def two(name, local, central):
    refused("name-two-" + name, "disagree|past the directory", "the headers name two files",
            Entry("", b"new", local_name=local, central_name=central))


two("up", b"../outside/new", b"www/new1234567")
two("absolute", b"/www/new", b"wwww/new")
two("longer", b"www/new-and-more", b"www/new")
two("shorter", b"www/ne", b"www/new")
two("case", b"www/New", b"www/new")
two("nul", b"www/ne\0", b"www/new")
two("hook", b"bin/enstratus-stop", b"bin/enstratus-lock")


def other(crc_of, path):
    """Info-ZIP's Unicode path field: another name for the entry."""
    return extra(0x7075, struct.pack("<BI", 1, zlib.crc32(crc_of)) + path)


# Readers that know the field write to the other name.
refused("name-unicode-field-up", "two names", "an extra field names a file outside",
        Entry("www/new", b"new", extra=other(b"www/new", b"../outside/new")))
refused("name-unicode-field-hook", "two names", "an extra field names a hook",
        Entry("www/new", b"new", extra=other(b"www/new", b"bin/enstratus-stop")))
harmless("name-unicode-field-stale", "an extra field whose CRC is of another name",
         Entry("www/new", b"new", extra=other(b"else", b"../outside/new")),
         demands=["www/new=new"])
harmless("name-unicode-field", "the name of a code page, and in an extra field what it is",
         Entry(b"www/\x81", b"new", extra=other(b"www/\x81", "www/\u00fc".encode())),
         demands=["www/\u00fc=new"])

refused("twice-converted", "twice", "one name in two codes",
        Entry("www/\u00fc", b"1", flags=0x800), Entry(b"www/\x81", b"2"))
refused("twice", "twice", "one of the two would win", Entry("www/x", b"1"), Entry("www/x", b"2"))
refused("twice-hook", "twice", "the second hook wins",
        Entry("bin/enstratus-start", b"#!/bin/false\n"))
refused("twice-dot", "twice", "two spellings of a name", Entry("www/x", b"1"),
        Entry("./www/x", b"2"))
refused("twice-directory", "twice", "a directory twice",
        Entry("www/d/", mode=DIRECTORY), Entry("www/d/", mode=DIRECTORY))
refused("twice-file-directory", "twice|needs a directory", "a file and a directory",
        Entry("www/x", b"1"), Entry("www/x/", mode=DIRECTORY))
refused("twice-directory-file", "twice|needs a directory", "a directory and a file",
        Entry("www/x/", mode=DIRECTORY), Entry("www/x", b"1"))
refused("twice-far", "twice", "many entries stand between the two", Entry("www/x", b"1"),
        *[Entry("www/f%d" % i) for i in range(200)], Entry("www/x", b"2"))
refused("beneath-file", "needs a directory", "a file beneath a file",
        Entry("www/x", b"1"), Entry("www/x/y", b"2"))
refused("beneath-file-apart", "needs a directory", "what sorts between the two hides it",
        Entry("www/x", b"1"), Entry("www/x!y", b"1"), Entry("www/x-y", b"1"),
        Entry("www/x/y", b"2"))
refused("beneath-hook", "needs a directory", "a file beneath a hook",
        Entry("bin/enstratus-start/x", b"2"))
harmless("twice-case", "two names where case counts", Entry("www/NEW", b"1"),
         Entry("www/new", b"2"),
         demands=["www/NEW=1", "www/new=2"])
harmless("twice-composed", "one letter in two spellings, two names here",
         Entry("www/\u00fc", b"1"), Entry("www/u\u0308", b"2"))
