"""Faults between the parts of targets.yaml and issues.yaml, the two files that all phases share."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.check_images import image_complaints
from lockgen.matrix.complaint import Complaint, missing, nearest, shown
from lockgen.matrix.document import Document
from lockgen.matrix.fields import read_name, read_version
from lockgen.matrix.issues_schema import IssuesFile
from lockgen.matrix.node import Path
from lockgen.model.platform import ARCHITECTURES

_VERSION_KEYS = {"linux": ("glibc", "musl"), "macos": ("macos",), "windows": ()}
"""The keys of which a platform of this system gives exactly one."""
_SAME_MACHINE = {
    ("linux", "arm64"): "Write aarch64: so Linux calls it, and its wheels.",
    ("macos", "aarch64"): "Write arm64: so macOS calls it, and its wheels.",
    ("windows", "aarch64"): "Write arm64: so Windows calls it, and its wheels.",
    ("linux", "x86"): "Write i686: so Linux calls it, and its wheels.",
    ("windows", "i686"): "Write x86: its wheels are called win32.",
}


def pattern_complaints(document: Document, targets: Document | None) -> Iterator[Complaint]:
    """Platform patterns of `when` that match no platform of targets.yaml."""
    platforms = [] if targets is None else _platform_names(targets)
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
            yield document.complain(path, f"{shown(node.raw)!r} matches no platform of targets.yaml", hint)


def _platform_names(targets: Document) -> list[str]:
    names = (targets.text(*path, "name").strip() for path, _ in targets.items("platforms"))
    return [name for name in names if name]


def target_complaints(document: Document) -> Iterator[Complaint]:
    """Repeated rows, and platforms that do not exist."""
    if document.root is None:
        return
    yield from _repeated_rows(document, "pythons", "python")
    yield from _repeated_rows(document, "platforms", "name")
    for path, _ in document.items("platforms"):
        yield from _platform(document, path)
    yield from image_complaints(document)


def _repeated_rows(document: Document, table: str, key: str) -> Iterator[Complaint]:
    """Rows of a table with the same `key`, which names them."""
    seen: dict[str, str] = {}
    for path, _ in document.items(table):
        name = document.text(*path, key).strip()
        if name and name in seen:
            yield document.complain(
                (*path, key), f"{shown(name)} has a row already, {seen[name]}", "Keep one of the two."
            )
        seen.setdefault(name, document.place(*path).rpartition(":")[0])


def _platform(document: Document, path: Path) -> Iterator[Complaint]:
    system, arch = document.text(*path, "os"), document.text(*path, "arch")
    if system not in ARCHITECTURES:
        return
    if arch and arch not in ARCHITECTURES[system]:
        yield document.complain(
            (*path, "arch"),
            f"{shown(arch)!r} is no architecture of {system}",
            _SAME_MACHINE.get((system, arch)) or f"Write one of: {', '.join(ARCHITECTURES[system])}.",
        )
    wanted = _VERSION_KEYS[system]
    given = [key for key in ("glibc", "musl", "macos") if document.get(*path, key)]
    for key in given:
        if key not in wanted:
            yield document.complain((*path, key), f"{system} has no {key}", "Delete this key.")
    if wanted and len([key for key in given if key in wanted]) != 1:
        yield document.complain(path, f"a {system} platform needs {' or '.join(wanted)}", missing(wanted[0])[1])


def issue_complaints(document: Document) -> Iterator[Complaint]:
    """Repeated issues, permissions without their targets, and constraints that cannot hold."""
    if document.root is None:
        return
    yield from _repeated_rows(document, "issues", "id")
    for path, _ in document.items("issues"):
        yield from _sdist_issue(document, path)
    for path, _ in document.items("sdists"):
        for key in ("python", "platforms"):
            if document.get(*path, "when") and document.get(*path, "when", key) is None:
                yield document.complain(
                    (*path, "when", key),
                    "is missing: a permission names its targets exactly",
                    'Write python: "==3.8.*" and platforms: [macos-arm64], say.',
                )
    yield from _repeated_metadata(document)
    if isinstance(document.model, IssuesFile):
        yield from _self_constraints(document, document.model)


def _repeated_metadata(document: Document) -> Iterator[Complaint]:
    """Entries about the same release, or two without a version for one package."""
    seen: dict[tuple[NormalizedName | None, Version | None], str] = {}
    for path, _ in document.items("dependency_metadata"):
        key = document.lenient(read_name, *path, "name"), document.lenient(read_version, *path, "version")
        if key[0] is not None and key in seen:
            yield document.complain(path, f"is stated already, {seen[key]}", "Keep one of the two.")
        seen.setdefault(key, document.place(*path).rpartition(":")[0])


def _sdist_issue(document: Document, path: Path) -> Iterator[Complaint]:
    """An issue of sdists names its packages and constrains nothing: files are chosen after the versions."""
    node = document.get(*path, "when", "sdist")
    if node is None or node.value is not True:
        return
    if document.get(*path, "when", "packages") is None:
        yield document.complain(
            (*path, "when", "sdist"),
            "needs `packages` beside it: those whose sdist it is about",
            'Write packages: {httptools: ">=0"}, say.',
        )
    if document.items(*path, "constrain"):
        yield document.complain(
            (*path, "constrain"),
            "an issue of sdists cannot constrain: which file is taken is known only behind the versions",
            "Delete this key, or sdist: true.",
        )


def _self_constraints(document: Document, model: IssuesFile) -> Iterator[Complaint]:
    """Constraints on a package that `when` names itself, and that exclude more than the named releases.

    A release cannot require another release of itself, so such a constraint applies to the whole package: it has to
    admit every release outside `when.packages`.
    """
    for index, issue in enumerate(model.issues):
        for number, wanted in enumerate(issue.constrain):
            releases = (issue.when.packages or {}).get(NormalizedName(wanted.name))
            if releases and not wanted.specifier.to_range().complement().is_subset(releases.to_range()):
                path = ("issues", index, "constrain", number)
                yield document.complain(
                    path,
                    f"{shown(wanted)} also refuses releases outside {shown(releases)}",
                    "Widen it, or widen when.packages.",
                )
