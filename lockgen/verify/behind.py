"""What an interpreter behind a prefix says of itself, and whether that is what a target wants.

Nothing of it is known here: which Python, machine and C library it is, and whether an emulator runs it, is found out by
a program that it runs before anything is proved.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from packaging.version import InvalidVersion, Version

from lockgen.errors import UsageError
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter
from lockgen.verify.done import Done
from lockgen.verify.interpreters import MACHINES, PROGRAM, interpreter_of, is_python_of, runs_on
from lockgen.verify.pip_environment import PipEnvironment

_PATIENCE = 60.0  # seconds; an emulator, or a machine far away, takes a few
GONE = "the Python behind the prefix went away"
"""How the reason of a proof begins that was not run because of that."""
_QEMU = re.compile(r"^qemu-\S+ version (\d+\.\d+)")
_SUFFIX = re.compile(r"\.\w+-\w+-(?P<machine>\w+)-linux-(?P<libc>gnu|musl)\w*\.so$")
_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,40}")
_UNTELLING = ("arm", "i386", "powerpc64le")
"""Machines that file names call otherwise than the kernel."""


def examine_behind(shim: str, behind: str, image: str, env: PipEnvironment) -> tuple[Interpreter, dict[str, Any]]:
    """What the interpreter is that the script `shim` runs, and its facts for `mismatch`.

    UsageError when it does not start, in time, is 32 bits wide, or contradicts itself.
    """
    env = replace(env, timeout=min(env.timeout, _PATIENCE))
    done = env.start_apart([shim, "-I", "-S", "-c", PROGRAM, "emulator"])
    try:
        # What the prefix prints stands before it.
        facts = _checked(json.loads(done.stdout[done.stdout.index('{"path"') :]) if done.ok else {})
    except (ValueError, KeyError, TypeError, InvalidVersion):
        last = done.tail[-1] if done.tail else "it said nothing"
        raise UsageError(f"it cannot be examined: it {done.ending}: {last}", hint=_hint(done)) from None
    found = replace(interpreter_of(facts, ()), path=shim, behind=behind, image=image, emulated=_emulator(facts))
    if not facts["wide"]:
        raise UsageError(f"it is {found.machine_words}, but 32 bits wide", hint="Lead to one of 64 bits.")
    if contradiction := _contradiction(facts, found):
        raise UsageError(
            f"it says that it is {found.machine_words}, {contradiction}",
            hint="Something on the way changes what it says, or what the kernel calls the machine (setarch).",
        )
    return found, facts


def _checked(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts, where they are of the kinds that PROGRAM prints; any of several errors where not.

    They go into messages and records, and the prefix can print what it will.
    """
    words = [facts[name] for name in ("version", "implementation", "system", "machine")]
    if not all(_WORD.fullmatch(word) for word in (*words, *filter(None, facts["libc"]))):
        raise ValueError(f"{words} are no words")
    Version(facts["version"])
    for name, kind in (("path", str), ("wide", bool), ("gil", bool), ("suffix", str), ("runs", str)):
        if not isinstance(facts[name], kind):
            raise TypeError(f"{name} is no {kind.__name__}")
    return facts


def lost(interpreter: Interpreter, env: PipEnvironment) -> str:
    """How an interpreter behind a prefix is not there any more, or another one by now; empty where it is as it was."""
    try:
        found, _facts = examine_behind(interpreter.path, interpreter.behind, interpreter.image, env)
    except UsageError as error:
        return f"{GONE}: {error.message}"
    if found.machine_words != interpreter.machine_words:
        return f"{GONE}: it was {interpreter.machine_words} before, and is {found.machine_words} now"
    return ""


def mismatch(target: Target, found: Interpreter, facts: Mapping[str, Any]) -> str:
    """What the target wants, where the interpreter is not that; empty where it is."""
    is_python = found.kind == target.build.kind and is_python_of(found.version, target)
    if is_python and runs_on(target.platform, facts):
        return ""
    place = target.platform
    oldest = ".".join(map(str, place.version))
    libc = f" with {place.libc or place.os} {oldest} or newer" if place.version != (0, 0) else ""
    python = target.version if target.is_exact else f"{target.floor} or newer of {target.version}"
    return f"{target.build.words} {python} on {place.machine}{libc}"


def _hint(done: Done) -> str:
    if any("exec format error" in line.lower() for line in done.tail):
        return (
            "This machine has no emulator for the programs of that one: install one that registers itself with the "
            "kernel (binfmt_misc), such as qemu-user-static. lockgen registers none."
        )
    return "The last word of the command is the Python; run the command with -V behind it to see what it does."


def _emulator(facts: Mapping[str, Any]) -> str:
    """What runs the interpreter's instructions here; empty where this machine, or another of its kind, does itself."""
    if found := _QEMU.match(facts["runs"]):
        return f"qemu {found[1]}"
    here, there = (MACHINES.get(each, each) for each in (platform.machine(), facts["machine"]))
    # Through ssh, say: its own kernel runs the interpreter itself.
    is_its_own = facts["runs"].startswith(("Python ", "PyPy "))
    return "" if is_its_own or here == there else "an unknown emulator"


def _contradiction(facts: Mapping[str, Any], found: Interpreter) -> str:
    """How the extension modules it loads are not those of the machine it says it is."""
    own = _SUFFIX.search(facts["suffix"])
    if own is None:
        return ""
    # Only newer Pythons know musl in this name; older ones write gnu for both.
    is_other_libc = own["libc"] == "musl" and not found.libc.startswith("musl")
    if own["machine"] in (found.machine, *_UNTELLING) and not is_other_libc:
        return ""
    return f"but loads extension modules for {own['machine']} with {'musl' if own['libc'] == 'musl' else 'glibc'}"
