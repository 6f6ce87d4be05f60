"""From the dead ends of a proof to where demands meet: what happened alike for many releases is said once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.demands import Demand, Link, Meeting
from lockgen.resolve.refute import Chain, DeadEnd

Shape = tuple[tuple[tuple[str, str, frozenset[str]], ...], ...]
"""A dead end without its versions: for each chain, who demands what at each step."""


def meetings(dead_ends: Iterable[DeadEnd]) -> tuple[Meeting, ...]:
    """The dead ends, those of the same shape merged, in the order they were met."""
    groups: dict[tuple[str, Shape], list[DeadEnd]] = {}
    for each in dead_ends:
        groups.setdefault((each.name, tuple(map(_shape, each.chains))), []).append(each)
    return tuple(map(_merged, groups.values()))


def _shape(chain: Chain) -> tuple[tuple[str, str, frozenset[str]], ...]:
    return tuple((_by(demand), demand.name, demand.extras) for demand in chain)


def _by(demand: Demand) -> str:
    """The demander without its version. What a known issue says of a release is the issue's to say."""
    if demand.release is None:
        return demand.by
    name, extra, version = demand.release
    label = f"{name}[{extra}]" if extra else name
    return label if demand.by == f"{label} {version}" else demand.by


def _merged(alike: Sequence[DeadEnd]) -> Meeting:
    chains = zip(*(each.chains for each in alike), strict=True)
    return Meeting(
        name=alike[0].name,
        chains=tuple(tuple(map(_link, zip(*chain, strict=True))) for chain in chains),
        count=len(alike),
    )


def _link(demands: Sequence[Demand]) -> Link:
    """The same step of chains of one shape."""
    releases: set[Version] = {demand.release[2] for demand in demands if demand.release is not None}
    specifiers: dict[str, SpecifierSet] = {str(demand.specifier): demand.specifier for demand in demands}
    return Link(
        by=_by(demands[0]),
        releases=tuple(sorted(releases)),
        name=demands[0].name,
        extras=demands[0].extras,
        specifiers=tuple(specifiers.values()),
    )
