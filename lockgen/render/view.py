"""What a template sees: strings and tuples of strings, cleaned, so that no template can reach further or be led astray.

This is the contract with templates that users bring (`--templates`): add to it, rename nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import is_normalized_name

from lockgen.model.conflict import Demand
from lockgen.model.origin import ReleaseOrigin, RowOrigin
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.request import Constraint, Request, Row
from lockgen.model.result import Pin, Solved, TargetResult
from lockgen.model.routes import alias_of, lock_of, variable_of
from lockgen.model.target import Target
from lockgen.render.ranges import effective, narrowed_by, narrowing
from lockgen.text import grouped_pairs, moment
from lockgen.text.safe import clean

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
# The option came with pip 25.3, but until 26.1 it fails beside --require-hashes: the hashes of the lock are demanded of
# what the build needs as well. The last pip for Python 3.9 is 26.0.1.
_BUILD_CONSTRAINT_SINCE = (3, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """The phase: `as_of` is ISO 8601 in UTC, `command` the canonical one, `layers` the sets whose pins are fixed."""

    name: str
    title: str
    revision: int
    as_of: str
    strategy: str
    command: str
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """The target: its name, in words which images it stands for, the patch releases that the set does not serve,
    and whether its pip can know --build-constraint.
    """

    name: str
    python: str
    platform: str
    words: str
    unserved: tuple[str, ...]
    build_constraint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A row: its effective range as a requirement, and one line per known issue that narrows it."""

    requirement: str
    narrowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """An index that packages of the set are routed to: its alias, the variable that holds its address, its lock."""

    alias: str
    variable: str
    lock: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistView:
    """Why a pin is an sdist, the operating system packages that compiling it takes, and where what it requires was
    read; empty: in the sdist.
    """

    reason: str
    packages: tuple[str, ...]
    read_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinView:
    """A pin: `requirement` is `name==version`, `hashes` are sha256 hex digests, best file first, `via` its parents."""

    name: str
    version: str
    requirement: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]
    sdist: SdistView | None


def context(facts: PhaseFacts, cell: TargetResult, solved: Solved) -> dict[str, object]:
    """Every variable of the document templates of one solved cell.

    `rows` are those of the default index and `routed_rows` the others; `pins` are all. `index` is None but in the lock
    of an index (`lock_context`).
    """
    pinned = {pin.name: pin.version for pin in solved.pins}
    rows = [(row, _felt(row, narrowing(row, cell.request, pinned))) for row in cell.request.rows]
    views = [
        (
            alias_of(row.name, cell.request.routes),
            RowView(requirement=effective(row, found), narrowed=tuple(map(clean, narrowed_by(found)))),
        )
        for row, found in rows
    ]
    return {
        "phase": phase_view(facts),
        "target": _target(cell.request.target, solved),
        "rows": tuple(view for alias, view in views if not alias),
        "routed_rows": tuple((alias, view) for alias, view in views if alias),
        "indexes": tuple(index_views(cell.request, solved)),
        "index": None,
        "pins": _pins(solved.pins),
        "build_pins": _pins(solved.build),
        "issues": tuple(f"{clean(issue.id)}: {clean(issue.title)}" for issue in cell.issues),
        "deviations": tuple(
            clean(f"{each.name} {each.got} instead of {each.wanted}: {each.because}") for each in solved.deviations
        ),
    }


def index_views(request: Request, solved: Solved) -> Iterator[IndexView]:
    """The indexes that packages of the set are routed to, by alias."""
    found = grouped_pairs((alias_of(pin.name, request.routes), pin.name) for pin in solved.pins)
    for alias, names in sorted(found.items()):
        if alias:
            yield index_view(alias, sorted(names))


def index_view(alias: str, names: Iterable[str]) -> IndexView:
    """An index by its alias."""
    return IndexView(alias=alias, variable=variable_of(alias), lock=lock_of(alias), names=tuple(names))


def lock_context(variables: Mapping[str, Any], index: IndexView | None) -> dict[str, object]:
    """The variables for the lock of one index, None for the default one: its `pins` are those alone."""
    routed = {name for each in variables["indexes"] for name in each.names}
    pins = tuple(pin for pin in variables["pins"] if (pin.name in index.names if index else pin.name not in routed))
    # A build needs the default index, and is made of the environment that build-constraints.txt gave.
    build = variables["build_pins"] if not index or any(pin.sdist for pin in pins) else ()
    return {**variables, "index": index, "pins": pins, "build_pins": build}


def _felt(row: Row, constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """Those that narrow the row's own range; the others are true without being worth a line."""
    return tuple(each for each in constraints if effective(row, (each,)) != effective(row, ()))


def phase_view(facts: PhaseFacts) -> PhaseView:
    """The phase as every template sees it."""
    return PhaseView(
        name=clean(facts.phase),
        title=clean(facts.title),
        revision=facts.revision,
        as_of=moment(facts.as_of),
        strategy=facts.strategy,
        command=clean(facts.command),
        layers=tuple(map(clean, facts.layers)),
    )


def _target(target: Target, solved: Solved) -> TargetView:
    platform = target.platform
    return TargetView(
        name=clean(target.name),
        python=target.python,
        platform=clean(platform.name),
        words=clean(f"CPython {python_words(target)} on {_system(platform)}"),
        unserved=solved.unserved,
        build_constraint=target.minor >= _BUILD_CONSTRAINT_SINCE,
    )


def python_words(target: Target) -> str:
    """`3.9.2 or newer of 3.9`, or the exact version."""
    return target.python if target.is_exact else f"{target.floor} or newer of {target.python}"


def _system(platform: Platform) -> str:
    oldest = ".".join(map(str, platform.version))
    match platform.os:
        case "linux":
            return f"Linux {platform.arch} with {platform.libc} {oldest} or newer"
        case "macos":
            return f"macOS {oldest} or newer, {platform.arch}"
        case "windows":
            return f"Windows {platform.arch}"


def _pins(pins: Iterable[Pin]) -> tuple[PinView, ...]:
    return tuple(_pin(pin) for pin in sorted(pins, key=lambda pin: pin.name))


def _pin(pin: Pin) -> PinView:
    if not is_normalized_name(pin.name):
        raise ValueError(f"{pin.name!r} is not a normalized name")
    return PinView(
        name=pin.name,
        version=str(pin.version),
        requirement=f"{pin.name}=={pin.version}",
        hashes=hashes(pin),
        via=tuple(sorted({_who(demand) for demand in pin.via})),
        sdist=_sdist(pin),
    )


def hashes(pin: Pin) -> tuple[str, ...]:
    """The sha256 digests of the pin's files, best first. A file without one may not be in a set: ValueError."""
    for file in pin.files:
        if not _SHA256.match(file.sha256):
            raise ValueError(f"{file.filename!r} of {pin.name} has no sha256: {file.sha256!r}")
    return tuple(dict.fromkeys(file.sha256 for file in pin.files))


def _sdist(pin: Pin) -> SdistView | None:
    permission = pin.permission
    if permission is None:
        return None
    return SdistView(
        reason=clean(permission.reason),
        packages=tuple(map(clean, permission.build_packages)),
        read_from=clean(pin.metadata.read_from),
    )


def _who(demand: Demand) -> str:
    """Who demands, without line and version, so that a line more in the matrix does not touch every file."""
    origin = demand.origin
    if isinstance(origin, RowOrigin):
        return clean(origin.where.partition(":")[0])
    return clean(origin.package if isinstance(origin, ReleaseOrigin) else str(origin))
