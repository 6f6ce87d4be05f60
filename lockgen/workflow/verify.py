"""verify."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from packaging.utils import NormalizedName

from lockgen.model.matrix import BASE, Matrices, Phase
from lockgen.model.overrides import replaced_names
from lockgen.model.result import Solved, TargetResult
from lockgen.model.target import Target
from lockgen.model.verify import Proof
from lockgen.render.compatibility import FILE_NAME as COMPATIBILITY
from lockgen.render.phase import READS, RenderInputs, phase_files
from lockgen.render.plan import Plan
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import digests_of, floors_of, read_summary
from lockgen.render.swap import unheard
from lockgen.render.verified import FILE_NAME as VERIFIED
from lockgen.render.verified import Verified, new_entries, proof_of, read_verified, still_true, verified
from lockgen.render.write import Written, read, write
from lockgen.verify.closure import complaints, idle_pins, routed_rows
from lockgen.verify.proof_target import ProofTarget
from lockgen.workflow.render import RenderedPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPhase:
    """A rendered phase and its sets on disk."""

    rendered: RenderedPhase
    subjects: tuple[ProofTarget, ...]
    is_committed: bool
    """Whether the sets are those of the output folder, rather than made for the proof alone."""

    @property
    def is_recorded(self) -> bool:
        """Whether what is proved belongs into verified.json: only when every set is what a render gives today."""
        return self.is_committed and not any(subject.complaints for subject in self.subjects)


def examine(
    rendered: Sequence[RenderedPhase], work: Path, smoke: str, *, is_all: bool = False
) -> tuple[ProofPhase, ...]:
    """The committed sets as subjects of proof. Uncommitted sets of other strategies are made below `work`.

    They know what is recorded of them, with the smoke script of this digest, unless all of it shall be proved again.
    """
    return tuple(_examined(each, work, _known(each, smoke) if not is_all else ()) for each in rendered)


def _known(rendered: RenderedPhase, smoke: str) -> tuple[Verified, ...]:
    """The records of the sets as they are committed now."""
    committed = read(rendered.folder, READS)
    if not {SUMMARY, VERIFIED} <= committed.keys():
        return ()
    summary, records = (committed[name].decode("utf-8", "replace") for name in (SUMMARY, VERIFIED))
    targets = read_summary(summary)["targets"]
    return still_true(read_verified(records), digests_of(targets), smoke, floors_of(targets))


def record(
    examined: Iterable[ProofPhase],
    found: Mapping[str, Sequence[Proof]],
    inputs: RenderInputs,
    waits: Callable[[Path], None] = unheard,
) -> tuple[Written, ...]:
    """Write verified.json and COMPATIBILITY.md of the phases whose sets are as rendered."""
    return write([_recorded(each, found, inputs) for each in examined if each.is_recorded], waits)


def own_records(
    examined: Iterable[ProofPhase], found: Mapping[str, Sequence[Proof]], smoke: str, output: Path
) -> dict[Path, str]:
    """Path below the output folder -> a verified.json of nothing but these proofs, to be merged elsewhere.

    Of the phases whose sets are as rendered; `smoke` is the digest of the smoke script.
    """
    texts: dict[Path, str] = {}
    for each in examined:
        if each.is_recorded:
            digests = digests_of(read_summary(each.rendered.plan.files[SUMMARY].decode())["targets"])
            place = each.rendered.folder.relative_to(output) / VERIFIED
            if entries := new_entries(_made(each, found), digests, smoke):
                texts[place] = verified(entries, each.rendered.result.facts, is_own=True)
    return texts


def _made(examined: ProofPhase, found: Mapping[str, Sequence[Proof]]) -> list[Proof]:
    """The proofs of the phase that this run made."""
    every = (proof for subject in examined.subjects for proof in found.get(subject.label, ()))
    return [proof for proof in every if not proof.is_recorded]


def _examined(rendered: RenderedPhase, work: Path, known: Sequence[Verified]) -> ProofPhase:
    is_default = rendered.result.facts.strategy == "recommended"
    is_committed = is_default or (rendered.folder / SUMMARY).is_file()
    # The names of phase, set and strategy stay the last parts of the path, and so of every label.
    length = rendered.result.phase.folder.count("/") + (1 if is_default else 2)
    names = rendered.folder.parts[-length:]
    folder = rendered.folder if is_committed else work.joinpath("sets", *names)
    if not is_committed:
        write([(folder, replace(rendered.plan, based_on={}))])
    subjects = tuple(
        replace(
            _subject(rendered, cell, folder, "/".join(names)),
            known=tuple(proof_of(each) for each in known if each.target == cell.request.target.name),
        )
        for cell in rendered.result.cells
        if isinstance(cell.outcome, Solved)
    )
    return ProofPhase(rendered=rendered, subjects=subjects, is_committed=is_committed)


def _subject(rendered: RenderedPhase, cell: TargetResult, folder: Path, label: str) -> ProofTarget:
    assert isinstance(cell.outcome, Solved)  # noqa: S101 - the caller chose these cells
    name = cell.request.target.name
    wanted = {path: content for path, content in rendered.plan.files.items() if path.startswith(f"{name}/")}
    there = read(folder, wanted)
    texts = {path.removeprefix(f"{name}/"): content.decode("utf-8", "replace") for path, content in there.items()}
    faults = complaints(cell.request, texts, cell.outcome.pins) if there else ()
    stale = (path for path in sorted(wanted) if there.get(path) != wanted[path])
    return ProofTarget(
        label=f"{label} {name}",
        target=cell.request.target,
        folder=folder / name,
        complaints=(*faults, *(f"{path} is not what a render gives; see lockgen check" for path in stale)),
        names=frozenset(pin.name for pin in cell.outcome.pins),
        unserved=cell.outcome.unserved,
        replaced=replaced_names(cell.request.overrides, cell.request.excludes),
        told={pin.files[0].sha256: pin.metadata for pin in cell.outcome.pins if pin.permission is None},
        unimported=unimported(rendered.result.matrices, cell.request.target),
        unsmoked=unsmoked(rendered.result.matrices, rendered.result.phase),
        stated={pin.name: pin.metadata for pin in cell.outcome.pins if pin.permission and pin.metadata.read_from},
        idle=partial(idle_pins, cell.request, texts, cell.outcome.pins),
        routed=tuple(str(each) for each in routed_rows(cell.request)),
    )


def unimported(matrices: Matrices, target: Target) -> dict[NormalizedName, str]:
    """The packages that a proof for the target does not import, and why."""
    rules = [rule for rule in matrices.unimported if rule.when.covers(target)]
    return {name: rule.reason for rule in rules for name in rule.packages}


def unsmoked(matrices: Matrices, chosen: Phase) -> str:
    """Why smoke.py is not for the set; empty where it is: it serves what `base` is for."""
    is_served = any(phase.set == BASE for phase in (chosen, *matrices.below(chosen)))
    return "" if is_served else "smoke.py is for sets that extend base"


def _recorded(examined: ProofPhase, found: Mapping[str, Sequence[Proof]], inputs: RenderInputs) -> tuple[Path, Plan]:
    rendered = examined.rendered
    proofs = _made(examined, found)
    committed = read(rendered.folder, READS)
    plan = phase_files(rendered.result, inputs, {}, committed, proofs=proofs)
    files = {name: plan.files[name] for name in (VERIFIED, COMPATIBILITY) if name in plan.files}
    return rendered.folder, Plan(files=files, based_on=plan.based_on)
