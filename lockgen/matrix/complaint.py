"""A fault of a file with its place, and the wording that complaints share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from lockgen.errors import LockgenError
from lockgen.matrix.node import Node, Path
from lockgen.text.safe import quotable

# As far as the last @, because a password may hold a slash, a blank or an @ of its own.
_USERINFO = re.compile(r"//.*@", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """`line` and `column` count from 1; 0 means there is no such place, as in a missing file."""

    file: str
    line: int = 0
    column: int = 0
    path: Path = ()
    message: str
    hint: str = ""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorts complaints the way a reader walks through the files."""
        return self.file, self.line, self.column, dotted(self.path), self.message

    def error(self) -> LockgenError:
        """The complaint as an exception with its place."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return LockgenError(self.message, where=f"{where} {dotted(self.path)}".rstrip(), hint=self.hint)


def dotted(path: Path) -> str:
    """`dependencies[3].maximum` for ("dependencies", 3, "maximum")."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{shown(step)}" for step in path)
    return text.removeprefix(".")


def shown(value: object, limit: int = 60) -> str:
    """A value from a file, fit to stand in a message: one line, no control characters, no login, not too long.

    All text from files that a message repeats goes through here.
    """
    # Before anything is cut off: half a login no longer looks like one.
    return quotable(_USERINFO.sub("//***@", str(value)), limit)


def nearest(word: str, known: list[str]) -> str | None:
    """The known word most like `word`, if one is like it."""
    found = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return found[0] if found else None


def complain(file: str, root: Node, path: Path, message: str, *, hint: str = "", key: bool = False) -> Complaint:
    """A complaint about the value at a path, or, with `key`, about its key."""
    line, column = root.place(path, key=key)
    return Complaint(file=file, line=line, column=column, path=path, message=message, hint=hint)


def missing(key: str, section: object = "") -> tuple[str, str]:
    """The message and hint for a key that has to be there, in a section of the file."""
    if (key, section) == ("reason", "not_imported"):
        return "is missing", "Say why it cannot be imported. Write reason: its import needs a GPU"
    example = _EXAMPLES.get(key, "...")
    return "is missing", f"Write {key}: {example}"


_EXAMPLES = {
    "schema": "1",
    "phase": '"1"',
    "revision": "1",
    "server": "web",
    "because": "its own setting is read",
    "reason": "its own bound is too tight",
    "remedy": "Use another one.",
    "as_of": "2026-11-20T00:00:00Z",
    "minimum": '"0.95.0"',
    "read_from": "setup.py of the sdist, on 2026-11-20",
    "maximum": '"<1.0.0"',
    "name": "django",
    "requirement": '"urllib3>=2"',
    "python": '"3.11"',
    "glibc": '"2.28"',
    "musl": '"1.2"',
    "macos": '"13.0"',
}
