"""A set resolved again by resolvelib, from its written texts: another engine, which shares no search with the solver.

Of each name there is the one version that constraints.txt pins, so the question is whether requirements.txt leads to
exactly the pinned names. A set for a minor is resolved at its oldest and its newest patch release, and at every one
between them at which a marker of the set may change: each pin is in one of the results.

Independent of the solver: the search, how a requirement's range and marker are judged (packaging, on the text of each
Requires-Dist line), how extras are followed. Shared with it: the environments of the target (`model.target`) and the
metadata of each pinned release.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from resolvelib import AbstractProvider, BaseReporter
from resolvelib.resolvers import RequirementInformation, Resolution, ResolutionImpossible

from lockgen.model.result import Pin
from lockgen.model.target import Target, at_patch, environments
from lockgen.verify.reading import Reader, Resolved

_MOST_ROUNDS = 100_000
"""One for each name and extra would do; a set has hundreds."""

PackageExtra = tuple[NormalizedName, str]
"""A name and one of its extras; the empty extra stands for the name."""


@dataclass(frozen=True, slots=True, eq=False)
class _Need:
    """A requirement of requirements.txt or of a release, on one name or extra."""

    key: PackageExtra
    requirement: Requirement
    by: str


@dataclass(frozen=True, slots=True)
class _Pinned:
    """The only candidate of a name or extra."""

    key: PackageExtra
    version: Version


def complaints(
    target: Target,
    requirements: Sequence[Requirement],
    versions: Mapping[NormalizedName, Version],
    pins: Mapping[NormalizedName, Pin],
    reader: Reader,
) -> Iterator[str]:
    """Why requirements.txt (`requirements`) does not lead to exactly the pinned `versions`; nothing when it does.

    `pins` bring the metadata of each pinned release.
    """
    unclear: dict[str, None] = {}
    reached: set[NormalizedName] = set()
    question = _question(requirements, versions, pins)
    for environment in environments(target, _marker_texts(pins.values())):
        if same := _answered_alike(reader, question, _Provider(environment, versions, pins, reader, {})):
            reached |= same.reached
            continue
        provider = _Provider(environment, versions, pins, reader, unclear)
        try:
            result = Resolution(provider, BaseReporter()).resolve(provider.roots(requirements), max_rounds=_MOST_ROUNDS)
        except ResolutionImpossible as no:
            yield from dict.fromkeys(_unmet_complaint(cause.requirement, versions) for cause in no.causes)
            return
        if provider.conflicts:
            # With one version of each name there is no other way around a conflict, whatever the search makes of it:
            # resolvelib 1.2 may end with a result that lacks demands which a backjump took away.
            yield from dict.fromkeys(_unmet_complaint(need, versions) for need in provider.conflicts)
            return
        names = frozenset(name for name, _ in result.mapping)
        if not unclear:
            reader.resolved.setdefault(question, []).append(Resolved(provider.switched_on, names))
        reached |= names
    yield from unclear
    yield from (f"{name} is in the set and nothing asks for it" for name in sorted(pins.keys() - reached))


def _question(
    requirements: Sequence[Requirement],
    versions: Mapping[NormalizedName, Version],
    pins: Mapping[NormalizedName, Pin],
) -> Hashable:
    """What a resolution depends on besides the answers of its markers."""
    metadata = tuple((name, str(pin.version), pin.metadata.requires_dist) for name, pin in pins.items())
    return tuple(map(str, requirements)), tuple((name, str(each)) for name, each in versions.items()), metadata


def _answered_alike(reader: Reader, question: Hashable, here: _Provider) -> Resolved | None:
    """A resolution whose every marker has the same value in this environment: resolvelib would do the same again."""
    for known in reader.resolved.get(question, ()):
        looked_at = known.switched_on.items()
        if all(here.lines_on(here.pins[name], extra) == lines for (name, extra), lines in looked_at):
            return None if here.unclear else known
    return None


def reached_at(
    python: str,
    target: Target,
    asked: Sequence[Requirement],
    versions: Mapping[NormalizedName, Version],
    pins: Mapping[NormalizedName, Pin],
    reader: Reader,
) -> frozenset[NormalizedName]:
    """The pins that requirements.txt leads to on one patch release of the target ("3.11.7"). The set must be closed."""
    provider = _Provider(at_patch(target, python), versions, pins, reader, {})
    result = Resolution(provider, BaseReporter()).resolve(provider.roots(asked), max_rounds=_MOST_ROUNDS)
    return frozenset(name for name, _ in result.mapping)


def _unmet_complaint(need: _Need, versions: Mapping[NormalizedName, Version]) -> str:
    return f"{need.by} needs {need.requirement}, the set has {versions.get(need.key[0], 'none')}"


def _marker_texts(pins: Iterable[Pin]) -> Iterator[str]:
    for pin in pins:
        for line in pin.metadata.requires_dist:
            yield line.partition(";")[2]


@dataclass(slots=True, eq=False)
class _Provider(AbstractProvider[_Need, _Pinned, PackageExtra]):
    environment: Mapping[str, str]
    versions: Mapping[NormalizedName, Version]
    pins: Mapping[NormalizedName, Pin]
    reader: Reader
    unclear: dict[str, None]
    """Complaints about requirements whose marker cannot be evaluated, or that name an address; once each."""
    conflicts: list[_Need] = field(default_factory=list)
    """Needs that no pinned version fulfils."""
    switched_on: dict[PackageExtra, tuple[str, ...]] = field(default_factory=dict)
    """What was looked at, with the lines that hold there."""
    _satisfied: dict[_Need, bool] = field(default_factory=dict)
    _extras: dict[str, tuple[dict[str, str], dict[str, bool]]] = field(default_factory=dict)

    def roots(self, requirements: Iterable[Requirement]) -> list[_Need]:
        return [need for requirement in requirements for need in _needs_of(requirement, "requirements.txt")]

    def identify(self, requirement_or_candidate: _Need | _Pinned) -> PackageExtra:
        return requirement_or_candidate.key

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[PackageExtra],
        resolutions: Mapping[PackageExtra, _Pinned],
        candidates: Mapping[PackageExtra, Iterator[_Pinned]],
        information: Mapping[PackageExtra, Iterator[RequirementInformation[_Need, _Pinned]]],
        backtrack_causes: Sequence[RequirementInformation[_Need, _Pinned]],
    ) -> list[PackageExtra]:
        # With one candidate each, the order is of no matter; comparing all of them would cost most of the time.
        del resolutions, candidates, information, backtrack_causes
        return list(identifiers)[:1]

    def get_preference(
        self,
        identifier: PackageExtra,
        resolutions: Mapping[PackageExtra, _Pinned],
        candidates: Mapping[PackageExtra, Iterator[_Pinned]],
        information: Mapping[PackageExtra, Iterator[RequirementInformation[_Need, _Pinned]]],
        backtrack_causes: Sequence[RequirementInformation[_Need, _Pinned]],
    ) -> PackageExtra:
        del resolutions, candidates, information, backtrack_causes
        return identifier

    def find_matches(
        self,
        identifier: PackageExtra,
        requirements: Mapping[PackageExtra, Iterator[_Need]],
        incompatibilities: Mapping[PackageExtra, Iterator[_Pinned]],
    ) -> list[_Pinned]:
        version = self.versions.get(identifier[0])
        if version is None:
            self.conflicts += requirements[identifier]
        if version is None or any(incompatibilities.get(identifier, ())):
            return []
        pinned = _Pinned(identifier, version)
        return [pinned] if all(self.is_satisfied_by(need, pinned) for need in requirements[identifier]) else []

    def is_satisfied_by(self, requirement: _Need, candidate: _Pinned) -> bool:
        # resolvelib calls this at each step; of a name there is one version, so the need alone decides.
        known = self._satisfied.get(requirement)
        if known is None:
            known = requirement.requirement.specifier.contains(candidate.version, prereleases=True)
            self._satisfied[requirement] = known
            if not known:
                self.conflicts.append(requirement)
        return known

    def get_dependencies(self, candidate: _Pinned) -> list[_Need]:
        name, extra = candidate.key
        pin = self.pins.get(name)
        if pin is None:
            return []
        by = f"{name} {candidate.version}"
        on = self.lines_on(pin, extra)
        self.switched_on[name, extra] = on
        found = [need for line in on for need in self._needs_under_constraints(self.reader.requirement(line), by)]
        return [_Need((name, ""), Requirement(f"{name}=={candidate.version}"), by), *found] if extra else found

    def lines_on(self, pin: Pin, extra: str) -> tuple[str, ...]:
        """The pin's Requires-Dist lines that are switched on with this one extra ("" for none)."""
        environment, known = self._with_extra(extra)
        found = []
        for line in pin.metadata.requires_dist:
            try:
                if self.reader.switches_on(line, environment, known):
                    found.append(line)
            except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName) as error:
                complaint = f"{pin.name} {pin.version} requires {line!r}, which cannot be decided: {error}"
                self.unclear[complaint] = None
        return tuple(found)

    def _with_extra(self, extra: str) -> tuple[dict[str, str], dict[str, bool]]:
        """The environment with the extra, and what is known of the markers in it."""
        if extra not in self._extras:
            environment = {**self.environment, "extra": extra}
            self._extras[extra] = environment, self.reader.answers(environment)
        return self._extras[extra]

    def _needs_under_constraints(self, requirement: Requirement, by: str) -> Iterator[_Need]:
        if requirement.url:
            self.unclear[f"{by} takes {requirement.name} from an address, which no constraint can hold"] = None
        return _needs_of(requirement, by)


def _needs_of(requirement: Requirement, by: str) -> Iterator[_Need]:
    name = canonicalize_name(requirement.name)
    for extra in ("", *sorted(map(canonicalize_name, requirement.extras))):
        yield _Need((name, extra), requirement, by)
