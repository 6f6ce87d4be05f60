"""Other people's words in a terminal, a CI log or a pull request: as one line, and never as markup of their own."""

from __future__ import annotations

import re
from html import escape

_MARKUP = re.compile(r"[\\`*_\[\]|~#]")
# Runners of CI take orders from a log: `::name::` where a line begins, `##[name]` and `##vso[name]` anywhere.
_ORDER = re.compile(r"\A::|##(?=\w*\[)")


def inline(value: object) -> str:
    """Text for a table cell or a list item (GitHub Flavored Markdown, 2.4 and 4.10)."""
    return _MARKUP.sub(r"\\\g<0>", escape(_line(value), quote=False))


def code_span(value: object) -> str:
    """A code span for the same places; nothing when there is nothing. No backtick can end it, no bar the cell."""
    text = _line(value).replace("`", "'").replace("|", r"\|")
    return f"`{text}`" if text else ""


def html(value: object) -> str:
    """Text inside an HTML element, where Markdown is not read."""
    return escape(_line(value))


def plain(value: object) -> str:
    """Text for a line of its own in a terminal or a CI log: no control characters, no order to the runner."""
    text = _line("".join(char if char.isprintable() else " " for char in str(value)))
    return _ORDER.sub(lambda found: " ".join(found[0]), text)


def _line(value: object) -> str:
    return " ".join(str(value).split())
