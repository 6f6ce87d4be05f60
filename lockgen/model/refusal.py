"""Files, releases and projects that a set may not use, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

RefusalKind = Literal[
    "platform",  # a wheel for another platform, interpreter or ABI
    "python",  # Requires-Python does not admit every Python of the target
    "yanked",  # PEP 592
    "late",  # uploaded after as_of
    "undated",  # no upload time although as_of needs one
    "unhashed",  # no sha256, so no lock could name it
    "sdist",  # only an sdist, which the matrix does not allow for this package
    "metadata",  # metadata that cannot be read, or that only a build could produce
    "name",  # a file whose name has no version
    "absent",  # the index has no such project
    "unlisted",  # the index lists no release in the range
]


NEEDS_BUILD = "its metadata needs a build"
"""How the reason begins where an sdist's metadata may be read elsewhere: nothing is wrong with it but not static."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file, a release or a project that could have served but may not, and the reason."""

    kind: RefusalKind
    name: NormalizedName
    version: Version | None = None
    filename: str | None = None
    reason: str
    """About a file: a sentence of its own. About a release: its predicate, `requires Python >=3.10`."""
    patch: str = ""
    """Of a `python` refusal: the patch release of the target that alone keeps it out, where later ones are served."""
    files: tuple[tuple[RefusalKind, int], ...] = ()
    """Of a release without a usable file: how many were refused for which reason."""

    @property
    def has_sdist(self) -> bool:
        """Whether an sdist would serve, were it allowed. What Requires-Python bars, it bars as an sdist too."""
        return self.kind != "python" and any(kind == "sdist" for kind, _ in self.files)

    @property
    def needs_build(self) -> bool:
        """Whether the file is an sdist whose metadata only a build could tell."""
        return self.kind == "metadata" and self.reason.startswith(NEEDS_BUILD)

    def __str__(self) -> str:
        version = "" if self.version is None else f" {self.version}"
        return f"{self.name}{version}{' ' if self.filename is None else ': '}{self.reason}"


WORDS: Mapping[RefusalKind, str] = MappingProxyType(
    {
        "platform": "for another platform or Python",
        "python": "Requires-Python",
        "yanked": "yanked",
        "late": "uploaded after as_of",
        "undated": "without an upload time (the matrix may allow its index `undated: true`)",
        "unhashed": "without a sha256 (the matrix may allow its index `hashes: download`)",
        "sdist": "sdist that the matrix does not allow",
        "metadata": "metadata",
        "name": "unreadable file name",
    }
)
"""Kind -> the noun behind its number."""


def counts_text(counts: Mapping[RefusalKind, int]) -> str:
    """`58 for another platform or Python, 1 sdist that the matrix does not allow`."""
    return ", ".join(f"{count} {WORDS[kind]}" for kind, count in sorted(counts.items()))


def refusals_text(refusals: Sequence[Refusal]) -> str:
    """Refusals of one package and one kind, newest first, in one line."""
    newest, counts = refusals[0], _file_counts(refusals)
    if len(refusals) == 1:
        return str(newest)
    if counts:
        read = f"{counts.total()} files of {len(refusals)} releases looked at"
        return f"no file of {newest.name} serves; {read}: {counts_text(counts)}"
    return f"{newest} (and {len(refusals) - 1} more releases)"


def _file_counts(refusals: Iterable[Refusal]) -> Counter[RefusalKind]:
    found: Counter[RefusalKind] = Counter()
    for refusal in refusals:
        found.update(dict(refusal.files))
    return found
