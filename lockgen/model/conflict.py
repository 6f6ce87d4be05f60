"""Who demands which versions of what, one at a time and as the chains that lead to a conflict."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.origin import Origin, OverrideOrigin, ReleaseOrigin, release_of
from lockgen.text import requirement, span

_MOST_WAYS = 3
"""In which releases are quoted as saying the same demand differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One statement about which versions of a package may be in a set, and who makes it."""

    name: NormalizedName
    specifier: SpecifierSet
    extras: frozenset[str] = frozenset()
    prereleases: bool | None = None
    """Whether pre-releases may be had whatever the range says; None: as PEP 440 has it."""
    origin: Origin

    def __str__(self) -> str:
        return f"{self.origin} needs {self.wanted}"

    @property
    def release(self) -> ReleaseOrigin | None:
        """The release it comes with. None: the request itself makes it."""
        return release_of(self.origin)

    @property
    def wanted(self) -> str:
        """What is demanded, as a requirement: `celery[redis]>=5.3.0`."""
        return requirement(self.name, self.extras, self.specifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a chain of demands: who demands which versions of what. Several releases may demand alike."""

    origin: Origin
    """Who demands it; of several `releases`, the newest."""
    releases: tuple[Version, ...] = ()
    """Oldest first; empty when the request itself demands it."""
    name: NormalizedName
    extras: frozenset[str] = frozenset()
    specifiers: tuple[SpecifierSet, ...]
    """One for each way in which the releases say it."""

    def __str__(self) -> str:
        return f"{self._who} {'need' if len(self.releases) > 1 else 'needs'} {self.wanted}"

    @property
    def wanted(self) -> str:
        """What is demanded, in each of the ways: `kombu>=5.3.0,<5.4.0 or kombu>=5.2.1,<5.3.0`."""
        ways = [requirement(self.name, self.extras, specifier) for specifier in self.specifiers]
        others = len(ways) - _MOST_WAYS
        more = "" if others < 1 else " or another" if others == 1 else f" or {others} others"
        return f"{' or '.join(ways[:_MOST_WAYS])}{more}"

    @property
    def by(self) -> str:
        """Who demands it, of a release the package alone: `phase-1.yaml:31`, `celery[redis]`."""
        return self.origin.package if isinstance(self.origin, ReleaseOrigin | OverrideOrigin) else str(self.origin)

    @property
    def _who(self) -> str:
        if not self.releases:
            return self.by
        if isinstance(self.origin, ReleaseOrigin):
            return f"{self.by} {span(self.releases)}"
        if isinstance(self.origin, OverrideOrigin):
            return f"{self.origin.beside.package} {span(self.releases)} (override {self.origin.where})"
        return f"{self.by}, for {span(self.releases)},"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A package of which no version was left, and the chains of demands that led there, from the request down."""

    name: NormalizedName
    chains: tuple[tuple[Step, ...], ...]
