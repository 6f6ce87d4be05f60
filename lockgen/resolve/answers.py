"""The questions a search asks about one request, answered once and written down.

A search is a function of the answers it was given. Two targets that would answer every question of a finished search
alike therefore have the same solution: `Answers.agrees` is how the second one is spared the search.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.records import Constraint, Refusal, Request, Row
from lockgen.resolve.candidates import Release, Sieve
from lockgen.resolve.permission import Permission
from lockgen.resolve.shelf import Clause, Shelf
from lockgen.resolve.strategy import ranked

Question = tuple[NormalizedName, Version, str]
"""A release and the extra asked of it; the empty extra asks for the release itself."""


@dataclass(slots=True, eq=False)
class _Known:
    """What was worked out so far, and which of it a search asked for."""

    releases: dict[tuple[NormalizedName, Version], Release | Refusal] = field(default_factory=dict)
    demands: dict[Question, tuple[Demand, ...]] = field(default_factory=dict)
    versions: dict[NormalizedName, tuple[Version, ...]] = field(default_factory=dict)
    asked: dict[Question, object] = field(default_factory=dict)
    looked: dict[NormalizedName, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Answers:
    """One request's view of the index."""

    request: Request
    shelf: Shelf
    _known: _Known = field(default_factory=_Known)

    @cached_property
    def sieve(self) -> Sieve:
        """The rules by which files are judged."""
        return Sieve(self.request, self.shelf)

    @cached_property
    def rows(self) -> dict[NormalizedName, Row]:
        """The request's rows by name, in matrix order."""
        return {row.name: row for row in self.request.rows}

    @cached_property
    def roots(self) -> tuple[Demand, ...]:
        """What the request itself demands: its rows in matrix order, then what else it holds the set to."""
        rows = tuple(
            Demand(name=row.name, specifier=self.shelf.interned(row.specifier), extras=row.extras, by=row.where)
            for row in self.request.rows
        )
        others = (replace(each, specifier=self.shelf.interned(each.specifier)) for each in self.request.demands)
        return (*rows, *others)

    @cached_property
    def permission(self) -> Permission:
        """Who may have what is not offered by itself."""
        return Permission(self.shelf, self.sieve, self.roots)

    @cached_property
    def limits(self) -> Mapping[NormalizedName, tuple[Demand, ...]]:
        """Known issues that narrow a package wherever it is in the set."""
        found: dict[NormalizedName, list[Demand]] = {}
        for constraint in self.request.constraints:
            if constraint.releases is None:
                found.setdefault(constraint.name, []).append(self._issue_demand(constraint))
        return {name: tuple(demands) for name, demands in found.items()}

    def versions(self, name: NormalizedName) -> tuple[Version, ...]:
        """Every listed version, in the order this request wants them."""
        if name not in self._known.versions:
            project = self.shelf.project(name)
            listed = project.versions if project else ()
            self._known.versions[name] = ranked(listed, self.rows.get(name), self.request.strategy)
        return self._known.versions[name]

    def release(self, name: NormalizedName, version: Version) -> Release | Refusal:
        """The release as this target sees it."""
        found = self._release(name, version)
        if (name, version, "") not in self._known.asked:
            self._known.asked[name, version, ""] = None
            self._read_on(name, version)
        return found

    def demands(self, release: Release, extra: str = "") -> tuple[Demand, ...]:
        """What the release demands, or what one of its extras demands on top."""
        question = (release.name, release.version, extra)
        self._known.asked.setdefault(question, None)
        return self.announced(release, extra)

    def transcript(self) -> dict[Question, object]:
        """Every question asked so far with a fingerprint of its answer."""
        return {question: self._fingerprint(question) for question in self._known.asked}

    def agrees(self, transcript: Mapping[Question, object]) -> bool:
        """Whether this request would answer every question of a finished search alike."""
        return all(self._fingerprint(question) == answer for question, answer in transcript.items())

    def adopt(self, transcript: Mapping[Question, object]) -> None:
        """Take over another search's questions as asked."""
        self._known.asked.clear()
        self._known.asked.update(transcript)

    def count_as_asked(self, others: Answers) -> None:
        """What a variant of this request was asked is asked of this one too: what came of it rests on the answers."""
        self._known.asked.update(others._known.asked)

    def snapshot(self) -> str:
        """Hex sha256 over what the index said to the questions asked: files at the cut-off and metadata."""
        facts = sorted(self._facts(name, version) for name, version in {(q[0], q[1]) for q in self._known.asked})
        text = json.dumps([fact for fact in facts if fact[2]], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def refused(self) -> tuple[Refusal, ...]:
        """Every release that was asked for and refused."""
        found = (self._known.releases[name, version] for name, version, extra in self._known.asked if not extra)
        return tuple(answer for answer in found if isinstance(answer, Refusal))

    def _read_on(self, name: NormalizedName, version: Version) -> None:
        """Whoever has looked at several versions of a package will look at more: announce twice as many each time."""
        count = self._known.looked[name] = self._known.looked.get(name, 0) + 1
        versions = self.versions(name)
        if count > 1 and count & (count - 1) == 0 and version in versions:
            after = versions.index(version) + 1
            files = (self.sieve.files(name, each) for each in versions[after : after + count])
            self.shelf.expect_metadata([found[0] for found in files if isinstance(found, tuple)])

    def _release(self, name: NormalizedName, version: Version) -> Release | Refusal:
        key = (name, version)
        if key not in self._known.releases:
            self._known.releases[key] = self.sieve.release(name, version)
        return self._known.releases[key]

    def announced(self, release: Release, extra: str) -> tuple[Demand, ...]:
        """`demands`, without counting as a question of the search; the names in it are announced to the source."""
        key = (release.name, release.version, extra)
        if key not in self._known.demands:
            on = tuple(place for place, clause in enumerate(release.clauses) if self._is_on(clause, extra))
            found = self.shelf.demands(release, extra, on)
            if not extra and (more := self._issue_demands(release)):
                found += more
            self.shelf.expect(demand.name for demand in found)
            self._known.demands[key] = found
        return self._known.demands[key]

    def _is_on(self, clause: Clause, extra: str) -> bool:
        """A clause without an extra in its marker belongs to the base alone, so an extra adds only what it adds."""
        if clause.marker is None:
            return not extra
        base = self.shelf.holds(self.request.target, clause.marker, "")
        return base if not extra else not base and self.shelf.holds(self.request.target, clause.marker, extra)

    def _issue_demands(self, release: Release) -> tuple[Demand, ...]:
        return tuple(
            replace(self._issue_demand(constraint), release=(release.name, "", release.version))
            for constraint in self.request.constraints
            if constraint.releases is not None
            and constraint.releases[0] == release.name
            and self.shelf.contains(constraint.releases[1], release.version)
        )

    def _issue_demand(self, constraint: Constraint) -> Demand:
        specifier = self.shelf.interned(constraint.specifier)
        return Demand(name=constraint.name, specifier=specifier, by=constraint.by)

    def _fingerprint(self, question: Question) -> object:
        name, version, extra = question
        release = self._release(name, version)
        if isinstance(release, Refusal):
            return None
        demands = self.announced(release, extra)
        limits = tuple(str(limit.specifier) for limit in self.limits.get(name, ()))
        return release.yanked is None, limits, demands

    def _facts(self, name: NormalizedName, version: Version) -> tuple[str, str, list[list[str | None]], str]:
        project = self.shelf.project(name)
        files = [
            [file.filename, file.sha256, file.requires_python, file.yanked]
            for file in (project.files(version) if project else ())
            if self.sieve.existed(file)
        ]
        release = self._release(name, version)
        metadata = release.metadata.sha256 if isinstance(release, Release) else ""
        return name, str(version), sorted(files, key=lambda file: str(file[0])), metadata
