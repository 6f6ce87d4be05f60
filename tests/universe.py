"""A package index in a dictionary, for scenarios and for the brute-force oracle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.model.index import DistFile, Metadata
from lockgen.model.platform import Platform
from lockgen.model.refusal import NEEDS_BUILD, Refusal
from lockgen.model.request import Constraint, Request, Row, SdistPermission
from lockgen.model.target import Target, make_target

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
UPLOADED = datetime(2025, 1, 1, tzinfo=UTC)

PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28)),
        Platform(name="linux-aarch64", os="linux", arch="aarch64", libc="glibc", version=(2, 28)),
        Platform(name="macos-x86_64", os="macos", arch="x86_64", version=(13, 0)),
        Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0)),
        Platform(name="windows-x86_64", os="windows", arch="x86_64"),
        Platform(name="alpine-x86_64", os="linux", arch="x86_64", libc="musl", version=(1, 2)),
        Platform(name="alpine-aarch64", os="linux", arch="aarch64", libc="musl", version=(1, 2)),
    )
}


Packages = Mapping[str, Any]
"""name -> version -> facts, as scenarios write them. Any, for in a literal a release without facts hides the rest."""

_version = cache(Version)


@cache
def target(name: str = "py3.11-linux-x86_64") -> Target:
    python, platform = name.removeprefix("py").split("-", 1)
    return make_target(python, PLATFORMS[platform])


@dataclass(frozen=True)
class Listing:
    name: NormalizedName
    releases: Mapping[Version, tuple[DistFile, ...]]
    refusals: tuple[Refusal, ...] = ()
    status: str = "active"

    @property
    def versions(self) -> tuple[Version, ...]:
        return tuple(sorted(self.releases, reverse=True))

    @property
    def oldest_first(self) -> tuple[Version, ...]:
        return self.versions[::-1]

    @property
    def prereleases(self) -> int:
        return sum(1 << place for place, version in enumerate(self.oldest_first) if version.is_prerelease)

    def files(self, version: Version) -> tuple[DistFile, ...]:
        return self.releases.get(version, ())


@dataclass
class Universe:
    """`packages`: name -> version -> {requires, python, extras, yanked, yanked_of, files, uploaded}. Counts what was read.

    The sdist of a release with `dynamic` has no static metadata.
    """

    packages: Packages
    read: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    _metadata: dict[str, Metadata | Refusal] = field(default_factory=dict)

    @property
    def fetches(self) -> int:
        return len(self.expected) + len(self.read)

    def project(self, name: NormalizedName) -> Listing | None:
        if name not in self.packages:
            return None
        releases = self.packages[name]
        return Listing(name, {_version(v): tuple(self._files(name, v, facts)) for v, facts in releases.items()})

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        self.read.add(f"{file.name} {file.version}")
        return self._metadata[file.sha256]

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        return tuple(self.packages[file.name][str(file.version)].get("build", ["setuptools"]))

    def hashed(self, file: DistFile) -> DistFile:
        return file

    def expect(self, names: Iterable[NormalizedName]) -> None:
        self.expected.update(names)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        self.expected.update(f"{file.name} {file.version}" for file in files)

    def _files(self, name: str, version: str, facts: Mapping[str, Any]) -> Iterable[DistFile]:
        stem = f"{name.replace('-', '_')}-{version}"
        for ending in facts.get("files", ["py3-none-any.whl"]):
            filename = f"{stem}.tar.gz" if ending == "sdist" else f"{stem}-{ending}"
            digest = sha256(filename.encode()).hexdigest()
            requires = facts.get("requires_of", {}).get(ending, facts.get("requires", []))
            metadata = Metadata(
                name=canonicalize_name(name),
                version=_version(version),
                requires_dist=tuple(requires),
                requires_python=facts.get("metadata_python", facts.get("python")),
                provides_extra=tuple(facts.get("extras", [])),
                sha256=sha256(repr(sorted(requires)).encode()).hexdigest(),
            )
            is_unread = ending == "sdist" and facts.get("dynamic", False)
            self._metadata[digest] = _unread(metadata, filename) if is_unread else metadata
            yield DistFile(
                name=canonicalize_name(name),
                version=_version(version),
                filename=filename,
                sha256="" if facts.get("unhashed") else digest,
                uploaded=None if facts.get("undated") else _uploaded(facts, ending),
                requires_python=facts.get("python"),
                yanked=facts.get("yanked_of", {}).get(ending, facts.get("yanked")),
            )


def _unread(metadata: Metadata, filename: str) -> Refusal:
    reason = f"{NEEDS_BUILD}: requires-dist is dynamic"
    return Refusal(kind="metadata", name=metadata.name, version=metadata.version, filename=filename, reason=reason)


def _uploaded(facts: Mapping[str, Any], ending: str) -> datetime:
    """`uploaded_of` for the file with this ending, `uploaded` for all."""
    found: datetime = facts.get("uploaded_of", {}).get(ending, facts.get("uploaded", UPLOADED))
    return found


def row(text: str, *, recommended: str | None = None, where: str = "") -> Row:
    """`row("uvicorn[standard]>=0.23,<1")`; the minimum is the version of its `>=`."""
    name, _, rest = text.partition("[")
    extras, _, specifier = rest.partition("]") if rest else ("", "", "")
    if not rest:
        cut = next((i for i, c in enumerate(text) if c in "<>=!~"), len(text))
        name, specifier = text[:cut], text[cut:]
    bounds = SpecifierSet(specifier)
    minimum = next((Version(s.version) for s in bounds if s.operator == ">="), None)
    return Row(
        name=canonicalize_name(name),
        extras=frozenset(filter(None, extras.split(","))),
        specifier=bounds,
        minimum=minimum,
        recommended=Version(recommended) if recommended else None,
        where=where or f"matrix:{name}",
    )


def request(
    *rows: Row,
    on: str = "py3.11-linux-x86_64",
    strategy: str = "recommended",
    constraints: Iterable[Constraint] = (),
    sdists: Iterable[str] = (),
    **more: Any,
) -> Request:
    permissions = tuple(SdistPermission(name=canonicalize_name(name), reason="the test says so") for name in sdists)
    return Request(
        target=target(on),
        strategy=strategy,  # type: ignore[arg-type]
        rows=rows,
        constraints=tuple(constraints),
        sdists=permissions,
        **{"as_of": AS_OF, **more},
    )
