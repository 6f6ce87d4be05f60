"""Statements beside builds, as points of an answer and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockgen.model.answer import Point
from lockgen.model.request import StatedMetadata

ONLINE = "the builds could reach the network: only a podman that works would have kept them from it"
OFFLINE = "the builds had no network: podman kept them from it"


def check_point(stated: StatedMetadata, built: StatedMetadata | str, differences: Sequence[str]) -> Point:
    """One statement and how a build of its release compares."""
    lead = f"{stated.where}: {stated.release}"
    if isinstance(built, str):
        return Point(name=f"{lead}: not compared", reasons=tuple(built.split("\n")), state="bad")
    if not differences:
        return Point(name=f"{lead}: as stated", reasons=(built.read_from,))
    return Point(name=f"{lead}: not as stated", reasons=(built.read_from, *differences), state="bad")


def failure_point(release: str, reason: str) -> Point:
    """Why a release's metadata could not be built."""
    return Point(name=f"{release} could not be built", reasons=tuple(reason.split("\n")), state="bad")


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
