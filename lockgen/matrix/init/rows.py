"""Somebody's requirements -> the rows of a first matrix, with what is still open left open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import InvalidVersion, Version

from lockgen.errors import UsageError
from lockgen.model.requirements import UserRequirement, UserRequirements
from lockgen.model.target import Target, switches_on
from lockgen.text import reading_order


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
    targets: tuple[Target, ...]
    """Those it is for."""
    notes: tuple[str, ...] = ()
    """Where it stands, and what of it a matrix cannot say."""

    @property
    def bounds(self) -> SpecifierSet:
        """What the requirements allow."""
        return SpecifierSet(self.maximum) & SpecifierSet(f">={self.minimum}" if self.minimum is not None else "")


def starts(
    wishes: UserRequirements, installed: Mapping[NormalizedName, Version], targets: Sequence[Target]
) -> tuple[tuple[Start, ...], tuple[str, ...]]:
    """The rows in the requirements' order, and in words what was left out. UsageError for bounds that admit nothing.

    `installed` are the versions somebody uses today. A constraint narrows the row of its name; alone it is left out.
    """
    names = dict.fromkeys(wish.name for wish in wishes.requirements)
    rows: list[Start] = []
    left_out = [
        f"{each.where.removesuffix(each.text).rstrip()}: {each.text}: {each.reason}" for each in wishes.unconsidered
    ]
    left_out += [
        f"{each.where}: {each.name}: a constraint, and nothing asks for it"
        for each in wishes.constraints
        if each.name not in names
    ]
    for name in names:
        mine = [wish for wish in wishes.requirements if wish.name == name]
        on = tuple(target for target in targets if any(_applies(wish, target) for wish in mine))
        if not on:
            left_out.append(f"{mine[0].where}: {name}: its marker holds on none of the targets")
            continue
        constraints = [wish for wish in wishes.constraints if wish.name == name]
        rows.append(_used(_start(mine, constraints, on), installed.get(name)))
    return tuple(rows), tuple(left_out)


def _applies(wish: UserRequirement, target: Target) -> bool:
    return wish.marker is None or switches_on(target, wish.marker)


def _start(wishes: Sequence[UserRequirement], constraints: Sequence[UserRequirement], on: tuple[Target, ...]) -> Start:
    """One row of all the wishes for a name. Wishes for different targets are joined to the widest bounds."""
    where = wishes[0]
    notes = [", ".join(dict.fromkeys(wish.where for wish in (*wishes, *constraints)))]
    parts = [_read(wish, on) for wish in wishes]
    markers = {str(wish.marker) for wish in wishes}
    if len(markers) > 1:
        notes.append("asked for more than once, on different targets: these are the widest bounds")
        joined = _widest(parts)
    else:
        joined = _narrowest(parts)
    row = _narrowest([joined, *(_read(wish, on) for wish in constraints)])
    row = replace(row, extras=frozenset(extra for wish in wishes for extra in wish.extras))
    if row.minimum is not None and not SpecifierSet(row.maximum).contains(row.minimum, prereleases=True):
        raise UsageError(
            f"nothing can be {row.name} >={row.minimum} and {row.maximum} at once",
            where=where.where,
            hint="Correct the requirements, then run `lockgen init` again.",
        )
    return replace(row, notes=(*notes, *row.notes))


def _used(row: Start, version: Version | None) -> Start:
    if version is None:
        return row
    if not row.bounds.contains(version, prereleases=True):
        return replace(row, notes=(*row.notes, f"installed is {version}, which the requirements do not allow"))
    return replace(row, wanted=version, because="installed")


def _read(wish: UserRequirement, on: tuple[Target, ...]) -> Start:
    row = Start(name=wish.name, targets=on)
    for clause in sorted(wish.specifier, key=reading_order):
        row = _narrowest([row, _clause(wish.name, clause, on)])
    return row


def _clause(name: NormalizedName, clause: Specifier, on: tuple[Target, ...]) -> Start:
    row = Start(name=name, targets=on)
    text = clause.version.removesuffix(".*")
    try:
        version = Version(Version(text).public)
    except InvalidVersion:
        return replace(row, notes=(f"{clause} is not taken over: it compares text",))
    if clause.operator == "!=":
        return replace(row, notes=(f"{clause} is not taken over: a row has no exceptions",))
    if clause.operator in ("<", "<="):
        return replace(row, maximum=f"{clause.operator}{version}")
    if clause.operator in (">", ">="):
        notes = (f"{clause} there; here the minimum itself is allowed",) if clause.operator == ">" else ()
        return replace(row, minimum=version, notes=notes)
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


def _narrowest(rows: Sequence[Start]) -> Start:
    """All of them at once."""
    pinned = next((row for row in reversed(rows) if row.wanted is not None), None)
    return replace(
        rows[0],
        minimum=max(_minimums(rows), default=None),
        maximum=min(_maximums(rows), key=_tightness, default=""),
        wanted=pinned.wanted if pinned else None,
        because=pinned.because if pinned else "",
        notes=tuple(note for row in rows for note in row.notes),
    )


def _widest(rows: Sequence[Start]) -> Start:
    """Any of them: a bound that one of them lacks is lacking."""
    minimums, maximums = list(_minimums(rows)), list(_maximums(rows))
    pins = [row for row in rows if row.wanted is not None]
    newest = max(pins, key=lambda row: row.wanted or Version("0"), default=None)
    return replace(
        rows[0],
        minimum=min(minimums) if len(minimums) == len(rows) else None,
        maximum=max(maximums, key=_tightness) if len(maximums) == len(rows) else "",
        wanted=newest.wanted if newest else None,
        because=newest.because if newest else "",
        notes=tuple(note for row in rows for note in row.notes),
    )


def _minimums(rows: Iterable[Start]) -> Iterator[Version]:
    return (row.minimum for row in rows if row.minimum is not None)


def _maximums(rows: Iterable[Start]) -> Iterator[str]:
    return (row.maximum for row in rows if row.maximum)


def _tightness(maximum: str) -> tuple[Version, bool]:
    return Version(maximum.lstrip("<=")), maximum.startswith("<=")
