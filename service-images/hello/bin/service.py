# SPDX-License-Identifier: MIT
"""service.py - what the hooks of this image share; Python, for a hook may be in any language."""
import http.client
import json
import os
import pwd
import signal
import sys
import time

SETTINGS = "cfg/.hello.json"  # a dot file: the agent's backup leaves those out
LOG = "log/daemon.log"
DAEMON = "app/hello.py"


def fail(why):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {why}")


def one_line(kind, error, trace):
    """A disk that is full, say, is told in one line as well."""
    fail(error if isinstance(error, OSError) else f"{kind.__name__}: {error}")


sys.excepthook = one_line
os.chdir(os.path.dirname(os.path.abspath(sys.argv[0])) + "/..")
os.umask(0o022)


def owner(user=""):
    """Who runs the daemon. Where the account enstratus exists it runs all hooks but configure."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("enstratus")
    except KeyError:
        pass
    try:
        return pwd.getpwnam(user) if user else pwd.getpwuid(os.stat(".").st_uid)
    except KeyError:
        fail("runAsUser: no such account")


def put(path, text, account):
    """Replace the file in one step; one that is the same is left."""
    try:
        same = open(path).read() == text
    except FileNotFoundError:
        same = False
    new = path if same else path + ".new"
    try:
        if not same:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
        os.chmod(new, 0o600)
        os.chown(new, account.pw_uid, account.pw_gid)
        os.replace(new, path)
    finally:
        if not same and os.path.exists(new):
            os.unlink(new)


def settings():
    """What the daemon reads; None before the first configure."""
    try:
        return json.load(open(SETTINGS))
    except FileNotFoundError:
        return None


def mark():
    """An argument of the daemon: it tells which settings the one that runs has read."""
    return str(os.stat(SETTINGS).st_mtime_ns)


def daemons():
    """The mark of each process of the daemon by its pid. No pid in a file: after a boot, or when its
    disk was full, it would be another's. The working directory tells services apart."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline").read().split("\0")
            if words[1:2] == [DAEMON] and os.path.samefile(f"/proc/{pid}/cwd", "."):
                found[int(pid)] = words[2]
        except OSError:
            pass  # it has ended, or is somebody else's
    return found


def answers():
    """Any answer will do: without a password it is 401."""
    now = settings()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(now["listen"], now["listen"])
    try:
        connection = http.client.HTTPConnection(host, now["port"], timeout=5)
        connection.request("GET", "/")
        return connection.getresponse().status in (200, 401)
    except (OSError, http.client.HTTPException):
        return False


def within(seconds, condition):
    """Wait until the condition holds; false when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def stop():
    for number, seconds in (signal.SIGTERM, 10), (signal.SIGKILL, 5):
        for pid in daemons():
            os.kill(pid, number)
        if within(seconds, lambda: not daemons()):
            return
    fail("the daemon cannot be ended")
