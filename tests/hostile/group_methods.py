# SPDX-License-Identifier: MIT
"""Encryption, and methods that are not known or whose data is garbage."""
import struct

import bzip2
from corpus import either, harmless, image, refused
from zips import Entry, end_record, extra

TEXT = b"some-text-that-is-some-text"
NOISE = bytes(i * 167 + (i >> 3) & 255 for i in range(3000))
PACKED = bzip2.bzip2(TEXT)


def entry(name, says, reason, raw=None, **fields):
    refused(name, says, reason, Entry("www/x", TEXT, raw=raw, **fields))


entry("encrypted", "encrypted", "the cipher of 1990", flags=1, raw=NOISE[:12] + TEXT)
entry("encrypted-packed", "encrypted", "likewise, and compressed", flags=1, method=8,
      raw=NOISE[:40])
entry("encrypted-aes", "encrypted|method 99", "AES", flags=1, method=99,
      extra=extra(0x9901, struct.pack("<H2sBH", 2, b"AE", 3, 8)), raw=NOISE[:60])
entry("encrypted-aes-unsaid", "encrypted|method 99", "AES that no flag tells of", method=99,
      extra=extra(0x9901, struct.pack("<H2sBH", 2, b"AE", 3, 8)), raw=NOISE[:60])
entry("encrypted-aes-plain", "encrypted|two ways|method", "AES by an extra field alone", flags=1,
      extra=extra(0x9901, struct.pack("<H2sBH", 1, b"AE", 1, 0)))
entry("encrypted-strong", "encrypted", "strong encryption", flags=0x41, raw=NOISE[:60],
      extra=extra(0x0017, struct.pack("<HHHH", 2, 0x6610, 256, 1)))
entry("encrypted-strong-only", "encrypted", "the flag of strong encryption alone", flags=0x40)
entry("encrypted-directory", "encrypted", "the flag of an encrypted directory", flags=0x2041,
      raw=NOISE[:60])
entry("encrypted-masked-only", "encrypted", "the flag of masked headers alone", flags=0x2000)
entry("encrypted-central", "encrypted|disagree", "only the directory says so", central_flags=1)
entry("encrypted-patch", "patch|not supported|flag", "a flag of data that is a patch",
      flags=0x20)
refused("encrypted-record", "damaged", "an encrypted directory in the place of a plain one",
        image()[:image().index(b"PK\1\2")] + struct.pack("<II", 0x08064B50, 0) + NOISE[:200]
        + end_record(2, 200, image().index(b"PK\1\2") + 8))

for method, word in ((1, "shrink"), (2, "reduce"), (5, "reduce-4"), (6, "implode"), (7, "tokenize"),
                     (9, "deflate64"), (10, "dcl"), (18, "terse"), (19, "lz77"), (20, "zstd-old"),
                     (94, "mp3"), (96, "jpeg"), (97, "wavpack"), (98, "ppmd"), (99, "aes"),
                     (100, "unknown"), (65535, "last")):
    entry("method-" + word, "method %d, which is not supported" % method, "method %d" % method,
          method=method, raw=NOISE)
entry("method-deflate64-valid", "method 9", "data that deflate can read as well", method=9,
      raw=b"\3\0")
for method, word in (12, "bzip2"), (14, "lzma"), (93, "zstd"), (95, "xz"):
    entry("method-%s-noise" % word, "damaged|not supported|cannot|error", "%s of garbage" % word,
          method=method, raw=NOISE)
    entry("method-%s-empty" % word, "damaged|not supported|cannot|error", "%s of nothing" % word,
          method=method, raw=b"")
entry("method-lzma-dictionary", "damaged|not supported|memory", "a dictionary of 4 GiB", method=14,
      raw=struct.pack("<BBHBI", 9, 20, 5, 0x5D, 0xFFFFFFFF) + b"\0" + NOISE[1:])
entry("method-xz-dictionary", "damaged|not supported|memory", "a dictionary of 4 GiB", method=95,
      raw=bytes.fromhex("fd377a585a000001 6922de36 0200210128000000 c31a4a1e") + b"\1\0\0x" + NOISE)
entry("method-zstd-window", "damaged|not supported|memory", "a window of 2 GiB", method=93,
      raw=struct.pack("<IBB", 0xFD2FB528, 0x04, 0xA8) + b"\x03\x00\x10" + b"x" * 4)

harmless("bzip2", "bzip2 as it should be", Entry("www/x", TEXT, method=12, raw=PACKED),
         demands=["www/x"])
for word, says, reason, raw, fields in (
        ("crc", "damaged", "the CRC is wrong", PACKED, {"crc": 1}),
        ("less", "not as long|damaged", "one byte more comes", PACKED, {"size": len(TEXT) - 1}),
        ("more", "not as long|damaged", "one byte less comes", PACKED, {"size": len(TEXT) + 1}),
        ("cut", "damaged|not as long", "it is cut within its data", PACKED[:-20], {}),
        ("own-crc", "damaged", "its own CRC is wrong", bzip2.stream(bzip2.block(TEXT, 5)), {}),
        ("total-crc", "damaged", "its own total CRC is wrong",
         bzip2.stream(bzip2.block(TEXT), total=5), {}),
        ("none", "damaged|not as long", "a stream of nothing", bzip2.stream(), {})):
    entry("bzip2-" + word, says, "bzip2: " + reason, method=12, raw=raw, **fields)
# All of the text has come by then, and zip's own CRC and size are those of the text.
for word, reason, raw in (("end", "its own end is missing", PACKED[:-6]),
                          ("trailing", "bytes behind its end", PACKED + NOISE[:50]),
                          ("twice", "a second stream behind it", PACKED + PACKED)):
    either("bzip2-" + word, "bzip2: " + reason, Entry("www/x", TEXT, method=12, raw=raw),
           demands=["www/x=" + TEXT.decode()])
