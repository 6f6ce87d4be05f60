"""What an index says: the files of a release, and the metadata of a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class DistFile:
    """One file of one release, as an index lists it (Simple repository API, PEP 503 and 691)."""

    name: NormalizedName
    version: Version
    filename: str
    sha256: str
    """Hex digest; empty when the index gives none."""
    size: int | None = None
    """Bytes, when the index says so (PEP 700)."""
    uploaded: datetime | None = None
    """Time zone aware, when the index says so (PEP 700)."""
    requires_python: str | None = None
    """The index's hint; the file's own metadata is the truth."""
    yanked: str | None = None
    """None: not yanked. Else the reason, which may be empty (PEP 592)."""
    metadata_sha256: str | None = None
    """None: the index does not advertise a metadata file (PEP 658). Else its hash, empty when it gives none."""

    @property
    def is_wheel(self) -> bool:
        """Whether the file is a wheel; the only other kind listed is the sdist."""
        return self.filename.endswith(".whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The core metadata fields a resolver and a verifier need, read from one file."""

    name: NormalizedName
    version: Version
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    """Requirement strings that `packaging` can read, after the repairs pip makes too."""
    provides_extra: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    """Import-Name of metadata 2.5 (PEP 794), empty when the file does not say."""
    sha256: str = ""
    """Hex digest of the bytes of METADATA or PKG-INFO as they were read."""
    unread: str = ""
    """Why it could not be read, and is only assumed to require nothing (`Request.buildable`); empty: it was read."""
