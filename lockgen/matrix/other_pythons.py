"""Pythons that are no target, as other tools write them."""

from __future__ import annotations

import re

_SAME = "a CPython by another name"
_FREE = "free-threaded CPython (PEP 703)"
_PATTERNS = (
    (re.compile(r"(?:cp|cpython-?|python)?(3)\.?(\d+)(?:\.\d+)?\+?t", re.IGNORECASE), _FREE),
    (re.compile(r"(?:pypy|pp)-?(3)[._]?(\d+)\S*", re.IGNORECASE), "PyPy"),
    (re.compile(r"(?:graalpy|graalpython)-?(3)[._]?(\d+)\S*", re.IGNORECASE), "GraalPy"),
    (re.compile(r"(?:cp|cpython-?|python)(3)\.?(\d+)\S*", re.IGNORECASE), _SAME),
)
_MINORS = range(7, 100)


def other_python(text: str) -> tuple[str, str] | None:
    """What a Python that cannot be a target is, and the hint: "3.14t", "pypy3.11", "cp313"; None for no such one."""
    found = next(((match, what) for pattern, what in _PATTERNS if (match := pattern.fullmatch(text))), None)
    if found is None:
        return None
    match, what = found
    version = f"{match[1]}.{match[2]}"
    if what == _SAME:
        return what, f'Write "{version}".'
    hint = f'Write "{version}" for the usual build of CPython.' if int(match[2]) in _MINORS else ""
    return f"{what}, which lockgen does not support", hint
