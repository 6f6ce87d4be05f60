"""Which packages of a set have another version now, which release or edit made them move, and what holds them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.drift.former import former_demands
from lockgen.model.drift import DriftFinding, PinDrift
from lockgen.model.result import Solved
from lockgen.text import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    words: str = ""
    uploaded: datetime | None = None


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
            yield DriftFinding(kind="moved", name=name, version=before, message=_words(move), move=move)


def _words(move: PinDrift) -> str:
    if move.before is None:
        return f"{move.after} comes in"
    return f"{move.before} falls out" if move.after is None else f"{move.before} -> {move.after}"


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

    Nothing where that is the committed one: the cause of the move says it.
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
    if after is not None and case.is_fresh(name, after):
        uploaded = case.uploaded(name, after)
        return _Cause(words=f"{name} {after}{_dated(uploaded)}", uploaded=uploaded)
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
        for needed in former_demands(case, by):
            if needed.name == name and (after is None or not needed.specifier.contains(after, prereleases=True)):
                yield f"{by} {version} needed {needed}", by
