"""`lockgen explain`: why a package has the version it has."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder, open_matrices
from lockgen.cli.printing import print_answer, print_result
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.report.explain import ExplainedPhase, explanation_answer, explanation_json
from lockgen.report.render import refused_points
from lockgen.workflow.explain import explain_package

_SUBJECT = re.compile(r"\s*([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])\s*(?:==\s*(\S+)\s*)?", re.IGNORECASE)
_HINT = "Write `lockgen explain django`, or `lockgen explain django==4.2.1` for why not that version."


def explain(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A package; NAME==VERSION asks why it is not that version.")
    ],
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    as_of: opt.AsOf = None,
    matrices_dir: opt.MatricesDir = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: Annotated[
        opt.Format, typer.Option("--format", envvar="LOCKGEN_FORMAT", help="How it is written on stdout: text or json.")
    ] = opt.Format.text,
    quiet: opt.Quiet = False,
) -> int:
    """Say why a package has the version it has: who asks for what, and what speaks against each newer version.

    Exit 0: it is in one of the sets asked for. 1: it is in none of them; why follows. 2: could not ask.

    Examples:
        lockgen explain django --phase 1
        lockgen explain django==4.2.1 --phase 1 --target 'py3.12-*'

    """
    subject = _subject(name)
    matrices = open_matrices(matrices_dir)
    scope = opt.scope_of(phase, target, strategy, as_of=as_of, sets=set_)
    with (
        ProgressBar(quiet=quiet or format_ is opt.Format.json) as bar,
        open_resolver(source, matrices, scope, bar) as (_, resolver),
    ):
        found = explain_package(matrices, scope, subject, resolver, bar.solved)
    explained = [each for each in found if each.explanations]
    is_yes = any(each.is_yes for each in found)
    if format_ is opt.Format.json:
        phases = [explanation_json(each.facts, subject, each.explanations, each.titles) for each in explained]
        print_result("explain", {"phases": phases}, ok=is_yes)
        return int(not is_yes)
    asked = [ExplainedPhase(facts=each.facts, explanations=each.explanations, titles=each.titles) for each in explained]
    refused = dict.fromkeys(no for each in found for no in each.selection.refused)
    everything = dict.fromkeys(name for each in found for name in each.selection.everything)
    print_answer(
        explanation_answer(subject, asked, refused_points(refused, everything)),
        on_stdout=True,
        folder=matrices_folder(matrices_dir),
    )
    return int(not is_yes)


def _subject(text: str) -> tuple[NormalizedName, Version | None]:
    """The normalized name (PEP 503) and the version, when one is given."""
    match = _SUBJECT.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is no package name", hint=_HINT)
    try:
        return canonicalize_name(match[1]), Version(match[2]) if match[2] else None
    except InvalidVersion:
        raise UsageError(f"{match[2]!r} is no version", hint=_HINT) from None
