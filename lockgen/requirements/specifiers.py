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
_BEGINS = re.compile(r"""[\w.\- \t'"]*(\[[\w., \t-]*\]?)?[ \t]*""")
_GOES_ON = ("", *"<>=!~;@(#$")
"""What stands behind a name and its extras where a line is meant as a requirement."""
_ONLY_AN_INDEX = "only what an index serves can be resolved"


def read_specifier(text: str, *, where: str, said: str = "") -> UserRequirement | Unconsidered:
    """The requirement in `text`. `said` is shown in messages instead of `text`, if given.

    Raises LockgenError, with `where`, for what is no requirement.
    """
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        # A value that came from a variable may be quoted in the reason.
        whole = said in ("", text) and _as_far(text) == text
        reason = f": {str(error).splitlines()[0].lower()}" if whole else ""
        hint, quoted = _hint(text), shown(_as_far(said or text))
        raise LockgenError(f"{quoted!r} is no requirement{reason}", where=where, hint=hint) from None
    if parsed.url is not None:
        return elsewhere(parsed.url, where=where, said=said or text)
    return user_requirement(parsed, where)


def _as_far(text: str) -> str:
    """The line as far as it looks like a requirement: what is quoted of it, for it may be of any file at all."""
    found = _BEGINS.match(text)
    end = found.end() if found else 0
    return text if text[end : end + 1] in _GOES_ON else f"{text[:end]}..."


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
    kind = _kind(address)
    # What pip takes for a path may be a line of /etc/passwd.
    quoted = _as_far(said) if kind == "a path" and ":" in said and "://" not in said else said
    return Unconsidered(where=where, text=shown(quoted), reason=f"{kind}: {_ONLY_AN_INDEX}")


def _kind(address: str) -> str:
    found = _VERSION_CONTROL.match(address)
    if found:
        return f"a {found[1].lower()} address"
    return "the address of a file" if re.match(r"(https?|ftp):", address, re.IGNORECASE) else "a path"


def _hint(text: str) -> str:
    if _SINGLE_EQUALS.search(text):
        return 'One = compares nothing. Write "name==1.0".'
    return 'Write "name", or "name>=1.0,<2.0", say.'
