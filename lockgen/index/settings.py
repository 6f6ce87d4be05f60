"""pip's effective settings as one record, so that lockgen uses the index that pip would use, in pip's way.

pip-tools reads them (`PyPIRepository.options`), which takes half a second; they are therefore kept on disk, keyed by
everything pip reads them from. Addresses are not kept: a token can stand anywhere in one. Each run reads them from
where pip has them, and only where that gave what pip itself found are the other settings kept (`settings_kept`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import Login, split_login
from lockgen.index.settings_kept import PipReading, keep_settings, kept_settings

Credentials = Callable[[str], Login | None]
"""Answers the login known for an address, or None."""

_ALIAS_PREFIX = "LOCKGEN_INDEX_"
_PIP_READS = ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "PROGRAMDATA")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def no_credentials(_address: str) -> Login | None:
    """The provider that has none."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """How the default index is reached. No representation of it shows a credential."""

    address: str
    """Of the Simple API, without credentials."""
    login: Login | None = field(default=None, repr=False)
    """What stood in the address."""
    cert: str | None = None
    """File or folder of CA certificates; None: the system's."""
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    """None: as the environment says; empty: none."""
    timeout: float = 15.0
    """Seconds without a byte."""
    retries: int = 5
    trusted_hosts: tuple[str, ...] = ()
    """`host` or `host:port`, whose certificates are not checked and which may be reached over http."""
    trust_env: bool = True
    """Whether the proxy variables of the environment count."""
    ignored: tuple[str, ...] = ()
    """Names of settings that are set and that lockgen does not follow; worth saying once."""
    netrc: Credentials = field(default=no_credentials, repr=False, compare=False)
    """Looked up before the first request to a host, as pip does: some indexes answer 404 without a login."""
    credentials: Credentials = field(default=no_credentials, repr=False, compare=False)
    """Looked up after a 401 or 403: keyrings are slow, and some prompt the user."""


def read_settings(environ: Mapping[str, str], *, cache_file: Path | None = None) -> IndexSettings:
    """The settings of pip here; `environ` must be the process's own, for pip reads that.

    `cache_file` is where they are kept between runs. Raises IndexUnavailableError for settings that leave no index to
    ask: `no-index`, or an address that is not http.
    """
    reading = _reading(environ)
    options = kept_settings(cache_file, reading)
    if options is None:
        options = _read_pip(environ)
        if cache_file is not None:
            keep_settings(cache_file, reading, options, _config_files())
    return replace(_settings(options), netrc=netrc_credentials(environ))


def alias_addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """Addresses of the extra indexes a matrix may route to: `LOCKGEN_INDEX_MY_MIRROR` is the alias `my-mirror`."""
    return {
        name.removeprefix(_ALIAS_PREFIX).lower().replace("_", "-"): value
        for name, value in sorted(environ.items())
        if name.startswith(_ALIAS_PREFIX) and value
    }


def checked_address(address: str, trusted_hosts: tuple[str, ...] = (), *, what: str) -> tuple[str, Login | None]:
    """The address of an index without its login, and the login. `what` names the setting it came from.

    As in pip, http is for this machine and trusted hosts only. Raises IndexUnavailableError, which shows no address.
    """
    complaint: str | None
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        clean, login = split_login(address)
    except ValueError:
        complaint = "is not an address"
    else:
        complaint = _address_complaint(parts.scheme, host, f"{host}:{port}", trusted_hosts)
    if complaint:
        raise IndexUnavailableError(
            f"{what} {complaint}",
            hint="lockgen asks a Simple repository API over https. `pip config list` shows pip's settings.",
        )
    return clean, login


def netrc_credentials(environ: Mapping[str, str]) -> Credentials:
    """The logins of the user's netrc: the file of `NETRC`, else `.netrc` or `_netrc` at home, as pip reads it."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "~").expanduser()
    files = [Path(environ["NETRC"])] if environ.get("NETRC") else [home / ".netrc", home / "_netrc"]

    def look_up(address: str) -> Login | None:
        host = urlsplit(address).hostname or ""
        for file in files:
            try:
                found = netrc(file).authenticators(host)
            except (OSError, NetrcParseError, UnicodeDecodeError):
                continue
            return Login(found[0] or found[1] or "", found[2] or "") if found else None
        return None

    return look_up


def pip_credentials(address: str) -> Login | None:
    """What pip would send to this address after a 401: netrc, then keyring."""
    auth: Any = _pip().session.auth
    user, password = auth._get_new_credentials(address, allow_netrc=True, allow_keyring=True)  # noqa: SLF001 - no public way
    return Login(user, password or "") if user else None


def _address_complaint(scheme: str, host: str, place: str, trusted: tuple[str, ...]) -> str | None:
    if scheme not in ("http", "https"):
        return f"is a {scheme or 'path'}, not an https address"
    if not host:
        return "names no host"
    if scheme == "http" and not _is_local(host) and not {host, place} & set(trusted):
        return "is asked over http, and its host is not among pip's trusted-host"
    return None


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _pip() -> Any:
    # Half a second of imports, which a run with remembered settings never pays.
    from piptools.repositories import PyPIRepository  # noqa: PLC0415

    try:
        return PyPIRepository([], cache_dir="unused-nothing-is-downloaded")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - pip ends the process for a setting it cannot read
        kind = type(error).__name__
    # pip's own words may quote the line, and the line may hold a password.
    raise IndexUnavailableError(
        f"pip's settings cannot be read ({kind})", hint="`pip config debug` shows the file and the variable."
    )


def _read_pip(environ: Mapping[str, str]) -> dict[str, Any]:
    options = _pip().options
    bundle = next((environ[name] for name in _BUNDLES if environ.get(name)), None)
    ignored = {
        "extra-index-url": options.extra_index_urls,
        "find-links": options.find_links,
    }
    return {
        "address": options.index_url or "",
        "no_index": bool(options.no_index),
        "cert": options.cert or bundle,
        "client_cert": options.client_cert,
        "proxy": options.proxy,
        "timeout": float(options.timeout or 15),
        "retries": int(options.retries),
        "trusted_hosts": sorted(options.trusted_hosts or ()),
        "trust_env": not getattr(options, "no_proxy_env", False),
        "ignored": sorted(name for name, value in ignored.items() if value),
    }


def _settings(options: Mapping[str, Any]) -> IndexSettings:
    if options["no_index"]:
        raise IndexUnavailableError(
            "pip is configured with no-index, so there is no index to ask",
            hint="Unset PIP_NO_INDEX or `no-index` in pip's configuration, or answer from a file with --frozen.",
        )
    trusted = tuple(options["trusted_hosts"])
    address, login = checked_address(options["address"], trusted, what="pip's index-url")
    rest = {name: options[name] for name in ("cert", "client_cert", "proxy", "timeout", "retries", "trust_env")}
    return IndexSettings(
        address=address,
        login=login,
        trusted_hosts=trusted,
        ignored=tuple(options["ignored"]),
        credentials=pip_credentials,
        **rest,
    )


def _reading(environ: Mapping[str, str]) -> PipReading:
    import pip  # noqa: PLC0415 - its front page only, for the version

    read = {
        name: value for name, value in environ.items() if name.startswith("PIP_") or name in (*_PIP_READS, *_BUNDLES)
    }
    return PipReading(pip.__version__, read)


def _config_files() -> list[str]:
    from pip._internal.configuration import Configuration  # noqa: PLC0415 - only behind pip's own import

    return [file for _, files in Configuration(isolated=False).iter_config_files() for file in files]
