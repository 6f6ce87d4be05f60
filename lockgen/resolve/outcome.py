"""From the versions of a set to its outcome: pins, deviations with their reasons, advice, and what its builds need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request, Row, stated_about
from lockgen.model.result import Deviation, Pin, Solved, Unsolved, Versions
from lockgen.model.target import UNKNOWABLE, splits, switches_on, tells_patches, unknowable, unserved
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.conflict import Conflict
from lockgen.resolve.deviation import deviation_reason
from lockgen.resolve.memory import RequiresDist
from lockgen.resolve.provider import Provider
from lockgen.resolve.why import FindConflict, wanted_version

Demands = Mapping[NormalizedName, tuple[Demand, ...]]
"""The demands on each package of a set, sorted by who makes them."""
BuildRequires = Callable[[DistFile], tuple[str, ...] | Refusal]
"""What building an sdist needs."""


def solved(provider: Provider, versions: Versions, conflict: FindConflict | None = None) -> Solved:
    """The outcome for a set of versions: what nothing demands any more is left out.

    With `conflict`, by which some of the reasons are found, the deviations too.
    """
    demands = reached(provider, versions)
    pins = _pins(provider, versions, demands)
    deviations = () if conflict is None else tuple(_deviations(provider, demands, versions, conflict))
    refusals = tuple(refusal for refusal in provider.refused() if _is_relevant(provider, refusal, demands, versions))
    return Solved(
        target=provider.request.target,
        pins=pins,
        deviations=deviations,
        refusals=_sorted_refusals(refusals),
        unserved=_unserved_patches(provider, pins),
        advice=tuple(_advice(provider, pins)),
        snapshot=provider.snapshot(),
        looked_at=provider.looked_at,
    )


def restored(provider: Provider, versions: Versions, demands: Demands) -> Solved:
    """The outcome for a set found before; what its search left behind is not in it: deviations, refusals, snapshot."""
    pins = _pins(provider, versions, demands)
    return Solved(
        target=provider.request.target,
        pins=pins,
        unserved=_unserved_patches(provider, pins),
        advice=tuple(_advice(provider, pins)),
        snapshot="",
    )


def pinned(provider: Provider, versions: Versions) -> tuple[Pin, ...]:
    """The pins alone of the outcome for a set of versions."""
    return _pins(provider, versions, reached(provider, versions))


def unsolved(provider: Provider, conflict: Conflict) -> Unsolved:
    """The outcome "no": the core, where its demands meet, and what was refused there."""
    return Unsolved(
        target=provider.request.target,
        core=conflict.core,
        meetings=conflict.meetings,
        refusals=_sorted_refusals({str(refusal): refusal for refusal in conflict.refusals}.values()),
        snapshot=provider.snapshot(),
    )


def reached(provider: Provider, versions: Versions) -> dict[NormalizedName, tuple[Demand, ...]]:
    """The demands on each package, from the request's own along what is switched on.

    A package that `versions` lacks is demanded, but demands nothing.
    """
    found: dict[NormalizedName, dict[int, Demand]] = {}
    served: dict[NormalizedName, set[str]] = {}
    waiting = list(provider.roots)
    while waiting:
        demand = waiting.pop()
        known = found.setdefault(demand.name, {})
        if id(demand) in known:
            continue
        fresh = {"", *demand.extras} - served.setdefault(demand.name, set())
        served[demand.name] |= fresh
        known[id(demand)] = demand
        version = versions.get(demand.name)
        candidate = None if version is None else provider.candidate(demand.name, version)
        if isinstance(candidate, Candidate):
            waiting += [new for extra in sorted(fresh) for new in provider.demands(candidate, extra)]
    return {name: tuple(sorted(demands.values(), key=str)) for name, demands in found.items()}


def build_request(request: Request, pins: Iterable[Pin], build_requires: BuildRequires) -> Request | Refusal | None:
    """What the builds of a set need (PEP 518, `build-system.requires`), newest first and from wheels only.

    None when the set needs no build that the matrix permits; a Refusal when an sdist does not declare what its build
    needs. What is only `buildable` is never built.
    """
    rows: list[Row] = []
    permitted = {permission.name for permission in request.sdists}
    for pin in pins:
        if pin.permission is None or pin.name not in permitted:
            continue
        required = build_requires(pin.files[0])
        if isinstance(required, Refusal):
            return required
        stated = stated_about(pin.name, pin.version, request.stated)
        required = (*required, *(stated.build_requires if stated else ()))
        rows += build_rows(request, required, f"{pin.name} {pin.version} (build)")
    return request_of_tools(request, rows) if rows else None


def request_of_tools(request: Request, rows: Iterable[Row]) -> Request:
    """The request for build requirements on the same target: newest first, and from wheels only."""
    by_name: dict[str, Row] = {}
    for row in rows:
        known = by_name.get(row.name)
        by_name[row.name] = row if known is None else _merged_rows(known, row)
    return replace(
        request,
        strategy="maximum",
        rows=tuple(by_name.values()),
        constraints=(),
        overrides=(),
        excludes=(),
        demands=(),
        sdists=(),
        stated=(),
        buildable=frozenset(),
        preferred={},
    )


def _pins(provider: Provider, versions: Versions, demands: Demands) -> tuple[Pin, ...]:
    return tuple(_pin(provider, name, versions[name], demands[name]) for name in sorted(demands))


def _pin(provider: Provider, name: NormalizedName, version: Version, demands: tuple[Demand, ...]) -> Pin:
    candidate = provider.candidate(name, version)
    assert isinstance(candidate, Candidate), f"{name} {version} was pinned although refused"  # noqa: S101
    return Pin(
        name=name,
        version=version,
        files=candidate.files,
        extras=frozenset(extra for demand in demands for extra in demand.extras),
        via=demands,
        metadata=candidate.metadata,
        permission=None if candidate.files[0].is_wheel else provider.filter.permission(name),
    )


def _deviations(
    provider: Provider,
    demands: Demands,
    versions: Versions,
    conflict: FindConflict,
) -> Iterator[Deviation]:
    for row in provider.request.rows:
        aim, got = wanted_version(provider, row), versions[row.name]
        if aim is not None and aim != got:
            about = demands[row.name]
            reason = deviation_reason(provider, (row.name, aim), demands=about, versions=versions, conflict=conflict)
            yield Deviation(name=row.name, wanted=aim, got=got, because=reason)


def _is_relevant(
    provider: Provider,
    refusal: Refusal,
    demands: Demands,
    versions: Versions,
) -> bool:
    """A refused release matters when it is newer than the pin and the set's demands would have let it in."""
    version = refusal.version
    if version is None or refusal.name not in demands or refusal.kind == "late" or version.is_prerelease:
        return False
    about = demands[refusal.name]
    return version > versions[refusal.name] and all(provider.contains(each, version) for each in about)


def _unserved_patches(provider: Provider, pins: Iterable[Pin]) -> tuple[str, ...]:
    """The patch releases of the target that a Requires-Python of the set cuts out, oldest first."""
    required = {text for pin in pins for text in (pin.metadata.requires_python, pin.files[0].requires_python) if text}
    read = (provider.memory.specifier(text) for text in sorted(required) if "!=" in text)
    found = {patch for each in read if each is not None for patch in unserved(provider.request.target, each)}
    return tuple(sorted(found, key=Version))


def _advice(provider: Provider, pins: Iterable[Pin]) -> Iterator[str]:
    """What to know about a set that closes all the same."""
    for pin in pins:
        for extra in sorted(pin.extras - set(pin.metadata.provides_extra)):
            has = ", ".join(sorted(pin.metadata.provides_extra)) or "none"
            yield f"{pin.name} {pin.version} has no extra {extra!r}; it has {has}"
        for line in provider.memory.requires_dist(pin.files[0], pin.metadata):
            yield from _marker_advice(provider, pin, line)


def _marker_advice(provider: Provider, pin: Pin, line: RequiresDist) -> Iterator[str]:
    if not _may_advise(line.condition) or line.marker is None or provider.candidates.is_replaced(line.name):
        return
    target = provider.request.target
    if names := unknowable(line.marker):
        yield f"{pin.name} {pin.version} needs {line.name} depending on {', '.join(names)}, which no target can know"
    elif any(splits(target, line.marker, extra) for extra in ("", *pin.extras)):
        yield f"{pin.name} {pin.version} needs {line.name} on some patch releases of {target.python}; the set has it"


@lru_cache(maxsize=4096)
def _may_advise(condition: str) -> bool:
    """Whether a marker looks at what no target knows, or what differs between patch releases."""
    return tells_patches(condition) or any(name in condition for name in UNKNOWABLE)


def _sorted_refusals(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """By name, newest first."""
    by_age = sorted(refusals, key=lambda refusal: (refusal.version is not None, refusal.version), reverse=True)
    return tuple(sorted(by_age, key=lambda refusal: refusal.name))


def build_rows(request: Request, required: Iterable[str], where: str) -> Iterator[Row]:
    """The build requirements (PEP 508) that hold on the request's target, as rows."""
    for text in required:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # cannot be pinned; the build will report it
        if requirement.marker is None or switches_on(request.target, requirement.marker):
            yield Row(
                name=canonicalize_name(requirement.name),
                extras=frozenset(map(canonicalize_name, requirement.extras)),
                specifier=requirement.specifier,
                where=where,
            )


def _merged_rows(one: Row, other: Row) -> Row:
    specifier = SpecifierSet(",".join(filter(None, (str(one.specifier), str(other.specifier)))))
    return replace(one, specifier=specifier, extras=one.extras | other.extras)
