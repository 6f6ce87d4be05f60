"""`lockgen init`: a first matrix from the requirements of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.cli import options as opt
from lockgen.cli.environment import facts_of, say_waiting, shipped
from lockgen.cli.init_host import host_platform
from lockgen.cli.printing import print_answer
from lockgen.cli.progress import ProgressBar
from lockgen.cli.requirements import Constraints, Files, FromPython, Groups, RequirementsAsked, read_all
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.matrix.init.targets import platforms, pythons
from lockgen.model.answer import Answer, Point, Section
from lockgen.model.phase import Scope
from lockgen.model.requirements import UserRequirements
from lockgen.report.render import RenderedSets, no_points
from lockgen.requirements.installed import read_installed
from lockgen.requirements.reading import merge
from lockgen.workflow import init as init_workflow
from lockgen.workflow.init import InitInputs, InitResult

_NEXT = "lockgen render --phase 1"


def init(
    files: Files = None,
    constraints: Constraints = None,
    groups: Groups = None,
    from_python: FromPython = None,
    example: Annotated[
        bool,
        typer.Option("--example", help="Copy the example that came with lockgen: the matrices of a migration."),
    ] = False,
    phase: Annotated[
        str, typer.Option("--phase", metavar="PHASE", envvar="LOCKGEN_PHASE", help="What the phase is called.")
    ] = "1",
    matrices_dir: Annotated[
        Path,
        typer.Option(
            "--matrices",
            metavar="DIR",
            envvar="LOCKGEN_MATRICES",
            help="Folder to write into; it holds no matrix yet.",
            rich_help_panel=opt.FILES,
        ),
    ] = Path("matrices"),
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    quiet: opt.Quiet = False,
) -> int:
    """Write a first matrix: a phase, targets.yaml and issues.yaml, every guessed number marked as guessed.

    The minimum is the lower bound, the recommended version the pinned or installed one, the maximum the upper bound.
    What nobody said is guessed: from the newest versions that fit together on the targets, up to the next major
    release. Exit 0: it renders on every target. 1: it is written, and some target has no set. 2: could not ask.

    Examples:
        lockgen init -r requirements.txt
        lockgen init -r pyproject.toml --from-python .venv/bin/python --phase app
        lockgen init --example

    """
    init_workflow.refuse_other(matrices_dir)
    if example:
        return _copy_example(matrices_dir, is_alone=not files and from_python is None, quiet=quiet)
    where = RequirementsAsked(arguments=(), files=files or (), constraints=constraints or (), groups=groups or ())
    as_of = FrozenIndex(source.frozen).dated if source.frozen else datetime.now(UTC).replace(microsecond=0)
    drafted = init_workflow.draft(_read_inputs(read_all(where, source), where, from_python, phase, as_of))
    with (
        ProgressBar(quiet=quiet) as bar,
        open_resolver(source, init_workflow.first_matrices(drafted), Scope(), bar) as (_, resolver),
    ):
        begun = init_workflow.fill(drafted, resolver, bar.solved)
    init_workflow.write_files(begun.texts, matrices_dir, say_waiting)
    if not begun.is_yes or not quiet:
        print_answer(_answer(begun, matrices_dir))
    return int(not begun.is_yes)


def _copy_example(folder: Path, *, is_alone: bool, quiet: bool) -> int:
    if not is_alone:
        raise UsageError("--example copies matrices, it reads no requirements", hint="Leave -r and --from-python away.")
    place = shipped("matrices")
    files = {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    init_workflow.write_files(files, folder, say_waiting)
    if not quiet:
        rows = tuple((str(folder / name),) for name in files)
        verdict = f"{folder}: the example, {len(files)} files"
        print_answer(Answer(state="good", verdict=verdict, sections=(Section(rows=rows),), next=_NEXT))
    return 0


def _read_inputs(
    parts: list[UserRequirements], where: RequirementsAsked, python: str | None, phase: str, as_of: datetime
) -> InitInputs:
    files = list(dict.fromkeys(where.files))
    if not files and python is None:
        raise UsageError(
            "there is nothing to start from",
            hint="Name requirements with -r FILE, or an interpreter with --from-python PATH.",
        )
    requirements = merge(parts)
    facts = None if python is None else facts_of(python)
    installed = {} if facts is None else _installed(facts)
    if facts is not None and not files:
        requirements = _loosened(read_installed(facts, "installed"), installed)
    running = "" if facts is None or files else str(facts["markers"]["python_version"])
    return InitInputs(
        requirements=requirements,
        installed=installed,
        sources=" and ".join([*files, *([f"what {python} has installed"] if python else [])]),
        pythons=pythons(requirements.requires_python, running, requirements.classifiers),
        platforms=platforms(requirements.classifiers, host_platform()),
        phase=phase,
        as_of=as_of,
    )


def _loosened(requirements: UserRequirements, installed: Mapping[NormalizedName, Version]) -> UserRequirements:
    """The requirements without `==` the version that is installed: that it is installed is no bound."""
    exactly = {name: SpecifierSet(f"=={version}") for name, version in installed.items()}
    return replace(
        requirements,
        requirements=tuple(
            replace(each, specifier=SpecifierSet()) if each.specifier == exactly.get(each.name) else each
            for each in requirements.requirements
        ),
    )


def _installed(facts: Mapping[str, Any]) -> dict[NormalizedName, Version]:
    """What an index could serve of what is installed; of two with one name, the one that is imported."""
    found: dict[NormalizedName, Version] = {}
    for each in facts["distributions"].get("found", ()):
        try:
            found.setdefault(canonicalize_name(each["name"]), Version(Version(each["version"]).public))
        except InvalidVersion:
            continue
    return found


def _answer(begun: InitResult, folder: Path) -> Answer:
    file = f"phase-{begun.page.phase}.yaml"
    number = len(begun.page.sets)
    sets = f" and {number} named set{'s' if number > 1 else ''}" if number else ""
    guesses = begun.texts[file].decode().count("# guessed")
    nos = no_points([RenderedSets(facts=begun.result.facts, cells=begun.result.cells)])
    counts = f"{len(begun.page.rows)} rows{sets}, {guesses} guesses, {len(begun.page.left_out)} left out"
    rows = tuple((str(folder / name),) for name in (file, "targets.yaml", "issues.yaml"))
    left = tuple(Point(name="left out", reasons=(each,), state="notable") for each in begun.page.left_out)
    return Answer(
        state="good" if begun.is_yes else "bad",
        verdict=f"{folder / file}: {counts}",
        sections=(Section(title="written", rows=rows), Section(points=(*left, *nos))),
        notes=tuple(each for each in begun.notes if each not in begun.page.left_out),
        next=f"look at them, then lockgen render --phase {begun.page.phase}",
    )
