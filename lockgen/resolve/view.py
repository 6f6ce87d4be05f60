"""One target's view of the index, whatever is asked of it: releases, their demands, and what known issues add.

It knows no rows, so every request about the target shares it: lint and try put hundreds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.records import Constraint, DistFile, Refusal, Request
from lockgen.resolve.candidates import Release, Sieve
from lockgen.resolve.shelf import Clause, Shelf


@dataclass(frozen=True, eq=False)
class View:
    """What `request` says beside its rows decides: target, cut-offs, sdists and known issues."""

    request: Request
    shelf: Shelf
    _files: dict[tuple[NormalizedName, Version], tuple[DistFile, ...] | Refusal] = field(default_factory=dict)
    _releases: dict[tuple[NormalizedName, Version], Release | Refusal] = field(default_factory=dict)
    _demands: dict[tuple[NormalizedName, Version, str], tuple[Demand, ...]] = field(default_factory=dict)
    _facts: dict[tuple[NormalizedName, Version], str] = field(default_factory=dict)

    @cached_property
    def sieve(self) -> Sieve:
        """The rules by which files are judged."""
        return Sieve(self.request, self.shelf, self._files)

    @cached_property
    def limits(self) -> Mapping[NormalizedName, tuple[Demand, ...]]:
        """Known issues that narrow a package wherever it is in the set."""
        found: dict[NormalizedName, list[Demand]] = {}
        for constraint in self.request.constraints:
            if constraint.releases is None:
                found.setdefault(constraint.name, []).append(self._said(constraint))
        return {name: tuple(demands) for name, demands in found.items()}

    @property
    def looked_at(self) -> Collection[tuple[NormalizedName, Version]]:
        """Every release whose files were judged."""
        return self._files.keys()

    def later(self, request: Request, changed: Collection[tuple[NormalizedName, Version]]) -> View:
        """The view of this target at a later cut-off, when of all `looked_at` only the `changed` releases got files."""
        files, releases = dict(self._files), dict(self._releases)
        for key in changed:
            files.pop(key, None)
            releases.pop(key, None)
        demands = {question: found for question, found in self._demands.items() if question[:2] not in changed}
        return View(request, self.shelf, files, releases, demands)

    def release(self, name: NormalizedName, version: Version) -> Release | Refusal:
        """The release as this target sees it."""
        key = (name, version)
        if key not in self._releases:
            self._releases[key] = self.sieve.release(name, version)
        return self._releases[key]

    def demands(self, release: Release, extra: str) -> tuple[Demand, ...]:
        """What the release demands, or what one of its extras demands on top; its names are announced to the source."""
        key = (release.name, release.version, extra)
        if key not in self._demands:
            on = tuple(place for place, clause in enumerate(release.clauses) if self._is_on(clause, extra))
            found = self.shelf.demands(release, extra, on)
            if more := self._added(release, extra):
                found += more
            self.shelf.expect(demand.name for demand in found)
            self._demands[key] = found
        return self._demands[key]

    def facts(self, name: NormalizedName, version: Version) -> str:
        """What the index says of the release: files at the cut-off and the digest of the metadata, as JSON.

        Empty when it had no file then.
        """
        key = (name, version)
        if key not in self._facts:
            project = self.shelf.project(name)
            files = [
                [file.filename, file.sha256, file.requires_python, file.yanked]
                for file in (project.files(version) if project else ())
                if self.sieve.existed(file)
            ]
            release = self.release(name, version)
            metadata = release.metadata.sha256 if isinstance(release, Release) else ""
            listed = sorted(files, key=lambda file: str(file[0]))
            said = json.dumps([name, str(version), listed, metadata], separators=(",", ":"))
            self._facts[key] = said if files else ""
        return self._facts[key]

    def _is_on(self, clause: Clause, extra: str) -> bool:
        """A clause without an extra in its marker belongs to the base alone, so an extra adds only what it adds."""
        if clause.marker is None:
            return not extra
        base = self.shelf.holds(self.request.target, clause.marker, "")
        return base if not extra else not base and self.shelf.holds(self.request.target, clause.marker, extra)

    def _added(self, release: Release, extra: str) -> tuple[Demand, ...]:
        return tuple(
            replace(self._said(constraint), release=(release.name, extra, release.version))
            for constraint in self.request.constraints
            if constraint.releases is not None
            and constraint.releases[0] == release.name
            and (extra in constraint.extras if constraint.extras else not extra)
            and self.shelf.contains(constraint.releases[1], release.version)
        )

    def _said(self, constraint: Constraint) -> Demand:
        specifier = self.shelf.interned(constraint.specifier)
        return Demand(name=constraint.name, specifier=specifier, by=constraint.by)


def view_of(request: Request, shelf: Shelf) -> View:
    """The view that serves the request: made once for all requests that differ in their rows only."""
    cut_offs = (request.as_of, tuple(sorted(request.as_of_for.items())), request.undated)
    key = (request.target.name, request.target.platform, *cut_offs, request.sdists, request.buildable)
    return shelf.kept((*key, request.constraints), lambda: View(request, shelf))
