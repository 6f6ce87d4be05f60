"""Run the command, and turn every way it can end into a message and an exit code."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from typing import Any

import lockgen
from lockgen.cli.exits import BUG, COULD_NOT_ASK, INTERRUPTED
from lockgen.errors import LockgenError, complaints_of


def main() -> None:
    """Run the command and exit as DESIGN 5.3 says: 0 yes, 1 no, 2 could not ask, 3 a bug, 130 interrupted."""
    try:
        from lockgen.cli.app import app  # noqa: PLC0415 - an import that fails is a failure to report, too

        code = app(standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except LockgenError as error:
        code = _refused(error)
    except BrokenPipeError:
        # The reader of stdout has closed it; keep Python from complaining about that at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 - the last door: a user gets no bare traceback
        code = _usage(error) or _bug(error)
    if code == INTERRUPTED:
        _say("Interrupted; nothing was left half done.")
    sys.exit(code or 0)


def _refused(error: LockgenError) -> int:
    complaints = complaints_of(error)
    for complaint in complaints:
        _say(f"error: {complaint}")
    if len(complaints) > 1:
        _say(f"{len(complaints)} errors")
    return COULD_NOT_ASK


def _usage(error: Exception) -> int | None:
    """Click's own complaints about options and arguments."""
    if type(error).__name__ == "Abort":
        return INTERRUPTED
    show = getattr(error, "show", None)
    if show is None or getattr(error, "exit_code", None) is None:
        return None
    error.message = _tidy(error)  # type: ignore[attr-defined]
    if hasattr(error, "possibilities"):
        error.possibilities = None  # the nearest is named already, and the others are no help
    show()
    return COULD_NOT_ASK


def _tidy(error: Any) -> str:
    """The complaint without the validator's prefix, and with the variable when that is where the value came from."""
    message = str(error.message).removeprefix("Value error, ")
    if possible := getattr(error, "possibilities", None):
        message = f"{message}. {_nearest(str(getattr(error, 'option_name', '')), possible)}".rstrip()
    context, option = getattr(error, "ctx", None), getattr(error, "param", None)
    if context is None or option is None:
        return message
    source = context.get_parameter_source(option.name)
    given = source is not None and source.name == "ENVIRONMENT"
    return f"{message} (The value comes from {option.envvar}.)" if given else message


def _nearest(option: str, possible: Any) -> str:
    from lockgen.text import alike  # noqa: PLC0415 - --help and --version do without

    near = alike(option, possible)
    return f"Did you mean {near[0]}?" if near else ""


def _bug(error: Exception) -> int:
    # The fault may have come before the files were written or after: no promise about them.
    _say(f"lockgen {lockgen.__version__} has a bug; files may have been written before. Please report what follows.")
    _say(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    _say("".join(traceback.format_exception(error)).rstrip())
    return BUG


def _say(text: str) -> None:
    from lockgen.text.safe import terminal_lines  # noqa: PLC0415 - --help and --version do without

    sys.stderr.write(f"{terminal_lines(text)}\n")
