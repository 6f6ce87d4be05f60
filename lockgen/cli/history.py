"""`lockgen history`: the sets of past days, what moved them, and which upload it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from packaging.utils import NormalizedName, canonicalize_name, is_normalized_name
from packaging.version import InvalidVersion, Version

from lockgen.cli import options as opt
from lockgen.cli.environment import open_matrices
from lockgen.cli.history_smoke import SmokeOptions, bisect_by_smoke, only_target
from lockgen.cli.printing import print_answer, print_result, print_text, say, say_refused
from lockgen.cli.progress import ProgressBar
from lockgen.cli.proofs import given
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.history.bisect import bisect_package, bisect_solvability
from lockgen.model.history import BisectResult
from lockgen.model.matrix import Matrices
from lockgen.report.history import NOTE, history_answer, history_json
from lockgen.report.history_bisect import bisect_answer, bisect_json, smoke_bisect_answer, smoke_bisect_json
from lockgen.report.history_markdown import history_markdown
from lockgen.resolve.resolver import Resolver
from lockgen.text import alike
from lockgen.workflow.history import PhaseHistory, recall

_BISECT = "Write httpx, or with --bisect also httpx==0.28.0."


class HistoryFormat(StrEnum):
    """How the history is written."""

    text = "text"
    json = "json"
    markdown = "markdown"


def history(
    package: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A package; with --bisect also NAME==VERSION.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            metavar="TIME",
            parser=opt.moment,
            envvar="LOCKGEN_SINCE",
            help="The first day; a year before the last one when absent.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until",
            metavar="TIME",
            parser=opt.moment,
            envvar="LOCKGEN_UNTIL",
            help="The last day; the matrix's own as_of when absent.",
        ),
    ] = None,
    bisect: Annotated[
        bool,
        typer.Option(
            "--bisect", help="Name the upload that moved NAME to its version; without NAME, that brought the set."
        ),
    ] = False,
    smoke: Annotated[
        bool,
        typer.Option("--smoke", help="With --bisect: install and run sets, name the upload that broke the first."),
    ] = False,
    no_known_issues: Annotated[
        bool, typer.Option("--no-known-issues", help="As if the known issues constrained nothing.")
    ] = False,
    phase: opt.Phases = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    python: Annotated[
        list[str] | None,
        typer.Option("--python", metavar="VERSION=PATH", envvar="LOCKGEN_PYTHON", help="An interpreter; repeatable."),
    ] = None,
    matrices_dir: opt.MatricesDir = None,
    templates_dir: opt.TemplatesDir = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: Annotated[
        HistoryFormat,
        typer.Option("--format", envvar="LOCKGEN_FORMAT", help="How it is written on stdout: text, json or markdown."),
    ] = HistoryFormat.text,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Say what the sets were on every day since then: when a target got one, when which pin moved, by which upload.

    Solved is only where an upload may have changed an answer. Named sets are left out: what they stand on differs from
    day to day. Exit 0: told. 1: a target asked for by name is unsupported, a bisection finds that it never was so, or a
    set that does not run. 2: could not ask.

    Examples:
        lockgen history --phase 1 --since 2023-01-01
        lockgen history certifi --phase 2 --target 'py3.11-*'
        lockgen history --bisect django==5.1.0 --phase 2 --strategy maximum
        lockgen history --bisect --smoke --phase 1 --strategy maximum --target py3.11-linux-x86_64 --no-known-issues

    """
    quiet = quiet or format_ is HistoryFormat.json
    name, version = _read_package(package, bisect=bisect, smoke=smoke)
    pythons = given(python)
    matrices = open_matrices(matrices_dir)
    scope = opt.scope_of(phase, target, strategy, as_of=until)
    scope = replace(scope, known_issues=not no_known_issues)
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (_, resolver):
        recalled = recall(matrices, scope, since, resolver, bar.walked)
        _check_name(name, recalled)
        if smoke:
            bar.stop()
            options = SmokeOptions(
                matrices_dir=matrices_dir, templates_dir=templates_dir, source=source, pythons=pythons, quiet=quiet
            )
            return _smoke_bisect(only_target(recalled), matrices, resolver, options, format_)
    if verbose:
        for each in recalled:
            say(f"{each.history.moments} moments, {each.history.searches} searches for phase {each.facts.phase}")
    refused = [cell for each in recalled for cell in each.question.selection.refused]
    found = _bisections(recalled, name, version) if bisect else []
    is_yes = not refused and (not bisect or any(result.span for _, results in found for result in results))
    if format_ is HistoryFormat.json:
        phases = (
            [bisect_json(each.facts, results) for each, results in found]
            if bisect
            else [history_json(each.facts, each.history, name or "") for each in recalled]
        )
        print_result("history", {"phases": phases}, ok=is_yes)
    elif format_ is HistoryFormat.markdown and not bisect:
        for each in recalled:
            print_text(history_markdown(each.facts, each.history, name or ""))
    else:
        answers = [bisect_answer(each.facts, results, each.history) for each, results in found] or [
            history_answer(each.facts, each.question.requests, each.history, name or "") for each in recalled
        ]
        for number, answer in enumerate(answers):
            is_last = number == len(answers) - 1 and not quiet
            print_answer(replace(answer, notes=(NOTE,) if is_last else ()), on_stdout=True)
        say_refused(refused)
    return int(not is_yes)


def _read_package(package: str | None, *, bisect: bool, smoke: bool) -> tuple[NormalizedName | None, Version | None]:
    """The package and version that NAME gives. UsageError for options that exclude each other."""
    if smoke and not bisect:
        raise UsageError("--smoke is for --bisect", hint="Write --bisect --smoke.")
    if smoke and package:
        raise UsageError(f"--smoke runs whole sets, so {package!r} is in the way", hint="Leave it away.")
    if package is None:
        return None, None
    name, _, version = package.partition("==")
    if (version and not bisect) or not is_normalized_name(canonicalize_name(name)):
        raise UsageError(f"{package!r} is no package's name", hint=_BISECT)
    try:
        return canonicalize_name(name), Version(version) if version else None
    except InvalidVersion:
        raise UsageError(f"{version!r} is no version", hint=_BISECT) from None


def _check_name(name: NormalizedName | None, recalled: Sequence[PhaseHistory]) -> None:
    """UsageError for a package that no set of any day holds."""
    sets = [span.pins or {} for each in recalled for course in each.history.courses for span in course.spans]
    known = {pinned for pins in sets for pinned in pins}
    if name is not None and name not in known:
        near = alike(name, known)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Transitive packages count too; see lockgen render."
        raise UsageError(f"no set of these days holds {name}", hint=hint)


def _bisections(
    recalled: Sequence[PhaseHistory], name: NormalizedName | None, version: Version | None
) -> list[tuple[PhaseHistory, Sequence[BisectResult]]]:
    """Which upload moved NAME to its version, or brought the set."""
    return [
        (each, bisect_package(each.history, name, version) if name else bisect_solvability(each.history))
        for each in recalled
    ]


def _smoke_bisect(
    recalled: PhaseHistory, matrices: Matrices, resolver: Resolver, options: SmokeOptions, format_: HistoryFormat
) -> int:
    """Which upload came with the first set that does not run: exit code 1 if there is one."""
    result = bisect_by_smoke(recalled, matrices, resolver, options)
    if format_ is HistoryFormat.json:
        phases = [smoke_bisect_json(recalled.facts, result)]
        print_result("history", {"phases": phases}, ok=result.span is None)
    else:
        print_answer(smoke_bisect_answer(recalled.facts, result, recalled.history), on_stdout=True)
    return int(result.span is not None)
