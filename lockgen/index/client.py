"""DOOR to the network: GET requests, many at once over HTTP/2, on a thread of their own.

It handles retries, redirects and credentials, and nothing of packages. No error it raises shows an address or a
credential, nor carries an exception that does.
"""

from __future__ import annotations

import asyncio
import threading
from base64 import b64encode
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx2

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import Login, origin, split_login
from lockgen.index.fetch import Response
from lockgen.index.settings import Credentials, IndexSettings
from lockgen.index.transport import BodyRequest, Failure, failure_of, open_http, read_body

_T = TypeVar("_T")

Pause = Callable[[float], Awaitable[None]]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403})
_MOST_HOPS = 10
_LONGEST_PAUSE = 10.0
_LONGEST_WAIT = 30.0
_MOST_DIGITS = 9
_LAST_SECONDS = 5.0
_PATIENCE = 20
"""Times pip's timeout, which is the longest pause between two bytes: what an answer may take from its first on."""
_FRAMES = frozenset({"content-length", "transfer-encoding"})
_CHECK = "Check the network, the proxy and pip's settings (`pip config list`), or answer from a file with --frozen."
_LATER = "Run again after that time, or answer from a file with --frozen."


class Client:
    """One connection pool on a thread of its own. Close it when done; what is under way is then given up.

    `logins` are known credentials by `addresses.origin`, read at each request; others come from the settings'
    provider after a 401 or 403.
    `transport` is an httpx2 transport for tests, `pause` what waits between attempts (seconds).
    Raises IndexUnavailableError for certificates or a proxy that cannot be used.
    """

    def __init__(
        self,
        settings: IndexSettings,
        logins: Mapping[str, Login],
        *,
        transport: object | None = None,
        pause: Pause | None = None,
    ) -> None:
        self.requests_made = 0
        self._settings = settings
        self._logins = logins
        self._found: dict[str, Login | None] = {}
        self._netrc: dict[str, Login | None] = {}
        self._under_way: set[Future[Any]] = set()
        self._look_up_lock = asyncio.Lock()
        self._pause = pause or asyncio.sleep
        self._http = open_http(settings, transport)
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="lockgen-index", daemon=True)
        self._thread.start()
        self._loop, self._stop = self._ready.result()

    def start(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Runs `work` on the client's thread; the future gives its answer or its error."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def close(self) -> None:
        """Gives up what is under way and closes all connections."""
        if self._thread.is_alive():
            # Only what `start` began: the HTTP library ends its own tasks, and takes it ill when others do.
            for future in tuple(self._under_way):
                future.cancel()
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    async def get(
        self, address: str, *, about: str, headers: Mapping[str, str], limit: int, digests: tuple[str, ...] = ()
    ) -> Response:
        """The answer of one GET after retries, redirects and, where they are needed, credentials.

        `about` names the package in errors; a body longer than `limit` bytes is cut (`Response.whole`). Statuses
        such as 401, 403 and 404 are answers; raises IndexUnavailableError when there is none, or 5xx to the end.
        With `digests` (names of hash algorithms) a body is hashed as it comes, and not kept.
        The pauses between attempts are short, whatever Retry-After names: a run that waits looks like one that hangs.
        """
        waited = 0.0
        for attempt in range(self._settings.retries + 1):
            outcome = await self._follow(address, BodyRequest(headers, limit, digests))
            if isinstance(outcome, Response):
                if outcome.status not in _AGAIN:
                    return outcome
                failure = Failure(f"the index answers with status {outcome.status}")
            else:
                failure = outcome
            if not failure.again or attempt == self._settings.retries or waited >= _LONGEST_WAIT:
                break
            pause = min(_delay(outcome, attempt), _LONGEST_WAIT - waited)
            waited += pause
            await self._pause(pause)
        tries = f" ({attempt + 1} attempts)" if attempt else ""
        seconds = _retry_after(outcome)
        wait = f"; the index asked to wait {seconds} seconds" if seconds else ""
        raise IndexUnavailableError(f"{failure.cause}{tries}{wait}", where=about, hint=_LATER if seconds else _CHECK)

    async def _serve(self) -> None:
        stop = asyncio.Event()
        async with self._http:
            self._ready.set_result((asyncio.get_running_loop(), stop))
            await stop.wait()
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            if rest:
                await asyncio.wait(rest, timeout=_LAST_SECONDS)

    async def _follow(self, address: str, wanted: BodyRequest) -> Response | Failure:
        for _ in range(_MOST_HOPS):
            outcome = await self._authorized(address, wanted)
            if isinstance(outcome, Failure) or outcome.status not in _REDIRECTS:
                return outcome
            target = _redirect(address, outcome.headers.get("location", ""))
            if isinstance(target, Failure):
                return target
            address = target
        return Failure("the index redirects in a circle", again=False)

    async def _authorized(self, address: str, wanted: BodyRequest) -> Response | Failure:
        try:
            place = origin(address)
        except ValueError:
            return Failure("the index gives an address that cannot be read", again=False)
        known = self._known(place, address)
        outcome = await self._send(address, wanted, login=known)
        if known or isinstance(outcome, Failure) or outcome.status not in _REFUSED:
            return outcome
        login = await self._look_up(place, address)
        return await self._send(address, wanted, login=login) if login else outcome

    def _known(self, place: str, address: str) -> Login | None:
        if place not in self._netrc:
            self._netrc[place] = _login_from(self._settings.netrc, address)
        return self._logins.get(place) or self._found.get(place) or self._netrc[place]

    async def _look_up(self, place: str, address: str) -> Login | None:
        # One look-up for all requests that were refused at once, and in a thread: netrc and keyring wait for disks,
        # daemons and people.
        async with self._look_up_lock:
            if place not in self._found:
                self._found[place] = await asyncio.to_thread(_login_from, self._settings.credentials, address)
        return self._found[place]

    async def _send(self, address: str, wanted: BodyRequest, *, login: Login | None) -> Response | Failure:
        self.requests_made += 1
        # Sent to this one origin only: every hop of a redirect comes here anew with its own login, or none.
        sent = {**wanted.headers, **({"Authorization": _basic(login)} if login else {})}
        patience = _PATIENCE * self._settings.timeout
        try:
            request = self._http.build_request("GET", address, headers=sent)
            async with asyncio.timeout(patience):
                response = await self._http.send(request, stream=True, auth=None)
            try:
                body = await read_body(response, wanted, patience)
            finally:
                await response.aclose()
        except TimeoutError:
            return Failure("the index answers too slowly to ever end", again=False)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
            return failure_of(error)
        found = {name.lower(): value for name, value in response.headers.items()}
        answer = Response(
            status=response.status_code,
            headers=found,
            body=body.content,
            address=address,
            whole=body.whole,
            digests=body.digests,
            framed=response.http_version == "HTTP/2" or not found.keys().isdisjoint(_FRAMES),
        )
        return Failure("the answer breaks off") if _is_short(answer, body.size) else answer


def _is_short(answer: Response, size: int) -> bool:
    length = answer.headers.get("content-length", "")
    coded = answer.headers.get("content-encoding", "identity") != "identity"
    return answer.whole and not coded and length.isdecimal() and size != int(length)


def _login_from(credentials: Credentials, address: str) -> Login | None:
    try:
        return credentials(address)
    except Exception:  # noqa: BLE001 - a broken keyring counts as one without the login; the index's 401 is reported
        return None


def _redirect(address: str, location: str) -> str | Failure:
    try:
        target = split_login(urljoin(address, location))[0]
    except ValueError:
        return Failure("the index redirects to no address", again=False)
    if address.startswith("https:") and not target.startswith("https:"):
        return Failure("the index redirects from https to an unprotected address", again=False)
    return target


def _basic(login: Login) -> str:
    return "Basic " + b64encode(f"{login.user}:{login.password}".encode()).decode()


def _delay(outcome: Response | Failure, attempt: int) -> float:
    seconds = _retry_after(outcome)
    return min(0.25 * 2**attempt if seconds is None else seconds, _LONGEST_PAUSE)


def _retry_after(outcome: Response | Failure) -> int | None:
    """The seconds of the answer's Retry-After (RFC 9110, section 10.2.3); None where it has none, or a date."""
    text = outcome.headers.get("retry-after", "") if isinstance(outcome, Response) else ""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None
