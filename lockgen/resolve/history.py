"""One request at moment after moment: a set that no upload changed is not searched again.

A search is a function of what it looked up (`provider`). Time changes only the releases that get files, and the rule
about pre-releases where a first final release appears (`prereleases`). So a set stands until the next upload of a file
that the target can use, of a release the search looked up; at any other moment there is nothing to solve.
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
from lockgen.resolve.candidates import CandidateFilter
from lockgen.resolve.incompatibility import Incompatibility
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.outcome import build_request, pinned
from lockgen.resolve.provider import DemandsKey, Provider
from lockgen.resolve.resolver import search, versions_of
from lockgen.resolve.target_candidates import ReleaseKey, TargetCandidates
from lockgen.resolve.uploads import Uploads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _SetFound:
    """A finished search: all it looked up, and what it found."""

    number: int
    base: int
    """The search that stood before it on its target; 0 when there was none."""
    transcript: Mapping[DemandsKey, object]
    fresh: frozenset[DemandsKey]
    """What `base` did not look up, or had another answer to."""
    looked_up: Mapping[ReleaseKey, tuple[DemandsKey, ...]]
    """The keys of the transcript by release."""
    waiting: tuple[Demand, ...]
    """Demands that offered pre-releases because there was no final release yet."""
    finals: frozenset[ReleaseKey]
    """The final releases that would end that, usable on the target or not."""
    pins: Versions | None


@dataclass(slots=True)
class Replays:
    """Replays requests through time against one source; the search of one target serves the others."""

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
        """The replay of the request, whose cut-offs are the last moments it can be taken to."""
        return Replay(request, self, self._current.setdefault(_replay_key(request), {}))

    def once(self, request: Request) -> Versions | None:
        """The set the request gets as it stands, None when there is none; nothing is remembered."""
        provider = Provider(request, TargetCandidates(request, self.memory))
        _, found = search(provider)
        if isinstance(found, Incompatibility):
            return None
        pins = pinned(provider, versions_of(found))
        question = build_request(request, pins, self.source.build_requires)
        if isinstance(question, Refusal) or (question is not None and self.once(question) is None):
            return None
        return {pin.name: pin.version for pin in pins}


@dataclass(eq=False)
class Replay:
    """One request through time. `others` are the latest searches of those that differ in target only, by target."""

    request: Request
    replays: Replays
    others: dict[str, _SetFound]
    _moment: datetime | None = None
    _candidates: TargetCandidates | None = None
    _found: _SetFound | None = None
    _build: Replay | None = None
    _usable: dict[ReleaseKey, tuple[DistFile, ...]] = field(default_factory=dict)
    _announced: set[ReleaseKey] = field(default_factory=set)

    def at(self, moment: datetime) -> SetAt:
        """The set at a moment later than that of any call before.

        Raises LockgenError only when the source cannot answer.
        """
        request = at_moment(self.request, moment)
        since, before = self._moment, self._found
        fresh = self.replays.uploads.between(since, moment) if since else set()
        provider = Provider(request, self._candidates_at(request, fresh))
        self._moment, self._candidates = moment, provider.candidates
        changed = [key for key in fresh if before and key in before.looked_up and not _agrees(provider, before, key)]
        if before and not all(map(provider.policy.waits, before.waiting)):
            changed += [key for key in fresh if key in before.finals and key not in changed]
        found = before if before and not changed else self._shared_set(provider, fresh) or self._search(provider)
        if found is not before:
            self._found = found
            self._expect_late_metadata(found)
        news = tuple(sorted(self._upload_between(key, since, moment) for key in changed)) if since else ()
        return self._with_build(provider, SetAt(pins=found.pins, until=self._next_change(found, moment), news=news))

    def without(self, moment: datetime, upload: Upload) -> Versions | None:
        """The set at the moment, had this release not come. None: no set."""
        return self.replays.once(held_back(at_moment(self.request, moment), upload.name, upload.version))

    def _candidates_at(self, request: Request, fresh: Collection[ReleaseKey]) -> TargetCandidates:
        """The candidates at the request's cut-off; those without a new file are taken over from the moment before."""
        if self._candidates is None or self._found is None:
            return TargetCandidates(request, self.replays.memory)
        return self._candidates.later(request, fresh)

    def _shared_set(self, provider: Provider, fresh: Collection[ReleaseKey]) -> _SetFound | None:
        """What another target's search found, if all it looked up has the same answer for this target."""
        number = self._found.number if self._found else 0
        for other in sorted(set(self.others.values()), key=lambda found: -found.number):
            questions: Iterable[DemandsKey] = other.transcript
            if number and other.base == number:
                # The rest is what the search before looked up, with the same answer for both targets.
                questions = other.fresh.union(*(other.looked_up[key] for key in fresh if key in other.looked_up))
            same = all(provider.fingerprint(question) == other.transcript[question] for question in questions)
            if same and all(map(provider.policy.waits, other.waiting)):
                self.others[self._name] = other
                return other
        return None

    def _search(self, provider: Provider) -> _SetFound:
        self.replays.searches += 1
        _, result = search(provider)
        pins = None if isinstance(result, Incompatibility) else pinned(provider, versions_of(result))
        transcript = provider.transcript()
        known = self._found.transcript if self._found else {}
        looked_up: dict[ReleaseKey, tuple[DemandsKey, ...]] = {}
        for question in transcript:
            looked_up[question[:2]] = (*looked_up.get(question[:2], ()), question)
        waiting = provider.waiting
        finals = frozenset((each.name, version) for each in waiting for version in provider.policy.finals(each))
        self.replays.uploads.note((*provider.candidates.looked_at, *finals))
        found = _SetFound(
            number=next(self.replays.numbers),
            base=self._found.number if self._found else 0,
            transcript=transcript,
            fresh=frozenset(q for q, answer in transcript.items() if q not in known or known[q] != answer),
            looked_up=looked_up,
            waiting=waiting,
            finals=finals,
            pins=None if pins is None else {pin.name: pin.version for pin in pins},
        )
        self.others[self._name] = found
        return found

    def _expect_late_metadata(self, found: _SetFound) -> None:
        """Announce the metadata that will be read once it is uploaded, so that a cold run fetches much at once."""
        fresh = (key for key in found.looked_up if key not in self._announced)
        late = [key for key in fresh if found.transcript.get((*key, "")) is None]
        self._announced.update(late)
        files = (self._filter.files(*key) for key in late)
        self.replays.memory.expect_metadata([each[0] for each in files if isinstance(each, tuple)])

    def _with_build(self, provider: Provider, standing: SetAt) -> SetAt:
        """The set, replayed together with what its sdists need to be built: one that cannot be built is no set."""
        pins = pinned(provider, standing.pins) if standing.pins and provider.request.sdists else ()
        question = build_request(self.request, pins, self.replays.source.build_requires)
        if question is None:
            return standing
        if isinstance(question, Refusal):
            return replace(standing, pins=None)
        if self._build is None or self._build.request.rows != question.rows:
            self._build = self.replays.follow(question)
        assert self._moment is not None  # noqa: S101 - `at` has set it
        build = self._build.at(self._moment)
        return SetAt(
            pins=None if build.pins is None else standing.pins,
            until=min((each for each in (standing.until, build.until) if each), default=None),
            news=tuple(sorted({*standing.news, *build.news})),
        )

    def _next_change(self, found: _SetFound, moment: datetime) -> datetime | None:
        """The first later upload of a file this target can use, of a release that was looked up."""
        for when, key in self.replays.uploads.after(moment):
            if key in found.looked_up and any(file.uploaded == when for file in self._usable_files(key)):
                return when
            if key in found.finals and when <= self.request.as_of_for.get(key[0], self.request.as_of):
                return when
        return None

    def _upload_between(self, key: ReleaseKey, since: datetime, moment: datetime) -> Upload:
        """The upload that brought or changed the release for this target; of any file where none is for it."""
        project = self.replays.memory.project(key[0])
        for files in (self._usable_files(key), project.files(key[1]) if project else ()):
            times = [(file.uploaded, file.filename) for file in files if file.uploaded]
            if inside := [each for each in times if since < each[0] <= moment]:
                break
        when, filename = min(inside)
        return Upload(uploaded=when, name=key[0], version=key[1], filename=filename)

    def _usable_files(self, key: ReleaseKey) -> tuple[DistFile, ...]:
        """The release's files that this target can use, whenever they came."""
        if key not in self._usable:
            project = self.replays.memory.project(key[0])
            listed = project.files(key[1]) if project else ()
            self._usable[key] = tuple(file for file in listed if self._filter.complaint(file) is None)
        return self._usable[key]

    @cached_property
    def _filter(self) -> CandidateFilter:
        return CandidateFilter(self.request, self.replays.memory)

    @property
    def _name(self) -> str:
        return self.request.target.name


def _replay_key(request: Request) -> object:
    """What a search depends on besides what it looked up and the cut-offs.

    The constraints on packages too: what they rule out is never looked up.
    """
    constraints = tuple((each.name, str(each.specifier)) for each in request.constraints if each.releases is None)
    return request.rows, request.demands, request.strategy, request.buildable, constraints


def _agrees(provider: Provider, found: _SetFound, key: ReleaseKey) -> bool:
    """Whether all that the search looked up of the release has the same answer now."""
    return all(provider.fingerprint(each) == found.transcript[each] for each in found.looked_up[key])
