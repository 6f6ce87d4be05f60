"""What the cache holds of pages and files: metadata, build requirements, the sha256 of files listed without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName

from lockgen.errors import IndexUnavailableError
from lockgen.index.cache import Cache
from lockgen.index.cache_entries import LineKind
from lockgen.index.codec import encode_build_requires, encode_metadata
from lockgen.index.pages import ProjectPage
from lockgen.index.settings import checked_address
from lockgen.index.sites import Policy, Sites
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal

if TYPE_CHECKING:
    from lockgen.index.archives import SdistFacts
    from lockgen.index.client import Client

_SHOWN = 3
"""Names in an error about many."""


class FileLines:
    """The lines of the files of `sites`, each under the index that lists the file."""

    def __init__(self, cache: Cache, sites: Sites, policy: Policy) -> None:
        self._cache, self._sites, self._policy = cache, sites, policy

    def get(self, file: DistFile, kind: LineKind) -> str | None:
        """What the cache has of a file. One without a sha256 may have become another under its name."""
        if not file.sha256 and self._policy.refresh:
            return None
        return self._cache.line(self._sites.of(file.name).key, kind, _identity(file))

    def put(self, file: DistFile, kind: LineKind, line: str) -> None:
        """Store it."""
        self._cache.put_line(self._sites.of(file.name).key, kind, _identity(file), line)

    async def fetch_hash(self, client: Client, file: DistFile, address: str) -> str:
        """Download the file for its sha256, and store that."""
        from lockgen.index.fetch import fetch_sha256  # noqa: PLC0415 - a warm run fetches nothing

        found = await fetch_sha256(client, address, file=file)
        self.put(file, "hash", found)
        return found

    async def fetch(self, client: Client, file: DistFile, address: str) -> Metadata | Refusal | SdistFacts:
        """Ask for what the file requires, and store what lasts of it."""
        from lockgen.index.fetch import fetch_metadata, fetch_sdist, lasts  # noqa: PLC0415 - a warm run fetches nothing

        if file.is_wheel:
            answer = await fetch_metadata(client, address, file=file)
            if lasts(answer):
                self.put(file, "metadata", encode_metadata(answer))
            return answer
        facts = await fetch_sdist(client, address, file=file)
        if lasts(facts.metadata):
            # The metadata last: where it is stored, the build requirements are too.
            self.put(file, "build", encode_build_requires(facts.build_requires))
            self.put(file, "metadata", encode_metadata(facts.metadata))
        return facts


def _identity(file: DistFile) -> str:
    """What identifies a file in the cache, with the hash of its metadata where the index advertises one."""
    return f"{file.sha256 or file.filename} {file.metadata_sha256 or ''}"


def no_index(names: Sequence[NormalizedName]) -> IndexUnavailableError:
    """An index that has none of the names asked of it."""
    more = ", ..." if len(names) > _SHOWN else ""
    return IndexUnavailableError(
        f"the index has none of the {len(names)} projects asked of it: it answers 404 for each",
        where=", ".join(names[:_SHOWN]) + more,
        hint="The path in the index's address is probably wrong; most end in /simple/. Look at pip's settings "
        "(`pip config list`), and at the address in the environment where the matrix routes these projects.",
    )


def not_in_cache(name: NormalizedName, what: str) -> IndexUnavailableError:
    """The error of a run with --offline that needs more than the cache has."""
    return IndexUnavailableError(
        f"{what} not in the cache, and --offline forbids asking", where=name, hint="Run once without --offline."
    )


def stored_page(cache: Cache, key: str, name: NormalizedName) -> ProjectPage | None:
    """The page that the cache has of a project; None where it has that the index (its `key`) has no such project."""
    listing = cache.listing(key, name)
    if listing is not None:
        return ProjectPage(listing, lambda: cache.links(key, name) or "")
    stamp = cache.stamp(key, name)
    if stamp is None or not stamp.absent:
        # A cache that was cleared or replaced under way must not look like an index that has no such project.
        raise IndexUnavailableError("the cache lost its page under way", where=name, hint="Run again.")
    return None


def file_address(page: ProjectPage | None, file: DistFile, trusted_hosts: tuple[str, ...]) -> str:
    """Where the page has the file, without credentials. IndexUnavailableError for none, or an unsafe one."""
    try:
        address = page.address(file) if page else None
    except (ValueError, KeyError, IndexError):
        address = None
    if not address:
        raise IndexUnavailableError(
            f"the index gives no address for {file.filename}", where=file.name, hint="Ask again with --refresh."
        )
    # Not every byte is checked by a hash, so a file's address is checked like its index's.
    return checked_address(address, trusted_hosts, what=f"the address of {file.filename}")[0]
