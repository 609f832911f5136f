# SPDX-License-Identifier: MIT
"""What is no file, and modes that give more than a service may have."""
from corpus import HOOK, harmless, refused
from zips import DIRECTORY, Entry, zipped

for word, kind in ("fifo", 0o010000), ("character", 0o020000), ("unknown-3", 0o030000), \
        ("block", 0o060000), ("unknown-7", 0o070000), ("network", 0o110000), \
        ("unknown-13", 0o130000), ("socket", 0o140000), ("door", 0o150000), \
        ("whiteout", 0o160000), ("unknown-17", 0o170000):
    refused("type-" + word, "neither file, directory nor", "type %o" % kind,
            Entry("www/special", mode=kind | 0o666))
refused("type-hook", "neither file", "a FIFO for a hook",
        Entry("bin/enstratus-stop", mode=0o010755))
refused("type-slash", "neither file", "a device named like a directory",
        Entry("www/d/", mode=0o020666))
refused("type-file-slash", "content of its own", "a file named like a directory",
        Entry("www/d/", b"new", mode=0o100644))
refused("type-bin", "'bin' is not a directory", "bin is a file",
        zipped(Entry("bin", b"x"), Entry("www/index.html", b"x")))
refused("type-bin-too", "'bin' is not a directory|twice|needs a directory",
        "bin is a file and a directory", Entry("bin", b"x"))
refused("type-cfg", "'cfg' is not a directory", "cfg is a file", Entry("cfg", b"x"))
refused("type-no-bin", "no bin/", "no hooks at all", zipped(Entry("www/index.html", b"x")))
refused("type-wrapped", "only 'site/'", "a wrapper directory",
        zipped(Entry("site/bin/enstratus-start", HOOK)))
refused("type-nothing", "no bin/|directory", "no entries", zipped())
refused("type-directory-data", "directory with content", "a directory with data",
        Entry("www/d/", b"data", mode=DIRECTORY))
refused("type-directory-packed", "directory with content", "a directory with compressed data",
        Entry("www/d/", b"data" * 100, mode=DIRECTORY, method=8))
refused("type-directory-unslashed", "directory with content", "a directory by its mode, with data",
        Entry("www/d", b"data", mode=DIRECTORY))
harmless("type-directory-mode", "a directory by its mode alone", Entry("www/d", mode=DIRECTORY),
         demands=["www/d:755"])
harmless("type-none", "no type and no mode", Entry("www/f", b"x", mode=0), demands=["www/f:644"])
harmless("type-dos", "types of a host that has none", Entry("www/f", b"x", mode=0o060666, host=0),
         demands=["www/f:644"])

for word, mode, kept in ("setuid", 0o4755, "755"), ("setgid", 0o2755, "755"), \
        ("sticky", 0o1755, "755"), ("world", 0o666, "664"), ("all", 0o7777, "775"), \
        ("none", 0, "600"), ("write-only", 0o222, "620"):
    harmless("mode-" + word, "a file of mode %o" % mode, Entry("www/f", b"x", mode=0o100000 | mode),
             demands=["www/f:" + kept])
    harmless("mode-hook-" + word, "a hook of mode %o" % mode,
             Entry("bin/enstratus-stop", HOOK, mode=0o100000 | mode),
             demands=["bin/enstratus-stop:750"])
for word, mode, kept in ("setuid", 0o4755, "755"), ("setgid", 0o2755, "755"), \
        ("world", 0o777, "775"), ("sticky", 0o1777, "775"), ("none", 0, "700"):
    harmless("mode-directory-" + word, "a directory of mode %o" % mode,
             Entry("www/d/", mode=0o040000 | mode), demands=["www/d:" + kept])
harmless("mode-bin", "bin of mode 7777", Entry("bin/", mode=0o047777), demands=["bin:2750"])
harmless("mode-cfg", "cfg and a file of mode 7777", Entry("cfg/", mode=0o047777),
         Entry("cfg/f", b"x", mode=0o107777), demands=["cfg:770", "cfg/f:770"])
harmless("mode-deep", "setuid beneath bin", Entry("bin/d/f", HOOK, mode=0o104755),
         demands=["bin/d/f:755"])
harmless("mode-attributes", "every attribute of another host", Entry("www/f", b"x", host=0,
         attributes=0xFFFFFFFF), demands=["www/f:644"])
