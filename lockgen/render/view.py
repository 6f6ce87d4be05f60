"""What a template sees: strings and tuples of strings, cleaned, so that no template can reach further or be led astray.

This is the contract with templates that users bring (`--templates`): add to it, rename nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.utils import is_normalized_name

from lockgen.model.conflict import Demand
from lockgen.model.origin import OverrideOrigin, ReleaseOrigin, RowOrigin
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.request import Constraint, Request, Row
from lockgen.model.result import Pin, Solved, TargetResult
from lockgen.model.routes import alias_of
from lockgen.model.target import Target
from lockgen.render.index_view import index_views
from lockgen.render.ranges import effective, narrowed_by, narrowing
from lockgen.text import moment, requirement
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
        "replaced": tuple(map(clean, _replaced(cell.request))),
        "deviations": tuple(
            clean(f"{each.name} {each.got} instead of {each.wanted}: {each.because}") for each in solved.deviations
        ),
    }


def _replaced(request: Request) -> Iterator[str]:
    """What the matrix puts in place of releases' demands, each with its reason."""
    for rule in request.overrides:
        wanted = requirement(rule.name, rule.extras, rule.specifier)
        yield f"{wanted} (override {rule.where.partition(':')[0]}): {rule.reason}"
    for excluded in request.excludes:
        yield f"no {excluded.name} (exclude {excluded.where.partition(':')[0]}): {excluded.reason}"


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
        words=clean(f"{target.build.words} {python_words(target)} on {_system(platform)}"),
        unserved=solved.unserved,
        build_constraint=target.minor >= _BUILD_CONSTRAINT_SINCE,
    )


def python_words(target: Target) -> str:
    """`3.9.2 or newer of 3.9`, or the exact version."""
    return target.version if target.is_exact else f"{target.floor} or newer of {target.version}"


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
    if isinstance(origin, OverrideOrigin):
        return clean(f"{origin.beside.package} (override {origin.where.partition(':')[0]})")
    return clean(origin.package if isinstance(origin, ReleaseOrigin) else str(origin))
