# SPDX-License-Identifier: MIT
"""drive - give every archive of a corpus to installService, and look at what it did.

    python3 drive.py ROOT CORPUS PROGRAM USER [ACCOUNT]

ROOT     the scratch root; everything in it but w/ must be as it was after a refusal
CORPUS   what generate.py made
USER     an account that is there
ACCOUNT  one that is not, and must not be made for what is refused; only where /etc is a copy

Each archive is installed over the service a1 and as the new service n1.  One line tells of each:
"ok WHAT" or "FAIL WHAT: why".  See generate.py for the manifest.
"""
import hashlib
import os
import re
import signal
import stat
import sys
import time

# Of the processor, for the clock of a busy machine is no measure; PATIENCE is the clock's.
SECONDS, MEGABYTES, PATIENCE = 2.0, 64, 120
ACCOUNT_FILES = ["/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow"]


class Run:
    """One run of the program: its status, messages, and what it took."""

    def __init__(self, argv, root):
        out, err = os.path.join(root, "w/agent.out"), os.path.join(root, "w/agent.err")
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            try:
                self.become(argv, root, out, err)
            finally:
                os._exit(127)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
        signal.alarm(PATIENCE)
        _, status, usage = os.wait4(pid, 0)
        signal.alarm(0)
        self.status = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - began
        self.seconds = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss / 1024
        self.out, self.err = slurp(out), slurp(err)

    @staticmethod
    def become(argv, root, out, err):
        """The child: it works where a relative name that leads out would be seen."""
        for fd, path in (1, out), (2, err):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), fd)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.chdir(os.path.join(root, "outside"))
        os.execv(argv[0], argv)


def slurp(path):
    with open(path, "rb") as file:
        return file.read()


def look(path):
    """All that could tell one state of a thing from another."""
    st = os.lstat(path)
    seen = [oct(st.st_mode), st.st_uid, st.st_gid, st.st_ino]
    if stat.S_ISLNK(st.st_mode):
        seen.append(os.readlink(path))
    elif stat.S_ISREG(st.st_mode):
        seen += [st.st_nlink, st.st_size, st.st_mtime_ns]
        if st.st_size < 20000:
            seen.append(hashlib.sha256(slurp(path)).hexdigest())
    return tuple(seen)


# Of the books: who held the lock last, and what the last run was.
RECORDS = {"lock", "brief"}


def state_of(root):
    """Everything beneath the root but the work directory; of the books only what is in them."""
    state = {}
    for directory, names, files in os.walk(root):
        if directory == root:
            names.remove("w")
        for name in names + files:
            path = os.path.join(directory, name)
            if name in RECORDS and "/.enstratus/" in path:
                continue
            is_history = name == "history" and "/.enstratus/" in path
            state[os.path.relpath(path, root)] = History(slurp(path)) if is_history else look(path)
    return state


class History(bytes):
    """That somebody tried is added to it, and nothing else changes."""


def is_as_before(before, after):
    if isinstance(after, History):
        return after.startswith(before or b"")
    return before == after


def difference(before, after):
    """The first few paths that are not as they were."""
    paths = [p for p in sorted(before.keys() | after.keys()) if not is_as_before(before.get(p), after.get(p))]
    return "changed: " + ", ".join(paths[:4]) if paths else None


def remove(path):
    if os.path.islink(path) or not os.path.isdir(path):
        os.remove(path)
        return
    for name in os.listdir(path):
        remove(os.path.join(path, name))
    os.rmdir(path)


def check_mode(path, st):
    """What may not be in a service, whatever the archive said."""
    is_bin = os.path.basename(path) == "bin" and st.st_mode & 0o7777 == 0o2750
    if st.st_mode & 0o7000 and not is_bin:
        return "has mode %o" % st.st_mode
    if st.st_mode & 0o002 and not stat.S_ISLNK(st.st_mode):
        return "can be written by all"
    return "has another name" if stat.S_ISREG(st.st_mode) and st.st_nlink != 1 else None


def check_tree(top):
    """The first thing of a service that is not harmless."""
    for directory, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(directory, name)
            st = os.lstat(path)
            if stat.S_ISLNK(st.st_mode):
                if not (os.path.realpath(path) + "/").startswith(os.path.realpath(top) + "/"):
                    return "%s leads out to %s" % (name, os.readlink(path))
            elif not (stat.S_ISREG(st.st_mode) or stat.S_ISDIR(st.st_mode)):
                return "%s is a special file" % name
            wrong = check_mode(path, st)
            if wrong:
                return "%s %s" % (name, wrong)
    return None


def check_demand(top, demand):
    """A check of the manifest: PATH, !PATH, PATH=TEXT or PATH:MODE."""
    path, _, text = demand.partition("=")
    path, _, mode = path.partition(":")
    full = os.path.join(top, path.lstrip("!"))
    if path.startswith("!"):
        return path[1:] + " is there" if os.path.lexists(full) else None
    if not os.path.lexists(full):
        return path + " is missing"
    if mode and os.lstat(full).st_mode & 0o7777 != int(mode, 8):
        return "%s has mode %o" % (path, os.lstat(full).st_mode)
    if text and slurp(full) != text.encode():
        return path + " has other content"
    return None


class Driver:
    def __init__(self, root, corpus, program, user, account=None):
        self.root, self.corpus, self.program = root, corpus, program
        self.user, self.account = user, account
        self.services = os.environ["ENSTRATUS_SERVICES_DIR"]
        self.scale = float(os.environ.get("HOSTILE_SCALE", "1"))
        self.accounts, self.made_account = self.read_accounts(), []
        self.state = None

    def begin(self):
        """A service that is there, and all that has to stay as it is then."""
        run = self.install("a1", self.user, "control.zip")
        self.state = state_of(self.root)
        return run.status == 0

    def read_accounts(self):
        return {p: slurp(p) for p in ACCOUNT_FILES if os.path.exists(p)} if self.account else {}

    def install(self, service, user, name):
        image = os.path.join(self.corpus, name)
        return Run([self.program, service, "c1", user, image], self.root)

    def forget(self, service):
        for path in (os.path.join(self.services, service),
                     os.path.join(self.services, ".enstratus", service)):
            if os.path.lexists(path):
                remove(path)
        for path, data in self.accounts.items():
            if slurp(path) != data:
                with open(path, "wb") as file:
                    file.write(data)

    def faults_of_run(self, run, name, wanted, says):
        """Its status, its messages, and what it took."""
        lines = run.err.decode(errors="replace").splitlines()
        errors = [n for n, line in enumerate(lines) if ": error: " in line]
        if run.status not in wanted:
            yield "status %d, not %s" % (run.status, " or ".join(map(str, wanted)))
        if errors != ([len(lines) - 1] if run.status else []):
            yield "%d error lines of %d" % (len(errors), len(lines))
        elif run.status and not re.search(says, lines[-1].replace("'%s'" % name, "")):
            yield "does not say /%s/" % says
        if run.status and run.out:
            yield "an answer on stdout"
        if run.seconds > SECONDS * self.scale or run.wall > PATIENCE - 1:
            yield "took %.1f s (%.1f on the clock)" % (run.seconds, run.wall)
        if run.megabytes > MEGABYTES * self.scale:
            yield "took %.0f MiB" % run.megabytes

    def outside(self, state, service):
        """The state without a service and the books, which note it and keep its image."""
        own = ("services/" + service, "services/.enstratus")
        return {path: seen for path, seen in state.items() if not path.startswith(own)}

    def faults_of_service(self, service, before, after, demands):
        """It is there, and nothing that it could do harm with."""
        top = os.path.join(self.services, service)
        stage = os.path.join(self.services, ".enstratus", ".stage")
        yield difference(self.outside(before, service), self.outside(after, service))
        yield check_tree(top)
        for demand in demands:
            yield check_demand(top, demand)
        if os.path.isdir(stage) and os.listdir(stage):
            yield "the stage is not empty"

    def wanted(self, name, expectation):
        """The statuses that an archive may have."""
        known = {"refused": [65], "harmless": [0], "either": [0, 65]}
        return known.get(expectation) or [int(expectation)]

    def archive(self, service, name, expectation, says, demands):
        """What is wrong with what an archive did, and the last line that was said."""
        wanted = self.wanted(name, expectation)
        # What is taken may have its account made; that takes its time.
        may_refuse = wanted != [0]
        user = self.account if self.account and service == "n1" and may_refuse else self.user
        before = self.state
        run = self.install(service, user, name)
        after = self.state = state_of(self.root)
        faults = list(self.faults_of_run(run, name, wanted, says))
        if run.status == 0 and 0 in wanted:
            faults += self.faults_of_service(service, before, after, demands)
        else:
            faults.append(difference(before, after))
            if run.status and self.read_accounts() != self.accounts:
                self.made_account.append(name)
        if run.status == 0 or service == "n1":
            self.forget(service)
            if service == "a1":
                self.install("a1", self.user, "control.zip")
            self.state = state_of(self.root)
        return list(filter(None, faults)), run.err.decode(errors="replace").strip().split("\n")[-1]


def main(argv):
    driver = Driver(*argv)
    if not driver.begin():
        print("FAIL control.zip cannot be installed at all")
        return
    with open(os.path.join(driver.corpus, "manifest"), encoding="utf-8") as file:
        archives = [line.rstrip("\n").split("\t") for line in file]
    for name, expectation, says, demands, reason in archives:
        for service, which in ("a1", "over a service"), ("n1", "as a new one"):
            faults, said = driver.archive(service, name, expectation, says, demands.split())
            what = "%s, %s (%s, %s)" % (name, which, expectation, reason)
            if faults:
                print("FAIL %s: %s: %s" % (what, "; ".join(faults), said))
            else:
                print("ok " + what)
    made = driver.made_account
    if made:
        print("FAIL %d refused archives have made an account: %s" % (len(made), " ".join(made)))
    else:
        print("ok no refused archive has made an account")


main(sys.argv[1:])
