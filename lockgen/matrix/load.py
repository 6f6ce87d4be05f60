"""Bytes of matrix files -> `Matrices`, or every complaint about them at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from operator import and_
from types import MappingProxyType
from typing import Any, TypeVar

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from lockgen.errors import MatrixError
from lockgen.matrix.check_sets import set_names
from lockgen.matrix.checks import Documents, cross_complaints, lineage
from lockgen.matrix.constraint_files import read_constraints
from lockgen.matrix.document import Document, read_document
from lockgen.matrix.issues_schema import IssuesFile
from lockgen.matrix.metadata_schema import stated_metadata
from lockgen.matrix.records import (
    conflict_rule,
    constraint_line,
    exclude_rule,
    images,
    known_issue,
    override_rule,
    platform_row,
    python_rows,
    sdist_rule,
    skip_rule,
    unimported_rule,
    when,
)
from lockgen.matrix.routes import routes_of
from lockgen.matrix.row_schema import RowEntry
from lockgen.matrix.rows import BOUNDS, RowDraft, drafts, laid_over
from lockgen.matrix.schema import PhaseFile, SetEntry, TargetsFile
from lockgen.matrix.servers import FILE as SERVERS
from lockgen.matrix.servers import servers
from lockgen.matrix.servers_schema import ServersFile
from lockgen.matrix.sets import named_sets
from lockgen.model.matrix import BASE, Acceptance, Dependency, Matrices, Phase
from lockgen.model.overrides import ConstraintLine, ExcludeRule, OverrideRule
from lockgen.model.servers import Servers

Entry = TypeVar("Entry")
Record = TypeVar("Record")
ConstraintFiles = Mapping[str, tuple[ConstraintLine, ...]]
"""Path -> the constraints in the file."""
Replacing = TypeVar("Replacing", OverrideRule, ExcludeRule)


def load_matrices(texts: Mapping[str, bytes]) -> Matrices:
    """The matrices in the given files (name -> content). MatrixError holds every complaint about every file.

    `targets.yaml` has to be among them, `issues.yaml` and `servers.yaml` may be; every other file is a phase.
    """
    documents = {file: read_document(file, texts[file]) for file in sorted(texts) if file.endswith(".yaml")}
    constraints = {file: read_constraints(file, texts[file]) for file in sorted(texts) if file not in documents}
    own = [complaint for document in documents.values() for complaint in document.complaints]
    own += [complaint for _, complaints in constraints.values() for complaint in complaints]
    known = {(complaint.file, complaint.path) for complaint in own if complaint.path}
    cross = [
        complaint
        for complaint in cross_complaints(documents, constraints)
        if (complaint.file, complaint.path) not in known
    ]
    if complaints := sorted([*own, *cross], key=lambda complaint: complaint.order):
        raise MatrixError(tuple(complaint.error() for complaint in complaints))
    return _built(documents, {file: lines for file, (lines, _) in constraints.items()})


def _built(documents: Documents, constraints: ConstraintFiles) -> Matrices:
    targets, issues, declared = documents["targets.yaml"], documents.get("issues.yaml"), documents.get(SERVERS)
    phases = [_phase(document, documents, constraints) for document in documents.values() if document.kind == "phase"]
    phases.sort(key=lambda phase: _natural(phase.phase))
    assert isinstance(targets.model, TargetsFile)  # noqa: S101 - a file without complaints has its model
    return Matrices(
        phases=MappingProxyType({phase.phase: phase for base in phases for phase in _with_sets(base, documents)}),
        pythons=python_rows(targets.model, targets.place),
        platforms=tuple(map(platform_row, targets.model.platforms)),
        images=images(targets.model),
        skips=tuple(skip_rule(each, _line(targets, "skip", index)) for index, each in enumerate(targets.model.skip)),
        **({} if issues is None else _known(issues)),
        servers=servers(declared.model) if declared and isinstance(declared.model, ServersFile) else Servers(),
    )


def _known(issues: Document) -> dict[str, Any]:
    """What issues.yaml says."""
    assert isinstance(issues.model, IssuesFile)  # noqa: S101 - a file without complaints has its model
    known = issues.model

    def placed(key: str, entries: Iterable[Entry], record: Callable[[Entry, str], Record]) -> tuple[Record, ...]:
        return tuple(record(each, issues.place(key, index)) for index, each in enumerate(entries))

    return {
        "issues": placed("issues", known.issues, known_issue),
        "conflicts": placed("conflicts", known.conflicts, conflict_rule),
        "sdists": tuple(map(sdist_rule, known.sdists)),
        "unimported": placed("not_imported", known.not_imported, unimported_rule),
        "metadata": placed("dependency_metadata", known.dependency_metadata, stated_metadata),
        "accept": _acceptances([issues]),
    }


def _phase(document: Document, documents: Documents, constraints: ConstraintFiles) -> Phase:
    line = lineage(document, documents) or ()
    files = [file for step in line if isinstance(file := step.model, PhaseFile)]
    inherited = {key: _first(files, key) for key in ("server", "as_of", "as_of_for")}
    own = files[0]
    return Phase(
        phase=own.phase,
        title=own.title,
        revision=own.revision,
        server=inherited["server"] or "",
        as_of=inherited["as_of"],
        as_of_for=MappingProxyType(dict(inherited["as_of_for"] or {})),
        dependencies=_dependencies(document, documents),
        accept=_acceptances(line),
        indexes=MappingProxyType(routes_of(line)),
        constraints=tuple(each for step in line for each in _constraints(step, constraints)),
        overrides=_unless_given(each for step in line for each in _overrides(step)),
        excludes=_unless_given(each for step in line for each in _excludes(step)),
        file=document.file,
        extends=own.extends,
        revision_at=document.place("revision"),
    )


def _acceptances(documents: Iterable[Document]) -> tuple[Acceptance, ...]:
    return tuple(
        Acceptance(
            rule=entry.rule,
            packages=tuple(sorted(set(entry.packages))),
            reason=entry.reason,
            where=document.place("accept", index),
        )
        for document in documents
        if isinstance(document.model, PhaseFile | IssuesFile)
        for index, entry in enumerate(document.model.accept or ())
    )


def _first(files: list[PhaseFile], key: str) -> Any:
    """The value the nearest file of a lineage gives."""
    return next((value for file in files if (value := getattr(file, key)) is not None), None)


def _with_sets(base: Phase, documents: Documents) -> tuple[Phase, ...]:
    """The phase, then its named sets, each behind those it extends."""
    document = documents[base.file]
    line = lineage(document, documents) or ()
    layers: dict[str, tuple[str, ...]] = {}
    for step in reversed(line):
        assert isinstance(step.model, PhaseFile)  # noqa: S101 - a file without complaints has its model
        for name, entry in step.model.sets.items():
            layers[name] = layers.get(name, ()) if entry.extends is None else entry.extends
    return named_sets(base, layers, {name: _dependencies(document, documents, name) for name in set_names(line)})


def _dependencies(document: Document, documents: Documents, name_of_set: str = BASE) -> tuple[Dependency, ...]:
    rows: list[tuple[RowDraft, Dependency]] = []
    for step in reversed(lineage(document, documents) or ()):
        known = {id(draft): row for draft, row in rows}
        over = laid_over([draft for draft, _ in rows], tuple(drafts(step, name_of_set)))
        rows = [
            (draft, _dependency(step, given, known.get(id(parent))) if given else known[id(draft)])
            for draft, given, parent in over
        ]
    groups = list(dict.fromkeys(row.group for _, row in rows))
    groups.sort(key=lambda group: group is not None)
    return tuple(row for group in groups for _, row in rows if row.group == group)


def _row(document: Document, path: tuple[str | int, ...]) -> RowEntry:
    value: Any = document.model
    for step in path:
        value = getattr(value, str(step)) if isinstance(value, PhaseFile | SetEntry) else value[step]
    assert isinstance(value, RowEntry)  # noqa: S101 - tree and model have the same shape
    return value


def _dependency(document: Document, draft: RowDraft, parent: Dependency | None) -> Dependency:
    """The row over its parent: what the row gives replaces, key by key, what the parent says."""
    row = _row(document, draft.path)
    places = {key: document.place(*draft.path, key) for key in row.model_fields_set}
    apart = {"extras", "when", "exclusions", "prereleases"}
    given: dict[str, Any] = {key: getattr(row, key) for key in row.model_fields_set - apart}
    if row.exact is not None:
        given |= dict.fromkeys(BOUNDS)
    if row.exclusions is not None:
        before = SpecifierSet() if parent is None else parent.exclusions
        given["exclusions"] = reduce(and_, row.exclusions, before)
    if row.prereleases is not None:
        given["prereleases"] = row.prereleases == "allow"
    if row.extras is not None:
        given["extras"] = frozenset(row.extras)
    if row.when is not None:
        given["when"] = when(row.when)
    given |= {"group": draft.group, "set": draft.set, "where": draft.where}
    given["places"] = MappingProxyType({**(parent.places if parent else {}), **places})
    return replace(parent, **given) if parent else Dependency(**given)


def _constraints(document: Document, files: ConstraintFiles) -> Iterator[ConstraintLine]:
    """Those of the file itself, then those of the constraints files it names."""
    model = document.model
    assert isinstance(model, PhaseFile)  # noqa: S101 - a file of a lineage without complaints
    for index, each in enumerate(model.constraints or ()):
        yield constraint_line(each, _line(document, "constraints", index))
    for file in model.constraint_files or ():
        yield from files[file]


def _overrides(document: Document) -> Iterator[OverrideRule]:
    model = document.model
    assert isinstance(model, PhaseFile)  # noqa: S101 - a file of a lineage without complaints
    for index, each in enumerate(model.overrides or ()):
        yield override_rule(each, _line(document, "overrides", index))


def _excludes(document: Document) -> Iterator[ExcludeRule]:
    model = document.model
    assert isinstance(model, PhaseFile)  # noqa: S101 - a file of a lineage without complaints
    for index, each in enumerate(model.exclude or ()):
        yield exclude_rule(each, _line(document, "exclude", index))


def _unless_given(rules: Iterable[Replacing]) -> tuple[Replacing, ...]:
    """The nearest file's rules, then those of the files it narrows about other packages."""
    found: dict[NormalizedName, tuple[str, list[Replacing]]] = {}
    for rule in rules:
        file, known = found.setdefault(rule.name, (rule.where.partition(":")[0], []))
        if rule.where.partition(":")[0] == file:
            known.append(rule)
    return tuple(rule for _, known in found.values() for rule in known)


def _line(document: Document, *path: str | int) -> str:
    """`phase-1.yaml:31`."""
    return document.place(*path).rpartition(":")[0]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Numbers by value, before words: 1, 1-stable, 2, 10, option-b."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"[0-9]+|[^0-9]+", name)]
