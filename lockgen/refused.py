"""Why files were refused, in words, and for many releases at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from lockgen.records import Refusal, RefusalKind

WORDS: Mapping[RefusalKind, str] = MappingProxyType(
    {
        "platform": "for another platform or Python",
        "python": "Requires-Python",
        "yanked": "yanked",
        "late": "uploaded after as_of",
        "undated": "without an upload time (the matrix may allow its index `undated: true`)",
        "unhashed": "without a sha256",
        "sdist": "sdist that the matrix does not allow",
        "metadata": "metadata",
        "name": "unreadable file name",
    }
)
"""What is counted, behind its number."""


def counted(counts: Mapping[RefusalKind, int]) -> str:
    """`58 for another platform or Python, 1 sdist that the matrix does not allow`."""
    return ", ".join(f"{count} {WORDS[kind]}" for kind, count in sorted(counts.items()))


def together(refusals: Sequence[Refusal]) -> str:
    """Refusals of one package and one kind, newest first, in one line."""
    newest, counts = refusals[0], _counts(refusals)
    if len(refusals) == 1:
        return str(newest)
    if counts:
        looked = f"{counts.total()} files of {len(refusals)} releases looked at"
        return f"no file of {newest.name} serves; {looked}: {counted(counts)}"
    return f"{newest} (and {len(refusals) - 1} more releases)"


def _counts(refusals: Iterable[Refusal]) -> Counter[RefusalKind]:
    found: Counter[RefusalKind] = Counter()
    for refusal in refusals:
        found.update(dict(refusal.files))
    return found
