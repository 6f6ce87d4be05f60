"""Requirements given as arguments of a command: `lockgen try "celery<5"`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockgen.errors import LockgenError, RequirementsError
from lockgen.model.requirements import Unconsidered, UserRequirement, UserRequirements
from lockgen.requirements.addresses import ADDRESS, is_path
from lockgen.requirements.showing import shown
from lockgen.requirements.specifiers import elsewhere, read_specifier

_FILES = (".txt", ".in", ".toml", ".lock", ".cfg", ".yml", ".yaml")


def read_arguments(texts: Sequence[str]) -> UserRequirements:
    """The requirements among the arguments, each a dependency specifier with its number as the place.

    Raises RequirementsError with every argument that is none; the name of a file is answered with the option for it.
    """
    found = tuple(_read(texts))
    if complaints := tuple(each for each in found if isinstance(each, LockgenError)):
        raise RequirementsError(complaints)
    return UserRequirements(
        requirements=tuple(each for each in found if isinstance(each, UserRequirement)),
        unconsidered=tuple(each for each in found if isinstance(each, Unconsidered)),
    )


def _read(texts: Sequence[str]) -> Iterator[UserRequirement | Unconsidered | LockgenError]:
    for number, text in enumerate(texts, start=1):
        where = f"argument {number}"
        if text.lower().endswith(_FILES) and not ADDRESS.match(text):
            hint = f"Read its requirements with -r {shown(text)}."
            yield LockgenError(f"{shown(text)!r} is a file, not a requirement", where=where, hint=hint)
        elif ADDRESS.match(text) or is_path(text):
            yield elsewhere(text, where=where, said=text)
        else:
            try:
                yield read_specifier(text.strip(), where=where)
            except LockgenError as error:
                yield error
