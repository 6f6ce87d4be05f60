"""DOOR to the network: the HTTP library opened as pip is configured, and its exceptions in our words.

Only this file and `client` import httpx2.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import NamedTuple, cast

import httpx2

from lockgen.errors import IndexUnavailableError
from lockgen.index.settings import IndexSettings

_SLOWEST = 20_000
"""Bytes a second beyond the patience for an answer, so that a large file may come slowly."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, in words, and whether a second attempt may help."""

    cause: str
    again: bool = True


class BodyRequest(NamedTuple):
    """What a request sends beside its login, how many bytes it takes, and which digests of them."""

    headers: Mapping[str, str]
    limit: int
    digests: tuple[str, ...]


class Body(NamedTuple):
    """A body that was read: its bytes or their digests, and how many they are."""

    content: bytes
    size: int
    whole: bool
    digests: Mapping[str, str] | None = None


async def read_body(response: httpx2.Response, wanted: BodyRequest, patience: float) -> Body:
    """The body. TimeoutError for one that drips: each byte in time, and no end of them."""
    parts, size = [], 0
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in wanted.digests}
    began = monotonic()
    async for part in response.aiter_bytes():
        if hashes:
            for each in hashes.values():
                each.update(part)
        else:
            parts.append(part)
        size += len(part)
        if size > wanted.limit:
            return Body(b"", size, whole=False)
        if monotonic() - began > patience + size / _SLOWEST:
            raise TimeoutError
    digests = {name: each.hexdigest() for name, each in hashes.items()} if hashes else None
    return Body(b"".join(parts), size, whole=True, digests=digests)


def open_http(settings: IndexSettings, transport: object | None) -> httpx2.AsyncClient:
    """A client for these settings; `transport` stands in for the network in tests. Raises IndexUnavailableError."""
    complaint = ""
    try:
        proxy = settings.proxy or None
        return httpx2.AsyncClient(
            verify=_tls(settings),
            http2=True,
            timeout=httpx2.Timeout(settings.timeout, pool=None),
            limits=httpx2.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=60),
            mounts={
                f"all://{host}": httpx2.AsyncHTTPTransport(verify=False, http2=True, proxy=proxy)
                for host in settings.trusted_hosts
            },
            trust_env=settings.trust_env and settings.proxy is None,
            transport=cast("httpx2.AsyncBaseTransport | None", transport),
            headers={"User-Agent": "lockgen"},
            proxy=proxy,
        )
    except (OSError, ssl.SSLError):
        complaint = "the CA certificates or the client certificate of pip's settings cannot be read"
    except (ValueError, httpx2.InvalidURL):
        complaint = "the proxy of pip's settings is not an address"
    raise IndexUnavailableError(complaint, hint="See `cert`, `client-cert` and `proxy` in `pip config list`.")


def _tls(settings: IndexSettings) -> ssl.SSLContext:
    if settings.cert is None:
        context = httpx2.create_ssl_context(trust_env=settings.trust_env)
    elif Path(settings.cert).is_dir():
        context = ssl.create_default_context(capath=settings.cert)
    else:
        context = ssl.create_default_context(cafile=settings.cert)
    if settings.client_cert:
        context.load_cert_chain(settings.client_cert)
    return context


def failure_of(error: Exception) -> Failure:
    """Why there is no answer. Shows no address: an exception's own words may."""
    chain = tuple(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(f"its certificate is not trusted: {_certificate(cause)}", again=False)
    if any(isinstance(cause, ssl.SSLError) for cause in chain):
        return Failure("the TLS handshake fails", again=False)
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        return Failure("the index is out of reach: its host name is not known (DNS)")
    words: dict[type[Exception], str] = {
        httpx2.InvalidURL: "the index gives an address that cannot be read",
        httpx2.UnsupportedProtocol: "the index gives an address that is not http",
        httpx2.ProxyError: "the proxy refuses the connection",
        httpx2.ConnectTimeout: "the index is out of reach: connecting takes too long",
        httpx2.TimeoutException: "the index is out of reach: no byte came in time",
        httpx2.ConnectError: "the index is out of reach: the connection is refused or lost",
        httpx2.RemoteProtocolError: "the answer breaks off",
        httpx2.DecodingError: "the answer breaks off: its compression is damaged",
    }
    found = next((text for kind, text in words.items() if isinstance(error, kind)), "the connection is lost")
    return Failure(found, again=not isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol))


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    # OpenSSL's words for a wrong host name hold the host name.
    text = str(getattr(error, "verify_message", "") or "it cannot be verified")
    return "it is for another host" if "ostname" in text or "IP address" in text else text


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__
