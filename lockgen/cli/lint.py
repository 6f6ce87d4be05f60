"""`lockgen lint`: find numbers of the matrices that cannot be true, and repair them on request."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import load_texts, matrices_folder, output_folder
from lockgen.cli.help import LockgenCommand
from lockgen.cli.printing import print_answer, print_result, say, say_refused
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError, WriteError
from lockgen.lint.fix import RECOMMENDED
from lockgen.matrix.edit.values import diff
from lockgen.matrix.files import read_directory
from lockgen.render.write import replaced
from lockgen.report.lint import findings_answer, findings_github, findings_json
from lockgen.text.safe import terminal_lines
from lockgen.workflow import lint as lint_workflow
from lockgen.workflow.lint import LintResult


class LintCommand(LockgenCommand):
    """Lets --fix stand alone or before a rule."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A --fix that no rule follows means the recommended versions."""
        following = [*args, "-"][1:]
        spelled = [
            f"--fix={RECOMMENDED}" if word == "--fix" and after.startswith("-") else word
            for word, after in zip(args, following, strict=True)
        ]
        return list(super().parse_args(ctx, spelled))


def lint(
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    fix: Annotated[
        list[str] | None,
        typer.Option(
            "--fix",
            metavar="[RULE]",
            help="Write the repairs into the matrices and show the diff: of recommended versions; with RULE, of that "
            "rule's findings.",
        ),
    ] = None,
    matrices_dir: opt.MatricesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: Annotated[
        opt.AnnotatedFormat,
        typer.Option("--format", envvar="LOCKGEN_FORMAT", help="How it is written on stdout: text, json or github."),
    ] = opt.AnnotatedFormat.text,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Say which published numbers cannot be true, why, and what is nearest to them that is.

    Known issues, known conflicts and accept entries are judged only when all phases and targets are looked at, bounds
    and unused rows only when all targets are. A minimum or a maximum is a promise to others: it is changed only by
    --fix RULE. Exit 0: nothing found, or all of it is accepted in the matrices. 1: a finding. 2: could not ask.

    Examples:
        lockgen lint
        lockgen lint --phase 1 --format github
        lockgen lint --fix
        lockgen lint --fix unreachable-minimum

    """
    lint_workflow.check_rules(fix or ())
    if fix and target:
        raise UsageError("--fix and --target contradict each other", hint="A number has to serve all targets.")
    folder = matrices_folder(matrices_dir)
    texts = read_directory(folder)
    matrices = load_texts(folder, texts)
    scope = opt.scope_of(phase, target, opt.StrategyName.recommended, sets=set_)
    with (
        ProgressBar(quiet=quiet or format_ is opt.AnnotatedFormat.json) as bar,
        open_resolver(source, matrices, scope, bar) as (_, resolver),
    ):
        changed = lint_workflow.fix(texts, scope, fix, resolver) if fix else {}
        # Nothing is written before the index has given every answer.
        found = lint_workflow.lint(
            load_texts(folder, {**texts, **changed}) if changed else matrices,
            scope,
            resolver,
            bar.solved,
            output_folder(output_dir),
        )
    if fix:
        _write(folder, changed)
        shown = "".join(diff(file, texts[file], changed[file]) for file in sorted(changed))
        _tell_changes(shown, format_, sorted(changed), quiet=quiet)
    if format_ is not opt.AnnotatedFormat.json:
        say_refused(found.refused)
    _print(found, format_, folder, verbose=verbose)
    return int(not found.is_clean)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files, all or none: WriteError says that nothing was changed."""
    try:
        with replaced({folder / file: files[file] for file in sorted(files)}):
            pass
    except WriteError as error:
        hint = "Make the folder of matrices writable; nothing was changed."
        raise WriteError(error.message, where=error.where, hint=hint) from error


def _tell_changes(shown: str, format_: opt.AnnotatedFormat, files: Sequence[str], *, quiet: bool) -> None:
    (sys.stdout if format_ is opt.AnnotatedFormat.text else sys.stderr).write(terminal_lines(shown))
    if not quiet and format_ is not opt.AnnotatedFormat.json:
        say(
            f"changed {', '.join(files)}"
            if files
            else "nothing to fix: no open finding of these rules has a repair that can be written"
        )


def _print(found: LintResult, format_: opt.AnnotatedFormat, folder: Path, *, verbose: bool) -> None:
    if format_ is opt.AnnotatedFormat.json:
        print_result("lint", {"findings": findings_json(found.findings)}, ok=found.is_clean)
    elif format_ is opt.AnnotatedFormat.github:
        if text := findings_github(found.findings, found.targets, folder=folder):
            print(text)
    else:
        print_answer(findings_answer(found.findings, found.targets, verbose=verbose), on_stdout=True, folder=folder)
