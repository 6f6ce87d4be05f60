"""Constraints files as pip reads them: bytes -> constraints, or every complaint about the file.

A line is a name with a range and perhaps a marker. What pip lets a constraint do beside that (an address, a hash, an
option, another file) is refused: a constraint bounds versions and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import Requirement
from pydantic_core import PydanticCustomError as CustomError

from lockgen.matrix.bound_fields import read_bound
from lockgen.matrix.complaint import Complaint, shown
from lockgen.matrix.fields import fault
from lockgen.matrix.records import constraint_line
from lockgen.matrix.text import MAX_BYTES
from lockgen.model.overrides import ConstraintLine

_COMMENT = re.compile(r"(^|\s+)#.*$")
_MOST = 100
"""Complaints about one file."""


def read_constraints(file: str, content: bytes) -> tuple[tuple[ConstraintLine, ...], tuple[Complaint, ...]]:
    """The constraints of the file, in its order, and what is wrong with it."""
    if len(content) > MAX_BYTES:
        return (), (Complaint(file=file, message=f"is larger than {MAX_BYTES} bytes"),)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (), (Complaint(file=file, message="is not UTF-8", hint="Save it as UTF-8."),)
    found: list[ConstraintLine] = []
    wrong: list[Complaint] = []
    for number, line in _logical_lines(text):
        try:
            found.append(constraint_line(_read_line(line), f"{file}:{number}"))
        except CustomError as error:
            said = error.context or {}
            wrong.append(Complaint(file=file, line=number, column=1, message=said["message"], hint=said["hint"]))
        if len(wrong) == _MOST:
            break
    return tuple(found), tuple(wrong)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its number, continued ones joined and comments taken away: pip's own order of steps."""
    pending, first = "", 0
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        first = first or number
        if line.endswith("\\") and not _COMMENT.match(line):
            pending += line[:-1]
            continue
        if bare := _COMMENT.sub("", pending + line).strip():
            yield first, bare
        pending, first = "", 0


def _read_line(line: str) -> Requirement:
    if line.startswith("-"):
        option = shown(line.split("=", maxsplit=1)[0].split(maxsplit=1)[0])
        hint = "Leave it out; another file has a line of its own under constraint_files."
        raise fault(f"the option {option} has no place in a constraints file here", hint)
    if "--hash" in line:
        raise fault("a constraint has no hash here", "Leave it out: the lock gets hashes of its own.")
    if "${" in line:
        raise fault(f"{shown(line)!r} holds a variable of the environment", "Write what it stands for.")
    if "://" in line or line.startswith((".", "/")):
        raise fault(f"{shown(line)!r} names an address, which a constraint cannot", 'Write a range: "protobuf<5", say.')
    return read_bound(line)
