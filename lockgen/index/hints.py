"""The Requires-Python that an index lists for files (PEP 503, `data-requires-python`)."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from lockgen.index.metadata import LONGEST_FIELD


class RequiresPythonHints:
    """Requires-Python hints of one page; pip ignores one that is no specifier, and few differ."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def requires_python(self, hint: object) -> str | None:
        """The hint, or None when there is none that can be read."""
        if not isinstance(hint, str) or not hint.strip():
            return None
        if len(hint) > LONGEST_FIELD:
            return hint[: LONGEST_FIELD + 1]  # for a refusal of the file
        if hint not in self._known:
            self._known[hint] = hint.strip() if _is_specifier(hint) else None
        return self._known[hint]


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except (InvalidSpecifier, ValueError):
        return False
    return True
