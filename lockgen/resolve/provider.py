"""resolvelib's six questions, put to one request's `Answers`. The engine does no I/O and knows no packaging.

A package with an extra is a package of its own (`uvicorn[standard]`) whose candidates demand their base at the same
version. resolvelib must be given consistent candidates only, and `get_dependencies` cannot say no: so every filter,
the metadata included, stands in `find_matches`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version
from resolvelib import AbstractProvider
from resolvelib.resolvers import RequirementInformation

from lockgen.demands import Demand
from lockgen.resolve.answers import Answers
from lockgen.resolve.candidates import Release


@dataclass(frozen=True, slots=True)
class Key:
    """A package, or one of its extras."""

    name: NormalizedName
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A demand as one key sees it: `uvicorn[standard]>=0.23` needs `uvicorn` and `uvicorn[standard]`."""

    key: Key
    demand: Demand


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A version of a key. Made once per search, because resolvelib tells candidates apart by identity."""

    key: Key
    release: Release


Fixed = Mapping[NormalizedName, Version]


@dataclass(frozen=True, eq=False)
class Provider(AbstractProvider[Need, Choice, Key]):
    """`fixed` holds packages whose version is settled; their other versions do not exist for this search."""

    answers: Answers
    fixed: Fixed
    _choices: dict[tuple[Key, Version], Choice] = field(default_factory=dict)
    _needs: dict[tuple[Key, Version], tuple[Need, ...]] = field(default_factory=dict)

    @cached_property
    def _places(self) -> dict[NormalizedName, int]:
        return {name: place for place, name in enumerate(self.answers.rows)}

    def roots(self) -> list[Need]:
        """What the search starts from."""
        return [need for demand in self.answers.roots for need in needs(demand)]

    def identify(self, requirement_or_candidate: Need | Choice) -> Key:
        """The package or extra that a need or a choice is about."""
        return requirement_or_candidate.key

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[Key],
        resolutions: Mapping[Key, Choice],
        candidates: Mapping[Key, Iterator[Choice]],
        information: Mapping[Key, Iterator[RequirementInformation[Need, Choice]]],
        backtrack_causes: Sequence[RequirementInformation[Need, Choice]],
    ) -> Iterable[Key]:
        """Settle what the last conflict was about first; it is where the search fails soonest."""
        del resolutions, candidates, information
        open_keys = list(identifiers)
        blamed = {cause.requirement.key for cause in backtrack_causes}
        blamed |= {cause.parent.key for cause in backtrack_causes if cause.parent is not None}
        return [key for key in open_keys if key in blamed] or open_keys

    def get_preference(
        self,
        identifier: Key,
        resolutions: Mapping[Key, Choice],
        candidates: Mapping[Key, Iterator[Choice]],
        information: Mapping[Key, Iterator[RequirementInformation[Need, Choice]]],
        backtrack_causes: Sequence[RequirementInformation[Need, Choice]],
    ) -> tuple[int, str, str]:
        """Rows in matrix order, then transitive packages by name; an extra right behind its base."""
        del resolutions, candidates, information, backtrack_causes
        return self._places.get(identifier.name, len(self._places)), identifier.name, identifier.extra

    def find_matches(
        self,
        identifier: Key,
        requirements: Mapping[Key, Iterator[Need]],
        incompatibilities: Mapping[Key, Iterator[Choice]],
    ) -> Callable[[], Iterator[Choice]]:
        """The choices that satisfy every need known for the key and its base, most wanted first, lazily."""
        wanted = [need.demand for need in requirements.get(identifier, iter(()))]
        if identifier.extra:
            wanted += [need.demand for need in requirements.get(Key(identifier.name), iter(()))]
        spoilt = {choice.release.version for choice in incompatibilities.get(identifier, iter(()))}
        demands = tuple({id(demand): demand for demand in wanted}.values())

        def matches() -> Iterator[Choice]:
            for version in self._versions(identifier.name):
                if version not in spoilt and self._is_admitted(version, identifier.name, demands):
                    choice = self._choice(identifier, version)
                    if choice is not None and all(self.is_satisfied_by(Need(identifier, d), choice) for d in demands):
                        yield choice

        return matches

    def is_satisfied_by(self, requirement: Need, candidate: Choice) -> bool:
        """Whether the demand accepts the choice."""
        return self.answers.permission.accepts(requirement.demand, candidate.release)

    def get_dependencies(self, candidate: Choice) -> tuple[Need, ...]:
        """What the choice needs in turn."""
        key = (candidate.key, candidate.release.version)
        if key not in self._needs:
            demands = self.answers.demands(candidate.release, candidate.key.extra)
            own = (_same_version(candidate),) if candidate.key.extra else ()
            self._needs[key] = (*own, *(need for demand in demands for need in needs(demand)))
        return self._needs[key]

    def _versions(self, name: NormalizedName) -> Iterable[Version]:
        return (self.fixed[name],) if name in self.fixed else self.answers.versions(name)

    def _is_admitted(self, version: Version, name: NormalizedName, demands: Iterable[Demand]) -> bool:
        limits = self.answers.limits.get(name, ())
        if not all(self.answers.shelf.contains(limit.specifier, version) for limit in limits):
            return False
        return all(self.answers.permission.admits(demand, version) for demand in demands)

    def _choice(self, key: Key, version: Version) -> Choice | None:
        if (key, version) not in self._choices:
            release = self.answers.release(key.name, version)
            if not isinstance(release, Release):
                return None
            self._choices[key, version] = Choice(key, release)
        return self._choices[key, version]


def needs(demand: Demand) -> Iterator[Need]:
    """The keys a demand needs: its package, then each extra."""
    yield Need(Key(demand.name), demand)
    for extra in sorted(demand.extras):
        yield Need(Key(demand.name, extra), demand)


def _same_version(choice: Choice) -> Need:
    release = choice.release
    by = f"{release.name}[{choice.key.extra}] {release.version}"
    return Need(Key(release.name), Demand(name=release.name, specifier=SpecifierSet(f"==={release.version}"), by=by))
