# SPDX-License-Identifier: MIT
"""Records that are cut, stand elsewhere, or can be read in two ways."""
import struct

from corpus import either, harmless, image, refused
from zips import ABSENT32, DIRECTORY, Entry, end_record, extra

TEXT = b"some text\n"
X = Entry("www/x", TEXT)
WHOLE, WHOLE64 = image(X), image(X, with64=True)
AT = image().index(b"PK\1\2")  # where X is
START = WHOLE.index(b"PK\1\2")  # of the directory


def lie(name, says, reason, with64=False, **fields):
    refused("end-" + name, says, reason, image(X, with64=with64, **fields))


def lie64(name, says, reason, **fields):
    lie("64-" + name, says, reason, with64=True, **fields)


def entry(name, says, reason, **fields):
    refused("entry-" + name, says, reason, Entry("www/x", TEXT, **fields))


# Every place to cut: k is odd, so that each field is met at some byte.
for archive, word in (WHOLE, "cut"), (WHOLE64, "cut64"):
    for length in range(0, len(archive), 11):
        refused("%s-%04d" % (word, length), "", "cut off", archive[:length])
refused("cut-last", "", "only the last byte is missing", WHOLE[:-1])
refused("cut-first", "", "only the first byte is missing", WHOLE[1:])
refused("cut-middle", "", "a piece is missing in the middle", WHOLE[:60] + WHOLE[90:])
refused("cut-directory", "", "no directory, but an end", WHOLE[:200] + WHOLE[-22:])
refused("cut-data", "", "no data, but a directory", b"PK\3\4" + WHOLE[START:])
refused("zeros", "", "as long, and nothing but zeros", b"PK\3\4" + bytes(len(WHOLE)))

lie("few", "holds more", "fewer entries than there are", here=2, total=2)
lie("many", "damaged|cut|fit", "more entries than there are", here=4, total=4)
lie("none", "fit|holds more", "no entries, but a directory", here=0, total=0)
lie("65535", "damaged|max-entries|fit", "as many entries as the field can say", here=65535,
    total=65535)
lie("here", "disks", "not all entries are here", here=2)
lie("disk", "disks", "it is the second disk", disk=1)
lie("start-disk", "disks", "the directory is on the second disk", start_disk=1)
lie("disks-absent", "disks", "left to a record that is missing", disk=0xFFFF, start_disk=0xFFFF)
lie("size-less", "where it should be", "the directory is said to be shorter", size=100)
lie("size-more", "where it should be", "the directory is said to be longer", size=1000)
lie("size-zero", "where it should be", "the directory is said to be nothing", size=0)
lie("size-absent", "where it should be|missing", "left to a record that is missing", size=ABSENT32)
lie("offset-less", "where it should be", "the directory is said to be earlier", offset=3)
lie("offset-zero", "where it should be", "the directory is said to be first", offset=0)
lie("offset-beyond", "where it should be", "the directory is behind the end", offset=100000)
lie("offset-absent", "where it should be|missing", "left to a record that is missing",
    offset=ABSENT32)
lie("comment-longer", "missing|cut", "a comment that is not there", comment_len=5)
lie("comment-shorter", "missing|cut", "bytes behind the comment", comment=b"hello", comment_len=2)
lie("behind", "missing|cut", "a byte behind the end", suffix=b"\n")
lie("behind-zeros", "missing|cut", "blocks of zeros behind the end", suffix=bytes(1024))
lie("twice", "where it should be|missing", "two end records", suffix=WHOLE[-22:])
lie("zip-behind", "where it should be", "another archive behind it", suffix=WHOLE)
lie("hidden-comment", "where it should be|missing", "an end record within the comment",
    comment=end_record(0, 0, 0))
refused("end-junk", "where it should be", "bytes between directory and end",
        WHOLE[:-22] + b"junk" + WHOLE[-22:])
refused("end-signed", "where it should be", "a signature of the directory behind it",
        WHOLE[:-22] + b"PK\5\5\2\0xx" + WHOLE[-22:])
refused("end-signed-inside", "holds more", "likewise, and counted as directory",
        WHOLE[:-22] + b"PK\5\5\2\0xx"
        + end_record(3, len(WHOLE) - 22 - START + 8, START))
lie64("few", "disagree|holds more", "fewer entries than there are", **{"64_here": 2, "64_total": 2})
lie64("many", "damaged|cut|fit", "more entries than there are", **{"64_here": 4, "64_total": 4})
lie64("millions", "max-entries", "2^40 entries", **{"64_here": 1 << 40, "64_total": 1 << 40})
lie64("all", "max-entries", "2^64 - 1 entries",
      **{"64_here": (1 << 64) - 1, "64_total": (1 << 64) - 1})
lie64("here", "disks", "not all entries are here", **{"64_here": 2})
lie64("disk", "disks", "it is the second disk", **{"64_disk": 1})
lie64("start-disk", "disks", "the directory is on the second disk", **{"64_start_disk": 1})
lie64("locator-disk", "disks", "the record is on the second disk", locator_disk=1)
lie64("two-disks", "disks", "two disks", disks=2)
lie64("at", "zip64 record", "the record is said to be elsewhere", at=3)
lie64("at-beyond", "zip64 record", "the record is behind the end", at=1 << 40)
lie64("at-wraps", "zip64 record", "the record is at 2^64 - 1", at=(1 << 64) - 1)
lie64("record-less", "zip64 record is damaged", "the record says that it is shorter", record_len=10)
lie64("record-more", "zip64 record is damaged", "the record says that it is longer",
      record_len=1 << 40)
lie64("signature", "zip64 record is damaged", "the record has another signature",
      **{"64_signature": 0})
lie64("size", "where it should be", "another size of the directory", **{"64_size": 3})
lie64("size-huge", "where it should be", "2^64 - 1 bytes of directory",
      **{"64_size": (1 << 64) - 1})
lie64("offset", "where it should be", "another place of the directory", **{"64_offset": 3})
lie64("offset-wraps", "where it should be", "place and size wrap around",
      **{"64_offset": (1 << 64) - 100, "64_size": 100 + START})
lie64("two-counts", "end records disagree", "both records say a number, and not the same", here=2,
      total=2)
lie64("two-sizes", "end records disagree", "likewise a size", size=7)
lie64("two-offsets", "end records disagree", "likewise a place", offset=7)
harmless("end-64-no-disks", "no disk, as some packers count",
         image(X, with64=True, disks=0), demands=["www/x"])
either("end-64-between", "what the record may have behind it",
       image(X, with64=True, record_len=50, between=b"\0" * 6))
refused("end-64-cut", "", "the record is cut away", WHOLE64[:-98] + WHOLE64[-42:])
harmless("end-64-whole", "records of 64 bits, as they should be", WHOLE64, demands=["www/x"])

entry("disk", "disks", "it is on the second disk", disk=1)
entry("disk-absent", "disks", "its disk is left to a field", disk=0xFFFF)
entry("offset-zero", "disagree|overlap", "another entry's header", at=0)
entry("offset-inside", "no header|overlap", "within another entry's data", at=45)
entry("offset-less", "no header|overlap", "a byte before its header", at=AT - 1)
entry("offset-more", "no header|past the directory", "a byte behind its header's first", at=AT + 1)
entry("offset-directory", "past the directory|no header", "within the directory", at=START)
entry("offset-beyond", "past the directory", "behind the end", at=1 << 30)
entry("offset-absent", "past the directory", "left to a field that is missing", at=ABSENT32)
entry("method", "disagree", "each header has another method", local_method=8)
entry("method-central", "disagree|two sizes|too early|damaged", "likewise", central_method=8)
# APPNOTE 8.5.4, 8.5.5: of an archive that was to be split and came out whole.
for name, marker in ("temporary", b"PK00"), ("split", b"PK\7\x08"):
    harmless("marker-" + name, "a marker of archives in parts, counted by offsets",
             image(X, prefix=marker), demands=["www/x"])
    refused("marker-%s-uncounted" % name, "where it should be", "a marker that no offset counts",
            image(X, prefix=marker, shift=4))
refused("marker-twice", "no archive", "two markers", image(X, prefix=b"PK00PK00"))
harmless("entry-flags", "hints that only its header has",
         Entry("www/x", TEXT, local_flags=2), demands=["www/x"])
entry("flags-descriptor", "disagree", "only its header says that sizes follow", local_flags=8)
entry("flags-encrypted", "disagree|encrypted", "only its header is encrypted", local_flags=1)


def patched(name, says, reason, at, value):
    refused("entry-" + name, says, reason, WHOLE[:at] + value + WHOLE[at + len(value):])


patched("signature", "no header", "its header has another signature", AT + 3, b"\5")
patched("signature-central", "directory is damaged", "its directory entry has another signature",
        START + 3, b"\3")
patched("fields-beyond", "overlap|past the directory", "its fields reach behind the directory",
        AT + 28, b"\xff\xff")
patched("name-beyond", "disagree", "its header's name reaches behind the directory",
        AT + 26, b"\xff\xff")
patched("name-central", "directory is cut", "its name reaches behind the directory",
        START + 28, b"\xff\xff")
patched("comment-central", "directory is cut", "its comment reaches behind the directory",
        START + 32, b"\xff\xff")

INNER, OUTER = Entry("www/x", TEXT), Entry("www/y", Entry("www/x", TEXT).content())
refused("entry-in-data", "overlap", "an entry within another entry's data",
        OUTER, Entry("www/x", TEXT, absent=True, at=AT + len(OUTER.header())))
refused("entry-in-fields", "overlap", "an entry within another entry's extra field",
        Entry("www/y", TEXT, local_extra=extra(0xCAFE, INNER.content())),
        Entry("www/x", TEXT, absent=True, at=AT + 30 + 5 + 4))
refused("entry-shared-byte", "overlap", "an entry's last byte is another one's first",
        Entry("www/y", TEXT + b"P", behind=b""),
        Entry("www/x", TEXT, absent=True, at=AT + 30 + 5 + len(TEXT)),
        Entry("www/z", INNER.content()[1:]))

# What is no lie, but hides: bytes that no entry names.
either("hidden-between", "bytes between two entries", Entry("www/y", TEXT, behind=b"junk"), X)
either("hidden-hole", "bytes before the directory", image(X, hole=b"junk"))
either("hidden-entry", "an entry that the directory has not",
       image(X, hole=Entry("../outside/new", b"new").content()), demands=["www/x"])
either("hidden-archive", "an archive whose end is within the comment of another",
       image(X, comment=WHOLE))
either("hidden-descriptor", "what stands behind the data contradicts",
       Entry("www/x", TEXT, descriptor=struct.pack("<IIII", 0x08074B50, 1, 2, 3)))
harmless("hidden-nothing", "directories that their content comes before",
         Entry("www/d/x", TEXT), Entry("www/d/", mode=DIRECTORY), Entry("www/", mode=DIRECTORY),
         demands=["www/d/x"])
harmless("comment-longest", "a comment of 65,535 bytes", image(X, comment=b"x" * 65535))
harmless("comment-signature", "a comment with an end record's signature",
         image(X, comment=b"PK\5\6 is how it begins, and this goes on behind it"))
harmless("dates", "a date that is none", Entry("www/x", TEXT, date=0xFFFF, clock=0xFFFF))
harmless("dates-zero", "a date of all zeros", Entry("www/x", TEXT, date=0, clock=0))
harmless("dates-far", "a time of 2038, and one before 1970",
         Entry("www/x", TEXT, extra=extra(0x5455, b"\1\xff\xff\xff\x7f")),
         Entry("www/y", TEXT, extra=extra(0x5455, b"\1\0\0\0\x80")))
harmless("version", "a version that no reader has", Entry("www/x", TEXT, needs=255))
