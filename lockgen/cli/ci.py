"""`lockgen ci`: the workflows of a CI service, and its fan-out over native machines."""

from __future__ import annotations

import json
import tomllib
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated

import typer

from lockgen.ci.fanout import MOST
from lockgen.ci.install import checked_install, recorded_install
from lockgen.ci.workflows import FOLDER, NAMES
from lockgen.cli import options as opt
from lockgen.cli.environment import open_matrices, output_folder, project_root, say_waiting, shipped
from lockgen.cli.printing import print_answer
from lockgen.errors import UsageError
from lockgen.model.answer import Answer, Point, Section, State
from lockgen.report.render import files_text, refused_points
from lockgen.text import grouped_pairs
from lockgen.text.target_names import in_words
from lockgen.workflow.ci import automate, fan_out


class Service(StrEnum):
    """The CI services there are workflows for."""

    github = "github"


def ci_matrix(
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    level: opt.LevelName = "smoked",
    matrices_dir: opt.MatricesDir = None,
    output_dir: opt.Output = None,
) -> int:
    """Print one job per target for `strategy.matrix` of a GitHub workflow: runner, container, Python, command.

    The JSON stands in one line, for $GITHUB_OUTPUT. The runner is a machine of the target's own architecture. Where
    targets.yaml names an image for it, and for musl, the set's Python is in that container. A target that no hosted
    runner serves is named on stderr and left out, and so is one whose committed set is out of date or missing. Exit 0:
    there are jobs. 1: there are none, or a pattern means only unsupported targets.

    Examples:
        lockgen ci matrix --phase 1
        lockgen ci matrix --target '*-macos-*' --level installed

    """
    matrices = open_matrices(matrices_dir)
    scope = opt.scope_of(phase, target, opt.StrategyName.recommended, sets=set_)
    fanned = fan_out(matrices, scope, opt.level(level), output_folder(output_dir))
    jobs, gaps = fanned.fan.include, fanned.fan.gaps
    if len(jobs) > MOST:
        raise UsageError(
            f"these are {len(jobs)} jobs, and GitHub runs at most {MOST} of one matrix",
            hint="Narrow them with --target, in one matrix each.",
        )
    print(json.dumps({"include": [dict(job) for job in jobs]}, separators=(",", ":")))
    left = {**grouped_pairs((f"{gap.reason}.", gap.target.name) for gap in gaps), **fanned.unproved}
    without = dict.fromkeys(name for names in left.values() for name in names)
    everything = dict.fromkeys([*(job["target"] for job in jobs), *without])
    gone = len(everything) - len(jobs)
    points = (
        *(Point(name=f"left out: {in_words(names, list(everything))}", reasons=(why,)) for why, names in left.items()),
        *refused_points(fanned.refused, [each.target.name for each in fanned.refused]),
    )
    if points:
        state: State = "bad" if fanned.refused or not jobs else "notable"
        counts = f"{len(jobs)} {'job' if len(jobs) == 1 else 'jobs'}"
        verdict = f"{counts}, {gone} {'target' if gone == 1 else 'targets'} left out" if gone else counts
        print_answer(Answer(state=state, verdict=verdict, sections=(Section(points=points),)))
    return int(bool(fanned.refused) or not jobs)


def ci_init(
    service: Annotated[Service, typer.Argument(metavar="SERVICE", help="github.")],
    install: Annotated[
        str | None,
        typer.Option(
            "--install",
            metavar="WHAT",
            envvar="LOCKGEN_INSTALL",
            help="What pip installs there: the address of a wheel, a git reference, or a file of this repository.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were changed.")] = False,
    quiet: opt.Quiet = False,
) -> int:
    """Write the workflows of a CI service into the current folder, all or nothing.

    compatibility.yml: on a pull request, check, lint and verify --level closed. re-resolve.yml: every week, drift and
    bump, the new sets proved on native machines, offered as one pull request. lockgen is on no index, so they
    install it from where --install says; without it from where the running lockgen was installed, if that is an
    address; in lockgen's own repository, the checkout. The address of an index that packages are routed to comes from
    the secret LOCKGEN_INDEX_ALIAS. Exit 0: they are there. 2: a changed file is in the way.

    Examples:
        lockgen ci init github --install vendor/lockgen-0.1.0-py3-none-any.whl
        lockgen ci init github --force --install git+https://HOST/lockgen.git@v1

    """
    folder = shipped("templates") / service.value
    texts = {name: (folder / name).read_text("utf-8") for name in NAMES}
    source = _source() if install is None else checked_install(install)
    matrices = open_matrices(None) if project_root() else None
    written = automate(Path(), texts, source, matrices, force=force, waits=say_waiting)
    if not quiet:
        verbs = ("created", "changed", "unchanged")
        rows = tuple((f"{FOLDER}/{name}", verb) for verb in verbs for name in getattr(written, verb))
        counts = files_text({verb: len(getattr(written, verb)) for verb in verbs})
        print_answer(Answer(state="good", verdict=f"workflows: {counts}", sections=(Section(rows=rows),)))
    return 0


def _source() -> str:
    """What pip shall install there: the checkout where it is lockgen's own, else what the running lockgen came from."""
    try:
        project = tomllib.loads(Path("pyproject.toml").read_text("utf-8")).get("project", {})
    except (OSError, ValueError):  # none, or not for lockgen to read
        project = {}
    if isinstance(project, dict) and project.get("name") == "lockgen":
        return "."
    try:
        found = recorded_install(distribution("lockgen").read_text("direct_url.json"))
    except PackageNotFoundError:  # a checkout that was never installed
        found = None
    if found is None:
        raise UsageError(
            "lockgen is on no index, and where this one was installed from is no address that a runner reaches",
            hint="Say what pip shall install there: --install https://HOST/lockgen-0.1.0-py3-none-any.whl, or "
            "--install git+https://HOST/lockgen.git@v0.1.0.",
        )
    return found
