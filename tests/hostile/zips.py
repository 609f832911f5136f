# SPDX-License-Identifier: MIT
"""zips - a zip writer in which every field of every record can say what is not so.

Record layouts: APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.12
(directory), 4.3.14 and 4.3.15 (zip64), 4.3.16 (end).
"""
import struct
import zlib

STORED, DEFLATED = 0, 8
REGULAR, DIRECTORY, LINK = 0o100644, 0o040755, 0o120777
UNIX = 3  # who made it: the upper half of the attributes is a mode
ABSENT16, ABSENT32 = 0xFFFF, 0xFFFFFFFF

HEADER_FIELDS = {
    "local": ("needs", "flags", "method", "clock", "date", "crc", "compressed", "size"),
    "central": ("needs", "flags", "method", "clock", "date", "crc", "compressed", "size",
                "disk", "internal", "attributes", "offset"),
}


def deflate(data, level=9):
    """Raw deflate data."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zeros(megabytes):
    """Deflate data of as many zeros, without the work of packing them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * megabytes + b"\x03\x00"


def extra(kind, data=b""):
    """One extra field."""
    return struct.pack("<HH", kind, len(data)) + data


def zip64(*numbers):
    """The extra field of numbers that 32 bits do not hold."""
    return extra(1, b"".join(struct.pack("<Q", n) for n in numbers))


class Entry:
    """One entry.

    raw        its bytes as they stand in the archive; packed from data where not given
    extra      extra fields of both headers, local_extra and central_extra of one
    descriptor True or bytes: what stands behind the data; True sets the flag and empties the header
    behind     bytes between this entry and the next
    at         the offset that its directory entry says, where that is a lie
    absent     True: neither header nor data is written, only the directory has it

    Whatever else is given is a field of both headers; local_ or central_ before it: of one.
    """

    def __init__(self, name, data=b"", mode=REGULAR, method=STORED, raw=None, extra=b"",
                 local_extra=b"", central_extra=b"", comment=b"", descriptor=False, behind=b"",
                 local_name=None, central_name=None, at=None, absent=False, host=UNIX, **lies):
        name = name if isinstance(name, bytes) else name.encode()
        self.local_name = name if local_name is None else local_name
        self.central_name = name if central_name is None else central_name
        self.raw = raw if raw is not None else deflate(data) if method == DEFLATED else data
        self.local_extra, self.central_extra = extra + local_extra, extra + central_extra
        self.comment, self.descriptor, self.behind = comment, descriptor, behind
        self.at, self.absent, self.host, self.lies = at, absent, host, lies
        self.truth = {"needs": 20, "flags": 8 if descriptor else 0, "method": method, "clock": 0,
                      "date": 0x2821, "crc": zlib.crc32(data), "compressed": len(self.raw),
                      "size": len(data), "disk": 0, "internal": 0, "attributes": mode << 16,
                      "offset": 0}

    def fields(self, where):
        known = dict(self.truth)
        if where == "local" and self.descriptor is True:
            known.update(crc=0, compressed=0, size=0)
        for name in HEADER_FIELDS[where]:
            known[name] = self.lies.get(name, known[name])
            known[name] = self.lies.get(where + "_" + name, known[name])
        return known

    def header(self):
        f = self.fields("local")
        return struct.pack("<IHHHHHIIIHH", 0x04034B50, f["needs"], f["flags"], f["method"],
                           f["clock"], f["date"], f["crc"], f["compressed"], f["size"],
                           len(self.local_name), len(self.local_extra)
                           ) + self.local_name + self.local_extra

    def content(self):
        data = self.header() + self.raw
        if self.descriptor is True:
            data += struct.pack("<IIII", 0x08074B50, self.truth["crc"], len(self.raw),
                                self.truth["size"])
        elif self.descriptor:
            data += self.descriptor
        return data + self.behind

    def directory(self, offset):
        f = self.fields("central")
        offset = self.lies.get("central_offset", offset if self.at is None else self.at)
        return struct.pack("<IBBHHHHHIIIHHHHHII", 0x02014B50, 30, self.host, f["needs"], f["flags"],
                           f["method"], f["clock"], f["date"], f["crc"], f["compressed"],
                           f["size"], len(self.central_name), len(self.central_extra),
                           len(self.comment), f["disk"], f["internal"],
                           f["attributes"] & ABSENT32, offset
                           ) + self.central_name + self.central_extra + self.comment


def end_record(count, size, offset, comment=b"", /, **lies):
    """The end of it all; lies: disk, start_disk, here, total, size, offset, comment_len."""
    return struct.pack("<IHHHHIIH", 0x06054B50, lies.get("disk", 0), lies.get("start_disk", 0),
                       lies.get("here", count), lies.get("total", count), lies.get("size", size),
                       lies.get("offset", offset), lies.get("comment_len", len(comment))) + comment


def end64_records(count, size, offset, position, /, **lies):
    """Both zip64 records; lies: as above with 64_ before them, and record_len, at, disks."""
    record = struct.pack("<IQHHIIQQQQ", lies.get("64_signature", 0x06064B50),
                         lies.get("record_len", 44), 45, 45, lies.get("64_disk", 0),
                         lies.get("64_start_disk", 0), lies.get("64_here", count),
                         lies.get("64_total", count), lies.get("64_size", size),
                         lies.get("64_offset", offset))
    locator = struct.pack("<IIQI", 0x07064B50, lies.get("locator_disk", 0),
                          lies.get("at", position), lies.get("disks", 1))
    return record + lies.get("between", b"") + locator


def zipped(*entries, prefix=b"", comment=b"", suffix=b"", shift=0, hole=b"", with64=False, **lies):
    """An archive.

    prefix  bytes before it; offsets count them unless shift takes them off again
    hole    bytes between the last entry and the directory
    suffix  bytes behind the end record
    with64  zip64 records, with the end record's fields absent unless lies say otherwise
    """
    body, places = prefix, []
    for entry in entries:
        places.append(len(body))
        if not entry.absent:
            body += entry.content()
    body += hole
    directory = b"".join(e.directory(at - shift) for e, at in zip(entries, places))
    start, size = len(body) - shift, len(directory)
    body += directory
    if with64:
        body += end64_records(len(entries), size, start, len(body) - shift, **lies)
        lies = {"here": ABSENT16, "total": ABSENT16, "size": ABSENT32, "offset": ABSENT32, **lies}
    return body + end_record(len(entries), size, start, comment, **lies) + suffix


def overlapping(names, megabytes):
    """Entries that share one kernel: each one's data begins with a quotation of the next one's
    header, so that all of them unpack to nearly the same bytes."""
    kernel = zeros(megabytes)
    crc_of = bytes(megabytes << 20)
    entry = Entry(names[-1], crc_of, method=DEFLATED, raw=kernel)
    chain, content = [entry], crc_of
    for name in reversed(names[:-1]):
        quoted = chain[0].header()
        content = quoted + content
        block = struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF)
        raw = block + quoted + chain[0].raw
        chain.insert(0, Entry(name, content, method=DEFLATED, raw=raw))
    body, places = b"", []
    for entry in chain:
        places.append(len(body))
        body += entry.header() + (b"" if entry is chain[-1] else entry.raw[:5])
    body += kernel
    directory = b"".join(e.directory(at) for e, at in zip(chain, places))
    return body + directory + end_record(len(chain), len(directory), len(body))
