"""The environments that the tools of a proof are started with: built from nothing, so that no setting leaks in.

pip reads PIP_*, five configuration files, PYTHONPATH and the proxy variables. A constraint or a folder of wheels that
comes in that way would make the proof one of this machine. What reaching the index needs is set here instead.

Only a tool that has to reach the index is given the way to it, and a login by a netrc file that lives as long as the
tool runs. What runs the Python of a venv, where the code of the set may run, is started without any of it.
"""

from __future__ import annotations

import netrc
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from lockgen.model.verify import Interpreter
from lockgen.verify.done import Done
from lockgen.verify.process import run
from lockgen.verify.wheels import WheelFolder

_KEPT = frozenset(
    {
        *("PATH", "HOME", "USERPROFILE", "NETRC", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("PROGRAMFILES", "CC", "CXX"),
    }
)
_OWN = frozenset({"HOME", "USERPROFILE", "NETRC", "APPDATA", "LOCALAPPDATA", "SSL_CERT_FILE", "SSL_CERT_DIR"})
"""What of _KEPT leads to the user's files, or only matters to reach an index."""
_FILES = ("PIP_CERT", "PIP_CLIENT_CERT", "SSL_CERT_FILE")
_EMULATED = 10.0
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
class PipAccess:
    """How a pip reaches one index: its environment, and the text of the netrc file with the login."""

    environ: Mapping[str, str]
    netrc: str = field(default="", repr=False)


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
    netrc: str = field(default="", repr=False)
    """Text of the netrc file with the index's login; empty: the user's own file."""
    indexes: Mapping[str, PipAccess] = field(default_factory=dict, repr=False)
    """Alias -> how a pip reaches that index, and no other."""
    is_shared: bool = False
    """Whether what runs sees nothing of this machine but the work folder."""

    def of(self, alias: str) -> PipEnvironment | None:
        """The same for the index of an alias, itself for the default one; None where its address is not known."""
        if not alias:
            return self
        if (access := self.indexes.get(alias)) is None:
            return None
        return replace(self, environ=access.environ, netrc=access.netrc)

    def start(self, command: Sequence[str]) -> Done:
        """Run a tool that reaches the index, in a folder that holds no module it could import by mistake."""
        with self._login() as login:
            return self._run(command, {**self.environ, **login})

    def start_apart(self, command: Sequence[str]) -> Done:
        """Run a tool that needs no index and may run code of the set: without the way to the index or to the home."""
        kept = {name: value for name, value in self.environ.items() if name.upper() in _KEPT - _OWN}
        home = str(self.room("home").absolute())
        return self._run(command, {**kept, **_RULES, "PIP_NO_INDEX": "1", "HOME": home, "USERPROFILE": home})

    def _run(self, command: Sequence[str], environ: Mapping[str, str]) -> Done:
        if place := self.shared_room("tmp"):  # pip-sync hands pip a file by it
            environ = {**environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place))}
        return run(command, environ=environ, cwd=self.room("empty"), timeout=self.timeout, stop=self.stop)

    @contextmanager
    def _login(self) -> Iterator[dict[str, str]]:
        """The variable that names the netrc file, which only this user can read, as long as the block runs."""
        # Nor is the user's own file seen where what runs sees only the work folder.
        text = self.netrc or (_users_netrc(self.environ) if self.is_shared else "")
        if not text:
            yield {}
            return
        place = self.shared_room("login")
        with tempfile.TemporaryDirectory(prefix="lockgen-login-", dir=place, ignore_cleanup_errors=True) as folder:
            file = Path(folder, "netrc")
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
            yield {"NETRC": str(file)}

    def pip(self, *arguments: str) -> Done:
        """Run lockgen's own pip."""
        return self.start([self.python, "-m", "pip", *arguments])

    def behind(self, interpreter: Interpreter) -> PipEnvironment:
        """The same for what runs on this interpreter: shared with it, and as patient as it is slow."""
        if not interpreter.behind:
            return self
        return replace(
            self,
            is_shared=True,
            timeout=self.timeout * patience_of(interpreter),
            environ=self._shared(self.environ),
            indexes={
                alias: replace(access, environ=self._shared(access.environ)) for alias, access in self.indexes.items()
            },
        )

    def _shared(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment with its files in the work folder."""
        files = {name: environ[name] for name in _FILES if environ.get(name) and Path(environ[name]).is_file()}
        copied = {name: str(shutil.copy(file, self.room("certificates") / name)) for name, file in files.items()}
        return {**environ, **copied, "PIP_CACHE_DIR": str(self.room("pip-cache").absolute())}

    @contextmanager
    def page(self, hashes: Iterable[str]) -> Iterator[Path]:
        """A links page of wheels (see `WheelFolder.page`) that what runs here can see."""
        with self.wheels.page(hashes, self.shared_room("links")) as page:
            yield page

    def shared_room(self, name: str) -> Path | None:
        """A folder of that name that what runs can see; None where it sees the whole machine."""
        return self.room(name).absolute() if self.is_shared else None

    def room(self, name: str) -> Path:
        """A folder of that name below the work folder."""
        folder = self.work / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def patience_of(interpreter: Interpreter) -> float:
    """How many times as long as on this machine anything may take there."""
    return _EMULATED if interpreter.emulated else 1.0


_RULES = {
    "PIP_CONFIG_FILE": os.devnull,  # and no other configuration file, by pip's documentation
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_NO_COLOR": "1",
    "PIP_PROGRESS_BAR": "off",
    "PYTHONNOUSERSITE": "1",
    "PYTHONIOENCODING": "utf-8",
}


def pip_environment(base: Mapping[str, str], index: PipIndex, *, cache: Path) -> dict[str, str]:
    """The whole environment of a pip that uses only `index`, without its login, and keeps its HTTP cache in `cache`.

    Of `base` only what an operating system needs is kept, the proxies where the index's settings follow them, and the
    way to the user's netrc. The address is a variable, for a command line can be read by every user.
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
        **_RULES,
        "PIP_INDEX_URL": index.address,
        "PIP_CACHE_DIR": str(cache),
        "PIP_DEFAULT_TIMEOUT": str(index.timeout),
        "PIP_RETRIES": str(index.retries),
    }


def pip_netrc(base: Mapping[str, str], index: PipIndex) -> str:
    """The user's netrc file with the index's login over it; empty where the index has none of its own.

    pip reads it as requests does. The user's file is left out where nothing can read it.
    """
    if index.login is None:
        return ""
    user, password = map(_token, index.login)
    own = f"machine {urlsplit(index.address).hostname}\nlogin {user}\npassword {password}\n"
    return f"{_users_netrc(base)}\n\n{own}"


def _users_netrc(base: Mapping[str, str]) -> str:
    home = Path(base.get("HOME") or base.get("USERPROFILE") or os.devnull)
    for file in [Path(base["NETRC"])] if base.get("NETRC") else [home / ".netrc", home / "_netrc"]:
        try:
            netrc.netrc(file)
            return file.read_text("utf-8")
        except (OSError, ValueError, netrc.NetrcParseError):
            continue
    return ""


def _token(word: str) -> str:
    """The word as netrc files write it: quoted only where it must be, for Pythons before 3.11 know no quotes."""
    if word and not word.startswith('"') and not re.search(r"[\s\\]", word):
        return word
    escaped = re.sub(r'(["\\])', r"\\\1", word)
    return f'"{escaped}"'
