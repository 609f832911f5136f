# SPDX-License-Identifier: MIT
"""bzip2 - a small bzip2 writer, for a minimal Python has none.

Slow and wasteful, but what it writes any reader takes.  The format is known from its reference
implementation's manual and from the bytes it makes.
"""

BLOCK_MAGIC, END_MAGIC = 0x314159265359, 0x177245385090


def make_table():
    table = []
    for i in range(256):
        crc = i << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
        table.append(crc)
    return table


TABLE = make_table()


def crc_of(data):
    """The CRC with the high bit first, unlike zip's."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc << 8 ^ TABLE[crc >> 24 ^ byte]) & 0xFFFFFFFF
    return crc ^ 0xFFFFFFFF


def runs(data):
    """Four equal bytes are followed by how many more there are."""
    out, i = bytearray(), 0
    while i < len(data):
        n = 1
        while n < 255 + 4 and i + n < len(data) and data[i + n] == data[i]:
            n += 1
        out += bytes([data[i]]) * min(n, 4)
        if n >= 4:
            out.append(n - 4)
        i += n
    return bytes(out)


def sort_rotations(data):
    """The last column of the sorted rotations, and which of them is the data."""
    n, twice = len(data), data + data
    order = sorted(range(n), key=lambda i: twice[i:i + n])
    return bytes(data[i - 1] for i in order), order.index(0)


def symbols(column):
    """Places in a list that moves to the front; runs of the first place in base two, bijective."""
    used = sorted(set(column))
    front, out, zeros = list(used), [], 0

    def flush():
        nonlocal zeros
        while zeros:
            out.append(0 if zeros & 1 else 1)
            zeros = (zeros - 1) >> 1

    for byte in column:
        place = front.index(byte)
        if place == 0:
            zeros += 1
            continue
        flush()
        out.append(place + 1)
        front.insert(0, front.pop(place))
    flush()
    return used, out + [len(used) + 1]


def bits(value, width):
    return format(value, "0%db" % width)


def block(data, crc=None):
    """One block, as a text of bits, and its CRC; all codes are of one length."""
    crc = crc_of(data) if crc is None else crc
    column, origin = sort_rotations(runs(data))
    used, codes = symbols(column)
    n = len(used) + 2
    width = max((n - 1).bit_length(), 1)
    groups = [used_in(used, 16 * i) for i in range(16)]
    text = bits(BLOCK_MAGIC, 48) + bits(crc, 32) + "0" + bits(origin, 24)
    text += "".join("1" if g else "0" for g in groups)
    text += "".join(bits(g, 16) for g in groups if g)
    n_selectors = (len(codes) + 49) // 50
    text += bits(2, 3) + bits(n_selectors, 15) + "0" * n_selectors
    text += 2 * (bits(width, 5) + "0" * n)
    return text + "".join(bits(code, width) for code in codes), crc


def used_in(used, start):
    """Which of sixteen bytes occur: the first is the highest bit."""
    return sum(1 << (15 - (byte - start)) for byte in used if start <= byte < start + 16)


def stream(*blocks, total=None):
    """Blocks, each (bits, crc), as one stream."""
    combined = 0
    for _, crc in blocks:
        combined = ((combined << 1 | combined >> 31) & 0xFFFFFFFF) ^ crc
    text = "".join(b for b, _ in blocks) + bits(END_MAGIC, 48)
    text += bits(combined if total is None else total, 32)
    text += "0" * (-len(text) % 8)
    return b"BZh9" + int(text, 2).to_bytes(len(text) // 8, "big")


def bzip2(data, piece=5000):
    """A whole stream, in blocks that sort quickly."""
    return stream(*(block(data[i:i + piece]) for i in range(0, len(data), piece)))


def zeros(megabytes):
    """A stream of as many zeros: one block's bits again and again."""
    piece = 1 << 16
    return stream(*[block(bytes(piece))] * (megabytes << 4))
