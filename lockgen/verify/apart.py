"""Runs code of a set: in an empty folder that is also its home, with a minimal environment, and nothing of it stays."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from lockgen.verify.done import Done
from lockgen.verify.process import run

_PASSED_ON = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
)
_HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP")
_LOOPBACK = "127.0.0.1,localhost"


def child_environment(environ: Mapping[str, str], home: str) -> dict[str, str]:
    """What an examined process gets to see of the machine's environment, with `home` in place of the user's folders.

    No PYTHON..., PIP_... or certificates, so that the venv alone is examined, and no proxies: every server is local.
    """
    passed = {name: value for name, value in environ.items() if name.upper() in _PASSED_ON}
    return {**passed, **dict.fromkeys(_HOMES, home), "NO_PROXY": _LOOPBACK, "no_proxy": _LOOPBACK}


def run_apart(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    timeout: float,
    stop: threading.Event | None = None,
    room: Path | None = None,
) -> Done:
    """`process.run` with `child_environment`, in an empty folder of its own (in `room`) that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lockgen-apart-", dir=room, ignore_cleanup_errors=True) as home:
        seen = child_environment(environ, home)
        return run(command, environ=seen, cwd=Path(home), timeout=timeout, stop=stop)
