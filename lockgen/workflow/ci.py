"""ci: the targets as jobs of a service, and the workflow files that run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lockgen.ci import gitlab
from lockgen.ci.fanout import JobMatrix, fan
from lockgen.ci.runners import Gap
from lockgen.ci.workflows import FOLDER, refuse_changed, workflows
from lockgen.errors import WriteError
from lockgen.matrix.select import exact_name, select
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import Scope
from lockgen.model.result import Unsupported
from lockgen.model.routes import variable_of
from lockgen.model.target import Target
from lockgen.model.verify import Level
from lockgen.render.plan import Plan
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import is_stale, read_summary
from lockgen.render.swap import unheard
from lockgen.render.write import Written, read, write, write_alone
from lockgen.text import grouped_pairs

_OLD = "The set is out of date: it was kept because there is no new one"
_NONE = "There is no set"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMatrixResult:
    """The jobs that prove the selected targets, and those selected by name that the matrices do not support."""

    fan: JobMatrix
    refused: tuple[Unsupported, ...]
    unproved: Mapping[str, tuple[str, ...]]
    """Why sets are left out of the jobs -> the targets of those that are."""


def fan_out(matrices: Matrices, scope: Scope, level: Level, output: Path) -> JobMatrixResult:
    """The targets of the phases as jobs, in the tables' order. UsageError for what the matrices do not have.

    A phase that is rendered below `output` is proved only where it has a set that the matrices give: neither where an
    old one was kept for want of a new one, nor where there is none. WriteError for a summary that cannot be read.
    """
    found = _to_prove(matrices, scope, output)
    return JobMatrixResult(
        fan=fan(found.wanted, level, matrices.images), refused=found.refused, unproved=found.unproved
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToProve:
    wanted: Mapping[Target, tuple[str, ...]]
    refused: tuple[Unsupported, ...]
    unproved: Mapping[str, tuple[str, ...]]


def _to_prove(matrices: Matrices, scope: Scope, output: Path) -> _ToProve:
    """Target -> what --phase names its sets by; see `JobMatrixResult` for the others."""
    selections = select(matrices, scope.phases, scope.targets, scope.sets)
    names = _names(matrices, [each.phase for each in selections])
    lacking = {each.phase.phase: _lacking(output / each.phase.folder) for each in selections}
    pairs = [(target, each.phase.phase) for each in selections for target in each.targets]
    there = grouped_pairs((target, phase) for target, phase in pairs if target.name not in lacking[phase])
    unproved = grouped_pairs(
        (f"{lacking[phase][target.name]} in phase {phase}.", target.name)
        for target, phase in pairs
        if target.name in lacking[phase]
    )
    refused = {each.target.name: each for selection in selections for each in selection.refused}
    return _ToProve(
        wanted={target: tuple(dict.fromkeys(names[phase] for phase in found)) for target, found in there.items()},
        refused=tuple(refused.values()),
        unproved={why: tuple(targets) for why, targets in unproved.items()},
    )


def _lacking(folder: Path) -> Mapping[str, str]:
    """The targets of a rendered phase without a set to prove, each with the reason; none where nothing is rendered."""
    found = read(folder, [SUMMARY])
    if SUMMARY not in found:
        return {}
    try:
        targets = read_summary(found[SUMMARY].decode("utf-8", "replace"))["targets"]
    except WriteError as error:
        raise WriteError(error.message, where=str(folder / SUMMARY), hint=error.hint) from None
    lacking = {name: entry for name, entry in targets.items() if is_stale(entry) or entry["status"] == "unsolved"}
    return {name: _OLD if is_stale(entry) else _NONE for name, entry in lacking.items()}


def _names(matrices: Matrices, chosen: Sequence[Phase]) -> dict[str, str]:
    """What --phase names each of these sets by: the phase where all its sets are there, else `1/base` or `1/test`."""
    there = {phase.phase for phase in chosen}
    whole = {
        phase.table
        for phase in matrices.tables
        if all(each.phase in there for each in matrices.phases.values() if each.table == phase.table)
    }
    return {phase.phase: phase.table if phase.table in whole else exact_name(phase.phase) for phase in chosen}


def automate(
    root: Path,
    texts: Mapping[str, str],
    install: str,
    matrices: Matrices | None = None,
    *,
    force: bool,
    waits: Callable[[Path], None] = unheard,
) -> Written:
    """Write the workflow files below `root`, all or nothing; other files there stay as they are.

    `texts` are the templates by name, `install` is what pip shall install; the indexes that `matrices` route to are
    named as secrets. UsageError for a file that is there and is another one, unless by force.
    """
    aliases = dict.fromkeys(alias for _, alias in matrices.routes) if matrices else ()
    wanted = workflows(texts, install, sorted(map(variable_of, aliases)))
    return _written(root, FOLDER, wanted, force=force, waits=waits)


def _written(
    root: Path, folder: str, wanted: Mapping[str, bytes], *, force: bool, waits: Callable[[Path], None]
) -> Written:
    """The files of one folder, all or nothing. UsageError for one that is there and is another one, but by force."""
    there = read(root / folder, wanted)
    if not force:
        refuse_changed(wanted, there, folder)
    plan = Plan(files=wanted, based_on={name: there.get(name) for name in wanted})
    (written,) = write([(root / folder, plan)], waits)
    return written


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineResult:
    """What was written for GitLab, and the targets that its pipeline does not prove."""

    written: Written
    is_included: bool
    """Whether the pipeline that GitLab reads is one that was written here, or includes the file by its path."""
    targets: tuple[str, ...]
    gaps: tuple[Gap, ...]
    """Those of the targets that no job proves."""


def automate_gitlab(
    root: Path,
    text: str,
    install: str,
    matrices: Matrices,
    *,
    force: bool,
    waits: Callable[[Path], None] = unheard,
) -> PipelineResult:
    """Write the pipeline below `root`; where there is none yet, also the file that includes it. Else that one stays.

    UsageError for a file that is there and is another one, unless by force. The jobs are those of every target that is
    supported, for the sets of today are not those that the pipeline will resolve.
    """
    found = _to_prove(matrices, Scope(), root / "no output")
    jobs = gitlab.parallel(found.wanted, "smoked", matrices.images)
    wanted = {gitlab.NAME: gitlab.pipeline(text, install, jobs)}
    written = _written(root, gitlab.FOLDER, wanted, force=force, waits=waits)
    first = read(root, [gitlab.PIPELINE]).get(gitlab.PIPELINE)
    if first is None:
        write_alone(root / gitlab.PIPELINE, gitlab.INCLUDE.encode())
    is_included = first is None or f"{gitlab.FOLDER}/{gitlab.NAME}".encode() in first
    targets = tuple(target.name for target in found.wanted)
    return PipelineResult(written=written, is_included=is_included, targets=targets, gaps=jobs.gaps)
