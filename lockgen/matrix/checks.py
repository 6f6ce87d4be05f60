"""What can only be wrong between the files of a matrix directory, or between parts of one file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase

from packaging.utils import NormalizedName

from lockgen.matrix.complaint import Complaint, nearest, shown
from lockgen.matrix.document import Document
from lockgen.matrix.issues_schema import IssuesFile
from lockgen.matrix.rows import RowDraft, drafts, filled, row_complaints
from lockgen.matrix.words import complain, missing

Documents = Mapping[str, Document]

_LIBC = {("linux", "glibc"), ("linux", "musl"), ("macos", "macos")}
_ARCHES = {"linux": ("x86_64", "aarch64"), "macos": ("x86_64", "arm64"), "windows": ("x86_64",)}


def cross_complaints(documents: Documents) -> Iterator[Complaint]:
    """Every complaint that no single value can answer for. Files that could not be read are passed over."""
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
    yield from _same_phase(phases)
    yield from _phases(phases, documents)
    for document in documents.values():
        if document.root is not None:
            yield from _globs(document, _platforms(documents.get("targets.yaml")))
    if (targets := documents.get("targets.yaml")) and targets.root:
        yield from _targets(targets)
    if issues := documents.get("issues.yaml"):
        yield from _issues(issues)


def lineage(document: Document, documents: Documents) -> tuple[Document, ...] | None:
    """The file and the ones it extends, nearest first; None where that never ends or a file is missing."""
    line = [document]
    while parent := line[-1].text("extends").strip():
        found = documents.get(parent)
        if found is None or found in line or found.kind != "phase":
            return None
        line.append(found)
    return tuple(line)


def inherited(line: tuple[Document, ...]) -> dict[NormalizedName, RowDraft]:
    """The filled rows of the oldest to the nearest file of a lineage, by name, in order."""
    rows: dict[NormalizedName, RowDraft] = {}
    for document in reversed(line):
        for row in drafts(document):
            rows[row.name] = filled(row, rows.get(row.name))
    return rows


def _complaint(document: Document, path: tuple[str | int, ...], message: str, hint: str = "") -> Complaint:
    assert document.root is not None  # noqa: S101 - callers pass over what could not be read
    return complain(document.file, document.root, path, message, hint=hint)


def _same_phase(phases: list[Document]) -> Iterator[Complaint]:
    seen: dict[str, Document] = {}
    for document in phases:
        name = document.text("phase").strip()
        if name and seen.setdefault(name, document) is not document:
            yield _complaint(
                document,
                ("phase",),
                f"{seen[name].file} is phase {shown(name)!r} already",
                "Give each file a phase of its own.",
            )


def _phases(phases: list[Document], documents: Documents) -> Iterator[Complaint]:
    """Parents before their children: what a child lacks because its parent is wrong is the parent's fault alone."""
    wrong = {document.file for document in phases if document.complaints}
    for document in sorted(phases, key=lambda each: len(lineage(each, documents) or ())):
        if document.root is not None:
            found = list(_phase(document, documents, wrong))
            wrong.update(complaint.file for complaint in found)
            yield from found


def _phase(document: Document, documents: Documents, wrong: Collection[str]) -> Iterator[Complaint]:
    """`wrong` are the files that something is known to be wrong with."""
    if document.get("extends") is None:
        for key in ("server", "as_of", "dependencies"):
            if document.get(key) is None and not _asked(document, key):
                yield _complaint(document, (key,), *missing(key))
        yield from row_complaints(document, {})
    elif (line := lineage(document, documents)) is None:
        yield from _broken_line(document, documents)
    elif not line[1:] or any(parent.file in wrong for parent in line[1:]):
        yield from row_complaints(document, None)
    else:
        yield from row_complaints(document, inherited(line[1:]))
    yield from _indexes(document)


def _asked(document: Document, key: str) -> bool:
    """Whether a complaint already asks if `key` was meant."""
    return any(
        complaint.hint == f"Did you mean {key}?" and len(complaint.path) == 1 for complaint in document.complaints
    )


def _broken_line(document: Document, documents: Documents) -> Iterator[Complaint]:
    parent = document.text("extends").strip()
    others = sorted(file for file, other in documents.items() if other.kind == "phase" and file != document.file)
    if parent and parent not in others and parent != document.file:
        word = nearest(parent, others)
        hint = f"Did you mean {word}?" if word else f"The phase files are: {', '.join(others)}."
        yield _complaint(document, ("extends",), f"there is no phase file {shown(parent)}", hint)
    elif parent:
        chain = [document.file]
        while (step := documents[chain[-1]].text("extends").strip()) in documents and step not in chain:
            chain.append(step)
        if step == document.file:
            yield _complaint(
                document,
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
            yield _complaint(
                document,
                ("indexes", alias, "packages"),
                "the default index serves whatever is not routed",
                "Delete this key.",
            )
        elif alias != "default" and not given:
            yield _complaint(document, ("indexes", alias), "routes no package", "Write packages: [name, ...]")
        for path, node in given:
            if seen.setdefault(node.raw, alias) != alias:
                yield _complaint(
                    document,
                    path,
                    f"{shown(node.raw)} is routed to {shown(seen[node.raw])} already",
                    "Keep one of the two.",
                )


def _platforms(targets: Document | None) -> list[str]:
    """The names of the platforms there are, as far as they can be read."""
    return [
        name
        for path, _ in (targets.items("platforms") if targets else ())
        if (name := targets and targets.text(*path, "name").strip())
    ]


def _globs(document: Document, platforms: list[str]) -> Iterator[Complaint]:
    """Platform patterns that match no platform are misspelt ones."""
    if document.root is None or not platforms:
        return
    for path, node in document.root.walk():
        if (
            path[-3:-1] == ("when", "platforms")
            and node.kind == "text"
            and not any(fnmatchcase(name, node.raw.strip()) for name in platforms)
        ):
            word = nearest(node.raw, platforms)
            hint = f"Did you mean {shown(word)}?" if word else f"The platforms are: {', '.join(map(shown, platforms))}."
            yield _complaint(document, path, f"{shown(node.raw)!r} matches no platform of targets.yaml", hint)


def _targets(document: Document) -> Iterator[Complaint]:
    yield from _repeated(document, "pythons", "python")
    yield from _repeated(document, "platforms", "name")
    for path, _ in document.items("platforms"):
        yield from _platform(document, path)
    for path, node in document.items("pythons"):
        for server in ("flask", "fastapi"):
            support = node.get(server)
            if support and (no := support.get("supported")) and no.value is False and support.get("reason") is None:
                yield _complaint(
                    document,
                    (*path, server, "reason"),
                    "is missing: a no needs its reason",
                    "Write reason: FastAPI requires 3.8+",
                )


def _repeated(document: Document, table: str, key: str) -> Iterator[Complaint]:
    seen: dict[str, str] = {}
    for path, _ in document.items(table):
        name = document.text(*path, key).strip()
        if name and name in seen:
            yield _complaint(
                document, (*path, key), f"{shown(name)} has a row already, {seen[name]}", "Keep one of the two."
            )
        seen.setdefault(name, document.place(*path).rpartition(":")[0])


def _platform(document: Document, path: tuple[str | int, ...]) -> Iterator[Complaint]:
    system, arch = document.text(*path, "os"), document.text(*path, "arch")
    if system in _ARCHES and arch and arch not in _ARCHES[system]:
        yield _complaint(
            document,
            (*path, "arch"),
            f"{shown(arch)!r} is no architecture of {system}",
            f"Write one of: {', '.join(_ARCHES[system])}.",
        )
    wanted = [key for os, key in sorted(_LIBC) if os == system]
    given = [key for key in ("glibc", "musl", "macos") if document.get(*path, key)]
    for key in given if system in _ARCHES else ():
        if key not in wanted:
            yield _complaint(document, (*path, key), f"{system} has no {key}", "Delete this key.")
    if wanted and len([key for key in given if key in wanted]) != 1:
        yield _complaint(document, path, f"a {system} platform needs {' or '.join(wanted)}", f"{missing(wanted[0])[1]}")


def _issues(document: Document) -> Iterator[Complaint]:
    if document.root is None:
        return
    yield from _repeated(document, "issues", "id")
    for path, _ in document.items("issues"):
        yield from _built(document, path)
    for path, _ in document.items("sdists"):
        for key in ("python", "platforms"):
            if document.get(*path, "when") and document.get(*path, "when", key) is None:
                yield _complaint(
                    document,
                    (*path, "when", key),
                    "is missing: a permission names its targets exactly",
                    'Write python: "==3.8.*" and platforms: [macos-arm64], say.',
                )
    if isinstance(document.model, IssuesFile):
        yield from _self_constraints(document, document.model)


def _built(document: Document, path: tuple[str | int, ...]) -> Iterator[Complaint]:
    """An issue of sdists needs to say of which, and cannot constrain: the files are chosen after the versions."""
    node = document.get(*path, "when", "sdist")
    if node is None or node.value is not True:
        return
    if document.get(*path, "when", "packages") is None:
        yield _complaint(
            document,
            (*path, "when", "sdist"),
            "needs `packages` beside it: those whose sdist it is about",
            'Write packages: {httptools: ">=0"}, say.',
        )
    if document.items(*path, "constrain"):
        yield _complaint(
            document,
            (*path, "constrain"),
            "an issue of sdists cannot constrain: which file is taken is known only behind the versions",
            "Delete this key, or sdist: true.",
        )


def _self_constraints(document: Document, model: IssuesFile) -> Iterator[Complaint]:
    """A release cannot require another release of itself, so a constraint on the very package `when` names is laid on
    the package as a whole. That says the same only if it leaves alone what lies outside the named releases.
    """
    for index, issue in enumerate(model.issues):
        for number, wanted in enumerate(issue.constrain):
            releases = (issue.when.packages or {}).get(NormalizedName(wanted.name))
            if releases and not wanted.specifier.to_range().complement().is_subset(releases.to_range()):
                path = ("issues", index, "constrain", number)
                yield _complaint(
                    document,
                    path,
                    f"{shown(wanted)} also refuses releases outside {shown(releases)}",
                    "Widen it, or widen when.packages.",
                )
