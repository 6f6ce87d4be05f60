"""Read a requirements file of any kind, and merge the requirements of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from lockgen.errors import RequirementsError
from lockgen.model.requirements import UserRequirements
from lockgen.requirements.addresses import is_on_the_web
from lockgen.requirements.pip_file import Read, read_pip_file
from lockgen.requirements.pylock import read_pylock
from lockgen.requirements.pyproject import read_pyproject
from lockgen.requirements.toml import refusal
from lockgen.requirements.unreadable import unreadable

_EXPORT = "Write its requirements down in pip's syntax (`{}`) and name that file."
_CONDA = (
    "Write the packages that come from PyPI down in pip's syntax (in that environment `pip list --format freeze`), or "
    "name its interpreter with --from-python: conda's own names and versions are not those of PyPI."
)
_OTHERS = {
    "uv.lock": ("uv's lock", _EXPORT.format("uv export --format pylock.toml")),
    "poetry.lock": ("Poetry's lock", _EXPORT.format("poetry export --without-hashes")),
    "poetry.toml": ("Poetry's settings", "Name the project's pyproject.toml."),
    "pdm.lock": ("PDM's lock", _EXPORT.format("pdm export --without-hashes")),
    "pipfile": ("a Pipfile of Pipenv", _EXPORT.format("pipenv requirements")),
    "pipfile.lock": ("the lock of Pipenv", _EXPORT.format("pipenv requirements")),
    "pixi.toml": ("a project of Pixi", _CONDA),
    "pixi.lock": ("the lock of Pixi", _CONDA),
    "setup.py": ("a program of setuptools", _EXPORT.format("pip-compile --output-file requirements.txt")),
    "setup.cfg": ("settings of setuptools", _EXPORT.format("pip-compile --output-file requirements.txt")),
}
"""Files in formats that are not read: what they are, and the way round."""


def read_requirements(
    path: str, read: Read, environment: Mapping[str, str], *, groups: frozenset[str] = frozenset()
) -> UserRequirements:
    """The requirements of the file at `path`: a pyproject.toml, a pylock.toml (PEP 751), else in pip's syntax.

    `read` gives the bytes of a file by its path (OSError for one that cannot be read), `environment` what `${NAME}` in
    a requirements file stands for, `groups` the extras and dependency groups wanted of a .toml file. Raises
    RequirementsError with everything that cannot be read.
    """
    name = Path(path).name
    kind, hint = _OTHERS.get(name.lower(), ("", ""))
    if not kind and name.lower().endswith((".yml", ".yaml")):
        kind, hint = "an environment of conda", _CONDA
    if kind and not is_on_the_web(path):
        raise refusal(f"{kind}, which lockgen does not read", where=path, hint=hint)
    if is_on_the_web(path) or not name.endswith(".toml"):
        return read_pip_file(path, read, environment)
    try:
        content = read(path)
    except OSError as error:
        raise RequirementsError((unreadable(path, error),)) from None
    return (read_pylock if is_valid_pylock_path(Path(path)) else read_pyproject)(path, content, groups)


def merge(parts: Iterable[UserRequirements]) -> UserRequirements:
    """The requirements of several files together, in their order. One file that allows pre-releases allows them."""
    every = tuple(parts)
    pythons = [each.requires_python for each in every if each.requires_python is not None]
    return UserRequirements(
        requirements=tuple(requirement for each in every for requirement in each.requirements),
        constraints=tuple(requirement for each in every for requirement in each.constraints),
        unconsidered=tuple(item for each in every for item in each.unconsidered),
        requires_python=reduce(and_, pythons) if pythons else None,
        classifiers=tuple(dict.fromkeys(text for each in every for text in each.classifiers)),
        groups=tuple(group for each in every for group in each.groups),
        overrides=tuple(requirement for each in every for requirement in each.overrides),
        prereleases=any(each.prereleases for each in every),
    )
