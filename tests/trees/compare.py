# SPDX-License-Identifier: MIT
"""compare - whether an installed tree is what its source was, as far as the packer keeps it.

    python3 compare.py SOURCE INSTALLED KEEPS

KEEPS is a list of words, with commas between them: what the archive holds beside content.
    modes     permission bits            filemodes  those of files alone
    empty     empty directories          execute    whether the owner may execute a file
    times     of files, within 2 s

A line tells of each difference; the status is 1 where there is one.
"""
import hashlib
import os
import stat
import sys


def look(top):
    """All paths beneath a directory, each with what lstat(2) says."""
    found = {}
    for directory, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(directory, name)
            found[os.path.relpath(path, top)] = os.lstat(path)
    return found


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def mode_of(path, st, keeps):
    """The mode that enstratus-image(5), OWNERS AND MODES, gives to what the archive held."""
    directory, name = os.path.split(path)
    if path in ("bin", "cfg"):
        return {"bin": 0o2750, "cfg": 0o770}[path]
    if stat.S_ISDIR(st.st_mode):
        return st.st_mode & 0o775 | 0o700 if "modes" in keeps else 0o755
    if directory in ("bin", "cfg"):
        return {"bin": 0o750, "cfg": 0o770}[directory]
    if "modes" in keeps or "filemodes" in keeps:
        return st.st_mode & 0o775 | 0o600
    return 0o755 if "execute" in keeps and st.st_mode & 0o100 else 0o644


def differences(source, installed, keeps):
    wanted, got = look(source), look(installed)
    if "empty" not in keeps:
        full = {os.path.dirname(p) for p, st in wanted.items() if not stat.S_ISDIR(st.st_mode)}
        full |= {p[:i] for p in full for i, c in enumerate(p) if c == "/"}
        wanted = {p: st for p, st in wanted.items() if not stat.S_ISDIR(st.st_mode) or p in full}
    for path in sorted(wanted.keys() - got.keys()):
        yield path, "is missing"
    for path in sorted(got.keys() - wanted.keys()):
        if path != "cfg":  # made where an image lacks it
            yield path, "is new"
    for path in sorted(wanted.keys() & got.keys()):
        yield from differ(path, source, installed, wanted[path], got[path], keeps)


def differ(path, source, installed, want, have, keeps):
    one, two = os.path.join(source, path), os.path.join(installed, path)
    if stat.S_IFMT(want.st_mode) != stat.S_IFMT(have.st_mode):
        yield path, "is of another type"
        return
    if stat.S_ISLNK(want.st_mode):
        if os.readlink(one) != os.readlink(two):
            yield path, "leads to %s" % os.readlink(two)
        return
    mode = mode_of(path, want, keeps)
    if have.st_mode & 0o7777 != mode:
        yield path, "has mode %o, not %o" % (have.st_mode & 0o7777, mode)
    if stat.S_ISREG(want.st_mode):
        if want.st_size != have.st_size or digest(one) != digest(two):
            yield path, "has other content"
        if "times" in keeps and abs(want.st_mtime - have.st_mtime) > 2:
            yield path, "has time %d, not %d" % (have.st_mtime, want.st_mtime)


found = list(differences(sys.argv[1], sys.argv[2], sys.argv[3].split(",")))
for where, what in found:
    print(ascii(where), what)
sys.exit(1 if found else 0)
