"""Names of packages as options and arguments give them."""

from __future__ import annotations

from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from lockgen.errors import UsageError


def packages(names: list[str], usage: str) -> tuple[NormalizedName, ...]:
    """Normalized, each once. UsageError for what is no name; `usage` is an example of how it is written."""
    try:
        return tuple(dict.fromkeys(canonicalize_name(name, validate=True) for name in names))
    except InvalidName as error:
        raise UsageError(str(error), hint=f"Write `{usage}`.") from None
