"""Statements beside builds as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockgen.model.request import StatedMetadata
from lockgen.text.safe import terminal

ONLINE = "the builds could reach the network: only a podman that works would have kept them from it"
OFFLINE = "the builds had no network: podman kept them from it"


def check_text(stated: StatedMetadata, built: StatedMetadata | str, differences: Sequence[str]) -> str:
    """One statement and how a build of its release compares."""
    lead = f"{stated.where}: {stated.release}"
    if isinstance(built, str):
        return f"{lead}: not compared: {_lines(built)}"
    if not differences:
        return f"{lead}: as stated; {terminal(built.read_from)}"
    lines = "".join(f"\n    {terminal(line)}" for line in differences)
    return f"{lead}: not as stated: {terminal(built.read_from)}{lines}"


def failure_text(release: str, reason: str) -> str:
    """Why a release's metadata could not be built."""
    return f"{release}: {_lines(reason)}"


def statement_json(stated: StatedMetadata, differences: Iterable[str] = ()) -> dict[str, object]:
    """A statement with the keys it has in issues.yaml."""
    return {
        "name": stated.name,
        "version": None if stated.version is None else str(stated.version),
        "requires_dist": list(stated.requires_dist),
        "requires_python": stated.requires_python,
        "provides_extra": list(stated.provides_extra),
        "build_requires": list(stated.build_requires),
        "read_from": stated.read_from,
        "differences": list(differences),
    }


def _lines(text: str) -> str:
    return "\n".join(map(terminal, text.split("\n")))
