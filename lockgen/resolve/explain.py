"""Why a package has its version on a target: what demands it, what narrows it, what excludes newer versions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.explain import Explanation, VersionRange, Wanted
from lockgen.model.origin import LayerOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Row
from lockgen.model.result import Outcome, Solved, Unsolved
from lockgen.resolve.deviation import deviation_reason
from lockgen.resolve.explain_reasons import PinContext, Reason, reasons_against
from lockgen.resolve.provider import Provider
from lockgen.resolve.why import FindConflict, wanted_version
from lockgen.text import alike, requirement


def explain(
    provider: Provider,
    outcome: Outcome,
    name: NormalizedName,
    *,
    conflict: FindConflict,
    version: Version | None = None,
) -> Explanation:
    """Explain what `outcome`, the answer to the request, has of the package.

    With a `version`, why it is not that one, instead of why it is none of the newer ones. `conflict` is called for
    a few variants of the request. Raises LockgenError only when the source cannot answer.
    """
    if isinstance(outcome, Unsolved):
        rows = tuple((demand,) for demand in provider.roots if demand.name == name)
        return Explanation(target=outcome.target, name=name, chains=rows, unsolved=outcome)
    pins = {pin.name: pin for pin in outcome.pins}
    if name not in pins:
        unused = tuple(dict.fromkeys((*_excluded(provider, name), *_switched_off(provider, outcome, name))))
        return Explanation(target=outcome.target, name=name, unused=unused, near=tuple(alike(name, pins)))
    case = PinContext(provider=provider, pins=pins, pin=pins[name], conflict=conflict)
    # What a known issue adds to a release counts as a demander only where there is no other.
    demanding = [demand for demand in case.pin.via if demand.origin not in case.narrowings] or case.pin.via
    return Explanation(
        target=outcome.target,
        name=name,
        version=case.pin.version,
        uploaded=_first_upload(provider, name, case.pin.version),
        files=case.pin.files,
        chains=tuple(sorted((_chain(case, demand) for demand in demanding), key=len)),
        issues=tuple(_narrowing(case)),
        wanted=_wanted_by_strategy(case),
        newer=_newer_versions(case) if version is None else (),
        asked=None if version in {None, case.pin.version} else _requested_version(case, version),
    )


def _narrowing(case: PinContext) -> Iterator[Demand]:
    """The known issues and rules without which the demands would let in another release that the target can use.

    A pin of a set that this one extends is shown in any case: it is the reason for the version.
    """
    name, provider = case.pin.name, case.provider
    others = [each for each in case.pin.via if each.origin not in case.narrowings]
    project = provider.memory.project(name)
    finals = [each for each in (project.versions if project else ()) if not each.is_prerelease]
    let_in = [each for each in finals if all(provider.contains(demand, each) for demand in others)]
    for issue in (
        *provider.constraints.get(name, ()),
        *(demand for demand in case.pin.via if demand.origin in case.narrowings),
    ):
        excluded = (each for each in let_in if not provider.contains(issue, each))
        if isinstance(issue.origin, LayerOrigin) or any(
            not isinstance(provider.filter.files(name, each), Refusal) for each in excluded
        ):
            yield issue


def _chain(case: PinContext, demand: Demand) -> tuple[Demand, ...]:
    """The shortest way from a demand of the request down to this one."""
    waiting: deque[tuple[Demand, ...]] = deque([(demand,)])
    seen = {id(demand)}
    while waiting:
        chain = waiting.popleft()
        if (release := chain[0].release) is None:
            return chain
        extra = release.extra
        above = [each for each in case.pins[release.name].via if not extra or extra in each.extras]
        # The request's own demands first, with them the way ends; those that only narrow last.
        for each in sorted(above, key=lambda each: (each.release is not None, each.origin in case.narrowings)):
            if id(each) not in seen:
                seen.add(id(each))
                waiting.append((each, *chain))
    return (demand,)


def _wanted_by_strategy(case: PinContext) -> Wanted | None:
    row = case.provider.rows.get(case.pin.name)
    aim = None if row is None else wanted_version(case.provider, row)
    if row is None or aim is None:
        return None
    versions = {name: pin.version for name, pin in case.pins.items()}
    has_it = aim == case.pin.version
    reason = (
        ""
        if has_it
        else deviation_reason(
            case.provider, (row.name, aim), demands=case.pin.via, versions=versions, conflict=case.conflict
        )
    )
    return Wanted(version=aim, word=_strategy_word(case.provider, row), because=reason)


def _strategy_word(provider: Provider, row: Row) -> Literal["recommended", "minimum", "oldest", "newest"]:
    strategy = provider.request.strategy
    if strategy == "maximum" or (strategy == "recommended" and row.recommended is None):
        return "newest"
    if strategy == "minimum" and row.minimum not in provider.memory.listed(row.name).places:
        return "oldest"
    return strategy


def _newer_versions(case: PinContext) -> tuple[VersionRange, ...]:
    project = case.provider.memory.project(case.pin.name)
    listed = sorted(project.versions if project else (), reverse=True)
    judged = list(reasons_against(case, [version for version in listed if version > case.pin.version]))[::-1]
    # They lie between the others and would split ranges that have one reason.
    aside = [(version, reason) for version, reason in judged if reason.kind == "pre-release"]
    others = (each for each in judged if each[1].kind != "pre-release")
    runs = [_version_range(case, list(same)) for _, same in groupby(others, key=lambda each: each[1].key)]
    return (*runs, *([_version_range(case, aside)] if aside else []))


def _requested_version(case: PinContext, version: Version) -> VersionRange:
    project = case.provider.memory.project(case.pin.name)
    listed = project.versions if project else ()
    if version not in listed:
        reason = f"the index lists no such version, only {min(listed)} to {max(listed)}"
        return _version_range(case, [(version, Reason(kind="absent", reason=reason))])
    return _version_range(case, list(reasons_against(case, [version])))


def _version_range(case: PinContext, judged: Sequence[tuple[Version, Reason]]) -> VersionRange:
    """The versions, given oldest first, as one range with the reason and upload time of the newest."""
    newest, reason = judged[-1]
    return VersionRange(
        versions=tuple(version for version, _ in judged),
        uploaded=_first_upload(case.provider, case.pin.name, newest),
        kind=reason.kind,
        reason=reason.reason,
    )


def _first_upload(provider: Provider, name: NormalizedName, version: Version) -> datetime | None:
    project = provider.memory.project(name)
    dates = (file.uploaded for file in (project.files(version) if project else ()))
    return min((date for date in dates if date is not None), default=None)


def _excluded(provider: Provider, name: NormalizedName) -> Iterator[str]:
    for rule in provider.request.excludes:
        if rule.name == name:
            yield f"{rule.where} excludes it: {rule.reason}"


def _switched_off(provider: Provider, outcome: Solved, name: NormalizedName) -> Iterator[str]:
    """Requirements of the set's own releases that this target or the demanded extras do not switch on."""
    for pin in outcome.pins:
        for line in provider.memory.requires_dist(pin.files[0], pin.metadata):
            if line.name == name and line.condition and not provider.candidates.is_replaced(name):
                needed = requirement(line.name, line.extras, line.specifier)
                yield f"{pin.name} {pin.version} needs {needed} only where {line.condition}"
    for pin in outcome.build:
        if pin.name == name:
            yield f"{name} {pin.version} is only used to build an sdist of the set (build-constraints.txt)"
