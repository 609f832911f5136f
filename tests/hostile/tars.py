# SPDX-License-Identifier: MIT
"""tars - a tar writer in which every field can say what is not so; gzip and bzip2 around it.

Layouts: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar's manual, "Basic Tar Format";
RFC 1952 for gzip.
"""
import struct
import zlib

BLOCK = 512


def padded(data):
    return data + bytes(-len(data) % BLOCK)


def octal(value, width):
    """A number as tar writes it; bytes are taken as they are."""
    if isinstance(value, bytes):
        return value.ljust(width, b"\0")[:width]
    return b"%0*o\0" % (width - 1, value)


def base256(value, width=12):
    """GNU's form of large and negative numbers."""
    field = (value & ((1 << (8 * width)) - 1)).to_bytes(width, "big")
    return bytes([(field[0] & 0x7F) | 0x80]) + field[1:]


def member(name, data=b"", kind=b"0", mode=0o644, link=b"", size=None, checksum=None, prefix=b"",
           magic=b"ustar\x0000", uid=0, gid=0, mtime=1000000000, major=0, minor=0, tail=b""):
    """One member: its header and its data in whole blocks."""
    name = name if isinstance(name, bytes) else name.encode()
    link = link if isinstance(link, bytes) else link.encode()
    fields = [name.ljust(100, b"\0")[:100], octal(mode, 8), octal(uid, 8), octal(gid, 8),
              octal(len(data) if size is None else size, 12), octal(mtime, 12), b" " * 8, kind,
              link.ljust(100, b"\0")[:100], magic, b"".ljust(32, b"\0"), b"".ljust(32, b"\0"),
              octal(major, 8), octal(minor, 8), (tail or prefix).ljust(155, b"\0")[:155]]
    header = b"".join(fields).ljust(BLOCK, b"\0")
    total = sum(header) if checksum is None else checksum
    header = header[:148] + b"%06o\0 " % total + header[156:]
    return header + padded(data)


def pax(*records, kind=b"x"):
    """A pax header: (key, value) pairs, or bytes that are taken for a record as they are."""
    data = b""
    for record in records:
        if isinstance(record, tuple):
            key, value = (p if isinstance(p, bytes) else p.encode() for p in record)
            rest = b" " + key + b"=" + value + b"\n"
            length = len(rest)
            while len(b"%d" % length) + len(rest) != length:
                length = len(b"%d" % length) + len(rest)
            record = b"%d" % length + rest
        data += record
    return member("PaxHeaders/x", data, kind=kind)


def gnu_long(kind, text):
    """A name (L) or link target (K) that the next member's header has no room for."""
    return member("././@LongLink", text + b"\0", kind=kind, magic=b"ustar  \0")


def tarred(*members, end=bytes(2 * BLOCK)):
    return b"".join(members) + end


def gzipped(data, crc=None, size=None, flags=0, fields=b"", method=8):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = packer.compress(data) + packer.flush()
    return gzip_around(raw, zlib.crc32(data) if crc is None else crc,
                       len(data) if size is None else size, flags, fields, method)


def gzip_around(raw, crc, size, flags=0, fields=b"", method=8):
    """A gzip member of deflate data that is there already."""
    return (struct.pack("<BBBBIBB", 0x1F, 0x8B, method, flags, 0, 2, 3) + fields + raw
            + struct.pack("<II", crc, size & 0xFFFFFFFF))
