"""The rows of phase files before anything is sure: what each gives, what it inherits, and what is wrong between them.

Works on the trees rather than the models, so that one fault in a file does not hide the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.complaint import Complaint, missing, shown
from lockgen.matrix.document import Document
from lockgen.matrix.fields import read_maximum, read_name, read_version
from lockgen.matrix.node import Path
from lockgen.model.matrix import BASE


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDraft:
    """A row with what could be read of it. `path` and `document` say where the row itself stands."""

    document: Document
    path: Path
    name: NormalizedName
    group: str | None
    set: str
    keys: frozenset[str]
    minimum: Version | None
    recommended: Version | None
    maximum: SpecifierSet | None

    @property
    def where(self) -> str:
        """`phase-1.yaml:31`."""
        return self.document.place(*self.path).rpartition(":")[0]

    def complain(self, key: str, message: str, hint: str = "") -> Complaint:
        """A complaint about one of the row's values; about the row itself if the value is inherited."""
        return self.document.complain((*self.path, key), message, hint)


def drafts(document: Document, name_of_set: str = BASE) -> Iterator[RowDraft]:
    """The rows a file itself gives to a set, core rows first. Rows without a readable name are left out."""
    for group, place in _places(document, name_of_set):
        for path, node in document.items(*place):
            if name := document.lenient(read_name, *path, "name"):
                yield RowDraft(
                    document=document,
                    path=path,
                    name=name,
                    group=group,
                    set=name_of_set,
                    keys=frozenset(node.fields),
                    minimum=document.lenient(read_version, *path, "minimum"),
                    recommended=document.lenient(read_version, *path, "recommended"),
                    maximum=document.lenient(read_maximum, *path, "maximum"),
                )


def _places(document: Document, name_of_set: str) -> list[tuple[str | None, Path]]:
    """The lists of rows of a set, each with its optional group."""
    if name_of_set != BASE:
        return [(None, ("sets", name_of_set, "dependencies"))]
    groups = document.get("optional")
    return [(None, ("dependencies",)), *((group, ("optional", group)) for group in (groups.fields if groups else ()))]


def filled(row: RowDraft, parent: RowDraft | None) -> RowDraft:
    """The row with what it does not give taken from the parent's row of the same name."""
    if parent is None:
        return row
    return replace(
        row,
        keys=row.keys | parent.keys,
        minimum=row.minimum if "minimum" in row.keys else parent.minimum,
        recommended=row.recommended if "recommended" in row.keys else parent.recommended,
        maximum=row.maximum if "maximum" in row.keys else parent.maximum,
    )


def row_complaints(
    document: Document, parents: Mapping[NormalizedName, RowDraft] | None, name_of_set: str = BASE
) -> Iterator[Complaint]:
    """What is wrong with a file's rows of a set, given the filled rows of the file it extends, if any.

    None: what the file inherits is not known, so only what its own text says is judged.
    """
    seen: dict[NormalizedName, RowDraft] = {}
    for row in drafts(document, name_of_set):
        if row.name in seen:
            yield row.complain(
                "name", f"{shown(row.name)} has a row already, {seen[row.name].where}", "Keep one of the two."
            )
            continue
        seen[row.name] = row
        if parents is None:
            yield from _bounds(row)
            continue
        parent = parents.get(row.name)
        if parent and parent.group != row.group:
            place = f"optional.{shown(parent.group)}" if parent.group else "dependencies"
            yield row.complain(
                "name",
                f"{shown(row.name)} stands in {place} in {parent.document.file}",
                f"Put it under {place} here too.",
            )
        yield from _needed(filled(row, parent))
        yield from _bounds(filled(row, parent))
        if parent:
            yield from _narrower(row, parent)


def _needed(row: RowDraft) -> Iterator[Complaint]:
    for key in ("minimum",) if row.group or row.set != BASE else ("minimum", "maximum"):
        if key not in row.keys and not _misspelt(row, key):
            message, hint = missing(key)
            yield row.complain(key, message, hint)


def _misspelt(row: RowDraft, key: str) -> bool:
    """Whether a complaint about the row already asks if `key` was meant."""
    ask = f"Did you mean {key}?"
    return any(complaint.hint == ask and complaint.path[:-1] == row.path for complaint in row.document.complaints)


def _bounds(row: RowDraft) -> Iterator[Complaint]:
    least, most, wanted = row.minimum, row.maximum, row.recommended
    if least and most and not most.contains(least, prereleases=True):
        yield row.complain(
            "minimum",
            f"minimum {shown(least)} is not {shown(most)}, the maximum: no version is left",
            "Lower it or raise the maximum.",
        )
    elif wanted and least and wanted < least:
        yield row.complain("recommended", f"recommended {shown(wanted)} is below the minimum {shown(least)}", _INSIDE)
    elif wanted and most and not most.contains(wanted, prereleases=True):
        yield row.complain("recommended", f"recommended {shown(wanted)} is not {shown(most)}, the maximum", _INSIDE)


_INSIDE = "Write a version inside the bounds."


def _narrower(row: RowDraft, parent: RowDraft) -> Iterator[Complaint]:
    theirs = parent.document.file
    if row.minimum and parent.minimum and row.minimum < parent.minimum:
        message = f"minimum {shown(row.minimum)} is below the minimum {shown(parent.minimum)} of {theirs}"
        yield row.complain("minimum", message, "A matrix that extends another may only narrow it.")
    if row.maximum and parent.maximum and not row.maximum.is_subset(parent.maximum):
        message = f"maximum {shown(row.maximum)} reaches beyond the maximum {shown(parent.maximum)} of {theirs}"
        yield row.complain("maximum", message, "A matrix that extends another may only narrow it.")
