"""Keeps a build from the network, where a container engine can: podman, on this machine's own files.

`--rootfs /:O` makes a container of the machine's file system with a layer above it that is thrown away, so the very
interpreter is in it, and no image is downloaded.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from lockgen.verify.done import Done
from lockgen.verify.process import run

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A podman, the environment it is started with, and the folder that what it runs may write to."""

    podman: str
    environ: Mapping[str, str] = field(repr=False)
    work: Path

    def run(
        self,
        command: Sequence[str],
        *,
        writable: str = "",
        environ: Mapping[str, str],
        cwd: Path,
        timeout: float,
        stop: threading.Event | None = None,
    ) -> Done:
        """`process.run` in a container without a network, which is gone afterwards; `writable` is one more folder."""
        name = f"lockgen-{uuid4().hex}"
        rules = ["--rm", "--quiet", f"--name={name}", "--network=none", f"--workdir={cwd}"]
        places = [f"--volume={each}:{each}" for each in (str(self.work.absolute()), writable) if each]
        given = [f"--env={variable}={value}" for variable, value in environ.items()]
        words = [self.podman, "run", *rules, *places, *given, "--rootfs", "/:O", *command]
        ended = False
        try:
            # Not supervised: podman's monitor leaves its group, and removes the container when that has ended.
            done = run(words, environ=self.environ, timeout=timeout, stop=stop, supervised=False)
            ended = not done.timed_out
        finally:
            if not ended:
                # Ending the client does not end its container.
                removing = [self.podman, "rm", "--force", "--time=0", name]
                run(removing, environ=self.environ, timeout=_PATIENCE, supervised=False)
        return done


def open_sandbox(environ: Mapping[str, str], work: Path) -> Sandbox | None:
    """What keeps builds below `work` from the network; None where there is no podman that can."""
    podman = shutil.which("podman", path=environ.get("PATH"))
    if podman is None:
        return None
    sandbox = Sandbox(podman=podman, environ=environ, work=work)
    return sandbox if sandbox.run(["true"], environ={}, cwd=work.absolute(), timeout=_PATIENCE).ok else None
