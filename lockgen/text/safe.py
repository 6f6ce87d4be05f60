"""Other people's words made safe for the place they are written to: one function for each kind of place.

A title, a yank reason, a name from an index or a line of a requirements file comes from other people's files. A newline
in a comment of a requirements file would start an instruction; an escape sequence would rewrite a terminal.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from html import escape

COMMENT_WIDTH = 100

# Whatever ends a line for str.splitlines (which is how pip reads), the other controls, lone surrogates that no UTF-8
# file can hold, and the marks that make a terminal or an editor show text in another order than it is read.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# Runners of CI take orders from a log: `::name::` where a line begins, `##[name]` and `##vso[name]` anywhere.
_ORDER = re.compile(r"\A\s*::|##(?=\w*\[)")
_MARKUP = re.compile(r"[\\`*\[\]|~#]")
# What begins a rule, a quotation or a list where it begins a line of Markdown (CommonMark 4.1, 5.1, 5.2).
_MARKER = re.compile(r"\A(?:[-+>]|[0-9]{1,9}[.)](?= |\Z))")
_UNDERSCORES = re.compile(r"_+")
_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def one_line(value: object) -> str:
    """The text with every run of white space as one space. Escape sequences stay."""
    return " ".join(str(value).split())


def printable(value: object) -> str:
    """The text on one line; what Unicode does not call printable (controls, bidi marks, escape) becomes a space."""
    return one_line("".join(char if char.isprintable() else " " for char in str(value)))


def quotable(text: str, limit: int) -> str:
    """A word of a file, as a message quotes it: what is not printable as Python's escape, cut off at `limit`."""
    safe = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return safe if len(safe) <= limit else f"{safe[: limit - 3]}..."


def terminal(value: object) -> str:
    """A line of its own in a terminal or a CI log: printable, and no order to the runner."""
    return _ORDER.sub(lambda found: " ".join(found[0]), printable(value))


def terminal_line(text: str) -> str:
    """The same for a line of lockgen's own: its spaces stay, for they are indents and columns."""
    safe = "".join(char if char.isprintable() else " " for char in text)
    return _ORDER.sub(lambda found: " ".join(found[0]), safe)


def terminal_lines(text: str) -> str:
    """Each line of a text made safe, its line ends as they are."""
    return "\n".join(map(terminal_line, text.split("\n")))


def clean(value: object) -> str:
    """Text for a rendered file: one line without control characters.

    A backslash at the end goes too: readers differ on whether it continues a comment.
    """
    return one_line(_UNSAFE.sub(" ", str(value))).rstrip("\\ ")


def comment(value: object, indent: int = 0, *, fold: bool = True) -> str:
    """Comment lines, `# ` in front of each, folded at spaces to `COMMENT_WIDTH` columns unless `fold` is false.

    `indent` counts the spaces between `#` and the text; folded lines stand two further in. No line end at the end.
    """
    text = clean(value)
    first = "# " + " " * indent
    if not fold or len(first) + len(text) <= COMMENT_WIDTH:
        return (first + text).rstrip()
    return textwrap.fill(
        text,
        COMMENT_WIDTH,
        initial_indent=first,
        subsequent_indent=first + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def docstring(value: object) -> str:
    """Text inside a docstring of a program in ASCII."""
    return clean(value).replace("\\", "/").replace('"', "'").encode("ascii", "replace").decode()


def shell_word(value: object) -> str:
    """One word of a POSIX shell, on one line; nothing in it is expanded (POSIX.1-2024, XCU 2.2.2)."""
    return shlex.quote(clean(value))


def markdown(value: object) -> str:
    """A table cell or a list item of Markdown (GitHub Flavored Markdown, 2.4 and 4.10)."""
    return _as_text(_escaped(_tame(value)).replace(">", "&gt;").replace("_", r"\_"))


def markdown_cell(value: object) -> str:
    """The same with the underscores of names as they are: inside a word none begins an emphasis (GFM 6.4)."""
    return _as_text(_UNDERSCORES.sub(_outside_words, _escaped(_tame(value))))


def code_span(value: object) -> str:
    """A code span of Markdown; nothing when there is nothing. No backtick can end it, no bar the cell."""
    text = _tame(value).replace("`", "'").replace("|", r"\|")
    return f"`{text}`" if text else ""


def html(value: object) -> str:
    """Text inside an HTML element, where Markdown is not read."""
    return escape(_tame(value))


def _tame(value: object) -> str:
    """One line, without the characters that rewrite a terminal or turn text around."""
    return one_line(_UNSAFE.sub(" ", str(value)))


def _escaped(text: str) -> str:
    """The text with what Markdown would read as markup behind a backslash, or as an entity."""
    return _MARKUP.sub(r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))


def _as_text(text: str) -> str:
    """The line with what would make it a list, a quotation or a rule behind a backslash."""
    return _MARKER.sub(lambda found: rf"{found[0][:-1]}\{found[0][-1]}", text)


def _outside_words(found: re.Match[str]) -> str:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return found[0] if before.isalnum() and after.isalnum() else r"\_" * len(found[0])


def xml(text: str) -> str:
    """The text without the characters that XML 1.0 (production 2, Char) forbids even when escaped."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
