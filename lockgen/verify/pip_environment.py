"""The environment every pip of a proof is started with: built from nothing, so that no setting of the machine leaks in.

pip reads PIP_*, five configuration files, PYTHONPATH and the proxy variables. A constraint or a folder of wheels that
comes in that way would make the proof one of this machine. What reaching the index needs is set here instead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from lockgen.verify.done import Done
from lockgen.verify.process import run
from lockgen.verify.wheels import WheelFolder

_KEPT = frozenset(
    {
        *(
            "PATH",
            "HOME",
            "USERPROFILE",
            "NETRC",
            "LANG",
            "LC_ALL",
            "TMPDIR",
            "TEMP",
            "TMP",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
        ),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("PROGRAMFILES", "CC", "CXX"),
    }
)
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PipIndex:
    """The only index pip may use, and how. Nothing of it is ever shown or put on a command line."""

    address: str = field(repr=False)
    """Of the Simple API, without credentials."""
    login: tuple[str, str] | None = field(default=None, repr=False)
    """User name and password; None leaves it to netrc and keyring, as pip does."""
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    """None: as the environment says; empty: none."""
    timeout: float = 15.0
    retries: int = 5
    trusted_hosts: tuple[str, ...] = ()
    trust_env: bool = True
    """Whether the proxy variables of the environment count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipEnvironment:
    """What proofs work with: a Python that has pip and pip-tools, an environment, a wheel folder, a work folder."""

    python: str
    """lockgen's own interpreter, whose pip is the installer for foreign targets and which runs pip-sync."""
    pip_version: str
    """Of that pip."""
    environ: Mapping[str, str] = field(repr=False)
    wheels: WheelFolder
    work: Path
    """Venvs and intermediate files are made below it; the caller removes it."""
    timeout: float = 900.0
    """Seconds for one run of a tool."""
    stop: threading.Event | None = None
    """Set, it ends every running tool (see `process.run`)."""
    indexes: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Alias -> the environment of a pip that uses that index alone."""

    def of(self, alias: str) -> PipEnvironment | None:
        """The same for the index of an alias, itself for the default one; None where its address is not known."""
        if not alias:
            return self
        return replace(self, environ=self.indexes[alias]) if alias in self.indexes else None

    def start(self, command: Sequence[str], *, timeout: float | None = None) -> Done:
        """Run a tool with this environment, in a folder that holds no module it could import by mistake."""
        limit = self.timeout if timeout is None else timeout
        return run(command, environ=self.environ, cwd=self.room("empty"), timeout=limit, stop=self.stop)

    def pip(self, *arguments: str) -> Done:
        """Run lockgen's own pip."""
        return self.start([self.python, "-m", "pip", *arguments])

    def room(self, name: str) -> Path:
        """A folder of that name below the work folder."""
        folder = self.work / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def pip_environment(base: Mapping[str, str], index: PipIndex, *, cache: Path) -> dict[str, str]:
    """The whole environment of a pip that uses only `index` and keeps its HTTP cache in `cache`.

    Of `base` only what an operating system needs is kept, the proxies where the index's settings follow them, and the
    way to the user's netrc. The address with its login is a variable, for a command line can be read by every user.
    """
    kept = {name: value for name, value in base.items() if name.upper() in _KEPT}
    if index.trust_env:
        kept |= {name: value for name, value in base.items() if name.upper() in _PROXIES}
    optional = {
        "PIP_CERT": index.cert,
        "PIP_CLIENT_CERT": index.client_cert,
        "PIP_PROXY": index.proxy,
        "PIP_TRUSTED_HOST": " ".join(index.trusted_hosts),
    }
    return {
        **kept,
        **{name: value for name, value in optional.items() if value},
        "PIP_CONFIG_FILE": os.devnull,  # and no other configuration file, by pip's documentation
        "PIP_INDEX_URL": _with_login(index),
        "PIP_CACHE_DIR": str(cache),
        "PIP_DEFAULT_TIMEOUT": str(index.timeout),
        "PIP_RETRIES": str(index.retries),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_NO_COLOR": "1",
        "PIP_PROGRESS_BAR": "off",
        "PYTHONNOUSERSITE": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def _with_login(index: PipIndex) -> str:
    if index.login is None:
        return index.address
    user, password = (quote(each, safe="") for each in index.login)
    parts = urlsplit(index.address)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"))
