"""The questions a search asks about one request, answered once and written down.

A search is a function of the answers it was given. Two targets that would answer every question of a finished search
alike therefore have the same solution: `Answers.agrees` is how the second one is spared the search.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.records import Refusal, Request, Row
from lockgen.resolve.candidates import Release, Sieve
from lockgen.resolve.permission import Permission
from lockgen.resolve.shelf import Shelf
from lockgen.resolve.strategy import ranked
from lockgen.resolve.view import View, view_of

Question = tuple[NormalizedName, Version, str]
"""A release and the extra asked of it; the empty extra asks for the release itself."""


@dataclass(slots=True, eq=False)
class _Known:
    """What was worked out so far, and which of it a search asked for."""

    versions: dict[NormalizedName, tuple[Version, ...]] = field(default_factory=dict)
    asked: dict[Question, object] = field(default_factory=dict)
    looked: dict[NormalizedName, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Answers:
    """One request's view of the index."""

    request: Request
    shelf: Shelf
    view: View | None = None
    """The view to look through, where the caller has one of this request's; else the one kept on the shelf."""
    _known: _Known = field(default_factory=_Known)

    @cached_property
    def _view(self) -> View:
        return view_of(self.request, self.shelf) if self.view is None else self.view

    @cached_property
    def sieve(self) -> Sieve:
        """The rules by which files are judged."""
        return self._view.sieve

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
        return self._view.limits

    def versions(self, name: NormalizedName) -> tuple[Version, ...]:
        """Every listed version, in the order this request wants them."""
        if name not in self._known.versions:
            row = self.rows.get(name)
            key = ("ranked", name, row and (row.recommended,), self.request.strategy)
            self._known.versions[name] = self.shelf.kept(key, lambda: self._ranked(name, row))
        return self._known.versions[name]

    def _ranked(self, name: NormalizedName, row: Row | None) -> tuple[Version, ...]:
        project = self.shelf.project(name)
        return ranked(project.versions if project else (), row, self.request.strategy)

    def release(self, name: NormalizedName, version: Version) -> Release | Refusal:
        """The release as this target sees it."""
        found = self._view.release(name, version)
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
        return {question: self.fingerprint(question) for question in self._known.asked}

    def agrees(self, transcript: Mapping[Question, object]) -> bool:
        """Whether this request would answer every question of a finished search alike."""
        return all(self.fingerprint(question) == answer for question, answer in transcript.items())

    def adopt(self, transcript: Mapping[Question, object]) -> None:
        """Take over another search's questions as asked."""
        self._known.asked.clear()
        self._known.asked.update(transcript)

    def count_as_asked(self, others: Answers) -> None:
        """What a variant of this request was asked is asked of this one too: what came of it rests on the answers."""
        self._known.asked.update(others._known.asked)

    def snapshot(self) -> str:
        """Hex sha256 over what the index said to the questions asked: files at the cut-off and metadata."""
        asked = sorted({(name, str(version)): (name, version) for name, version, _ in self._known.asked}.items())
        facts = (self._view.facts(*release) for _, release in asked)
        return hashlib.sha256(f"[{','.join(filter(None, facts))}]".encode()).hexdigest()

    def refused(self) -> tuple[Refusal, ...]:
        """Every release that was asked for and refused."""
        found = (self._view.release(name, version) for name, version, extra in self._known.asked if not extra)
        return tuple(answer for answer in found if isinstance(answer, Refusal))

    def fingerprint(self, question: Question) -> object:
        """What stands for the answer to a question: equal fingerprints, equal answers."""
        name, version, extra = question
        release = self._view.release(name, version)
        if isinstance(release, Refusal):
            return None
        demands = self.announced(release, extra)
        limits = tuple(str(limit.specifier) for limit in self.limits.get(name, ()))
        return release.yanked is None, limits, demands

    def _read_on(self, name: NormalizedName, version: Version) -> None:
        """Whoever has looked at several versions of a package will look at more: announce twice as many each time."""
        count = self._known.looked[name] = self._known.looked.get(name, 0) + 1
        versions = self.versions(name)
        if count > 1 and count & (count - 1) == 0 and version in versions:
            after = versions.index(version) + 1
            files = (self.sieve.files(name, each) for each in versions[after : after + count])
            self.shelf.expect_metadata([found[0] for found in files if isinstance(found, tuple)])

    def announced(self, release: Release, extra: str) -> tuple[Demand, ...]:
        """`demands`, without counting as a question of the search; the names in it are announced to the source."""
        return self._view.demands(release, extra)
