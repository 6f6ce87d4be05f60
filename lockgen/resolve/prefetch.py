"""Hints to the source, so that a cold run asks many questions at once. They are guesses: no answer depends on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from packaging.utils import NormalizedName

from lockgen.demands import Demand
from lockgen.errors import LockgenError
from lockgen.records import DistFile, Metadata
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.strategy import Choose
from lockgen.resolve.target_candidates import TargetCandidates


@dataclass(slots=True)
class Prefetch:
    """Walks ahead of a search along the versions that it will probably take."""

    candidates: TargetCandidates
    _seen: set[tuple[NormalizedName, str]] = field(default_factory=set)
    """Packages and extras whose demands were walked along already."""

    def along(self, demands: Iterable[Demand], choose: Callable[[NormalizedName], Choose]) -> None:
        """Walk breadth first along the version each demand alone would take, a wave of questions at a time."""
        memory, wave = self.candidates.memory, list(demands)
        try:
            while wave:
                memory.expect(demand.name for demand in wave)
                guesses = [(demand, file) for demand in wave if (file := self._guess(demand, choose)) is not None]
                memory.expect_metadata([file for _, file in guesses])
                wave = [new for demand, file in guesses for new in self._next(demand, file)]
        except LockgenError:
            # A guess may ask what nobody will: whoever really asks gets the error.
            return

    def _guess(self, demand: Demand, choose: Callable[[NormalizedName], Choose]) -> DistFile | None:
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

    def _next(self, demand: Demand, file: DistFile) -> Iterator[Demand]:
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
