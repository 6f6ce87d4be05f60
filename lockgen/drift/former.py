"""What a release of the committed set requires on its target, as far as that can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.drift.committed_target import CommittedTarget
from lockgen.errors import FrozenIndexError
from lockgen.model.index import DistFile, Metadata
from lockgen.model.target import switches_on
from lockgen.text import requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """One requirement of a committed release."""

    name: NormalizedName
    extras: frozenset[str]
    specifier: SpecifierSet

    def __str__(self) -> str:
        return requirement(self.name, self.extras, self.specifier)


def former_demands(case: CommittedTarget, name: NormalizedName) -> Iterator[Former]:
    """What the committed release of the package requires; nothing where its metadata is gone."""
    metadata = _metadata(case, name)
    extras = {extra for row in case.request.rows if row.name == name for extra in row.extras}
    extras |= case.pins[name].extras if name in case.pins else frozenset()
    for text in metadata.requires_dist if metadata else ():
        needed = Requirement(text)
        if needed.marker is None or any(
            switches_on(case.request.target, needed.marker, extra) for extra in ("", *extras)
        ):
            yield Former(
                name=canonicalize_name(needed.name),
                extras=frozenset(map(canonicalize_name, needed.extras)),
                specifier=needed.specifier,
            )


def _metadata(case: CommittedTarget, name: NormalizedName) -> Metadata | None:
    file = _first(case, name)
    try:
        found = None if file is None else case.resolver.metadata(file)
    except FrozenIndexError:
        return None  # a frozen index need not hold what only the old set asked
    return found if isinstance(found, Metadata) else None


def _first(case: CommittedTarget, name: NormalizedName) -> DistFile | None:
    """The file an installer took: the first of the lock."""
    digests = case.committed.hashes.get(name, ())
    listed = {file.sha256: file for file in case.files(name, case.committed.pins[name])}
    return next((listed[digest] for digest in digests if digest in listed), None)
