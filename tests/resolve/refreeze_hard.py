"""Makes tests/frozen/hard-2026-11-20.xz again: what PyPI listed for the hard graphs, as far as one target can see it.

    python -m tests.resolve.refreeze_hard [CACHE]

Files uploaded later, sdists, and wheels for other targets are left out; a release of which nothing is left keeps its
first sdist, so that it is refused as it is on the index. What the graphs are is in `tests/resolve/test_hard_graphs.py`.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from lockgen.index.cache import Cache
from lockgen.index.frozen import Recorder, write_frozen
from lockgen.index.live import LiveIndex
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.resolve.resolver import Resolver
from tests.resolve.test_hard_graphs import AS_OF, FROZEN, GRAPHS, asked
from tests.thin import Thin
from tests.universe import target

TARGET = "py3.11.0-linux-x86_64"


def main() -> int:
    """Ask every graph of the live index, and write what was asked."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    policy = Policy(now=datetime.now(UTC), as_of=AS_OF)
    with Cache(place) as cache, LiveIndex(read_settings(os.environ), cache, policy) as index:
        recorder = Recorder(Thin(index, target(TARGET), AS_OF))
        for graph in GRAPHS:
            Resolver(recorder).solve(asked(graph))
        FROZEN.write_bytes(write_frozen(recorder, dated=AS_OF))
    return 0


if __name__ == "__main__":
    sys.exit(main())
