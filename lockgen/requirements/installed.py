"""The requirements of an existing environment: the installed distributions that no other one requires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.model.requirements import Unconsidered, UserRequirement, UserRequirements
from lockgen.requirements.showing import shown
from lockgen.requirements.specifiers import user_requirement
from lockgen.requirements.toml import refusal

_INSTALLERS = frozenset(map(canonicalize_name, ("pip", "setuptools", "wheel")))
_NOT_FROM_AN_INDEX = "installed from an address or a folder: only what an index serves can be resolved"


def read_installed(facts: Mapping[str, Any], where: str) -> UserRequirements:
    """The distributions that no other one requires, as `name==version` without local labels.

    `facts` are those preflight collects: `markers`, the complete marker environment of the interpreter, and
    `distributions`, the `found` ones with name, version, requires_dist, editable and direct_url, and the `unreadable`
    ones with path and reason. A requirement under an extra counts only if an installed distribution asks for that
    extra: else a distribution that the user requested could be lost. What came from an address or a folder is not
    considered, but what it requires is. The installers, and what only they need, are left out.

    Raises RequirementsError for facts that could not be collected.
    """
    for part in ("markers", "distributions"):
        if "error" in facts[part]:
            raise refusal(f"the interpreter does not tell its {part}: {shown(facts[part]['error'])}", where=where)
    house = _Environment.of(facts)
    needs = house.needs()
    wished = _wished(house, needs)
    items = [item for name in wished for item in _items(house, name, where)]
    items += [
        Unconsidered(where=where, text=shown(each["path"]), reason=f"it cannot be read: {shown(each['reason'])}")
        for each in facts["distributions"]["unreadable"]
    ]
    return UserRequirements(
        requirements=tuple(item for item in items if isinstance(item, UserRequirement)),
        unconsidered=tuple(item for item in items if isinstance(item, Unconsidered)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dist:
    name: NormalizedName
    version: str
    requires: tuple[Requirement, ...]
    unreadable: tuple[str, ...]
    direct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Environment:
    environment: Mapping[str, str]
    dists: Mapping[NormalizedName, _Dist]

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> _Environment:
        # Of two with one name the first on the path is the one that is imported.
        dists = {dist.name: dist for dist in map(_dist, reversed(facts["distributions"]["found"]))}
        return cls(environment=facts["markers"], dists=dict(sorted(dists.items())))

    def needs(self) -> dict[NormalizedName, tuple[Requirement, ...]]:
        """What each distribution requires here, with the extras that installed ones request."""
        extras: dict[NormalizedName, frozenset[str]] = dict.fromkeys(self.dists, frozenset())
        while True:
            needs = {name: tuple(self._needed(dist, extras[name])) for name, dist in self.dists.items()}
            asked = _asked(extras, (each for found in needs.values() for each in found))
            if asked == extras:
                return needs
            extras = asked

    def _needed(self, dist: _Dist, extras: Iterable[str]) -> Iterator[Requirement]:
        for each in dist.requires:
            applies = each.marker is None or any(
                each.marker.evaluate({**self.environment, "extra": extra}) for extra in ("", *extras)
            )
            if applies and canonicalize_name(each.name) != dist.name:
                yield each


def _dist(fact: Mapping[str, Any]) -> _Dist:
    requires, unreadable = [], []
    for text in fact["requires_dist"]:
        try:
            requires.append(Requirement(text))
        except InvalidRequirement:
            # Old metadata is dirty; what it meant then counts as required by nothing.
            unreadable.append(text)
    return _Dist(
        name=canonicalize_name(fact["name"]),
        version=fact["version"],
        requires=tuple(requires),
        unreadable=tuple(unreadable),
        direct=fact["direct_url"] or fact["editable"],
    )


def _asked(
    extras: Mapping[NormalizedName, frozenset[str]], needs: Iterable[Requirement]
) -> dict[NormalizedName, frozenset[str]]:
    asked = dict(extras)
    for each in needs:
        name = canonicalize_name(each.name)
        if name in asked:
            asked[name] |= frozenset(map(canonicalize_name, each.extras))
    return asked


def _wished(house: _Environment, needs: Mapping[NormalizedName, tuple[Requirement, ...]]) -> tuple[NormalizedName, ...]:
    """Those nothing else requires; of a circle that nothing else requires, the first by name."""
    edges = {name: {canonicalize_name(each.name) for each in found} for name, found in needs.items()}
    required = {name for found in edges.values() for name in found}
    direct = {name for name, dist in house.dists.items() if dist.direct}
    wished = (edges.keys() - required | direct) - _INSTALLERS
    reached = _reached(wished | _INSTALLERS, edges)
    for name in edges:
        if name not in reached:
            wished.add(name)
            reached |= _reached({name}, edges)
    return tuple(sorted(wished))


def _reached(
    start: Iterable[NormalizedName], edges: Mapping[NormalizedName, set[NormalizedName]]
) -> set[NormalizedName]:
    reached: set[NormalizedName] = set()
    waiting = set(start)
    while waiting:
        reached |= waiting
        waiting = {far for near in waiting for far in edges.get(near, ())} - reached
    return reached


def _items(house: _Environment, name: NormalizedName, where: str) -> Iterator[UserRequirement | Unconsidered]:
    dist = house.dists[name]
    place = f"{where} {name} {dist.version}"
    if dist.direct:
        yield Unconsidered(where=place, text=f"{name} {dist.version}", reason=_NOT_FROM_AN_INDEX)
        yield from _required_by(house, dist, place)
        return
    try:
        version = Version(dist.version)
    except InvalidVersion:
        reason = "its version is none an index could serve (PEP 440)"
        yield Unconsidered(where=place, text=f"{name} {shown(dist.version)}", reason=reason)
    else:
        # A local label names a build; the index serves the release without it.
        yield UserRequirement(name=name, specifier=SpecifierSet(f"=={version.public}"), where=place)


def _required_by(house: _Environment, dist: _Dist, place: str) -> Iterator[UserRequirement | Unconsidered]:
    for each in dist.requires:
        other = house.dists.get(canonicalize_name(each.name))
        is_optional = each.marker is not None and "extra" in str(each.marker)
        if not is_optional and each.url is None and not (other and other.direct):
            yield user_requirement(each, place)
    for text in dist.unreadable:
        yield Unconsidered(where=place, text=shown(text), reason="this is no requirement")
