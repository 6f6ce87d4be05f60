"""DOOR: the folder of matrices -> the bytes of its files. The only part of this stage that touches the disk."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lockgen.errors import MatrixError
from lockgen.matrix.bound_fields import read_constraints_path
from lockgen.matrix.complaint import Complaint
from lockgen.matrix.document import read_document
from lockgen.matrix.text import MAX_BYTES


def read_directory(directory: Path) -> Mapping[str, bytes]:
    """File name -> bytes of every .yaml file of a folder, sorted by name, and of the constraints files they name.

    Folders below it are not entered.

    Raises MatrixError with every file that cannot be read, and for a folder that is none or holds no .yaml file.
    """
    try:
        found = sorted(path for path in directory.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise _refusal([Complaint(file=str(directory), message=_said(error), hint=_FOLDER)]) from None
    if not found:
        raise _refusal([Complaint(file=str(directory), message="holds no .yaml file", hint=_FOLDER)])
    complaints = [complaint for path in found if (complaint := _complaint(path))]
    if complaints:
        raise _refusal(complaints)
    texts = {path.name: path.read_bytes() for path in found}
    return texts | _constraint_files(directory, texts)


def _constraint_files(directory: Path, texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The constraints files that the matrices name, by the paths they give; those that cannot be read are left out."""
    found: dict[str, bytes] = {}
    for name, content in texts.items():
        if b"constraint_files" not in content:
            continue
        document = read_document(name, content)
        for path, _ in document.items("constraint_files"):
            file = document.lenient(read_constraints_path, *path)
            place = directory / file if file else None
            if file and place and place.is_file() and place.stat().st_size <= MAX_BYTES:
                with suppress(OSError):
                    found[file] = place.read_bytes()
    return found


_FOLDER = "Name a folder of matrices with --matrices."


def _refusal(complaints: list[Complaint]) -> MatrixError:
    return MatrixError(tuple(complaint.error() for complaint in complaints))


def _complaint(path: Path) -> Complaint | None:
    """Why a file cannot be taken, told before it is read: a huge one, or a pipe, is never opened."""
    if path.suffix == ".yml":
        return Complaint(
            file=path.name, message="ends in .yml, and only .yaml is read", hint=f"Rename it to {path.stem}.yaml."
        )
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return Complaint(
                file=path.name, message="is a directory, not a file", hint="Move it out of the folder of matrices."
            )
        if not stat.S_ISREG(status.st_mode):
            return Complaint(
                file=path.name, message="is not a regular file", hint="Move it out of the folder of matrices."
            )
        if status.st_size > MAX_BYTES:
            return Complaint(
                file=path.name,
                message=f"is {status.st_size} bytes large; {MAX_BYTES} is the most",
                hint="No matrix is that large; is this the right file?",
            )
        with path.open("rb"):
            return None
    except OSError as error:
        return Complaint(file=path.name, message=_said(error), hint="Make it readable, or move it away.")


def _said(error: OSError) -> str:
    return f"cannot be read: {(error.strerror or type(error).__name__).lower()}"
