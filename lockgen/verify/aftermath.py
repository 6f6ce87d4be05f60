"""DOOR: what is done when lockgen is over, also where it was killed."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_CLEANED = 60.0  # seconds that what cleans up at the end may take


@contextmanager
def cleaned_up(script: str, environ: Mapping[str, str]) -> Iterator[None]:
    """Once the block is left, the shell script is run; also when lockgen itself is killed meanwhile.

    It reads a line from stdin that comes when the block is left, and finds the end of it instead where lockgen is gone.
    """
    process = subprocess.Popen(  # noqa: S603 - a list
        ["/bin/sh", "-c", script],
        env=dict(environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # ^C is for lockgen
    )
    try:
        yield
    finally:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            process.communicate(b"over\n", timeout=_CLEANED)
