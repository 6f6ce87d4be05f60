"""Downloads what a file lists, over the HTTP/2 client that lockgen uses: the floor of a cold render.

    python -m tests.benchmarks.download FILE

FILE holds a JSON list of addresses, each with the headers it was asked with.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from lockgen.index.settings import read_settings
from lockgen.index.transport import open_http


async def download(listed: list[tuple[str, dict[str, str]]]) -> None:
    """All at once."""
    async with open_http(read_settings(os.environ), None) as client:

        async def one(address: str, headers: dict[str, str]) -> None:
            (await client.get(address, headers=headers)).raise_for_status()

        await asyncio.gather(*(one(address, headers) for address, headers in listed))


if __name__ == "__main__":
    asyncio.run(download(json.loads(Path(sys.argv[1]).read_text())))
