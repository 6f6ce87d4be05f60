"""TOML files: bytes -> tables, with complaints that name the line and the column."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from lockgen.errors import LockgenError, RequirementsError

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")


def read_toml(path: str, content: bytes) -> dict[str, Any]:
    """The tables of a TOML 1.0 file. Raises RequirementsError."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message, where = f"byte 0x{content[error.start]:02x} is not UTF-8", f"{path}:{line}"
        raise RequirementsError((LockgenError(message, where=where, hint="TOML is UTF-8: save it so."),)) from None
    except RecursionError:
        raise refusal("this is no TOML that can be read: its brackets are too deep", where=path) from None
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = f"{path}:{place[1]}:{place[2]}" if place and place[1] else path
        what = _PLACE.sub("" if place and place[1] else " at the end of the file", str(error))
        complaint = LockgenError(f"this is no TOML: {what[:1].lower()}{what[1:]}", where=where)
        raise RequirementsError((complaint,)) from None


def refusal(message: str, *, where: str, hint: str = "") -> RequirementsError:
    """One complaint, as the error that holds many."""
    return RequirementsError((LockgenError(message, where=where, hint=hint),))
