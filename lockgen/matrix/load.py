"""Bytes of matrix files -> `Matrices`, or every complaint about them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from packaging.utils import NormalizedName

from lockgen.errors import MatrixError
from lockgen.matrix.check_sets import set_names
from lockgen.matrix.checks import Documents, cross_complaints, lineage
from lockgen.matrix.document import Document, read_document
from lockgen.matrix.issues_schema import IssuesFile
from lockgen.matrix.metadata_schema import stated_metadata
from lockgen.matrix.records import conflict_rule, known_issue, platform_row, python_row, route, sdist_rule, when
from lockgen.matrix.rows import drafts
from lockgen.matrix.schema import PhaseFile, RowEntry, SetEntry, TargetsFile
from lockgen.matrix.sets import named_sets
from lockgen.model.matrix import BASE, Acceptance, Dependency, Matrices, Phase, Route


def load_matrices(texts: Mapping[str, bytes]) -> Matrices:
    """The matrices in the given files (name -> content). MatrixError holds every complaint about every file.

    `targets.yaml` has to be among them, `issues.yaml` may be; every other file is a phase.
    """
    documents = {file: read_document(file, texts[file]) for file in sorted(texts)}
    own = [complaint for document in documents.values() for complaint in document.complaints]
    known = {(complaint.file, complaint.path) for complaint in own if complaint.path}
    cross = [complaint for complaint in cross_complaints(documents) if (complaint.file, complaint.path) not in known]
    if complaints := sorted([*own, *cross], key=lambda complaint: complaint.order):
        raise MatrixError(tuple(complaint.error() for complaint in complaints))
    return _built(documents)


def _built(documents: Documents) -> Matrices:
    targets, issues = documents["targets.yaml"], documents.get("issues.yaml")
    phases = [_phase(document, documents) for document in documents.values() if document.kind == "phase"]
    phases.sort(key=lambda phase: _natural(phase.phase))
    assert isinstance(targets.model, TargetsFile)  # noqa: S101 - a file without complaints has its model
    return Matrices(
        phases=MappingProxyType({phase.phase: phase for base in phases for phase in _with_sets(base, documents)}),
        pythons=tuple(
            python_row(row, targets.place("pythons", index)) for index, row in enumerate(targets.model.pythons)
        ),
        platforms=tuple(map(platform_row, targets.model.platforms)),
        **({} if issues is None else _known(issues)),
    )


def _known(issues: Document) -> dict[str, Any]:
    """What issues.yaml says."""
    assert isinstance(issues.model, IssuesFile)  # noqa: S101 - a file without complaints has its model
    return {
        "issues": tuple(
            known_issue(each, issues.place("issues", index)) for index, each in enumerate(issues.model.issues)
        ),
        "conflicts": tuple(
            conflict_rule(each, issues.place("conflicts", index)) for index, each in enumerate(issues.model.conflicts)
        ),
        "sdists": tuple(map(sdist_rule, issues.model.sdists)),
        "metadata": tuple(
            stated_metadata(each, issues.place("dependency_metadata", index))
            for index, each in enumerate(issues.model.dependency_metadata)
        ),
        "accept": _acceptances([issues]),
    }


def _phase(document: Document, documents: Documents) -> Phase:
    files = [file for step in lineage(document, documents) or () if isinstance(file := step.model, PhaseFile)]
    inherited = {key: _first(files, key) for key in ("server", "as_of", "as_of_for")}
    own = files[0]
    return Phase(
        phase=own.phase,
        title=own.title,
        revision=own.revision,
        server=inherited["server"],
        as_of=inherited["as_of"],
        as_of_for=MappingProxyType(dict(inherited["as_of_for"] or {})),
        dependencies=_dependencies(document, documents),
        accept=_acceptances(lineage(document, documents) or ()),
        indexes=MappingProxyType(_routes(lineage(document, documents) or ())),
        file=document.file,
        extends=own.extends,
        revision_at=document.place("revision"),
    )


def _routes(documents: Iterable[Document]) -> dict[str, Route]:
    """The indexes of the nearest file of a lineage that gives any."""
    for document in documents:
        if isinstance(document.model, PhaseFile) and document.model.indexes is not None:
            return {
                alias: route(
                    each,
                    tuple(document.place("indexes", alias, "packages", at) for at in range(len(each.packages))),
                )
                for alias, each in document.model.indexes.items()
            }
    return {}


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
    rows: dict[NormalizedName, Dependency] = {}
    for step in reversed(lineage(document, documents) or ()):
        for draft in drafts(step, name_of_set):
            row = _row(step, draft.path)
            places = {key: step.place(*draft.path, key) for key in row.model_fields_set}
            dependency = _dependency(row, rows.get(row.name), draft.group, draft.where, places)
            rows[row.name] = replace(dependency, set=name_of_set)
    groups = list(dict.fromkeys(row.group for row in rows.values()))
    groups.sort(key=lambda group: group is not None)
    return tuple(row for group in groups for row in rows.values() if row.group == group)


def _row(document: Document, path: tuple[str | int, ...]) -> RowEntry:
    value: Any = document.model
    for step in path:
        value = getattr(value, str(step)) if isinstance(value, PhaseFile | SetEntry) else value[step]
    assert isinstance(value, RowEntry)  # noqa: S101 - tree and model have the same shape
    return value


def _dependency(
    row: RowEntry, parent: Dependency | None, group: str | None, where: str, places: Mapping[str, str]
) -> Dependency:
    """The row over its parent: what the row gives replaces, key by key, what the parent says."""
    given: dict[str, Any] = {key: getattr(row, key) for key in row.model_fields_set - {"extras", "when"}}
    if row.extras is not None:
        given["extras"] = frozenset(row.extras)
    if row.when is not None:
        given["when"] = when(row.when)
    given |= {"group": group, "where": where}
    given["places"] = MappingProxyType({**(parent.places if parent else {}), **places})
    return replace(parent, **given) if parent else Dependency(**given)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Numbers by value, before words: 1, 1-stable, 2, 10, option-b."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"[0-9]+|[^0-9]+", name)]
