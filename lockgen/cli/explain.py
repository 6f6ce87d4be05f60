"""`lockgen explain`: why a package has the version it has."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder, open_matrices, shipped
from lockgen.cli.printing import print_answer, print_result
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.lint.rules import RULES
from lockgen.report.explain import ExplainedPhase, explanation_answer, explanation_json
from lockgen.report.explain_rules import rule_answer, rule_names
from lockgen.report.render import refused_points
from lockgen.text import alike
from lockgen.workflow.explain import explain_package

_SUBJECT = re.compile(r"\s*([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])\s*(?:==\s*(\S+)\s*)?", re.IGNORECASE)
_HINT = "Write `lockgen explain django`, or `lockgen explain django==4.2.1` for why not that version."


def explain(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A package; NAME==VERSION asks why it is not that version.")
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option("--rule", metavar="ID", help="Say what a lint rule, a kind of drift or of refusal means."),
    ] = None,
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
        lockgen explain --rule recommended-conflict

    """
    if rule is not None:
        return _explain_rule(rule, name, format_)
    if name is None:
        raise UsageError("no package is named", hint=_HINT)
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


def _explain_rule(rule: str, name: str | None, format_: opt.Format) -> int:
    """From the text of docs/lint.md and of the reference pages."""
    if name is not None:
        raise UsageError(f"--rule explains a rule, so {name!r} is in the way", hint="Leave one away.")
    severities = {each: found.severity for each, found in RULES.items()}
    answer = rule_answer(rule, (shipped("docs") / "lint.md").read_text("utf-8"), severities)
    if answer is None:
        names = rule_names(severities)
        near = alike(rule, names)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(names)}."
        raise UsageError(f"there is no rule or kind {rule!r}", hint=hint)
    if format_ is opt.Format.json:
        points = [point for section in answer.sections for point in section.points]
        meanings = [{"what": point.name, "text": list(point.reasons)} for point in points]
        print_result("explain", {"rule": rule, "meanings": meanings}, ok=True)
    else:
        print_answer(answer, on_stdout=True)
    return 0


def _subject(text: str) -> tuple[NormalizedName, Version | None]:
    """The normalized name (PEP 503) and the version, when one is given."""
    match = _SUBJECT.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is no package name", hint=_HINT)
    try:
        return canonicalize_name(match[1]), Version(match[2]) if match[2] else None
    except InvalidVersion:
        raise UsageError(f"{match[2]!r} is no version", hint=_HINT) from None
