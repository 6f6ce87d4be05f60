"""`lockgen try`: whether a project's requirements fit beside a phase."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import facts_of, matrices_folder, open_matrices, output_folder
from lockgen.cli.metadata import try_builder
from lockgen.cli.printing import print_answer, print_result, say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.requirements import Constraints, Files, FromPython, Groups, RequirementsAsked, read_all
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.model.answer import Answer, Section
from lockgen.model.matrix import BASE, Matrices
from lockgen.model.requirements import UserRequirements
from lockgen.report.render import refused_points
from lockgen.report.try_ import TriedPhase, asked_text, left_out, result_json, try_answer
from lockgen.requirements.installed import read_installed
from lockgen.requirements.reading import merge
from lockgen.workflow import try_ as try_workflow
from lockgen.workflow.try_ import PhaseTryResult

TrySets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="GLOB",
        envvar="LOCKGEN_SET",
        help="The sets they shall fit beside, such as base, test or 'doc*'; repeatable. base when absent.",
    ),
]


def try_(
    asked: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REQUIREMENT]...", help="Requirements such as 'celery<5'; - reads them from stdin."),
    ] = None,
    files: Files = None,
    constraints: Constraints = None,
    groups: Groups = None,
    from_python: FromPython = None,
    build: Annotated[
        bool,
        typer.Option(
            "--build", envvar="LOCKGEN_BUILD", help="Build metadata that sdists do not state: runs code of the index."
        ),
    ] = False,
    phase: opt.Phases = None,
    set_: TrySets = None,
    target: opt.Targets = None,
    as_of: opt.AsOf = None,
    matrices_dir: opt.MatricesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: opt.OutputFormat = opt.Format.text,
    quiet: opt.Quiet = False,
) -> int:
    """Say for every target whether these requirements fit beside the phase, and if not, why and what would.

    With the committed pins as they are, within the phase's ranges with other pins, or not at all. The table of known
    conflicts counts. Exit 0: they fit everywhere. 1: somewhere they do not. 2: could not ask.

    Examples:
        lockgen try "celery<5" "redis>=5" --phase 2
        lockgen try -r requirements.txt -c https://example.org/constraints.txt
        lockgen try --from-python .venv/bin/python --phase 2 --target 'py3.11-*'

    """
    quiet = quiet or format_ is opt.Format.json
    matrices = open_matrices(matrices_dir)
    scope = opt.scope_of(phase, target, opt.StrategyName.recommended, as_of=as_of, sets=set_ or [BASE])
    where = RequirementsAsked(
        arguments=asked or (), files=files or (), constraints=constraints or (), groups=groups or ()
    )
    parts = read_all(where, source)
    requirements = _read_requirements(parts, from_python, matrices)
    output = output_folder(output_dir)
    with ExitStack() as opened:
        bar = opened.enter_context(ProgressBar(quiet=quiet))
        index, resolver = opened.enter_context(open_resolver(source, matrices, scope, bar))
        builder = opened.enter_context(try_builder(source, matrices, index, resolver, quiet=quiet)) if build else None
        found = try_workflow.try_(matrices, scope, requirements, output, resolver, bar.solved, build=builder)
    is_yes = all(tried.is_yes for tried in found)
    if format_ is opt.Format.json:
        print_result("try", _json(requirements, found), ok=is_yes)
        return int(not is_yes)
    tried = [
        TriedPhase(facts=each.facts, results=each.results, unsupported=each.unsupported, is_committed=each.is_committed)
        for each in found
    ]
    no = dict.fromkeys(cell for each in found for cell in each.refused)
    refused = refused_points(no, [cell.target.name for cell in no])
    print_answer(
        try_answer(requirements, tried, refused, is_build=build), on_stdout=True, folder=matrices_folder(matrices_dir)
    )
    return int(not is_yes)


def _read_requirements(parts: list[UserRequirements], python: str | None, matrices: Matrices) -> UserRequirements:
    if python is None and not any(each != UserRequirements() for each in parts):
        raise UsageError(
            "there is nothing to try",
            hint="Name requirements (lockgen try 'celery<5'), a file of them with -r FILE, or an interpreter with "
            "--from-python PATH.",
        )
    installed = [] if python is None else [read_installed(facts_of(python), python)]
    every = merge((*parts, *installed))
    if not every.requirements and not every.constraints:
        print_answer(Answer(state="bad", verdict=asked_text(every), sections=(Section(points=tuple(left_out(every))),)))
        raise UsageError("there is nothing to try: nothing here is asked of an index")
    return merge((*parts, *(_without_rows(each, matrices) for each in installed)))


def _without_rows(requirements: UserRequirements, matrices: Matrices) -> UserRequirements:
    """The requirements without the phases' own packages, which the phase is going to replace."""
    own = {row.name for phase in matrices.phases.values() for row in phase.dependencies}
    replaced = sorted({each.name for each in requirements.requirements if each.name in own})
    if replaced:
        say(f"note: the phase brings its own {', '.join(replaced)}")
    return replace(requirements, requirements=tuple(each for each in requirements.requirements if each.name not in own))


def _json(requirements: UserRequirements, found: tuple[PhaseTryResult, ...]) -> dict[str, object]:
    return {
        "requirements": len(requirements.requirements),
        "not_considered": [
            {"where": item.where, "text": item.text, "reason": item.reason} for item in requirements.unconsidered
        ],
        "phases": {
            tried.facts.phase: {
                "is_committed": tried.is_committed,
                "targets": {each.target.name: result_json(each) for each in tried.results},
                "unsupported": [each.target.name for each in tried.unsupported],
            }
            for tried in found
        },
    }
