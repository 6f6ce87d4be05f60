"""One requirement (dependency specifiers standard), as one that an index can answer or as one that none can."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from lockgen.errors import LockgenError
from lockgen.model.requirements import Unconsidered, UserRequirement
from lockgen.requirements.showing import shown

_VERSION_CONTROL = re.compile(r"(git|hg|svn|bzr)(\+|://)", re.IGNORECASE)
_SINGLE_EQUALS = re.compile(r"[^=<>!~]=[^=]")
_ONLY_AN_INDEX = "only what an index serves can be resolved"


def read_specifier(text: str, *, where: str, said: str = "") -> UserRequirement | Unconsidered:
    """The requirement in `text`. `said` is shown in messages instead of `text`, if given.

    Raises LockgenError, with `where`, for what is no requirement.
    """
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        # A value that came from a variable may be quoted in the reason.
        reason = "" if said not in ("", text) else f": {str(error).splitlines()[0].lower()}"
        hint = _hint(text)
        raise LockgenError(f"{shown(said or text)!r} is no requirement{reason}", where=where, hint=hint) from None
    if parsed.url is not None:
        return elsewhere(parsed.url, where=where, said=said or text)
    return user_requirement(parsed, where)


def user_requirement(parsed: Requirement, where: str) -> UserRequirement:
    """A parsed requirement that names no address, with its place."""
    return UserRequirement(
        name=canonicalize_name(parsed.name),
        extras=frozenset(map(canonicalize_name, parsed.extras)),
        specifier=parsed.specifier,
        marker=parsed.marker,
        where=where,
    )


def elsewhere(address: str, *, where: str, said: str) -> Unconsidered:
    """A requirement from an address or a path, which no index serves."""
    return Unconsidered(where=where, text=shown(said), reason=f"{_kind(address)}: {_ONLY_AN_INDEX}")


def _kind(address: str) -> str:
    found = _VERSION_CONTROL.match(address)
    if found:
        return f"a {found[1].lower()} address"
    return "the address of a file" if re.match(r"(https?|ftp):", address, re.IGNORECASE) else "a path"


def _hint(text: str) -> str:
    if _SINGLE_EQUALS.search(text):
        return 'One = compares nothing. Write "name==1.0".'
    return 'Write "name", or "name>=1.0,<2.0", say.'
