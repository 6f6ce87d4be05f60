"""The files of a phase's folder: those of its targets, the summary, proofs, COMPATIBILITY.md, images, preflight.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lockgen.errors import LockgenError
from lockgen.model.matrix import BASE
from lockgen.model.numbers import RowNumbers, row_numbers
from lockgen.model.phase import PhaseFacts, PhaseResult
from lockgen.model.result import TargetResult
from lockgen.model.verify import Proof
from lockgen.render import compatibility, image, preflight, summary, verified
from lockgen.render.check import file_digest
from lockgen.render.documents import ROUTED_LOCK
from lockgen.render.environment import Templates
from lockgen.render.plan import Plan, phase_plan
from lockgen.render.pylock import Address

TargetTexts = Mapping[str, Mapping[str, str]]
"""Target -> file name -> text."""

_PATCH = re.compile(r"\A(py3\.\d+)\.\d+(t?)-")

READS = (summary.FILE_NAME, verified.FILE_NAME)
"""The committed files a render builds upon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderInputs:
    """What rendering needs besides the sets."""

    templates: Templates
    smoke: str = ""
    """Digest of the smoke script beside the matrices; empty when there is none."""
    preflight: Mapping[str, str] = field(default_factory=dict)
    """The modules of lockgen/preflight by name, of which preflight.py is made; empty when none is wanted."""
    address: Address | None = None
    """Where a file is; given when pylock.toml is wanted."""
    sbom: Callable[[PhaseFacts, TargetResult], str] | None = None
    """What makes sbom.cdx.json (`lockgen.render.sbom`); given when that is wanted."""
    is_as_committed: bool = False
    """Whether these two files are wanted only of the targets that have a committed one."""


def phase_files(
    result: PhaseResult,
    inputs: RenderInputs,
    texts: TargetTexts,
    found: Mapping[str, bytes],
    *,
    proofs: Iterable[Proof] = (),
) -> Plan:
    """The plan of the folder. `texts` are the documents of the solved cells, `found` the committed `READS`.

    `proofs` are new ones about exactly these sets. Raises WriteError for committed files that cannot be built upon, and
    TemplateError.
    """
    committed = {name: content.decode("utf-8", "replace") for name, content in found.items()}
    merged = _merge(result, texts, committed.get(summary.FILE_NAME))
    proved = _proved(committed.get(verified.FILE_NAME), proofs, merged.targets, inputs.smoke)
    others = _others(result, merged, proved, inputs)
    return phase_plan(
        texts,
        merged.owned,
        summary.summary(merged.facts, merged.targets, templates=inputs.templates.digest, numbers=merged.numbers),
        others=others,
        gone={*image.FILE_NAMES.values(), verified.FILE_NAME, *merged.locks} - others.keys(),
        based_on={name: found.get(name) for name in READS},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _MergedSummary:
    """The committed summary with the targets of this render in it."""

    facts: PhaseFacts
    numbers: RowNumbers | None
    """Of the rows that these facts are about; None for a committed summary that does not say."""
    targets: Mapping[str, summary.SummaryEntry]
    owned: tuple[str, ...]
    """The target folders whose files this render may remove."""
    locks: tuple[str, ...] = ()
    """The locks of routed packages in them, whose names depend on the matrix of that time."""


def _merge(result: PhaseResult, texts: TargetTexts, committed: str | None) -> _MergedSummary:
    """Targets outside the render keep their entry; those that the tables no longer have lose it."""
    everything, is_whole = result.selection.everything, result.selection.is_whole
    former = _former(committed)
    answers = _with_files(summary.entries(result.facts, result.cells, result.unsupported), texts)
    new = {name: summary.with_old_set(entry, former.get(name)) for name, entry in answers.items()}
    named = {name for name in former if _is_named(name, everything)}
    kept = committed if named or not is_whole else None
    targets = _ordered(summary.merged(new, kept, {*everything, *named}), everything)
    # Only `render --prune` removes what the tables no longer have, and nothing what has no new set to replace it.
    owned = tuple(name for name, entry in new.items() if entry["status"] == "solved")
    return _MergedSummary(
        facts=result.facts if is_whole else _of_the_last_whole_render(result.facts, kept),
        numbers=row_numbers(result.phase) if is_whole or kept is None else _committed_numbers(kept),
        targets=targets,
        owned=owned,
        locks=tuple(_routed_locks(committed, owned)),
    )


def _routed_locks(text: str | None, owned: Collection[str]) -> Iterator[str]:
    """The locks of routed packages that a committed summary names in the folders `owned`."""
    for name, entry in _former(text).items():
        files = entry.get("files", ()) if name in owned else ()
        yield from (f"{name}/{file}" for file in files if ROUTED_LOCK.match(file))


def _proved(
    committed: str | None, proofs: Iterable[Proof], targets: Mapping[str, summary.SummaryEntry], smoke: str
) -> tuple[verified.Verified, ...]:
    """The committed proofs of sets that are still the same, with new ones over them."""
    digests = summary.digests_of(targets)
    kept = verified.still_true(verified.read_verified(committed), digests, smoke, summary.floors_of(targets))
    return verified.with_proofs(kept, proofs, digests, smoke)


def _others(
    result: PhaseResult, merged: _MergedSummary, proved: Sequence[verified.Verified], inputs: RenderInputs
) -> dict[str, str]:
    """File name -> text of the files beside the targets' folders and the summary."""
    targets = {name: summary.without_old_set(entry) for name, entry in merged.targets.items()}
    phase = (merged.facts, result.matrices, result.phase, targets)
    files = {compatibility.FILE_NAME: compatibility.compatibility(*phase, proved, inputs.templates)}
    is_base = result.phase.set == BASE
    if is_base:
        # An image runs what the phase is for; what checks it is right beside the named sets too, which hold its pins.
        files |= image.images(*phase, inputs.templates)
    if inputs.preflight and is_base:
        files[preflight.FILE_NAME] = preflight.guard(*phase, inputs.preflight)
    if proved:
        files[verified.FILE_NAME] = verified.verified(proved, result.facts)
    return files


def _with_files(entries: Mapping[str, summary.SummaryEntry], texts: TargetTexts) -> dict[str, summary.SummaryEntry]:
    """The entries with the digest of each file, which tells a hand edit from a new render."""
    return {
        name: {**entry, "files": {file: file_digest(text.encode()) for file, text in texts[name].items()}}
        if name in texts
        else entry
        for name, entry in entries.items()
    }


def _is_named(name: str, everything: Collection[str]) -> bool:
    """Whether the target is a full version of a Python of the table, which is rendered only by name."""
    return name not in everything and _PATCH.sub(r"\1\2-", name) in everything


def _of_the_last_whole_render(facts: PhaseFacts, text: str | None) -> PhaseFacts:
    """The facts in the committed summary: a render of single targets leaves those of the phase as they are."""
    if text is None:
        return facts
    head = summary.read_summary(text)
    try:
        as_of = datetime.fromisoformat(head["as_of"])
        return replace(facts, revision=int(head["revision"]), as_of=as_of, command=str(head["command"]))
    except (KeyError, TypeError, ValueError):
        return facts


def _committed_numbers(text: str) -> RowNumbers | None:
    found = summary.rendered_numbers(summary.read_summary(text), summary.FILE_NAME)
    return None if found is None else found.rows


def _former(text: str | None) -> dict[str, summary.SummaryEntry]:
    """The targets of a committed summary, sorted; none for a damaged one."""
    try:
        return dict(sorted(summary.read_summary(text)["targets"].items())) if text else {}
    except LockgenError:
        return {}


def _ordered(targets: Mapping[str, summary.SummaryEntry], everything: Iterable[str]) -> dict[str, summary.SummaryEntry]:
    return {name: targets[name] for name in (*everything, *sorted(targets)) if name in targets}
