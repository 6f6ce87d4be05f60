"""The rows of phase files before anything is sure: what each gives, what it inherits, and what is wrong between them.

Works on the trees rather than the models, so that one fault in a file does not hide the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.bound_fields import read_exclusion
from lockgen.matrix.complaint import Complaint, shown
from lockgen.matrix.document import Document
from lockgen.matrix.fields import read_glob, read_maximum, read_minimum, read_name, read_range, read_version
from lockgen.matrix.node import Path
from lockgen.model.issues import ANYWHERE, When
from lockgen.model.matrix import BASE
from lockgen.model.target import Target


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
    exact: Version | None
    exclusions: tuple[SpecifierSet, ...]
    prereleases: str | None
    when: When

    @property
    def inside(self) -> SpecifierSet:
        """What the row lets in, its exclusions aside."""
        if self.exact is not None:
            return SpecifierSet(f"=={self.exact}")
        least = SpecifierSet("" if self.minimum is None else f">={self.minimum}")
        return least if self.maximum is None else least & self.maximum

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
                    minimum=document.lenient(read_minimum, *path, "minimum"),
                    recommended=document.lenient(read_version, *path, "recommended"),
                    maximum=document.lenient(read_maximum, *path, "maximum"),
                    exact=document.lenient(read_version, *path, "exact"),
                    exclusions=tuple(
                        found
                        for place, _ in document.items(*path, "exclusions")
                        if (found := document.lenient(read_exclusion, *place)) is not None
                    ),
                    prereleases=document.text(*path, "prereleases") or None,
                    when=_when(document, path),
                )


def _when(document: Document, path: Path) -> When:
    """The targets of a row, as far as they can be read."""
    platforms = [document.lenient(read_glob, *place) for place, _ in document.items(*path, "when", "platforms")]
    return When(
        python=document.lenient(read_range, *path, "when", "python"), platforms=tuple(filter(None, platforms)) or None
    )


def _places(document: Document, name_of_set: str) -> list[tuple[str | None, Path]]:
    """The lists of rows of a set, each with its optional group."""
    if name_of_set != BASE:
        return [(None, ("sets", name_of_set, "dependencies"))]
    groups = document.get("optional")
    return [(None, ("dependencies",)), *((group, ("optional", group)) for group in (groups.fields if groups else ()))]


BOUNDS = ("minimum", "recommended", "maximum")
"""The keys that `exact` stands in place of."""


def filled(row: RowDraft, parent: RowDraft | None) -> RowDraft:
    """The row with what it does not give taken from the parent's row."""
    if parent is None:
        return row
    if "exact" in row.keys:
        bounds = {key: getattr(row, key) for key in BOUNDS}
    else:
        bounds = {key: getattr(row if key in row.keys else parent, key) for key in BOUNDS}
    return replace(
        row,
        keys=row.keys | (parent.keys - set(BOUNDS) if "exact" in row.keys else parent.keys),
        **bounds,
        exact=row.exact if "exact" in row.keys else parent.exact,
        exclusions=(*parent.exclusions, *row.exclusions),
        prereleases=row.prereleases if "prereleases" in row.keys else parent.prereleases,
        when=row.when if "when" in row.keys else parent.when,
    )


def parent_of(row: RowDraft, rows: Sequence[RowDraft]) -> RowDraft | None:
    """The inherited row that the row narrows: its package's only one, or of several that for its targets."""
    same = [each for each in rows if each.name == row.name]
    return same[0] if len(same) == 1 else next((each for each in same if each.when == row.when), None)


def laid_over(
    rows: Sequence[RowDraft], own: Sequence[RowDraft]
) -> tuple[tuple[RowDraft, RowDraft | None, RowDraft | None], ...]:
    """The rows of a file over those it inherits, in their order: each filled, as the file gives it, and its parent.

    None for an inherited row that the file leaves as it is, and for a row without a parent.
    """
    parents = [parent_of(row, rows) for row in own]
    found: list[tuple[RowDraft, RowDraft | None, RowDraft | None]] = []
    for row in rows:
        children = [child for child, parent in zip(own, parents, strict=True) if parent is row]
        found += [(filled(child, row), child, row) for child in children] or [(row, None, row)]
    found += [(child, child, None) for child, parent in zip(own, parents, strict=True) if parent is None]
    return tuple(found)


def row_complaints(
    document: Document, parents: Sequence[RowDraft] | None, targets: Sequence[Target], name_of_set: str = BASE
) -> Iterator[Complaint]:
    """What is wrong with a file's rows of a set, given the filled rows of the file it extends, and the targets.

    `parents` None: what the file inherits is not known, so only what its own text says is judged.
    """
    own = tuple(drafts(document, name_of_set))
    rows = laid_over(parents or (), own)
    yield from _overlaps(document, [row for row, _, _ in rows], targets)
    for row, given, parent in rows:
        if given is None:
            continue
        if parents is not None and parent and parent.group != row.group:
            place = f"optional.{shown(parent.group)}" if parent.group else "dependencies"
            yield row.complain(
                "name",
                f"{shown(row.name)} stands in {place} in {parent.document.file}",
                f"Put it under {place} here too.",
            )
        yield from _exact(given, parent)
        yield from _bounds(row)
        if parent:
            yield from _narrower(given, parent)
        elif several := [each for each in parents or () if each.name == row.name]:
            places = " and ".join(each.where for each in several)
            yield row.complain(
                "name",
                f"{shown(row.name)} has several rows, {places}, and none with the `when` of this one",
                "Repeat the `when` of the row that this one narrows.",
            )


def _overlaps(document: Document, rows: Sequence[RowDraft], targets: Sequence[Target]) -> Iterator[Complaint]:
    """Rows of one package that are for one target."""
    for place, row in enumerate(rows):
        for other in rows[:place]:
            if other.name != row.name:
                continue
            last, first = (row, other) if row.document is document else (other, row)
            if last.document is not document:
                continue
            said = f"{shown(row.name)} has a row already, {first.where}"
            if ANYWHERE in (row.when, other.when) and row.when == other.when:
                yield last.complain("name", said, "Keep one of the two.")
                break
            shared = next((each.name for each in targets if row.when.covers(each) and other.when.covers(each)), "")
            if shared:
                hint = 'Give them `when` that no target shares, such as python: "<3.12" and python: ">=3.12".'
                yield last.complain("name", f"{said}, and both are for {shared}", hint)
                break


def _exact(row: RowDraft, parent: RowDraft | None) -> Iterator[Complaint]:
    """`exact` stands alone."""
    if "exact" in row.keys:
        for key in BOUNDS:
            if key in row.keys:
                yield row.complain(key, f"stands beside exact, {shown(row.exact)}", "Keep one of the two.")
    elif parent is not None and parent.exact is not None:
        for key in BOUNDS:
            if key in row.keys:
                message = f"{shown(row.name)} is exactly {shown(parent.exact)} in {parent.document.file}"
                yield row.complain(key, message, "Delete this key.")


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
    for key, version in (("recommended", wanted), ("exact", row.exact)):
        for clause in row.exclusions:
            if version and not clause.contains(version, prereleases=True):
                yield row.complain(key, f"{key} {shown(version)} is excluded by {shown(clause)}", _INSIDE)
                break


_INSIDE = "Write a version inside the bounds."
_NARROW = "A matrix that extends another may only narrow it."


def _narrower(row: RowDraft, parent: RowDraft) -> Iterator[Complaint]:
    theirs = parent.document.file
    if row.minimum and parent.minimum and row.minimum < parent.minimum:
        message = f"minimum {shown(row.minimum)} is below the minimum {shown(parent.minimum)} of {theirs}"
        yield row.complain("minimum", message, _NARROW)
    if row.maximum and parent.maximum and not row.maximum.is_subset(parent.maximum):
        message = f"maximum {shown(row.maximum)} reaches beyond the maximum {shown(parent.maximum)} of {theirs}"
        yield row.complain("maximum", message, _NARROW)
    if row.exact and not parent.inside.contains(row.exact, prereleases=True):
        message = f"exact {shown(row.exact)} is not {shown(parent.inside)}, the bounds of {theirs}"
        yield row.complain("exact", message, _NARROW)
    if row.prereleases == "allow" and parent.prereleases != "allow":
        yield row.complain("prereleases", f"{theirs} does not allow pre-releases", _NARROW)
