"""DOOR to the network: the HTTP library opened as pip is configured, and its exceptions in our words.

Only this file and `client` import httpx2.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx2

from lockgen.errors import IndexUnavailableError
from lockgen.index.settings import IndexSettings


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, in words, and whether a second attempt may help."""

    cause: str
    again: bool = True


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
