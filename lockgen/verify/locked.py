"""The set as its committed files say it, read the way a stranger reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.errors import UsageError
from lockgen.verify.reading import Reader, UnreadableLockError, read_text

REQUIREMENTS = "requirements.txt"
LOCK = "requirements.lock"
BUILD_CONSTRAINTS = "build-constraints.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The set of one target: version and sha256 digests by name, and the names that come as sdists."""

    folder: Path
    versions: Mapping[NormalizedName, str]
    hashes: Mapping[NormalizedName, tuple[str, ...]]
    sdists: frozenset[NormalizedName]

    @property
    def lock(self) -> Path:
        """The lock file."""
        return self.folder / LOCK

    @property
    def requirements(self) -> Path:
        """The requirements file, which leads to the constraints."""
        return self.folder / REQUIREMENTS

    @property
    def wheels(self) -> frozenset[str]:
        """The digests of all wheels of the lock."""
        return frozenset(each for name in self.versions.keys() - self.sdists for each in self.hashes[name])

    def rounds(self, among: frozenset[str]) -> tuple[str, ...]:
        """Texts for pip that name every wheel `among` the digests once, each package once a text: best files first."""
        names = sorted(self.versions.keys() - self.sdists)
        lines = ([self._line(name, each) for each in self.hashes[name] if each in among] for name in names)
        return tuple("".join(line for line in each if line) for each in zip_longest(*lines))

    def _line(self, name: NormalizedName, sha256: str) -> str:
        return f"{name}=={self.versions[name]} --hash=sha256:{sha256}\n"


def read_locked(folder: Path) -> Locked:
    """The set in the target's folder. Raises UsageError when its lock is missing or cannot be read."""
    try:
        text = read_text(LOCK, (folder / LOCK).read_text("utf-8"), Reader())
    except (OSError, UnicodeDecodeError, UnreadableLockError) as error:
        raise UsageError(f"the lock cannot be read: {error}", where=str(folder), hint="lockgen render") from None
    versions = {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in text.requirements}
    return Locked(folder=folder, versions=versions, hashes=text.hashes, sdists=text.compiled & versions.keys())
