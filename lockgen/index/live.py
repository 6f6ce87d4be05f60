"""The live index: pages and metadata from the cache where that settles them, else over HTTP, many requests at once.

Satisfies the resolver's `PackageSource`. The HTTP library is imported when the first request is due, so a run whose
cache holds everything does not pay for it.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from packaging.utils import NormalizedName

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import project_address
from lockgen.index.cache import Cache
from lockgen.index.cache_entries import Stamp
from lockgen.index.closing import Closing
from lockgen.index.codec import decode_build_requires, decode_metadata
from lockgen.index.file_lines import FileLines, file_address, no_index, not_in_cache, stored_page
from lockgen.index.pages import ProjectPage
from lockgen.index.settings import IndexSettings
from lockgen.index.sites import Policy, Site, Sites
from lockgen.model.index import DistFile, Metadata
from lockgen.model.phase import Progress
from lockgen.model.refusal import Refusal

if TYPE_CHECKING:
    from lockgen.index.archives import SdistFacts
    from lockgen.index.client import Client


class LiveIndex(Closing):
    """The index pip is configured with, and those the matrix routes packages to.

    `transport` (an httpx2 transport) and `pause` (awaited with seconds between attempts) are for tests. Safe to use
    from several threads. Close it, or use `with`; the cache stays the caller's. Methods raise IndexUnavailableError
    when a request has no answer.
    """

    def __init__(
        self,
        settings: IndexSettings,
        cache: Cache,
        policy: Policy,
        *,
        progress: Progress | None = None,
        transport: object | None = None,
        pause: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._policy = policy
        self._progress = progress or (lambda _come, _asked: None)
        self._transport, self._pause = transport, pause
        self._lock = threading.RLock()
        self._sites = Sites(settings, routes=policy.routes, aliases=policy.aliases)
        self._lines = FileLines(cache, self._sites, policy)
        self._net: Client | None = None
        self._pages: dict[NormalizedName, ProjectPage | None] = {}
        self._settled: set[NormalizedName] = set()
        """Names whose stored page is settled."""
        self._page_requests: dict[NormalizedName, Future[ProjectPage | None]] = {}
        self._file_requests: dict[str, Future[Any]] = {}
        self._pages_done = 0

    @property
    def requests_made(self) -> int:
        """HTTP requests sent, redirects and repetitions included."""
        return self._net.requests_made if self._net else 0

    @property
    def fetches(self) -> int:
        """How many pages and files were requested over HTTP."""
        return len(self._page_requests) + len(self._file_requests)

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Start the requests for the pages that the cache does not settle. Returns nothing and raises nothing."""
        if self._policy.offline:
            return
        for name in names:
            try:
                self._request_page(name)
            except IndexUnavailableError:
                # `project` raises it, if the resolver comes to need the page.
                continue

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Start the requests for metadata that the cache does not hold. Returns nothing and raises nothing."""
        for file in files:
            if self._policy.offline or self._lines.get(file, "metadata") is not None:
                continue
            try:
                self._request_file(file)
            except IndexUnavailableError:
                continue

    def project(self, name: NormalizedName) -> ProjectPage | None:
        """The project, or None when its index has no such name.

        Raises IndexUnavailableError where an index has none of the two names or more asked of it: it is then no index.
        """
        page = self._page(name)
        if page is None:
            self._refuse_empty(name)
        return page

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires, or why that cannot be known without a build."""
        line = self._lines.get(file, "metadata")
        if line is not None:
            return decode_metadata(line, file)
        answer: Metadata | Refusal | SdistFacts = self._request_file(file).result()
        return answer if isinstance(answer, Metadata | Refusal) else answer.metadata

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs (PEP 518)."""
        line = self._lines.get(file, "build")
        if line is not None:
            return decode_build_requires(line, file)
        answer: SdistFacts = self._request_file(file).result()
        return answer.build_requires

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256; one that is listed without is downloaded once, and again after --refresh."""
        if file.sha256:
            return file
        known = self._lines.get(file, "hash")
        return replace(file, sha256=known or self._request_file(file, what="the sha256").result())

    def content(self, file: DistFile) -> bytes | Refusal:
        """The whole file, its hash checked. It is fetched anew each time."""
        from lockgen.index.fetch import fetch_file  # noqa: PLC0415 - as below

        if self._policy.offline:
            raise not_in_cache(file.name, f"{file.filename} is")
        return self._client().start(fetch_file(self._client(), self.address(file), file)).result()

    def address(self, file: DistFile) -> str:
        """Where the file is, without credentials; for `pylock.toml`, whose standard demands it (PEP 751)."""
        return file_address(self.project(file.name), file, self._settings.trusted_hosts).partition("#")[0]

    def close(self) -> None:
        """Cancel the requests under way and close all connections."""
        # Not under the lock: what is under way may be waiting for it.
        if self._net is not None:
            self._net.close()

    # -- pages

    def _page(self, name: NormalizedName) -> ProjectPage | None:
        if name not in self._pages:
            request = self._request_page(name)
            page = request.result() if request else self._settled_page(name)
            self._pages.setdefault(name, page)
        return self._pages[name]

    def _refuse_empty(self, name: NormalizedName) -> None:
        key = self._sites.of(name).key
        with self._lock:
            names = sorted({*self._pages, *self._page_requests, *self._settled})
        asked = [each for each in names if self._sites.of(each).key == key]
        if len(asked) > 1 and all(self._page(each) is None for each in asked):
            raise no_index(asked)

    def _request_page(self, name: NormalizedName) -> Future[ProjectPage | None] | None:
        """The request for the page, started if need be; None when the cache settles it."""
        with self._lock:
            if name in self._page_requests or name in self._pages:
                return self._page_requests.get(name)
            if name in self._settled:
                return None
            site = self._sites.of(name)
            stamp = self._cache.stamp(site.key, name)
            if stamp is not None and self._policy.settles(name, stamp.fetched_at):
                self._settled.add(name)
                return None
            if self._policy.offline:
                raise not_in_cache(name, "its page is")
            etag = stamp.etag if stamp and not self._policy.refresh else ""
            self._page_requests[name] = self._client().start(self._fetch_page(name, site, etag))
            self._progress(self._pages_done, len(self._page_requests))
            return self._page_requests[name]

    async def _fetch_page(self, name: NormalizedName, site: Site, etag: str) -> ProjectPage | None:
        from lockgen.index.fetch import fetch_page  # noqa: PLC0415 - a warm run fetches nothing

        fetched = await fetch_page(self._client(), project_address(site.address, name), name=name, etag=etag)
        if fetched.unchanged and self._cache.listing(site.key, name) is None:
            # What the ETag stood for is damaged.
            fetched = await fetch_page(self._client(), project_address(site.address, name), name=name)
        if fetched.unchanged:
            self._cache.touch_page(site.key, name, self._policy.now)
            page = self._stored_page(name)
        else:
            stamp = Stamp(fetched_at=self._policy.now, etag=fetched.etag)
            self._cache.put_page(site.key, name, fetched.texts, stamp=stamp)
            texts = fetched.texts
            page = None if texts is None else ProjectPage(texts.listing, lambda: texts.links)
        with self._lock:
            self._pages_done += 1
            self._progress(self._pages_done, len(self._page_requests))
        return page

    def _settled_page(self, name: NormalizedName) -> ProjectPage | None:
        """The stored page; one that turns out to be damaged is fetched again."""
        before = self._cache.damaged
        try:
            return self._stored_page(name)
        except IndexUnavailableError:
            if self._cache.damaged == before:
                raise
        with self._lock:
            self._settled.discard(name)
        request = self._request_page(name)
        return request.result() if request else self._stored_page(name)

    def _stored_page(self, name: NormalizedName) -> ProjectPage | None:
        return stored_page(self._cache, self._sites.of(name).key, name)

    # -- files

    def _request_file(self, file: DistFile, *, what: str = "the metadata") -> Future[Any]:
        """The request for what the cache lacks of the file, started if need be."""
        page = self.project(file.name)
        with self._lock:
            key = f"{what} {file.name} {file.filename}"
            if key not in self._file_requests:
                if self._policy.offline:
                    raise not_in_cache(file.name, f"{what} of {file.filename} is")
                address = file_address(page, file, self._settings.trusted_hosts)
                fetch = self._lines.fetch if what == "the metadata" else self._lines.fetch_hash
                self._file_requests[key] = self._client().start(fetch(self._client(), file, address))
            return self._file_requests[key]

    def _client(self) -> Client:
        with self._lock:
            if self._net is None:
                from lockgen.index.client import Client  # noqa: PLC0415 - a warm run needs no HTTP library

                self._net = Client(self._settings, self._sites.logins, transport=self._transport, pause=self._pause)
            return self._net
