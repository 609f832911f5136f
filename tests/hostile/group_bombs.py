# SPDX-License-Identifier: MIT
"""Small archives that would become large trees, or take long.

The limits are those that tests/e2e/hostile.sh sets: 8 MiB in all, 4 MiB an entry, 2,000 entries.
"""
import bzip2
from corpus import HOOK, either, harmless, image, refused
from zips import DEFLATED, DIRECTORY, Entry, overlapping, zeros, zip64, zipped

MIB = 1 << 20
GIB = zeros(1024)


def bomb(name="www/bomb", megabytes=1024, **lies):
    raw = GIB if megabytes == 1024 else zeros(megabytes)
    return Entry(name, method=DEFLATED, raw=raw, **{"crc": 1, "size": megabytes * MIB, **lies})


refused("bomb-entry", "max-entry-bytes", "one GiB that says so", bomb())
refused("bomb-first", "max-entry-bytes", "it comes first",
        zipped(bomb("a"), Entry("bin/enstratus-start", HOOK)))
refused("bomb-hook", "max-entry-bytes", "for a hook", bomb("bin/enstratus-stop"))
refused("bomb-sum", "max-bytes", "each is within its limit",
        *[bomb("www/%d" % i, 3) for i in range(5)])
refused("bomb-42", "max-entry-bytes", "sixteen of 4 GiB, by the directory alone",
        *[Entry("www/%d" % i, method=DEFLATED, raw=b"\x03\x00",
                size=0xFFFFFFFE) for i in range(16)])
refused("bomb-sum-wraps", "max-entry-bytes", "two sizes whose sum is 0 in 64 bits",
        *[Entry("www/%d" % i, method=DEFLATED, raw=b"\x03\x00", size=0xFFFFFFFF,
                extra=zip64(1 << 63)) for i in range(2)])
refused("bomb-2-64", "max-entry-bytes", "2^64 - 1 bytes",
        Entry("www/x", method=DEFLATED, raw=b"\x03\x00", size=0xFFFFFFFF,
              extra=zip64((1 << 64) - 1)))
refused("bomb-says-10", "not as long", "one GiB that says ten bytes", bomb(size=10))
refused("bomb-says-0", "not as long", "one GiB that says nothing", bomb(size=0))
refused("bomb-says-less", "not as long", "one GiB that says 3 MiB", bomb(size=3 * MIB))
refused("bomb-descriptor", "not as long", "its size stands behind it, and the directory says 10",
        bomb(size=10, descriptor=True))
refused("bomb-many-say-10", "not as long", "a hundred of them",
        *[bomb("www/%d" % i, 64, size=10) for i in range(100)])
refused("bomb-entries", "max-entries", "more entries than are allowed",
        *[Entry("www/%d" % i) for i in range(2000)])
refused("bomb-directories", "max-entries", "and all of them directories",
        *[Entry("www/%d/" % i, mode=DIRECTORY) for i in range(2000)])
refused("bomb-overlap", "overlap", "a kernel that a hundred entries share",
        overlapping(["bin/enstratus-start"] + ["www/%d" % i for i in range(100)], 0))
refused("bomb-overlap-large", "max-bytes|overlap", "likewise, and it is large",
        overlapping(["bin/enstratus-start"] + ["www/%d" % i for i in range(20)], 1))
refused("bomb-overlap-exact", "overlap", "two entries end at one byte",
        overlapping(["bin/enstratus-start", "www/x"], 0))
refused("bomb-same-header", "disagree|overlap", "two entries of one header",
        Entry("www/x", b"x" * 1000),
        Entry("www/y", b"x" * 1000, absent=True, at=image().index(b"PK\1\2")))
refused("bomb-same-entry", "twice|overlap", "one entry twice in the directory",
        Entry("www/x", b"x" * 1000),
        Entry("www/x", b"x" * 1000, absent=True, at=image().index(b"PK\1\2")))
refused("bomb-library", "max-entry-bytes", "one GiB of bzip2 that says so",
        Entry("www/x", method=12, raw=bzip2.zeros(1024), size=1 << 30, crc=1))
refused("bomb-library-says-10", "not as long|damaged", "one GiB of bzip2 that says ten bytes",
        Entry("www/x", method=12, raw=bzip2.zeros(1024), size=10, crc=1))
refused("bomb-link", "too long|max-entry", "a link's target of one GiB",
        bomb("www/l", mode=0o120777))
refused("bomb-link-says-10", "too long|not as long", "one GiB for a link's target, it says",
        bomb("www/l", mode=0o120777, size=10))
refused("bomb-manifest", "larger than|max-entry", "an image.ini of one GiB", bomb("image.ini"))
refused("bomb-manifest-says-10", "longer than|not as long", "an image.ini that says ten bytes",
        bomb("image.ini", size=10))
refused("bomb-manifest-lines", "image.ini", "an image.ini of a MiB of lines",
        Entry("image.ini", b"[persist]\n" + b"x=y\n" * 250000, method=DEFLATED))
refused("manifest-up", r"'\.\.' component", "a path to keep that is outside",
        Entry("image.ini", b"[persist]\npaths=../outside\n"))
refused("manifest-absolute", "absolute", "a path to keep that is absolute",
        Entry("image.ini", b"[persist]\npaths=/etc\n"))
refused("manifest-nul", "image.ini", "a NUL within", Entry("image.ini", b"[image]\nname=a\0b\n"))
refused("slow-names", "slow to look up", "names that one hash table keeps in one chain",
        *[Entry("".join("bA" if i >> k & 1 else "ab" for k in range(9))) for i in range(512)])
harmless("slow-blocks", "a million deflate blocks of nothing",
         Entry("www/x", method=DEFLATED, raw=b"\0\0\0\xff\xff" * 1000000 + b"\x03\x00"),
         demands=["www/x"])
harmless("bomb-nested", "a bomb within an archive is a file", Entry("www/x.zip", image(bomb())))
either("bomb-comments", "a comment of 64 KiB for each of fifty entries",
       *[Entry("www/%d" % i, comment=b"x" * 65535) for i in range(50)])
either("bomb-fields", "extra fields of 64 KiB for each of fifty entries",
       *[Entry("www/%d" % i, central_extra=b"\xfe\xca\xfb\xff" + bytes(0xFFFB)) for i in range(50)])
