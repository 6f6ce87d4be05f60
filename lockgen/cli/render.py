"""`lockgen render`: make the files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import open_inputs, open_matrices, output_folder, say_waiting
from lockgen.cli.packages import packages
from lockgen.cli.printing import print_json, say, say_refused
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import Source, open_resolver
from lockgen.errors import LockgenError, UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult
from lockgen.render.pylock import Address
from lockgen.render.stale import StaleFolder, prune
from lockgen.render.write import Written
from lockgen.report.locked import change_lines, counts_text, move_lines, outdated_lines, proof_lines
from lockgen.report.render import TargetRepairs, files_text, nearest, nos_text, outcome_text
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
    scope, output = opt.scope_of(phase, target, strategy, as_of=as_of, sets=set_), output_folder(output_dir)
    keep = KeepOptions(
        output=output,
        is_upgrade=upgrade,
        packages=frozenset(packages(upgrade_package or [], "--upgrade-package django")),
        is_offline=source.offline,
    )
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (index, resolver):
        results = answer_phases(matrices, scope, keep, resolver, bar.solved)
        if not upgrade and (incidents := change_lines(results, incidents=True)):
            return _refuse(incidents)
        inputs = replace(inputs, address=_addresses(index)) if pylock else inputs
        rendered = render_workflow.render_phases(results, inputs, output)
        repairs = [_find_repairs(matrices, each, resolver) for each in results]
        requests = getattr(index, "requests_made", 0)
    held = frozenset() if keep_going else render_workflow.without_set(results)
    going = [each for each in rendered if each.result.phase.table not in held]
    if not quiet:
        _tell_moves(results, going)
    done = iter(render_workflow.to_write(going) if dry_run else render_workflow.write_phases(going, say_waiting))
    written = [Written() if each.result.phase.table in held else next(done) for each in rendered]
    if verbose:
        say(f"{requests} requests to the index")
    known = {row.name for each in matrices.phases.values() for row in each.dependencies}
    code = _report(rendered, written, format_, known, repairs, quiet=quiet)
    for line in (*change_lines(results, incidents=False), *outdated_lines(find_outdated(going))):
        say(f"warning: {line}")
    _tell_stale(find_stale(matrices, scope, output), is_pruned=prune_ and not dry_run)
    if not quiet:
        _tell_held(held, is_dry=dry_run)
    return code


def _tell_moves(results: Sequence[PhaseResult], rendered: Sequence[RenderedPhase]) -> None:
    """Before anything is written: what was kept, what moves, and which proofs are no longer about any set."""
    if any(lock.is_kept or lock.moves for each in results for lock in each.locks.values()):
        say("\n".join([counts_text(results), *move_lines(results)]))
    for line in proof_lines([(each.result, render_workflow.fallen_proofs(each)) for each in rendered]):
        say(line)


def _tell_held(held: Collection[str], *, is_dry: bool) -> None:
    if held:
        names = ", ".join(sorted(held))
        say(
            f"nothing was written of phase {names}: a target has no set. "
            "`lockgen render --keep-going` writes the others and keeps its old set, marked as stale."
        )
    if is_dry:
        say("nothing was written: --dry-run")


def _refuse(incidents: Sequence[str]) -> int:
    say("\n".join(incidents))
    say(
        "nothing was written: the index lists other bytes than were locked. Find out why; "
        "`lockgen render --upgrade` takes what it lists now."
    )
    return 1


def _tell_stale(stale: Sequence[StaleFolder], *, is_pruned: bool) -> None:
    """Name the folders that no matrix makes, and remove them where that is asked for."""
    for folder in stale:
        say(f"{folder.path}: {folder.reason}" + (f"; removing {len(folder.files)} files" if is_pruned else ""))
    if is_pruned:
        prune(stale)
        for folder in stale:
            if folder.path.exists():
                say(f"{folder.path}: stays, for files in it that lockgen did not make")
    elif stale:
        say("Nothing deploys them; `lockgen render --prune` removes them.")


def _addresses(index: Source) -> Address:
    if isinstance(index, FrozenIndex):
        raise UsageError(
            "a frozen index holds no addresses, and pylock.toml needs one for each file",
            hint="Render with --pylock from the live index.",
        )
    return index.address


def _find_repairs(matrices: Matrices, result: PhaseResult, resolver: Resolver) -> TargetRepairs:
    """The repairs by target; none where all targets have a set, or where the index cannot be read for them."""
    if not render_workflow.without_set([result]):
        return {}
    try:
        return lint_workflow.find_repairs(matrices, result, resolver)
    except LockgenError as error:
        say(f"note: what would help could not be asked: {error.message}")
        return {}


def _report(
    rendered: Sequence[RenderedPhase],
    written: Sequence[Written],
    format_: opt.Format,
    known: Collection[str],
    repairs: Sequence[TargetRepairs],
    *,
    quiet: bool,
) -> int:
    if format_ is opt.Format.json:
        print_json(
            [
                {
                    **render_workflow.report(each, done),
                    "did_you_mean": nearest(each.result.cells, known),
                    "repairs": phase_repairs,
                }
                for each, done, phase_repairs in zip(rendered, written, repairs, strict=True)
            ]
        )
    for each, done, phase_repairs in zip(rendered, written, repairs, strict=True):
        facts, cells = each.result.facts, each.result.cells
        if not quiet:
            say(outcome_text(facts, cells, each.result.unsupported, known, phase_repairs))
            counts = {
                "created": len(done.created),
                "changed": len(done.changed),
                "removed": len(done.removed),
                "unchanged": len(done.unchanged),
            }
            say(f"  {each.folder}: files {files_text(counts)}")
        elif nos := nos_text(facts, cells, known, phase_repairs):
            say(nos)
        say_refused(each.result.selection.refused)
    return int(not all(each.result.is_yes for each in rendered))
