"""Faults between overrides, exclusions, rows, constraints files and skipped cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.matrix.complaint import Complaint, nearest, shown
from lockgen.matrix.document import Document
from lockgen.matrix.records import platform_row, python_row, skip_rule, when
from lockgen.matrix.rows import RowDraft
from lockgen.matrix.schema import PhaseFile, TargetsFile
from lockgen.matrix.strict import WhenEntry
from lockgen.matrix.text import MAX_BYTES
from lockgen.model.issues import When
from lockgen.model.overrides import SkipRule
from lockgen.model.target import Target, make_target


def table_targets(document: Document | None) -> tuple[Target, ...]:
    """The cells of the tables that are not skipped, none where the file has a fault."""
    skips = _skips(document)
    return tuple(
        target for target, python in _cells(document) if not any(each.covers(target, python) for each in skips)
    )


def _cells(document: Document | None) -> Iterator[tuple[Target, str]]:
    if document is None or not isinstance(document.model, TargetsFile):
        return
    platforms = [platform_row(each) for each in document.model.platforms]
    for entry in document.model.pythons:
        row = python_row(entry, "")
        for platform in platforms:
            yield make_target(row.python, platform.platform, floor=row.floor, every_patch=row.every_patch), row.python


def _skips(document: Document | None) -> tuple[SkipRule, ...]:
    if document is None or not isinstance(document.model, TargetsFile):
        return ()
    return tuple(skip_rule(each, "") for each in document.model.skip)


def skip_complaints(document: Document) -> Iterator[Complaint]:
    """A skip of nothing, and one that names its cells in both ways or in none."""
    for path, node in document.items("skip"):
        if node.kind == "mapping" and (node.get("targets") is None) == (node.get("when") is None):
            both = "has both targets and when" if node.get("targets") else "names no cells"
            yield document.complain(
                path, both, 'Write targets: ["py3.14-windows-*"], say, or when: {python: "==3.14.*"}.'
            )
    cells = tuple(_cells(document))
    for index, rule in enumerate(_skips(document)):
        for number, glob in enumerate(rule.targets):
            one = SkipRule(targets=(glob,), when=rule.when, reason=rule.reason, where="")
            if not any(one.covers(*cell) for cell in cells):
                names = [target.name for target, _ in cells]
                word = nearest(glob, names)
                hint = f"Did you mean {word}?" if word else "`lockgen targets` lists the targets."
                yield document.complain(("skip", index, "targets", number), f"{shown(glob)!r} matches no cell", hint)
        if not rule.targets and not any(rule.covers(*cell) for cell in cells):
            yield document.complain(("skip", index, "when"), "no cell is meant", "`lockgen targets` lists the targets.")


def constraint_file_complaints(document: Document, known: Collection[str]) -> Iterator[Complaint]:
    """Constraints files that are not there."""
    for path, _ in document.items("constraint_files"):
        name = document.text(*path).strip()
        if name and name not in known:
            hint = f"The path is relative to the folder of this file, and {MAX_BYTES} bytes are the most."
            yield document.complain(path, f"there is no readable file {shown(name)}", hint)


def override_complaints(document: Document, rows: Sequence[RowDraft], targets: Sequence[Target]) -> Iterator[Complaint]:
    """Two overrides of one package for one target, an excluded package with a row, bounds that exclude each other."""
    if not isinstance(document.model, PhaseFile):
        return
    overrides = [
        (canonicalize_name(each.requirement.name), each.requirement.specifier, _when(each.when), ("overrides", index))
        for index, each in enumerate(document.model.overrides or ())
    ]
    excludes = [
        (each.name, None, _when(each.when), ("exclude", index))
        for index, each in enumerate(document.model.exclude or ())
    ]
    for (first, _, one, path), (second, _, other, later) in combinations([*overrides, *excludes], 2):
        if first == second and (shared := _shared(one, other, targets)):
            place = document.place(*path).rpartition(":")[0]
            key = "name" if later[0] == "exclude" else "requirement"
            message = f"{shown(first)} stands in {path[0]} already, {place}, and both are for {shared}"
            yield document.complain((*later, key), message, "Keep one of the two.")
    for row in rows:
        for name, specifier, where, path in [*overrides, *excludes]:
            if name == row.name and (shared := _shared(where, row.when, targets)):
                yield from _beside_row(document, row, specifier, path, shared)


def _beside_row(
    document: Document, row: RowDraft, specifier: SpecifierSet | None, path: tuple[str, int], shared: str
) -> Iterator[Complaint]:
    if specifier is None:
        message = f"{shown(row.name)} has a row, {row.where}, and both are for {shared}"
        yield document.complain((*path, "name"), message, "Keep one of the two.")
    elif (specifier & row.inside).is_unsatisfiable():
        message = f"no {shown(row.name)} is both this and {shown(row.inside)}, its row {row.where}, for {shared}"
        hint = "A row holds beside an override: change one of the two."
        yield document.complain((*path, "requirement"), message, hint)


def _when(entry: WhenEntry | None) -> When:
    return when(entry or WhenEntry())


def _shared(one: When, other: When, targets: Sequence[Target]) -> str:
    """A target that both are for; empty when there is none."""
    return next((each.name for each in targets if one.covers(each) and other.covers(each)), "")
