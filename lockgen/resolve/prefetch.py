"""Hints to the source, so that a cold run fetches much at once. They are guesses: no outcome depends on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from packaging.utils import NormalizedName

from lockgen.errors import LockgenError
from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile, Metadata
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.incompatibility import Variable
from lockgen.resolve.masks import Choose, places
from lockgen.resolve.target_candidates import TargetCandidates

_AHEAD = 4
"""Times as many versions as were lost in a row are announced: the next must be on their way before they are due."""


@dataclass(slots=True)
class Prefetch:
    """Walks ahead of a search along the versions that it will probably take."""

    candidates: TargetCandidates
    _seen: set[tuple[NormalizedName, str]] = field(default_factory=set)
    """Packages and extras whose demands were walked along already."""
    _last: str = ""
    """The package looked at last."""
    _in_a_row: int = 0
    """How many of its versions were looked at in a row."""

    def along(self, demands: Iterable[Demand], choose: Callable[[NormalizedName], Choose]) -> None:
        """Walk breadth first along the version each demand alone would take, a wave of requests at a time."""
        memory, wave = self.candidates.memory, list(demands)
        try:
            while wave:
                memory.expect(demand.name for demand in wave)
                files = ((demand, self._guessed_file(demand, choose)) for demand in wave)
                guesses = [(demand, file) for demand, file in files if file is not None]
                memory.expect_metadata([file for _, file in guesses])
                wave = [new for demand, file in guesses for new in self._guessed_demands(demand, file)]
        except LockgenError:
            # The guess may be wrong. If it was not, the search meets the error itself.
            return

    def ahead(self, variable: Variable, place: int) -> None:
        """Announce the versions after this one, in growing batches while a package loses one after another."""
        self._in_a_row = self._in_a_row + 1 if variable.name == self._last else 1
        self._last = variable.name
        if self._in_a_row > 1 and self._in_a_row & (self._in_a_row - 1) == 0:
            left = variable.value & ~variable.absent
            older = places(left & ((1 << place) - 1))
            after = (older or places(left)[-2::-1])[: _AHEAD * self._in_a_row]
            files = (self.candidates.filter.files(variable.name, variable.versions[each]) for each in after)
            self.candidates.memory.expect_metadata([found[0] for found in files if isinstance(found, tuple)])

    def _guessed_file(self, demand: Demand, choose: Callable[[NormalizedName], Choose]) -> DistFile | None:
        if all((demand.name, extra) in self._seen for extra in ("", *demand.extras)):
            return None
        memory = self.candidates.memory
        listed = memory.listed(demand.name)
        left = memory.mask(demand.name, demand.specifier) & ~listed.prereleases
        while left:
            place = choose(demand.name)(left)
            files = self.candidates.filter.files(demand.name, listed.versions[place])
            if isinstance(files, tuple):
                return files[0]
            left &= ~(1 << place)
        return None

    def _guessed_demands(self, demand: Demand, file: DistFile) -> Iterator[Demand]:
        metadata = self.candidates.memory.metadata(file)
        if not isinstance(metadata, Metadata):
            return
        candidate = Candidate(
            name=file.name,
            version=file.version,
            files=(file,),
            metadata=metadata,
            requires_dist=self.candidates.memory.requires_dist(file, metadata),
            yanked=file.yanked,
        )
        for extra in ("", *sorted(demand.extras)):
            if (file.name, extra) not in self._seen:
                self._seen.add((file.name, extra))
                yield from self.candidates.demands(candidate, extra)
