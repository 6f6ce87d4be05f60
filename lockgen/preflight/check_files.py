"""Files that the matrix declares: where the user's code has some of a pattern, a certain one is among them."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.context import CheckContext, part
from lockgen.preflight.result import FAIL, PASS, CannotTellError, CheckResult, several


def check_files(context: CheckContext, declared: Mapping[str, Any]) -> list[CheckResult]:
    """Where files of the pattern are in the folder, the one wanted is there too."""
    name, wanted = declared["check"], declared["wanted"]
    here = part(context, "files")[name]
    if here["reason"]:
        raise CannotTellError(": ".join([here["folder"], here["reason"]]))
    files = [str(each) for each in here["files"]]
    if not files:
        return [CheckResult(name, PASS, "there are none in {}".format(here["folder"]))]
    if wanted in files:
        return [CheckResult(name, PASS, "{} is in {}".format(wanted, here["folder"]))]
    message = "{} in {} without a {}".format(several(files), here["folder"], wanted)
    return [CheckResult(name, FAIL, message, str(declared["remedy"]))]
