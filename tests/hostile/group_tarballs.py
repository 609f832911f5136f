# SPDX-License-Identifier: MIT
"""tar.gz, tgz and tar.bz2: what a harmless one becomes by one more member, or by one lie."""
import zlib

import bzip2
import zips
from corpus import HOOK, OUTSIDE, PAGE, case, image
from tars import base256, gnu_long, gzip_around, gzipped, member, pax, tarred

BASE = (member("bin/enstratus-start", HOOK, mode=0o755), member("www/index.html", PAGE))
TEXT = b"some text\n"
X = member("www/x", TEXT)
WHOLE = tarred(*BASE, X)
PACKED = gzipped(WHOLE)


def tarball(expectation):
    """How to add tarballs of one expectation: members of an image, or a packed archive."""
    def add(name, reason, *members, packed=None, suffix=".tar.gz", demands=(), says=""):
        data = packed if packed is not None else gzipped(tarred(*BASE, *members))
        case("tar-" + name + suffix, expectation, says, reason, [data], demands)
    return add


refused, harmless, either = (tarball(word) for word in ("refused", "harmless", "either"))

case("control.tar.gz", "harmless", "", "the tarball that all others are made of", [PACKED],
     ["www/x"])
case("control.tgz", "harmless", "", "by its other name", [PACKED], ["www/x"])
case("control.tar.bz2", "harmless", "", "packed by bzip2", [bzip2.bzip2(WHOLE)], ["www/x"])

# Names.
for word, name in (("absolute", OUTSIDE + "/new"), ("up", "../outside/new"), ("up-only", ".."),
                   ("up-inside", "www/../../outside/new"), ("up-behind-dot", "./../outside/new"),
                   ("up-back", "www/../www/new"), ("backslash", "..\\outside\\new"),
                   ("drive", "C:new"), ("newline", "www/a\nb"), ("c1", "www/a\u0085b"),
                   ("not-utf8", b"www/\xff"), ("overlong", b"..\xc0\xafoutside"),
                   ("empty", ""), ("empty-component", "www//new"), ("dot-inside", "www/./new")):
    refused("name-" + word, "a name: " + word, member(name, TEXT))
refused("name-prefix", "a name in two fields, which climbs",
        member("outside/new", TEXT, prefix=b".."))
refused("name-prefix-absolute", "a name in two fields, which is absolute",
        member("new", TEXT, prefix=OUTSIDE.encode()[:155]))
refused("name-long", "a long name that climbs", gnu_long(b"L", b"../outside/new"), X)
refused("name-long-absolute", "a long name that is absolute",
        gnu_long(b"L", OUTSIDE.encode() + b"/n"), X)
refused("name-long-deep", "a long name that is too deep", gnu_long(b"L", b"d/" * 70 + b"x"), X)
refused("name-long-1025", "a name over the limit", gnu_long(b"L", b"/".join([b"x" * 200] * 6)), X)
refused("name-long-component", "no file system takes it", gnu_long(b"L", b"x" * 256), X)
refused("name-long-huge", "a long name of 3 MiB", gnu_long(b"L", b"x/" * (3 << 19)), X)
refused("name-long-size", "a long name that says 2^62 bytes",
        member("././@LongLink", b"x", kind=b"L", size=base256(1 << 62)), X)
refused("name-long-alone", "a long name that no member follows", gnu_long(b"L", b"www/new"))
either("name-long-nul", "a long name with a NUL within",
       gnu_long(b"L", b"www/new\0/../../../outside"), X)
either("name-long-twice", "two long names for one member",
       gnu_long(b"L", b"../outside/new"), gnu_long(b"L", b"www/new"), X)

# Pax headers: what they say holds instead of the member's own fields.
for word, record in (("up", ("path", "../outside/new")), ("absolute", ("path", OUTSIDE + "/new")),
                     ("nul", ("path", b"www/x\0/../../../outside/new")),
                     ("newline", ("path", "a\nb")),
                     ("not-utf8", ("path", b"www/\xff")), ("size-more", ("size", "100000")),
                     ("size-huge", ("size", "9223372036854775807")),
                     ("size-beyond", ("size", "99999999999999999999")),
                     ("size-negative", ("size", "-512")), ("size-words", ("size", "many")),
                     ("sparse-name", ("GNU.sparse.name", "../outside/new")),
                     ("length-zero", b"0 path=www/new\n"), ("length-short", b"7 path=www/new\n"),
                     ("length-long", b"999 path=www/new\n"),
                     ("length-huge", b"99999999999999999999 a=b\n"),
                     ("length-words", b"x path=www/new\n"), ("length-negative", b"-5 a=b\n"),
                     ("no-equals", b"11 pathwww\n"), ("no-newline", b"12 path=www/x")):
    (either if word in ("nul", "no-equals", "size-negative", "size-words") else refused)(
        "pax-" + word, "a pax record: " + word, pax(record), X)
refused("pax-link", "a pax record moves a link's target out",
        pax(("linkpath", "../../outside")), member("www/l", kind=b"2", link="index.html"))
refused("pax-link-absolute", "likewise, and it is absolute",
        pax(("linkpath", "/etc/passwd")), member("www/l", kind=b"2", link="index.html"))
refused("pax-huge", "a pax header of 3 MiB", pax(("comment", "x" * (3 << 20))), X)
refused("pax-says-huge", "a pax header that says 2^62 bytes",
        member("PaxHeaders/x", b"", kind=b"x", size=base256(1 << 62)), X)
refused("pax-alone", "a pax header that no member follows", pax(("path", "www/new")))
refused("pax-hook", "a pax record makes a second hook of a page",
        pax(("path", "bin/enstratus-start")), X)
either("pax-size-less", "the size that pax says is smaller", pax(("size", "4")), X)
either("pax-path-empty", "an empty path", pax(("path", "")), X)
either("pax-global", "a path for all that follow", pax(("path", "../outside/new"), kind=b"g"), X,
       demands=["!outside"])
either("pax-twice", "two headers, and the first one climbs",
       pax(("path", "../outside/new")), pax(("path", "www/new")), X)
either("pax-long", "a long name of another kind before it",
       gnu_long(b"L", b"../outside/new"), pax(("path", "www/new")), X)
either("pax-binary", "a name that says it is not UTF-8",
       pax(("hdrcharset", "BINARY"), ("path", b"www/\xff")), X)
either("pax-sparse", "a sparse file of 2^60 bytes",
       pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "www/new"),
           ("GNU.sparse.realsize", str(1 << 60))), member("www/x", b"0\n".ljust(512, b"\0")))
either("pax-time", "times that are none", pax(("mtime", "nan"), ("atime", "1e999")), X)
harmless("pax-owner", "owners of their own", pax(("uid", "0"), ("gid", "0"), ("uname", "root")), X,
         demands=["www/x"])
harmless("pax-rights", "attributes of a file, and rights that are those of its mode", pax(
    ("SCHILY.xattr.security.capability", b"\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ("SCHILY.acl.access", "user::rwx,group::rwx,other::rwx"), ("SCHILY.fflags", "schg,uappnd")), X,
         demands=["www/x:775"])
harmless("pax-comment", "a comment", pax(("comment", "hello")), X, demands=["www/x"])

# Links.
for word, name, target in (("absolute", "www/l", "/etc/passwd"), ("up", "www/l", "../../outside"),
                           ("up-top", "l", ".."), ("up-behind", "www/l", "x/../../../outside"),
                           ("hook", "bin/enstratus-stop", "/bin/sh"), ("cfg", "cfg", "www"),
                           ("empty", "www/l", "")):
    refused("link-" + word, "a link: " + word, member(name, kind=b"2", link=target))
refused("link-long", "a long target that climbs", gnu_long(b"K", b"../../outside"),
        member("www/l", kind=b"2", link="index.html"))
refused("link-beneath", "a link, and a file to write through it",
        member("www/l", kind=b"2", link="../bin"), member("www/l/enstratus-stop", HOOK))
refused("link-twice", "a link, and a file of its name",
        member("www/l", kind=b"2", link="index.html"), member("www/l", TEXT))
refused("hard-absolute", "a hard link to a file of the system",
        member("www/l", kind=b"1", link="/etc/passwd"))
refused("hard-up", "a hard link to what is outside",
        member("www/l", kind=b"1", link="../outside/file"))
refused("hard-long", "a long target that climbs", gnu_long(b"K", b"../outside/file"),
        member("www/l", kind=b"1", link="www/x"))
refused("hard-missing", "a hard link to what is not there",
        member("www/l", kind=b"1", link="www/none"))
either("hard-later", "a hard link to what comes later", member("www/l", kind=b"1", link="www/x"), X)
either("hard-inside", "a hard link within: refused, or a copy", X,
       member("www/l", kind=b"1", link="www/x"))
either("hard-link", "a hard link to a link", member("www/m", kind=b"2", link="index.html"),
       member("www/l", kind=b"1", link="www/m"))
either("hard-data", "a hard link with data of its own", X,
       member("www/l", b"data", kind=b"1", link="www/x"))
either("link-data", "a link with data",
       member("www/l", b"data" * 200, kind=b"2", link="index.html"))

# Types and modes.
for word, kind in ("character", b"3"), ("block", b"4"), ("fifo", b"6"):
    refused("type-" + word, "a special file", member("www/special", kind=kind, major=1, minor=3))
refused("type-hook", "a FIFO for a hook", member("bin/enstratus-stop", kind=b"6"))
refused("type-bin", "bin is a file", packed=gzipped(tarred(member("bin", TEXT), X)))
refused("type-bin-link", "bin is a link",
        packed=gzipped(tarred(member("bin", kind=b"2", link="www"),
                              member("www/enstratus-start", HOOK))))
refused("type-no-bin", "no hooks at all", packed=gzipped(tarred(X)))
refused("type-sparse-huge", "an old sparse file of 2^40 bytes",
        member("www/x", TEXT, kind=b"S", magic=b"ustar  \0",
               tail=bytes(41) + bytes(97) + base256(1 << 40)))
for word, kind in (("contiguous", b"7"), ("volume", b"V"), ("multi", b"M"), ("names", b"N"),
                   ("dump", b"D"), ("unknown", b"Z"), ("nul", b"\0"), ("solaris", b"X")):
    either("type-" + word, "a member of a rare kind", member("www/new", TEXT, kind=kind))
either("type-directory-data", "a directory with data", member("www/d/", TEXT, kind=b"5"))
either("type-file-slash", "a file named like a directory", member("www/d/", TEXT))
for word, mode in ("setuid", 0o4755), ("setgid", 0o2755), ("sticky", 0o1755), ("world", 0o666), \
        ("all", 0o7777), ("type", 0o104755):
    harmless("mode-" + word, "a file of mode %o" % mode, member("www/f", TEXT, mode=mode),
             demands=["www/f"])
harmless("mode-directory", "a directory of mode 7777", member("www/d/", kind=b"5", mode=0o7777),
         demands=["www/d:775"])
harmless("mode-hook", "a hook of mode 7777", member("bin/enstratus-stop", HOOK, mode=0o7777),
         demands=["bin/enstratus-stop:750"])
harmless("owner", "owners of its own", member("www/f", TEXT, uid=0, gid=0), demands=["www/f:644"])
harmless("dot", "the service directory itself", member("./", kind=b"5", mode=0o7777),
         demands=["www"])

# Twice.
refused("twice", "a name twice", X, X)
refused("twice-dot", "two spellings of a name", X, member("./www/x", TEXT))
refused("twice-hook", "a second hook", member("bin/enstratus-start", TEXT))
refused("twice-directory", "a file and a directory", X, member("www/x/", kind=b"5"))
refused("beneath-file", "a file beneath a file", X, member("www/x/y", TEXT))

# Sizes and checksums.
for word, size in (("negative", base256(-512)), ("negative-1", base256(-1)),
                   ("huge", base256(1 << 62)), ("wraps", base256((1 << 64) - 512)),
                   ("octal", b"77777777777\0"), ("more", 5000),
                   ("words", b"many\0\0\0\0\0\0\0\0")):
    refused("size-" + word, "a size: " + word, member("www/x", TEXT, size=size))
refused("checksum", "a checksum that is wrong", member("www/x", TEXT, checksum=1))
refused("checksum-first", "the first checksum is wrong",
        packed=gzipped(tarred(member("bin/enstratus-start", HOOK, checksum=1), X)))
either("size-empty", "no size at all", member("www/x", b"", size=b""))
either("magic", "the form of 1979", member("www/x", TEXT, magic=bytes(8)))

# The end, and what is behind it.
for length in range(0, len(WHOLE) - 1536, 300):
    refused("cut-%04d" % length, "the tar is cut, the gzip whole", packed=gzipped(WHOLE[:length]))
either("end-none", "no blocks of zeros at its end", packed=gzipped(WHOLE[:-1024]))
either("end-one", "one block of zeros at its end", packed=gzipped(WHOLE[:-512]))
either("end-garbage", "garbage behind its end", packed=gzipped(WHOLE + b"garbage" * 100))
either("end-member", "a member behind its end", demands=["!www/new"],
       packed=gzipped(WHOLE + tarred(member("www/new", TEXT))))
either("end-up", "a member behind its end that climbs",
       packed=gzipped(WHOLE + tarred(member("../outside/new", TEXT))))

# The packing.
for length in range(2, len(PACKED), 23):
    refused("gzip-cut-%03d" % length, "the gzip is cut", packed=PACKED[:length])
refused("gzip-crc", "its CRC is wrong", packed=gzipped(WHOLE, crc=1))
refused("gzip-size", "its size is wrong", packed=gzipped(WHOLE, size=1))
refused("gzip-method", "another method than deflate", packed=gzipped(WHOLE, method=7))
refused("gzip-flags", "flags that are not known", packed=gzipped(WHOLE, flags=0xE0))
refused("gzip-field-cut", "an extra field that is cut",
        packed=gzipped(b"", flags=4, fields=b"\xff\xff")[:14])
refused("gzip-damaged", "a bit is wrong",
        packed=PACKED[:80] + bytes([PACKED[80] ^ 16]) + PACKED[81:])
refused("gzip-type-3", "a block of no known kind", packed=gzip_around(b"\7\0\0", 0, 0))
refused("gzip-garbage", "garbage behind it", packed=PACKED + b"garbage" * 10)
either("gzip-zeros-behind", "zeros behind it, as tapes have them", packed=PACKED + bytes(512))
either("gzip-members", "in two members", packed=gzipped(WHOLE[:700]) + gzipped(WHOLE[700:]))
either("gzip-name", "a file name in its header that climbs",
       packed=gzipped(WHOLE, flags=8, fields=b"../outside/new\0"))
either("gzip-empty-members", "twenty thousand members of nothing",
       packed=gzipped(b"") * 20000 + PACKED)
refused("bzip2-cut", "it is cut", packed=bzip2.bzip2(WHOLE)[:-20], suffix=".tar.bz2")
refused("bzip2-crc", "its CRC is wrong", packed=bzip2.stream(bzip2.block(WHOLE, 5)),
        suffix=".tar.bz2")
refused("bzip2-total", "its total CRC is wrong", suffix=".tar.bz2",
        packed=bzip2.stream(bzip2.block(WHOLE), total=5))
refused("bzip2-level", "blocks of no size", suffix=".tar.bz2",
        packed=b"BZh0" + bzip2.bzip2(WHOLE)[4:])
refused("bzip2-noise", "garbage", suffix=".tar.bz2", packed=b"BZh9" + bytes(range(256)) * 8)
refused("bzip2-nothing", "a stream of nothing", suffix=".tar.bz2", packed=bzip2.stream())
refused("bzip2-garbage", "garbage behind it", suffix=".tar.bz2",
        packed=bzip2.bzip2(WHOLE) + b"garbage" * 10)
refused("bzip2-up", "a name that climbs", suffix=".tar.bz2",
        packed=bzip2.bzip2(tarred(*BASE, member("../outside/new", TEXT))))

# What is packed is no tar: readers that guess would take some of these.
refused("no-text", "a text", packed=gzipped(b"hello\n" * 300))
refused("no-nothing", "nothing", packed=gzipped(b""))
refused("no-zeros", "a tar of no members", packed=gzipped(bytes(10240)))
refused("no-zip", "a zip", packed=gzipped(image()))
refused("no-gzip", "a gzip of a tar", packed=gzipped(PACKED))
refused("no-bzip2", "a bzip2 of a tar", packed=gzipped(bzip2.bzip2(WHOLE)))
refused("no-mtree", "a list that names files of the system", packed=gzipped(
    b"#mtree\n./bin/enstratus-start type=file contents=/etc/passwd mode=0755\n"))
refused("no-cpio", "another kind of archive", packed=gzipped(b"".join(
    b"070701" + b"".join(b"%08X" % n for n in (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0,
                                               len(name) + 1, 0))
    + (name + b"\0").ljust(-(-(111 + len(name)) // 4) * 4 - 110,
                           b"\0") + data.ljust(-(-len(data) // 4) * 4, b"\0")
    for name, mode, data in ((b"bin/enstratus-start", 0o100755, HOOK), (b"TRAILER!!!", 0, b"")))))
refused("no-ar", "another kind of archive", packed=gzipped(
    b"!<arch>\n" + b"enstratus-start/".ljust(48) + b"%-10d`\n" % len(HOOK) + HOOK))

# Bombs.
ZEROS = zips.zeros(1024)
HEAD = zlib.compressobj(9, zlib.DEFLATED, -15)
HEAD = HEAD.compress(tarred(*BASE, member("www/bomb", size=1 << 30),
                            end=b"")) + HEAD.flush(zlib.Z_FULL_FLUSH)
refused("bomb-zeros", "a GiB of zeros and no member", packed=gzip_around(ZEROS, 0, 1 << 30))
refused("bomb-member", "a member of a GiB that says so",
        packed=gzip_around(HEAD + ZEROS, 0, 1 << 30))
refused("bomb-bzip2", "a GiB of zeros and no member", packed=bzip2.zeros(1024), suffix=".tar.bz2")
refused("bomb-sum", "each is within its limit",
        *[member("www/%d" % i, bytes(3 << 20)) for i in range(5)])
refused("bomb-entries", "more members than are allowed",
        *[member("www/%d" % i) for i in range(2000)])
either("bomb-behind", "a GiB of zeros behind its end",
       packed=PACKED + gzip_around(ZEROS, 0, 1 << 30))
