"""Words from a matrix or an index made safe to stand in a comment of a rendered file.

A title, a yank reason or a cause comes from other people's files. In a requirements file a newline inside one would
end the comment and start an instruction, so all such text passes through here.
"""

from __future__ import annotations

import re
import textwrap

WIDTH = 100

# Whatever ends a line for str.splitlines (which is how pip reads), the other controls, lone surrogates that no UTF-8
# file can hold, and the marks that make a terminal or an editor show text in another order than it is read.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean(value: object) -> str:
    """The value as one line of text without control characters, runs of space made one.

    A backslash at the end goes too: readers differ on whether it continues a comment.
    """
    return " ".join(_UNSAFE.sub(" ", str(value)).split()).rstrip("\\ ")


def comment(value: object, indent: int = 0, *, fold: bool = True) -> str:
    """The value as comment lines, `# ` in front of each, folded at spaces to `WIDTH` columns unless `fold` is false.

    `indent` counts the spaces between `#` and the text; folded lines stand two further in. No line end at the end.
    """
    text = clean(value)
    first = "# " + " " * indent
    if not fold or len(first) + len(text) <= WIDTH:
        return (first + text).rstrip()
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
