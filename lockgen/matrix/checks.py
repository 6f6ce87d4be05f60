"""Faults between the files of a matrix directory, and between the parts of a phase."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic_core import PydanticCustomError as CustomError

from lockgen.matrix.check_overrides import (
    constraint_file_complaints,
    override_complaints,
    skip_complaints,
    table_targets,
)
from lockgen.matrix.check_sets import set_complaints, set_names
from lockgen.matrix.check_shared import issue_complaints, pattern_complaints, target_complaints
from lockgen.matrix.complaint import Complaint, missing, nearest, shown
from lockgen.matrix.document import Document
from lockgen.matrix.node import Node
from lockgen.matrix.patterns import read_package_pattern
from lockgen.matrix.rows import RowDraft, drafts, laid_over, row_complaints
from lockgen.matrix.servers import FILE as SERVERS
from lockgen.matrix.servers import named_server_complaints, server_complaints
from lockgen.model.matrix import BASE, phase_folder
from lockgen.model.target import Target

Documents = Mapping[str, Document]

_ALIAS = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def cross_complaints(documents: Documents, constraint_files: Collection[str] = ()) -> Iterator[Complaint]:
    """Every complaint about more than one value. Files that could not be read are passed over.

    `constraint_files` are the paths of the constraints files that there are.
    """
    phases = [document for document in documents.values() if document.kind == "phase"]
    if "targets.yaml" not in documents:
        yield Complaint(
            file="targets.yaml",
            message="is missing",
            hint="Every matrix directory needs one; `lockgen schema targets` says what is in it.",
        )
    if not phases:
        yield Complaint(
            file="phase-*.yaml",
            message="there is no phase",
            hint="Write phase-1.yaml; `lockgen schema phase` says what is in it.",
        )
    yield from _repeated_phases(phases)
    yield from _routed_apart(phases)
    yield from _shared_folders(phases)
    targets = documents.get("targets.yaml")
    yield from _phases(phases, documents, table_targets(targets))
    for document in documents.values():
        yield from pattern_complaints(document, targets)
    for document in phases:
        yield from constraint_file_complaints(document, constraint_files)
    if targets:
        yield from skip_complaints(targets)
        yield from target_complaints(targets)
    declared = documents.get(SERVERS)
    for document in documents.values():
        yield from named_server_complaints(document, declared)
    if declared:
        yield from server_complaints(declared)
    if issues := documents.get("issues.yaml"):
        yield from issue_complaints(issues)


def lineage(document: Document, documents: Documents) -> tuple[Document, ...] | None:
    """The file and those it extends, nearest first; None for a circle or a missing file."""
    line = [document]
    while parent := line[-1].text("extends").strip():
        found = documents.get(parent)
        if found is None or found in line or found.kind != "phase":
            return None
        line.append(found)
    return tuple(line)


def inherited(line: tuple[Document, ...], name_of_set: str = BASE) -> tuple[RowDraft, ...]:
    """The rows that a lineage gives to a set, oldest file first, each filled from the row it overrides."""
    rows: tuple[RowDraft, ...] = ()
    for document in reversed(line):
        rows = tuple(row for row, _, _ in laid_over(rows, tuple(drafts(document, name_of_set))))
    return rows


def _repeated_phases(phases: list[Document]) -> Iterator[Complaint]:
    seen: dict[str, Document] = {}
    for document in phases:
        name = document.text("phase").strip()
        if name and seen.setdefault(name, document) is not document:
            yield document.complain(
                ("phase",),
                f"{seen[name].file} is phase {shown(name)!r} already",
                "Give each file a phase of its own.",
            )


def _shared_folders(phases: list[Document]) -> Iterator[Complaint]:
    """Phases of different names whose folders of output would be the same one: 1, and phase-1 in phase-1.yaml."""
    seen: dict[str, tuple[str, Document]] = {}
    for document in phases:
        if name := document.text("phase").strip():
            folder = phase_folder(name, document.file)
            other, first = seen.setdefault(folder, (name, document))
            if other != name:
                message = f"phase {shown(other)!r} of {first.file} has the folder output/{shown(folder)} already"
                yield document.complain(("phase",), message, "Give this phase another name.")


def _phases(phases: list[Document], documents: Documents, targets: Sequence[Target]) -> Iterator[Complaint]:
    """Check parents before their children: a child is not blamed for what its faulty parent fails to give it."""
    wrong = {document.file for document in phases if document.complaints}
    for document in sorted(phases, key=lambda each: len(lineage(each, documents) or ())):
        if document.root is not None:
            found = list(_phase(document, documents, wrong, targets))
            wrong.update(complaint.file for complaint in found)
            yield from found


def _phase(
    document: Document, documents: Documents, wrong: Collection[str], targets: Sequence[Target]
) -> Iterator[Complaint]:
    """`wrong` are the files with a complaint so far."""
    known: tuple[Document, ...] = ()
    if document.get("extends") is None:
        known = (document,)
        for key in ("as_of", "dependencies"):
            if document.get(key) is None and not _is_misspelt(document, key):
                yield document.complain((key,), *missing(key))
        for name in (BASE, *set_names(known)):
            yield from row_complaints(document, (), targets, name)
        yield from set_complaints(document, known)
    elif (line := lineage(document, documents)) is None:
        yield from _broken_line(document, documents)
    elif not line[1:] or any(parent.file in wrong for parent in line[1:]):
        for name in (BASE, *set_names((document,))):
            yield from row_complaints(document, None, targets, name)
    else:
        known = line
        for name in (BASE, *set_names((document,))):
            yield from row_complaints(document, inherited(line[1:], name), targets, name)
        yield from set_complaints(document, line)
    rows = tuple(row for name in (BASE, *set_names(known)) for row in inherited(known, name))
    yield from override_complaints(document, rows, targets)
    yield from _indexes(document)


def _is_misspelt(document: Document, key: str) -> bool:
    """Whether a complaint already takes another key for a misspelt `key`."""
    return any(
        complaint.hint == f"Did you mean {key}?" and len(complaint.path) == 1 for complaint in document.complaints
    )


def _broken_line(document: Document, documents: Documents) -> Iterator[Complaint]:
    parent = document.text("extends").strip()
    others = sorted(file for file, other in documents.items() if other.kind == "phase" and file != document.file)
    if parent and parent not in others and parent != document.file:
        word = nearest(parent, others)
        hint = f"Did you mean {word}?" if word else f"The phase files are: {', '.join(others)}."
        yield document.complain(("extends",), f"there is no phase file {shown(parent)}", hint)
    elif parent:
        chain = [document.file]
        while (step := documents[chain[-1]].text("extends").strip()) in documents and step not in chain:
            chain.append(step)
        if step == document.file:
            yield document.complain(
                ("extends",),
                f"goes round in a circle: {' -> '.join([*chain, step])}",
                "Let one of them stand by itself.",
            )


def _indexes(document: Document) -> Iterator[Complaint]:
    seen: dict[str, str] = {}
    indexes = document.get("indexes")
    for alias in indexes.fields if indexes else ():
        given = document.items("indexes", alias, "packages")
        if alias == "default" and document.get("indexes", alias, "packages"):
            yield document.complain(
                ("indexes", alias, "packages"),
                "the default index serves whatever is not routed",
                "Delete this key.",
            )
        elif alias != "default" and not given:
            yield document.complain(("indexes", alias), "routes no package", "Write packages: [name, ...]")
        if not _ALIAS.fullmatch(alias):
            yield document.complain(
                ("indexes", alias),
                f"{shown(alias)} cannot name an index, whose address stands in a variable of its name",
                f"Write {re.sub('[-_.]+', '-', alias).strip('-')}, say: letters, digits and single dashes.",
            )
        for path, node in given:
            pattern = _pattern(node)
            if seen.setdefault(pattern, alias) != alias:
                yield document.complain(
                    path,
                    f"{shown(node.raw)} is routed to {shown(seen[pattern])} already",
                    "Keep one of the two.",
                )


def _routed_apart(phases: list[Document]) -> Iterator[Complaint]:
    """Every phase of a folder takes a package from the same index."""
    seen: dict[str, tuple[str, str]] = {}
    for document in phases:
        indexes = document.get("indexes")
        for alias in indexes.fields if indexes else ():
            for path, node in document.items("indexes", alias, "packages"):
                file, other = seen.setdefault(_pattern(node), (document.file, alias))
                if other != alias and file != document.file:
                    yield document.complain(
                        path,
                        f"{shown(node.raw)} is routed to {shown(other)} by {file}",
                        "Routes hold for every phase of the folder: keep one of the two.",
                    )


def _pattern(node: Node) -> str:
    """The pattern as names are matched with it; as it stands where it is none, which is a complaint of its own."""
    try:
        return read_package_pattern(node.raw)
    except CustomError:
        return node.raw
