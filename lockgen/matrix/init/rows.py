"""Somebody's requirements -> the rows of a first matrix, with what is still open left open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_

from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import InvalidVersion, Version

from lockgen.errors import UsageError
from lockgen.matrix.init.cells import rectangles
from lockgen.model.requirements import UserRequirement, UserRequirements
from lockgen.model.target import Target, splits, switches_on, unknowable
from lockgen.text import grouped, reading_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A row as far as the requirements say it."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    minimum: Version | None = None
    wanted: Version | None = None
    """The version that is pinned or installed."""
    because: str = ""
    """Which of the two it is."""
    maximum: str = ""
    """`<X` or `<=X`; empty: nothing is said."""
    exclusions: tuple[str, ...] = ()
    """`!=X` and `!=X.*`, in the order they stand there."""
    targets: tuple[Target, ...]
    """Those it is for: every Python of a range on each of some platforms."""
    notes: tuple[str, ...] = ()
    """Where it stands, and what of it a matrix cannot say."""

    @property
    def bounds(self) -> SpecifierSet:
        """What the requirements allow."""
        clauses = [self.maximum, f">={self.minimum}" if self.minimum is not None else "", *self.exclusions]
        return SpecifierSet(",".join(clause for clause in clauses if clause))


def starts(
    wishes: UserRequirements, installed: Mapping[NormalizedName, Version], targets: Sequence[Target]
) -> tuple[tuple[Start, ...], tuple[str, ...]]:
    """The rows in the requirements' order, and in words what was left out. UsageError for bounds that admit nothing.

    `installed` are the versions somebody uses today. A constraint narrows the rows of its name; alone it is left out.
    A package that different targets want differently has several rows, no two of them for one target.
    """
    names = dict.fromkeys(wish.name for wish in wishes.requirements)
    rows: list[Start] = []
    left_out = [
        f"{each.where.removesuffix(each.text).rstrip()}: {each.text}: {each.reason}" for each in wishes.unconsidered
    ]
    for name in names:
        mine = [wish for wish in wishes.requirements if wish.name == name]
        left_out += [_unknowable_text(wish) for wish in mine if _unknowable(wish)]
        mine = [wish for wish in mine if not _unknowable(wish)]
        bounds = [wish for wish in wishes.constraints if wish.name == name]
        found = tuple(_rows(mine, bounds, targets))
        if mine and not found:
            left_out.append(f"{mine[0].where}: {name}: its marker holds on none of the targets")
        rows += (_used(row, installed.get(name)) for row in found)
    return tuple(rows), tuple(left_out)


def _unknowable(wish: UserRequirement) -> tuple[str, ...]:
    return () if wish.marker is None else unknowable(wish.marker)


def _unknowable_text(wish: UserRequirement) -> str:
    return f"{wish.where}: {wish.name}: its marker asks for {', '.join(_unknowable(wish))}, which no target can know"


def _rows(
    mine: Sequence[UserRequirement], bounds: Sequence[UserRequirement], targets: Sequence[Target]
) -> Iterator[Start]:
    """One row for each group of targets on which the same is asked for."""

    def on(target: Target) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return _applying(mine, target), _applying(bounds, target)

    rows = [
        replace(_row([mine[at] for at in asked], [bounds[at] for at in bound]), targets=tuple(cells))
        for (asked, bound), cells in grouped(targets, on).items()
        if asked
    ]
    # Different lines may say the same, and then one row says it for all their targets.
    for same in grouped(rows, lambda row: (row.extras, row.minimum, row.wanted, row.maximum, row.exclusions)).values():
        wanted = {target.name for row in same for target in row.targets}
        joined = tuple(target for target in targets if target.name in wanted)
        notes = tuple(dict.fromkeys(note for row in same for note in (*row.notes, *_widened(mine, row.targets))))
        for cells in rectangles(joined, targets):
            yield replace(same[0], targets=cells, notes=notes)


def _applying(wishes: Sequence[UserRequirement], target: Target) -> tuple[int, ...]:
    return tuple(at for at, wish in enumerate(wishes) if wish.marker is None or switches_on(target, wish.marker))


def _widened(wishes: Sequence[UserRequirement], targets: Sequence[Target]) -> Iterator[str]:
    """Markers that hold on some patch releases of a Python only, where the row is for all of them."""
    for wish in wishes:
        found = {target.python for target in targets if wish.marker is not None and splits(target, wish.marker)}
        for python in sorted(found, key=Version):
            yield f"wider than its marker ({wish.marker}), which holds on some patch releases of {python} only"


def _row(wishes: Sequence[UserRequirement], constraints: Sequence[UserRequirement]) -> Start:
    """The row of everything that is asked for at once. UsageError for what cannot be had together."""
    every = (*wishes, *constraints)
    places = list(dict.fromkeys(f"{wish.where} ({wish.specifier})" for wish in every if wish.specifier))
    if reduce(and_, (wish.specifier for wish in every), SpecifierSet()).is_unsatisfiable():
        raise UsageError(
            f"no version of {wishes[0].name} can be all of this: {', '.join(places)}",
            where=every[-1].where,
            hint="Correct the requirements, or give them markers that no target shares; then run `lockgen init` again.",
        )
    clauses = [clause for wish in every for clause in sorted(wish.specifier, key=reading_order)]
    row = Start(name=wishes[0].name, targets=(), notes=(", ".join(dict.fromkeys(wish.where for wish in every)),))
    for clause in clauses:
        row = _narrowed(row, _clause(row.name, clause))
    return replace(row, extras=frozenset(extra for wish in wishes for extra in wish.extras))


def _used(row: Start, version: Version | None) -> Start:
    if version is None:
        return row
    if not row.bounds.contains(version, prereleases=True):
        return replace(row, notes=(*row.notes, f"installed is {version}, which the requirements do not allow"))
    return replace(row, wanted=version, because="installed")


def _clause(name: NormalizedName, clause: Specifier) -> Start:
    row = Start(name=name, targets=())
    try:
        version = Version(clause.version.removesuffix(".*"))
    except InvalidVersion:
        return replace(row, notes=(f"{clause} is not taken over: it compares text",))
    if clause.operator == "!=":
        return replace(row, exclusions=(str(clause),))
    if version.local:
        note = f'{clause}: where an index of the matrix serves that build, write exact: "{version}" in place of bounds'
        row, version = replace(row, notes=(note,)), Version(version.public)
    return _bounded(row, clause, version)


def _bounded(row: Start, clause: Specifier, version: Version) -> Start:
    if clause.operator in ("<", "<="):
        return replace(row, maximum=f"{clause.operator}{version}")
    if clause.operator == ">=":
        return replace(row, minimum=version)
    if clause.operator == ">":
        return replace(row, minimum=version, exclusions=(f"!={version}",))
    if clause.operator == "~=" or clause.version.endswith(".*"):
        kept = version.release[:-1] if clause.operator == "~=" else version.release
        return replace(row, minimum=version, maximum=f"<{_after(version, kept)}")
    return replace(row, minimum=version, wanted=version, because="pinned")


def _after(version: Version, series: tuple[int, ...]) -> str:
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, (*series[:-1], series[-1] + 1)))


def next_major(version: Version) -> str:
    """The bound below the next major release: `<3.0.0` for 2.6.1."""
    return f"<{_after(version, version.release[:1])}.0.0"


def _narrowed(one: Start, other: Start) -> Start:
    """Both at once."""
    pinned = other if other.wanted is not None else one
    minimums = [each.minimum for each in (one, other) if each.minimum is not None]
    maximums = [each.maximum for each in (one, other) if each.maximum]
    return replace(
        one,
        minimum=max(minimums, default=None),
        maximum=min(maximums, key=_tightness, default=""),
        exclusions=tuple(dict.fromkeys((*one.exclusions, *other.exclusions))),
        wanted=pinned.wanted,
        because=pinned.because,
        notes=(*one.notes, *other.notes),
    )


def _tightness(maximum: str) -> tuple[Version, bool]:
    return Version(maximum.lstrip("<=")), maximum.startswith("<=")
