"""Text that becomes part of a Markdown table without becoming Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*\[\]|~#])")


def cell(value: object) -> str:
    """One line for a table cell; what could start markup or HTML is escaped (GitHub Flavored Markdown, 2.4, 4.10)."""
    text = " ".join(str(value).split())
    return _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))


def code(value: object) -> str:
    """A code span for a table cell; nothing when there is nothing. Backticks and bars cannot end it."""
    text = " ".join(str(value).split()).replace("`", "'").replace("|", "\\|")
    return f"`{text}`" if text else ""
