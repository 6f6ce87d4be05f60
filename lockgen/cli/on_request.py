"""What makes the files that are written on request: where files are, and bills of materials."""

from __future__ import annotations

from collections.abc import Callable

from lockgen.cli.sources import Source
from lockgen.errors import UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import TargetResult
from lockgen.render.pylock import Address

SbomMaker = Callable[[PhaseFacts, TargetResult], str]


def addresses(index: Source) -> Address:
    """Where each file of the index is. UsageError for a frozen one."""
    if isinstance(index, FrozenIndex):
        raise UsageError(
            "a frozen index holds no addresses, and pylock.toml needs one for each file",
            hint="Render with --pylock from the live index.",
        )
    return index.address


def sbom_maker() -> SbomMaker | None:
    """What makes the text of sbom.cdx.json of a target; None without the library."""
    try:
        from lockgen.render.sbom import sbom  # noqa: PLC0415 - an extra: it may not be there
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("cyclonedx", "packageurl"):
            return None
        raise
    return sbom


def required_sbom_maker() -> SbomMaker:
    """The same for who asks for it: UsageError without the library."""
    found = sbom_maker()
    if found is None:
        raise UsageError(
            "a bill of materials is made by cyclonedx-python-lib, which is not installed here",
            where="--sbom",
            hint="Install it beside lockgen: pip install 'cyclonedx-python-lib>=11' (lockgen's extra sbom names it).",
        )
    return found
