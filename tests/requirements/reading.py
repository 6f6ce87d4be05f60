"""Reading requirements from files that are a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lockgen.errors import RequirementsError
from lockgen.model.requirements import UserRequirement, UserRequirements
from lockgen.requirements.reading import read_requirements


def read(
    files: Mapping[str, str | bytes],
    path: str = "",
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> UserRequirements:
    """The wishes of the first of the files, or of the one at `path`."""

    def content(name: str) -> bytes:
        if name not in files:
            raise FileNotFoundError(2, "No such file or directory", name)
        text = files[name]
        return text if isinstance(text, bytes) else text.encode()

    return read_requirements(path or next(iter(files)), content, environment or {}, **options)


def wishes(text: str, environment: Mapping[str, str] | None = None) -> UserRequirements:
    """The wishes of a requirements.txt."""
    return read({"requirements.txt": text}, environment=environment)


def complaints(
    files: Mapping[str, str | bytes], environment: Mapping[str, str] | None = None, **options: Any
) -> list[str]:
    """What is said of files that cannot be read."""
    with pytest.raises(RequirementsError) as caught:
        read(files, environment=environment, **options)
    return [str(each) for each in caught.value.complaints]


def line(wish: UserRequirement) -> str:
    """The wish as a requirement."""
    extras = f"[{','.join(sorted(wish.extras))}]" if wish.extras else ""
    marker = f"; {wish.marker}" if wish.marker else ""
    return f"{wish.name}{extras}{wish.specifier}{marker}"
