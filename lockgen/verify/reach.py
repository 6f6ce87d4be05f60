"""Was the answer "no such file", or was there no answer? pip says the same of both, so it is asked again, loudly."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lockgen.verify.pip_environment import Bench
from lockgen.verify.process import Done
from lockgen.verify.verdicts import OUT_OF_REACH, Fault, fault, shown, spelled, unfound, unreached

_NAME = re.compile(r"[\w.-]+")


def judged(done: Done, doing: str, repeat: Sequence[str], bench: Bench) -> Fault:
    """The meaning of a tool that did not end well, the index's silence told from its "no"."""
    requirement = unfound(done)
    if requirement and (why := _silence(requirement, bench)):
        return Fault(verdict="not run", reason=f"{OUT_OF_REACH}: {why}", tail=shown(done.tail), command=spelled(repeat))
    return fault(done, doing, repeat)


def _silence(requirement: str, bench: Bench) -> str:
    """Why the index does not answer for this name, empty when it does. A page is asked for, no file is taken."""
    name = _NAME.match(requirement)
    if name is None:
        return ""
    asked = bench.pip("index", "versions", "--pre", "-vv", name[0])
    return unreached(f"{asked.stdout}\n{asked.stderr}")
