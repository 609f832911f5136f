# SPDX-License-Identifier: MIT
# colours.py FILE - how many colours there are in a picture (PNG), and how light it is, of 255.
import struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
at, body = 8, b''
while at < len(data):
    n, kind = struct.unpack('>I4s', data[at:at + 8])
    piece = data[at + 8:at + 8 + n]
    if kind == b'IHDR':
        width, height, depth, colour = struct.unpack('>IIBB', piece[:10])
    elif kind == b'IDAT':
        body += piece
    at += 12 + n
assert depth == 8 and colour in (2, 6)
bpp = 3 if colour == 2 else 4
raw, line, seen, light = zlib.decompress(body), bytearray(width * bpp), {}, 0
step = width * bpp
for y in range(height):
    kind, row = raw[y * (step + 1)], bytearray(raw[y * (step + 1) + 1:(y + 1) * (step + 1)])
    for i in range(step):
        a, b, c = (row[i - bpp] if i >= bpp else 0), line[i], (line[i - bpp] if i >= bpp else 0)
        if kind == 1: row[i] = (row[i] + a) & 255
        elif kind == 2: row[i] = (row[i] + b) & 255
        elif kind == 3: row[i] = (row[i] + (a + b) // 2) & 255
        elif kind == 4:
            p = a + b - c
            pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
            row[i] = (row[i] + (a if pa <= pb and pa <= pc else b if pb <= pc else c)) & 255
    line = row
    for x in range(0, step, bpp):
        seen[bytes(row[x:x + 3])] = 1
        light += sum(row[x:x + 3])
print(len(seen), light // (width * height * 3))
