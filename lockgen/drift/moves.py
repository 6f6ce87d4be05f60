"""Packages with another version now: the release or edit that made them move, and what holds them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.errors import FrozenIndexError
from lockgen.model.drift import DriftFinding, PinDrift
from lockgen.model.index import DistFile, Metadata
from lockgen.model.overrides import replaced_names
from lockgen.model.result import Solved
from lockgen.model.target import switches_on
from lockgen.text import moment, requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    words: str = ""
    uploaded: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerRequirement:
    """What a committed release requires of another package."""

    name: NormalizedName
    extras: frozenset[str]
    specifier: SpecifierSet

    def __str__(self) -> str:
        return requirement(self.name, self.extras, self.specifier)


def moves(case: CommittedTarget, removed: Sequence[DriftFinding]) -> Iterator[DriftFinding]:
    """Every package whose version differs, by name; none where the target had no set, or has none now.

    `removed` is what was taken away of the committed set.
    """
    if not case.committed.has_set or not isinstance(case.outcome, Solved):
        return
    lost = {NormalizedName(each.name): each for each in removed if each.kind in {"gone", "yanked"}}
    for name in sorted(case.committed.pins.keys() | case.pins.keys()):
        before, after = case.committed.pins.get(name), _after(case, name)
        if before != after:
            move = _move(case, name, _cause(case, name, lost, ()))
            yield DriftFinding(
                kind="moved", name=name, version=before, message=_move_text(move.before, move.after), move=move
            )


def tools_moved(case: CommittedTarget) -> Iterator[DriftFinding]:
    """Build requirements with another version now, by name; none where nothing has to be built any more."""
    before = case.committed.build
    after = {pin.name: pin.version for pin in case.outcome.build} if isinstance(case.outcome, Solved) else {}
    for name in sorted(before.keys() | after.keys()) if before and after else ():
        if before.get(name) != after.get(name):
            move = _tool_move(case, name, before.get(name), after.get(name))
            message = f"{_move_text(move.before, move.after)}, to build with"
            yield DriftFinding(kind="moved", name=name, version=move.before, message=message, move=move)


def _tool_move(case: CommittedTarget, name: NormalizedName, before: Version | None, after: Version | None) -> PinDrift:
    uploaded = case.uploaded(name, after) if after is not None and case.is_fresh(name, after) else None
    what = f"{name} {after}{_dated(uploaded)}; " if uploaded else ""
    cause = f"{what}it builds {', '.join(sorted(case.committed.sdists))}"
    return PinDrift(name=name, before=before, after=after, is_direct=False, cause=cause, uploaded=uploaded)


def _move_text(before: Version | None, after: Version | None) -> str:
    if before is None:
        return f"{after} comes in"
    return f"{before} falls out" if after is None else f"{before} -> {after}"


def _after(case: CommittedTarget, name: NormalizedName) -> Version | None:
    return case.pins[name].version if name in case.pins else None


def _move(case: CommittedTarget, name: NormalizedName, cause: _Cause) -> PinDrift:
    before, after = case.committed.pins.get(name), _after(case, name)
    return PinDrift(
        name=name,
        before=before,
        after=after,
        is_direct=any(row.name == name for row in case.request.rows),
        cause=cause.words,
        uploaded=cause.uploaded,
        behind=_behind(case, name, before, after),
        held_back="" if after is None else _held_back(case, name),
    )


def _behind(case: CommittedTarget, name: NormalizedName, before: Version | None, after: Version | None) -> int | None:
    uploaded = None if after is None else case.uploaded(name, after)
    if before is None or after is None or after < before or uploaded is None:
        return None
    return (case.now - uploaded).days


def _held_back(case: CommittedTarget, name: NormalizedName) -> str:
    """What keeps the newest release out, pre-releases and those after the cut-off aside.

    Nothing where that is the committed one: the cause of the move names it.
    """
    runs = [run for run in case.resolver.explain(case.request, name).newer if run.kind not in {"pre-release", "late"}]
    newest = runs[-1].versions[-1] if runs else None
    return "" if newest in {None, case.committed.pins.get(name)} else f"{newest}: {runs[-1].reason}"


def _cause(
    case: CommittedTarget,
    name: NormalizedName,
    lost: dict[NormalizedName, DriftFinding],
    seen: tuple[NormalizedName, ...],
) -> _Cause:
    """The first of: its own removal, a demand of the new set, a demand of the old one, its own release, an edit."""
    before, after = case.committed.pins.get(name), _after(case, name)
    if name in lost:
        return _Cause(words=f"{name} {before}: {lost[name].message}")
    for words, by in (*_new_demands(case, name, before), *_old_demands(case, name, after)):
        if by is None:
            return _Cause(words=words)
        if by not in seen and case.committed.pins.get(by) != _after(case, by):
            root = _cause(case, by, lost, (*seen, name))
            return replace(root, words=f"{words} ({root.words})" if root.words else words)
    if after is not None and (case.is_fresh(name, after) or case.is_late(name, after)):
        uploaded = case.uploaded(name, after)
        late = ", listed only after the set was locked" if case.is_late(name, after) else ""
        return _Cause(words=f"{name} {after}{_dated(uploaded)}{late}", uploaded=uploaded)
    if case.revision != case.committed.revision:
        return _Cause(words=f"the matrix was edited: revision {case.committed.revision} -> {case.revision}")
    return _Cause()


def _dated(uploaded: datetime | None) -> str:
    return "" if uploaded is None else f", uploaded {moment(uploaded)[:10]}"


def _new_demands(
    case: CommittedTarget, name: NormalizedName, before: Version | None
) -> Iterator[tuple[str, NormalizedName | None]]:
    """What the new set demands that the old version does not fulfil, and which release's demand it is."""
    for demand in case.pins[name].via if name in case.pins else ():
        if before is None or not demand.specifier.contains(before, prereleases=True):
            yield str(demand), None if demand.release is None else demand.release.name


def _old_demands(
    case: CommittedTarget, name: NormalizedName, after: Version | None
) -> Iterator[tuple[str, NormalizedName | None]]:
    """What other releases of the old set demanded that the new version does not fulfil."""
    for by, version in sorted(case.committed.pins.items()):
        if version == _after(case, by):
            continue
        for needed in _former_requirements(case, by):
            if needed.name == name and (after is None or not needed.specifier.contains(after, prereleases=True)):
                yield f"{by} {version} needed {needed}", by


def _former_requirements(case: CommittedTarget, name: NormalizedName) -> Iterator[FormerRequirement]:
    """What the committed release of the package requires; nothing where its metadata is gone."""
    metadata = _former_metadata(case, name)
    extras = {extra for row in case.request.rows if row.name == name for extra in row.extras}
    extras |= case.pins[name].extras if name in case.pins else frozenset()
    for text in metadata.requires_dist if metadata else ():
        needed = Requirement(text)
        if canonicalize_name(needed.name) in replaced_names(case.request.overrides, case.request.excludes):
            continue  # not the release's demand, but the matrix's word counted
        if needed.marker is None or any(
            switches_on(case.request.target, needed.marker, extra) for extra in ("", *extras)
        ):
            yield FormerRequirement(
                name=canonicalize_name(needed.name),
                extras=frozenset(map(canonicalize_name, needed.extras)),
                specifier=needed.specifier,
            )


def _former_metadata(case: CommittedTarget, name: NormalizedName) -> Metadata | None:
    file = _locked_file(case, name)
    try:
        found = None if file is None else case.resolver.metadata(file)
    except FrozenIndexError:
        return None  # a frozen index need not hold the metadata of the old set
    return found if isinstance(found, Metadata) else None


def _locked_file(case: CommittedTarget, name: NormalizedName) -> DistFile | None:
    """The file an installer took: the first of the lock."""
    digests = case.committed.hashes.get(name, ())
    listed = {file.sha256: file for file in case.comparable(name, case.committed.pins[name])}
    return next((listed[digest] for digest in digests if digest in listed), None)
