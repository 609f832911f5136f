# SPDX-License-Identifier: MIT
"""Sizes and CRCs that are not so, and zip64 fields that contradict."""
import struct

from corpus import PAGE, either, harmless, image, refused
from zips import ABSENT32, DEFLATED, Entry, deflate, extra, zip64

TEXT = b"some text that is some text that is some text\n"


def lie(name, says, reason, **fields):
    refused("size-" + name, says, reason, Entry("www/x", TEXT, **fields))


def packed(name, says, reason, **fields):
    lie(name, says, reason, method=DEFLATED, **fields)


packed("less", "not as long", "one byte more comes than both say", size=len(TEXT) - 1)
packed("more", "not as long", "one byte less comes than both say", size=len(TEXT) + 1)
packed("zero", "not as long", "both say that nothing comes", size=0)
packed("huge", "not as long", "nearly the limit, and little comes", size=4000000)
packed("local-less", "disagree", "only its header lies", local_size=1)
packed("local-zero", "disagree", "only its header says nothing, without a descriptor", local_size=0)
packed("local-huge", "disagree", "only its header is huge", local_size=0xFFFFFFF0)
packed("central-less", "disagree", "only the directory lies", central_size=1)
packed("central-huge", "max-entry-bytes", "only the directory is huge", central_size=0xFFFFFFF0)
packed("packed-less", "ends too early|damaged", "its data is said to be shorter",
       compressed=len(deflate(TEXT)) - 2)
packed("packed-more", "overlap|past the directory|disagree|goes on",
       "its data is said to be longer",
       compressed=len(deflate(TEXT)) + 2)
packed("packed-local", "disagree", "only its header says so", local_compressed=3)
packed("packed-central", "disagree", "only the directory says so", central_compressed=3)
packed("packed-huge", "past the directory", "longer than the file", compressed=0x7FFFFFFF)
packed("packed-zero", "ends too early|disagree", "no data at all", compressed=0)
lie("stored-two", "two sizes", "stored, and says two sizes", size=len(TEXT) - 1)
lie("stored-two-central", "two sizes", "likewise, only in the directory", central_size=3)
lie("stored-two-local", "disagree", "likewise, only in its header", local_size=3)
lie("stored-huge", "past the directory|max-entry|two sizes", "stored, longer than the file",
    size=4000000, compressed=4000000)
lie("stored-short", "CRC", "stored, and both sizes are a byte less",
    size=len(TEXT) - 1, compressed=len(TEXT) - 1)
lie("crc", "CRC", "stored, and the CRC is wrong", crc=0x12345678)
lie("crc-zero", "CRC", "stored, and the CRC is 0", crc=0)
packed("crc-packed", "CRC", "compressed, and the CRC is wrong", crc=0x12345678)
lie("crc-local", "disagree", "only its header's CRC is wrong", local_crc=1)
lie("crc-central", "disagree|CRC", "only the directory's CRC is wrong", central_crc=1)
lie("crc-descriptor", "CRC", "the directory's CRC is wrong, the header leaves it out",
    descriptor=True, central_crc=1)
packed("descriptor-central", "not as long|disagree", "the directory's size is wrong, likewise",
       descriptor=True, central_size=3)
packed("descriptor-zero", "not as long|ends too early",
       "the directory leaves its sizes out as well",
       descriptor=True, central_size=0, central_compressed=0, central_crc=0)
packed("descriptor-unsaid", "disagree", "the sizes stand behind, and no flag says so",
       descriptor=True, flags=0)
packed("descriptor-local", "disagree", "the header says other sizes than what stands behind",
       descriptor=True, local_size=7)
harmless("descriptor", "sizes behind the data, as they should be",
         Entry("www/x", TEXT, method=DEFLATED, descriptor=True), demands=["www/x"])

# Numbers of 64 bits.
packed("64-missing", "max-entry|zip64|past the directory|disagree",
       "left to a field that is missing",
       size=ABSENT32, compressed=ABSENT32)
packed("64-cut", "zip64 field is cut", "left to a field of four bytes",
       size=ABSENT32, extra=extra(1, b"\1\0\0\0"))
packed("64-empty", "zip64 field is cut", "left to a field of nothing", size=ABSENT32,
       extra=extra(1))
packed("64-one-of-two", "zip64 field is cut", "two are left to it and it has one",
       size=ABSENT32, compressed=ABSENT32, extra=zip64(len(TEXT)))
packed("64-overruns", "longer than its entry", "the field is longer than the entry's fields",
       size=ABSENT32, extra=struct.pack("<HHQ", 1, 0x7FFF, len(TEXT)))
packed("64-contradicts", "disagree", "each header has another number",
       size=ABSENT32, local_extra=zip64(len(TEXT) + 1), central_extra=zip64(len(TEXT)))
packed("64-twice", "max-entry|not as long|two ways|two zip64", "two fields, and the first one lies",
       size=ABSENT32, extra=zip64(len(TEXT) + 1) + zip64(len(TEXT)))
packed("64-twice-last", "not as long|two ways|two zip64", "two fields, and the second one lies",
       size=ABSENT32, extra=zip64(len(TEXT)) + zip64(len(TEXT) + 1))
packed("64-offset-huge", "past the directory", "an offset of 2^64 - 1",
       central_offset=ABSENT32, central_extra=zip64((1 << 64) - 1))
packed("64-offset-wraps", "past the directory", "offset and length wrap around",
       central_offset=ABSENT32, central_extra=zip64((1 << 64) - 20))
packed("64-compressed-huge", "past the directory", "compressed bytes that wrap around",
       compressed=ABSENT32, extra=zip64((1 << 64) - 60))
packed("64-local-missing", "disagree", "only the header leaves it out, and has no field",
       local_size=ABSENT32, local_compressed=ABSENT32)
harmless("64-whole", "numbers of 64 bits, as they should be",
         Entry("www/x", TEXT, method=DEFLATED, size=ABSENT32, compressed=ABSENT32,
               extra=zip64(len(TEXT), len(deflate(TEXT)))), demands=["www/x"])
harmless("64-needless", "a field that nothing is left to",
         Entry("www/x", TEXT, extra=zip64(7, 7)), demands=["www/x"])
either("fields-half", "an extra field that is cut before its length",
       Entry("www/x", TEXT, central_extra=b"\1\0\7"))
refused("fields-overrun", "longer than its entry|damaged|two ways|cut",
        "an extra field longer than all of them",
        Entry("www/x", TEXT, extra=struct.pack("<HH", 0x5455, 999) + b"x"))

# Compressed data that is not what it says.
for word, says, raw in (
        ("trailing", "goes on after its end", deflate(TEXT) + b"\0\0"),
        ("trailing-much", "goes on after its end", deflate(TEXT) + bytes(100000)),
        ("twice", "goes on after its end", deflate(TEXT) + deflate(TEXT)),
        ("cut", "ends too early|damaged", deflate(TEXT)[:-3]),
        ("open", "ends too early", b"\0\5\0\xfa\xffhello"),
        ("empty", "ends too early", b""),
        ("type-3", "damaged", b"\7\0\0\0"),
        ("length", "damaged", b"\1\5\0\0\0hello"),
        ("distance", "damaged", bytes([0x03 | 0x00, 0x02, 0x00]) + b"\xff" * 8),
        ("trees", "damaged", b"\x05\xff\xff\xff\xff\xff\xff\xff"),
        ("noise", "damaged|too early|goes on|not as long", bytes(range(7, 200))),
        ("zlib", "damaged|not as long|goes on|CRC", b"\x78\x9c" + deflate(TEXT))):
    refused("deflate-" + word, says, "compressed data: " + word,
            Entry("www/x", TEXT, method=DEFLATED, raw=raw))
refused("deflate-is-stored", "damaged|too early|not as long|goes on",
        "plain text that says it is compressed",
        Entry("www/x", TEXT, method=DEFLATED, raw=TEXT))
refused("deflate-says-stored", "two sizes|CRC", "compressed text that says it is plain",
        Entry("www/x", TEXT, raw=deflate(TEXT)))
refused("deflate-hook", "damaged", "a hook that is damaged",
        Entry("bin/enstratus-stop", PAGE, method=DEFLATED, raw=b"\7\0\0\0"))
refused("deflate-last", "CRC", "two hundred good files, and a bad one",
        image(*[Entry("www/%d" % i, TEXT) for i in range(200)], Entry("www/z", TEXT, crc=1)))
