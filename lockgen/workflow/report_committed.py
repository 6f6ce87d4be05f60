"""The phases as their folders of output have them: sets, proofs and refusals, without resolving anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from lockgen.errors import WriteError
from lockgen.locked.places import with_places
from lockgen.model.locked import LockedSet
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import PhaseFacts, PhaseRequests, PhaseResult, Scope
from lockgen.model.question import question
from lockgen.model.report_overview import CommittedNo
from lockgen.model.request import Request
from lockgen.model.result import Solved, TargetResult, Versions
from lockgen.model.target import Target
from lockgen.render.digest import set_digest
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import SummaryEntry, digests_of, floors_of, read_summary
from lockgen.render.verified import FILE_NAME as VERIFIED
from lockgen.render.verified import Verified, proof_of, read_verified, still_true
from lockgen.render.write import read
from lockgen.report.report import ReportedPhase
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.committed import committed_locks
from lockgen.workflow.layers import Layers
from lockgen.workflow.render import folder_of, phase_requests
from lockgen.workflow.report_entries import readable_entry, recorded_issues, recorded_refusal, recorded_set


def committed_phases(
    matrices: Matrices, scope: Scope, output: Path, smoke: str, resolver: Resolver
) -> tuple[ReportedPhase, ...]:
    """Each phase of the scope as it is committed in `output`; of one that is not rendered, no target has a set.

    `smoke` is the digest of the smoke script: what another one proved counts no more. WriteError for a damaged file.
    """
    folders = _Folders(output=output)
    layers = Layers(matrices=matrices, scope=scope, resolver=resolver, kept=folders.pins)
    return tuple(_phase(matrices, each, folders, layers, smoke) for each in phase_requests(matrices, scope))


def is_rendered(case: ReportedPhase, output: Path) -> bool:
    """Whether the phase has a folder of output."""
    return SUMMARY in read(_folder(case.result.phase, output), [SUMMARY])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Committed:
    """A folder of output."""

    summary: SummaryEntry = field(default_factory=dict)
    locks: Mapping[str, LockedSet] = field(default_factory=dict)
    proofs: tuple[Verified, ...] = ()

    @property
    def targets(self) -> Mapping[str, SummaryEntry]:
        found: Mapping[str, SummaryEntry] = self.summary.get("targets", {})
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folders:
    output: Path
    _read: dict[Path, _Committed] = field(default_factory=dict)
    """A cache."""

    def of(self, phase: Phase) -> _Committed:
        folder = _folder(phase, self.output)
        if folder not in self._read:
            self._read[folder] = _read_folder(folder)
        return self._read[folder]

    def pins(self, phase: Phase, request: Request) -> Versions | None:
        """The committed versions of a set that others extend."""
        known = self.of(phase).locks.get(request.target.name)
        return None if known is None else known.versions


def _folder(phase: Phase, output: Path) -> Path:
    return folder_of(phase, "recommended", output)


def _read_folder(folder: Path) -> _Committed:
    texts = {name: content.decode("utf-8", "replace") for name, content in read(folder, [SUMMARY, VERIFIED]).items()}
    if SUMMARY not in texts:
        return _Committed()
    try:
        summary = read_summary(texts[SUMMARY])
        proofs = read_verified(texts.get(VERIFIED))
    except WriteError as error:
        raise WriteError(error.message, where=str(folder / error.where), hint=error.hint) from None
    return _Committed(summary=summary, locks=committed_locks(folder), proofs=proofs)


def _phase(matrices: Matrices, asked: PhaseRequests, folders: _Folders, layers: Layers, smoke: str) -> ReportedPhase:
    committed, phase = folders.of(asked.selection.phase), asked.selection.phase
    cells, refused, missing, outdated = list[TargetResult](), list[CommittedNo](), list[Target](), set[str]()
    place = _folder(phase, folders.output) / SUMMARY
    for plain in asked.requests:
        name = plain.target.name
        entry = committed.targets.get(name, {})
        status = entry.get("status")
        if status == "unsolved":
            with readable_entry(place, name):
                refused.append(recorded_refusal(plain.target, entry))
        elif status != "solved":
            missing.append(plain.target)
        else:
            request, locked = layers.request(phase, plain), committed.locks.get(name)
            found = _restored(request, entry, locked, layers.resolver)
            with readable_entry(place, name):
                cell = TargetResult(
                    request=request,
                    outcome=found or recorded_set(request, entry, locked),
                    issues=recorded_issues(entry),
                )
            layers.learn(phase, plain, cell.outcome)
            cells.append(cell)
            # Without a record nothing says what the set was asked for; drift compares it all the same.
            outdated |= {name} if locked is not None and found is None else set()
    names = {cell.request.target.name for cell in cells}
    return ReportedPhase(
        result=PhaseResult(
            matrices=matrices,
            selection=asked.selection,
            facts=_facts(asked, committed.summary),
            cells=tuple(cells),
        ),
        refused=tuple(refused),
        unrendered=tuple(missing),
        outdated=frozenset(outdated),
        proofs=tuple(proof_of(each) for each in _proofs(committed, smoke) if each.target in names),
    )


def _restored(request: Request, entry: SummaryEntry, locked: LockedSet | None, resolver: Resolver) -> Solved | None:
    """The committed set as the answer it was; None where it does not answer the matrix as it is."""
    if locked is None or locked.question != question(request):
        return None
    found = resolver.restored(request, with_places(locked, request))
    # Proofs are about the set of the summary.
    return found if found is not None and set_digest(found) == entry.get("digest") else None


def _facts(asked: PhaseRequests, summary: SummaryEntry) -> PhaseFacts:
    """The facts with the revision and the cut-off that the sets were rendered from."""
    try:
        return replace(asked.facts, revision=int(summary["revision"]), as_of=datetime.fromisoformat(summary["as_of"]))
    except (KeyError, TypeError, ValueError):
        return asked.facts


def _proofs(committed: _Committed, smoke: str) -> Iterator[Verified]:
    yield from still_true(committed.proofs, digests_of(committed.targets), smoke, floors_of(committed.targets))
