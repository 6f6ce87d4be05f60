"""One question put at moment after moment: what still stands is not searched again.

A search is a function of the answers it was given (`provider`). Time changes only those about releases that get files,
and the rule about pre-releases where a first final release appears (`prereleases`). So an answer stands until the next
upload of a file the target can use, of a release the search asked about; at any other moment there is nothing to solve.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import count

from lockgen.model.conflict import Demand
from lockgen.model.history import SetAt, Upload, at_moment, held_back
from lockgen.model.index import DistFile, PackageSource
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request
from lockgen.model.result import Versions
from lockgen.resolve.build import build_request
from lockgen.resolve.candidates import CandidateFilter
from lockgen.resolve.incompatibility import Incompatibility
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.outcome import pinned
from lockgen.resolve.provider import DemandsKey, Provider
from lockgen.resolve.resolver import search, versions_of
from lockgen.resolve.target_candidates import ReleaseKey, TargetCandidates
from lockgen.resolve.uploads import Uploads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _SetFound:
    """A finished search: all it asked, and what it found."""

    number: int
    base: int
    """The search that stood before it on its target; 0 when there was none."""
    transcript: Mapping[DemandsKey, object]
    fresh: frozenset[DemandsKey]
    """What `base` did not ask, or was answered otherwise."""
    asked: Mapping[ReleaseKey, tuple[DemandsKey, ...]]
    """The questions by release."""
    waiting: tuple[Demand, ...]
    """Demands that offered pre-releases because there was no final release yet."""
    finals: frozenset[ReleaseKey]
    """The final releases that would end that, usable on the target or not."""
    pins: Versions | None


@dataclass(slots=True)
class Replays:
    """Follows requests through time against one source; what one request learnt serves the others."""

    source: PackageSource
    searches: int = 0
    """How many answers needed a search of their own."""
    memory: MemoryIndex = field(init=False)
    uploads: Uploads = field(init=False)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _current: dict[object, dict[str, _SetFound]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.memory = MemoryIndex(self.source)
        self.uploads = Uploads(self.memory)

    def follow(self, request: Request) -> Replay:
        """A follower of the request, whose cut-offs are the last moments that can be asked for."""
        return Replay(request, self, self._current.setdefault(_about(request), {}))

    def once(self, request: Request) -> Versions | None:
        """The set the request gets as it stands, None when there is none; nothing is remembered."""
        provider = Provider(request, TargetCandidates(request, self.memory))
        _, found = search(provider)
        if isinstance(found, Incompatibility):
            return None
        pins = pinned(provider, versions_of(found))
        question = build_request(request, pins, self.source)
        if isinstance(question, Refusal) or (question is not None and self.once(question) is None):
            return None
        return {pin.name: pin.version for pin in pins}


@dataclass(eq=False)
class Replay:
    """One request on its way through time. `others` holds what stands for the requests that differ in target only."""

    request: Request
    courses: Replays
    others: dict[str, _SetFound]
    _moment: datetime | None = None
    _candidates: TargetCandidates | None = None
    _found: _SetFound | None = None
    _build: Replay | None = None
    _usable: dict[ReleaseKey, tuple[DistFile, ...]] = field(default_factory=dict)
    _announced: set[ReleaseKey] = field(default_factory=set)

    def at(self, moment: datetime) -> SetAt:
        """The answer at a moment that is later than any asked for before.

        Raises LockgenError only when the source could not be asked.
        """
        request = at_moment(self.request, moment)
        since, before = self._moment, self._found
        fresh = self.courses.uploads.between(since, moment) if since else set()
        provider = Provider(request, self._later(request, fresh))
        self._moment, self._candidates = moment, provider.candidates
        changed = [key for key in fresh if before and key in before.asked and not _agrees(provider, before, key)]
        if before and not all(map(provider.policy.waits, before.waiting)):
            changed += [key for key in fresh if key in before.finals and key not in changed]
        found = before if before and not changed else self._adopted(provider, fresh) or self._search(provider)
        if found is not before:
            self._found = found
            self._foresee(found)
        news = tuple(sorted(self._came(key, since, moment) for key in changed)) if since else ()
        return self._built(provider, SetAt(pins=found.pins, until=self._next(found, moment), news=news))

    def without(self, moment: datetime, upload: Upload) -> Versions | None:
        """The set at the moment, had this release not come. None: no set."""
        return self.courses.once(held_back(at_moment(self.request, moment), upload.name, upload.version))

    def _later(self, request: Request, fresh: Collection[ReleaseKey]) -> TargetCandidates:
        """What was looked at before and got no file since is taken over."""
        if self._candidates is None or self._found is None:
            return TargetCandidates(request, self.courses.memory)
        return self._candidates.later(request, fresh)

    def _adopted(self, provider: Provider, fresh: Collection[ReleaseKey]) -> _SetFound | None:
        """What another target's search found, if this one would answer all its questions alike."""
        number = self._found.number if self._found else 0
        for other in sorted(set(self.others.values()), key=lambda found: -found.number):
            questions: Iterable[DemandsKey] = other.transcript
            if number and other.base == number:
                # The rest this target was asked by the search before, and has answered like the other one.
                questions = other.fresh.union(*(other.asked[key] for key in fresh if key in other.asked))
            same = all(provider.fingerprint(question) == other.transcript[question] for question in questions)
            if same and all(map(provider.policy.waits, other.waiting)):
                self.others[self._name] = other
                return other
        return None

    def _search(self, provider: Provider) -> _SetFound:
        self.courses.searches += 1
        _, result = search(provider)
        pins = None if isinstance(result, Incompatibility) else pinned(provider, versions_of(result))
        transcript = provider.transcript()
        known = self._found.transcript if self._found else {}
        asked: dict[ReleaseKey, tuple[DemandsKey, ...]] = {}
        for question in transcript:
            asked[question[:2]] = (*asked.get(question[:2], ()), question)
        waiting = provider.waiting
        finals = frozenset((each.name, version) for each in waiting for version in provider.policy.finals(each))
        self.courses.uploads.note((*provider.candidates.looked_at, *finals))
        found = _SetFound(
            number=next(self.courses.numbers),
            base=self._found.number if self._found else 0,
            transcript=transcript,
            fresh=frozenset(q for q, answer in transcript.items() if q not in known or known[q] != answer),
            asked=asked,
            waiting=waiting,
            finals=finals,
            pins=None if pins is None else {pin.name: pin.version for pin in pins},
        )
        self.others[self._name] = found
        return found

    def _foresee(self, found: _SetFound) -> None:
        """Announce what the search will ask once it is uploaded: a cold run then asks many questions at once."""
        late = [key for key in found.asked if found.transcript.get((*key, "")) is None and key not in self._announced]
        self._announced.update(late)
        files = (self._ever.files(*key) for key in late)
        self.courses.memory.expect_metadata([each[0] for each in files if isinstance(each, tuple)])

    def _built(self, provider: Provider, standing: SetAt) -> SetAt:
        """A set that cannot be built is no set: what its sdists need is followed too."""
        pins = pinned(provider, standing.pins) if standing.pins and provider.request.sdists else ()
        question = build_request(self.request, pins, self.courses.source)
        if question is None:
            return standing
        if isinstance(question, Refusal):
            return replace(standing, pins=None)
        if self._build is None or self._build.request.rows != question.rows:
            self._build = self.courses.follow(question)
        assert self._moment is not None  # noqa: S101 - `at` has set it
        build = self._build.at(self._moment)
        return SetAt(
            pins=None if build.pins is None else standing.pins,
            until=min((each for each in (standing.until, build.until) if each), default=None),
            news=tuple(sorted({*standing.news, *build.news})),
        )

    def _next(self, found: _SetFound, moment: datetime) -> datetime | None:
        """The first later upload of a file this target can use, of a release that was asked about."""
        for when, key in self.courses.uploads.after(moment):
            if key in found.asked and any(file.uploaded == when for file in self._files(key)):
                return when
            if key in found.finals and when <= self.request.as_of_for.get(key[0], self.request.as_of):
                return when
        return None

    def _came(self, key: ReleaseKey, since: datetime, moment: datetime) -> Upload:
        """With which file the release came to this target, or changed for it; any file where none is for it."""
        project = self.courses.memory.project(key[0])
        for files in (self._files(key), project.files(key[1]) if project else ()):
            times = [(file.uploaded, file.filename) for file in files if file.uploaded]
            if inside := [each for each in times if since < each[0] <= moment]:
                break
        when, filename = min(inside)
        return Upload(uploaded=when, name=key[0], version=key[1], filename=filename)

    def _files(self, key: ReleaseKey) -> tuple[DistFile, ...]:
        """The release's files that this target can use, whenever they came."""
        if key not in self._usable:
            project = self.courses.memory.project(key[0])
            listed = project.files(key[1]) if project else ()
            self._usable[key] = tuple(file for file in listed if self._ever.complaint(file) is None)
        return self._usable[key]

    @cached_property
    def _ever(self) -> CandidateFilter:
        return CandidateFilter(self.request, self.courses.memory)

    @property
    def _name(self) -> str:
        return self.request.target.name


def _about(request: Request) -> object:
    """What a search depends on besides the answers it was given and the cut-offs behind them.

    The limits too: what they rule out is never asked about.
    """
    limits = tuple((each.name, str(each.specifier)) for each in request.constraints if each.releases is None)
    return request.rows, request.demands, request.strategy, request.buildable, limits


def _agrees(provider: Provider, found: _SetFound, key: ReleaseKey) -> bool:
    return all(provider.fingerprint(question) == found.transcript[question] for question in found.asked[key])
