"""The kinds of check that a matrix may declare. A rendered preflight.py holds those that its matrix does."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from lockgen.preflight.check_agreement import check_agreement
from lockgen.preflight.check_choice import check_choice
from lockgen.preflight.check_files import check_files
from lockgen.preflight.context import CheckContext
from lockgen.preflight.result import CheckResult

KINDS: dict[str, Callable[[CheckContext, Mapping[str, Any]], list[CheckResult]]] = {
    "agreement": check_agreement,
    "choice": check_choice,
    "files": check_files,
}
