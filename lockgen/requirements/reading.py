"""Read a requirements file of any kind, and merge the requirements of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from lockgen.errors import RequirementsError
from lockgen.model.requirements import UserRequirements
from lockgen.requirements.pip_file import Read, read_pip_file, unreadable
from lockgen.requirements.pylock import read_pylock
from lockgen.requirements.pyproject import read_pyproject
from lockgen.requirements.toml import refusal

_OTHERS = {
    "uv.lock": "uv export --format pylock.toml",
    "poetry.lock": "poetry export --without-hashes",
    "pdm.lock": "pdm export --without-hashes",
    "pipfile": "pipenv requirements",
    "pipfile.lock": "pipenv requirements",
    "setup.py": "pip-compile",
    "setup.cfg": "pip-compile",
    "environment.yml": "pip list --format freeze",
    "environment.yaml": "pip list --format freeze",
}
"""Files in formats that are not read, and the command that exports them in one that is."""


def read_requirements(
    path: str, read: Read, environment: Mapping[str, str], *, groups: frozenset[str] = frozenset()
) -> UserRequirements:
    """The requirements of the file at `path`: a pyproject.toml, a pylock.toml (PEP 751), else in pip's syntax.

    `read` gives the bytes of a file by its path (OSError for one that cannot be read), `environment` what `${NAME}` in
    a requirements file stands for, `groups` the extras and dependency groups wanted of a .toml file. Raises
    RequirementsError with everything that cannot be read.
    """
    name = Path(path).name
    if command := _OTHERS.get(name.lower()):
        hint = f"Write its requirements down in pip's syntax (`{command}`) and name that file."
        raise refusal("this kind of file is not read", where=path, hint=hint)
    if not name.endswith(".toml"):
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
        prereleases=any(each.prereleases for each in every),
    )
