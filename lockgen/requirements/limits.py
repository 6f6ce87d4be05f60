"""How much of somebody's requirement files is read, so that no file stops a run or fills its memory."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from lockgen.errors import LockgenError
from lockgen.requirements.addresses import is_on_the_web

MOST_BYTES = 4 * 2**20
"""Of one file. The largest requirement files of public projects have some hundred kilobytes."""
MOST_FILES = 200
"""Read for one -r or -c, those that include each other together."""
MOST_DEEP = 40
"""How many files lead to a file that is included."""
MOST_LINE = 20_000
"""Characters of a line, the lines continued with a backslash together."""
MOST_COMPLAINTS = 20
"""About one -r or -c: a file that is no requirement file at all is not copied into a log line by line."""


def read_local(path: str) -> bytes:
    """The bytes of a regular file. OSError for one that cannot be read, LockgenError for what is no such file."""
    place = Path(path)
    found = place.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise LockgenError(
            "this is no regular file, and reading it might never end",
            where=path,
            hint="Save its content in a file, or give it on stdin with -r -.",
        )
    if found.st_size > MOST_BYTES:
        raise LockgenError(
            f"the file has {found.st_size} bytes; a file of requirements has at most {MOST_BYTES}",
            where=path,
            hint="Is this the file you meant?",
        )
    with place.open("rb") as file:
        content = read_stream(file, path)
    if content and not found.st_size:
        # The system's own files under /proc have no size: one of them is a process's environment.
        raise LockgenError("this is no file of requirements", where=path, hint="Is this the file you meant?")
    return content


def read_stream(stream: IO[bytes], where: str) -> bytes:
    """All bytes of the stream, which may be endless. LockgenError for more than a file of requirements has."""
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise LockgenError(
            f"there are more than {MOST_BYTES} bytes, the most that a file of requirements has",
            where=where,
            hint="Is this the file you meant?",
        )
    return content


def one_file(path: str) -> str:
    """One text for every spelling of a path: ./a.txt, b/../a.txt and a link to it are a.txt. Addresses stay."""
    return path if is_on_the_web(path) else os.path.realpath(path)


def bounded(line: str, where: str) -> None:
    """Raise LockgenError for a line that is too long to be read."""
    if len(line) > MOST_LINE:
        raise LockgenError(f"the line has {len(line)} characters", where=where, hint=f"At most {MOST_LINE} are read.")


def beyond(deep: int, files: int) -> str:
    """Why no further file is included; empty where it is."""
    if deep > MOST_DEEP:
        return f"{MOST_DEEP} files lead here, and no more are read"
    return f"{MOST_FILES} files were read, and no more are" if files >= MOST_FILES else ""


def too_many(complaints: tuple[LockgenError, ...], path: str) -> tuple[LockgenError, ...]:
    """The first complaints, and one that says how many there are."""
    if len(complaints) <= MOST_COMPLAINTS:
        return complaints
    rest = len(complaints) - MOST_COMPLAINTS
    last = LockgenError(f"and {rest} more complaints", where=path, hint="Is this a file of requirements?")
    return (*complaints[:MOST_COMPLAINTS], last)
