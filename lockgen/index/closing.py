"""What is closed when the `with` block that opened it ends."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Closing:
    """Base of what has a `close`: the block it is used in ends with it, whatever happens."""

    def close(self) -> None:
        """Let go of everything."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
