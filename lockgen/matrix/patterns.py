"""Patterns over package names, in the normal form in which names are compared."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from lockgen.matrix.complaint import shown
from lockgen.matrix.fields import fault, text_of

_LONGEST_PATTERN = 64


def read_package_pattern(value: Any) -> str:
    """A package's name or a shell pattern over names, normalized (PEP 503): of names only their normal form is matched.

    `acme_*` and `Acme.*` are `acme-*`. What stands in brackets is kept, and so may only hold what normal names do.
    """
    text = text_of(value)
    parts = re.split(r"(\[!?[^\[\]]+\])", text.lower())
    sets, rest = parts[1::2], parts[::2]
    if not all(re.fullmatch(r"[a-z0-9*?._-]*", part) for part in rest) or len(text) > _LONGEST_PATTERN:
        raise fault(f"{shown(text)!r} is neither a name nor a pattern", 'Write "acme-*", say.')
    if not all(re.fullmatch(r"\[!?[a-z0-9-]+\]", part) for part in sets):
        raise fault(
            f"{shown(text)!r} can never match: names are compared in their normal form, with single dashes",
            "Write a-z, 0-9 and - within the brackets.",
        )
    parts[::2] = [re.sub(r"[-_.]+", "-", part) for part in rest]
    if (pattern := "".join(parts))[0] == "-" or pattern[-1] == "-":
        raise fault(f"{shown(text)!r} can never match: no name begins or ends with a dash", 'Write "acme-*", say.')
    return pattern


PackagePattern = Annotated[
    str,
    PlainValidator(read_package_pattern),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[A-Za-z0-9*?\[\]!._-]{1,64}\s*$", "examples": ["acme-*"]}),
]
