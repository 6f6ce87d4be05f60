"""From versions to what others need to know: files, who asked, what deviates and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.records import Deviation, Pin, Refusal, Row, Solved, Unsolved
from lockgen.resolve.answers import Answers
from lockgen.resolve.candidates import Release
from lockgen.resolve.meeting import meetings
from lockgen.resolve.refute import DeadEnd
from lockgen.resolve.shelf import Clause
from lockgen.resolve.why import because, wanted
from lockgen.targets import splits, unknowable

Versions = Mapping[NormalizedName, Version]


def solved(answers: Answers, versions: Versions) -> Solved:
    """The outcome for a set of versions: what nothing asks for any more is left out."""
    demands = reached(answers, versions)
    pins = _pins(answers, versions, demands)
    deviations = tuple(filter(None, (_deviation(answers, row, demands, versions) for row in answers.request.rows)))
    refusals = tuple(refusal for refusal in answers.refused() if _is_worth_saying(answers, refusal, demands, versions))
    return Solved(
        target=answers.request.target,
        pins=pins,
        deviations=deviations,
        refusals=_sorted(refusals),
        advice=tuple(_advice(answers, pins)),
        snapshot=answers.snapshot(),
    )


def pinned(answers: Answers, versions: Versions) -> tuple[Pin, ...]:
    """The pins alone of the outcome for a set of versions."""
    return _pins(answers, versions, reached(answers, versions))


def unsolved(answers: Answers, core: tuple[Demand, ...], dead_ends: tuple[DeadEnd, ...]) -> Unsolved:
    """The outcome "no": the core, and where its demands meet: what collides, and what was refused there."""
    names = dict.fromkeys(demand.name for demand in core)
    refusals = [_own(answers, refusal) for dead_end in dead_ends for refusal in dead_end.refusals]
    refusals += [_absent(name) for name in names if answers.shelf.project(name) is None]
    return Unsolved(
        target=answers.request.target,
        core=core,
        meetings=meetings(dead_ends),
        refusals=_sorted({str(refusal): refusal for refusal in refusals}.values()),
        snapshot=answers.snapshot(),
    )


def _own(answers: Answers, refusal: Refusal) -> Refusal:
    """The reason on this very target; the search may have been of another one, which was refused for another reason."""
    found = None if refusal.version is None else answers.release(refusal.name, refusal.version)
    return found if isinstance(found, Refusal) else refusal


def reached(answers: Answers, versions: Versions) -> dict[NormalizedName, tuple[Demand, ...]]:
    """Who demands each package, starting from the rows and following only what is switched on."""
    found: dict[NormalizedName, dict[int, Demand]] = {}
    waiting = list(answers.roots)
    while waiting:
        demand = waiting.pop()
        known = found.setdefault(demand.name, {})
        if id(demand) in known:
            continue
        served = {extra for other in known.values() for extra in other.extras} | ({""} if known else set())
        fresh = {"", *demand.extras} - served
        known[id(demand)] = demand
        release = answers.release(demand.name, versions[demand.name])
        if isinstance(release, Release):
            waiting += [new for extra in sorted(fresh) for new in answers.demands(release, extra)]
    return {name: tuple(sorted(demands.values(), key=str)) for name, demands in found.items()}


def _pins(
    answers: Answers, versions: Versions, demands: Mapping[NormalizedName, tuple[Demand, ...]]
) -> tuple[Pin, ...]:
    return tuple(_pin(answers, name, versions[name], demands[name]) for name in sorted(demands))


def _pin(answers: Answers, name: NormalizedName, version: Version, demands: tuple[Demand, ...]) -> Pin:
    release = answers.release(name, version)
    assert isinstance(release, Release), f"{name} {version} was pinned although refused"  # noqa: S101
    return Pin(
        name=name,
        version=version,
        files=release.files,
        extras=frozenset(extra for demand in demands for extra in demand.extras),
        via=demands,
        metadata=release.metadata,
        permission=None if release.files[0].is_wheel else answers.sieve.permission(name),
    )


def _deviation(
    answers: Answers, row: Row, demands: Mapping[NormalizedName, tuple[Demand, ...]], versions: Versions
) -> Deviation | None:
    aim, got = wanted(answers, row), versions[row.name]
    if aim is None or aim == got:
        return None
    reason = because(answers, row.name, aim, demands=demands[row.name], versions=versions)
    return Deviation(name=row.name, wanted=aim, got=got, because=reason)


def _is_worth_saying(
    answers: Answers,
    refusal: Refusal,
    demands: Mapping[NormalizedName, tuple[Demand, ...]],
    versions: Versions,
) -> bool:
    """A refused release matters when it is newer than the pin and the set's demands would have let it in."""
    version = refusal.version
    if version is None or refusal.name not in demands or refusal.kind == "late" or version.is_prerelease:
        return False
    contains = answers.shelf.contains
    return version > versions[refusal.name] and all(contains(d.specifier, version) for d in demands[refusal.name])


def _advice(answers: Answers, pins: Iterable[Pin]) -> Iterator[str]:
    """What a person should know about a set that closes all the same."""
    for pin in pins:
        for extra in sorted(pin.extras - set(pin.metadata.provides_extra)):
            has = ", ".join(sorted(pin.metadata.provides_extra)) or "none"
            yield f"{pin.name} {pin.version} has no extra {extra!r}; it has {has}"
        for clause in answers.shelf.clauses(pin.files[0], pin.metadata):
            yield from _marker_advice(answers, pin, clause)


def _marker_advice(answers: Answers, pin: Pin, clause: Clause) -> Iterator[str]:
    if clause.marker is None:
        return
    target = answers.request.target
    if names := unknowable(clause.marker):
        yield f"{pin.name} {pin.version} needs {clause.name} depending on {', '.join(names)}, which no target can know"
    elif any(splits(target, clause.marker, extra) for extra in ("", *pin.extras)):
        yield f"{pin.name} {pin.version} needs {clause.name} on some patch releases of {target.python}; the set has it"


def _absent(name: NormalizedName) -> Refusal:
    return Refusal(kind="absent", name=name, reason="is no project the index knows")


def _sorted(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """By name, newest first."""
    by_age = sorted(refusals, key=lambda refusal: (refusal.version is not None, refusal.version), reverse=True)
    return tuple(sorted(by_age, key=lambda refusal: refusal.name))
