"""`lockgen drift`: resolve again, and compare with the committed sets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder, open_matrices, output_folder
from lockgen.cli.printing import print_answer, print_result, print_text
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import Source, open_resolver
from lockgen.errors import UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.model.drift import KINDS, Drift
from lockgen.model.phase import Scope
from lockgen.report.drift import drift_answer, drift_json
from lockgen.report.drift_markdown import drift_markdown
from lockgen.report.render import refused_points
from lockgen.text import alike
from lockgen.workflow.drift import DriftOptions
from lockgen.workflow.drift import drift as watch

_COOLDOWN = re.compile(r"(\d{1,4})([dhw])\Z")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class DriftFormat(StrEnum):
    """How the drift is written."""

    text = "text"
    json = "json"
    markdown = "markdown"


def cooldown(text: str | timedelta) -> timedelta:
    """`7d`, `36h` or `2w`; the first a command does is to hand the default through."""
    if isinstance(text, timedelta):
        return text
    if (found := _COOLDOWN.match(text.strip())) is None:
        raise typer.BadParameter(f"{text!r} is no span of time. Write 7d, 36h or 2w.")
    return int(found[1]) * _UNITS[found[2]]


Cooldown = Annotated[
    timedelta,
    typer.Option(
        "--cooldown",
        metavar="SPAN",
        parser=cooldown,
        envvar="LOCKGEN_COOLDOWN",
        show_default=False,
        help="Hold releases back until they are this old: 7d, 36h or 2w; none when absent.",
    ),
]
Now = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        parser=opt.moment,
        envvar="LOCKGEN_AS_OF",
        help="Look as of this moment; as of now when absent, or of the day of a frozen index.",
    ),
]


def drift(
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    as_of: Now = None,
    cooldown: Cooldown = timedelta(),
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="KINDS",
            envvar="LOCKGEN_FAIL_ON",
            help="Exit 1 only for these kinds, separated by commas: broken,yanked. All when absent.",
        ),
    ] = None,
    matrices_dir: opt.MatricesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: Annotated[
        DriftFormat,
        typer.Option("--format", envvar="LOCKGEN_FORMAT", help="How it is written on stdout: text, json or markdown."),
    ] = DriftFormat.text,
    quiet: opt.Quiet = False,
) -> int:
    """Resolve again as of now and say what became of the committed sets, why and since when.

    Kinds, the most serious first: tampered, gone, yanked, broken, quarantined, archived, deprecated, late, moved,
    solvable, new-wheel, issue-solved. Exit 0: nothing of the kinds that count. 1: something. 2: could not ask.

    Examples:
        lockgen drift
        lockgen drift --cooldown 7d --fail-on broken,yanked,tampered,gone
        lockgen drift --format markdown >> "$GITHUB_STEP_SUMMARY"

    """
    counting = _counting(fail_on)
    matrices = open_matrices(matrices_dir)
    scope = opt.scope_of(phase, target, opt.StrategyName.recommended, as_of=asked(as_of, source), sets=set_)
    with (
        ProgressBar(quiet=quiet or format_ is DriftFormat.json) as bar,
        open_resolver(source, matrices, scope, bar) as (index, resolver),
    ):
        look = DriftOptions(now=now(scope, index), cooldown=cooldown)
        found = watch(matrices, scope, look, output_folder(output_dir), resolver=resolver, progress=bar.solved)
    is_no = bool(found.kinds & counting or any(each.refused for each in found.phases))
    print_drift(found, format_, "drift", matrices_folder(matrices_dir), ok=not is_no)
    return int(is_no)


def asked(as_of: datetime | None, source: opt.SourceOptions) -> datetime | None:
    """The moment asked for; now, to the second, where the live index is asked. None: a frozen index has its own."""
    return as_of or (None if source.frozen is not None else datetime.now(UTC).replace(microsecond=0))


def now(scope: Scope, index: Source) -> datetime:
    """The moment as of which drift resolves: see `asked`."""
    return scope.as_of or (index.dated if isinstance(index, FrozenIndex) else datetime.now(UTC))


def _counting(text: str | None) -> frozenset[str]:
    """The kinds that count. UsageError for a kind there is none of."""
    if text is None:
        return frozenset(KINDS)
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in KINDS:
            near = alike(name, KINDS)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"The kinds are {', '.join(KINDS)}."
            raise UsageError(f"there is no kind of drift {name!r}", hint=hint)
    if not names:
        raise UsageError("--fail-on names no kind of drift", hint=f"The kinds are {', '.join(KINDS)}.")
    return frozenset(names)


def print_drift(found: Drift, format_: DriftFormat, command: str, folder: Path, *, ok: bool) -> None:
    """The drift on stdout."""
    if format_ is DriftFormat.json:
        print_result(command, drift_json(found), ok=ok)
    elif format_ is DriftFormat.markdown:
        print_text(drift_markdown(found).rstrip("\n"))
    else:
        refused = [
            point
            for each in found.phases
            for point in refused_points(each.refused, [no.target.name for no in each.refused])
        ]
        print_answer(drift_answer(found, refused), on_stdout=True, folder=folder)
