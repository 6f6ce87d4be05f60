"""bump."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from packaging.utils import NormalizedName

from lockgen.drift.target_drift import is_as_committed
from lockgen.errors import UsageError, WriteError
from lockgen.matrix.edit.cut_offs import edit_cut_offs, move_cut_offs
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import chosen_phases
from lockgen.model.drift import Drift, PhaseDrift
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import Progress, Scope
from lockgen.render.phase import RenderInputs
from lockgen.render.swap import unheard
from lockgen.render.write import Written, replaced, write
from lockgen.resolve.resolver import Resolver
from lockgen.text import alike, moment
from lockgen.workflow.bump_companions import exact_companions, held_exactly
from lockgen.workflow.committed import committed
from lockgen.workflow.drift import DriftOptions, at, cases, watched
from lockgen.workflow.keep import KeepOptions, answer_phases
from lockgen.workflow.lint import MatrixTexts
from lockgen.workflow.render import RenderedPhase, layered_requests, render_phases


@dataclass(frozen=True, slots=True, kw_only=True)
class BumpOptions:
    """Which step to take."""

    texts: MatrixTexts
    """The folder of matrices."""
    scope: Scope
    """Its phases; targets are never left out, for a cut-off is that of all of them."""
    names: tuple[NormalizedName, ...] = ()
    """The packages that shall move; none: all of them."""
    look: DriftOptions
    output: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BumpPlan:
    """A step computed whole; nothing is written yet."""

    drift: Drift
    """What moves, in every phase that changes."""
    texts: Mapping[str, bytes]
    """The matrices that change, by file name."""
    cut_offs: tuple[str, ...] = ()
    """What changes in them, in words."""
    others: tuple[str, ...] = ()
    """What moves although it was not named, and why."""
    held: tuple[str, ...] = ()
    """What was named and does not move since others demand its version exactly; and what moves it."""
    rendered: tuple[RenderedPhase, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether a target would lose its set: then there is nothing to write."""
        return "broken" in self.drift.kinds


def bump(errand: BumpOptions, inputs: RenderInputs, resolver: Resolver, progress: Progress) -> BumpPlan:
    """Move the cut-offs of the scope's phases, or only those of the named packages if there are any.

    A phase in which nothing would move is left as it is; one that inherits its cut-off moves along. Raises LockgenError
    when the index cannot be read, and for a name that no set holds.
    """
    before, look = load_matrices(errand.texts), errand.look
    texts = _rewritten(errand.texts, before, _worthwhile(before, errand, resolver))
    after = load_matrices({**errand.texts, **texts})
    moved = tuple(phase.phase for phase in after.tables if phase.file in texts)
    asked = replace(errand.scope, phases=moved, as_of=None)
    found = tuple(
        watched(before, question, look, committed(question.selection.phase, errand.output), resolver=resolver)
        for question in (layered_requests(after, asked, resolver) if moved else ())
    )
    step = BumpPlan(
        drift=Drift(now=look.now, cooldown=look.cooldown, phases=found),
        texts=texts,
        cut_offs=tuple(_difference(before.phase(name), after.phase(name)) for name in moved),
        others=tuple(dict.fromkeys(_others(found, errand.names))),
        held=tuple(_held(before, errand, found, resolver)),
    )
    if step.is_broken or not moved:
        return step
    return replace(
        step,
        rendered=tuple(
            render_phases(
                answer_phases(after, asked, KeepOptions(output=errand.output), resolver, progress),
                inputs,
                errand.output,
            )
        ),
    )


def apply(
    step: BumpPlan, matrices: Path, errand: BumpOptions, waits: Callable[[Path], None] = unheard
) -> tuple[Written, ...]:
    """Write matrices and outputs; what was done to each folder of outputs. `waits` is `write`'s.

    WriteError when a matrix was changed meanwhile or the disk refuses: then all of it is as it was.
    """
    for file in step.texts:
        if (matrices / file).read_bytes() != errand.texts[file]:
            hint = "Nothing was written. Run again."
            raise WriteError("was changed by somebody else meanwhile", where=str(matrices / file), hint=hint)
    # The folder of matrices may be the user's whole checkout: it is not put in place as the folders of outputs are.
    with replaced({matrices / file: content for file, content in sorted(step.texts.items())}):
        return write([(each.folder, each.plan) for each in step.rendered], waits)


def _worthwhile(before: Matrices, errand: BumpOptions, resolver: Resolver) -> dict[str, Phase]:
    """The phases with their new cut-offs, of those in which something would move in any of their sets."""
    aims = _named(before, errand, resolver) if errand.names else _whole(before, errand)
    if not aims:
        return {}
    moved = {
        phase.phase: replace(phase, as_of=aims[phase.table].as_of, as_of_for=aims[phase.table].as_of_for)
        for phase in before.phases.values()
        if phase.table in aims
    }
    after = replace(before, phases={**before.phases, **moved})
    found: dict[str, Phase] = {}
    for question in layered_requests(after, replace(errand.scope, phases=tuple(aims), as_of=None), resolver):
        table = question.selection.phase.table
        known = committed(question.selection.phase, errand.output)
        asked = cases(before, question, errand.look, known, resolver=resolver)
        is_whole = all(target.name in known for target in question.selection.targets)
        if not is_whole or not all(map(is_as_committed, asked)):
            found[table] = aims[table]
    return found


def _whole(before: Matrices, errand: BumpOptions) -> dict[str, Phase]:
    later = at(before, errand.scope, errand.look)
    return {name: later.phase(name) for name in _tables(before, errand)}


def _named(before: Matrices, errand: BumpOptions, resolver: Resolver) -> dict[str, Phase]:
    """The phases whose sets hold a named package that is not as far yet, with the companions it then needs.

    UsageError for a name that none holds.
    """
    held = {name: _names(before, name, errand.output) for name in _tables(before, errand)}
    known = frozenset[NormalizedName]().union(*held.values())
    for name in errand.names:
        if name not in known:
            near = alike(name, known)
            hint = f"Did you mean {' or '.join(near)}?" if near else "`lockgen drift` says what there is to take."
            raise UsageError(f"no set holds {name}", hint=hint)
    to = errand.look.now - errand.look.cooldown
    found: dict[str, Phase] = {}
    for phase in map(before.phase, held):
        behind = [
            name for name in errand.names if name in held[phase.phase] and phase.as_of_for.get(name, phase.as_of) < to
        ]
        if behind:
            companions = exact_companions(before, replace(errand.scope, phases=(phase.phase,)), to, behind, resolver)
            along = [name for name in companions if phase.as_of_for.get(name, phase.as_of) < to]
            found[phase.phase] = move_cut_offs(phase, to, [*behind, *along])
    return found


def _tables(before: Matrices, errand: BumpOptions) -> tuple[str, ...]:
    """The names of the phases in the scope, whose sets all have their cut-offs."""
    return tuple(dict.fromkeys(phase.table for phase in chosen_phases(before, errand.scope.phases)))


def _names(before: Matrices, table: str, output: Path) -> frozenset[NormalizedName]:
    """The packages of the phase's committed sets."""
    phases = chosen_phases(before, [table])
    return frozenset(name for phase in phases for each in committed(phase, output).values() for name in each.pins)


def _rewritten(texts: MatrixTexts, before: Matrices, aims: Mapping[str, Phase]) -> dict[str, bytes]:
    """The files that change, one that others extend first: who inherits its cut-offs gets a new revision too."""
    found = dict(texts)
    for phase in _parents_first(before):
        now = load_matrices(found).phase(phase.phase)
        aim = aims.get(phase.phase, now)
        if (aim.as_of, aim.as_of_for) != (phase.as_of, phase.as_of_for):
            found[phase.file] = edit_cut_offs(found[phase.file], now, aim)
    return {file: content for file, content in found.items() if content != texts[file]}


def _parents_first(matrices: Matrices) -> list[Phase]:
    by_file = {phase.file: phase for phase in matrices.tables}

    def depth(phase: Phase) -> int:
        return 0 if phase.extends is None else 1 + depth(by_file[phase.extends])

    return sorted(by_file.values(), key=depth)


def _difference(before: Phase, after: Phase) -> str:
    """`phase-1.yaml: revision 1 -> 2, as_of 2026-11-20T00:00:00Z -> 2026-11-23T00:00:00Z`."""
    said = [f"revision {before.revision} -> {after.revision}"]
    if before.as_of != after.as_of:
        said.append(f"as_of {moment(before.as_of)} -> {moment(after.as_of)}")
    for name in sorted(before.as_of_for.keys() | after.as_of_for.keys()):
        old, new = before.as_of_for.get(name), after.as_of_for.get(name)
        if old != new:
            said.append(f"as_of_for {name} {_said(old)} -> {_said(new)}")
    return f"{after.file}: {', '.join(said)}"


def _said(when: datetime | None) -> str:
    return "none" if when is None else moment(when)


def _held(before: Matrices, errand: BumpOptions, found: Sequence[PhaseDrift], resolver: Resolver) -> Iterator[str]:
    """Of the named packages that do not move in a phase, those that others hold there."""
    to = errand.look.now - errand.look.cooldown
    for table in _tables(before, errand) if errand.names else ():
        phase, scope = before.phase(table), replace(errand.scope, phases=(table,))
        drift = [target for each in found if each.facts.phase.partition("/")[0] == table for target in each.targets]
        moved = {each.name for target in drift for each in target.found if each.move is not None}
        behind = [name for name in errand.names if phase.as_of_for.get(name, phase.as_of) < to]
        yield from held_exactly(before, scope, to, [name for name in behind if name not in moved], resolver)


def _others(phases: Sequence[PhaseDrift], names: Sequence[NormalizedName]) -> Iterator[str]:
    """The moves of packages that were not named; none where no package was."""
    for phase in phases if names else ():
        for each in (one for target in phase.targets for one in target.found):
            if each.move is not None and each.name not in names:
                why = each.move.cause or "nothing tells why"
                yield f"phase {phase.facts.phase}: {each.name} moves too, {each.message}: {why}"
