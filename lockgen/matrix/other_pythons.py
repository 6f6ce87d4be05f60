"""Pythons that are no target, as other tools write them."""

from __future__ import annotations

import re

from lockgen.model.implementation import FIRST_FREE_THREADED
from lockgen.model.pythons import PYPY_FLOORS

_SAME = "a CPython by another name"
_FREE = "free-threaded CPython (PEP 703)"
_PATTERNS = (
    (re.compile(r"(?:cp|cpython-?|python)?(3)\.?(\d+)(\.\d+)?(?:\+?t|\+freethreaded)", re.IGNORECASE), _FREE),
    (re.compile(r"(?:pypy|pp)-?(3)[._]?(\d+)(\S*)", re.IGNORECASE), "PyPy"),
    (re.compile(r"(?:graalpy|graalpython)-?(3)[._]?(\d+)(\S*)", re.IGNORECASE), "GraalPy"),
    (re.compile(r"(?:cp|cpython-?|python)(3)\.?(\d+)(\S*)", re.IGNORECASE), _SAME),
)
_MINORS = range(7, 100)
_FIRST_PYPY, *_, _LAST_PYPY = PYPY_FLOORS


def other_python(text: str) -> tuple[str, str] | None:
    """What a Python that cannot be a target is, and the hint: "3.12t", "graalpy3.11", "cp313"; None for no such one."""
    found = next(((match, what) for pattern, what in _PATTERNS if (match := pattern.fullmatch(text))), None)
    if found is None:
        return None
    match, what = found
    version = f"{match[1]}.{match[2]}"
    usual = f'Write "{version}" for the usual build of CPython.' if int(match[2]) in _MINORS else ""
    answers = {
        _SAME: (what, f'Write "{version}".'),
        _FREE: (f"{what}, which there is from 3.{FIRST_FREE_THREADED} on", usual),
        "PyPy": ("a PyPy that lockgen does not know", f"It knows {_FIRST_PYPY} to {_LAST_PYPY}. {usual}".rstrip()),
    }
    if what == _FREE and int(match[2]) >= FIRST_FREE_THREADED:
        return f"{what} by another name", f'Write "{version}{match[3] or ""}t".'
    if what == "PyPy" and version in PYPY_FLOORS:
        return "no minor of PyPy", f'Write "pypy{version}", and from: "{version}.N" for the oldest that images run.'
    return answers.get(what, (f"{what}, which lockgen does not support", usual))
