"""A phase's folder, whole: the targets' files, the summary, what was proved, and the document for people."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from lockgen.errors import LockgenError
from lockgen.model.phase import PhaseFacts, PhaseResult
from lockgen.model.verify import Proof
from lockgen.render import compatibility, image, preflight, summary, verified
from lockgen.render.check import file_digest
from lockgen.render.environment import Templates
from lockgen.render.plan import Plan, phase_plan
from lockgen.render.pylock import Address

TargetTexts = Mapping[str, Mapping[str, str]]
"""Target -> file name -> text."""

_PATCH = re.compile(r"\A(py3\.\d+)\.\d+-")

READS = (summary.FILE_NAME, verified.FILE_NAME)
"""The committed files a render builds upon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderInputs:
    """What rendering needs besides the answers."""

    templates: Templates
    smoke: str = ""
    """Digest of the smoke script beside the matrices; empty when there is none."""
    preflight: Mapping[str, str] = field(default_factory=dict)
    """The modules of lockgen/preflight by name, of which preflight.py is made; empty when none is wanted."""
    address: Address | None = None
    """Where a file is; given when pylock.toml is wanted."""


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
    everything, is_whole = result.selection.everything, result.selection.is_whole
    matrices, phase = result.matrices, result.phase
    committed = {name: content.decode("utf-8", "replace") for name, content in found.items()}
    former = _former(committed.get(summary.FILE_NAME))
    new = _with_files(summary.entries(result.facts, result.cells, result.unsupported), texts)
    named = {name for name in former if _is_named(name, everything)}
    kept = committed.get(summary.FILE_NAME) if named or not is_whole else None
    targets = _ordered(summary.merged(new, kept, {*everything, *named}), everything)
    facts = result.facts if is_whole else _of_the_last_whole_render(result.facts, kept)
    digests = {name: entry["digest"] for name, entry in targets.items() if "digest" in entry}
    known = verified.read_verified(committed.get(verified.FILE_NAME))
    floors = {name: entry.get("floor", "") for name, entry in targets.items()}
    kept_proofs = verified.still_true(known, digests, inputs.smoke, floors)
    known = verified.with_proofs(kept_proofs, proofs, digests, inputs.smoke)
    document = compatibility.compatibility(facts, matrices, phase, targets, known, inputs.templates)
    images = image.images(facts, matrices, phase, targets, inputs.templates)
    return phase_plan(
        texts,
        [*new, *(name for name in former if name not in targets)],
        summary.summary(facts, targets, templates=inputs.templates.digest),
        others={
            compatibility.FILE_NAME: document,
            **images,
            **(
                {preflight.FILE_NAME: preflight.guard(facts, matrices, phase, targets, inputs.preflight)}
                if inputs.preflight
                else {}
            ),
            **({verified.FILE_NAME: verified.verified(known, result.facts)} if known else {}),
        },
        gone={*image.FILE_NAMES.values(), *([] if known else [verified.FILE_NAME])} - images.keys(),
        based_on={name: found.get(name) for name in READS},
    )


def _with_files(entries: Mapping[str, summary.SummaryEntry], texts: TargetTexts) -> dict[str, summary.SummaryEntry]:
    """The entries with the digest of each file, by which a hand edit can be told from a new render."""
    return {
        name: {**entry, "files": {file: file_digest(text.encode()) for file, text in texts[name].items()}}
        if name in texts
        else entry
        for name, entry in entries.items()
    }


def _is_named(name: str, everything: Collection[str]) -> bool:
    """Whether the target is no cell of the table but a full version of one of its Pythons, rendered by name."""
    return name not in everything and _PATCH.sub(r"\1-", name) in everything


def _of_the_last_whole_render(facts: PhaseFacts, text: str | None) -> PhaseFacts:
    """What a summary says of its phase as a whole stays while single targets are rendered."""
    if text is None:
        return facts
    head = summary.read_summary(text)
    try:
        as_of = datetime.fromisoformat(head["as_of"])
        return replace(facts, revision=int(head["revision"]), as_of=as_of, command=str(head["command"]))
    except (KeyError, TypeError, ValueError):
        return facts


def _former(text: str | None) -> tuple[str, ...]:
    """The targets a committed summary speaks of, sorted; a damaged one speaks of none."""
    try:
        return tuple(sorted(summary.read_summary(text)["targets"])) if text else ()
    except LockgenError:
        return ()


def _ordered(targets: Mapping[str, summary.SummaryEntry], everything: Iterable[str]) -> dict[str, summary.SummaryEntry]:
    return {name: targets[name] for name in (*everything, *sorted(targets)) if name in targets}
