"""The phases as their folders of output have them: sets, proofs and refusals, without resolving anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.errors import WriteError
from lockgen.locked.places import with_places
from lockgen.model.index import Metadata
from lockgen.model.locked import LockedSet
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import PhaseFacts, PhaseRequests, PhaseResult, Scope
from lockgen.model.question import question
from lockgen.model.report_overview import CommittedNo
from lockgen.model.request import Request, SdistPermission
from lockgen.model.result import Deviation, IssueNote, Pin, Solved, TargetResult, Versions
from lockgen.model.target import Target
from lockgen.model.verify import Proof
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import is_stale, read_summary
from lockgen.render.verified import FILE_NAME as VERIFIED
from lockgen.render.verified import Verified, read_verified, still_true
from lockgen.render.write import read
from lockgen.report.report import ReportedPhase
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.committed import committed_locks
from lockgen.workflow.layers import Layers
from lockgen.workflow.render import folder_of, phase_requests

_Entry = Mapping[str, Any]
"""What a summary says of one target."""


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

    summary: _Entry = field(default_factory=dict)
    locks: Mapping[str, LockedSet] = field(default_factory=dict)
    proofs: tuple[Verified, ...] = ()

    @property
    def targets(self) -> Mapping[str, _Entry]:
        found: Mapping[str, _Entry] = self.summary.get("targets", {})
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
    for plain in asked.requests:
        entry = committed.targets.get(plain.target.name, {})
        status = entry.get("status")
        if status == "unsolved":
            refused.append(_refusal(plain.target, entry))
        elif status != "solved":
            missing.append(plain.target)
        else:
            request = layers.request(phase, plain)
            cell = _cell(request, entry, committed.locks.get(plain.target.name), layers.resolver)
            layers.learn(phase, plain, cell.result.outcome)
            cells.append(cell.result)
            outdated |= {plain.target.name} if cell.is_outdated else set()
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
        proofs=tuple(_proof(each) for each in _proofs(committed, smoke) if each.target in names),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _CommittedCell:
    result: TargetResult
    is_outdated: bool


def _cell(request: Request, entry: _Entry, locked: LockedSet | None, resolver: Resolver) -> _CommittedCell:
    """The committed set as the answer it was; where the matrix has changed since, as far as its record says."""
    is_same = locked is not None and locked.question == question(request)
    found = None
    if locked is not None and is_same:
        found = resolver.restored(request, replace(locked, deviations=with_places(locked.deviations, request)))
    issues = tuple(
        IssueNote(id=str(each["id"]), title=str(each["title"]), solution=str(each["solution"]))
        for each in entry.get("issues", ())
    )
    outcome = found or _recorded(request, entry, locked)
    # Without a record nothing says what the set was asked for; drift compares it all the same.
    return _CommittedCell(
        result=TargetResult(request=request, outcome=outcome, issues=issues),
        is_outdated=locked is not None and found is None,
    )


def _recorded(request: Request, entry: _Entry, locked: LockedSet | None) -> Solved:
    """The set by the word of its summary, with the files of its record: who demands a pin is not known."""
    try:
        files = {} if locked is None else {pin.name: pin.files for pin in locked.pins}
        permissions = {each["name"]: _permission(each) for each in entry.get("sdists", ())}
        pins = []
        for written, version in sorted(entry["pins"].items()):
            name = canonicalize_name(written)
            metadata = Metadata(name=name, version=Version(version))
            pins.append(
                Pin(
                    name=name,
                    version=metadata.version,
                    files=files.get(name, ()),
                    metadata=metadata,
                    permission=permissions.get(name),
                )
            )
        return Solved(
            target=request.target,
            pins=tuple(pins),
            deviations=tuple(map(_deviation, entry.get("deviations", ()))),
            snapshot=str(entry.get("snapshot", "")),
            advice=tuple(map(str, entry.get("advice", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidVersion) as error:
        raise WriteError(
            f"what it says of {request.target.name} cannot be read: {error}",
            where=SUMMARY,
            hint="Restore the file from version control, or render the phase again.",
        ) from None


def _permission(entry: _Entry) -> SdistPermission:
    return SdistPermission(
        name=canonicalize_name(entry["name"]),
        reason=str(entry["reason"]),
        build_packages=tuple(map(str, entry["build_packages"])),
    )


def _deviation(entry: _Entry) -> Deviation:
    return Deviation(
        name=canonicalize_name(entry["name"]),
        wanted=Version(entry["wanted"]),
        got=Version(entry["got"]),
        because=str(entry["because"]),
    )


def _refusal(target: Target, entry: _Entry) -> CommittedNo:
    refusals = (f"{each.get('name', '')}: {each.get('reason', '')}" for each in entry.get("refusals", ()))
    return CommittedNo(
        target=target,
        core=tuple(map(str, entry.get("core", ()))),
        steps=(*map(str, entry.get("collisions", ())), *refusals),
        has_old_set=is_stale(dict(entry)),
    )


def _facts(asked: PhaseRequests, summary: _Entry) -> PhaseFacts:
    """The facts with the revision and the cut-off that the sets were rendered from."""
    try:
        return replace(asked.facts, revision=int(summary["revision"]), as_of=datetime.fromisoformat(summary["as_of"]))
    except (KeyError, TypeError, ValueError):
        return asked.facts


def _proofs(committed: _Committed, smoke: str) -> Iterator[Verified]:
    digests = {name: entry["digest"] for name, entry in committed.targets.items() if "digest" in entry}
    floors = {name: str(entry.get("floor", "")) for name, entry in committed.targets.items()}
    yield from still_true(committed.proofs, digests, smoke, floors)


def _proof(entry: Verified) -> Proof:
    return Proof(
        target=entry.target,
        level=entry.level,
        verdict=entry.verdict,
        reason=entry.reason,
        python=entry.python,
        libc=entry.libc,
        installer=entry.installer,
    )
