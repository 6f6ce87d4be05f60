"""What the summary of a phase says of one target, as the page needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.errors import WriteError
from lockgen.model.index import Metadata
from lockgen.model.locked import LockedSet
from lockgen.model.report_overview import CommittedNo
from lockgen.model.request import Request, SdistPermission
from lockgen.model.result import Deviation, IssueNote, Pin, Solved
from lockgen.model.target import Target
from lockgen.render.summary import SummaryEntry, is_stale


@contextmanager
def readable_entry(place: Path, name: str) -> Iterator[None]:
    """WriteError for an entry of a summary that is none."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, InvalidVersion) as error:
        raise WriteError(
            f"what it says of {name} cannot be read: {error}",
            where=str(place),
            hint="Restore the file from version control, or render the phase again.",
        ) from None


def recorded_set(request: Request, entry: SummaryEntry, locked: LockedSet | None) -> Solved:
    """The set by the word of its summary, with the files of its record: who demands a pin is not known."""
    files = {} if locked is None else {pin.name: pin.files for pin in locked.pins}
    permissions = {each["name"]: _permission(each) for each in entry.get("sdists", ())}
    pins = []
    for written, version in sorted(entry["pins"].items()):
        name = canonicalize_name(written)
        metadata = Metadata(name=name, version=Version(version))
        own = tuple(each for each in files.get(name, ()) if each.version == metadata.version)
        pins.append(
            Pin(
                name=name,
                version=metadata.version,
                files=own,
                metadata=metadata,
                permission=permissions.get(name),
            )
        )
    return Solved(
        target=request.target,
        pins=tuple(pins),
        deviations=tuple(map(_deviation, entry.get("deviations", ()))),
        snapshot=str(entry.get("snapshot", "")),
        advice=tuple(map(str, entry.get("advice", ()))),
    )


def recorded_issues(entry: SummaryEntry) -> tuple[IssueNote, ...]:
    """The known issues that concerned the set when it was rendered."""
    return tuple(
        IssueNote(id=str(each["id"]), title=str(each["title"]), solution=str(each["solution"]))
        for each in entry.get("issues", ())
    )


def _permission(entry: SummaryEntry) -> SdistPermission:
    return SdistPermission(
        name=canonicalize_name(entry["name"]),
        reason=str(entry["reason"]),
        build_packages=tuple(map(str, entry["build_packages"])),
    )


def _deviation(entry: SummaryEntry) -> Deviation:
    return Deviation(
        name=canonicalize_name(entry["name"]),
        wanted=Version(entry["wanted"]),
        got=Version(entry["got"]),
        because=str(entry["because"]),
    )


def recorded_refusal(target: Target, entry: SummaryEntry) -> CommittedNo:
    """Why the target has no set."""
    refusals = (f"{each.get('name', '')}: {each.get('reason', '')}" for each in entry.get("refusals", ()))
    return CommittedNo(
        target=target,
        core=tuple(map(str, entry.get("core", ()))),
        steps=(*map(str, entry.get("collisions", ())), *refusals),
        has_old_set=is_stale(entry),
    )
