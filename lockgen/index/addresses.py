"""Addresses of indexes and files, taken apart so that a credential never travels with one."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit


class Login(NamedTuple):
    """User name and password for one host; its representation shows neither."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Login(***)"


def split_login(address: str) -> tuple[str, Login | None]:
    """The address without userinfo, and the userinfo when there was some. Raises ValueError for what is no address."""
    parts = urlsplit(address)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, None
    user, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), Login(unquote(user), unquote(password))


def origin(address: str) -> str:
    """Scheme, host and port: what a credential belongs to (RFC 6454). Raises ValueError for what is no address."""
    parts = urlsplit(address)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme.lower()}|{(parts.hostname or '').lower()}|{port}"


def index_key(address: str) -> str:
    """Hex digest that stands for an index in the cache; the same with and without credentials and a final slash."""
    return sha256(split_login(address)[0].rstrip("/").encode()).hexdigest()


def project_address(index: str, name: str) -> str:
    """Where the index lists a project, `<index>/<normalized name>/` (PEP 503)."""
    return f"{index.rstrip('/')}/{name}/"


def metadata_address(file: str) -> str:
    """Where a file's metadata stands, the file's path with `.metadata` behind it (PEP 658)."""
    parts = urlsplit(file)
    return urlunsplit(parts._replace(path=f"{parts.path}.metadata"))
