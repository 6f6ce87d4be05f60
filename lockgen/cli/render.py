"""`lockgen render`: make the files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder, open_inputs, open_matrices, output_folder, say_waiting
from lockgen.cli.on_request import addresses, required_sbom_maker
from lockgen.cli.packages import packages
from lockgen.cli.printing import print_answer, print_result, say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.errors import LockgenError
from lockgen.model.answer import Answer, Point, Section
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult
from lockgen.render.stale import StaleFolder, prune
from lockgen.render.write import Written
from lockgen.report.locked import change_points, counts_text, move_sections, outdated_points, point_json, proof_lines
from lockgen.report.render import FILE_KINDS, RenderedSets, TargetRepairs, nearest, render_answer
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import lint as lint_workflow
from lockgen.workflow import render as render_workflow
from lockgen.workflow.check import find_outdated, find_stale
from lockgen.workflow.keep import KeepOptions, answer_phases
from lockgen.workflow.render import RenderedPhase


def render(
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    as_of: opt.AsOf = None,
    pylock: Annotated[
        bool,
        typer.Option("--pylock", envvar="LOCKGEN_PYLOCK", help="Write pylock.toml too (PEP 751); it names addresses."),
    ] = False,
    sbom: Annotated[
        bool,
        typer.Option("--sbom", envvar="LOCKGEN_SBOM", help="Write sbom.cdx.json too (CycloneDX 1.6)."),
    ] = False,
    upgrade: Annotated[
        bool,
        typer.Option("--upgrade", envvar="LOCKGEN_UPGRADE", help="Resolve every set again instead of keeping it."),
    ] = False,
    upgrade_package: Annotated[
        list[str] | None,
        typer.Option(
            "--upgrade-package",
            metavar="NAME",
            envvar="LOCKGEN_UPGRADE_PACKAGE",
            help="Take this package anew and keep the other pins; repeatable.",
        ),
    ] = None,
    prune_: Annotated[
        bool,
        typer.Option(
            "--prune", envvar="LOCKGEN_PRUNE", help="Remove folders of output that no matrix makes, naming each first."
        ),
    ] = False,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going",
            envvar="LOCKGEN_KEEP_GOING",
            help="Write the targets that have a set where another has none; its old set stays, marked as stale.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", envvar="LOCKGEN_DRY_RUN", help="Say what would move and change, and write nothing."),
    ] = False,
    matrices_dir: opt.MatricesDir = None,
    templates_dir: opt.TemplatesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: opt.OutputFormat = opt.Format.text,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Resolve every target and write requirements, constraints and lock files, all or nothing.

    A committed set stays while it answers its question; --upgrade and --upgrade-package move it. Exit 0: every target
    has a set. 1: one has none, and its phase stays as it was unless --keep-going writes the others; or the index lists
    other bytes than were locked, and nothing is written. 2: could not ask, nothing was written.

    Examples:
        lockgen render --phase 1
        lockgen render --phase 2 --target 'py3.12-*' --strategy maximum

    """
    matrices = open_matrices(matrices_dir)
    inputs = open_inputs(matrices_dir, templates_dir)
    if sbom:
        inputs = replace(inputs, sbom=required_sbom_maker())
    scope, output = opt.scope_of(phase, target, strategy, as_of=as_of, sets=set_), output_folder(output_dir)
    keep = KeepOptions(
        output=output,
        is_upgrade=upgrade,
        packages=frozenset(packages(upgrade_package or [], "--upgrade-package django")),
        is_offline=source.offline,
    )
    is_json = format_ is opt.Format.json
    quiet = quiet or is_json
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (index, resolver):
        results = answer_phases(matrices, scope, keep, resolver, bar.solved)
        if not upgrade and (incidents := change_points(results, incidents=True)):
            return _refuse(incidents, is_json=is_json)
        inputs = replace(inputs, address=addresses(index) if pylock else None)
        rendered = render_workflow.render_phases(results, inputs, output)
        repairs = [_find_repairs(matrices, each, resolver) for each in results]
        requests = getattr(index, "requests_made", 0)
    held = frozenset() if keep_going else render_workflow.without_set(results)
    going = [each for each in rendered if each.result.phase.table not in held]
    if not quiet:
        _tell_moves(results, going)
    done = iter(render_workflow.to_write(going) if dry_run else render_workflow.write_phases(going, say_waiting))
    written = [Written() if each.result.phase.table in held else next(done) for each in rendered]
    stale = find_stale(matrices, scope, output)
    is_pruned = prune_ and not dry_run
    left = _prune(stale, is_silent=is_json) if is_pruned else stale
    sets = [_sets(*each) for each in zip(rendered, written, repairs, strict=True)]
    known = {row.name for each in matrices.phases.values() for row in each.dependencies}
    is_yes = all(each.result.is_yes for each in rendered)
    if is_json:
        print_result("render", _json(rendered, written, repairs, known), ok=is_yes)
        return int(not is_yes)
    answer = render_answer(sets, known, kept=counts_text(results), verbose=verbose)
    points = [
        *change_points(results, incidents=False),
        *outdated_points(find_outdated(going)),
        *_stale_points(left, is_kept=is_pruned),
    ]
    if quiet and is_yes and not points:
        return 0
    extra = (Section(points=tuple(points)),) if points else ()
    if quiet:
        # Only what went wrong.
        nos = tuple(each for each in answer.sections if each.title == "no set")
        answer = replace(answer, sections=(*nos, *extra), notes=())
    else:
        spent = (f"{requests} requests to the index",) if verbose else ()
        answer = replace(answer, sections=(*answer.sections, *extra), notes=(*answer.notes, *spent))
    print_answer(
        replace(answer, help=_help(held, () if prune_ else stale, is_dry=dry_run)), folder=matrices_folder(matrices_dir)
    )
    return int(not is_yes)


def _sets(rendered: RenderedPhase, written: Written, repairs: TargetRepairs) -> RenderedSets:
    result = rendered.result
    return RenderedSets(
        facts=result.facts,
        cells=result.cells,
        unsupported=result.unsupported,
        refused=result.selection.refused,
        folder=rendered.folder,
        files={kind: len(getattr(written, kind)) for kind in FILE_KINDS},
        repairs=repairs,
    )


def _tell_moves(results: Sequence[PhaseResult], rendered: Sequence[RenderedPhase]) -> None:
    """Before anything is written: what moves, and which proofs are no longer about any set."""
    moves = move_sections(results)
    proofs = proof_lines([(each.result, render_workflow.fallen_proofs(each)) for each in rendered])
    if moves or proofs:
        print_answer(Answer(state="notable", verdict=counts_text(results), sections=tuple(moves), notes=tuple(proofs)))


def _help(held: Collection[str], stale: Sequence[StaleFolder], *, is_dry: bool) -> str:
    """The first of what is to be mended."""
    if held:
        return (
            f"nothing was written of phase {', '.join(sorted(held))}: a target has no set. "
            "lockgen render --keep-going writes the others and keeps its old set, marked as stale"
        )
    if is_dry:
        return "nothing was written: --dry-run"
    return "lockgen render --prune removes stale folders; nothing deploys them" if stale else ""


def _refuse(incidents: Sequence[Point], *, is_json: bool) -> int:
    count = len(incidents)
    if is_json:
        print_result("render", {"incidents": [point_json(each) for each in incidents]}, ok=False)
        return 1
    print_answer(
        Answer(
            state="bad",
            verdict=f"nothing was written: the index lists other bytes than were locked, of {count} "
            f"{'release' if count == 1 else 'releases'}",
            sections=(Section(points=tuple(incidents)),),
            help="find out why; lockgen render --upgrade takes what it lists now",
        )
    )
    return 1


def _prune(stale: Sequence[StaleFolder], *, is_silent: bool) -> list[StaleFolder]:
    """Remove the folders that no matrix makes, naming each first; those that stay, for they hold other files."""
    if not is_silent:
        for folder in stale:
            say(f"{folder.path}: {folder.reason}; removing {len(folder.files)} files")
    prune(stale)
    return [folder for folder in stale if folder.path.exists()]


def _stale_points(stale: Sequence[StaleFolder], *, is_kept: bool) -> list[Point]:
    stays = ("it stays, for files in it that lockgen did not make",) if is_kept else ()
    return [Point(name=str(folder.path), reasons=(folder.reason, *stays), state="notable") for folder in stale]


def _find_repairs(matrices: Matrices, result: PhaseResult, resolver: Resolver) -> TargetRepairs:
    """The repairs by target; none where all targets have a set, or where the index cannot be read for them."""
    if not render_workflow.without_set([result]):
        return {}
    try:
        return lint_workflow.find_repairs(matrices, result, resolver)
    except LockgenError as error:
        say(f"note: what would help could not be asked: {error.message}")
        return {}


def _json(
    rendered: Sequence[RenderedPhase],
    written: Sequence[Written],
    repairs: Sequence[TargetRepairs],
    known: Collection[str],
) -> dict[str, object]:
    phases = [
        {
            **render_workflow.report(each, done),
            "did_you_mean": nearest(each.result.cells, known),
            "repairs": dict(phase_repairs),
        }
        for each, done, phase_repairs in zip(rendered, written, repairs, strict=True)
    ]
    return {"phases": phases}
