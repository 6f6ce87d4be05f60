"""A committed set as the subject of proofs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import NormalizedName

from lockgen.model.index import Metadata
from lockgen.model.target import Target
from lockgen.model.verify import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofTarget:
    """A set on disk: what it is called, the target's folder, what keeps it from being closed, and its packages."""

    label: str
    target: Target
    folder: Path
    complaints: tuple[str, ...]
    names: frozenset[NormalizedName]
    unserved: tuple[str, ...] = ()
    """Patch releases of the target that the set does not serve."""
    replaced: frozenset[NormalizedName] = frozenset()
    """The packages that overrides or exclusions of the matrix are about, of which pip knows nothing."""
    idle: Callable[[str], frozenset[NormalizedName]] = lambda _python: frozenset()
    """Patch release ("3.11.7") -> the pins that only other ones need."""
    routed: tuple[str, ...] = ()
    """The rows of packages that come from other indexes, as requirements; requirements.txt leaves them out."""
    unimported: Mapping[NormalizedName, str] = field(default_factory=dict)
    """The packages whose import needs what a proof lacks, and what that is."""
    told: Mapping[str, Metadata] = field(default_factory=dict)
    """sha256 of a wheel -> what the set took it to require."""
    unsmoked: str = ""
    """Why the smoke script is not for this set; empty where it is."""
    stated: Mapping[NormalizedName, Metadata] = field(default_factory=dict)
    """The metadata of sdists that the set did not read in them."""
    known: tuple[Proof, ...] = ()
    """What is recorded of this very set already."""
