"""A program for lockgen's own Python on Linux, not a module of lockgen: starts a command and leaves no process of it.

Started as `python -I -S supervisor.py LIFELINE REPORT COMMAND...`, with two open pipes by number. A process that leaves
its group and session (setsid, a double fork) still has this one as its ancestor, for it is a subreaper (prctl(2)): the
orphans of its descendants become its children, and are ended with them. Lines on REPORT:

    failed 2      the command could not be started: the errno
    started       else, first
    ended -11     the command's exit code, negative for a signal; what it left behind is ended after this

The command stays in this process's group, so that lockgen can end it by that when it kills its supervisor.

When LIFELINE is closed, everything is ended: also when lockgen itself was killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
from collections.abc import Iterator
from time import monotonic, sleep

PR_SET_CHILD_SUBREAPER = 36
GRACE = 2.0  # seconds between SIGTERM and SIGKILL
LAST = 5.0  # seconds of SIGKILL; what the kernel does not end by then is left to it


def main(arguments: list[str]) -> None:
    """Start the command, wait for it or for the end of the lifeline, and end what is left."""
    lifeline, report = int(arguments[0]), int(arguments[1])
    for inherited in (lifeline, report):
        os.set_inheritable(inherited, False)  # noqa: FBT003 - the function takes no keyword
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Functions, not SIG_IGN: a program that is started would inherit that.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    awake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    try:
        command = start(arguments[2:])
    except OSError as error:
        say(report, b"failed %d\n" % (error.errno or 0))
        return
    say(report, b"started\n")
    # The command's own ends of the pipes are the only ones: its output ends with it.
    while (code := reaped()[0].get(command)) is None:
        ready, _, _ = select.select([lifeline, awake], [], [])
        if lifeline in ready:
            break
        os.read(awake, 4096)
    if code is not None:
        say(report, b"ended %d\n" % code)
        end(command)
    elif (code := end(command)) is not None:
        say(report, b"ended %d\n" % code)


def say(report: int, line: bytes) -> None:
    """Write the line, which nobody reads when lockgen was killed."""
    with contextlib.suppress(OSError):
        os.write(report, line)


def start(words: list[str]) -> int:
    """The process id of the command, with the environment as this process was given it."""
    with open("/proc/self/environ", "rb") as file:  # noqa: PTH123 - pathlib takes longer to import than this runs
        # Not os.environ: Python itself may have set LC_CTYPE.
        environ = dict(line.split(b"=", 1) for line in file.read().split(b"\0") if b"=" in line)
    defaults = [signal.SIGPIPE, signal.SIGXFSZ]  # Python ignores them
    return os.posix_spawnp(words[0], words, environ, setsigdef=defaults)


def reaped() -> tuple[dict[int, int], bool]:
    """The exit codes of children that ended, by process id, and whether there are others.

    Without any child there is no descendant either: each has an ancestor that is one.
    """
    found: dict[int, int] = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found, False
        if not process:
            return found, True
        found[process] = os.waitstatus_to_exitcode(status)


def end(command: int) -> int | None:
    """End every descendant: with SIGTERM first, then with SIGKILL. The command's exit code, if it ended now."""
    code = None
    for number, seconds in ((signal.SIGTERM, GRACE), (signal.SIGKILL, LAST)):
        until, asked = monotonic() + seconds, set[int]()
        while monotonic() < until:
            codes, is_left = reaped()
            code = codes.get(command, code)
            if not is_left:
                return code
            # Again and again: a process may start another while the list is read. SIGTERM once for each, for a handler
            # may be at work.
            for each in descendants():
                if number == signal.SIGKILL or each not in asked:
                    asked.add(each)
                    send(each, number)
            sleep(0.01)
    return code


def send(process: int, number: int) -> None:
    """Send the signal, to a process that may be gone."""
    with contextlib.suppress(OSError):
        os.kill(process, number)


def descendants() -> Iterator[int]:
    """The living processes below this one."""
    children: dict[int, list[int]] = {}
    for process, parent in alive():
        children.setdefault(parent, []).append(process)
    todo = [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        yield from below
        todo += below


def alive() -> Iterator[tuple[int, int]]:
    """Every process that is no zombie, and its parent; fields as in proc(5), behind the name."""
    for name in os.listdir("/proc"):  # noqa: PTH208 - as above
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 - as above
                    state, parent, *_ = file.read().rpartition(b")")[2].split()
            except (OSError, ValueError):
                continue
            if state not in (b"Z", b"X"):
                yield int(name), int(parent)


if __name__ == "__main__":
    main(sys.argv[1:])
