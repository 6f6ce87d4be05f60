"""What a person should know about a table: findings, each with its place, its targets and the repairs that help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from packaging.utils import NormalizedName

from lockgen.model.matrix import BASE

Severity = Literal["error", "warning", "info", "note"]
"""error: the table says what cannot be; warning: it says what is no longer so or will not last; info: worth knowing;
note: right as it is, and worth knowing all the same, so it needs no `accept`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One value of one row, written anew."""

    package: NormalizedName
    key: Literal["minimum", "recommended", "maximum"]
    old: str
    new: str
    set: str = BASE
    """The named set in which the row stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A change after which the finding is gone, proved by a solve on every target of the finding."""

    text: str
    """`django 4.2.1`, `drop py3.8-macos-arm64`."""
    edits: tuple[Edit, ...] = ()
    """What to write into the phase's file; empty where the repair lies elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a rule of lint found."""

    rule: str
    """Its stable id, such as recommended-conflict."""
    severity: Severity
    phase: str = ""
    """Empty for what concerns the matrices as a whole."""
    packages: tuple[NormalizedName, ...] = ()
    """Sorted; what `accept` names."""
    where: str
    """file:line:column."""
    message: str
    """What is wrong, in one sentence without a full stop."""
    targets: tuple[str, ...] = ()
    """Where it holds, in the order of the table; empty when it holds wherever the table does."""
    steps: tuple[str, ...] = ()
    """How it comes about, from the matrix down to the metadata that collides; empty when the message says it all."""
    repairs: tuple[Repair, ...] = ()
    accepted: str = ""
    """The reason the matrix gives for living with it; empty when it gives none."""
