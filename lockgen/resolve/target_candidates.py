"""One target's candidates and what each of them demands.

Rows and known issues play no part, so all requests about the target share it: lint and try make hundreds. Overrides and
exclusions do: they stand in place of what the metadata demands.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile
from lockgen.model.origin import OverrideOrigin, ReleaseOrigin
from lockgen.model.overrides import OverrideRule, extra_of
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request
from lockgen.resolve.candidates import Candidate, CandidateFilter
from lockgen.resolve.listed import facts_there
from lockgen.resolve.memory import MemoryIndex, RequiresDist

ReleaseKey = tuple[NormalizedName, Version]
"""A release by package and version."""
RangeKey = tuple[str, NormalizedName, int]
"""A question about a range of a package: what is asked, the package, the identity of the specifier set."""


@dataclass(frozen=True, eq=False)
class TargetCandidates:
    """Of `request` rows and known issues do not count. The other fields are caches."""

    request: Request
    memory: MemoryIndex
    _files: dict[ReleaseKey, tuple[DistFile, ...] | Refusal] = field(default_factory=dict)
    _candidates: dict[ReleaseKey, Candidate | Refusal] = field(default_factory=dict)
    _demands: dict[tuple[NormalizedName, Version, str], tuple[Demand, ...]] = field(default_factory=dict)
    _facts: dict[ReleaseKey, str] = field(default_factory=dict)
    ranges: dict[RangeKey, tuple[SpecifierSet, int]] = field(default_factory=dict)
    """What `prereleases` worked out of a range, whose identity is kept its own by holding it; `later` begins anew."""

    @cached_property
    def filter(self) -> CandidateFilter:
        """The rules by which files are judged."""
        return CandidateFilter(self.request, self.memory, self._files)

    @property
    def looked_at(self) -> Collection[ReleaseKey]:
        """Every release whose files were judged."""
        return self._files.keys()

    def later(self, request: Request, changed: Collection[ReleaseKey]) -> TargetCandidates:
        """The same at a later cut-off, when of all `looked_at` only the `changed` releases got files."""
        files, candidates = dict(self._files), dict(self._candidates)
        for key in changed:
            files.pop(key, None)
            candidates.pop(key, None)
        demands = {question: found for question, found in self._demands.items() if question[:2] not in changed}
        return TargetCandidates(request, self.memory, files, candidates, demands)

    def candidate(self, name: NormalizedName, version: Version) -> Candidate | Refusal:
        """The release as this target sees it."""
        key = name, version
        if key not in self._candidates:
            self._candidates[key] = self.filter.candidate(name, version)
        return self._candidates[key]

    def demands(self, candidate: Candidate, extra: str) -> tuple[Demand, ...]:
        """What its metadata demands, or one of its extras on top; the names are announced to the source."""
        key = candidate.name, candidate.version, extra
        if key not in self._demands:
            on = tuple(
                place for place, line in enumerate(candidate.requires_dist) if self._is_on(candidate, line, extra)
            )
            # One object for all targets that switch on the same lines of the same file.
            file = candidate.files[0]
            files = file.name, file.filename, candidate.metadata.sha256
            known = ("demands", *files, extra, on, self._touching(candidate, on))
            self._demands[key] = self.memory.kept(known, lambda: _demands(candidate, extra, on, self._overrides))
            self.memory.expect(demand.name for demand in self._demands[key])
        return self._demands[key]

    def answer(self, key: tuple[NormalizedName, Version, str]) -> object:
        """Why the release is refused, or its yank and demands with this extra: all that a search depends on."""
        name, version, extra = key
        candidate = self.candidate(name, version)
        return candidate if isinstance(candidate, Refusal) else (candidate.yanked, self.demands(candidate, extra))

    def facts(self, name: NormalizedName, version: Version) -> str:
        """What the index has of the release: files at the cut-off and the digest of the metadata, as JSON.

        Empty when it had no file then.
        """
        key = name, version
        if key not in self._facts:
            listed = facts_there(self.request, self.memory, name, version)
            candidate = self.candidate(name, version)
            metadata = candidate.metadata.sha256 if isinstance(candidate, Candidate) else ""
            self._facts[key] = f"{listed},{json.dumps(metadata)}]" if listed else ""
        return self._facts[key]

    @cached_property
    def _overrides(self) -> dict[NormalizedName, OverrideRule]:
        return {
            rule.name: replace(rule, specifier=self.memory.interned(rule.specifier)) for rule in self.request.overrides
        }

    @cached_property
    def _excluded(self) -> frozenset[NormalizedName]:
        return frozenset(rule.name for rule in self.request.excludes)

    def _touching(self, candidate: Candidate, on: tuple[int, ...]) -> tuple[OverrideRule, ...]:
        """The overrides that change one of these lines of the release."""
        if not self._overrides:
            return ()
        names = dict.fromkeys(candidate.requires_dist[place].name for place in on)
        return tuple(self._overrides[name] for name in names if name in self._overrides and name != candidate.name)

    def is_replaced(self, name: NormalizedName) -> bool:
        """Whether what releases demand of the package does not count."""
        return name in self._overrides or name in self._excluded

    def _is_on(self, candidate: Candidate, line: RequiresDist, extra: str) -> bool:
        """A line without an extra in its marker belongs to the base alone, so an extra adds only what it adds.

        Of the marker of an overridden line only the extra counts, and an excluded package is never demanded.
        """
        if line.name in self._excluded:
            return False
        if line.name in self._overrides and line.name != candidate.name:
            return extra_of(line.condition) == extra
        if line.marker is None:
            return not extra
        target = self.request.target
        base = self.memory.switches_on(target, line, "")
        return base if not extra else not base and self.memory.switches_on(target, line, extra)


def _demands(
    candidate: Candidate, extra: str, on: tuple[int, ...], overrides: Mapping[NormalizedName, OverrideRule]
) -> tuple[Demand, ...]:
    origin = ReleaseOrigin(name=candidate.name, extra=extra, version=candidate.version)
    found: dict[object, Demand] = {}
    for place in on:
        line = candidate.requires_dist[place]
        rule = None if line.name == candidate.name else overrides.get(line.name)
        if rule is None:
            found[place] = Demand(name=line.name, specifier=line.specifier, extras=line.extras, origin=origin)
        else:
            # Several lines on one package become one demand.
            found[line.name] = Demand(
                name=line.name,
                specifier=rule.specifier,
                extras=rule.extras,
                origin=OverrideOrigin(where=rule.where, beside=origin),
            )
    return tuple(found.values())


def candidates_of(request: Request, memory: MemoryIndex) -> TargetCandidates:
    """The candidates that serve the request: made once for all requests that differ in rows and known issues only."""
    return memory.kept(("candidates", *_candidates_key(request)), lambda: TargetCandidates(request, memory))


def _candidates_key(request: Request) -> tuple[object, ...]:
    """What the candidates of a request depend on."""
    target = request.target
    cut_offs = request.as_of, tuple(sorted(request.as_of_for.items())), request.undated, request.unhashed
    python = target.floor, target.every_patch
    rules = request.sdists, request.stated, request.buildable, request.overrides, request.excludes
    return target.name, *python, target.platform, *cut_offs, *rules
