"""What a folder of output shall hold, and how what it holds differs. Pure: the disk is behind `write`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from lockgen.render.documents import FILE_NAMES
from lockgen.render.summary import FILE_NAME as SUMMARY

DifferenceKind = Literal["missing", "different", "stray"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The files a folder shall hold, by relative POSIX path.

    `owned` are all paths lockgen may remove: those not in `files` go. Other files in the folder keep their bytes.
    `based_on` are files this plan was computed from, with the bytes read (None: there was no such file): if they have
    changed when the plan is carried out, it is refused.
    """

    files: Mapping[str, bytes]
    owned: frozenset[str] = frozenset()
    based_on: Mapping[str, bytes | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in {*self.files, *self.owned, *self.based_on}:
            pure = PurePosixPath(path)
            if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or ":" in path:
                raise ValueError(f"{path!r} is no path inside the folder")

    @property
    def paths(self) -> frozenset[str]:
        """Every path the plan writes or may remove."""
        return self.owned | set(self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A file that is not as a plan wants it, with a unified diff from what is there to what shall be."""

    path: str
    kind: DifferenceKind
    diff: str


def phase_plan(
    documents: Mapping[str, Mapping[str, str]],
    targets: Iterable[str],
    summary: str,
    *,
    others: Mapping[str, str] | None = None,
    gone: Iterable[str] = (),
    based_on: Mapping[str, bytes | None] | None = None,
) -> Plan:
    """The plan of a phase's folder.

    `documents` maps target -> file name -> text. `targets` are the target folders of this render: one without
    documents loses its files; one whose files shall stay is not among them. `others` are further files of the phase,
    such as its Dockerfile, and `gone` those it shall not have.
    """
    files = {f"{target}/{name}": text for target, texts in documents.items() for name, text in texts.items()}
    files |= {SUMMARY: summary, **(others or {})}
    owned = frozenset((*gone, *(f"{target}/{name}" for target in targets for name in FILE_NAMES)))
    return Plan(
        files={path: text.encode() for path, text in sorted(files.items())},
        owned=owned,
        based_on=based_on or {},
    )


def combined(plans: Iterable[tuple[str, Plan]]) -> Plan:
    """One plan for a folder from those of folders inside it, each with its place as a prefix, `minimum/`."""
    pairs = list(plans)
    return Plan(
        files={f"{prefix}{path}": content for prefix, plan in pairs for path, content in plan.files.items()},
        owned=frozenset(f"{prefix}{path}" for prefix, plan in pairs for path in plan.owned),
        based_on={f"{prefix}{path}": content for prefix, plan in pairs for path, content in plan.based_on.items()},
    )


def differences(plan: Plan, found: Mapping[str, bytes]) -> tuple[Difference, ...]:
    """How the bytes found (by path, only of `plan.paths`) differ from the plan, sorted by path."""
    return tuple(
        Difference(path=path, kind=_kind(path, plan, found), diff=_diff(path, found.get(path), plan.files.get(path)))
        for path in sorted(plan.paths)
        if found.get(path) != plan.files.get(path)
    )


def _kind(path: str, plan: Plan, found: Mapping[str, bytes]) -> DifferenceKind:
    if path not in found:
        return "missing"
    return "different" if path in plan.files else "stray"


def _diff(path: str, old: bytes | None, new: bytes | None) -> str:
    """The two sides are called committed/ and rendered/; a file that is not there at all is /dev/null, as in git."""
    sides = ("/dev/null" if old is None else f"committed/{path}", "/dev/null" if new is None else f"rendered/{path}")
    lines = difflib.unified_diff(_lines(old), _lines(new), *sides)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines(keepends=True)
