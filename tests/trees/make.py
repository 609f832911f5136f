# SPDX-License-Identifier: MIT
"""make - a random tree that is an image: the same seed, the same tree.

    python3 make.py SEED DIRECTORY [links] [undotted]

links     it has symbolic links too
undotted  no name of it ends with a dot

What an image may not have is left out: control characters, backslashes, a drive letter in front,
and links that lead out.
"""
import os
import random
import sys

WORDS = ["index.html", "a b", " blank first", "blank last ", "-rf", "--", "-", "it's", '"quoted"',
         "$HOME", "`id`", "$(id)", "*", "?", "[a-z]", "{a,b}", "~", "#comment", "a;b", "a&b|c",
         "<x>", "100%", "%s%n", "!", "a=b", "a:b", "@list", "\u00fcml\u00e4ut",
         "\u65e5\u672c\u8a9e",
         "\u041f\u0440\u0438\u0432\u0435\u0442", "\u05e9\u05dc\u05d5\u05dd", "e\u0301", "\u00e9",
         "\U0001f600", ".hidden", "..x", "...", "a..b", "dots...", "CON", "nul.txt", "Thumbs.db",
         "x.tar.gz", "UPPER", "upper", "0", "007", "a,b", "a+b", "(1)", "^", "a\u00a0b", "core"]
FILE_MODES = [0o644, 0o644, 0o644, 0o755, 0o755, 0o600, 0o700, 0o444, 0o640, 0o666]
DIRECTORY_MODES = [0o755, 0o755, 0o755, 0o700, 0o750, 0o775]
TIMES = range(500000000, 2000000000)  # 1985 to 2033: even DOS can say them


class Tree:
    def __init__(self, seed, top, options):
        self.random, self.top = random.Random(seed), top
        self.links = "links" in options
        self.words = [w for w in WORDS if "undotted" not in options or w[-1] != "."]
        self.directories, self.files, self.times = [""], [], {}

    def name(self):
        """A name that is likely to be taken wrongly by somebody."""
        kind = self.random.random()
        if kind < 0.04:
            return self.random.choice("xyz") * 255
        if kind < 0.08:
            return "\u00fc" * 127 + self.random.choice("xyz")
        if kind < 0.6:
            return self.random.choice(self.words)
        return "%s%d" % (self.random.choice(self.words), self.random.randrange(100))

    def place(self, least_depth=0):
        """A new name in a directory that is there; None where it would be too long or deep."""
        parents = [d for d in self.directories if d.count("/") >= least_depth and d]
        parent = self.random.choice(parents)
        path = os.path.join(parent, self.name())
        too_long = len(path.encode()) > 900 or path.count("/") > 40
        return None if too_long or os.path.lexists(os.path.join(self.top, path)) else path

    def directory(self, path):
        os.mkdir(os.path.join(self.top, path))
        self.directories.append(path)

    def data(self):
        """Bytes that compress well, badly or not at all; few files are large."""
        size = self.random.choice([0, 0, 1, 2, 100, 4095, 4096, 4097, 65536, 70000])
        if self.random.random() < 0.05:
            size = self.random.randrange(200000, 2000000)
        kind = self.random.randrange(4)
        if kind == 0:
            return self.random.randbytes(size)
        if kind == 1:
            return bytes(size)
        line = self.random.randbytes(self.random.randrange(1, 50)).hex().encode() + b"\n"
        return (line * (size // len(line) + 1))[:size]

    def file(self, path):
        full = os.path.join(self.top, path)
        with open(full, "wb") as file:
            file.write(self.data())
        os.chmod(full, self.random.choice(FILE_MODES))
        self.files.append(path)

    def link(self, path):
        """To a file or directory that is there, or to nothing; never out."""
        target = self.random.choice(self.files + self.directories[1:] + ["www/nowhere"])
        target = os.path.relpath(target, os.path.dirname(path))
        os.symlink(target, os.path.join(self.top, path))

    def make(self):
        for path in "bin", "bin/lib.d", "cfg", "cfg/sub", "www", "data", "log":
            self.directory(path)
        for path in ("bin/enstratus-start", "bin/enstratus-stop", "cfg/app.conf", "-top",
                     "\u00fc top"):
            self.file(path)
        deep = "www"
        for _ in range(20):
            deep += "/d"
            self.directory(deep)
        for _ in range(self.random.randrange(40, 120)):
            path = self.place()
            if path and path != "cfg/enstratus.cfg":
                kind = self.random.random()
                make = self.link if kind < 0.12 and self.links else \
                    self.directory if kind < 0.35 else self.file
                make(path)
        self.settle()

    def settle(self):
        """Modes and times of directories last: what comes into them changes both."""
        for path in reversed(self.directories[1:]):
            os.chmod(os.path.join(self.top, path), self.random.choice(DIRECTORY_MODES))
        for path in self.files + self.directories[:0:-1]:
            full = os.path.join(self.top, path)
            os.utime(full, (1000000000, self.random.choice(TIMES)))


if __name__ == "__main__":
    Tree(int(sys.argv[1]), sys.argv[2], sys.argv[3:]).make()
