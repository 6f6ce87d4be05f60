"""`lockgen verify`: prove the committed sets, record and report what was proved."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder, open_inputs, open_matrices, output_folder, say_waiting
from lockgen.cli.exits import COULD_NOT_ASK
from lockgen.cli.printing import print_annotations, print_answer, print_result, say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.proofs import bench, chooser, given, script, workplace
from lockgen.cli.sources import open_resolver
from lockgen.cli.verify_merge import merge
from lockgen.cli.verify_ways import EngineName, Vias, open_ways, parse_vias
from lockgen.errors import UsageError
from lockgen.model.phase import PhaseResult
from lockgen.model.verify import LEVELS, Proof
from lockgen.render.documents import LOCK
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.write import write_alone
from lockgen.report.layout import placed
from lockgen.report.render import RenderedSets, no_points
from lockgen.report.verify import failure_name, junit, proofs_answer, proofs_json
from lockgen.verify.behind import GONE
from lockgen.verify.levels import ProofListener, ProofTools, prove
from lockgen.verify.verdicts import OUT_OF_REACH
from lockgen.workflow import render as render_workflow
from lockgen.workflow import verify as verify_workflow
from lockgen.workflow.keep import KeepOptions, answer_phases
from lockgen.workflow.render import RenderedPhase
from lockgen.workflow.verify import ProofPhase


def verify(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILES", help="With --merge: verified.json of other machines.")
    ] = None,
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    level: opt.LevelName = "smoked",
    python: Annotated[
        list[str] | None,
        typer.Option("--python", metavar="VERSION=PATH", envvar="LOCKGEN_PYTHON", help="An interpreter; repeatable."),
    ] = None,
    via: Vias = None,
    engine: EngineName = None,
    all_: Annotated[
        bool, typer.Option("--all", envvar="LOCKGEN_ALL", help="Prove again what is recorded as proved.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, metavar="N", envvar="LOCKGEN_JOBS", help="Sets proved at once.")
    ] = os.cpu_count() or 1,
    keep: Annotated[
        bool, typer.Option("--keep", envvar="LOCKGEN_KEEP", help="Keep the venvs beside the cache for the next run.")
    ] = False,
    proofs_dir: Annotated[
        Path | None,
        typer.Option(
            "--proofs",
            metavar="DIR",
            envvar="LOCKGEN_PROOFS",
            help="Write what this run proved, and no older record, for --merge elsewhere.",
        ),
    ] = None,
    junit_: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", envvar="LOCKGEN_JUNIT", help="Write JUnit XML.")
    ] = None,
    merge_: Annotated[
        bool, typer.Option("--merge", help="Prove nothing; join what other machines proved into the records.")
    ] = False,
    matrices_dir: opt.MatricesDir = None,
    templates_dir: opt.TemplatesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: opt.AnnotatedOutput = opt.AnnotatedFormat.text,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Prove the committed sets: closed, fetched by a real pip, installed and run where an interpreter is at hand.

    What was proved lands in verified.json and COMPATIBILITY.md, and is not proved again of the same set on the same
    interpreter. With --merge nothing is proved: the verified.json FILES
    that other machines wrote about these very sets are joined in, all or nothing. Exit 0: nothing failed. 1: a proof
    failed.

    Examples:
        lockgen verify --target 'py3.11-*' --python 3.11=/usr/bin/python3.11
        lockgen verify --via 'py3.11-linux-aarch64=./arm64 {work} python3'
        lockgen verify --merge proofs/*/verified.json

    """
    is_json = format_ is opt.AnnotatedFormat.json
    quiet = quiet or is_json
    if merge_:
        return merge(files or [], matrices_dir, templates_dir, output_folder(output_dir), format_, quiet=quiet)
    _refuse_files(files)
    wanted = opt.level(level)
    pythons, vias = given(python), parse_vias(via)
    matrices = open_matrices(matrices_dir)
    inputs = open_inputs(matrices_dir, templates_dir)
    scope = opt.scope_of(phase, target, strategy, sets=set_)
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (_, resolver):
        committed = KeepOptions(output=output_folder(output_dir), is_as_committed=True, is_offline=source.offline)
        results = answer_phases(matrices, scope, committed, resolver, bar.solved)
        rendered = render_workflow.render_phases(results, inputs, committed.output)
    with workplace(source, keep=keep) as work:
        examined = verify_workflow.examine(rendered, work, inputs.smoke, is_all=all_)
        subjects = [subject for each in examined for subject in each.subjects]
        targets = [subject.target for subject in subjects]
        # All of them, so that why a set is only fetched does not depend on which others were asked for.
        platforms = [*(target.platform for target in targets), *(row.platform for row in matrices.platforms)]
        _check_rendered(rendered)
        env = bench(source, work)
        with open_ways(vias, engine, matrices, targets, env) as ways:
            tools = ProofTools(
                env=env,
                choose=chooser(platforms, pythons, ways.found),
                script=script(matrices_dir),
                jobs=jobs,
                sweep=ways.sweep,
            )
            proofs = prove(subjects, wanted, tools, _listener(quiet=quiet))
        verify_workflow.record(examined, proofs, inputs, say_waiting)
    if proofs_dir is not None:
        own = verify_workflow.own_records(examined, proofs, inputs.smoke, committed.output)
        for place, text in own.items():
            write_alone(proofs_dir / place, text.encode())
    if junit_ is not None:
        write_alone(junit_, junit(proofs))
    nos = no_points([RenderedSets(facts=each.facts, cells=each.cells) for each in results])
    code = _exit_code(results, proofs)
    if is_json:
        print_result("verify", {"level": wanted, **proofs_json(proofs)}, ok=code == 0)
    elif format_ is opt.AnnotatedFormat.github:
        answer = placed(proofs_answer(proofs, wanted, nos), matrices_folder(matrices_dir))
        print_annotations(answer, "verify", _places(examined))
    elif code or not quiet:
        print_answer(proofs_answer(proofs, wanted, nos, verbose=verbose), folder=matrices_folder(matrices_dir))
    return code


def _places(examined: Sequence[ProofPhase]) -> dict[str, str]:
    """The committed lock of each set, by the name that a failure of it at any level has."""
    return {
        failure_name(subject.label, level): (subject.folder / LOCK).as_posix()
        for each in examined
        if each.is_committed
        for subject in each.subjects
        for level in LEVELS
    }


def _check_rendered(rendered: Sequence[RenderedPhase]) -> None:
    """UsageError where nothing was rendered: there is nothing to prove then, and no stray file either."""
    committed = [each for each in rendered if each.result.facts.strategy == "recommended"]
    if committed and not any((each.folder / SUMMARY).is_file() for each in committed):
        raise UsageError(
            "not rendered: there are no sets to prove", where=str(committed[0].folder), hint="Run lockgen render."
        )


def _refuse_files(files: Sequence[Path] | None) -> None:
    if files:
        raise UsageError(
            f"{str(files[0])!r} is in the way", hint="FILES are for --merge; targets are given by --target."
        )


def _listener(*, quiet: bool) -> ProofListener:
    """Prints each proof as it is made; proofs are made in threads."""
    lock = threading.Lock()

    def listen(label: str, proof: Proof) -> None:
        if not quiet and proof.verdict != "not run" and proof.level != "closed" and not proof.is_recorded:
            with lock:
                say(f"{label}: {proof.level} {proof.verdict}")

    return listen


def _exit_code(results: Sequence[PhaseResult], proofs: Mapping[str, Sequence[Proof]]) -> int:
    every = [proof for found in proofs.values() for proof in found]
    failed = any(proof.verdict == "failed" for proof in every)
    if not failed and any(
        proof.verdict == "not run" and proof.reason.startswith((OUT_OF_REACH, GONE)) for proof in every
    ):
        return COULD_NOT_ASK
    return int(failed or not all(each.is_yes for each in results))
