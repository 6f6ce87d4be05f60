"""One project's listing, read release by release: the big pages have 15,000 files and a solve looks at a few hundred.

The text form is canonical ASCII, equal for equal listings: a JSON header line `{name, refused, status}`, then one line
per release, newest first, `VERSION<TAB>[[filename, sha256, size, uploaded, requires_python, yanked, metadata], ...]`.
The addresses stand apart in a second text with the same lines, because only a cold cache needs them, and a frozen
index must not have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, overload
from urllib.parse import urljoin

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.index import DistFile
from lockgen.model.refusal import Refusal


class PageEntry(NamedTuple):
    """One listed file, checked: its row, and its address as the index wrote it."""

    filename: str
    sha256: str
    size: int | None
    uploaded: str | None
    requires_python: str | None
    yanked: str | None
    metadata_sha256: str | None
    link: str


class PageTexts(NamedTuple):
    """What a cache stores of a page: the listing, and where its files are."""

    listing: str
    links: str


_EARLY = re.compile(r"a|b|rc|dev")


class LazyVersions(Sequence[Version]):
    """Versions in order, from their canonical texts. A solve looks at few of a project's hundreds."""

    __slots__ = ("_parsed", "_texts")

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._parsed: list[Version | None] = [None] * len(texts)

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, place: int) -> Version: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Version, ...]: ...

    def __getitem__(self, place: int | slice) -> Version | tuple[Version, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(*place.indices(len(self))))
        version = self._parsed[place]
        if version is None:
            version = self._parsed[place] = Version(self._texts[place])
        return version

    @property
    def prereleases(self) -> int:
        """The pre-releases and development releases, as a mask, recognised by their texts (PEP 440)."""
        early = (place for place, text in enumerate(self._texts) if _EARLY.search(text.partition("+")[0]))
        return sum(1 << place for place in early)


class ProjectPage:
    """A project as an index lists it; satisfies the resolver's `Project`.

    `listing` is the text form; `links` gives the text of addresses when it is needed, None where there are none.
    Raises ValueError for what is no listing. What is read is kept in the instance.
    """

    __slots__ = (
        "_files",
        "_header",
        "_lines",
        "_link_lines",
        "_links",
        "_oldest_first",
        "_places",
        "_releases",
        "listing",
    )

    def __init__(self, listing: str, links: Callable[[], str] | None = None) -> None:
        self.listing = listing
        header, *self._lines = listing.split("\n")
        self._header: dict[str, Any] = json.loads(header)
        self._links = links
        self._releases: dict[Version, int] | None = None
        self._places: dict[str, int] | None = None
        self._oldest_first: LazyVersions | None = None
        self._link_lines: list[str] | None = None
        self._files: dict[Version, tuple[DistFile, ...]] = {}

    @property
    def name(self) -> NormalizedName:
        """The normalized name."""
        return NormalizedName(self._header["name"])

    @property
    def status(self) -> str:
        """Project status (PEP 792): active, archived, deprecated or quarantined."""
        return str(self._header["status"])

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version that has a file, newest first."""
        return tuple(self._lines_by_version())

    @property
    def oldest_first(self) -> LazyVersions:
        """The same versions, oldest first, each parsed when it is read."""
        if self._oldest_first is None:
            self._oldest_first = LazyVersions(list(self._lines_by_text())[::-1])
        return self._oldest_first

    @property
    def prereleases(self) -> int:
        """Which of them are pre-releases: bit i for the i-th oldest."""
        return self.oldest_first.prereleases

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Listed files whose names belong to no release of this project."""
        return tuple(
            Refusal(kind="name", name=self.name, filename=filename, reason=reason)
            for filename, reason in self._header["refused"]
        )

    def files(self, version: Version) -> tuple[DistFile, ...]:
        """The release's files in the index's order; empty when there is no such release."""
        if version not in self._files:
            line = self._line_of(version)
            self._files[version] = () if line is None else self._parse_files(version, self._lines[line])
        return self._files[version]

    def address(self, file: DistFile) -> str | None:
        """Where the file is, without credentials; None when the page has none. Raises ValueError for a broken one."""
        line = self._line_of(file.version)
        if self._links is None or line is None:
            return None
        if self._link_lines is None:
            self._link_lines = self._links().split("\n")
        for listed, link in zip(self.files(file.version), json.loads(self._link_lines[line + 1]), strict=True):
            if listed.filename == file.filename:
                whole = link + file.filename if link == "" or link.endswith("/") else link
                return str(urljoin(self._link_lines[0], whole))
        return None

    def _line_of(self, version: Version) -> int | None:
        """The release's line; an equal version may be written otherwise."""
        line = self._lines_by_text().get(str(version))
        return self._lines_by_version().get(version) if line is None else line

    def _lines_by_text(self) -> dict[str, int]:
        """Each version as it is written -> its line, newest first."""
        if self._places is None:
            self._places = {line[: line.index("\t")]: at for at, line in enumerate(self._lines)}
        return self._places

    def _lines_by_version(self) -> dict[Version, int]:
        if self._releases is None:
            # The text form is sorted already, and a dictionary keeps the order.
            self._releases = {Version(text): at for text, at in self._lines_by_text().items()}
        return self._releases

    def _parse_files(self, version: Version, line: str) -> tuple[DistFile, ...]:
        # The key of the index, not the caller's equal version, so that `1.0` and `1.0.0` print as the index has them.
        named = Version(line[: line.index("\t")]) if str(version) != line[: line.index("\t")] else version
        return tuple(_dist_file(self.name, named, row) for row in json.loads(line[line.index("\t") + 1 :]))


def encode(header: Mapping[str, Any], releases: Mapping[Version, Sequence[PageEntry]], *, base: str) -> PageTexts:
    """The stored texts of a listing. `header` holds name, status and refused; `base` is the page's own address."""
    newest = sorted(releases.items(), key=lambda release: release[0], reverse=True)
    rows = [_dumps({**header, "refused": sorted(header["refused"])})]
    rows += [f"{version}\t{_dumps([entry[:-1] for entry in entries])}" for version, entries in newest]
    links = [base, *(_dumps(list(map(_short_link, entries))) for _, entries in newest)]
    return PageTexts("\n".join(rows), "\n".join(links))


def _dist_file(name: NormalizedName, version: Version, row: Sequence[Any]) -> DistFile:
    filename, sha256, size, uploaded, requires_python, yanked, metadata_sha256 = row
    return DistFile(
        name=name,
        version=version,
        filename=filename,
        sha256=sha256,
        size=size,
        uploaded=None if uploaded is None else datetime.fromisoformat(uploaded),
        requires_python=requires_python,
        yanked=yanked,
        metadata_sha256=metadata_sha256,
    )


def _short_link(entry: PageEntry) -> str:
    # Most links end in their file name, which stands in the listing; what ends in a slash is completed on reading.
    rest = entry.link.removesuffix(entry.filename)
    return rest if rest == "" or rest.endswith("/") else entry.link


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
