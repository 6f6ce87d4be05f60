"""What the command line reads of the machine it runs on: folders of matrices and templates, other interpreters."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import lockgen
from lockgen.cli.printing import say
from lockgen.errors import LockgenError, MatrixError, UsageError
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.matrix import Matrices
from lockgen.render.documents import TEMPLATES
from lockgen.render.environment import Templates, html_templates, templates
from lockgen.render.phase import RenderInputs
from lockgen.render.preflight import facts_program
from lockgen.render.report_html import TEMPLATE as PAGE
from lockgen.report.layout import place_text
from lockgen.verify import interpreters
from lockgen.verify.smoke import smoke_digest

SMOKE = "smoke.py"
NO_MATRIX: Mapping[str, Any] = MappingProxyType({})


def shipped(kind: str) -> Path:
    """The folder of matrices or templates that came with lockgen: in the wheel, or in the checkout it runs from."""
    package = Path(lockgen.__file__).parent
    inside = package / "defaults" / kind
    return inside if inside.is_dir() else package.parent / kind


def project_root() -> Path | None:
    """The nearest folder from the working directory upward that holds matrices/targets.yaml, as a relative path.

    None when there is none up to the root of the file system.
    """
    here = Path.cwd()
    folders = (folder for folder in (here, *here.parents) if (folder / "matrices" / "targets.yaml").is_file())
    found = next(folders, None)
    return None if found is None else Path(os.path.relpath(found, here))


def matrices_folder(folder: Path | None) -> Path:
    """The folder named, or that of the project. UsageError where there is no project."""
    if folder is not None:
        return folder
    root = project_root()
    if root is None:
        raise UsageError(
            "there is no matrices/targets.yaml here or in a folder above",
            where=str(Path.cwd()),
            hint="`lockgen init -r requirements.txt` writes first matrices, `lockgen init --example` copies an "
            "example; --matrices names a folder elsewhere.",
        )
    return root / "matrices"


def output_folder(folder: Path | None) -> Path:
    """The folder of outputs named, or output/ of the project; of the working directory where there is no project."""
    return folder or (project_root() or Path()) / "output"


def open_matrices(folder: Path | None) -> Matrices:
    """The matrices of that folder."""
    place = matrices_folder(folder)
    return load_texts(place, read_directory(place))


def load_texts(folder: Path, texts: Mapping[str, bytes]) -> Matrices:
    """The matrices that these files of the folder are; complaints name them by paths from the working directory."""
    try:
        matrices = load_matrices(texts)
    except MatrixError as error:
        raise MatrixError(tuple(_placed(each, folder) for each in error.complaints)) from None
    for phase in matrices.tables:
        if not phase.dependencies:
            raise UsageError(
                f"phase {phase.phase} has no row, so there is nothing to lock",
                where=str(folder),
                hint="List packages under `dependencies` of the phase, each with a name and its bounds.",
            )
    return matrices


def _placed(complaint: LockgenError, folder: Path) -> LockgenError:
    where = place_text(complaint.where, folder)
    return LockgenError(place_text(complaint.message, folder), where=where, hint=complaint.hint)


def say_waiting(directory: Path) -> None:
    """Print that another run writes in the directory, and that this one waits until it is done."""
    say(f"another run of lockgen writes in {directory}: waiting for it")


def open_inputs(matrices_dir: Path | None, templates_dir: Path | None) -> RenderInputs:
    """Templates, the smoke script that stands beside the matrices, and what preflight.py is made of."""
    return RenderInputs(
        templates=open_templates(templates_dir), smoke=open_smoke(matrices_dir), preflight=preflight_sources()
    )


def open_smoke(matrices_dir: Path | None) -> str:
    """The digest of the smoke script that stands beside the matrices; empty when there is none."""
    script = matrices_folder(matrices_dir) / SMOKE
    return smoke_digest(script.read_bytes()) if script.is_file() else ""


def open_templates(folder: Path | None) -> Templates:
    """The shipped templates, with those of the project and of the folder named standing in for them."""
    return templates(*_found(folder, TEMPLATES))


def open_html(folder: Path | None) -> Templates:
    """The same for the page. It is no part of the output, so it has no part in the digest of the others."""
    return html_templates(*_found(folder, (PAGE,)))


def _found(folder: Path | None, names: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of these templates as shipped, and those that stand in for them."""
    known = {*TEMPLATES, PAGE}
    if folder is not None and not folder.is_dir():
        raise UsageError("there is no such folder", where=str(folder), hint="Name a folder of templates.")
    if folder is not None and (strangers := sorted({path.name for path in folder.glob("*.j2")} - known)):
        raise UsageError(
            f"there is no template {' or '.join(map(repr, strangers))}, so this would stand in for nothing",
            where=str(folder),
            hint=f"The templates are {', '.join(sorted(known))}.",
        )
    here = (project_root() or Path()) / "templates"
    overrides: dict[str, str] = {}
    for place in (here if here.is_dir() else None, folder):
        overrides |= {} if place is None else _texts(place, names)
    return _texts(shipped("templates"), names), overrides


def _texts(folder: Path, wanted: Sequence[str]) -> dict[str, str]:
    """The templates in the folder, by name; what has the name of one and cannot be read as one is an error."""
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise UsageError(f"the folder cannot be read: {error.strerror}", where=str(folder)) from None
    return {name: _text(folder / name) for name in wanted if name in names}


def _text(file: Path) -> str:
    if file.is_dir():
        raise UsageError("this is a folder, but a template is a file", where=str(file), hint="Rename or remove it.")
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte 0x{error.object[error.start]:02x} at offset {error.start} is not UTF-8"
        raise UsageError(f"the template cannot be read: {reason}", where=str(file), hint="Save it as UTF-8.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"the template cannot be read: {reason}", where=str(file), hint="Make it readable, or remove it."
        ) from None


def preflight_sources() -> dict[str, str]:
    """The modules of lockgen/preflight, name -> text, which run alone when they are put together."""
    folder = Path(lockgen.__file__).parent / "preflight"
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}


def facts_of(python: str, matrix: Mapping[str, Any] = NO_MATRIX) -> dict[str, Any]:
    """The facts of another interpreter, with what the checks of a guard's matrix look at: see
    `lockgen.verify.interpreters.facts_of`.
    """
    return interpreters.facts_of(python, os.environ, facts_program(preflight_sources(), matrix))
