"""Complaints about files that cannot be read."""

from __future__ import annotations

from lockgen.errors import LockgenError
from lockgen.requirements.showing import shown


def unreadable(path: str, error: OSError, included_at: str = "") -> LockgenError:
    """The complaint about a file that cannot be read, which the line at `included_at` names."""
    reason = error.strerror or type(error).__name__
    if not included_at:
        return LockgenError(f"the file cannot be read: {reason}", where=path, hint="Name a file of requirements.")
    hint = "A path counts from the folder of the file that names it."
    return LockgenError(f"{shown(path)} cannot be read: {reason}", where=included_at, hint=hint)


def replaced_place(error: LockgenError, where: str) -> LockgenError:
    """The same complaint about another place."""
    return LockgenError(error.message, where=where, hint=error.hint)
